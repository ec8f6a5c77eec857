"""Khmer or Latin digits on pages, as this person chose on this device. What is stored, exported or rendered to files is never touched."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from django.http import HttpRequest, HttpResponse

COOKIE: Final = "digits"
KHMER: Final = "khmer"
LATIN: Final = "latin"
_TO_KHMER: Final = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
_is_khmer: ContextVar[bool] = ContextVar("khmer_digits", default=False)


def shown(text: str) -> str:
    """Write a text's digits as the reader of the page at hand wants them; as they are where no page is being answered."""
    return text.translate(_TO_KHMER) if _is_khmer.get() else text


class RememberDigits:
    """Know for the time of one answer which digits its reader chose."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _is_khmer.set(request.COOKIES.get(COOKIE) == KHMER)
        try:
            return self.get_response(request)
        finally:
            _is_khmer.reset(token)

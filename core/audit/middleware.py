"""Remember where a request came from, for the audit record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

_origin: ContextVar[str] = ContextVar("origin", default="")


def origin() -> str:
    """Return the network address of the present request, or empty text outside one."""
    return _origin.get()


@contextmanager
def without_origin() -> Iterator[None]:
    """Record nobody's network address inside: for what a person may say without giving themselves away."""
    token = _origin.set("")
    try:
        yield
    finally:
        _origin.reset(token)


class RememberOrigin:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _origin.set(str(request.META.get("REMOTE_ADDR", ""))[:60])
        try:
            return self.get_response(request)
        finally:
            _origin.reset(token)

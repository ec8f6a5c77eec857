"""What every page knows: the programme and whether its data is a demonstration."""

from __future__ import annotations

from django.http import HttpRequest

from core import digits
from core.models import Programme


def programme(request: HttpRequest) -> dict[str, object]:
    return {"programme": Programme.objects.filter(id=1).first(), "digits": request.COOKIES.get(digits.COOKIE, digits.LATIN)}

"""Who signed in with a one-time password chooses their own before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

_OPEN: Final = ("login", "logout", "password", "set_language", "health")


class ChoosePasswordFirst:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not getattr(request.user, "must_change_password", False) or self._is_open(request.path):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            sentence = _("Choose your own password first.")
            return JsonResponse({"error": "password_change_needed", "message": sentence, "fields": {}}, status=403)
        return HttpResponseRedirect(reverse("password"))

    def _is_open(self, path: str) -> bool:
        return path.startswith(settings.STATIC_URL) or path in {reverse(name) for name in _OPEN}

"""Who signed in with a one-time password chooses their own before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

_OPEN: Final = ("login", "logout", "password", "set_language", "digits", "health")


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


class OfficeForOffice:
    """Let a signed-in person whose work is on the phone find nothing under the office's addresses: asking to sign in would lead round."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: object, _kwargs: object) -> None:
        person = request.user
        if request.path.startswith("/admin/") and person.is_authenticated and not getattr(person, "is_staff", False):
            raise Http404

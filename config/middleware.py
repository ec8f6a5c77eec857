"""What stands between the proxy, the browser and the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.utils.translation import gettext as _

Answer = Callable[[HttpRequest], HttpResponse]

# Unfold's pages evaluate Alpine's expressions and set styles in the page; nothing else does.
ADMIN_CSP: Final = {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]}

# The documentation of the API sets the styles of its examples in the page.
DOCS_CSP: Final = {"style-src": ["'self'", "'unsafe-inline'"]}


class TrustedProxy:
    """
    Take the caller's address from the proxy in front, where there is one.

    Only the last entry of X-Forwarded-For is used: our own proxy wrote it, the caller may have written the others.
    """

    def __init__(self, get_response: Answer) -> None:
        if not settings.BEHIND_PROXY:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if forwarded:
            request.META["REMOTE_ADDR"] = forwarded.rsplit(",", 1)[-1].strip()
        return self.get_response(request)


class AdminContentPolicy:
    """Loosen the content policy for the admin's pages and the API's documentation only."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_replace = ADMIN_CSP  # type: ignore[attr-defined]  # django-csp's own way in
        elif request.path == "/api/docs/":
            response._csp_replace = DOCS_CSP  # type: ignore[attr-defined]
        return response


class RefuseNull:
    """Refuse addresses with a null character: no reference holds one, and the database cannot compare with it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            sentence = _("This address holds a character that no address here has.")
            if request.path_info.startswith("/api/"):
                return JsonResponse({"error": "invalid", "message": sentence, "fields": {}}, status=400)
            return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")
        return self.get_response(request)

"""The pages that stay on the phone: a shell without anybody's data, its manifest and its service worker."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.dates import MONTHS
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from core.people.models import User

LANGUAGES: Final = tuple(code for code, _name in settings.LANGUAGES)
# In the order they run; everything is here, nothing is fetched from elsewhere.
SCRIPTS: Final = (
    "vendor/idb-8.0.4.js",
    *(f"field/phone/{name}.js" for name in ("words", "store", "photo", "sending", "drawing", "reading", "writing", "choosing", "app")),
)
STYLES: Final = ("house.css", "field/field.css", "plans.css", "field/phone/phone.css")
PICTURES: Final = ("leaf.svg", "field/icons/icon-192.png", "fonts/NotoSansKhmer-Regular.woff2", "fonts/NotoSansKhmer-Bold.woff2")
FILES: Final = (*STYLES, *SCRIPTS, *PICTURES)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the phone pages in this person's language, in Khmer where nothing is known."""
    language = request.user.language if isinstance(request.user, User) else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "km")
    return HttpResponseRedirect(reverse("spending:phone", args=[language if language in LANGUAGES else "km"]))


@gzip_page
@require_safe
def shell(_request: HttpRequest, language: str) -> HttpResponse:
    """Give the pages without anybody's data: the same for everybody, so that a phone may keep them."""
    if language not in LANGUAGES:
        raise Http404
    response = HttpResponse(_shell(language))
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def manifest(_request: HttpRequest, language: str) -> HttpResponse:
    """Say how the pages are installed: name, icons, where they begin."""
    if language not in LANGUAGES:
        raise Http404
    with override(language):
        name = _("Forest Dividend in the village")
        short = _("My work")
    icons = [
        {"src": static(f"field/icons/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size, purpose in ((192, "any"), (512, "any"), (512, "maskable"))
    ]
    content = {
        "id": "/field/phone/",
        "name": name,
        "short_name": short,
        "lang": language,
        "start_url": reverse("spending:phone", args=[language]),
        "scope": reverse("spending:home"),
        "display": "standalone",
        "background_color": "#f4f6f3",
        "theme_color": "#123c2a",
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json")


@gzip_page
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Give the service worker of everything under ``field/``: it changes when a page, a sheet, a script or a picture does."""
    body = _worker()
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    is_known = tag in request.headers.get("If-None-Match", "")
    response = HttpResponse(status=304) if is_known else HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _shell(language: str) -> str:
    return _shell_once(language) if settings.PRODUCTION else _draw_shell(language)


@cache
def _shell_once(language: str) -> str:
    return _draw_shell(language)


def _draw_shell(language: str) -> str:
    with override(language):
        context = {
            "language": language,
            "LANGUAGE_CODE": get_language(),
            "other": next(code for code in LANGUAGES if code != language),
            "styles": [static(name) for name in STYLES],
            "scripts": [static(name) for name in SCRIPTS],
            "months": [str(month) for month in MONTHS.values()],
        }
        return render_to_string("spending/phone/shell.html", context)


def _worker() -> str:
    shells = {language: reverse("spending:phone", args=[language]) for language in LANGUAGES}
    kept = {"version": version(), "files": [static(name) for name in FILES], "shells": shells, "field": reverse("spending:home")}
    script = _file("field/phone/worker.js").read_text(encoding="utf-8")
    return f"const KEPT = {json.dumps(kept)};\n{script}"


def version() -> str:
    """Return what changes when anything a phone keeps changes."""
    return _version_once() if settings.PRODUCTION else _count_version()


@cache
def _version_once() -> str:
    return _count_version()


def _count_version() -> str:
    found = hashlib.sha256()
    for name in FILES:
        found.update(hashlib.sha256(_file(name).read_bytes()).digest())
    for language in LANGUAGES:
        found.update(_shell(language).encode())
    return found.hexdigest()[:16]


def _file(name: str) -> Path:
    found = finders.find(name) or str(Path(settings.STATIC_ROOT) / name)
    return Path(str(found))

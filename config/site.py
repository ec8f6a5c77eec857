"""The office's site: the theme's, which lists tables and menu only for the pages that show them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class OfficeSite(UnfoldAdminSite):  # type: ignore[misc]  # the theme has no types
    """Every page's context carries both lists; to sort and translate them takes longer than a refusal does, so whoever reads one makes it."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        return SimpleLazyObject(lambda: super(OfficeSite, self).get_app_list(request, app_label))

    def get_sidebar_list(self, request: HttpRequest) -> Any:
        return SimpleLazyObject(lambda: super(OfficeSite, self).get_sidebar_list(request))

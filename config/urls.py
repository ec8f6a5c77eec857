"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.health import health

admin.site.index_title = _("Work and state")

urlpatterns = [
    path("", include("core.people.urls")),
    path("", include("reports.urls")),
    path("", include("revenue.sharing.urls")),
    path("", include("communities.consent.urls")),
    path("", include("communities.callbacks.urls")),
    path("", include("communities.spending.urls")),
    path("", include("communities.grievances.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", login_required(SpectacularSwaggerSplitView.as_view(url_name="schema")), name="api_docs"),
    path("api/", include("config.api_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("health/", health, name="health"),
    path("admin/", admin.site.urls),
]
handler404 = "core.api.nothing_here"

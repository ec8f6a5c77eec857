"""Addresses of the pages about plan versions."""

from __future__ import annotations

from django.urls import path

from revenue.sharing.views import difference, simulator

app_name = "sharing"
urlpatterns = [
    path("plans/<int:version_id>/simulator/", simulator.page, name="simulator"),
    path("plans/<int:version_id>/difference/", difference.page, name="difference"),
]

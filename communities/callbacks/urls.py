"""The files behind answers, and what a liaison was sent to ask."""

from __future__ import annotations

from django.urls import path

from communities.callbacks.views import files, phone

app_name = "callbacks"
urlpatterns = [
    path("checks/answers/<int:answer_id>/<slug:what>/", files.file, name="file"),
    path("field/checks/", phone.checks, name="checks"),
    path("field/checks/<int:item_id>/", phone.check, name="check"),
]

"""The papers behind plans and consents, and a community's plan and consent on the phone."""

from __future__ import annotations

from django.urls import path

from communities.consent.views import documents, phone

app_name = "consent"
urlpatterns = [
    path("consent/plans/<int:plan_id>/minutes/", documents.minutes, name="minutes"),
    path("consent/<int:consent_id>/document/", documents.document, name="document"),
    path("field/recipients/<int:recipient_id>/plan/", phone.plan, name="plan"),
    path("field/recipients/<int:recipient_id>/plan/begin/", phone.begin, name="begin"),
    path("field/recipients/<int:recipient_id>/plan/send/", phone.send, name="send"),
    path("field/recipients/<int:recipient_id>/plan/lines/<int:line_id>/remove/", phone.remove_line, name="remove_line"),
    path("field/recipients/<int:recipient_id>/consent/", phone.consent, name="consent"),
]

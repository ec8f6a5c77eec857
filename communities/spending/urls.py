"""The phone pages under ``field/``, and the photos behind records."""

from __future__ import annotations

from django.urls import path

from communities.spending.views import evidence, home, payments, phone, spending, trainings

app_name = "spending"
urlpatterns = [
    path("field/", home.home, name="home"),
    path("field/phone/", phone.start, name="phone_start"),
    path("field/phone/<str:language>/", phone.shell, name="phone"),
    path("field/phone/<str:language>/manifest.json", phone.manifest, name="phone_manifest"),
    path("field/worker.js", phone.worker, name="phone_worker"),
    path("field/recipients/<int:recipient_id>/", home.records, name="records"),
    path("field/recipients/<int:recipient_id>/spending/", spending.log, name="log_spending"),
    path("field/recipients/<int:recipient_id>/training/", trainings.log, name="log_training"),
    path("field/spending/<int:record_id>/", spending.page, name="spending"),
    path("field/spending/<int:record_id>/saved/", spending.saved, name="spending_saved"),
    path("field/spending/<int:record_id>/answer/", spending.answer, name="answer"),
    path("field/spending/<int:record_id>/photos/", spending.add_photos, name="add_photos"),
    path("field/training/<int:record_id>/", trainings.page, name="training"),
    path("field/training/<int:record_id>/saved/", trainings.saved, name="training_saved"),
    path("field/training/<int:record_id>/answer/", trainings.answer, name="training_answer"),
    path("field/training/<int:record_id>/photos/", trainings.add_photos, name="training_add_photos"),
    path("field/payments/<int:payment_id>/", payments.acknowledge, name="acknowledge"),
    path("evidence/<int:evidence_id>/", evidence.evidence, name="evidence"),
    path("evidence/<int:evidence_id>/small/", evidence.small, name="evidence_small"),
]

"""Addresses of the public pages, the trace and the report files."""

from __future__ import annotations

from django.urls import path

from reports import paper_views, views

app_name = "reports"
urlpatterns = [
    path("published/", views.issued, name="issued"),
    path("published/<int:report_id>/", views.issued_report, name="report"),
    path("published/<int:report_id>/progress/", views.progress, name="progress"),
    path("published/file/<int:file_id>/", views.report_file, name="file"),
    path("published/<int:report_id>/iati.xml", paper_views.iati, name="iati"),
    path("statements/<slug:code>/<str:period>/", paper_views.statement, name="statement"),
    path("vouchers/<str:reference>/", paper_views.voucher, name="voucher"),
    path("payment-lists/<slug:bank>/", paper_views.payment_list, name="payment_list"),
    path("verify/", views.verify, name="verify"),
    path("verify/<slug:code>", views.verify_code, name="verify_code"),
    path("trace/", views.trace, name="trace"),
    path("trace/sale/<str:reference>/", views.trace_of_sale, name="trace_sale"),
    path("trace/spending/<str:reference>/", views.trace_of_spending, name="trace_spending"),
    path("cards/<int:recipient_id>/", views.card, name="plan_card"),
]

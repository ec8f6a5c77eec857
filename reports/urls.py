"""Addresses of the public pages, the trace and the report files."""

from __future__ import annotations

from django.urls import path

from reports import paper_views, subscription_views, views
from reports.trace import views as trace

app_name = "reports"
urlpatterns = [
    path("published/", views.issued, name="issued"),
    path("published/subscribe/", subscription_views.subscribe, name="subscribe"),
    path("published/confirm/<str:token>/", subscription_views.confirm, name="confirm"),
    path("published/leave/<str:token>/", subscription_views.leave, name="leave"),
    path("published/<int:report_id>/", views.issued_report, name="report"),
    path("published/<int:report_id>/progress/", views.progress, name="progress"),
    path("published/file/<int:file_id>/", views.report_file, name="file"),
    path("published/<int:report_id>/iati.xml", paper_views.iati, name="iati"),
    path("statements/sets/<int:set_id>/<slug:kind>/", paper_views.statement_set, name="statement_set"),
    path("statements/sets/<int:set_id>/of/<slug:code>/", paper_views.set_statement, name="set_statement"),
    path("statements/<slug:code>/<str:period>/", paper_views.statement, name="statement"),
    path("vouchers/<str:reference>/", paper_views.voucher, name="voucher"),
    path("payment-lists/<slug:bank>/", paper_views.payment_list, name="payment_list"),
    path("verify/", views.verify, name="verify"),
    path("verify/<slug:code>", views.verify_code, name="verify_code"),
    path("trace/", trace.trace, name="trace"),
    path("trace/sale/<str:reference>/", trace.sale, name="trace_sale"),
    path("trace/spending/<str:reference>/", trace.spending, name="trace_spending"),
    path("trace/disbursement/<str:reference>/", trace.disbursement, name="trace_disbursement"),
    path("trace/recipient/<str:code>/", trace.recipient, name="trace_recipient"),
    path("trace/account/<int:account_id>/", trace.account, name="trace_account"),
    path("cards/<int:recipient_id>/", views.card, name="plan_card"),
]

"""The API's addresses: one router over what each app offers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import DefaultRouter

from communities.callbacks.api import SampledPaymentViewSet, SampleViewSet
from communities.consent.api import ConsentViewSet, VillagePlanViewSet
from communities.registry.api import RecipientViewSet
from communities.spending.api import LogSpending, SpendingViewSet, TrainingViewSet
from communities.spending.phone_api import Arrivals, PhotoUpload, Work
from core.api import NoSuchAddress
from reports.api import AskReport, ReportViewSet, SaleTraceView, SpendingTraceView
from revenue.credits.api import IssuanceViewSet, ProjectViewSet, ReceiptViewSet, SaleViewSet
from revenue.disbursements.api import DisbursementViewSet
from revenue.sharing.api import AllocationViewSet, PlanVersionViewSet

router = DefaultRouter()
router.register("projects", ProjectViewSet, basename="project")
router.register("issuances", IssuanceViewSet, basename="issuance")
router.register("sales", SaleViewSet, basename="sale")
router.register("receipts", ReceiptViewSet, basename="receipt")
router.register("plans", PlanVersionViewSet, basename="plan")
router.register("allocations", AllocationViewSet, basename="allocation")
router.register("recipients", RecipientViewSet, basename="recipient")
router.register("village-plans", VillagePlanViewSet, basename="village-plan")
router.register("consents", ConsentViewSet, basename="consent")
router.register("samples", SampleViewSet, basename="sample")
router.register("sampled-payments", SampledPaymentViewSet, basename="sampled-payment")
router.register("disbursements", DisbursementViewSet, basename="disbursement")
router.register("spending", SpendingViewSet, basename="spending")
router.register("trainings", TrainingViewSet, basename="training")
router.register("reports", ReportViewSet, basename="report")

urlpatterns: list[URLPattern | URLResolver] = [
    path("spending/log/", LogSpending.as_view(), name="api-log-spending"),
    path("phone/reading/", Work.as_view(), name="api-phone-reading"),
    path("phone/photos/<slug:sha256>/", PhotoUpload.as_view(), name="api-phone-photo"),
    path("phone/arrivals/", Arrivals.as_view(), name="api-phone-arrivals"),
    path("reports/ask/", AskReport.as_view(), name="api-ask-report"),
    path("trace/sale/<str:reference>/", SaleTraceView.as_view(), name="api-trace-sale"),
    path("trace/spending/<str:reference>/", SpendingTraceView.as_view(), name="api-trace-spending"),
    *router.urls,
    # With its last slash, so that an address without one is still led to the one with it.
    re_path(r"^.+/$", NoSuchAddress.as_view(), name="api-nothing"),
]

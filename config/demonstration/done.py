"""Which acts of a quarter have been done already, read from what they left behind."""

from __future__ import annotations

from collections.abc import Iterator

from communities.spending.models import Evidence, ReviewStep, SpendingRecord, Status, TrainingRecord
from config.demonstration.acts import form_key, table
from core.models import ImportRun
from revenue.credits.models import Receipt
from revenue.disbursements.models import Acknowledgement, Disbursement, MoneyReturn, Payment
from revenue.sharing.models import AllocationRun

_SAID = {Status.QUERIED: "ask", Status.LOGGED: "answer", Status.ACCEPTED: "decide", Status.REFUSED: "decide"}


def acts_done(*, quarter: str) -> set[str]:
    """Return the keys of the acts of a quarter that need not be done again."""
    return {*_of_receipts(quarter), *_of_disbursements(quarter), *_of_records(quarter), *_of_statements(quarter)}


def _of_receipts(quarter: str) -> Iterator[str]:
    names = [row["reference"] for row in table(f"history/{quarter}/receipts.csv")]
    for name in Receipt.objects.filter(reference__in=names).values_list("reference", flat=True):
        yield f"receipt:{name}"
    for name in Receipt.objects.filter(reference__in=names, status=Receipt.Status.REFUNDED).values_list("reference", flat=True):
        yield f"refund:{name}"
    tried = AllocationRun.objects.filter(tranche__code__in=names).exclude(status=AllocationRun.Status.PROPOSED)
    for name in tried.values_list("tranche__code", flat=True):
        yield f"allocate:{name}"


def _of_disbursements(quarter: str) -> Iterator[str]:
    rows = {row["key"]: row for row in table(f"history/{quarter}/disbursements.csv")}
    for key, status in Disbursement.objects.filter(reference__in=rows).values_list("reference", "status"):
        yield f"request:{key}"
        if status != Disbursement.Status.REQUESTED:
            yield f"decide:{key}"
        if status == Disbursement.Status.CANCELLED:
            yield f"cancel:{key}"
    for key, reference, status in Payment.objects.filter(disbursement__reference__in=rows).values_list(
        "disbursement__reference", "bank_reference", "status"
    ):
        yield f"pay:{key}" if reference == rows[key]["bank_reference"] else f"pay_again:{key}"
        if status == Payment.Status.SENT_BACK:
            yield f"sent_back:{key}"
    column = "payment__disbursement__reference"
    for key in Acknowledgement.objects.filter(**{f"{column}__in": rows}).values_list(column, flat=True):
        yield f"acknowledge:{key}"
    for key in MoneyReturn.objects.filter(disbursement__reference__in=rows).values_list("disbursement__reference", flat=True):
        yield f"return:{key}"


def _of_records(quarter: str) -> Iterator[str]:
    names = {form_key(key=row["key"]): row["key"] for name in ("spending", "training") for row in table(f"history/{quarter}/{name}.csv")}
    for model in (SpendingRecord, TrainingRecord):
        for number in model._default_manager.filter(client_key__in=names).values_list("client_key", flat=True):
            yield f"log:{names[number]}"
    photographed = Evidence.objects.filter(spending__client_key__in=names, kind=Evidence.Kind.PHOTO)
    for number in photographed.values_list("spending__client_key", flat=True):
        yield f"photo:{names[number]}"
    for column in ("spending__client_key", "training__client_key"):
        for number, status in ReviewStep.objects.filter(**{f"{column}__in": names}).values_list(column, "status"):
            yield f"{_SAID[Status(status)]}:{names[number]}"
            if status in (Status.ACCEPTED, Status.REFUSED):
                # Somebody at the pages may have decided it before the files' own question came.
                yield from (f"{step}:{names[number]}" for step in ("ask", "answer"))


def _of_statements(quarter: str) -> Iterator[str]:
    accepted = ImportRun.objects.filter(kind=ImportRun.Kind.BANK_STATEMENT, state=ImportRun.State.ACCEPTED)
    for name in accepted.filter(file__original_name__endswith=f"-{quarter}.csv").values_list("file__original_name", flat=True):
        yield f"statement:{name.removesuffix(f'-{quarter}.csv')}:{quarter}"

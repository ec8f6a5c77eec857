"""What one quarter's files say of money in and out, as acts of the office: receipts, disbursements, bank statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from zlib import crc32

from django.db import transaction

from config.demonstration.acts import (
    ACKNOWLEDGED,
    ALLOCATED,
    DECIDED,
    FILES,
    PAID,
    RECEIVED,
    REQUESTED,
    RETURNED,
    SENT_BACK,
    Act,
    Row,
    day_in,
    form_key,
    minor,
    moment,
    table,
)
from config.demonstration.office import Office
from config.demonstration.programme import TODAY
from config.demonstration.receipts import passbook_image
from core import files
from reports.periods import parse_quarter
from revenue.credits import services as credits_services
from revenue.credits.models import Receipt
from revenue.disbursements import services
from revenue.disbursements.models import Disbursement, Payment
from revenue.sharing.models import AllocationRun
from revenue.sharing.services import approve_allocation, propose_allocation

# The approver looks at the proposal a little later.
APPROVED_AFTER: Final = timedelta(minutes=20)
# One acknowledgement in so many comes with a photo of the passbook.
PHOTOGRAPHED: Final = 4


@dataclass(frozen=True, slots=True)
class MoneyActs:
    """The acts of one quarter's receipts, disbursements and statements."""

    office: Office
    quarter: str

    def all(self) -> Iterator[Act]:
        for row in table(f"history/{self.quarter}/receipts.csv"):
            yield from self._receipt(row)
        for row in table(f"history/{self.quarter}/disbursements.csv"):
            yield from self._disbursement(row)
        for path in sorted((FILES / "history" / self.quarter).glob("bank_statement_*.csv")):
            yield self._statement(path.stem.removeprefix("bank_statement_"))

    def _receipt(self, row: Row) -> Iterator[Act]:
        name, day = row["reference"], day_in(row["value_date"])
        lane = name.split("-")[1][:2]
        yield Act(f"receipt:{name}", moment(day=day, minutes=RECEIVED, key=name), partial(self._record_receipt, row), lane)
        if row["sale"]:
            yield Act(f"allocate:{name}", moment(day=day, minutes=ALLOCATED, key=name), partial(self._allocate, row), lane)
        if row["refunded_on"]:
            at = moment(day=day_in(row["refunded_on"]), minutes=RETURNED, key=name)
            yield Act(f"refund:{name}", at, partial(self._refund, row, at=at), lane)

    def _record_receipt(self, row: Row) -> None:
        day = day_in(row["value_date"])
        credits_services.record_receipt(
            bank_account_id=self.office.banks[row["bank_account"]].pk,
            bank_reference=row["bank_reference"],
            value_date=day,
            gross_minor=minor(row["gross"], row["currency"]),
            sender_fee_minor=minor(row["sender_fee"], row["currency"]),
            sale_id=self.office.sales[row["sale"]] if row["sale"] else None,
            reference=row["reference"],
            by=self.office.officer,
            at=moment(day=day, minutes=RECEIVED, key=row["reference"]),
        )

    def _refund(self, row: Row, *, at: datetime) -> None:
        credits_services.refund_receipt(
            receipt_id=Receipt.objects.values_list("id", flat=True).get(reference=row["reference"]),
            day=day_in(row["refunded_on"]),
            bank_reference=row["refund_reference"],
            by=self.office.officer,
            at=at,
        )

    def _allocate(self, row: Row) -> None:
        day = day_in(row["value_date"])
        tranche_id = Receipt.objects.values_list("tranche_id", flat=True).get(reference=row["reference"])
        at = moment(day=day, minutes=ALLOCATED, key=row["reference"])
        run = propose_allocation(tranche_id=tranche_id, by=self.office.officer, at=at)
        if run.status == AllocationRun.Status.PROPOSED:
            approve_allocation(run_id=run.pk, by=self.office.approver, at=at + APPROVED_AFTER, day=day)

    def _disbursement(self, row: Row) -> Iterator[Act]:
        """Yield what became of one request, as far as its line goes."""
        steps = (
            ("request", "requested_on", REQUESTED, self._request),
            ("decide", "decided_on", DECIDED, self._decide),
            ("pay", "paid_on", PAID, partial(self._pay, reference=row["bank_reference"], column="paid_on")),
            ("sent_back", "sent_back_on", SENT_BACK, self._sent_back),
            ("pay_again", "repaid_on", PAID, partial(self._pay, reference=row["repaid_bank_reference"], column="repaid_on")),
            ("cancel", "cancelled_on", SENT_BACK, self._cancel),
            ("acknowledge", "acknowledged_on", ACKNOWLEDGED, self._acknowledge),
            ("return", "returned_on", RETURNED, self._return),
        )
        for name, column, minutes, do in steps:
            if row[column]:
                at = moment(day=day_in(row[column]), minutes=minutes, key=row["key"])
                yield Act(f"{name}:{row['key']}", at, partial(do, row, at=at), row["recipient"][:2])

    def _request(self, row: Row, *, at: datetime) -> None:
        services.request_disbursement(
            client_key=form_key(key=row["key"]),
            pot_id=self.office.pots[row["project"], row["pot"]],
            bank_account_id=self.office.banks[row["bank_account"]].pk,
            recipient_id=self.office.recipients[row["recipient"]].pk,
            amount_minor=minor(row["amount"], row["currency"]),
            kind=row["kind"],
            description=row["description"],
            due_on=day_in(row["due_on"]) if row["due_on"] else None,
            account_by=day_in(row["account_by"]) if row["account_by"] else None,
            reference=row["key"],
            by=self.office.officer,
            at=at,
            on=day_in(row["requested_on"]),
        )

    def _decide(self, row: Row, *, at: datetime) -> None:
        number, on, approver = _number(row), day_in(row["decided_on"]), self.office.approver
        if row["decision"] == "APPROVED":
            services.approve_disbursement(disbursement_id=number, by=approver, at=at, on=on)
        else:
            services.reject_disbursement(disbursement_id=number, reason=row["decision_reason"], by=approver, at=at, on=on)

    def _pay(self, row: Row, *, at: datetime, reference: str, column: str) -> None:
        services.pay_disbursement(
            disbursement_id=_number(row),
            bank_reference=reference,
            paid_on=day_in(row[column]),
            amount_minor=minor(row["amount"], row["currency"]),
            fee_minor=minor(row["fee"], row["currency"]),
            local_minor=minor(row["local_amount"], row["local_currency"]),
            local_currency=row["local_currency"],
            rate=row["rate"],
            by=self.office.officer,
            at=at,
        )

    def _sent_back(self, row: Row, *, at: datetime) -> None:
        payment = Payment.objects.get(bank_account__code=row["bank_account"], bank_reference=row["bank_reference"])
        services.payment_sent_back(payment_id=payment.pk, on=day_in(row["sent_back_on"]), by=self.office.officer, at=at, fee_kept=True)

    def _cancel(self, row: Row, *, at: datetime) -> None:
        on = day_in(row["cancelled_on"])
        services.cancel_disbursement(disbursement_id=_number(row), reason=row["cancel_reason"], by=self.office.approver, at=at, on=on)

    def _acknowledge(self, row: Row, *, at: datetime) -> None:
        payment = Payment.objects.get(disbursement_id=_number(row), status=Payment.Status.PAID)
        person = self.office.logger(row["recipient"])
        local_minor = minor(row["acknowledged_amount"], row["local_currency"])
        photo = None
        if crc32(row["key"].encode()) % PHOTOGRAPHED == 0:
            account = payment.payee_account
            drawn = passbook_image(
                key=row["key"], holder=account.account_name, institution=account.institution, day=row["acknowledged_on"],
                amount_minor=local_minor, currency=row["local_currency"],
            )  # fmt: skip
            photo = files.store(data=drawn, media_type="image/jpeg", original_name=f"passbook-{row['key']}.jpg", by=person, at=at)
        services.acknowledge_payment(
            client_key=form_key(key=f"acknowledge:{row['key']}"),
            payment_id=payment.pk,
            received_on=day_in(row["acknowledged_on"]),
            local_minor=local_minor,
            local_currency=row["local_currency"],
            signed_by=row["signed_by"],
            also_signed_by=row["also_signed_by"],
            photo_id=photo.pk if photo else None,
            by=person,
            at=at,
        )

    def _return(self, row: Row, *, at: datetime) -> None:
        services.return_money(
            disbursement_id=_number(row),
            bank_account_id=self.office.banks[row["bank_account"]].pk,
            bank_reference=row["return_bank_reference"],
            returned_on=day_in(row["returned_on"]),
            local_minor=minor(row["returned_local"], row["local_currency"]),
            credited_minor=minor(row["returned_credited"], row["currency"]),
            reason=row["return_reason"],
            by=self.office.officer,
            at=at,
        )

    def _statement(self, account: str) -> Act:
        """The statement comes when the quarter's last act is over: on its own last day, at the end of the day's work."""
        content = (FILES / "history" / self.quarter / f"bank_statement_{account}.csv").read_bytes()
        bank = self.office.banks[account]

        @transaction.atomic
        def take_in() -> None:
            name = f"{account}-{self.quarter}.csv"
            run, _statement = services.preview_statement(
                bank_account_id=bank.pk, layout=bank.institution, content=content, filename=name, by=self.office.officer, at=at
            )
            services.accept_statement(import_run_id=run.pk, by=self.office.officer, at=at + timedelta(minutes=6))

        at = moment(day=statement_day(self.quarter), minutes=RETURNED, key=account)
        return Act(f"statement:{account}:{self.quarter}", at, take_in)


def statement_day(quarter: str) -> date:
    """Return the day on which a quarter's statements are taken in: its last, or the last day of the files."""
    found = parse_quarter(quarter)
    return min(found.end - timedelta(days=1), TODAY)


def _number(row: Row) -> int:
    return Disbursement.objects.values_list("id", flat=True).get(reference=row["key"])

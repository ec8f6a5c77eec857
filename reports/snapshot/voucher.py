"""What a voucher and a list of payments say, read from the documents as they stand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings

from communities.registry.models import PayeeAccount
from core.models import Programme
from reports.snapshot.statement import sales_of
from reports.words import both, named, plain, titled
from revenue.credits.models import BankAccount
from revenue.disbursements.models import Disbursement, Payment
from revenue.sharing.models import Purpose

Json = dict[str, Any]


def voucher_content(*, disbursement_id: int, at: datetime) -> Json:
    """
    Return what the voucher of a disbursement says; ``at`` is the moment it is printed.

    :raises Disbursement.DoesNotExist: if there is none
    """
    row = Disbursement.objects.select_related("project", "pot", "bank_account", "recipient", "requested_by", "decided_by").get(id=disbursement_id)
    payment = row.payments.filter(status=Payment.Status.PAID).select_related("payee_account").first()
    payee = payment.payee_account if payment else _approved_account(row.recipient_id)
    return {
        **_head(at, "forest-dividend/voucher-1"),
        "reference": row.reference,
        "status": row.status.lower(),
        "status_title": both(Disbursement.Status(row.status).label),
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "project": {"code": row.project.code, "name": named(row.project)},
        "recipient": {"code": row.recipient.code, "name": named(row.recipient)},
        "purpose": both(Purpose(row.purpose).label),
        "description": row.description,
        "pot": titled(row.pot),
        "bank": _bank(row.bank_account),
        "payee": _account(payee) if payee else None,
        "requested": {"by": row.requested_by.full_name, "on": row.requested_on.isoformat()},
        "decided": {"by": row.decided_by.full_name, "on": row.decided_on.isoformat()} if row.decided_by and row.decided_on else None,
        "account_by": row.account_by.isoformat() if row.account_by else None,
        "payment": _payment(payment) if payment else None,
        "sources": _sources(row),
    }


def payment_list_content(*, bank_account_id: int, on: date | None, at: datetime) -> Json:
    """
    Return the list of what was paid from a bank account on a day; without a day, of what is approved and still to be paid.

    :raises BankAccount.DoesNotExist: if there is no such account
    """
    bank = BankAccount.objects.get(id=bank_account_id)
    rows = _due_rows(bank) if on is None else _paid_rows(bank, on)
    return {
        **_head(at, "forest-dividend/payment-list-1"),
        "bank": {"code": bank.code, **_bank(bank)},
        "on": on.isoformat() if on else None,
        "rows": rows,
        "total_minor": sum(row["amount_minor"] for row in rows),
    }


def _head(at: datetime, schema: str) -> Json:
    programme = Programme.objects.filter(id=1).first()
    return {
        "schema": schema,
        "authority": {"en": programme.authority, "km": programme.authority_km} if programme else plain(""),
        "demonstration": bool(programme and programme.is_demonstration),
        "verify_address": f"{settings.PUBLIC_URL}/verify",
        "frozen_at": at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
    }


def _bank(bank: BankAccount) -> Json:
    return {"name": bank.name, "institution": bank.institution, "account_number": bank.account_number, "currency": bank.currency}


def _account(account: PayeeAccount) -> Json:
    return {"institution": account.institution, "account_name": account.account_name, "account_number": account.account_number}


def _approved_account(recipient_id: int) -> PayeeAccount | None:
    return PayeeAccount.objects.filter(recipient_id=recipient_id, status=PayeeAccount.Status.APPROVED).first()


def _payment(payment: Payment) -> Json:
    return {
        "bank_reference": payment.bank_reference,
        "paid_on": payment.paid_on.isoformat(),
        "amount_minor": payment.amount_minor,
        "fee_minor": payment.fee_minor,
        "local_minor": payment.local_minor,
        "local_currency": payment.local_currency,
        "rate": payment.rate,
    }


def _sources(row: Disbursement) -> list[Json]:
    """Return the receipts that the approval drew, with the sale of each."""
    if row.approval_entry is None:
        return []
    postings = list(row.approval_entry.postings.select_related("tranche").order_by("line"))
    sales = sales_of({posting.tranche_id for posting in postings})
    return [
        {
            "receipt": posting.tranche.code,
            "received_on": posting.tranche.received_on.isoformat(),
            "sale": sales[posting.tranche_id].reference if posting.tranche_id in sales else None,
            "amount_minor": posting.amount_minor,
        }
        for posting in postings
    ]


def _paid_rows(bank: BankAccount, on: date) -> list[Json]:
    found = Payment.objects.filter(bank_account=bank, paid_on=on, status=Payment.Status.PAID)
    listed = found.select_related("disbursement__recipient", "payee_account").order_by("id")
    return [
        {
            **_row(payment.disbursement, payment.payee_account),
            "bank_reference": payment.bank_reference,
            "amount_minor": payment.amount_minor,
            "local_minor": payment.local_minor,
            "local_currency": payment.local_currency,
        }
        for payment in listed
    ]


def _due_rows(bank: BankAccount) -> list[Json]:
    due = Disbursement.objects.filter(bank_account=bank, status=Disbursement.Status.APPROVED).select_related("recipient").order_by("due_on", "id")
    listed = list(due)
    accounts = {
        account.recipient_id: account
        for account in PayeeAccount.objects.filter(status=PayeeAccount.Status.APPROVED, recipient_id__in=[row.recipient_id for row in listed])
    }
    return [
        {
            **_row(row, accounts.get(row.recipient_id)),
            "bank_reference": None,
            "amount_minor": row.amount_minor,
            "local_minor": None,
            "local_currency": None,
        }
        for row in listed
    ]


def _row(row: Disbursement, account: PayeeAccount | None) -> Json:
    empty = {"institution": "", "account_name": "", "account_number": ""}
    return {
        "reference": row.reference,
        "recipient": named(row.recipient),
        "purpose": both(Purpose(row.purpose).label),
        "description": row.description,
        **(_account(account) if account else empty),
    }

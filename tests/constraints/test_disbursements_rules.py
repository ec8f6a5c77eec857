"""What the database itself refuses about money out, by raw update as well as by save."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from revenue.disbursements.models import Acknowledgement, MoneyReturn
from tests.revenue.sharing_stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.shared()
    return stage


def refused(constraint: str, row: Any, **values: object) -> None:
    """The change is refused by update and by save."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**values)
    for name, value in values.items():
        setattr(row, name, value)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("disbursement_is_positive", {"amount_minor": 0}),
        ("disbursement_decision_matches_status", {"status": "APPROVED"}),
        ("disbursement_decision_matches_status", {"status": "PAID"}),
        ("disbursement_decision_matches_status", {"status": "CANCELLED"}),
        ("disbursement_decision_matches_status", {"decided_on": date(2026, 3, 2)}),
    ],
)
def test_a_request_is_what_its_status_says(stage: Stage, constraint: str, values: dict[str, object]) -> None:
    refused(constraint, stage.asked(), **values)


def test_nobody_decides_their_own_request(stage: Stage) -> None:
    promised = stage.promised()
    promised.refresh_from_db()
    refused("disbursement_maker_is_not_checker", promised, decided_by_id=stage.officer.pk)


def test_a_rejection_has_its_reason(stage: Stage) -> None:
    values = {"status": "REJECTED", "decided_by_id": stage.approver.pk, "decided_at": "2026-03-02T00:00Z", "decided_on": date(2026, 3, 2)}
    refused("disbursement_decision_matches_status", stage.asked(), **values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("payment_is_positive", {"amount_minor": 0, "local_minor": 0}),
        ("payment_is_positive", {"fee_minor": -1}),
        ("payment_exchange_has_rate", {"local_currency": "KHR"}),
        ("payment_exchange_has_rate", {"local_minor": 99}),
        ("payment_sent_back_has_entry", {"status": "SENT_BACK"}),
        ("payment_sent_back_has_entry", {"sent_back_on": date(2026, 3, 9)}),
    ],
)
def test_a_payment_is_whole(stage: Stage, constraint: str, values: dict[str, object]) -> None:
    refused(constraint, stage.paid(), **values)


def test_a_bank_reference_pays_once(stage: Stage) -> None:
    first, second = stage.paid(), stage.paid(stage.promised(amount=5_000))
    refused("payment_bank_reference_once", second, bank_reference=first.bank_reference)


def test_a_disbursement_is_paid_once(stage: Stage) -> None:
    first, second = stage.paid(), stage.paid(stage.promised(amount=5_000))
    refused("disbursement_paid_once", second, disbursement_id=first.disbursement_id)


def test_a_form_key_is_used_once(stage: Stage) -> None:
    first, second = stage.asked(), stage.asked()
    refused("client_key", second, client_key=first.client_key)


@pytest.mark.parametrize("table", ["disbursements_acknowledgement", "disbursements_moneyreturn"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET local_minor = 1", "DELETE FROM {}"])
def test_what_was_acknowledged_or_given_back_is_never_changed(stage: Stage, table: str, statement: str) -> None:
    payment = stage.paid()
    stage.acknowledged(payment)
    stage.returned(payment, 500, 500)
    with pytest.raises(Exception, match="append-only|permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert (Acknowledgement.objects.get().local_minor, MoneyReturn.objects.get().local_minor) == (100_000, 500)

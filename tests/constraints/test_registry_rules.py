"""Each rule on recipients, accounts and assignments that the database holds, refused by raw SQL and by the models."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from communities.registry import services
from communities.registry.models import Assignment, IndicatorSnapshot, IndicatorValue, PayeeAccount, Recipient, RecipientVillage, Village
from core.people.models import Role
from tests.constraints.test_credits_rules import refused, run
from tests.revenue.credits_office import AT, approver, officer, person

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 5)


@pytest.fixture
def recipient() -> Recipient:
    return services.create_recipient(code="KS-VC-01", kind="VILLAGE_COMMITTEE", name="Pu Tung", by=officer(), at=AT)


@pytest.fixture
def village() -> Village:
    return Village.objects.create(code="11010101", name="Pu Tung", commune="c", district="d", province="p", source="s")


@pytest.fixture
def account(recipient: Recipient) -> PayeeAccount:
    return services.propose_account(
        recipient_id=recipient.pk,
        channel="BANK",
        institution="ACLEDA",
        account_name="VC",
        account_number="000111222",
        reason="x",
        by=officer(),
        at=AT,
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("status = 'APPROVED'", "payee_decision_matches_status"),
        ("decided_at = now()", "payee_decision_matches_status"),
        ("status = 'REFUSED', decided_by_id = proposed_by_id, decided_at = now()", "payee_maker_is_not_checker"),
    ],
)
def test_an_account_decided_by_nobody_or_its_maker_is_refused(account: PayeeAccount, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE registry_payeeaccount SET {change} WHERE id = %s", account.pk)


def test_one_account_of_a_recipient_is_approved(account: PayeeAccount) -> None:
    services.decide_account(account_id=account.pk, approve=True, reason="", by=approver(), at=AT)
    again = PayeeAccount.objects.get(id=account.pk)
    again.pk = None
    with refused("payee_one_approved_account"):
        again.save(force_insert=True)


def test_one_account_of_a_recipient_is_proposed(account: PayeeAccount) -> None:
    account.pk = None
    with refused("payee_one_proposed_account"):
        account.save(force_insert=True)


def test_a_village_is_covered_once_at_a_time_by_a_recipient(recipient: Recipient, village: Village) -> None:
    cover = services.cover_village(recipient_id=recipient.pk, village_id=village.pk, from_date=DAY, by=officer(), at=AT)
    with refused("cover_once_at_a_time"):
        RecipientVillage.objects.create(recipient=recipient, village=village, from_date=date(2026, 11, 1))
    with refused("cover_ends_after_it_begins"):
        run("UPDATE registry_recipientvillage SET to_date = from_date WHERE id = %s", cover.pk)


def test_a_person_is_assigned_once_at_a_time(recipient: Recipient) -> None:
    liaison = person(Role.LIAISON)
    made = services.assign(person_id=liaison.pk, recipient_id=recipient.pk, from_date=DAY, by=officer(), at=AT)
    with refused("assignment_once_at_a_time"):
        Assignment.objects.create(person=liaison, recipient=recipient, from_date=date(2027, 1, 1))
    with refused("assignment_ends_after_it_begins"):
        run("UPDATE registry_assignment SET to_date = from_date WHERE id = %s", made.pk)


def test_a_recipient_has_a_code_of_its_own(recipient: Recipient) -> None:
    with refused("registry_recipient_code_key"):
        Recipient.objects.create(code="KS-VC-01", kind="COMMUNE", name="x")
    with refused("recipient_has_code"):
        Recipient.objects.create(code="", kind="COMMUNE", name="x")


def test_a_village_has_a_code_of_its_own(village: Village) -> None:
    with refused("registry_village_code_key"):
        Village.objects.create(code="11010101", name="x", commune="c", district="d", province="p", source="s")


def test_a_count_is_not_negative_and_stands_once(village: Village) -> None:
    values = [("11010101", "households", Decimal(3))]
    snapshot = services.record_indicators(code="c", as_of=DAY, source="s", values=values, by=officer(), at=AT)
    with refused("indicator_once_a_village"):
        IndicatorValue.objects.create(snapshot=snapshot, village=village, indicator="households", value=4)
    with refused("indicator_not_negative"):
        IndicatorValue.objects.create(snapshot=snapshot, village=village, indicator="area_ha", value=-1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_indicatorvalue SET value = 9",
        "DELETE FROM registry_indicatorvalue",
        "UPDATE registry_indicatorsnapshot SET source = 'x'",
        "DELETE FROM registry_indicatorsnapshot",
    ],
)
def test_what_was_counted_is_never_changed(village: Village, statement: str) -> None:
    services.record_indicators(code="c", as_of=DAY, source="s", values=[("11010101", "households", Decimal(3))], by=officer(), at=AT)
    with pytest.raises(Exception, match="append-only|permission denied"), transaction.atomic():
        run(statement)
    assert (IndicatorValue.objects.get().value, IndicatorSnapshot.objects.get().source) == (3, "s")

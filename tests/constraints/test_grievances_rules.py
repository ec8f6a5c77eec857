"""Each rule on complaints that the database holds, refused by raw SQL and by the models."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from communities.grievances import services
from communities.grievances.models import Case, Contact, Event, Publication
from communities.grievances.services.links import link_of
from core.people.models import Role
from tests.communities.consenting import Community
from tests.communities.village import person
from tests.constraints.test_credits_rules import refused, run

pytestmark = pytest.mark.django_db
AT = datetime(2026, 8, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def case() -> Case:
    return services.file_case(client_key=uuid4(), category="MONEY", text="Late.", name="Sok", language="km", at=AT).case


RULES = [
    ("text = 'Other words'", "grievances_case_frozen"),
    ("category = 'LAND'", "grievances_case_frozen"),
    ("received_at = now()", "grievances_case_frozen"),
    ("code_sha256 = repeat('0', 64)", "grievances_case_frozen"),
    ("code_sha256 = '1234567812345678'", "complaint_code_is_hashed"),
    ("text = ''", "complaint_says_something"),
    ("channel = 'TELEPHONE'", "complaint_entered_by_somebody"),
    ("answer_by = NULL", "complaint_deadline_matches_status"),
    ("level = 'MOON'", "complaint_level_is_known"),
    ("level = 'COMMUNE'", "complaint_steps"),
    ("level = 'MINISTRY'", "complaint_steps"),
    ("status = 'ANSWERED', answer_by = NULL", "complaint_steps"),
    ("status = 'CLOSED', answer_by = NULL", "complaint_steps"),
]


@pytest.mark.parametrize(("change", "rule"), RULES)
def test_a_complaint_keeps_to_its_rules(case: Case, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE grievances_case SET {change} WHERE id = %s", case.pk)


def test_no_complaint_is_deleted(case: Case) -> None:
    empty = Case.objects.create(
        code_sha256="a" * 64, category="LAND", text="So.", language="km", channel="PAGE", received_at=AT, answer_by=date(2026, 9, 1)
    )
    with refused("grievances_case_kept"):
        run("DELETE FROM grievances_case WHERE id = %s", empty.pk)


def test_a_complaint_begins_as_received_in_the_village() -> None:
    with refused("complaint_steps"):
        Case.objects.create(
            code_sha256="a" * 64, category="LAND", text="So.", language="km", channel="PAGE", received_at=AT, status="CLOSED", answer_by=None
        )


def test_the_models_are_refused_too(case: Case) -> None:
    with refused("complaint_steps"):
        Case.objects.filter(pk=case.pk).update(status="ANSWERED", answer_by=None)
    case.text = "Other words"
    with refused("grievances_case_frozen"):
        case.save()


def test_one_code_is_one_complaint(case: Case) -> None:
    with refused("grievances_case_code_sha256_key"):
        Case.objects.create(
            code_sha256=case.code_sha256, category="LAND", text="So.", language="km", channel="PAGE", received_at=AT, answer_by=date(2026, 9, 1)
        )


def test_a_missed_day_escalates_once(case: Case) -> None:
    Event.objects.create(case=case, kind="ESCALATED", level="COMMUNE", at=AT, missed=date(2026, 9, 3))
    with refused("complaint_missed_day_once"):
        Event.objects.create(case=case, kind="ESCALATED", level="PROVINCE", at=AT, missed=date(2026, 9, 3))


def test_steps_are_whole(case: Case) -> None:
    officer = person("officer", Role.FINANCE_OFFICER)
    with refused("complaint_received_once"):
        Event.objects.create(case=case, kind="RECEIVED", level="VILLAGE", at=AT)
    with refused("complaint_missed_is_escalated"):
        Event.objects.create(case=case, kind="ESCALATED", level="COMMUNE", at=AT, by=officer, missed=date(2026, 9, 3))
    with refused("complaint_answer_has_words"):
        Event.objects.create(case=case, kind="ANSWERED", level="VILLAGE", at=AT, by=officer)
    with refused("complaint_answer_has_words"):
        Event.objects.create(case=case, kind="CLOSED", level="VILLAGE", at=AT, text="By nobody.")


def test_a_contact_is_somebody_and_once(case: Case) -> None:
    with refused("grievances_contact_case_id_key"):
        Contact.objects.create(case=case, name="Another")
    other = services.file_case(client_key=uuid4(), category="LAND", text="So.", language="km", at=AT).case
    with refused("contact_is_somebody"):
        Contact.objects.create(case=other)


def test_published_counts_are_of_one_quarter_once() -> None:
    Publication.objects.create(first=date(2026, 7, 1), end=date(2026, 10, 1), counts={}, published_at=AT)
    with refused("grievances_publication_first_key"):
        Publication.objects.create(first=date(2026, 7, 1), end=date(2026, 10, 1), counts={}, published_at=AT)
    with refused("complaint_counts_days_in_order"):
        Publication.objects.create(first=date(2026, 10, 1), end=date(2026, 10, 1), counts={}, published_at=AT)


def test_who_paid_does_not_answer_for_it() -> None:
    there = Community()
    there.shared()
    paid = there.paid(there.promised(there.pu_char, 1_000))
    link = link_of(reference=paid.disbursement.reference)
    case = services.file_case(client_key=uuid4(), category="MONEY", text="Late.", language="km", link=link, at=AT).case
    with refused("complaint_independent"):
        Event.objects.create(case=case, kind="ANSWERED", level="VILLAGE", text="It is right.", by_id=paid.paid_by_id, at=AT)


@pytest.mark.parametrize("table", ["contact", "event"])
def test_who_complained_and_what_happened_do_not_change(case: Case, table: str) -> None:
    for change in (f"UPDATE grievances_{table} SET case_id = case_id", f"DELETE FROM grievances_{table}"):
        with pytest.raises(DatabaseError, match="append-only|permission denied"), transaction.atomic():
            run(change)

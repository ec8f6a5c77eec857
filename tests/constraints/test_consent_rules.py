"""Each rule on village plans, consents and what was withheld that the database holds, refused by raw SQL and by the models."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection

from communities.consent import services
from communities.consent.models import Activity, BudgetLine, Consent, VillagePlan, Withholding
from tests.communities.consenting import AT, Community
from tests.constraints.test_credits_rules import refused, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def there() -> Community:
    return Community()


@pytest.fixture
def sent(there: Community) -> VillagePlan:
    plan = there.drafted()
    there.line(plan, by=there.officer)
    return there.sent(plan)


PLAN_RULES = [
    ("status = 'APPROVED'", "village_plan_decision_matches_status"),
    ("status = 'DRAFT'", "village_plan_sent_with_minutes"),
    ("decided_at = now()", "village_plan_decision_matches_status"),
    ("women = 0, men = 0", "village_plan_sent_with_minutes"),
    ("minutes_id = NULL", "village_plan_sent_with_minutes"),
    ("last_year = first_year - 1", "village_plan_years_in_order"),
    ("last_year = first_year + 10", "village_plan_years_in_order"),
    ("status = 'APPROVED', decided_by_id = drafted_by_id, decided_at = now()", "village_plan_maker_is_not_checker"),
    ("status = 'REPLACED', decided_by_id = {approver}, decided_at = now()", "village_plan_steps"),
    ("status = 'APPROVED', decided_by_id = {officer}, decided_at = now()", "village_plan_writer_is_not_checker"),
    ("status = 'REFUSED', decided_by_id = {approver}, decided_at = now()", "village_plan_decision_matches_status"),
    ("title = 'Another'", "consent_villageplan_frozen"),
    ("met_on = met_on - 1", "consent_villageplan_frozen"),
    ("recipient_id = {other}", "consent_villageplan_frozen"),
]


@pytest.mark.parametrize(("change", "rule"), PLAN_RULES)
def test_a_sent_plan_keeps_to_its_rules(there: Community, sent: VillagePlan, change: str, rule: str) -> None:
    filled = change.format(approver=there.approver.pk, officer=there.officer.pk, other=there.pu_ngav.pk)
    with refused(rule):
        run(f"UPDATE consent_villageplan SET {filled} WHERE id = %s", sent.pk)


def test_a_plan_is_not_deleted_and_begins_as_a_draft(there: Community, sent: VillagePlan) -> None:
    with refused("consent_villageplan_kept"):
        run("DELETE FROM consent_villageplan WHERE id = %s", there.drafted(there.pu_ngav, by=there.stranger).pk)
    sent.pk, sent.number, sent.recipient = None, 2, there.pu_ngav
    with refused("village_plan_steps"):
        sent.save(force_insert=True)


def test_one_version_is_open_and_its_number_is_used_once(there: Community, sent: VillagePlan) -> None:
    facts = {"recipient": there.pu_char, "title": "x", "first_year": 2026, "last_year": 2026, "drafted_by": there.liaison, "drafted_at": AT}
    with refused("village_plan_one_open"):
        VillagePlan.objects.create(number=2, **facts)
    with refused("village_plan_number_once"):
        VillagePlan.objects.create(number=1, **facts)


def test_a_year_has_one_approved_plan(there: Community) -> None:
    there.approved_plan(years=(2026, 2027))
    draft = there.drafted(years=(2027, 2028))
    there.line(draft, year=2028)
    there.sent(draft)
    with refused("village_plan_one_approved_a_year"):
        VillagePlan.objects.filter(pk=draft.pk).update(status="APPROVED", decided_by=there.officer, decided_at=AT)


def test_a_plan_without_a_budget_is_not_sent(there: Community, sent: VillagePlan) -> None:
    draft = there.drafted(there.pu_ngav, by=there.stranger)
    with refused("village_plan_has_lines"):
        VillagePlan.objects.filter(pk=draft.pk).update(
            status="PROPOSED", met_on=date(2026, 1, 1), women=1, minutes=sent.minutes, sent_by=there.stranger, sent_at=AT
        )


def test_a_budget_outside_the_plans_years_is_refused_from_both_sides(there: Community, sent: VillagePlan) -> None:
    draft = there.drafted(there.pu_ngav, by=there.stranger)
    line = there.line(draft, by=there.stranger)
    with refused("budget_line_year_of_plan"):
        BudgetLine.objects.filter(pk=line.pk).update(year=2030)
    VillagePlan.objects.filter(pk=draft.pk).update(first_year=2027)
    with refused("budget_line_year_of_plan"):
        VillagePlan.objects.filter(pk=draft.pk).update(
            status="PROPOSED", met_on=date(2026, 1, 1), women=1, minutes=sent.minutes, sent_by=there.stranger, sent_at=AT
        )


def test_the_lines_of_a_sent_plan_are_not_added_changed_or_deleted(there: Community, sent: VillagePlan) -> None:
    activity = sent.activities.get()
    line = activity.lines.get()
    with refused("village_plan_only_drafts_change"):
        BudgetLine.objects.create(activity=activity, year=2027, currency="KHR", amount_minor=1, added_by=there.liaison, added_at=AT)
    with refused("village_plan_only_drafts_change"):
        run("UPDATE consent_budgetline SET amount_minor = 1 WHERE id = %s", line.pk)
    with refused("village_plan_only_drafts_change"):
        line.delete()
    with refused("village_plan_only_drafts_change"):
        Activity.objects.create(plan=sent, number=9, name="More", purpose="training")
    with refused("village_plan_only_drafts_change"):
        run("UPDATE consent_activity SET name = 'Other' WHERE id = %s", activity.pk)
    # Nor are they moved to a draft.
    draft = there.drafted(there.pu_ngav, by=there.stranger)
    with refused("village_plan_only_drafts_change"):
        run("UPDATE consent_activity SET plan_id = %s WHERE id = %s", draft.pk, activity.pk)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("amount_minor = 0", "budget_line_is_positive"),
        ("currency = 'EUR'", "budget_line_in_riel_or_dollars"),
    ],
)
def test_a_budget_line_keeps_to_its_rules(there: Community, change: str, rule: str) -> None:
    line = there.line(there.drafted())
    with refused(rule):
        run(f"UPDATE consent_budgetline SET {change} WHERE id = %s", line.pk)


def test_an_activity_stands_once_in_a_plan_and_has_one_line_a_year(there: Community) -> None:
    plan = there.drafted()
    line = there.line(plan)
    with refused("budget_line_once_a_year"):
        BudgetLine.objects.create(activity=line.activity, year=2026, currency="USD", amount_minor=5, added_by=there.liaison, added_at=AT)
    for number, name, rule in ((1, "Other", "activity_number_once"), (2, "Two wells", "activity_name_once"), (2, "", "activity_has_name")):
        with refused(rule):
            Activity.objects.create(plan=plan, number=number, name=name, purpose="training")


CONSENT_RULES = [
    ("status = 'CONFIRMED'", "consent_decision_matches_status"),
    ("decided_at = now()", "consent_decision_matches_status"),
    ("status = 'REJECTED', decided_by_id = {approver}, decided_at = now()", "consent_decision_matches_status"),
    ("status = 'CONFIRMED', decided_by_id = entered_by_id, decided_at = now()", "consent_maker_is_not_checker"),
    ("document_id = NULL", "consent_meeting_has_minutes"),
    ("spoken_language = ''", "consent_meeting_has_minutes"),
    ("women = 0, men = 0", "consent_meeting_has_minutes"),
    ("kind = 'REFUSED'", "consent_against_has_reason"),
    ("said_by = ''", "consent_said_by_somebody"),
    ("happened_on = happened_on - 1", "consent_consent_frozen"),
    ("plan_version_id = plan_version_id, women = 5", "consent_consent_frozen"),
]


@pytest.mark.parametrize(("change", "rule"), CONSENT_RULES)
def test_a_consent_keeps_to_its_rules(there: Community, change: str, rule: str) -> None:
    said = there.said()
    with refused(rule):
        run(f"UPDATE consent_consent SET {change.format(approver=there.approver.pk)} WHERE id = %s", said.pk)


def test_what_was_said_is_not_deleted_and_a_decision_stays(there: Community) -> None:
    said = there.consents()
    with refused("consent_consent_kept"):
        said.delete()
    with refused("consent_consent_frozen"):
        Consent.objects.filter(pk=said.pk).update(status="REJECTED", remark="On second thought")
    again = Consent.objects.get(pk=said.pk)
    again.pk = None
    with refused("consent_consent_client_key_key"):
        again.save(force_insert=True)
    again.client_key, again.document = uuid4(), None
    with refused("consent_meeting_has_minutes"):
        again.save(force_insert=True)


def test_a_withholding_keeps_to_its_rules(there: Community) -> None:
    there.consents()
    there.shared()
    withdrawn = there.said("WITHDRAWN", on=date(2026, 2, 3))
    held = services.withhold_unpaid(consent_id=withdrawn.pk, by=there.officer, at=AT, day=date(2026, 3, 1))
    for change, rule in (
        ("amount_minor = 0", "withholding_is_positive"),
        ("released_at = now()", "withholding_release_is_whole"),
        (
            f"released_at = now(), released_by_id = {there.officer.pk}, release_reason = 'x', release_entry_id = entry_id",
            "withholding_released_by_another",
        ),
        ("amount_minor = amount_minor + 1", "consent_withholding_frozen"),
    ):
        with refused(rule):
            run(f"UPDATE consent_withholding SET {change} WHERE id = %s", held.pk)
    with refused("consent_withholding_kept"):
        held.delete()
    again = Withholding.objects.get(pk=held.pk)
    again.pk = None
    with refused("consent_withholding_entry_id_key"):
        again.save(force_insert=True)


def test_the_checks_find_a_withholding_that_says_something_else(there: Community) -> None:
    from revenue.ledger import checks

    there.consents()
    there.shared()
    withdrawn = there.said("WITHDRAWN", on=date(2026, 2, 3))
    services.withhold_unpaid(consent_id=withdrawn.pk, by=there.officer, at=AT, day=date(2026, 3, 1))
    assert not list(checks.run(["consent.withheld"]))
    held = Withholding.objects.get()
    # A row made past the service, naming an entry of something else.
    other = there.plan.runs.get().entry
    Withholding.objects.create(consent=held.consent, amount_minor=7, currency="USD", entry=other, withheld_by=there.officer, withheld_at=AT)
    (found,) = checks.run(["consent.withheld"])
    assert "says 7, and its entry moved 0" in found.sentence
    assert connection.in_atomic_block

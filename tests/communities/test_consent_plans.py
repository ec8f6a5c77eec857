"""Village plans: who writes, sends and decides them, and what they answer for a year."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.consent import queries, services
from communities.consent.models import VillagePlan
from communities.consent.refusals import AlreadyDecided, NotFilledIn, NotPossible
from communities.consent.refusals import NotFoundHere as NoSuchPlan
from communities.registry.refusals import NotFoundHere
from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from tests.communities.consenting import AT, Community

pytestmark = pytest.mark.django_db
Status = VillagePlan.Status


@pytest.fixture
def there() -> Community:
    return Community()


def decide(there: Community, plan: VillagePlan, *, approve: bool = True, reason: str = "", by: Any = None) -> VillagePlan:
    return services.decide_plan(plan_id=plan.pk, approve=approve, reason=reason, by=by or there.officer, at=AT)


def test_a_plan_goes_from_the_liaisons_draft_over_the_meeting_to_an_officers_approval(there: Community) -> None:
    plan = there.drafted()
    there.line(plan)
    there.line(plan, year=2027, amount_minor=2_000_000)
    there.line(plan, "School roof", currency="USD", amount_minor=120_050)
    sent = there.sent(plan)
    assert (sent.status, sent.women, sent.men) == (Status.PROPOSED, 31, 24)
    assert decide(there, sent).status == Status.APPROVED
    lines = queries.plan_lines_of(recipient_id=there.pu_char.pk, year=2026)
    assert [(one.activity_number, one.activity, one.currency, one.amount_minor) for one in lines] == [
        (1, "Two wells", "KHR", 8_000_000),
        (2, "School roof", "USD", 120_050),
    ]
    assert [one.amount_minor for one in queries.plan_lines_of(recipient_id=there.pu_char.pk, year=2027)] == [2_000_000]
    assert queries.plan_lines_of(recipient_id=there.pu_char.pk, year=2028) == []
    acts = list(AuditRecord.objects.filter(subject="village_plan:pu-char:1").order_by("id").values_list("act", flat=True))
    assert acts == [f"village_plan.{act}" for act in ("begin", "add_line", "add_line", "add_line", "send", "approve")]


def test_only_the_communitys_own_liaison_or_an_officer_writes(there: Community) -> None:
    with pytest.raises(NotFoundHere):
        there.drafted(by=there.stranger)
    for person in (there.approver, there.auditor):
        with pytest.raises(NotYours):
            there.drafted(by=person)
    plan = there.drafted()
    with pytest.raises(NoSuchPlan):
        there.line(plan, by=there.stranger)
    line = there.line(plan, by=there.officer)
    with pytest.raises(NoSuchPlan):
        services.remove_line(line_id=line.pk, by=there.stranger, at=AT)


def test_a_ranger_unit_has_no_village_plan(there: Community) -> None:
    with pytest.raises(NotPossible, match="no community"):
        there.drafted(there.rangers, by=there.officer)


def test_one_version_is_written_at_a_time(there: Community) -> None:
    plan = there.drafted()
    with pytest.raises(NotPossible, match="Finish that one first"):
        there.drafted()
    with pytest.raises(NotPossible, match="Finish that one first"):
        services.begin_next_version(plan_id=plan.pk, by=there.officer, at=AT)


def test_who_took_a_line_out_of_a_plan_or_changed_it_does_not_decide_it(there: Community) -> None:
    plan = there.drafted(by=there.liaison)
    there.line(plan, by=there.liaison)
    line = there.line(plan, "A bridge", by=there.liaison)
    services.remove_line(line_id=line.pk, by=there.second, at=AT)
    services.change_plan(plan_id=plan.pk, title="Wells only", first_year=2026, last_year=2027, by=there.officer, at=AT)
    sent = there.sent(plan, by=there.liaison)
    for who in (there.second, there.officer):
        with pytest.raises(OwnRequest):
            decide(there, sent, by=who)


@pytest.mark.parametrize("who", ["liaison", "officer", "second"])
def test_nobody_who_drafted_wrote_or_sent_a_plan_decides_it(there: Community, who: str) -> None:
    plan = there.drafted(by=there.officer)
    there.line(plan, by=there.second)
    sent = there.sent(plan, by=there.liaison)
    with pytest.raises(NotYours if who == "liaison" else OwnRequest):
        decide(there, sent, by=getattr(there, who))
    assert decide(there, sent, by=there.approver).decided_by == there.approver


def test_a_plan_is_sent_with_a_budget_a_past_day_and_people_who_came(there: Community) -> None:
    plan = there.drafted()
    with pytest.raises(NotFilledIn, match="no budget"):
        there.sent(plan)
    there.line(plan)
    with pytest.raises(NotFilledIn, match="not come yet"):
        there.sent(plan, met_on=date(2027, 1, 1))
    with pytest.raises(NotFilledIn, match="Nobody came"):
        there.sent(plan, women=0, men=0)
    assert VillagePlan.objects.get().status == Status.DRAFT


def test_what_was_sent_does_not_change(there: Community) -> None:
    plan = there.drafted()
    line = there.line(plan)
    there.sent(plan)
    for act in (
        lambda: there.line(plan, "More"),
        lambda: services.remove_line(line_id=line.pk, by=there.liaison, at=AT),
        lambda: services.change_plan(plan_id=plan.pk, title="x", first_year=2026, last_year=2026, by=there.liaison, at=AT),
        lambda: there.sent(plan),
    ):
        with pytest.raises(NotPossible, match="Begin a new version"):
            act()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"activity": "  "}, "activity"),
        ({"purpose": "reserve"}, "purpose"),
        ({"currency": "EUR"}, "currency"),
        ({"amount_minor": 0}, "amount"),
        ({"amount_minor": 10**13}, "amount"),
        ({"year": 2030}, "year"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_at_its_field(there: Community, wrong: dict[str, Any], field: str) -> None:
    plan = there.drafted()
    with pytest.raises(NotFilledIn) as refusal:
        there.line(plan, **wrong)
    assert refusal.value.field == field
    assert not plan.activities.exists()


def test_the_same_activity_has_one_budget_a_year_and_one_purpose(there: Community) -> None:
    plan = there.drafted()
    there.line(plan)
    with pytest.raises(NotPossible, match="for that year already"):
        there.line(plan, "two WELLS")
    with pytest.raises(NotFilledIn, match="Community development|community development"):
        there.line(plan, year=2027, purpose="training")
    assert plan.activities.count() == 1


def test_removing_the_last_line_removes_the_activity(there: Community) -> None:
    plan = there.drafted()
    first, second = there.line(plan), there.line(plan, year=2027)
    services.remove_line(line_id=first.pk, by=there.liaison, at=AT)
    assert plan.activities.count() == 1
    services.remove_line(line_id=second.pk, by=there.liaison, at=AT)
    assert plan.activities.count() == 0


def test_years_that_have_a_budget_stay_in_the_plan(there: Community) -> None:
    plan = there.drafted()
    there.line(plan, year=2027)
    with pytest.raises(NotFilledIn, match="2027"):
        services.change_plan(plan_id=plan.pk, title="x", first_year=2026, last_year=2026, by=there.liaison, at=AT)
    with pytest.raises(NotFilledIn, match="last year"):
        services.change_plan(plan_id=plan.pk, title="x", first_year=2027, last_year=2026, by=there.liaison, at=AT)
    changed = services.change_plan(plan_id=plan.pk, title="Only 2027", first_year=2027, last_year=2027, by=there.liaison, at=AT)
    assert str(changed) == "Pu Char 2027 v1"


def test_a_new_version_copies_replaces_and_keeps_the_numbers_of_activities(there: Community) -> None:
    first = there.approved_plan()
    second = services.begin_next_version(plan_id=first.pk, by=there.liaison, at=AT)
    assert [(one.number, one.name) for one in second.activities.all()] == [(1, "Two wells")]
    services.remove_line(line_id=second.activities.get().lines.get().pk, by=there.liaison, at=AT)
    there.line(second, "School roof")
    there.line(second, "Two wells", amount_minor=9_000_000)
    decide(there, there.sent(second))
    first.refresh_from_db()
    assert first.status == Status.REPLACED
    lines = queries.plan_lines_of(recipient_id=there.pu_char.pk, year=2026)
    assert [(one.activity_number, one.activity, one.amount_minor) for one in lines] == [(1, "Two wells", 9_000_000), (2, "School roof", 8_000_000)]
    # A record that names the activity of the first version is counted against the budget of the second.
    old = first.activities.get()
    now = queries.plan_line_for(activity_id=old.pk, year=2026)
    assert now is not None and now.amount_minor == 9_000_000
    assert queries.same_activities(activity_ids=[now.activity_id]) == {old.pk: now.activity_id, now.activity_id: now.activity_id}


def test_a_plan_for_later_years_leaves_the_earlier_years_to_the_one_before(there: Community) -> None:
    there.approved_plan(years=(2026, 2027))
    later = there.approved_plan(years=(2027, 2028))
    assert [one.number for year in (2026, 2027, 2028) if (one := queries.plan_in_force(recipient_id=there.pu_char.pk, year=year))] == [1, 2, 2]
    assert later.number == 2


def test_a_refusal_says_why_and_the_next_version_goes_on_from_it(there: Community) -> None:
    plan = there.drafted()
    there.line(plan)
    sent = there.sent(plan)
    with pytest.raises(NotFilledIn, match="why"):
        decide(there, sent, approve=False)
    decide(there, sent, approve=False, reason="The minutes are of another village")
    with pytest.raises(AlreadyDecided):
        decide(there, sent)
    assert queries.plan_in_force(recipient_id=there.pu_char.pk, year=2026) is None
    again = services.begin_next_version(plan_id=plan.pk, by=there.liaison, at=AT)
    assert again.number == 2 and again.activities.get().lines.get().amount_minor == 8_000_000


def test_lines_of_many_communities_cost_two_queries(there: Community) -> None:
    there.approved_plan()
    there.approved_plan(there.pu_ngav, by=there.stranger)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        lines = queries.plan_lines_for(recipient_ids=[there.pu_char.pk, there.pu_ngav.pk], year=2026)
    assert len(lines) == 2
    assert len(asked) == 2

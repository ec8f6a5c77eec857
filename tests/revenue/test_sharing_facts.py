"""What officers state and people decide: costs, rates, divisions with minutes, departures, conditions and reserves."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.registry.models import IndicatorSnapshot, IndicatorValue, PayeeAccount, Recipient, Village
from core import files
from core.models import StoredFile
from core.people.access import NotYours, OwnRequest
from revenue.ledger import checks
from revenue.ledger.models import Tranche
from revenue.sharing import conditions, services
from revenue.sharing.models import AllocationLine, AllocationRun, Beneficiary, Ruling, StatedFact
from revenue.sharing.queries.facts import facts_for
from revenue.sharing.queries.holds import expired, later
from revenue.sharing.queries.plans import Standing, standing, with_standing
from revenue.sharing.queries.withheld import releasable, waits, withheld_lines
from revenue.sharing.refusals import AlreadyDecided, NotWithheld, ReasonNeeded, WrongFact
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, BEGINS, PLAN, Stage, held

pytestmark = pytest.mark.django_db
STATED = PLAN.replace("take: 10 % of gross}\n", "take: stated costs}\n", 1)
DECIDED = PLAN.replace("- {share: community, among: villages, by: households}", "- {decided: community, among: villages, id: consensus}")
IN_RIEL = PLAN.replace("currency: USD\n", "currency: USD\npayout: {currency: KHR, quantum: 100}\n")
GATED = PLAN.replace("by: households", "by: equal") + "  - {gate: community, conditions: [account_checked]}\n"
EXPIRING = PLAN.replace("release: after the next verification}", "release: later, expires_after_months: 12, then_to: protection}")


@pytest.fixture
def stage() -> Stage:
    return Stage(plan="")


def fact(stage: Stage, **changes: Any) -> StatedFact:
    given: dict[str, Any] = {
        "project_id": stage.project.pk, "tranche_id": None, "name": "costs", "value": "1,500.00", "from_date": BEGINS, "source": "Invoice 7",
        "document_id": None, "by": stage.officer, "at": AT, **changes,
    }  # fmt: skip
    return services.state_fact(**given)


def minutes(stage: Stage) -> StoredFile:
    return files.store(data=b"%PDF-1.4 minutes", media_type="application/pdf", original_name="minutes.pdf", by=stage.officer, at=AT)


def ruled(stage: Stage, tranche: Tranche, **changes: Any) -> Ruling:
    given: dict[str, Any] = {
        "tranche_id": tranche.pk, "step": "consensus", "authority": "Assembly of the villages", "title": "Minutes of 4 January",
        "document_id": minutes(stage).pk, "decided_on": date(2026, 1, 4), "why": "", "women_present": 21, "men_present": 17,
        "parts": {"shares": {"pu-char": "70 %", "pu-ngav": "30 %"}}, "by": stage.officer, "at": AT, **changes,
    }  # fmt: skip
    return services.record_ruling(**given)


def overriding(stage: Stage, tranche: Tranche, **changes: Any) -> Ruling:
    return ruled(
        stage, tranche, **{
            "step": "3", "authority": "Office of the Minister", "title": "Letter 5", "why": "No less than the year before", "women_present": None,
            "men_present": None, "parts": {"shares": {"community": "70 %", "protection": "30 %"}}, **changes,
        },
    )  # fmt: skip


# --- Counts ------------------------------------------------------------------------------------------------------------------


def scores(stage: Stage, on: date, **by_code: int) -> IndicatorSnapshot:
    sheet = IndicatorSnapshot.objects.create(code=f"scores-{on}", as_of=on, source="The patrol book", recorded_by=stage.officer, recorded_at=AT)
    for code, number in by_code.items():
        IndicatorValue.objects.create(snapshot=sheet, village=Village.objects.get(name=code.replace("_", "-")), indicator="score", value=number)
    return sheet


def test_a_newer_sheet_of_scores_alone_hides_no_households(stage: Stage) -> None:
    stage.approved(PLAN)
    sheet = scores(stage, date(2026, 1, 20), pu_char=3, pu_ngav=1)
    gathered = facts_for(project=stage.project, tranche=None, on=date(2026, 2, 1))
    assert (gathered.facts.indicators["households"]["pu-ngav"], gathered.facts.indicators["score"]["pu-ngav"]) == (70, 1)
    assert gathered.counts[0] == sheet
    run = AllocationRun.objects.get(tranche=stage.shared().tranche)
    assert run.snapshot is not None
    assert run.snapshot.as_of == BEGINS  # the plan shares by households: the scores were not used
    assert f"households of pu-ngav on {BEGINS}: 70" in run.result


def test_each_fact_of_a_line_says_the_day_of_its_own_sheet(stage: Stage) -> None:
    stage.approved(PLAN.replace("by: households", "by: households × score"))
    sheet = scores(stage, date(2026, 1, 20), pu_char=3, pu_ngav=1)
    run = AllocationRun.objects.get(tranche=stage.shared().tranche)
    assert run.snapshot == sheet
    assert set(run.counts.values_list("snapshot__code", flat=True)) == {sheet.code, f"count-{BEGINS}"}
    assert f"households of pu-ngav on {BEGINS}: 70" in run.result
    assert "score of pu-ngav on 2026-01-20: 1" in run.result


def test_a_newer_sheet_of_other_villages_hides_nothing(stage: Stage) -> None:
    elsewhere = Village.objects.create(code="12345678", name="elsewhere", commune="-", district="-", province="-", source="test")
    stage.counted(date(2026, 1, 20), {elsewhere: 900})
    gathered = facts_for(project=stage.project, tranche=None, on=date(2026, 2, 1))
    assert gathered.facts.indicators["households"]["pu-ngav"] == 70
    assert gathered.facts.as_of == BEGINS.isoformat()


# --- Stated facts ------------------------------------------------------------------------------------------------------------


def test_a_plan_shares_by_what_was_stated(stage: Stage) -> None:
    stage.approved(STATED)
    fact(stage)
    run = AllocationRun.objects.get(tranche=stage.shared().tranche)
    assert run.lines.get(pot__code="costs").amount_minor == 150_000


def test_what_was_not_stated_is_named_as_the_reason(stage: Stage) -> None:
    stage.approved(STATED)
    assert "costs" in stage.allocated(stage.receipt()).reason


def test_a_later_statement_takes_the_place_of_an_earlier_one(stage: Stage) -> None:
    stage.approved(STATED)
    fact(stage)
    fact(stage, value="1,200.00", source="Invoice 7, corrected")
    fact(stage, value="900.00", from_date=date(2026, 6, 1))
    run = AllocationRun.objects.get(tranche=stage.shared().tranche)
    assert run.lines.get(pot__code="costs").amount_minor == 120_000


def test_a_statement_for_one_receipt_holds_for_it_only(stage: Stage) -> None:
    stage.approved(STATED)
    fact(stage)
    first, second = stage.receipt(), stage.receipt(on=date(2026, 2, 2))
    fact(stage, value="10.00", tranche_id=first.tranche_id)
    assert stage.allocated(first).lines.get(pot__code="costs").amount_minor == 1_000
    assert stage.allocated(second).lines.get(pot__code="costs").amount_minor == 150_000


def test_the_same_statement_twice_is_one(stage: Stage) -> None:
    assert fact(stage) == fact(stage)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Costs!"}, "name"),
        ({"value": ""}, "value"),
        ({"value": "12..5"}, "value"),
        ({"value": "9" * 30}, "value"),
        ({"source": " "}, "source"),
    ],
)
def test_a_fact_that_cannot_be_right_is_refused_at_its_field(stage: Stage, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongFact) as caught:
        fact(stage, **changes)
    assert caught.value.field == field


def test_a_fact_of_another_projects_receipt_is_refused(stage: Stage) -> None:
    other = office.receipt(None, 5_000, "FT-WHO")
    with pytest.raises(WrongFact):
        fact(stage, tranche_id=other.tranche_id)


def test_only_an_officer_states_a_fact(stage: Stage) -> None:
    with pytest.raises(NotYours):
        fact(stage, by=stage.approver)


# --- Payout rates ------------------------------------------------------------------------------------------------------------


def rate(stage: Stage, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "base": "USD", "currency": "KHR", "rate": Decimal(4050), "on": date(2026, 1, 30), "source": "National Bank", "by": stage.officer, "at": AT,
        **changes,
    }  # fmt: skip
    return services.state_payout_rate(**given)


def test_shares_are_shown_in_riel_at_the_dated_rate_with_the_residue(stage: Stage) -> None:
    stage.approved(IN_RIEL)
    rate(stage)
    run = AllocationRun.objects.get(tranche=stage.shared(123_456).tranche)
    paid = {line["recipient"]: line["payout"] for line in json.loads(run.result)["lines"] if line.get("payout")}
    # 30 of 100 households of 60 % of what is left of 1,234.56 are 188.89: 765,004.5 riel, of which notes of 100 pay 765,000.
    assert (paid["pu-char"]["amount"], paid["pu-char"]["residue"], paid["pu-char"]["rate_on"]) == ("765000", "4.5", "2026-01-30")


@pytest.mark.parametrize(
    ("changes", "field"), [({"rate": Decimal(0)}, "rate"), ({"currency": "USD"}, "currency"), ({"base": "XXX"}, "base"), ({"source": ""}, "source")]
)
def test_a_rate_that_cannot_be_right_is_refused(stage: Stage, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongFact) as caught:
        rate(stage, **changes)
    assert caught.value.field == field


# --- What people decided -------------------------------------------------------------------------------------------------------


def test_the_recipients_own_division_is_shared_once_an_approver_lets_it_stand(stage: Stage) -> None:
    stage.approved(DECIDED)
    receipt = stage.receipt()
    ruling = ruled(stage, receipt.tranche)
    assert "decide" in stage.allocated(receipt).reason
    services.decide_ruling(ruling_id=ruling.pk, approve=True, reason="", by=stage.approver, at=AT)
    run = stage.allocated(receipt)
    assert dict(run.lines.filter(pot__code="community").values_list("recipient__code", "amount_minor")) == {"pu-char": 357_000, "pu-ngav": 153_000}
    assert "Minutes of 4 January" in run.lines.get(recipient=stage.pu_char).how


def test_an_override_keeps_the_rules_own_result_and_the_variance_beside_it(stage: Stage) -> None:
    stage.approved(PLAN)
    receipt = stage.receipt()
    ruling = overriding(stage, receipt.tranche)
    services.decide_ruling(ruling_id=ruling.pk, approve=True, reason="", by=stage.approver, at=AT)
    run = stage.allocated(receipt)
    kept = json.loads(run.result)["overrides"]
    assert [(one["authority"], one["document"], one["reason"]) for one in kept] == [
        ("Office of the Minister", "Letter 5", "No less than the year before")
    ]
    assert kept[0]["rule"] == {"community": "5100.00", "protection": "3400.00"}
    assert kept[0]["variance"] == {"community": "850.00", "protection": "-850.00"}
    assert sum(run.lines.filter(pot__code="community").values_list("amount_minor", flat=True)) == 595_000


def test_a_division_that_does_not_add_up_is_refused_when_it_is_entered(stage: Stage) -> None:
    stage.approved(DECIDED)
    with pytest.raises(WrongFact, match="does not add up") as caught:
        ruled(stage, stage.receipt().tranche, parts={"shares": {"pu-char": "70 %", "pu-ngav": "40 %"}})
    assert caught.value.field == "parts"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"step": "nowhere"}, "step"),
        ({"authority": " "}, "authority"),
        ({"title": ""}, "title"),
        ({"women_present": None, "men_present": None}, "women_present"),
        ({"decided_on": date(2027, 1, 1)}, "decided_on"),
        ({"parts": {"shares": {"nobody": "100 %"}}}, "parts"),
        ({"parts": {"shares": {"pu-char": "much"}}}, "parts"),
    ],
)
def test_a_decision_that_is_not_whole_is_refused_at_its_field(stage: Stage, changes: dict[str, Any], field: str) -> None:
    stage.approved(DECIDED)
    with pytest.raises(WrongFact) as caught:
        ruled(stage, stage.receipt().tranche, **changes)
    assert caught.value.field == field


def test_what_was_decided_today_may_be_entered_before_seven_in_the_morning(stage: Stage) -> None:
    # In Phnom Penh it is the 23rd from 17:00 UTC on the 22nd.
    stage.approved(DECIDED)
    night = AT.replace(hour=23)
    assert ruled(stage, stage.receipt().tranche, decided_on=date(2026, 11, 23), at=night).decided_on == date(2026, 11, 23)


def test_an_override_says_why(stage: Stage) -> None:
    stage.approved(PLAN)
    with pytest.raises(WrongFact) as caught:
        overriding(stage, stage.receipt().tranche, why=" ")
    assert caught.value.field == "why"


def test_who_entered_a_decision_cannot_let_it_stand(stage: Stage) -> None:
    stage.approved(PLAN)
    ruling = overriding(stage, stage.receipt().tranche)
    with pytest.raises(NotYours):
        services.decide_ruling(ruling_id=ruling.pk, approve=True, reason="", by=stage.officer, at=AT)
    stage.officer.role = stage.approver.role
    stage.officer.save()
    with pytest.raises(OwnRequest):
        services.decide_ruling(ruling_id=ruling.pk, approve=True, reason="", by=stage.officer, at=AT)


def test_a_refused_decision_leaves_the_rule(stage: Stage) -> None:
    stage.approved(PLAN)
    receipt = stage.receipt()
    ruling = overriding(stage, receipt.tranche)
    with pytest.raises(ReasonNeeded):
        services.decide_ruling(ruling_id=ruling.pk, approve=False, reason="", by=stage.approver, at=AT)
    services.decide_ruling(ruling_id=ruling.pk, approve=False, reason="No such letter", by=stage.approver, at=AT)
    assert json.loads(stage.allocated(receipt).result)["overrides"] == []
    assert overriding(stage, stage.receipt().tranche).pk


def test_a_step_takes_one_decision_and_a_shared_receipt_none(stage: Stage) -> None:
    stage.approved(PLAN)
    receipt = stage.receipt()
    overriding(stage, receipt.tranche)
    with pytest.raises(AlreadyDecided):
        overriding(stage, receipt.tranche)
    with pytest.raises(AlreadyDecided):
        overriding(stage, stage.shared(on=date(2026, 2, 3)).tranche)


# --- Conditions and what is withheld -------------------------------------------------------------------------------------------


def without_account(stage: Stage, code: str = "pu-late") -> Recipient:
    late = Recipient.objects.create(code=code, kind="VILLAGE_COMMITTEE", name=code)
    Beneficiary.objects.create(project=stage.project, recipient=late, group="villages", from_date=BEGINS)
    return late


def test_a_withheld_line_says_whether_its_condition_holds_now(stage: Stage) -> None:
    stage.approved(GATED)
    late = without_account(stage)
    stage.shared()
    line = withheld_lines().get()
    before = waits(lines=[line], on=date(2026, 3, 3))[line.pk]
    assert (line.recipient, before.missing, before.is_met, before.days) == (late, ("account_checked",), False, 30)
    PayeeAccount.objects.create(
        recipient=late, channel="BANK", institution="Wing", account_name="Late", account_number="1", status="APPROVED", proposed_by=stage.officer,
        proposed_at=AT, decided_by=stage.approver, decided_at=AT,
    )  # fmt: skip
    assert waits(lines=[line], on=date(2026, 3, 3))[line.pk].is_met


def test_the_officers_first_page_counts_what_may_be_released_now(stage: Stage) -> None:
    stage.approved(GATED)
    late = without_account(stage)
    stage.shared()
    assert releasable(on=date(2026, 3, 3)) == []
    PayeeAccount.objects.create(
        recipient=late, channel="BANK", institution="Wing", account_name="Late", account_number="1", status="APPROVED", proposed_by=stage.officer,
        proposed_at=AT, decided_by=stage.approver, decided_at=AT,
    )  # fmt: skip
    assert [line.recipient for line in releasable(on=date(2026, 3, 3))] == [late]
    client = Client()
    client.force_login(stage.approver)
    assert "Withheld money that may be released now" in client.get(reverse("admin:index")).content.decode()


def test_what_withheld_lines_wait_for_is_asked_at_once(stage: Stage) -> None:
    stage.approved(GATED)
    without_account(stage)
    without_account(stage, "pu-later")
    stage.shared()
    with CaptureQueriesContext(connection) as one:
        waits(lines=list(withheld_lines()[:1]), on=date(2026, 3, 3))
    stage.shared(on=date(2026, 2, 9))
    with CaptureQueriesContext(connection) as more:
        assert len(waits(lines=list(withheld_lines()), on=date(2026, 3, 3))) == 4
    assert len(more) == len(one)


def test_small_amounts_are_kept_until_they_are_worth_paying_together(stage: Stage) -> None:
    stage.approved(PLAN + "  - {gate: community, conditions: [account_checked], minimum: '500.00'}\n")
    stage.shared(100_000)
    line = withheld_lines().get(recipient=stage.pu_ngav)
    assert waits(lines=[line], on=date(2026, 3, 3))[line.pk].short_minor == 50_000 - 35_700
    stage.shared(100_000, on=date(2026, 2, 9))
    assert waits(lines=[line], on=date(2026, 3, 3))[line.pk].is_met


def test_a_condition_is_registered_once_and_nobody_meets_an_unknown_one() -> None:
    with pytest.raises(ValueError, match="account_checked"):
        conditions.register(code="account_checked", name="Another", answer=lambda asked: asked.recipient_ids)
    asked = conditions.Asked(1, None, frozenset({1}), date(2026, 1, 1))
    assert conditions.met(codes=["committee_elected"], asked=asked) == {"committee_elected": frozenset()}


# --- Reserves ------------------------------------------------------------------------------------------------------------------


def reserve(stage: Stage) -> AllocationLine:
    return AllocationLine.objects.get(run__tranche=stage.shared().tranche, state="held")


def let_go(line: AllocationLine, stage: Stage, *, day: date, pot: str = "", reason: str = "It has expired") -> AllocationLine:
    pot_id = stage.pot(pot).pk if pot else None
    return services.release_reserve(line_id=line.pk, pot_id=pot_id, reason=reason, by=stage.approver, at=AT, day=day)


def test_a_reserve_expires_and_goes_where_the_plan_says(stage: Stage) -> None:
    stage.approved(EXPIRING)
    line = reserve(stage)
    assert expired(on=date(2027, 1, 31)) == []
    assert [one.pk for one in expired(on=date(2027, 2, 1))] == [line.pk]
    with pytest.raises(WrongFact, match="Forest protection"):
        let_go(line, stage, day=date(2027, 2, 1), pot="community")
    let_go(line, stage, day=date(2027, 2, 1))
    assert (held("reserve"), held("pot", pot="protection", holder="")) == (0, 340_000 + 50_000)
    assert expired(on=date(2027, 2, 1)) == []
    assert list(checks.run()) == []


def test_a_reserve_is_released_once_with_its_reason(stage: Stage) -> None:
    stage.approved(PLAN)
    line = reserve(stage)
    with pytest.raises(ReasonNeeded):
        let_go(line, stage, day=date(2026, 3, 1), pot="protection", reason="")
    with pytest.raises(WrongFact, match="Choose the pot"):
        let_go(line, stage, day=date(2026, 3, 1))
    with pytest.raises(WrongFact, match="Choose the pot"):
        let_go(line, stage, day=date(2026, 3, 1), pot="reserve")
    let_go(line, stage, day=date(2026, 3, 1), pot="protection", reason="Verified")
    with pytest.raises(NotWithheld):
        let_go(line, stage, day=date(2026, 3, 1), pot="protection", reason="Verified")


@pytest.mark.parametrize(
    ("day", "months", "end"), [("2026-01-31", 1, "2026-02-28"), ("2024-02-29", 12, "2025-02-28"), ("2026-11-15", 36, "2029-11-15")]
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day: str, months: int, end: str) -> None:
    assert later(date.fromisoformat(day), months) == date.fromisoformat(end)


# --- Drafts and where versions stand ---------------------------------------------------------------------------------------------


def draft(stage: Stage, text: str = PLAN) -> Any:
    return services.draft_plan(project_id=stage.project.pk, text=text, document_id=None, by=stage.officer, at=AT)


def test_a_draft_is_changed_proposed_and_then_stays(stage: Stage) -> None:
    version = draft(stage)
    version = services.edit_draft(version_id=version.pk, text=PLAN.replace("60 %", "50 %"), by=stage.officer, at=AT)
    assert "50 %" in version.text
    version = services.propose_draft(version_id=version.pk, by=stage.officer, at=AT)
    with pytest.raises(AlreadyDecided):
        services.edit_draft(version_id=version.pk, text=PLAN, by=stage.officer, at=AT)
    services.decide_plan(version_id=version.pk, approve=True, reason="", by=stage.approver, at=AT)
    with pytest.raises(AlreadyDecided):
        services.withdraw_plan(version_id=version.pk, reason="Too late", by=stage.officer, at=AT)


def test_a_draft_shares_nothing(stage: Stage) -> None:
    draft(stage)
    assert stage.allocated(stage.receipt()).status == AllocationRun.Status.UNALLOCATED


def test_a_proposal_is_withdrawn_and_cannot_be_approved(stage: Stage) -> None:
    version = stage.proposed(PLAN)
    with pytest.raises(ReasonNeeded):
        services.withdraw_plan(version_id=version.pk, reason="", by=stage.officer, at=AT)
    services.withdraw_plan(version_id=version.pk, reason="A clause is missing", by=stage.officer, at=AT)
    with pytest.raises(AlreadyDecided):
        services.decide_plan(version_id=version.pk, approve=True, reason="", by=stage.approver, at=AT)
    assert stage.proposed(PLAN).number == 2


def test_every_version_says_where_it_stands(stage: Stage) -> None:
    first = stage.approved(PLAN)
    second = stage.approved(PLAN.replace("2026-01-01", "2026-07-01").replace("60 %", "50 %"))
    waiting = draft(stage, PLAN.replace("2026-01-01", "2026-09-01"))
    first.refresh_from_db()
    before, after = date(2026, 6, 30), date(2026, 7, 1)
    assert [standing(version=one, on=before) for one in (first, second, waiting)] == [Standing.IN_FORCE, Standing.COMING, Standing.DRAFT]
    assert [standing(version=one, on=after) for one in (first, second, waiting)] == [Standing.SUPERSEDED, Standing.IN_FORCE, Standing.DRAFT]
    for day in (before, after, after + timedelta(days=400)):
        listed = {one.pk: one.standing for one in with_standing(stage.project.plan_versions.all(), on=day)}
        assert listed == {one.pk: standing(version=one, on=day) for one in (first, second, waiting)}

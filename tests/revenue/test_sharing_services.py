"""Plans proposed and decided, receipts shared by them, and what is told where they cannot be."""

from __future__ import annotations

import html
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from communities.registry.models import Village
from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from core.people.models import Role
from revenue.ledger import checks
from revenue.ledger.models import Entry
from revenue.sharing import queries, services
from revenue.sharing.engine import PlanRefused
from revenue.sharing.models import AllocationLine, AllocationRun, PlanVersion, Pot
from revenue.sharing.refusals import (
    AlreadyBeneficiary,
    AlreadyDecided,
    DaysInOrder,
    NothingToAllocate,
    NotThisPlan,
    NotWithheld,
    PlanOverlaps,
    ReasonNeeded,
)
from tests.database import tampered
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, PLAN, WITHHOLDING, Stage, held

pytestmark = pytest.mark.django_db
SECOND = PLAN.replace("2026-01-01", "2026-07-01").replace("60 %", "50 %")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def decide(version: PlanVersion, *, by: object, approve: bool = True, reason: str = "") -> PlanVersion:
    return services.decide_plan(version_id=version.pk, approve=approve, reason=reason, by=by, at=AT)  # type: ignore[arg-type]


# --- Plans -----------------------------------------------------------------------------------------------------------


def test_a_proposed_plan_opens_no_pots(stage: Stage) -> None:
    Pot.objects.all().delete()
    stage.proposed(SECOND)
    assert not Pot.objects.exists()


def test_an_approved_plan_opens_its_pots_with_their_purpose(stage: Stage) -> None:
    assert dict(Pot.objects.values_list("code", "purpose")) == {
        "costs": "costs",
        "reserve": "reserve",
        "community": "community_development",
        "protection": "forest_protection",
    }
    assert stage.pot("community").title_km == "អភិវឌ្ឍន៍សហគមន៍"


def test_the_same_file_twice_is_one_version(stage: Stage) -> None:
    assert stage.proposed(SECOND) == stage.proposed(SECOND.replace("\n", "\r\n"))
    assert AuditRecord.objects.filter(act="plan.propose").count() == 2


def test_a_mistake_in_the_file_is_told_with_its_line(stage: Stage) -> None:
    with pytest.raises(PlanRefused, match="Line 1[0-9]:") as caught:
        stage.proposed(PLAN.replace("60 %", "160 %"))
    assert caught.value.field == "text"


def test_the_draft_page_says_its_mistakes_in_the_language_of_who_reads_it(stage: Stage) -> None:
    client = Client()
    client.force_login(stage.officer)
    client.cookies["django_language"] = "km"
    wrong = PLAN.replace("purpose: ", "purpos: ", 1)
    with translation.override("en"):  # a request leaves its language behind in the thread
        answer = client.post(reverse("admin:sharing_planversion_new_act", args=["draft"]), {"project": stage.project.pk, "text": wrong})
    assert answer.status_code == 422
    [said] = answer.context["form"].errors["text"]
    assert "តើអ្នកចង់សរសេរ «purpose» មែនទេ?" in said
    assert said in html.unescape(answer.content.decode())
    assert "Line" not in said and "Did you mean" not in said


def test_a_plan_for_another_project_is_refused(stage: Stage) -> None:
    with pytest.raises(NotThisPlan, match="tumring"):
        stage.proposed(PLAN.replace("keo-seima", "tumring"))


def test_a_plan_in_another_currency_is_refused(stage: Stage) -> None:
    with pytest.raises(NotThisPlan, match="EUR"):
        stage.proposed(PLAN.replace("USD", "EUR"))


def test_a_pot_never_changes_its_purpose(stage: Stage) -> None:
    with pytest.raises(NotThisPlan, match="another purpose"):
        stage.proposed(SECOND.replace("purpose: forest_protection", "purpose: training"))


def test_two_proposals_cannot_open_one_pot_for_two_purposes(stage: Stage) -> None:
    with_fund = PLAN.replace("60 %,", "60 %, fund: 5 %,").replace("steps:", "  - {code: fund, title: Fund, purpose: training}\nsteps:")
    first = stage.proposed(with_fund.replace("2026-01-01", "2026-07-01"))
    second = stage.proposed(with_fund.replace("2026-01-01", "2026-10-01").replace("training", "forest_protection"))
    services.decide_plan(version_id=first.pk, approve=True, reason="", by=stage.approver, at=AT)
    with pytest.raises(NotThisPlan, match="another purpose already"):
        services.decide_plan(version_id=second.pk, approve=True, reason="", by=stage.approver, at=AT)
    assert stage.pot("fund").purpose == "training"


def test_an_unknown_recipient_named_in_the_file_is_refused(stage: Stage) -> None:
    with pytest.raises(NotThisPlan, match="nobody-here"):
        stage.proposed(SECOND.replace("{code: protection,", "{code: protection, recipient: nobody-here,"))


def test_only_an_officer_proposes(stage: Stage) -> None:
    with pytest.raises(NotYours):
        services.propose_plan(project_id=stage.project.pk, text=SECOND, document_id=None, by=stage.approver, at=AT)


def test_who_proposed_a_plan_cannot_decide_it(stage: Stage) -> None:
    version = stage.proposed(SECOND)
    PlanVersion.objects.filter(id=version.pk).update(proposed_by=stage.approver)
    with pytest.raises(OwnRequest):
        decide(version, by=stage.approver)


def test_a_plan_is_decided_once(stage: Stage) -> None:
    with pytest.raises(AlreadyDecided):
        decide(stage.plan, by=stage.approver)


def test_a_refused_plan_needs_its_reason(stage: Stage) -> None:
    with pytest.raises(ReasonNeeded):
        decide(stage.proposed(SECOND), by=stage.approver, approve=False, reason="  ")


def test_the_next_version_ends_the_one_before(stage: Stage) -> None:
    second = stage.approved(SECOND)
    stage.plan.refresh_from_db()
    assert stage.plan.effective_to == date(2026, 7, 1)
    assert queries.plan_in_force(project_id=stage.project.pk, on=date(2026, 6, 30)) == stage.plan
    assert queries.plan_in_force(project_id=stage.project.pk, on=date(2026, 7, 1)) == second


def test_a_version_may_not_begin_where_another_began(stage: Stage) -> None:
    with pytest.raises(PlanOverlaps):
        stage.approved(PLAN.replace("60 %", "50 %"))


def test_a_version_may_not_begin_before_receipts_that_were_shared(stage: Stage) -> None:
    stage.shared(on=date(2026, 8, 1))
    with pytest.raises(PlanOverlaps, match="2026-08-01"):
        stage.approved(SECOND)


# --- Sharing a receipt -------------------------------------------------------------------------------------------------


def test_a_receipt_is_shared_to_the_cent_in_one_entry(stage: Stage) -> None:
    receipt = stage.shared(1_000_001)
    run = AllocationRun.objects.get(tranche=receipt.tranche)
    lines = {(line.pot.code, line.recipient.code if line.recipient else ""): line.amount_minor for line in run.lines.all()}
    assert lines == {
        ("costs", ""): 100_000,
        ("reserve", ""): 50_000,
        ("community", "pu-char"): 153_000,
        ("community", "pu-ngav"): 357_001,
        ("protection", ""): 340_000,
    }
    assert Entry.objects.filter(event="allocate").count() == 1
    assert (held("unallocated"), held("reserve"), held("pot", pot="community", holder="pu-ngav")) == (0, 50_000, 357_001)


def test_each_line_says_how_it_came_about(stage: Stage) -> None:
    run = AllocationRun.objects.get(tranche=stage.shared().tranche)
    line = run.lines.get(recipient=stage.pu_char)
    assert "households" in line.how
    assert run.snapshot is not None
    assert len(run.sha256) == 64


def test_a_preview_saves_nothing(stage: Stage) -> None:
    receipt = stage.receipt()
    preview = services.preview_allocation(tranche_id=receipt.tranche_id)
    assert sum(line.amount_minor for line in preview.lines) == 1_000_000
    assert not AllocationRun.objects.exists()
    assert held("unallocated") == 1_000_000


def test_a_receipt_is_shared_once(stage: Stage) -> None:
    receipt = stage.shared()
    run = AllocationRun.objects.get(tranche=receipt.tranche)
    assert services.propose_allocation(tranche_id=receipt.tranche_id, by=stage.officer, at=AT) == run
    assert Entry.objects.filter(event="allocate").count() == 1


def test_what_the_senders_bank_kept_is_not_shared(stage: Stage) -> None:
    receipt = stage.receipt(1_000_000, sender_fee_minor=2_500)
    run = stage.allocated(receipt)
    assert run.amount_minor == 997_500


def test_without_a_plan_all_stays_unallocated_with_the_reason(stage: Stage) -> None:
    receipt = stage.receipt(on=date(2025, 12, 31))
    run = stage.allocated(receipt)
    assert (run.status, run.entry, run.amount_minor) == (AllocationRun.Status.UNALLOCATED, None, 1_000_000)
    assert "2025-12-31" in run.reason
    assert held("unallocated") == 1_000_000
    assert stage.allocated(receipt) == run


def test_a_plan_approved_late_shares_what_waited_for_it() -> None:
    stage = Stage(plan="")
    receipt = stage.receipt()
    first = stage.allocated(receipt)
    waiting = queries.unallocated_tranches()
    assert [(one.tranche, one.reason) for one in waiting] == [(receipt.tranche, first.reason)]
    stage.approved(PLAN)
    second = stage.allocated(receipt, date(2026, 5, 1))
    assert second.status == AllocationRun.Status.ALLOCATED
    assert queries.unallocated_tranches() == []


def test_the_same_reason_in_another_language_is_the_same_run() -> None:
    stage = Stage(plan="")
    unplanned = stage.receipt(on=date(2025, 12, 31))
    stage.approved(PLAN.replace("by: households", "by: area"))
    receipts = [unplanned, stage.receipt()]
    first = [stage.allocated(receipt) for receipt in receipts]
    with translation.override("km"):
        assert [stage.allocated(receipt) for receipt in receipts] == first
        said = services.preview_allocation(tranche_id=receipts[1].tranche_id).problem
    assert "ព័ត៌មានគ្មានសូចនាករ «area» ទេ" in said
    assert "the facts have no indicator “area”" in first[1].reason


def test_missing_counts_are_named_as_the_reason() -> None:
    stage = Stage(plan="")
    stage.approved(PLAN.replace("by: households", "by: area"))
    receipt = stage.receipt()
    run = stage.allocated(receipt)
    assert run.status == AllocationRun.Status.UNALLOCATED
    assert "area" in run.reason


def test_the_newest_counts_on_the_day_are_used(stage: Stage) -> None:
    villages = list(Village.objects.order_by("code"))
    stage.counted(date(2026, 3, 1), dict.fromkeys(villages, 50))
    stage.counted(date(2026, 9, 1), {villages[0]: 1, villages[1]: 99})
    run = AllocationRun.objects.get(tranche=stage.shared(on=date(2026, 4, 1)).tranche)
    assert set(run.lines.filter(pot__code="community").values_list("amount_minor", flat=True)) == {255_000}


def test_who_has_left_the_group_gets_nothing(stage: Stage) -> None:
    member = stage.project.beneficiaries.get(recipient=stage.pu_char)
    services.end_beneficiary(beneficiary_id=member.pk, to_date=date(2026, 2, 1), by=stage.officer, at=AT)
    run = AllocationRun.objects.get(tranche=stage.shared().tranche)
    assert list(run.lines.filter(pot__code="community").values_list("recipient__code", flat=True)) == ["pu-ngav"]


def test_money_nobody_identified_is_not_shared(stage: Stage) -> None:
    receipt = office.receipt(None, 5_000, "FT-WHO")
    with pytest.raises(NothingToAllocate):
        stage.allocated(receipt)


def test_only_an_officer_allocates(stage: Stage) -> None:
    with pytest.raises(NotYours):
        services.propose_allocation(tranche_id=stage.receipt().tranche_id, by=office.person(Role.AUDITOR), at=AT)


def test_costs_once_recovered_are_not_charged_again(stage: Stage) -> None:
    recover = "- {recover: costs, from: receipt, costs: '1,000.00', memory: start, once: true}"
    plan = PLAN.replace("- {charge: costs, from: receipt, take: 10 % of gross}", recover)
    stage.approved(plan.replace("2026-01-01", "2026-07-01"))
    stage.shared(on=date(2026, 7, 2))
    run = AllocationRun.objects.get(tranche=stage.shared(on=date(2026, 7, 3)).tranche)
    assert sum(line.amount_minor for line in run.lines.filter(pot__code="costs")) == 0


# --- Withheld ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def withheld() -> AllocationLine:
    stage = Stage(plan=WITHHOLDING)
    stage.shared()
    return AllocationLine.objects.get(recipient=stage.pu_char)


def release(line: AllocationLine, *, reason: str = "The account is open.", role: str = Role.FINANCE_APPROVER) -> AllocationLine:
    return services.release_withheld(line_id=line.pk, reason=reason, by=office.person(role), at=AT, day=date(2026, 3, 1))


def test_what_a_condition_withholds_lies_apart(withheld: AllocationLine) -> None:
    assert withheld.state == AllocationLine.State.WITHHELD
    assert (held("withheld", holder="pu-char"), held("pot", holder="pu-char")) == (153_000, 0)


def test_an_approver_releases_what_was_withheld(withheld: AllocationLine) -> None:
    release(withheld)
    assert (held("withheld", holder="pu-char"), held("pot", holder="pu-char")) == (0, 153_000)
    assert list(checks.run()) == []


def test_what_is_withheld_is_released_once(withheld: AllocationLine) -> None:
    release(withheld)
    with pytest.raises(NotWithheld):
        release(withheld)


def test_a_release_needs_its_reason(withheld: AllocationLine) -> None:
    with pytest.raises(ReasonNeeded):
        release(withheld, reason=" ")


def test_an_officer_cannot_release(withheld: AllocationLine) -> None:
    with pytest.raises(NotYours):
        release(withheld, role=Role.FINANCE_OFFICER)


# --- Beneficiaries -------------------------------------------------------------------------------------------------------


def test_a_recipient_is_in_a_group_once_at_a_time(stage: Stage) -> None:
    with pytest.raises(AlreadyBeneficiary):
        services.add_beneficiary(
            project_id=stage.project.pk, recipient_id=stage.pu_char.pk, group="villages", from_date=date(2026, 5, 1), by=stage.officer, at=AT
        )


def test_a_membership_does_not_end_before_it_begins(stage: Stage) -> None:
    member = stage.project.beneficiaries.get(recipient=stage.pu_char)
    with pytest.raises(DaysInOrder):
        services.end_beneficiary(beneficiary_id=member.pk, to_date=date(2025, 1, 1), by=stage.officer, at=AT)


# --- Pots and checks -------------------------------------------------------------------------------------------------------


def test_a_pot_knows_what_it_has_for_whom(stage: Stage) -> None:
    stage.shared()
    found = {(one.bank_code, one.recipient): one.available for one in queries.pot_balance(stage.pot("community"))}
    assert found == {("moe-usd", stage.pu_char): 153_000, ("moe-usd", stage.pu_ngav): 357_000}


def test_the_books_are_well_after_sharing(stage: Stage) -> None:
    stage.shared()
    assert list(checks.run()) == []


def test_a_run_whose_amount_is_not_its_entry_is_found(stage: Stage) -> None:
    run = AllocationRun.objects.get(tranche=stage.shared().tranche)
    with tampered():
        AllocationRun.objects.filter(id=run.pk).update(amount_minor=1)
    assert [found.check for found in checks.run(["sharing.runs"])] == ["sharing.runs"]

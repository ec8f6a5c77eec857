"""Receipts shared at full size, compared with the last one, and posted only as they were seen."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.registry.models import Recipient
from revenue.ledger.models import Posting
from revenue.sharing import services
from revenue.sharing.models import AllocationRun, Beneficiary
from revenue.sharing.refusals import PreviewChanged
from tests.flows.test_simulator import thousand_villages
from tests.revenue.sharing_stage import AT, BEGINS, PLAN, Stage, held

pytestmark = pytest.mark.django_db
EQUAL_WHEN_CHECKED = (
    PLAN.replace("2026-01-01", "2026-02-01").replace("by: households", "by: equal") + "  - {gate: community, conditions: [account_checked]}\n"
)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def allocate_page(stage: Stage, tranche_id: int) -> str:
    client = Client()
    client.force_login(stage.officer)
    answer = client.get(reverse("admin:sharing_waitingtranche_act", args=[tranche_id, "allocate"]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_preview_says_what_changed_against_the_last_receipt(stage: Stage) -> None:
    stage.shared(1_000_000)
    html = allocate_page(stage, stage.receipt(2_000_000, date(2026, 4, 1)).tranche_id)
    assert "USD 1,530.00 last time, +1,530.00 now" in html


def test_the_preview_names_who_is_new_and_who_gets_nothing_now(stage: Stage) -> None:
    stage.shared(1_000_000)
    Beneficiary.objects.filter(recipient=stage.pu_char).update(to_date=date(2026, 3, 1))
    html = allocate_page(stage, stage.receipt(2_000_000, date(2026, 4, 1)).tranche_id)
    assert "nothing now; USD 1,530.00 last time" in html


def test_the_first_receipt_is_compared_with_nothing(stage: Stage) -> None:
    html = allocate_page(stage, stage.receipt().tranche_id)
    assert "last time" not in html


def test_the_preview_names_the_counts_used(stage: Stage) -> None:
    assert "count-2026-01-01" in allocate_page(stage, stage.receipt().tranche_id)


def test_what_was_seen_is_what_is_posted(stage: Stage) -> None:
    tranche_id = stage.receipt().tranche_id
    seen = services.preview_allocation(tranche_id=tranche_id).digest
    run = services.propose_allocation(tranche_id=tranche_id, by=stage.officer, at=AT, seen=seen)
    assert (run.sha256, run.status, run.entry) == (seen, AllocationRun.Status.PROPOSED, None)
    assert services.approve_allocation(run_id=run.pk, by=stage.approver, at=AT, day=date(2026, 2, 1)).sha256 == seen


def test_what_would_be_shared_otherwise_by_now_is_not_posted(stage: Stage) -> None:
    tranche_id = stage.receipt().tranche_id
    seen = services.preview_allocation(tranche_id=tranche_id).digest
    stage.recipient("pu-new", households=10)
    with pytest.raises(PreviewChanged):
        services.propose_allocation(tranche_id=tranche_id, by=stage.officer, at=AT, seen=seen)
    assert held("unallocated") == 1_000_000
    assert not AllocationRun.objects.exists()


def test_an_account_agreed_by_two_people_opens_the_gate_by_itself(stage: Stage) -> None:
    late = Recipient.objects.create(code="pu-late", kind="VILLAGE_COMMITTEE", name="Pu Late")
    Beneficiary.objects.create(project=stage.project, recipient=late, group="villages", from_date=BEGINS)
    stage.plan = stage.approved(EQUAL_WHEN_CHECKED)
    run = AllocationRun.objects.get(tranche=stage.shared(on=date(2026, 2, 5)).tranche)
    assert dict(run.lines.filter(pot__code="community").values_list("recipient__code", "state")) == {
        "pu-char": "allocated",
        "pu-ngav": "allocated",
        "pu-late": "withheld",
    }


def test_a_thousand_recipients_are_previewed_without_a_query_each(stage: Stage) -> None:
    thousand_villages(stage)
    tranche_id = stage.receipt(50_000_000).tranche_id
    with CaptureQueriesContext(connection) as asked:
        html = allocate_page(stage, tranche_id)
    assert html.count("Many ") >= 1000
    assert len(asked) < 100


def test_a_thousand_recipients_are_posted_as_one_bulk(stage: Stage) -> None:
    thousand_villages(stage)
    tranche_id = stage.receipt(50_000_000).tranche_id
    proposed = services.propose_allocation(tranche_id=tranche_id, by=stage.officer, at=AT)
    with CaptureQueriesContext(connection) as asked:
        run = services.approve_allocation(run_id=proposed.pk, by=stage.approver, at=AT, day=date(2026, 2, 1))
    assert run.lines.count() == 1005
    assert Posting.objects.filter(entry=run.entry).count() == 1005
    written = [one["sql"].split()[0] + " " + one["sql"].split()[2] for one in asked if one["sql"].startswith("INSERT")]
    # Places, lines, the run and its audit record: a few statements, however many recipients there are.
    assert len(written) < 15
    assert len(asked) < 60

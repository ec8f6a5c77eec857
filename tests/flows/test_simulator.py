"""Try a plan out, and compare two versions, over HTTP: what is shown, what is refused, and that nothing is saved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.registry.models import IndicatorSnapshot, IndicatorValue, Recipient, RecipientVillage, Village
from core.people.models import Role, User
from revenue.sharing.models import AllocationRun, Beneficiary, PlanVersion
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, BEGINS, PLAN, Stage, liaison

pytestmark = pytest.mark.django_db
SECOND = PLAN.replace("2026-01-01", "2026-07-01").replace("community: 60 %", "community: 50 %")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr("core.clock.now", lambda: datetime.fromisoformat("2026-06-15T09:00:00+07:00"))
    return Stage()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(stage: Stage, name: str = "simulator", version: PlanVersion | None = None, **asked: Any) -> tuple[int, str]:
    address = reverse(f"sharing:{name}", args=[(version or stage.plan).pk])
    # "step_3_community" here is "step-3-community" there.
    answer = signed_in(stage.officer).get(address, {field.rstrip("_").replace("_", "-"): value for field, value in asked.items()})
    return answer.status_code, answer.content.decode()


def cells(html: str, recipient: str) -> list[str]:
    """Return before, after and difference of the row of a recipient."""
    row = next(row for row in html.split("<tr>") if f"<td>{recipient}</td>" in row)
    return [part.split(">", 1)[1].split("<", 1)[0] for part in row.split('<td class="number')[1:]]


# --- The simulator ---------------------------------------------------------------------------------------------------------


def test_without_changes_nothing_moves(stage: Stage) -> None:
    stage.shared(1_000_000)
    status, html = page(stage)
    assert status == 200
    assert cells(html, "Pu Char") == ["1,530.00", "1,530.00", "–"]


def test_another_amount_moves_every_share(stage: Stage) -> None:
    stage.shared(1_000_000)
    _status, html = page(stage, amount="20,000.00")
    assert cells(html, "Pu Char") == ["1,530.00", "3,060.00", "+1,530.00"]
    assert cells(html, "Pu Ngav") == ["3,570.00", "7,140.00", "+3,570.00"]


def test_tonnes_times_price_is_an_amount(stage: Stage) -> None:
    stage.shared(1_000_000)
    _status, html = page(stage, quantity="4,000", price="2.5")
    assert cells(html, "Pu Char")[1] == "1,530.00"


def test_another_percentage_moves_shares_from_one_to_another(stage: Stage) -> None:
    stage.shared(1_000_000)
    _status, html = page(stage, step_3_community="50 %")
    assert cells(html, "Pu Char") == ["1,530.00", "1,275.00", "−255.00"]
    assert "in the plan: 60 %" in html


def test_a_fraction_is_a_percentage_too(stage: Stage) -> None:
    stage.shared(1_000_000)
    _status, html = page(stage, step_3_community="1/2")
    assert cells(html, "Pu Char")[1] == "1,275.00"


def test_another_count_of_one_recipient_moves_all_of_its_group(stage: Stage) -> None:
    stage.shared(1_000_000)
    _status, html = page(stage, who=["pu-char", "", ""], what=["households", "", ""], count=["70", "", ""])
    assert cells(html, "Pu Char") == ["1,530.00", "2,550.00", "+1,020.00"]
    assert cells(html, "Pu Ngav") == ["3,570.00", "2,550.00", "−1,020.00"]


def test_a_picture_shows_the_flow_and_says_it_in_words(stage: Stage) -> None:
    stage.shared(1_000_000)
    html = page(stage)[1]
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in html
    assert "the money received to Operating costs: USD 1,000.00" in html


def test_shares_that_no_longer_add_up_are_told_at_their_field(stage: Stage) -> None:
    stage.plan = stage.proposed(SECOND.replace("protection: remainder", "protection: 50 %"))
    status, html = page(stage, step_3_community="30 %")
    assert status == 422
    assert "add up to 80 %, not 100 %" in html


@pytest.mark.parametrize(
    "asked",
    [
        {"amount": "a lot"},
        {"amount": "-5"},
        {"quantity": "100"},
        {"price": "x", "quantity": "1"},
        {"step_3_community": "300 %"},
        {"step_3_community": "half"},
        {"who": ["pu-char"], "what": [""], "count": ["3"]},
        {"who": ["pu-char"], "what": ["households"], "count": ["-3"]},
    ],
)
def test_what_cannot_be_read_is_told_and_kept(stage: Stage, asked: dict[str, Any]) -> None:
    status, html = page(stage, **asked)
    assert status == 422
    assert "errorlist" in html


def test_a_receipt_the_plan_cannot_share_is_told(stage: Stage) -> None:
    stage.plan = stage.proposed(SECOND.replace("take: 10 % of gross", "take: 900.00"))
    status, html = page(stage, amount="500.00")
    assert status == 200
    assert "only 500.00 is there" in html


def test_trying_out_saves_nothing(stage: Stage) -> None:
    stage.shared(1_000_000)
    before = (AllocationRun.objects.count(), PlanVersion.objects.get().text)
    page(stage, amount="1.00", step_3_community="1 %")
    assert (AllocationRun.objects.count(), PlanVersion.objects.get().text) == before


@pytest.mark.parametrize("name", ["simulator", "difference"])
def test_only_who_reads_the_books_may_look(stage: Stage, name: str) -> None:
    address = reverse(f"sharing:{name}", args=[stage.plan.pk])
    assert signed_in(office.person(Role.AUDITOR)).get(address).status_code == 200
    assert signed_in(liaison()).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def thousand_villages(stage: Stage) -> None:
    """Put a thousand recipients with 1 to 1,000 households into the plan's group."""
    snapshot = IndicatorSnapshot.objects.create(code="large", as_of=date(2026, 1, 2), source="Made", recorded_by=stage.officer, recorded_at=AT)
    villages = Village.objects.bulk_create(
        Village(code=f"9{n:07d}", name=f"V{n}", commune="-", district="-", province="-", source="made") for n in range(1, 1001)
    )
    recipients = Recipient.objects.bulk_create(Recipient(code=f"many-{n:04d}", kind="VILLAGE_COMMITTEE", name=f"Many {n}") for n in range(1, 1001))
    RecipientVillage.objects.bulk_create(
        RecipientVillage(recipient=one, village=village, from_date=BEGINS) for one, village in zip(recipients, villages, strict=True)
    )
    IndicatorValue.objects.bulk_create(
        IndicatorValue(snapshot=snapshot, village=village, indicator="households", value=n) for n, village in enumerate(villages, start=1)
    )
    for village in Village.objects.exclude(code__startswith="9"):
        IndicatorValue.objects.create(snapshot=snapshot, village=village, indicator="households", value=5)
    Beneficiary.objects.bulk_create(Beneficiary(project=stage.project, recipient=one, group="villages", from_date=BEGINS) for one in recipients)


def test_a_thousand_recipients_are_shown_without_a_query_each(stage: Stage) -> None:
    thousand_villages(stage)
    with CaptureQueriesContext(connection) as asked:
        status, html = page(stage, amount="1,000,000.00", step_3_community="55 %")
    assert (status, html.count("<td>Many ")) == (200, 1000)
    assert len(asked) < 100


# --- The difference between two versions ---------------------------------------------------------------------------------


def test_the_difference_is_told_in_words(stage: Stage) -> None:
    html = page(stage, "difference", stage.proposed(SECOND))[1]
    assert "60 % goes to Community development" in html
    assert "50 % goes to Community development" in html


def test_the_difference_is_told_in_the_money_of_past_receipts(stage: Stage) -> None:
    stage.shared(1_000_000, date(2026, 2, 1))
    stage.shared(500_000, date(2026, 4, 1))
    html = page(stage, "difference", stage.proposed(SECOND))[1]
    assert "2 receipts, shared again by both versions" in html
    assert cells(html, "Pu Char") == ["2,295.00", "1,912.50", "−382.50"]


def test_receipts_of_other_days_are_left_out(stage: Stage) -> None:
    stage.shared(1_000_000, date(2026, 2, 1))
    stage.shared(500_000, date(2026, 4, 1))
    html = page(stage, "difference", stage.proposed(SECOND), since="2026-03-01", until="2026-05-01")[1]
    assert cells(html, "Pu Char") == ["765.00", "637.50", "−127.50"]


def test_a_receipt_that_one_version_cannot_share_is_named_and_left_out(stage: Stage) -> None:
    stage.shared(1_000_000, date(2026, 2, 1))
    stage.shared(50_000, date(2026, 4, 1))
    html = page(stage, "difference", stage.proposed(SECOND.replace("take: 10 % of gross", "take: 900.00")))[1]
    assert "only 500.00 is there" in html
    assert cells(html, "Pu Char")[0] == "1,530.00"


def test_each_version_remembers_its_own_costs_from_receipt_to_receipt(stage: Stage) -> None:
    stage.shared(1_000_000, date(2026, 2, 1))
    stage.shared(1_000_000, date(2026, 4, 1))
    text = SECOND.replace(
        "{charge: costs, from: receipt, take: 10 % of gross}", "{recover: costs, from: receipt, costs: 9000.00, once: true, at_most: 50 % of gross}"
    )
    html = page(stage, "difference", stage.proposed(text))[1]
    row = next(row for row in html.split("<tr>") if "<td>Operating costs" in row)
    assert "9,000.00" in row


def test_the_first_plan_has_nothing_to_be_compared_with(stage: Stage) -> None:
    assert "nothing to compare it with" in page(stage, "difference")[1]


def test_a_version_of_another_project_is_not_found(stage: Stage) -> None:
    assert page(stage, "difference", with_="999999")[0] == 404

"""The review desk: what it hints at, part of a record accepted, and a key for each step."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from communities.consent.queries import PlanLine
from communities.spending import queries, services
from communities.spending.models import Recoverable, SpendingRecord
from core.people.models import Role
from tests.communities.test_stories_out import Story
from tests.communities.village import NOW, TODAY, person, receipt_photo

hints_module = import_module("communities.spending.queries.hints")
pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def office(story: Story) -> Client:
    client = Client()
    client.force_login(story.officer)
    return client


def codes(record: SpendingRecord) -> list[str]:
    """Return what the desk hints at."""
    record = SpendingRecord.objects.select_related("recipient", "category").get(pk=record.pk)
    return [hint.code for hint in queries.hints(record, queries.outlook(record))]


def url_of(record: SpendingRecord) -> str:
    return reverse("admin:spending_spendingrecord_review", args=[record.pk])


def other_photo(number: int) -> list[Any]:
    return [receipt_photo(f"rgb({number * 11}, 200, 90)")]


def test_an_ordinary_record_has_no_hint(story: Story) -> None:
    assert codes(story.log(amount_minor=412_300)) == []


def test_the_same_photo_and_the_same_purchase_are_hinted_at_once(story: Story) -> None:
    first = story.log(photos=other_photo(1))
    assert codes(story.log(photos=other_photo(1), payee="Another shop")) == ["same_photo"]
    assert codes(story.log(photos=other_photo(2), payee="SOK'S HARDWARE ")) == ["same_purchase"]
    assert codes(story.log(photos=other_photo(3), spent_on=date(2026, 8, 9))) == []
    assert set(codes(first)) == {"same_photo", "same_purchase"}


@pytest.mark.parametrize(
    ("amount", "currency", "found"),
    [
        (500_000, "KHR", ["round"]), (400_000, "KHR", []), (500_001, "KHR", []), (10_000, "USD", ["round"]), (10_100, "USD", []), (5_000, "USD", []),
    ],
)  # fmt: skip
def test_round_sums_are_hinted_at(story: Story, amount: int, currency: str, found: list[str]) -> None:
    assert codes(story.log(amount_minor=amount, currency=currency)) == found


def test_more_than_three_times_the_usual_is_out_of_pattern(story: Story) -> None:
    for number in range(5):
        story.accept(story.log(amount_minor=100_000 + number, photos=other_photo(number)))
    assert codes(story.log(amount_minor=300_006, photos=other_photo(20))) == []
    assert codes(story.log(amount_minor=300_007, photos=other_photo(21))) == ["pattern"]
    # Nothing is said of another kind of spending, or of another currency.
    assert codes(story.log(amount_minor=900_007, category_id=story.patrol.pk, photos=other_photo(22))) == []
    assert codes(story.log(amount_minor=9_007, currency="USD", photos=other_photo(23))) == []


def test_a_recipient_without_history_is_compared_with_others_of_its_kind(story: Story) -> None:
    for number in range(5):
        record = story.log(amount_minor=100_000, recipient_id=story.other.pk, by=story.officer, photos=other_photo(number), payee=f"Shop {number}")
        story.accept(record, by=story.second)
    assert codes(story.log(amount_minor=300_100, photos=other_photo(20))) == ["pattern"]


def test_a_category_that_was_closed_meanwhile_is_hinted_at(story: Story) -> None:
    record = story.log()
    story.well.is_eligible = False
    story.well.save()
    assert codes(record) == ["not_eligible"]


def test_spending_logged_after_the_advance_was_due_is_late(story: Story) -> None:
    story.advance(usd=10_000, riel=410_000, account_by=date(2026, 8, 19))
    assert codes(story.log()) == ["late"]
    assert codes(story.log(currency="USD", amount_minor=111, photos=other_photo(3))) == []


def test_spending_over_the_village_plans_lines_is_hinted_at(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        PlanLine(story.pu_char.pk, 1, number, number, "Wells", purpose, 2026, "KHR", 500_000)
        for number, purpose in ((1, "community_development"), (2, "forest_protection"))
    ]
    monkeypatch.setattr(hints_module, "plan_lines_of", lambda **_asked: lines)
    story.accept(story.log(amount_minor=300_000, photos=other_photo(1)))
    assert codes(story.log(amount_minor=200_000, photos=other_photo(2), payee="B")) == []
    assert codes(story.log(amount_minor=200_001, photos=other_photo(3), payee="C")) == ["over_plan"]


def test_the_hints_ask_no_more_of_a_longer_history(story: Story, django_assert_max_num_queries: Any) -> None:
    record = SpendingRecord.objects.select_related("recipient", "category").get(pk=story.log(photos=other_photo(0)).pk)
    for number in range(1, 12):
        story.accept(story.log(photos=other_photo(0) + other_photo(number)))
    with django_assert_max_num_queries(6):
        found = queries.hints(record, None)
    assert len(found) == hints_module.MOST_SHOWN


def test_the_desk_shows_hints_and_a_key_for_each_step(story: Story, office: Client) -> None:
    story.log(photos=other_photo(1))
    record = story.log(amount_minor=500_000, photos=other_photo(1))
    html = office.get(url_of(record)).content.decode()
    for words in ("The very same photo", "A round sum", 'data-key="n"', 'data-key="a"', 'data-key="p"', "office/review.js"):
        assert words in html


def test_part_of_a_record_is_accepted_on_the_desk(story: Story, office: Client) -> None:
    story.advance(usd=10_000, riel=410_000)
    record = story.log(amount_minor=410_000)
    sent = {"decision": "part", "amount": "41,000", "category": story.fines.pk, "why": "A fine"}
    html = office.post(url_of(record), sent, follow=True).content.decode()
    owed = Recoverable.objects.get()
    assert (owed.local_minor, owed.amount_minor, owed.spending) == (41_000, 1_000, record)
    assert owed.reference in html


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"amount": "", "why": "A fine"}, "must be more than zero"),
        ({"amount": "1e9", "why": "A fine"}, "1e9"),
        ({"amount": "410,000", "why": "A fine"}, "Refuse the record instead"),
        ({"amount": "410,001", "why": "A fine"}, "at most"),
        ({"amount": "41,000", "why": ""}, "This is needed"),
        ({"amount": "41,000", "why": "A fine", "category": ""}, "Choose what that part was"),
        ({"amount": "41,000", "why": "A fine", "category": "999"}, "Select a valid choice"),
    ],
)
def test_a_mistake_about_the_part_is_told_at_its_field_and_what_was_typed_stays(
    story: Story, office: Client, sent: dict[str, Any], told: str
) -> None:
    record = story.log(amount_minor=410_000)
    answer = office.post(url_of(record), {"decision": "part", "category": story.fines.pk, **sent})
    html = answer.content.decode()
    assert (answer.status_code, told in html) == (422, True)
    assert not sent["why"] or sent["why"] in html
    record.refresh_from_db()
    assert record.status == "LOGGED"


# --- What is owed, on its own pages -------------------------------------------------------------------------------------------
@pytest.fixture
def owed(story: Story) -> Recoverable:
    story.advance(usd=10_000, riel=410_000)
    return story.disallow(story.accept(story.log(amount_minor=410_000)), 205_000)


def act(row: Any, name: str) -> str:
    return reverse(f"admin:spending_{row._meta.model_name}_act", args=[row.pk, name])


def test_what_is_owed_is_asked_back_repaid_and_written_off_page_by_page(story: Story, office: Client, owed: Recoverable) -> None:
    record = owed.spending
    assert record is not None
    answer = office.post(
        act(record, "disallow"), {"client_key": uuid4(), "amount": "20,500", "category": story.fines.pk, "reason": "Beer"}, follow=True
    )
    second = Recoverable.objects.exclude(pk=owed.pk).get()
    assert second.reference in answer.content.decode()
    repaid = {
        "client_key": uuid4(),
        "bank_account": story.bank.pk,
        "bank_reference": "FT-1",
        "repaid_on": "20/08/2026",
        "amount": "20,500",
        "credited": "4.99",
    }
    office.post(act(second, "repaid"), repaid)
    second.refresh_from_db()
    assert (second.left_local_minor, second.left_minor) == (0, 0)
    from django.core.files.uploadedfile import SimpleUploadedFile

    paper = SimpleUploadedFile("minutes.jpg", receipt_photo("navy")[0], "image/jpeg")
    asked = {"client_key": uuid4(), "amount": "205,000", "reason": "The treasurer died", "document": paper}
    assert office.post(act(owed, "write-off"), asked).status_code == 302
    approver = Client()
    approver.force_login(story.second)
    page = approver.get(act(owed, "agree")).content.decode()
    assert "The treasurer died" in page
    assert "minutes.jpg" in page
    approver.post(act(owed, "agree"), {"words": "Seen"})
    html = approver.get(reverse("admin:spending_recoverable_change", args=[owed.pk])).content.decode()
    assert "The treasurer died" in html
    assert "settled" in html


def test_a_repayment_is_taken_back_page_by_page(story: Story, office: Client, owed: Recoverable) -> None:
    repaid = story.repay(owed, 41_000, 1_000)
    assert "Ask to take it back" in office.get(reverse("admin:spending_settlement_change", args=[repaid.pk])).content.decode()
    assert office.post(act(repaid, "take-back"), {"client_key": uuid4(), "reason": "The rangers paid this"}).status_code == 302
    approver = Client()
    approver.force_login(story.second)
    page = approver.get(act(owed, "agree")).content.decode()
    assert "The rangers paid this" in page and "FT-R1" in page
    approver.post(act(owed, "agree"), {"words": "Seen"})
    owed.refresh_from_db()
    assert (owed.left_local_minor, owed.left_minor) == (205_000, 5_000)
    html = approver.get(reverse("admin:spending_recoverable_change", args=[owed.pk])).content.decode()
    assert "repayment taken back (done)" in html
    assert "Ask to take it back" not in office.get(reverse("admin:spending_settlement_change", args=[repaid.pk])).content.decode()


def test_the_list_shows_what_is_open_with_its_age_and_total(story: Story, office: Client, owed: Recoverable) -> None:
    html = office.get(reverse("admin:spending_recoverable_changelist") + "?standing=open").content.decode()
    assert owed.reference in html
    assert "USD 50.00" in html.replace("\u00a0", " ")
    assert owed.reference not in office.get(reverse("admin:spending_recoverable_changelist") + "?standing=settled").content.decode()
    assert owed.reference in office.get(reverse("admin:spending_recoverable_export")).content.decode()


@pytest.mark.parametrize("project", ["abc", "0", "999999", "-1"])
def test_a_project_that_is_none_shows_no_spending(story: Story, office: Client, owed: Recoverable, project: str) -> None:
    answer = office.get(reverse("admin:spending_spendingrecord_changelist") + f"?project={project}")
    assert answer.status_code in (200, 302)
    assert "SP-2026" not in answer.content.decode()


def test_the_first_page_shows_what_is_owed_and_what_waits_for_an_approver(story: Story, office: Client, owed: Recoverable) -> None:
    assert "Money to be repaid" in office.get(reverse("admin:index")).content.decode()
    services.ask_to_allow(client_key=uuid4(), recoverable_id=owed.pk, local_minor=1, reason="Found", by=story.officer, at=NOW)
    approver = Client()
    approver.force_login(person("chief", Role.FINANCE_APPROVER))
    assert "Write-offs and allowances to decide" in approver.get(reverse("admin:index")).content.decode()


def test_a_projects_spent_on_the_first_page_opens_a_list_of_that_sum(story: Story, office: Client, owed: Recoverable) -> None:
    from revenue.credits.models import Identification

    Identification.objects.create(tranche=story.tranche("T1"), project=story.project, number=1, identified_by=story.officer, identified_at=NOW)
    story.accept(story.log(amount_minor=100, spent_on=TODAY))
    html = office.get(reverse("admin:index")).content.decode()
    address = f"{reverse('admin:spending_spendingrecord_changelist')}?status__exact=ACCEPTED&amp;project={story.project.pk}"
    assert address in html
    assert "50.00" in html.split(address)[1][:200]
    listed = office.get(address.replace("&amp;", "&")).content.decode().replace("\u00a0", " ")
    assert "Spent of the revenue of Keo Seima" in listed
    assert "USD 50.00" in listed

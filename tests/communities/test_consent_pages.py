"""A community's plan and consent on the liaison's pages, and what the desk says of them, through HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communities.consent.models import BudgetLine, Consent, VillagePlan
from communities.spending import phone_queries
from core import clock, files
from core.people.models import User
from tests.communities.consenting import AT, Community

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def there() -> Community:
    return Community()


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("minutes.pdf", b"%PDF-1.4 the minutes of a meeting", "application/pdf")


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_plan_is_begun_written_line_by_line_and_sent_with_its_minutes(there: Community) -> None:
    phone, to = signed_in(there.liaison), [there.pu_char.pk]
    assert "There is no plan yet." in shown(phone.get(reverse("consent:plan", args=to)))
    begun = phone.post(reverse("consent:begin", args=to), {"title": "Water and fields", "first_year": "២០២៦", "last_year": "2027"}, follow=True)
    assert "The plan is begun." in shown(begun)
    line = {"activity": "Two wells", "purpose": "community_development", "year": "2026", "amount": "៨,០០០,០០០", "currency": "KHR"}
    page = phone.post(reverse("consent:plan", args=to), line, follow=True)
    assert "8,000,000" in shown(page) and "Two wells" in shown(page)
    meeting = {"met_on": "2026-01-20", "women": "៣១", "men": "24", "minutes": paper()}
    assert "The plan was sent to the office." in shown(phone.post(reverse("consent:send", args=to), meeting, follow=True))
    plan = VillagePlan.objects.get()
    assert (plan.status, plan.women, plan.men, plan.met_on) == ("PROPOSED", 31, 24, date(2026, 1, 20))
    assert plan.minutes is not None and files.read(plan.minutes) == b"%PDF-1.4 the minutes of a meeting"


def test_what_is_wrong_in_a_plan_is_said_at_its_field_and_nothing_is_kept(there: Community) -> None:
    phone, to = signed_in(there.liaison), [there.pu_char.pk]
    wrong = phone.post(reverse("consent:begin", args=to), {"title": "Water", "first_year": "2027", "last_year": "2026"})
    assert wrong.status_code == 422 and not VillagePlan.objects.exists()
    there.drafted()
    line = {"activity": "Two wells", "purpose": "community_development", "year": "2031", "amount": "many", "currency": "KHR"}
    wrong = phone.post(reverse("consent:plan", args=to), line)
    assert wrong.status_code == 422 and 'value="many"' in shown(wrong) and not BudgetLine.objects.exists()
    there.line(VillagePlan.objects.get())
    wrong = phone.post(reverse("consent:send", args=to), {"met_on": "2026-01-20", "women": "0", "men": "0", "minutes": paper()})
    assert wrong.status_code == 422 and VillagePlan.objects.get().status == "DRAFT"


def test_a_line_is_taken_out_and_the_next_version_begins_with_the_lines_of_the_last(there: Community) -> None:
    phone, to = signed_in(there.liaison), [there.pu_char.pk]
    there.approved_plan()
    phone.post(reverse("consent:begin", args=to), {"next": "1"})
    (line,) = BudgetLine.objects.filter(activity__plan__status="DRAFT")
    assert "The line is removed." in shown(phone.post(reverse("consent:remove_line", args=[*to, line.pk]), follow=True))
    assert not BudgetLine.objects.filter(activity__plan__status="DRAFT").exists()


def test_a_consent_is_written_down_once_and_one_without_a_reason_is_sent_back(there: Community) -> None:
    phone, where = signed_in(there.liaison), reverse("consent:consent", args=[there.pu_char.pk])
    said = {
        "client_key": str(uuid4()), "plan_version": there.plan.pk, "kind": "GIVEN", "happened_on": "2026-01-20", "said_by": "សភាភូមិ", "women": "31", "men": "24",
        "spoken_language": "Bunong", "reason": "",
    }  # fmt: skip
    wrong = phone.post(where, {**said, "kind": "REFUSED", "document": paper()})
    assert wrong.status_code == 422 and "សភាភូមិ" in shown(wrong) and not Consent.objects.exists()
    for _time in range(2):
        assert "Written down and sent to the office." in shown(phone.post(where, {**said, "document": paper()}, follow=True))
    one = Consent.objects.get()
    assert (one.kind, one.status, one.entered_by) == ("GIVEN", "ENTERED", there.liaison)
    assert one.document is not None and files.read(one.document) == b"%PDF-1.4 the minutes of a meeting"
    assert "no consent on record" in shown(phone.get(where))  # until another person confirms it
    there.confirmed(one)
    assert "no consent on record" not in shown(phone.get(where))


def test_plan_and_consent_are_on_the_phone_of_their_community(there: Community) -> None:
    there.approved_plan(years=(2026, 2026))
    there.consents()
    mine = phone_queries.work_of(person=there.liaison, on=date(2026, 11, 22))["recipients"][0]
    (activity,) = mine["activities"]
    assert (activity["year"], activity["amount_minor"], activity["currency"]) == (2026, 8_000_000, "KHR")
    assert [(one["kind"], one["on"], one["by"]) for one in mine["consents"]] == [("GIVEN", "2026-01-20", "Village assembly")]
    assert mine["plan"] == reverse("consent:plan", args=[there.pu_char.pk])
    assert phone_queries.work_of(person=there.stranger, on=date(2026, 11, 22))["recipients"][0]["consents"] == []


def test_the_desk_counts_what_communities_decided_and_its_lists_show_as_many(there: Community) -> None:
    there.sent(_with_a_line(there))
    there.consents()
    there.shared()
    there.said("WITHDRAWN", on=date(2026, 2, 1))
    client = signed_in(there.officer)
    context = client.get(reverse("admin:index")).context
    cards = {card.title: card for card in context["work_cards"]}
    titles = {"Village plans to decide", "Consents to confirm", "No consent any more, and money not paid"}
    assert titles <= set(cards)
    for title in titles:
        assert cards[title].count == client.get(cards[title].url).context["cl"].result_count == 1, title
    auditor = signed_in(there.auditor).get(reverse("admin:index")).context
    assert titles <= {card.title for card in auditor["other_cards"]}


def _with_a_line(there: Community) -> VillagePlan:
    plan = there.drafted()
    there.line(plan)
    return plan

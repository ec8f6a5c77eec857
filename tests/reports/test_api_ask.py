"""A program asks for a report with the rights of the person it is signed in as, and by the same rules as the pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from core.people.models import Role
from reports.models import Report
from tests.flows.programme import SmallProgramme
from tests.revenue import credits_office as office

pytestmark = pytest.mark.django_db
ADDRESS = "/api/reports/ask/"


def ask(person: Any, **sent: Any) -> Any:
    client = Client()
    client.force_login(person)
    return client.post(ADDRESS, sent, content_type="application/json")


@pytest.fixture
def programme() -> SmallProgramme:
    return SmallProgramme()


def test_an_officer_asks_and_is_told_which_report_is_being_made(programme: SmallProgramme) -> None:
    answer = ask(programme.officer, period="2026Q3", project="keo-seima")
    assert answer.status_code == 202
    said = answer.json()
    assert (said["period"], said["project"], said["status"], said["is_interim"], said["files"]) == ("2026Q3", "keo-seima", "WAITING", True, [])
    report = Report.objects.get(id=said["id"])
    assert report.asked_by == programme.officer
    assert ask(programme.approver, period="2026Q3").json()["project"] is None


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({}, 400, "period"),
        ({"period": "2026Q3", "project": "x" * 41}, 400, "project"),
        ({"period": "some time"}, 422, None),
        ({"period": "2999"}, 422, None),
        ({"period": "2026Q3", "project": "atlantis"}, 422, None),
    ],
)
def test_what_cannot_be_is_refused_in_the_one_shape(programme: SmallProgramme, sent: dict[str, Any], status: int, field: str | None) -> None:
    answer = ask(programme.officer, **sent)
    assert (answer.status_code, set(answer.json())) == (status, {"error", "message", "fields"})
    assert field is None or field in answer.json()["fields"]
    assert not Report.objects.exists()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LIAISON, Role.ADMINISTRATOR])
def test_who_may_not_on_the_pages_may_not_here(programme: SmallProgramme, role: Role) -> None:
    answer = ask(office.person(role, "someone"), period="2026Q3")
    assert (answer.status_code, set(answer.json())) == (403, {"error", "message", "fields"})
    assert not Report.objects.exists()


def test_nobody_who_is_not_signed_in_asks() -> None:
    assert Client().post(ADDRESS, {"period": "2026Q3"}, content_type="application/json").status_code in (401, 403)


def test_a_form_without_values_is_told_so(programme: SmallProgramme) -> None:
    client = Client()
    client.force_login(programme.officer)
    assert client.post(ADDRESS).status_code == 400


def test_a_closed_period_that_has_its_report_is_refused(programme: SmallProgramme) -> None:
    programme.receive(programme.sell(), 100_000, on=date(2026, 7, 6))
    programme.close()
    answer = ask(programme.officer, period="2026Q3", project="keo-seima")
    assert (answer.status_code, answer.json()["error"]) == (422, "already_reported")

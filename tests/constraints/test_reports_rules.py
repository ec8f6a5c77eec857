"""What the database itself refuses about periods and reports, by raw update as well as by save."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from reports import services
from reports.models import Period, Report
from revenue.ledger.refusals import constraint_of
from tests.flows.programme import AFTER, SmallProgramme
from tests.reports.making import QuickFiles, make

pytestmark = pytest.mark.django_db
DURING = datetime.fromisoformat("2026-08-19T03:00:00+00:00")


@pytest.fixture
def programme() -> SmallProgramme:
    programme = SmallProgramme()
    programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6))
    return programme


@pytest.fixture
def draft(programme: SmallProgramme, monkeypatch: pytest.MonkeyPatch) -> Report:
    QuickFiles(monkeypatch)
    return make(next(report for report in programme.close() if report.project))


def refused(rule: str, row: Any, **values: object) -> None:
    """The change is refused by update and by save, and by this rule."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**values)
    assert constraint_of(caught.value) == rule
    for name, value in values.items():
        setattr(row, name, value)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        row.save()
    assert constraint_of(caught.value) == rule


def refused_raw(rule: str, statement: str, *arguments: Any) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
    assert constraint_of(caught.value) == rule


# --- two people ------------------------------------------------------------------------------------------------------------
def test_the_maker_does_not_issue(programme: SmallProgramme, draft: Report) -> None:
    services.review_report(report_id=draft.pk, by=programme.approver, at=AFTER)
    draft.refresh_from_db()
    refused("report_maker_is_not_checker", draft, status="ISSUED", issued_by_id=programme.officer.pk, issued_at=AFTER)


def test_the_reviewer_does_not_issue(programme: SmallProgramme, draft: Report) -> None:
    services.review_report(report_id=draft.pk, by=programme.approver, at=AFTER)
    draft.refresh_from_db()
    refused("report_reviewer_does_not_issue", draft, status="ISSUED", issued_by_id=programme.approver.pk, issued_at=AFTER)


@pytest.mark.parametrize("status", ["REVIEWED", "ISSUED"])
def test_a_status_has_its_people(draft: Report, status: str) -> None:
    refused("report_status_has_its_people", draft, status=status)


def test_a_draft_is_not_issued_past_its_review(programme: SmallProgramme, draft: Report) -> None:
    refused("report_status_has_its_people", draft, status="ISSUED", issued_by_id=programme.approver.pk, issued_at=AFTER)


# --- what is issued stays --------------------------------------------------------------------------------------------------
def test_an_issued_report_is_not_unissued_and_not_removed(programme: SmallProgramme, draft: Report) -> None:
    issued = programme.issue(draft)
    refused("reports_report_frozen", issued, status="REVIEWED", issued_by_id=None, issued_at=None)
    refused_raw("reports_report_frozen", "UPDATE reports_report SET issued_at = now() WHERE id = %s", issued.pk)
    refused_raw("reports_report_kept", "DELETE FROM reports_report WHERE id = %s", issued.pk)


def test_no_report_is_removed_through_the_orm_either(programme: SmallProgramme, draft: Report) -> None:
    bare = programme.ask("2026-07", project="")
    with pytest.raises(IntegrityError, match="what the books were made from"), transaction.atomic():
        bare.delete()


def test_reports_are_not_emptied(programme: SmallProgramme, draft: Report) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE reports_report CASCADE")
        transaction.set_rollback(True)


@pytest.mark.parametrize("values", [{"replaces_id": None, "reason": ""}, {"reason": "another"}])
def test_what_a_report_replaces_and_why_stays(programme: SmallProgramme, draft: Report, values: dict[str, Any]) -> None:
    second = services.restate_report(report_id=draft.pk, reason="A receipt came late", by=programme.officer, at=AFTER)
    refused("reports_report_frozen", second, **values)


# --- closed days only ------------------------------------------------------------------------------------------------------
def test_an_interim_report_is_not_issued(programme: SmallProgramme, monkeypatch: pytest.MonkeyPatch) -> None:
    QuickFiles(monkeypatch)
    interim = make(programme.ask(at=DURING))
    people = {"reviewed_by_id": programme.officer.pk, "reviewed_at": AFTER, "issued_by_id": programme.approver.pk, "issued_at": AFTER}
    refused("report_interim_is_not_issued", interim, status="ISSUED", **people)


def test_a_report_of_open_days_is_not_issued_whatever_it_calls_itself(programme: SmallProgramme, draft: Report) -> None:
    open_days = Period.objects.create(label="2026-10", kind="MONTH", first=date(2026, 10, 1), end=date(2026, 11, 1))
    services.review_report(report_id=draft.pk, by=programme.officer, at=AFTER)
    assert draft.snapshot
    sneaked = Report(
        period=open_days, project=draft.project, status="ISSUED", snapshot=type(draft.snapshot).objects.create(
            period=open_days, schema="s", text="{}", sha256="0" * 64, frozen_at=AFTER
        ), job=draft.job, asked_at=AFTER, reviewed_by=programme.officer, reviewed_at=AFTER, issued_by=programme.approver, issued_at=AFTER,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="the books of these days are open") as caught, transaction.atomic():
        sneaked.save()
    assert constraint_of(caught.value) == "report_issued_when_closed"


def test_a_replaced_draft_is_not_issued(programme: SmallProgramme, draft: Report) -> None:
    services.review_report(report_id=draft.pk, by=programme.officer, at=AFTER)
    services.restate_report(report_id=draft.pk, reason="A receipt came late", by=programme.officer, at=AFTER)
    draft.refresh_from_db()
    refused("report_superseded_is_not_issued", draft, status="ISSUED", issued_by_id=programme.approver.pk, issued_at=AFTER)


# --- what replaces what ----------------------------------------------------------------------------------------------------
def test_a_report_replaces_an_earlier_version_of_itself(programme: SmallProgramme, draft: Report) -> None:
    other = services.ask_report(period="2026-07", project_code="keo-seima", by=programme.officer, at=AFTER)
    columns = "period_id, project_id, version, is_interim, replaces_id, reason, status, job_id, asked_at"
    refused_raw(
        "report_replaces_itself",
        f"INSERT INTO reports_report ({columns}) SELECT period_id, project_id, 9, false, %s, 'why', 'WAITING', job_id, now() FROM reports_report WHERE id = %s",
        other.pk, draft.pk,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="earlier version of itself"), transaction.atomic():
        Report.objects.create(period=draft.period, project=draft.project, version=9, replaces=other, reason="why", job=draft.job, asked_at=AFTER)


def test_a_report_is_replaced_once_and_says_why(programme: SmallProgramme, draft: Report) -> None:
    services.restate_report(report_id=draft.pk, reason="A receipt came late", by=programme.officer, at=AFTER)
    facts: dict[str, Any] = {"period": draft.period, "project": draft.project, "version": 9, "replaces": draft, "job": draft.job, "asked_at": AFTER}
    for rule, reason in (("report_made_again_says_why", ""), ("reports_report_replaces_id", "again")):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Report.objects.create(**facts, reason=reason)


# --- periods ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("period_has_the_days_of_its_kind", {"kind": "QUARTER", "first": date(2027, 2, 1), "end": date(2027, 5, 1)}),
        ("period_has_the_days_of_its_kind", {"kind": "MONTH", "first": date(2027, 2, 1), "end": date(2027, 3, 2)}),
        ("period_has_the_days_of_its_kind", {"kind": "YEAR", "first": date(2027, 2, 1), "end": date(2028, 2, 1)}),
        ("period_ends_after_it_begins", {"kind": "RANGE", "first": date(2027, 2, 2), "end": date(2027, 2, 2)}),
        ("period_days_once", {"kind": "RANGE", "first": date(2026, 7, 1), "end": date(2026, 10, 1)}),
        ("period_only_quarters_close", {"kind": "MONTH", "first": date(2027, 2, 1), "end": date(2027, 3, 1), "status": "PROPOSED"}),
    ],
)
def test_a_period_has_the_days_of_its_kind_once(programme: SmallProgramme, rule: str, facts: dict[str, Any]) -> None:
    services.propose_periods(today=date(2026, 8, 1))
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Period.objects.create(label="another", **facts)
    columns = {"status": "OPEN", "label": "another", **facts}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO reports_period (label, kind, first, "end", status) VALUES (%(label)s, %(kind)s, %(first)s, %(end)s, %(status)s)', columns
        )


def test_the_days_of_a_period_stay(programme: SmallProgramme) -> None:
    services.propose_periods(today=date(2026, 8, 1))
    refused("reports_period_frozen", Period.objects.get(), kind="RANGE")

"""Public reports, their verification, the trace and the officers' first page, through HTTP."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock, files, jobs
from core.models import BookCheck, StoredFile
from core.people.models import User
from reports import services
from reports.models import Period, Report, ReportFile
from revenue.credits.models import Sale
from tests.flows.programme import AFTER, QUARTER, SmallProgramme
from tests.reports.making import QuickFiles, make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AFTER)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> QuickFiles:
    return QuickFiles(monkeypatch)


@pytest.fixture
def programme() -> SmallProgramme:
    programme = SmallProgramme()
    programme.allocate(programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    return programme


@pytest.fixture
def ready(programme: SmallProgramme, quick: QuickFiles) -> Report:
    return make(next(report for report in programme.close() if report.project))


@pytest.fixture
def issued(programme: SmallProgramme, ready: Report) -> Report:
    return programme.issue(ready)


def as_person(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, name: str, *args: Any, status: int = 200, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == status, answer.status_code
    return html.unescape(answer.content.decode())


# --- Issued reports --------------------------------------------------------------------------------------------------------
def test_without_any_issued_report_the_page_says_so(client: Client) -> None:
    assert page(client, "reports:issued")


def test_a_report_that_is_not_issued_is_for_who_reads_the_books(programme: SmallProgramme, ready: Report) -> None:
    file = ready.files.get(format="PDF", language="en")
    seen = {
        name: (client.get(reverse("reports:report", args=[ready.pk])).status_code, client.get(reverse("reports:file", args=[file.pk])).status_code)
        for name, client in {
            "nobody": as_person(None), "liaison": as_person(programme.liaison), "administrator": as_person(programme.administrator),
            "auditor": as_person(programme.auditor), "officer": as_person(programme.officer), "approver": as_person(programme.approver),
        }.items()
    }  # fmt: skip
    assert seen == {
        "nobody": (404, 404), "liaison": (404, 404), "administrator": (404, 404), "auditor": (200, 200), "officer": (200, 200), "approver": (200, 200),
    }  # fmt: skip


def test_an_issued_report_is_read_by_everybody_with_its_files(client: Client, issued: Report) -> None:
    assert "Keo Seima" in page(client, "reports:issued")
    assert issued.snapshot
    assert issued.snapshot.sha256 in page(client, "reports:report", issued.pk)
    for file in issued.files.all():
        answer = client.get(reverse("reports:file", args=[file.pk]))
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert services.file_name(report=issued, kind=file.format, language=file.language) in answer.headers["Content-Disposition"]


def test_a_superseded_report_says_so_only_once_the_next_version_is_issued(programme: SmallProgramme, client: Client, issued: Report) -> None:
    second = make(services.restate_report(report_id=issued.pk, reason="A statement came late", by=programme.officer, at=AFTER))
    here, list_page = reverse("reports:report", args=[issued.pk]), reverse("reports:issued")
    for page in (here, list_page):
        assert "supersede" not in client.get(page).content.decode().lower()
    programme.issue(second)
    shown = client.get(here).content.decode()
    assert f"Version 2, issued {AFTER:%-d %B %Y}, supersedes this one." in shown
    assert f'href="{reverse("reports:report", args=[second.pk])}"' in shown
    assert "superseded by version 2" in client.get(list_page).content.decode()
    assert "It supersedes version 1" in client.get(reverse("reports:report", args=[second.pk])).content.decode()


def test_the_auditors_annex_of_an_issued_report_is_not_published(programme: SmallProgramme, client: Client, issued: Report) -> None:
    stored = files.store(data=b"names and signatures", media_type="application/zip", original_name="annex.zip", by=None, at=AFTER)
    annex = ReportFile.objects.create(report=issued, format=ReportFile.Format.ANNEX_CSV, language="en", file=stored)
    address = reverse("reports:file", args=[annex.pk])
    assert address not in page(client, "reports:issued") + page(client, "reports:report", issued.pk)
    assert [as_person(who).get(address).status_code for who in (None, programme.liaison, programme.auditor)] == [404, 404, 200]


def test_the_public_list_reads_no_live_book(client: Client, issued: Report) -> None:
    with CaptureQueriesContext(connection) as queries:
        page(client, "reports:issued")
        page(client, "reports:report", issued.pk)
    asked = " ".join(query["sql"] for query in queries)
    assert "reports_report" in asked
    for table in ("ledger_", "disbursements_", "spending_", "registry_", "credits_sale", "credits_receipt"):
        assert table not in asked, table


def test_a_report_or_file_that_is_none_is_not_found(client: Client) -> None:
    assert client.get(reverse("reports:report", args=[987_654])).status_code == 404
    assert client.get(reverse("reports:file", args=[987_654])).status_code == 404


# --- Verification ----------------------------------------------------------------------------------------------------------
def verify(client: Client, content: bytes = b"", code: str = "", status: int = 200) -> str:
    typed: dict[str, Any] = {"code": code}
    if content:
        typed["file"] = SimpleUploadedFile("some name.pdf", content)
    answer = client.post(reverse("reports:verify"), typed)
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("kind", ["PDF", "XLSX", "CSV", "JSON"])
def test_each_file_of_an_issued_report_is_known_by_its_bytes(client: Client, issued: Report, kind: str) -> None:
    content = files.read(issued.files.get(format=kind, language="en").file)
    assert "Yes: issued here." in verify(client, content)
    assert "No: this was not issued here" in verify(client, content + b" ")


def test_the_code_printed_on_a_report_is_known(client: Client, issued: Report) -> None:
    assert issued.snapshot
    sha256 = issued.snapshot.sha256
    for code in (sha256, sha256[:8], f" {sha256[:16].upper()} "):
        assert "Yes: issued here." in verify(client, code=code), code
    assert "No: this was not issued here" in verify(client, code="0" * 16)


def test_a_file_of_a_report_that_is_not_issued_is_not_vouched_for(client: Client, ready: Report) -> None:
    assert "No: this was not issued here" in verify(client, files.read(ready.files.get(format="JSON").file))


def test_nothing_chosen_is_answered_at_the_form(client: Client) -> None:
    assert "Choose a file, or type the code" in verify(client, status=422)
    assert "at least 8" in verify(client, code="1234", status=422)


def test_a_file_too_large_to_be_ours_is_answered_with_a_sentence(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_DOCUMENT", 1000)
    assert "larger than" in verify(client, b"x" * 1001, status=422)


def test_what_is_verified_is_not_kept(client: Client, issued: Report) -> None:
    before = StoredFile.objects.count()
    verify(client, b"something private")
    assert StoredFile.objects.count() == before


# --- Progress --------------------------------------------------------------------------------------------------------------
def test_progress_is_shown_and_looks_again_by_itself(programme: SmallProgramme) -> None:
    report = programme.ask()
    assert jobs.claim(job_id=report.job_id, now=AFTER)
    jobs.Progress(report.job_id).report(done=2, total=6, message="Rendering PDF (km)")
    shown = page(as_person(programme.officer), "reports:progress", report.pk)
    assert "Rendering PDF (km)" in shown
    assert "33 %" in shown
    assert 'http-equiv="refresh"' in shown


def test_a_failed_report_says_why_and_stops_looking(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = programme.ask()

    def no_paper(_what: str) -> None:
        raise OSError("No space left on device")

    quick.before = no_paper
    with pytest.raises(OSError, match="space"):
        make(report)
    shown = page(as_person(programme.officer), "reports:progress", report.pk)
    assert "No space left on device" in shown
    assert "refresh" not in shown
    assert reverse("admin:reports_report_act", args=[report.pk, "retry"]) in page(
        as_person(programme.officer), "admin:reports_report_change", report.pk
    )


def test_a_report_that_is_made_leads_on_to_its_figures(programme: SmallProgramme, ready: Report) -> None:
    answer = as_person(programme.auditor).get(reverse("reports:progress", args=[ready.pk]))
    assert answer.headers["Location"] == reverse("reports:report", args=[ready.pk])


# --- The first page --------------------------------------------------------------------------------------------------------
def cards(person: User) -> tuple[set[str], set[str]]:
    """Return the titles of what waits for this person, and for somebody else."""
    answer = as_person(person).get(reverse("admin:index"))
    assert answer.status_code == 200
    return {card.title for card in answer.context["work_cards"]}, {card.title for card in answer.context["other_cards"]}


def test_each_role_finds_its_own_work_on_the_first_page(programme: SmallProgramme, quick: QuickFiles) -> None:
    programme.receive(programme.sell(first=1_200_001, quantity=1000), 1_000, on=date(2026, 8, 1))
    programme.request(programme.pu_char, 1_000, on=date(2026, 8, 1))
    programme.approve(programme.request(programme.pu_char, 1_000, on=date(2026, 8, 1)), on=date(2026, 8, 1))
    programme.pay_out(programme.pu_char, 2_000, on=date(2026, 8, 1), account_by=date(2026, 9, 1))
    programme.log(500, on=date(2026, 8, 9))
    services.propose_periods(today=AFTER.date())
    make(next(report for report in services.close_period(period_id=Period.objects.get(label=QUARTER).pk, by=programme.officer, at=AFTER)))
    assert "Reports to review" in cards(programme.officer)[0]
    services.review_report(report_id=Report.objects.get(status="READY").pk, by=programme.officer, at=AFTER)
    theirs = {"officer": cards(programme.officer)[0], "approver": cards(programme.approver)[0], "auditor": cards(programme.auditor)[0]}
    late = {"Payments nobody acknowledged in two weeks", "Late advances"}
    assert theirs["officer"] == late | {"Receipts to allocate", "Disbursements to pay", "Spending to check"}
    assert theirs["approver"] == late | {"Disbursements to approve", "Reports to issue", "Spending to check"}
    assert theirs["auditor"] == late


def test_every_card_and_number_of_the_first_page_opens(programme: SmallProgramme, quick: QuickFiles) -> None:
    programme.receive(programme.sell(first=1_200_001, quantity=1000), 1_000, on=date(2026, 8, 1))
    programme.receive(None, 2_000, on=date(2026, 8, 1))
    programme.request(programme.pu_char, 1_000, on=date(2026, 8, 1))
    programme.approve(programme.request(programme.pu_char, 1_000, on=date(2026, 8, 1)), on=date(2026, 8, 1))
    programme.pay_out(programme.pu_char, 2_000, on=date(2026, 8, 1), account_by=date(2026, 9, 1))
    programme.log(500, on=date(2026, 8, 9))
    services.propose_periods(today=AFTER.date())
    client = as_person(programme.officer)
    context = client.get(reverse("admin:index")).context
    lines = [cell.url for line in context["project_lines"] for cell in line.cells] + [line.url for line in context["project_lines"]]
    found = [card.url for card in (*context["work_cards"], *context["other_cards"])]
    assert len(found) >= 7
    for address in (*lines, *found):
        assert client.get(address).status_code == 200, address


def test_a_card_and_the_list_it_opens_count_the_same(programme: SmallProgramme) -> None:
    programme.receive(programme.sell(first=1_200_001, quantity=1000), 1_000, on=date(2026, 8, 1))
    programme.receive(None, 2_000, on=date(2026, 8, 1))
    programme.request(programme.pu_char, 1_000, on=date(2026, 8, 1))
    programme.pay_out(programme.pu_char, 2_000, on=date(2026, 8, 1), account_by=date(2026, 9, 1))
    used_up = programme.pay_out(programme.rangers, 500, on=date(2026, 8, 1), pot="rangers", account_by=date(2026, 9, 1))
    programme.accept(
        programme.log(500, on=date(2026, 8, 9), by=programme.ranger, recipient_id=programme.rangers.pk, category_id=programme.patrol.pk),
        on=date(2026, 8, 10),
    )
    programme.acknowledge(used_up, on=date(2026, 8, 2), by=programme.ranger)
    services.propose_periods(today=AFTER.date())
    client = as_person(programme.officer)
    context = client.get(reverse("admin:index")).context
    shown = {card.title: (card.count, client.get(card.url).context["cl"].result_count) for card in (*context["work_cards"], *context["other_cards"])}
    assert {title: counts for title, counts in shown.items() if counts[0] != counts[1]} == {}


def test_a_project_line_says_where_its_money_is(programme: SmallProgramme) -> None:
    programme.pay_out(programme.pu_char, 2_000, on=date(2026, 8, 1))
    programme.accept(programme.log(500, on=date(2026, 8, 9)), on=date(2026, 8, 10))
    programme.approve(programme.request(programme.pu_char, 700, on=date(2026, 8, 1)), on=date(2026, 8, 1))
    context = as_person(programme.auditor).get(reverse("admin:index")).context
    (line,) = context["project_lines"]
    assert [cell.text for cell in line.cells] == ["410,004.10", "10,000.00", "0.00", "9,973.00", "7.00", "15.00", "5.00"]


def test_the_first_page_tells_what_is_wrong_in_the_books(programme: SmallProgramme) -> None:
    BookCheck.objects.create(checked_at=AFTER, findings=[{"check": "balances", "sentence": "Account 7 is 1 cent away from its postings."}])
    assert "Account 7 is 1 cent away from its postings." in page(as_person(programme.auditor), "admin:index")


def test_an_administrator_sees_people_and_no_money(programme: SmallProgramme) -> None:
    shown = page(as_person(programme.administrator), "admin:index")
    assert "10,000.00" not in shown
    assert "Trace money" not in shown


# --- Pages do not slow down with rows --------------------------------------------------------------------------------------
def queries_of(read: Callable[[], object]) -> int:
    read()  # once, so that what is read once a process is not counted
    with CaptureQueriesContext(connection) as queries:
        read()
    return len(queries)


def rows(programme: SmallProgramme, count: int, day: date) -> None:
    """Sell, receive, pay, and log twice, as many times."""
    sold = Sale.objects.count()
    for number in range(count):
        programme.receive(programme.sell(first=1_200_001 + 10 * (sold + number), quantity=10), 4_100, on=day)
        programme.pay_out(programme.pu_char, 100, on=day)
        programme.accept(programme.log(60, on=day, photos=[]), on=day)
        programme.log(7, on=day, photos=[])


PAGES = (
    "admin:index",
    "admin:credits_sale_changelist",
    "admin:credits_receipt_changelist",
    "admin:disbursements_disbursement_changelist",
    "admin:disbursements_payment_changelist",
    "admin:spending_spendingrecord_changelist",
    "admin:sharing_waitingtranche_changelist",
    "reports:trace",
)


def test_the_pages_ask_the_database_as_often_for_fifty_rows_as_for_five(programme: SmallProgramme) -> None:
    client = as_person(programme.officer)
    rows(programme, 5, date(2026, 8, 3))
    few = {name: queries_of(lambda name=name: client.get(reverse(name))) for name in PAGES}
    rows(programme, 45, date(2026, 8, 10))
    for name in PAGES:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        assert len(queries) <= few[name], (name, few[name], len(queries), _repeated(queries))


def test_the_lists_of_reports_ask_the_database_as_often_for_many_as_for_one(programme: SmallProgramme, quick: QuickFiles) -> None:
    client = as_person(programme.officer)
    pages = [reverse(f"admin:reports_{name}_changelist") for name in ("report", "snapshot", "period")]
    make(programme.close()[0])
    few = [queries_of(lambda page=page: client.get(page)) for page in pages]
    for label in ("2026-04", "2026-05", "2026-06"):
        make(services.ask_report(period=label, project_code="", by=programme.officer, at=AFTER))
    programme.close("2026Q4", at=datetime(2027, 1, 5, tzinfo=UTC))
    for page, before in zip(pages, few, strict=True):
        assert queries_of(lambda page=page: client.get(page)) <= before, page


def test_a_trace_asks_the_database_as_often_for_fifty_purchases_as_for_five(programme: SmallProgramme, django_assert_max_num_queries: Any) -> None:
    programme.pay_out(programme.pu_char, 50_000, on=date(2026, 8, 1))
    client = as_person(programme.auditor)

    def buy(count: int) -> None:
        for _number in range(count):
            programme.accept(programme.log(100, on=date(2026, 8, 9)), on=date(2026, 8, 10))

    address = reverse("reports:trace_sale", args=[Sale.objects.get().reference])
    buy(5)
    few = queries_of(lambda: client.get(address))
    buy(45)
    with django_assert_max_num_queries(few):
        assert client.get(address).content.count(b"SP-") >= 50


def _repeated(queries: CaptureQueriesContext) -> list[str]:
    seen: dict[str, int] = {}
    for query in queries:
        seen[query["sql"][:110]] = seen.get(query["sql"][:110], 0) + 1
    return [f"{times} × {sql}" for sql, times in seen.items() if times > 3]


def test_a_job_that_runs_is_shown_on_the_first_page(programme: SmallProgramme) -> None:
    report = programme.ask()
    assert jobs.claim(job_id=report.job_id, now=AFTER)
    shown = page(as_person(programme.officer), "admin:index")
    assert "Running now" in shown
    assert 'http-equiv="refresh"' in shown

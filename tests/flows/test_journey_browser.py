"""
The essential path in a real Chromium: at a desk 1280 px wide, on a phone 390 px wide.

Every page is watched: no request leaves the machine, nothing is written to the console, no policy is broken. With
FOREST_SCREENSHOTS set to a folder, each page is kept there as a picture.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from communities.spending.models import SpendingRecord
from core import clock, jobs
from reports import services
from reports.models import Period, Report
from revenue.credits.models import Receipt, Sale
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger import checks
from revenue.sharing.models import AllocationRun
from tests.flows.programme import AFTER, PASSWORD, QUARTER, SmallProgramme, morning, picture
from tests.reports.making import QuickFiles

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
GRAVE = ("serious", "critical")


class Window:
    """One person's browser window, watched for whatever should not happen."""

    def __init__(self, browser: Any, site: str, *, size: dict[str, int], is_phone: bool = False) -> None:
        self.site, self.width = site, size["width"]
        self.complaints: list[str] = []
        self.context = browser.new_context(
            locale="en-US", timezone_id="Asia/Phnom_Penh", viewport=size, has_touch=is_phone, is_mobile=is_phone, accept_downloads=True
        )
        self.context.set_default_timeout(20_000)
        self.page = self.context.new_page()
        self.page.on("request", self._watch_request)
        self.page.on("response", self._watch_response)
        self.page.on("console", self._watch_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _watch_request(self, request: Any) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.complaints.append(f"outside: {request.url}")

    def _watch_response(self, response: Any) -> None:
        if response.status in (404, 500):
            self.complaints.append(f"{response.status}: {response.url}")

    def _watch_console(self, told: Any) -> None:
        # A form that comes back with its mistakes is answered with 422, which Chromium writes down as an error.
        if told.type in ("error", "warning") and "status of 422" not in told.text:
            self.complaints.append(f"console: {told.text} {told.location.get('url', '')}")

    def sign_in(self, name: str) -> None:
        self.open(reverse("login"))
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.press("Sign in")

    def open(self, address: str) -> None:
        self.page.goto(self.site + address)

    def press(self, name: str) -> None:
        """Press a button and wait for the page that follows."""
        self.go(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        self.go(self.page.get_by_role("link", name=name, exact=True).first)

    def go(self, where: Any) -> None:
        with self.page.expect_navigation():
            where.click()

    def says(self, sentence: str) -> None:
        assert sentence in self.page.inner_text("body"), self.page.inner_text("body")[:1500]

    def keep(self, name: str) -> None:
        """Keep a picture of the page, where a folder was named; assert that it needs no sideways scrolling."""
        inner, wide = self.page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
        assert wide <= inner, f"{name}: {wide} px of content in {inner} px"
        folder = os.environ.get("FOREST_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

    def is_accessible(self, name: str) -> None:
        """Assert that axe finds nothing serious."""
        from axe_playwright_python.sync_playwright import Axe

        # axe is ours, put into the page by its driver; the page's own policy rightly refuses what it evaluates.
        found = Axe().run(self.page)
        grave = [
            f"{name}: {one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for one in found.response["violations"]
            if one["impact"] in GRAVE
            for node in one["nodes"]
        ]
        assert grave == []

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def windows(browser: Any, live_server: Any) -> Iterator[Any]:
    """Give a way to open windows; at the end none of them may have complained."""
    opened: list[Window] = []

    def open_window(*, phone: bool = False) -> Window:
        window = Window(browser, live_server.url, size=PHONE if phone else DESK, is_phone=phone)
        opened.append(window)
        return window

    yield open_window
    complaints = [complaint for window in opened for complaint in window.complaints]
    for window in opened:
        window.close()
    assert complaints == []


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a way to say which day it is, to the server too."""

    def it_is(day: date) -> None:
        monkeypatch.setattr(clock, "now", lambda: morning(day))

    return it_is


def act(row: Any, name: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_act", args=[row.pk, name])


def test_the_whole_journey_in_a_browser(windows: Any, on: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    QuickFiles(monkeypatch)
    programme = SmallProgramme()
    on(date(2026, 7, 1))
    officer, approver, phone, auditor = windows(), windows(), windows(phone=True), windows()
    officer.open(reverse("login"))
    officer.is_accessible("login")
    for window, name in ((officer, "dara"), (approver, "chantha"), (phone, "sreymom"), (auditor, "bopha")):
        window.sign_in(name)
    officer.says("Where each project stands")
    sell_and_receive(officer, approver, programme, on)
    request_and_pay(officer, approver, programme, on)
    log_on_the_phone(phone, programme, on, tmp_path)
    accept_and_close(officer, on)
    issue(approver, windows(), tmp_path)
    trace(auditor)
    assert [finding.sentence for finding in checks.run()] == []


def sell_and_receive(officer: Window, approver: Window, programme: SmallProgramme, on: Any) -> None:
    officer.open(reverse("admin:credits_sale_changelist"))
    officer.says("No sale yet. Record the first one.")
    officer.follow("Record a sale")
    page = officer.page
    page.select_option("#id_project", str(programme.project.pk))
    page.select_option("#id_buyer", str(programme.buyer.pk))
    page.fill("#id_contract_reference", "ERPA-2026-1")
    page.fill("#id_sale_date", "2026-07-01")
    page.select_option("#id_currency", "USD")
    page.fill("#id_unit_price", "4.10")
    page.locator('[name="lots_issuance"]').first.select_option(str(programme.issuance.pk))
    page.locator('[name="lots_first"]').first.fill("1000001")
    page.locator('[name="lots_last"]').first.fill("1100001")
    officer.keep("01-record-a-sale")
    officer.press("Record a sale")
    officer.says("410,004.10")
    officer.keep("02-sale")
    sale = Sale.objects.get()
    on(date(2026, 7, 6))
    officer.follow("Record a receipt")
    page.select_option("#id_bank_account", str(programme.bank.pk))
    page.fill("#id_bank_reference", "FT-0001")
    page.fill("#id_value_date", "2026-07-06")
    page.fill("#id_gross_minor", "250,000.01")
    officer.keep("03-record-a-receipt")
    officer.press("Record a receipt")
    receipt = Receipt.objects.get(sale=sale)
    on(date(2026, 7, 7))
    officer.open(reverse("admin:index"))
    officer.says("Receipts to allocate")
    officer.open(reverse("admin:sharing_waitingtranche_act", args=[receipt.tranche_id, "allocate"]))
    officer.says("23,587.50")
    officer.keep("04-allocation-preview")
    officer.press("Propose to share it")
    officer.keep("05-allocation-proposed")
    approver.open(reverse("admin:index"))
    approver.says("Allocations to decide")
    approver.open(reverse("admin:sharing_allocationrun_act", args=[AllocationRun.objects.get().pk, "approve"]))
    approver.says("23,587.50")
    approver.press("Approve and post")
    approver.keep("05-allocation")


def request_and_pay(officer: Window, approver: Window, programme: SmallProgramme, on: Any) -> None:
    on(date(2026, 8, 3))
    officer.open(reverse("admin:disbursements_disbursement_new_act", args=["request"]))
    page = officer.page
    page.select_option("#id_pot", str(programme.pot("community").pk))
    page.select_option("#id_bank_account", str(programme.bank.pk))
    page.select_option("#id_recipient", str(programme.pu_char.pk))
    page.fill("#id_amount", "ten thousand")
    page.select_option("#id_kind", "ADVANCE")
    page.fill("#id_description", "Two hand pumps")
    page.fill("#id_account_by", "2026-12-01")
    officer.press("Ask for a disbursement")
    officer.says("ten thousand")
    assert page.input_value("#id_amount") == "ten thousand"
    officer.keep("06-request-refused")
    page.fill("#id_amount", "10,000.00")
    officer.press("Ask for a disbursement")
    disbursement = Disbursement.objects.get()
    approver.open(reverse("admin:index"))
    approver.says("Disbursements to approve")
    approver.keep("07-approver-first-page")
    approver.open(act(disbursement, "approve"))
    approver.keep("08-approve")
    approver.press("Approve")
    on(date(2026, 8, 5))
    officer.open(act(disbursement, "pay"))
    page.fill("#id_bank_reference", "FT-0002")
    page.fill("#id_fee", "2.50")
    page.select_option("#id_local_currency", "KHR")
    page.fill("#id_local_amount", "41,000,000")
    page.fill("#id_rate", "4,100")
    officer.keep("09-pay")
    officer.press("Record the payment")
    officer.says("is recorded as paid to Pu Char")
    officer.keep("10-disbursement")


def log_on_the_phone(phone: Window, programme: SmallProgramme, on: Any, tmp_path: Path) -> None:
    on(date(2026, 8, 7))
    phone.open(reverse("spending:home"))
    phone.says("Did")
    phone.keep("11-phone-home")
    phone.is_accessible("phone home")
    page = phone.page
    phone.go(page.get_by_role("link", name="Confirm it arrived").first)
    page.fill("#id_received_on", "2026-08-06")
    page.fill("#id_amount", "៤១,០០០,០០០")
    page.fill("#id_signed_by", "Chan Thy")
    page.fill("#id_also_signed_by", "Sok Mealea")
    phone.keep("12-phone-acknowledge")
    phone.is_accessible("phone acknowledge")
    phone.press("Yes, it arrived")
    assert Payment.objects.get().acknowledgement.local_minor == 41_000_000
    on(date(2026, 8, 20))
    phone.open(reverse("spending:log_spending", args=[programme.pu_char.pk]))
    photo = tmp_path / "receipt.jpg"
    photo.write_bytes(picture("white", size=(300, 400)))
    page.fill("#id_spent_on", "2026-08-18")
    page.fill("#id_amount", "៣០,៧៥០,០០០")
    page.select_option("#id_category", str(programme.well.pk))
    page.fill("#id_payee", "Sok's hardware")
    page.fill("#id_description", "Two hand pumps")
    page.set_input_files("#id_photos", str(photo))
    page.fill("#id_women", "១២")
    page.fill("#id_men", "9")
    phone.keep("13-phone-log-spending")
    phone.is_accessible("phone log spending")
    phone.press("Send to the office")
    record = SpendingRecord.objects.get()
    phone.says(record.reference)
    phone.keep("14-phone-saved")
    phone.is_accessible("phone saved")
    assert (record.amount_minor, record.evidence.count()) == (30_750_000, 1)


def accept_and_close(officer: Window, on: Any) -> None:
    on(date(2026, 8, 21))
    record = SpendingRecord.objects.get()
    officer.open(reverse("admin:spending_spendingrecord_review", args=[record.pk]))
    officer.keep("15-review")
    officer.press("Accept, and next A")
    record.refresh_from_db()
    assert (record.status, record.drawn_minor) == ("ACCEPTED", 750_000)
    on(AFTER.date())
    services.propose_periods(today=AFTER.date())
    officer.open(reverse("admin:index"))
    officer.says("Quarters to close")
    officer.keep("16-officer-first-page")
    officer.open(act(Period.objects.get(label=QUARTER), "close"))
    officer.keep("17-close")
    officer.press("Close this quarter")
    officer.says("2 reports are being made")
    report = Report.objects.exclude(project=None).get()
    officer.open(reverse("reports:progress", args=[report.pk]))
    officer.says("Waiting for a worker")
    officer.keep("18-progress")
    jobs.run(job_id=report.job_id)
    # The page looks again by itself, and leads on when the report is there.
    officer.page.wait_for_url(f"**{reverse('reports:report', args=[report.pk])}")
    officer.says("250,000.01")
    officer.open(act(report, "review"))
    officer.keep("18b-review")
    officer.press("I have read it")


def issue(approver: Window, nobody: Window, tmp_path: Path) -> None:
    report = Report.objects.exclude(project=None).get()
    approver.open(reverse("admin:reports_report_change", args=[report.pk]))
    approver.keep("19-report")
    approver.follow("Issue this report")
    approver.press("Issue this report")
    approver.says("is issued: the public can read it")
    nobody.open("/")
    nobody.says("Keo Seima")
    nobody.keep("20-published")
    nobody.is_accessible("published reports")
    nobody.open(reverse("reports:report", args=[report.pk]))
    nobody.says("250,000.01")
    nobody.keep("21-published-report")
    nobody.is_accessible("published report")
    pdf = report.files.get(format="PDF", language="en")
    with nobody.page.expect_download() as downloaded:
        nobody.page.evaluate("address => { location.href = address }", reverse("reports:file", args=[pdf.pk]) + "?download")
    mine = tmp_path / "report.pdf"
    downloaded.value.save_as(mine)
    assert hashlib.sha256(mine.read_bytes()).hexdigest() == pdf.file.sha256
    verify(nobody, mine, "Yes: issued here.", "22-verified")
    content = bytearray(mine.read_bytes())
    content[len(content) // 2] ^= 1
    mine.write_bytes(bytes(content))
    verify(nobody, mine, "No: this was not issued here", "23-changed")


def verify(nobody: Window, file: Path, sentence: str, name: str) -> None:
    nobody.open(reverse("reports:verify"))
    nobody.page.set_input_files("#id_file", str(file))
    nobody.press("Verify")
    nobody.says(sentence)
    nobody.keep(name)
    nobody.is_accessible(name)


def trace(auditor: Window) -> None:
    sale, record = Sale.objects.get(), SpendingRecord.objects.get()
    auditor.open(reverse("reports:trace"))
    auditor.keep("24-trace")
    auditor.is_accessible("trace")
    auditor.page.fill("#id_reference", record.reference.lower())
    auditor.press("Follow it")
    auditor.says("1000001")
    auditor.keep("25-trace-spending")
    auditor.is_accessible("trace of spending")
    auditor.open(reverse("reports:trace_sale", args=[sale.reference]))
    for summary in auditor.page.locator("summary").all():
        if summary.is_visible() and not summary.evaluate("one => one.parentElement.open"):
            summary.click()
    auditor.says("Difference")
    auditor.keep("26-trace-sale")
    auditor.is_accessible("trace of a sale")
    auditor.follow("receipt.jpg")
    assert reverse("spending:evidence", args=[record.evidence.get().pk]) in auditor.page.url


@pytest.mark.parametrize("wide", [390, 1280])
def test_public_pages_fit_and_are_accessible_on_a_phone_and_at_a_desk(windows: Any, monkeypatch: pytest.MonkeyPatch, on: Any, wide: int) -> None:
    programme = SmallProgramme()
    programme.allocate(programme.receive(programme.sell(), 25_000_001, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    on(AFTER.date())
    QuickFiles(monkeypatch)
    report = next(report for report in programme.close() if report.project)
    jobs.run(job_id=report.job_id)
    programme.issue(report)
    window = windows(phone=wide == 390)
    for name, address in {
        "login": reverse("login"),
        "published": reverse("reports:issued"),
        "report": reverse("reports:report", args=[report.pk]),
        "verify": reverse("reports:verify"),
    }.items():
        window.open(address)
        window.keep(f"30-{name}-{wide}")
        window.is_accessible(f"{name} {wide}")

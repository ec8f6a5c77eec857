"""The same journey through the pages: people sign in, fill in forms, and read what the pages answer."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from communities.spending.models import SpendingRecord
from core import clock, jobs
from core.people.models import Role, User
from reports import services
from reports.models import Period, Report
from revenue.credits.models import Receipt, Sale
from revenue.disbursements.models import Acknowledgement, Disbursement, Payment
from revenue.ledger import checks
from revenue.sharing.models import AllocationRun
from tests.flows.programme import PASSWORD, QUARTER, SmallProgramme, kept_for_module, morning, picture
from tests.reports.making import QuickFiles

pytestmark = pytest.mark.django_db


class Desk:
    """One person's browser: signed in through the form, and told what the page said when something was refused."""

    def __init__(self, name: str) -> None:
        self.client = Client()
        answer = self.client.post(reverse("login"), {"username": name, "password": PASSWORD})
        assert answer.status_code == 302, text_of(answer)

    def read(self, address: str, status: int = 200) -> str:
        answer = self.client.get(address)
        assert answer.status_code == status, (address, answer.status_code)
        return text_of(answer)

    def send(self, address: str, status: int = 302, **typed: Any) -> str:
        """Fill in a form: opened first, so that its hidden fields are those of the page; returns the page that follows."""
        answer = self.client.post(address, {**hidden(self.read(address)), **typed})
        assert answer.status_code == status, (address, answer.status_code, alerts(text_of(answer)))
        return text_of(self.client.get(answer.headers["Location"])) if status == 302 else text_of(answer)


def text_of(answer: Any) -> str:
    return html.unescape(b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode())


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's forms, as a browser sends them back."""
    inputs = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
    named = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in inputs]
    return {name[1]: value[1] for name, value in named if name and value}


def alerts(page: str) -> list[str]:
    return re.findall(r'role="alert"[^>]*>\s*(.*?)</', page, re.DOTALL) + re.findall(r'class="errorlist"[^>]*>(.*?)</ul>', page, re.DOTALL)


def act(row: Model, name: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_act", args=[row.pk, name])


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


SALES, RECEIPTS, DISBURSEMENTS = "admin:credits_sale", "admin:credits_receipt", "admin:disbursements_disbursement"


class Walk:
    """The journey, one page after the other, on the days it happens; each step leaves what it made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.programme = SmallProgramme()
        self.said: dict[str, str] = {}
        self.on(date(2026, 7, 1))
        self.officer, self.approver, self.liaison, self.auditor = (Desk(name) for name in ("dara", "chantha", "sreymom", "bopha"))
        self.money_in()
        self.money_out()
        self.used()
        self.report()

    def on(self, day: date) -> None:
        self.monkeypatch.setattr(clock, "now", lambda: morning(day))

    def sale_form(self, **changes: Any) -> dict[str, Any]:
        programme = self.programme
        return {
            "project": programme.project.pk, "buyer": programme.buyer.pk, "contract_reference": "ERPA-2026-1", "sale_date": "01/07/2026",
            "currency": "USD", "unit_price": "៤.១០", "fees_minor": "", "authorisation": "NONE", "authorisation_reference": "",
            "lots_issuance": [programme.issuance.pk], "lots_first": ["1000001"], "lots_last": ["1,100,001"], **changes,
        }  # fmt: skip

    def money_in(self) -> None:
        self.said["sale"] = self.officer.send(reverse(f"{SALES}_new_act", args=["record"]), **self.sale_form())
        self.sale = Sale.objects.get()
        self.on(date(2026, 7, 6))
        self.said["receipt"] = self.officer.send(
            act(self.sale, "receive"), bank_account=self.programme.bank.pk, bank_reference="FT-0001", value_date="2026-07-06", gross_minor="250,000.01",
        )  # fmt: skip
        self.receipt = Receipt.objects.get()
        self.on(date(2026, 7, 7))
        waiting = reverse("admin:sharing_waitingtranche_act", args=[self.receipt.tranche_id, "allocate"])
        self.said["preview"] = self.officer.read(waiting)
        self.said["proposal"] = self.officer.send(waiting)
        self.said["allocation"] = self.approver.send(act(AllocationRun.objects.get(), "approve"))

    def request_form(self, **changes: Any) -> dict[str, Any]:
        programme = self.programme
        return {
            "pot": programme.pot("community").pk, "bank_account": programme.bank.pk, "recipient": programme.pu_char.pk, "amount": "10,000.00",
            "kind": "ADVANCE", "description": "Two hand pumps", "due_on": "2026-08-20", "account_by": "2026-12-01", **changes,
        }  # fmt: skip

    def money_out(self) -> None:
        self.on(date(2026, 8, 3))
        self.said["request"] = self.officer.send(reverse(f"{DISBURSEMENTS}_new_act", args=["request"]), **self.request_form())
        self.disbursement = Disbursement.objects.get()
        self.said["to approve"] = self.approver.read(reverse("admin:index"))
        self.said["approve"] = self.approver.send(act(self.disbursement, "approve"), tranches="")
        self.on(date(2026, 8, 5))
        self.said["pay"] = self.officer.send(
            act(self.disbursement, "pay"), bank_reference="FT-0002", paid_on="2026-08-05", amount="10,000.00", fee="2.50", local_currency="KHR",
            local_amount="៤១,០០០,០០០", rate="4,100",
        )  # fmt: skip
        self.payment = Payment.objects.get()

    def used(self) -> None:
        self.on(date(2026, 8, 7))
        self.said["field"] = self.liaison.read(reverse("spending:home"))
        self.said["arrived"] = self.liaison.send(
            reverse("spending:acknowledge", args=[self.payment.pk]), received_on="2026-08-06", amount="41000000", signed_by="Chan Thy",
            also_signed_by="Sok Mealea",
        )  # fmt: skip
        self.on(date(2026, 8, 20))
        log = reverse("spending:log_spending", args=[self.programme.pu_char.pk])
        photo = SimpleUploadedFile("receipt.jpg", picture(), "image/jpeg")
        self.said["logged"] = self.liaison.send(
            log, spent_on="2026-08-18", amount="៣០,៧៥០,០០០", currency="KHR", category=self.programme.well.pk, payee="Sok's hardware",
            description="Two hand pumps", photos=photo, women="12", men="៩", youth="", indigenous="", other="", disbursement="",
        )  # fmt: skip
        self.record = SpendingRecord.objects.get()
        self.on(date(2026, 8, 21))
        self.said["to check"] = self.officer.read(reverse("admin:index"))
        self.said["accepted"] = self.officer.send(reverse("admin:spending_spendingrecord_review", args=[self.record.pk]), decision="accept", words="")
        self.record.refresh_from_db()

    def report(self) -> None:
        self.on(date(2026, 10, 5))
        services.propose_periods(today=clock.today())
        period = Period.objects.get(label=QUARTER)
        self.said["to close"] = self.officer.read(reverse("admin:index"))
        self.said["closed"] = self.officer.send(act(period, "close"))
        self.reports = list(Report.objects.order_by("id"))
        self.said["progress"] = self.officer.read(reverse("reports:progress", args=[self.reports[0].pk]))
        self.make_reports()
        self.issued = self.reports[0]
        self.said["reviewed"] = self.officer.send(act(self.issued, "review"))
        self.said["issued"] = self.approver.send(act(self.issued, "issue"))
        self.issued.refresh_from_db()

    def make_reports(self) -> None:
        """Do the worker's part."""
        for report in self.reports:
            jobs.run(job_id=report.job_id)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("http")


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: Any, media: Path) -> Iterator[Walk]:
    with pytest.MonkeyPatch.context() as patch, kept_for_module(django_db_blocker, media):
        QuickFiles(patch)
        yield Walk(patch)


@pytest.fixture(autouse=True)
def _files_of_the_module(_own_files: None, walk: Walk, media: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = media


# --- money in --------------------------------------------------------------------------------------------------------------
def test_the_sale_is_told_with_its_quantity_and_amount(walk: Walk) -> None:
    assert "100,001 credits for" in walk.said["sale"]
    assert "410,004.10" in walk.said["sale"]


def test_the_receipt_waits_to_be_allocated(walk: Walk) -> None:
    assert f"{walk.receipt.reference} is recorded; it waits to be allocated" in walk.said["receipt"]


def test_the_allocation_is_shown_before_it_is_made(walk: Walk) -> None:
    for amount in ("12,500.00", "25,000.00", "23,587.50"):
        assert amount in walk.said["preview"], amount


def test_the_allocation_shows_how_each_line_came_about(walk: Walk) -> None:
    run = AllocationRun.objects.get()
    assert run.amount_minor == 25_000_001
    for line in run.lines.all():
        assert line.how in walk.said["allocation"]


# --- money out -------------------------------------------------------------------------------------------------------------
def test_the_approver_finds_the_request_on_the_first_page(walk: Walk) -> None:
    assert "Disbursements to approve" in walk.said["to approve"]
    assert "USD 10,000.00" in walk.said["to approve"]


def test_request_approval_and_payment_are_told(walk: Walk) -> None:
    reference = walk.disbursement.reference
    assert f"{reference} is asked for" in walk.said["request"]
    assert f"{reference} is approved" in walk.said["approve"]
    assert "is recorded as paid to Pu Char" in walk.said["pay"]


def test_the_payment_holds_both_amounts(walk: Walk) -> None:
    assert (walk.payment.amount_minor, walk.payment.local_minor, walk.payment.local_currency, walk.payment.fee_minor) == (
        1_000_000,
        41_000_000,
        "KHR",
        250,
    )


def test_the_liaison_is_asked_whether_it_arrived_and_says_so(walk: Walk) -> None:
    assert "Did" in walk.said["field"]
    assert walk.disbursement.reference in walk.said["field"]
    assert Acknowledgement.objects.get().local_minor == 41_000_000


# --- use -------------------------------------------------------------------------------------------------------------------
def test_spending_typed_in_khmer_digits_with_a_photo_is_kept(walk: Walk) -> None:
    assert (walk.record.amount_minor, walk.record.men, walk.record.evidence.count()) == (30_750_000, 9, 1)
    assert walk.record.reference in walk.said["logged"]


def test_accepting_it_draws_the_advance(walk: Walk) -> None:
    assert "Spending to check" in walk.said["to check"]
    assert (walk.record.status, walk.record.drawn_minor, walk.record.not_funded_minor) == ("ACCEPTED", 750_000, 0)


# --- the report ------------------------------------------------------------------------------------------------------------
def test_the_officer_closes_the_quarter_that_is_due(walk: Walk) -> None:
    assert "Quarters to close" in walk.said["to close"]
    assert "2026Q3 is closed. 2 reports are being made." in walk.said["closed"]
    assert "Waiting for a worker" in walk.said["progress"]


def test_the_report_says_what_the_pages_did(walk: Walk) -> None:
    assert walk.issued.snapshot
    figures = json.loads(walk.issued.snapshot.text)
    assert figures["equation"]["closing"]["difference_minor"] == 0
    period = figures["headline"]["period"]
    told = (period["received_minor"], period["allocated_minor"], period["paid_minor"], period["acknowledged_minor"], period["spent_minor"])
    assert told == (25_000_001, 25_000_001, 1_000_000, 1_000_000, 750_000)
    assert [finding.sentence for finding in checks.run()] == []


def test_everybody_reads_the_issued_report_and_only_that(walk: Walk) -> None:
    nobody = Client()
    page = text_of(nobody.get(reverse("reports:issued")))
    assert "Keo Seima" in page
    assert text_of(nobody.get(reverse("reports:report", args=[walk.issued.pk]))).count("250,000.01") >= 1
    assert nobody.get(reverse("reports:report", args=[walk.reports[1].pk])).status_code == 404


def test_everybody_may_verify_a_file_and_one_changed_byte_is_found(walk: Walk) -> None:
    nobody = Client()
    file = walk.issued.files.get(format="PDF", language="en")
    content = b"".join(nobody.get(reverse("reports:file", args=[file.pk])).streaming_content)  # type: ignore[attr-defined]
    told = [
        text_of(nobody.post(reverse("reports:verify"), {"file": SimpleUploadedFile("report.pdf", data), "code": ""}))
        for data in (content, content[:-1] + bytes([content[-1] ^ 1]))
    ]
    assert ["Yes: issued here." in page for page in told] == [True, False]
    assert "No: this was not issued here, or it was changed." in told[1]


def test_the_auditor_follows_the_money_both_ways(walk: Walk) -> None:
    down = walk.auditor.read(reverse("reports:trace_sale", args=[walk.sale.reference]))
    up = walk.auditor.read(reverse("reports:trace_spending", args=[walk.record.reference]))
    assert walk.record.reference in down
    assert "1000001–1100001" in up
    evidence = walk.record.evidence.get()
    assert reverse("spending:evidence", args=[evidence.pk]) in down
    assert walk.auditor.client.get(reverse("spending:evidence", args=[evidence.pk])).status_code == 200


def test_the_auditor_finds_it_by_any_reference(walk: Walk) -> None:
    for reference in (walk.sale.reference, walk.receipt.reference.lower(), walk.record.reference):
        answer = walk.auditor.client.get(reverse("reports:trace"), {"reference": f" {reference} "})
        assert answer.status_code == 302, reference
    assert "Nothing here has this reference" in walk.auditor.read(reverse("reports:trace") + "?reference=SL-1999-0001", status=422)


def test_the_auditor_is_offered_no_act(walk: Walk) -> None:
    page = walk.auditor.read(page_of(walk.disbursement))
    assert "/act/" not in page
    assert walk.auditor.client.get(act(walk.disbursement, "cancel")).status_code == 404


# --- refused in words, with what was typed kept ----------------------------------------------------------------------------
def test_nobody_approves_what_they_asked_for_themselves(walk: Walk) -> None:
    programme = walk.programme
    asked = programme.request(programme.pu_char, 5_000, on=date(2026, 10, 5))
    User.objects.filter(id=programme.officer.pk).update(role=Role.FINANCE_APPROVER)
    assert act(asked, "approve") not in walk.officer.read(page_of(asked))
    page = walk.officer.send(act(asked, "approve"), status=422, tranches="")
    assert "You asked for this yourself, so you cannot decide it." in page
    asked.refresh_from_db()
    assert asked.status == "REQUESTED"


def test_nobody_issues_the_report_of_the_quarter_they_closed(walk: Walk) -> None:
    walk.approver.send(act(walk.reports[1], "review"))
    User.objects.filter(id=walk.programme.officer.pk).update(role=Role.FINANCE_APPROVER)
    page = walk.officer.send(act(walk.reports[1], "issue"), status=422)
    assert "You asked for this yourself" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unit_price": "four"}, "“four” is not a number"),
        ({"sale_date": "31/02/2026"}, "This is not a date"),
        ({"sale_date": "2027-01-01"}, "has not come yet"),
        ({"buyer": ""}, "Choose the buyer"),
        ({"lots_first": ["1100001"], "lots_last": ["1100002"]}, "1000001–1100001 is in sale"),
        ({"lots_first": ["1499999"], "lots_last": ["1500001"]}, "issued"),
        ({"lots_first": ["1200002"], "lots_last": ["1200001"]}, "serial"),
        ({"currency": "XXX"}, "XXX"),
    ],
)
def test_a_sale_that_cannot_be_keeps_what_was_typed(walk: Walk, change: dict[str, Any], sentence: str) -> None:
    form = walk.sale_form(lots_first=["1200001"], lots_last=["1200010"], contract_reference="ERPA-KEPT")
    page = walk.officer.send(reverse(f"{SALES}_new_act", args=["record"]), status=422, **{**form, **change})
    assert sentence in " ".join(alerts(page)), alerts(page)
    assert 'value="ERPA-KEPT"' in page
    for value in change.values():
        typed = value[0] if isinstance(value, list) else value
        assert typed in page
    assert Sale.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"amount": "-5"}, "zero"),
        ({"amount": "a lot"}, "a lot"),
        ({"amount": "99999999999999999"}, "zero"),
        ({"account_by": "2026-07-01", "due_on": "2026-08-01"}, "accounted for before it is paid"),
        ({"recipient": ""}, "Choose the recipient"),
        ({"description": ""}, "required"),
    ],
)
def test_a_request_that_cannot_be_keeps_what_was_typed(walk: Walk, change: dict[str, Any], sentence: str) -> None:
    form = walk.request_form(**{"description": "Kept words", **change})
    page = walk.officer.send(reverse(f"{DISBURSEMENTS}_new_act", args=["request"]), status=422, **form)
    assert sentence in " ".join(alerts(page)), alerts(page)
    assert "Kept words" in page or "description" in change
    assert change.get("amount", "10,000.00") in page
    assert Disbursement.objects.count() == 1


def test_more_than_the_pot_holds_is_refused_when_it_is_approved(walk: Walk) -> None:
    asked = walk.programme.request(walk.programme.pu_char, 900_000_000, on=date(2026, 10, 5))
    page = walk.approver.send(act(asked, "approve"), status=422, tranches="")
    assert alerts(page)
    asked.refresh_from_db()
    assert asked.status == "REQUESTED"


def test_the_same_bank_reference_twice_is_refused_at_its_field(walk: Walk) -> None:
    page = walk.officer.send(
        act(walk.sale, "receive"), status=422, bank_account=walk.programme.bank.pk, bank_reference="FT-0001", value_date="2026-10-01", gross_minor="5",
    )  # fmt: skip
    assert walk.receipt.reference in " ".join(alerts(page))
    assert Receipt.objects.count() == 1


def test_the_same_request_sent_twice_is_one(walk: Walk) -> None:
    form = walk.request_form(client_key=str(uuid4()), amount="12.00")
    for _press in range(2):
        walk.officer.send(reverse(f"{DISBURSEMENTS}_new_act", args=["request"]), **form)
    assert Disbursement.objects.filter(amount_minor=1_200).count() == 1


def test_a_rate_that_cannot_be_is_refused_at_its_field(walk: Walk) -> None:
    programme = walk.programme
    asked = programme.approve(programme.request(programme.pu_char, 5_000, on=date(2026, 10, 5)), on=date(2026, 10, 5))
    page = walk.officer.send(
        act(asked, "pay"), status=422, bank_reference="FT-0009", paid_on="2026-10-05", amount="50.00", fee="", local_currency="KHR",
        local_amount="2,050,000", rate="4,100",
    )  # fmt: skip
    assert "is far from" in " ".join(alerts(page))
    assert 'value="2,050,000"' in page


def test_a_payment_of_the_future_is_refused(walk: Walk) -> None:
    programme = walk.programme
    asked = programme.approve(programme.request(programme.pu_char, 5_000, on=date(2026, 10, 5)), on=date(2026, 10, 5))
    page = walk.officer.send(
        act(asked, "pay"), status=422, bank_reference="FT-0009", paid_on="2026-10-06", amount="50.00", fee="", local_currency="USD", local_amount="",
        rate="",
    )  # fmt: skip
    assert "has not come yet" in " ".join(alerts(page))


def test_closing_a_closed_quarter_is_answered_with_where_it_stands(walk: Walk) -> None:
    page = walk.officer.send(act(Period.objects.get(label=QUARTER), "close"), status=422)
    assert "This cannot be done any more" in page or "is already closed" in page


def test_a_liaison_finds_no_office_and_no_trace(walk: Walk) -> None:
    for address in (reverse("reports:trace"), reverse("reports:trace_sale", args=[walk.sale.reference])):
        walk.liaison.read(address, status=404)
    assert walk.liaison.client.get(page_of(walk.sale)).status_code in (302, 403, 404)

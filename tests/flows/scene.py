"""A programme with a row of every kind, so that every page of the site has something to show."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.test import Client, override_settings

from communities.callbacks import services as checking
from communities.consent import services as consenting
from communities.grievances import services as complaining
from communities.registry import services as registry
from communities.registry.models import Assignment, Place
from communities.spending import services as spending
from core import clock, files, imports
from core.models import BookCheck, ImportRun
from core.people.models import Role, User
from reports import services as reporting
from reports.models import Report, ReportFile, SetStatement, Snapshot, StatementSet
from revenue.credits import services as selling
from revenue.disbursements import queries
from revenue.disbursements import services as paying
from revenue.sharing import services as sharing
from tests.flows.programme import PASSWORD, PLAN, Journey, photo, picture

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
GOLDEN = Path(__file__).parent.parent / "golden" / "snapshot-keo-seima-2026Q3.json"

STATEMENT = b"""Date,Transaction Details,Money In,Currency,Money Out,Currency,Balance,Currency
06/07/2026,INWARD Ref: IN-00002,250000.01,USD,,USD,250000.01,USD
"""


class Scene(Journey):
    """The journey, and beside it whatever waits, was refused, is held apart or belongs to another community."""

    def __init__(self) -> None:
        super().__init__()
        self.other = self.villages["o-rona"]
        self.other_liaison = User.objects.create_user("thida", PASSWORD, full_name="Thida Em", role=Role.LIAISON)
        registry.assign(person_id=self.other_liaison.pk, recipient_id=self.other.pk, from_date=date(2026, 1, 1), by=self.administrator, at=NOW)
        self.suspended = User.objects.create_user("sokha", PASSWORD, full_name="Sokha Lim", role=Role.FINANCE_APPROVER)
        self._money_in()
        self._money_moved()
        self._sharing()
        self._money_out()
        self._missing()
        self._spending()
        self._consents()
        self._checks()
        self._reports()
        BookCheck.objects.create(checked_at=NOW, findings=[])
        self.assignment = Assignment.objects.get(person=self.liaison)

    def _money_in(self) -> None:
        self.unknown = self.receive(None, 12_345, on=date(2026, 9, 1))
        self.waiting = self.receive(self.sell(on=date(2026, 10, 1), quantity=1_000, first=1_200_001), 100_000, on=date(2026, 10, 5))
        document = files.store(data=picture("blue"), media_type="image/jpeg", original_name="bank.jpg", by=self.officer, at=NOW)
        self.opening = selling.propose_opening(
            project_id=self.project.pk,
            bank_account_id=self.bank.pk,
            as_of=date(2026, 10, 1),
            amount_minor=5_000,
            document_id=document.pk,
            by=self.officer,
            at=NOW,
        )
        self.event = selling.record_article6_event(
            project_id=self.project.pk, kind="AUTHORISATION", happened_on=date(2026, 2, 2), document_reference="LoA-7", by=self.officer, at=NOW
        )
        self.proposal = sharing.propose_plan(
            project_id=self.project.pk, text=PLAN.replace("2026-01-01", "2027-01-01"), document_id=None, by=self.officer, at=NOW
        )
        stored = files.store(data=b"code,name\n1,2\n", media_type="text/plain", original_name="villages.csv", by=self.officer, at=NOW)
        Place.objects.create(code="1101", level="DISTRICT", name="Kaev Seima", valid_from=date(2025, 1, 1), source="A list")
        self.run = ImportRun.objects.create(kind=ImportRun.Kind.VILLAGES, file=stored, target="A list", previewed_by=self.officer, previewed_at=NOW)
        assert imports.importer_for(self.run.kind) is not None
        run, _statement = paying.preview_statement(
            bank_account_id=self.bank.pk, layout="ABA", content=STATEMENT, filename="july.csv", by=self.officer, at=NOW
        )
        self.statement = paying.accept_statement(import_run_id=run.pk, by=self.officer, at=NOW)

    def _money_moved(self) -> None:
        """Money of no sale yet, part of it taken back and part moved to another bank; interest, and a sale that was mistaken."""
        stored = files.store(data=picture("navy"), media_type="image/jpeg", original_name="advice.jpg", by=self.officer, at=NOW)
        strange = self.receive(None, 2_000, on=date(2026, 10, 6))
        self.recall = selling.recall_receipt(
            receipt_id=strange.pk, amount_minor=500, value_date=date(2026, 10, 7), bank_reference="BACK-7", reason="Sent twice",
            document_id=stored.pk, by=self.officer, at=NOW,
        )  # fmt: skip
        other = selling.create_bank_account(
            code="other-usd", name="Other account", institution="Wing", account_number="7700", currency="USD", by=self.officer, at=NOW
        )
        self.transfer = selling.record_transfer(
            from_account_id=self.bank.pk, to_account_id=other.pk, sent_reference="OUT-7", sent_on=date(2026, 10, 8), sent_minor=1_500,
            credited_reference="IN-7", credited_on=date(2026, 10, 8), credited_minor=1_500,
            places=[f"unallocated|USD|{self.bank.code}|||"], by=self.officer, at=NOW,
        )  # fmt: skip
        self.income = selling.propose_income(
            kind="INTEREST", project_id=self.project.pk, bank_account_id=self.bank.pk, bank_reference="INT-1", value_date=date(2026, 10, 1),
            amount_minor=1_234, payer="", document_id=stored.pk, by=self.officer, at=NOW,
        )  # fmt: skip
        grant = selling.propose_income(
            kind="GRANT", project_id=self.project.pk, bank_account_id=self.bank.pk, bank_reference="GRANT-1", value_date=date(2026, 10, 1),
            amount_minor=5_000, payer="Forest Fund", document_id=stored.pk, by=self.officer, at=NOW,
        )  # fmt: skip
        selling.decide_income(income_id=grant.pk, approve=True, reason="", by=self.approver, at=NOW)
        grant.refresh_from_db()
        assert grant.tranche is not None
        self.assigned = sharing.propose_assignment(
            tranche_id=grant.tranche.pk, pot_id=self.pot("community").pk, amount_minor=4_000, why="As agreed", by=self.officer, at=NOW
        )
        right = self.sell(on=date(2026, 10, 2), quantity=1_000, first=1_300_001)
        self.correction = selling.propose_correction(receipt_id=self.waiting.pk, sale_id=right.pk, why="The buyer's letter", by=self.officer, at=NOW)

    def _sharing(self) -> None:
        """A version that withholds small amounts, a receipt it has shared, and what was stated and decided for another."""
        gated = PLAN.replace("2026-01-01", "2026-11-01") + "  - {gate: community, conditions: [account_checked], minimum: '9,000.00'}\n"
        version = sharing.propose_plan(project_id=self.project.pk, text=gated, document_id=None, by=self.officer, at=NOW)
        sharing.decide_plan(version_id=version.pk, approve=True, reason="", by=self.approver, at=NOW)
        self.small = self.receive(self.sell(on=date(2026, 11, 2), quantity=500, first=1_400_001), 50_000, on=date(2026, 11, 5))
        self.allocate(self.small, on=date(2026, 11, 6))
        sharing.state_fact(
            project_id=self.project.pk, tranche_id=None, name="costs", value="1,000.00", from_date=date(2026, 1, 1), source="Invoice 7",
            document_id=None, by=self.officer, at=NOW,
        )  # fmt: skip
        sharing.state_payout_rate(
            base="USD", currency="KHR", rate=Decimal(4050), on=date(2026, 11, 5), source="National Bank", by=self.officer, at=NOW
        )
        minutes = files.store(data=picture("olive"), media_type="image/jpeg", original_name="minutes.jpg", by=self.officer, at=NOW)
        self.ruling = sharing.record_ruling(
            tranche_id=self.waiting.tranche_id, step="3", authority="Ministry", title="Letter 5", document_id=minutes.pk, decided_on=date(2026, 10, 2),
            why="No less than the year before", women_present=None, men_present=None,
            parts={"shares": {"community": "70 %", "rangers": "20 %", "training": "10 %"}}, by=self.officer, at=NOW,
        )  # fmt: skip

    def _money_out(self) -> None:
        self.asked = self.request(self.pu_char, 10_000, on=date(2026, 10, 6))
        self.promised = self.approve(self.request(self.rangers, 20_000, on=date(2026, 10, 6), pot="rangers"), on=date(2026, 10, 7))
        self.mine_paid = self.pay_out(self.pu_char, 30_000, on=date(2026, 10, 8))
        self.other_paid = self.pay_out(self.other, 400_000, on=date(2026, 10, 8))
        self.back = paying.return_money(
            disbursement_id=self.in_riel.disbursement_id, bank_account_id=self.bank.pk, bank_reference="BACK-1", returned_on=date(2026, 10, 9),
            local_minor=4_100, credited_minor=100, reason="Not used", by=self.officer, at=NOW,
        )  # fmt: skip
        self.proposed_account = registry.propose_account(
            recipient_id=self.pu_char.pk, channel="BANK", institution="ABA", account_name="Pu Char", account_number="000777001", reason="A letter",
            by=self.officer, at=NOW,
        )  # fmt: skip

    def _missing(self) -> None:
        """An exchange loss to cover, a covering that waits, last cents that were closed, a bank account that is to change."""
        lost = self.pay(
            self.approve(self.request(self.pu_char, 10_000, on=date(2026, 10, 6)), on=date(2026, 10, 7)), on=date(2026, 10, 8), riel=410_000
        )
        paying.return_money(
            disbursement_id=lost.disbursement_id, bank_account_id=self.bank.pk, bank_reference="BACK-2", returned_on=date(2026, 10, 9),
            local_minor=406_000, credited_minor=9_800, reason="Not used", by=self.officer, at=NOW,
        )  # fmt: skip
        self.closing = paying.close_last_cents(
            disbursement_id=lost.disbursement_id, reason="No note is that small", by=self.officer, at=NOW, on=date(2026, 10, 10)
        )
        gap = next(gap for gap in queries.gaps() if gap.is_loss)
        document = files.store(data=picture("grey"), media_type="image/jpeg", original_name="minutes.jpg", by=self.officer, at=NOW)
        self.covering = paying.propose_covering(
            client_key=uuid4(), tranche_id=gap.tranche_id, gap_id=gap.account_id, source_id=queries.bearers(gap)[0].account_id, amount_minor=50,
            why="Agreed", document_id=document.pk, by=self.officer, at=NOW,
        )  # fmt: skip
        self.change = selling.propose_account_change(
            bank_account_id=self.bank.pk, institution="ABA", account_number="000 999 111", why="A letter", by=self.officer, at=NOW
        )

    def _spending(self) -> None:
        self.logged = self.log(50_000, on=date(2026, 10, 10), currency="KHR", photos=[photo("red")])
        self.queried = self.log(60_000, on=date(2026, 10, 10), currency="KHR", photos=[photo("green")])
        spending.query_spending(record_id=self.queried.pk, words="Which pump?", by=self.officer, at=NOW)
        self.others_record = self.log(1_000, on=date(2026, 10, 11), by=self.other_liaison, recipient_id=self.other.pk, photos=[photo("yellow")])
        spending.query_spending(record_id=self.others_record.pk, words="Which pump?", by=self.officer, at=NOW)
        words = {"words": "The hand pump at the school"}
        aside = spending.Sent(key=uuid4(), kind="ANSWER", facts=words, words_for_word=words, target_id=self.queried.pk, is_set_aside=True)
        self.arrival = spending.take(sent=aside, by=self.liaison, at=NOW)
        self.trained = self._training(self.liaison, self.pu_char.pk, "pink")
        spending.query_training(record_id=self.trained.pk, words="How many?", by=self.officer, at=NOW)
        self.others_training = self._training(self.other_liaison, self.other.pk, "purple")
        spending.query_training(record_id=self.others_training.pk, words="How many?", by=self.officer, at=NOW)
        self._owed_back()
        self.photo = self.logged.evidence.get()
        self.others_photo = self.others_record.evidence.get()

    def _owed_back(self) -> None:
        """Spending that was not allowed: part of it repaid, part of it to be written off."""
        karaoke = self.accept(self.log(2_000, on=date(2026, 10, 12), photos=[photo("cyan")]), on=date(2026, 10, 13))
        self.owed = spending.disallow_spending(
            client_key=uuid4(), record_id=karaoke.pk, local_minor=2_000, reason="No pump", by=self.officer, at=NOW, on=date(2026, 10, 14)
        )
        spending.record_repayment(
            client_key=uuid4(), recoverable_id=self.owed.pk, bank_account_id=self.bank.pk, bank_reference="BACK-2", repaid_on=date(2026, 10, 15),
            local_minor=500, credited_minor=500, by=self.officer, at=NOW,
        )  # fmt: skip
        minutes = files.store(data=picture("teal"), media_type="image/jpeg", original_name="decision.jpg", by=self.officer, at=NOW)
        self.written_off = spending.ask_write_off(
            client_key=uuid4(), recoverable_id=self.owed.pk, local_minor=700, reason="He died", document_id=minutes.pk, by=self.officer, at=NOW
        )

    def _training(self, by: User, recipient_id: int, colour: str) -> Any:
        return spending.log_training(
            client_key=uuid4(), recipient_id=recipient_id, topic="Fire", trainer="Trainer 1", first_day=date(2026, 10, 12), days=1, women=3, men=4, by=by,
            at=NOW, photos=[photo(colour)],
        )  # fmt: skip

    def _consents(self) -> None:
        self.old_plan = self._village_plan(self.liaison, self.pu_char.pk, 2025)
        self.village_plan = consenting.begin_next_version(plan_id=self.old_plan.pk, by=self.liaison, at=NOW)
        self.budget_line = self.village_plan.activities.get().lines.get()
        self.others_plan = self._village_plan(self.other_liaison, self.other.pk, 2026)
        self.consented = self._said("GIVEN", self.liaison, self.pu_char.pk, date(2026, 1, 5))
        self.others_consent = self._said("GIVEN", self.other_liaison, self.other.pk, date(2026, 1, 5))
        consenting.decide_consent(consent_id=self.others_consent.pk, confirm=True, remark="", by=self.officer, at=NOW)
        withdrawn = self._said("WITHDRAWN", self.other_liaison, self.other.pk, date(2026, 11, 2))
        self.withheld = consenting.withhold_unpaid(consent_id=withdrawn.pk, by=self.officer, at=NOW, day=TODAY)

    def _checks(self) -> None:
        self.sample = checking.draw_sample(
            client_key=uuid4(), first_day=date(2026, 7, 1), end_day=date(2026, 11, 1), size=10, by=self.approver, at=NOW, seed="of the tests"
        )
        drawn = {item.payment_id: item for item in self.sample.payments.all()}
        self.to_ask, self.not_to_ask = drawn[self.other_paid.pk], drawn[self.mine_paid.pk]
        checking.ask_person(item_id=self.to_ask.pk, person_id=self.liaison.pk, by=self.approver, at=NOW)
        second = User.objects.create_user("visal", PASSWORD, full_name="Visal Touch", role=Role.FINANCE_OFFICER)
        self.asked_villager = checking.record_answer(
            client_key=uuid4(), item_id=self.not_to_ask.pk, channel="CALL", asked_on=date(2026, 11, 3), was_reached=True, was_received=True,
            amount_minor=30_000, currency="USD", spoken_to="The treasurer", photo=photo("navy"), by=second, at=NOW,
        )  # fmt: skip

        self.complaint = complaining.file_case(
            client_key=uuid4(), category="MONEY", text="Our share came late.", language="km", name="Sokha", photo=photo("teal"), at=NOW
        ).case

    def _village_plan(self, by: User, recipient_id: int, year: int) -> Any:
        plan = consenting.begin_plan(recipient_id=recipient_id, title="Water", first_year=year, last_year=year, by=by, at=NOW)
        consenting.add_line(
            plan_id=plan.pk, activity="Two wells", purpose="community_development", year=year, currency="KHR", amount_minor=8_000_000, by=by, at=NOW
        )
        sent = consenting.send_plan(plan_id=plan.pk, met_on=date(2026, 1, 4), women=12, men=9, minutes=photo("olive"), by=by, at=NOW)
        return consenting.decide_plan(plan_id=sent.pk, approve=True, reason="", by=self.officer, at=NOW)

    def _said(self, kind: str, by: User, recipient_id: int, on: date) -> Any:
        return consenting.record_consent(
            client_key=uuid4(), recipient_id=recipient_id, plan_version_id=self.plan.pk, kind=kind, happened_on=on, said_by="Village assembly", women=12,
            men=9, spoken_language="Bunong", reason="" if kind == "GIVEN" else "The share is too small", document=photo("teal"), by=by, at=NOW,
        )  # fmt: skip

    def _reports(self) -> None:
        self.issued, self.ready = self.close()
        for number, report in enumerate((self.issued, self.ready)):
            frozen = Snapshot.objects.create(
                period=report.period, project=report.project, schema="snapshot-1", text=GOLDEN.read_text(), sha256=f"{number}" * 64, frozen_at=NOW
            )
            Report.objects.filter(id=report.pk).update(snapshot=frozen, status=Report.Status.READY)
        self.subscriber = reporting.enter_subscriber(email="sok@example.org", language="km", project_code="", by=self.officer, at=NOW)
        self.issue(self.issued, at=NOW)
        reporting.set_calendar(project_code="", every="MONTH", days_after=5, begins=date(2026, 9, 1), by=self.officer, at=NOW)
        reporting.make_due(at=NOW)
        self.statements = self._statements()
        self.public_file, self.office_file = (self._file(one) for one in (self.issued, self.ready))
        self.interim = self.ask("2026Q4", at=NOW)

    def _statements(self) -> StatementSet:
        made = reporting.ask_statement_set(period="2026Q3", by=self.officer, at=NOW)
        kept = {
            kind: files.store(data=f"%PDF-{kind}".encode(), media_type="application/pdf", original_name=f"s.{kind}", by=None, at=NOW)
            for kind in ("zip", "pdf")
        }
        SetStatement.objects.create(of=made, position=0, recipient=self.pu_char, text="{}", sha256="0" * 64, job=made.job, pdf=kept["pdf"])
        StatementSet.objects.filter(id=made.pk).update(status=StatementSet.Status.READY, **kept)
        return StatementSet.objects.get(id=made.pk)

    @staticmethod
    def _file(report: Report) -> ReportFile:
        stored = files.store(data=b"%PDF-" + str(report.pk).encode(), media_type="application/pdf", original_name="r.pdf", by=None, at=NOW)
        return ReportFile.objects.create(report=report, format="PDF", language="en", file=stored)


def signed_in(person: User | None) -> Client:
    """Give a client signed in as this person; None for nobody."""
    client = Client(raise_request_exception=False)  # a page that breaks is an answer like any other: 500
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@contextmanager
def kept_scene(*, blocker: Any, folder: Path) -> Iterator[Scene]:
    """Make one scene for all tests of a module; ``taken_back`` gives it to each of them as it was."""
    with blocker.unblock(), override_settings(MEDIA_ROOT=folder):
        with transaction.atomic():
            yield Scene()
            transaction.set_rollback(True)
        connection.close()


@contextmanager
def taken_back(*, blocker: Any, folder: Path, monkeypatch: Any) -> Iterator[None]:
    """Let a test do what it likes with the kept scene, at the scene's hour, and take it back afterwards."""
    stop_the_clock(monkeypatch)
    # Refusals are meant here: nobody reads their warnings.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    with blocker.unblock(), override_settings(MEDIA_ROOT=folder), transaction.atomic():
        yield
        transaction.set_rollback(True)


def short_menu(settings: Any) -> None:
    """Draw the office's menu with its first links only: thousands of pages carry the same one, and other tests read it whole."""
    sidebar = settings.UNFOLD["SIDEBAR"]
    settings.UNFOLD = {**settings.UNFOLD, "SIDEBAR": {**sidebar, "navigation": sidebar["navigation"][:1]}}


def stop_the_clock(monkeypatch: Any) -> None:
    """Let the pages believe that it is the scene's day."""
    monkeypatch.setattr(clock, "now", lambda: NOW)

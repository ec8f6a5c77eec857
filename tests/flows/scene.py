"""A programme with a row of every kind, so that every page of the site has something to show."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.test import Client, override_settings

from communities.registry import services as registry
from communities.registry.models import Assignment
from communities.spending import services as spending
from core import clock, files, imports
from core.models import BookCheck, ImportRun
from core.people.models import Role, User
from reports import services as reporting
from reports.models import Report, ReportFile, Snapshot
from revenue.credits import services as selling
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
        self._money_out()
        self._spending()
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
        self.run = ImportRun.objects.create(kind=ImportRun.Kind.VILLAGES, file=stored, target="A list", previewed_by=self.officer, previewed_at=NOW)
        assert imports.importer_for(self.run.kind) is not None
        run, _statement = paying.preview_statement(
            bank_account_id=self.bank.pk, layout="ABA", content=STATEMENT, filename="july.csv", by=self.officer, at=NOW
        )
        self.statement = paying.accept_statement(import_run_id=run.pk, by=self.officer, at=NOW)

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

    def _spending(self) -> None:
        self.logged = self.log(50_000, on=date(2026, 10, 10), currency="KHR", photos=[photo("red")])
        self.queried = self.log(60_000, on=date(2026, 10, 10), currency="KHR", photos=[photo("green")])
        spending.query_spending(record_id=self.queried.pk, words="Which pump?", by=self.officer, at=NOW)
        self.others_record = self.log(1_000, on=date(2026, 10, 11), by=self.other_liaison, recipient_id=self.other.pk, photos=[photo("yellow")])
        spending.query_spending(record_id=self.others_record.pk, words="Which pump?", by=self.officer, at=NOW)
        self.trained = self._training(self.liaison, self.pu_char.pk, "pink")
        spending.query_training(record_id=self.trained.pk, words="How many?", by=self.officer, at=NOW)
        self.others_training = self._training(self.other_liaison, self.other.pk, "purple")
        spending.query_training(record_id=self.others_training.pk, words="How many?", by=self.officer, at=NOW)
        self.photo = self.logged.evidence.get()
        self.others_photo = self.others_record.evidence.get()

    def _training(self, by: User, recipient_id: int, colour: str) -> Any:
        return spending.log_training(
            client_key=uuid4(), recipient_id=recipient_id, topic="Fire", trainer="Trainer 1", first_day=date(2026, 10, 12), days=1, women=3, men=4, by=by,
            at=NOW, photos=[photo(colour)],
        )  # fmt: skip

    def _reports(self) -> None:
        self.issued, self.ready = self.close()
        for number, report in enumerate((self.issued, self.ready)):
            frozen = Snapshot.objects.create(
                period=report.period, project=report.project, schema="snapshot-1", text=GOLDEN.read_text(), sha256=f"{number}" * 64, frozen_at=NOW
            )
            Report.objects.filter(id=report.pk).update(snapshot=frozen, status=Report.Status.READY)
        reporting.issue_report(report_id=self.issued.pk, by=self.approver, at=NOW)
        self.public_file, self.office_file = (self._file(one) for one in (self.issued, self.ready))
        self.interim = self.ask("2026Q4", at=NOW)

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
    with blocker.unblock(), override_settings(MEDIA_ROOT=folder, PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
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


def stop_the_clock(monkeypatch: Any) -> None:
    """Let the pages believe that it is the scene's day."""
    monkeypatch.setattr(clock, "now", lambda: NOW)

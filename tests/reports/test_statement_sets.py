"""All statements of a period: one task each, merged once, whoever finishes last and whoever is killed."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pikepdf
import pypdfium2
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from config.certificate import development_certificate
from core import files, jobs
from core.models import Job
from core.people.access import NotYours
from reports import services
from reports.models import SetStatement, StatementSet
from reports.periods import NotAPeriod
from reports.services import statement_sets
from reports.signing import CannotSign
from reports.verification.judge import judge_file
from reports.verification.verdict import Answer, Hand, Verdict
from tests.constraints.test_reports_rules import refused
from tests.flows.programme import AFTER, SmallProgramme

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme() -> SmallProgramme:
    programme = SmallProgramme()
    programme.allocate(programme.receive(programme.sell(), 10_000_001, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    programme.pay_out(programme.pu_char, 300_000, on=date(2026, 8, 10))
    return programme


@pytest.fixture
def frozen(programme: SmallProgramme) -> StatementSet:
    made = services.ask_statement_set(period="2026", by=programme.officer, at=AFTER)
    jobs.run(job_id=made.job_id)
    return StatementSet.objects.get(id=made.pk)


def draw(of: StatementSet, number: int) -> None:
    jobs.run(job_id=of.statements.order_by("position")[number].job_id)


def draw_all(of: StatementSet) -> StatementSet:
    for job_id in of.statements.order_by("position").values_list("job_id", flat=True):
        jobs.run(job_id=job_id)
    of.refresh_from_db()
    if of.merge_job_id:
        jobs.run(job_id=of.merge_job_id)
        of.refresh_from_db()
    return of


def test_each_community_has_its_row_and_its_task_frozen_in_one_moment(frozen: StatementSet) -> None:
    rows = list(frozen.statements.select_related("recipient", "job").order_by("position"))
    assert [row.recipient.code for row in rows] == ["andoung-kraloeng", "o-rona", "pu-char", "rangers-1", "trainer-1"]
    assert {row.job.kind for row in rows} == {"statement"}
    assert {json.loads(row.text)["frozen_at"] for row in rows} == {"2026-10-05T03:00:00Z"}
    assert frozen.status == "DRAWING"
    jobs.run(job_id=frozen.job_id)  # the same message again
    assert SetStatement.objects.count() == len(rows)


def test_the_last_one_drawn_merges_them_once(frozen: StatementSet) -> None:
    for number in range(4):
        draw(frozen, number)
        frozen.refresh_from_db()
        assert (frozen.status, frozen.merge_job_id) == ("DRAWING", None)
    ready = draw_all(frozen)
    assert ready.status == "READY"
    assert Job.objects.filter(kind="statement_merge").count() == 1
    assert ready.zip
    assert ready.pdf
    with zipfile.ZipFile(io.BytesIO(files.read(ready.zip))) as archive:
        assert len(archive.namelist()) == 10
        assert archive.read("pu-char-2026.json") == frozen.statements.get(recipient__code="pu-char").text.encode()
    with pikepdf.open(io.BytesIO(files.read(ready.pdf))) as merged, merged.open_outline() as outline:
        assert len(merged.pages) == 10
        assert len(outline.root) == 5


def test_a_worker_killed_after_drawing_and_before_the_claim_leaves_the_merge_to_the_next(
    frozen: StatementSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        draw(frozen, number)

    class Killed(BaseException):
        pass

    def dies(_set_id: int) -> None:
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(statement_sets, "_merge_if_last", dies)
        with pytest.raises(Killed):
            draw(frozen, 4)
    frozen.refresh_from_db()
    assert frozen.status == "DRAWING"
    last = frozen.statements.order_by("position")[4]
    assert last.pdf_id
    Job.objects.filter(id=last.job_id).update(lease_until=AFTER)  # long ago
    draw(frozen, 4)
    frozen.refresh_from_db()
    assert frozen.status == "MERGING"
    assert SetStatement.objects.get(id=last.pk).pdf_id == last.pdf_id


def test_a_statement_that_fails_holds_only_the_merge_and_is_tried_again(
    frozen: StatementSet, programme: SmallProgramme, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_arguments: Any) -> bytes:
        raise OSError("no paper")

    with monkeypatch.context() as broken:
        broken.setattr(statement_sets, "render_statement", fails)
        with pytest.raises(OSError, match="no paper"):
            draw(frozen, 0)
    draw_all(frozen)
    assert frozen.status == "DRAWING"
    assert services.progress_of(of=frozen) == {"total": 5, "drawn": 4, "failed": 1}
    assert services.retry_statement_set(set_id=frozen.pk, by=programme.officer, at=AFTER) == 1
    assert draw_all(frozen).status == "READY"
    with pytest.raises(services.NotReady, match="Nothing of this set has failed"):
        services.retry_statement_set(set_id=frozen.pk, by=programme.officer, at=AFTER)


def test_two_sets_of_the_same_books_are_the_same_bytes(frozen: StatementSet, programme: SmallProgramme) -> None:
    first = draw_all(frozen)
    second = services.ask_statement_set(period="2026-01-01..2026-12-31", by=programme.officer, at=AFTER)
    jobs.run(job_id=second.job_id)
    again = draw_all(second)
    assert again.number == 2
    assert (again.zip, again.pdf) == (first.zip, first.pdf)


def hand_and_name(verdict: Verdict) -> tuple[Hand, str]:
    assert verdict.signature
    return verdict.signature.hand, verdict.signature.name


def foot(pdf: bytes) -> str:
    page: str = pypdfium2.PdfDocument(pdf)[1].get_textpage().get_text_range()
    return page


def test_each_statement_and_the_merged_one_are_signed_where_a_certificate_is_named(
    frozen: StatementSet, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(frozen, 0)  # before the settings name one
    path = tmp_path / "organisation.p12"
    path.write_bytes(development_certificate(passphrase="x", first=AFTER - timedelta(days=1), days=3650, name="Ministry of Environment"))
    settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE = str(path), "x"
    monkeypatch.setattr("core.clock.now", lambda: AFTER)
    ready = draw_all(frozen)
    assert ready.pdf
    drawn = [files.read(row.pdf) for row in ready.statements.select_related("pdf").order_by("position") if row.pdf]
    assert hand_and_name(judge_file(data=drawn[0]))[0] == Hand.NONE
    assert "no electronic signature" in foot(drawn[0])
    for data in (drawn[1], files.read(ready.pdf)):
        verdict = judge_file(data=data)
        assert (verdict.answer, *hand_and_name(verdict)) == (Answer.GENUINE, Hand.GOOD, "Ministry of Environment")
        assert "signed electronically" in foot(data)
        at = data.index(b"stream\n") + 40
        changed = judge_file(data=data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert changed.answer != Answer.GENUINE
        assert hand_and_name(changed)[0] in {Hand.BROKEN, Hand.UNREADABLE}


def test_a_certificate_that_cannot_be_used_draws_no_statement(frozen: StatementSet, settings: Any) -> None:
    settings.SIGNING_CERTIFICATE = "/nowhere/organisation.p12"
    with pytest.raises(CannotSign, match="cannot be read"):
        statement_sets.draw_statement(progress=mock.Mock(), statement_id=frozen.statements.order_by("position")[0].pk)
    assert not frozen.statements.filter(pdf__isnull=False).exists()


def test_a_set_is_asked_for_once_at_a_time(frozen: StatementSet, programme: SmallProgramme) -> None:
    with pytest.raises(services.NotReady, match="are being made"):
        services.ask_statement_set(period="2026", by=programme.officer, at=AFTER)


@pytest.mark.parametrize(("period", "error"), [("2027", services.NotReady), ("soon", NotAPeriod)])
def test_a_period_that_has_not_begun_or_is_none_is_refused(programme: SmallProgramme, period: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        services.ask_statement_set(period=period, by=programme.officer, at=AFTER)


@pytest.mark.parametrize("who", ["liaison", "auditor", "administrator"])
def test_only_finance_asks(programme: SmallProgramme, who: str) -> None:
    with pytest.raises(NotYours):
        services.ask_statement_set(period="2026", by=getattr(programme, who), at=AFTER)


def test_the_page_shows_how_far_a_set_is_and_its_files(frozen: StatementSet, programme: SmallProgramme, client: Client) -> None:
    client.force_login(programme.officer, backend="django.contrib.auth.backends.ModelBackend")
    draw(frozen, 0)
    address = reverse("admin:reports_statementset_change", args=[frozen.pk])
    assert "1 of 5 drawn" in client.get(address).content.decode()
    assert client.get(reverse("reports:statement_set", args=[frozen.pk, "pdf"])).status_code == 404
    draw_all(frozen)
    assert "One PDF to print" in client.get(address).content.decode()
    answer = client.get(reverse("reports:statement_set", args=[frozen.pk, "pdf"]))
    assert answer.content.startswith(b"%PDF-")
    assert client.get(reverse("reports:statement_set", args=[frozen.pk, "exe"])).status_code == 404


# --- the database ---------------------------------------------------------------------------------------------------------------
def test_a_frozen_statement_stays_as_it_is(frozen: StatementSet) -> None:
    row = frozen.statements.order_by("position").first()
    assert row
    refused("reports_setstatement_frozen", row, text="{}")


def test_a_community_has_one_statement_in_a_set(frozen: StatementSet) -> None:
    row = frozen.statements.order_by("position").first()
    assert row
    with pytest.raises(IntegrityError, match="statement_of_a_set_once"), transaction.atomic():
        SetStatement.objects.create(of=frozen, recipient=row.recipient, position=99, text="{}", sha256="0" * 64, job=row.job)
    with pytest.raises(IntegrityError, match="statement_of_a_set_once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reports_setstatement (of_id, recipient_id, position, text, sha256, job_id)"
            " SELECT of_id, recipient_id, 98, text, sha256, job_id FROM reports_setstatement WHERE id = %s", [row.pk],
        )  # fmt: skip


def test_a_ready_set_has_its_files(frozen: StatementSet) -> None:
    refused("statement_set_ready_has_its_files", frozen, status="READY")


def test_each_statement_of_a_set_is_handed_out_as_it_was_frozen_in_each_form(frozen: StatementSet, programme: SmallProgramme, client: Client) -> None:
    address = reverse("reports:set_statement", args=[frozen.pk, "pu-char"])
    client.force_login(programme.auditor)
    assert client.get(address).status_code == 404  # not drawn yet
    made = draw_all(frozen)
    row = made.statements.get(recipient__code="pu-char")
    assert row.pdf
    assert client.get(address).content == files.read(row.pdf)
    assert client.get(address, {"as": "json"}).content.decode() == row.text
    for form, media_type in (("xlsx", "openxmlformats"), ("csv", "application/zip")):
        answer = client.get(address, {"as": form})
        assert (answer.status_code, media_type in answer["Content-Type"]) == (200, True)
    assert client.get(address, {"as": "doc"}).status_code == 422
    page = client.get(reverse("admin:reports_statementset_change", args=[made.pk])).content.decode()
    assert all(f"{address}?as={form}" in page for form in ("pdf", "xlsx", "csv"))

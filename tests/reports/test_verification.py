"""Anybody can ask whether a paper came from here; one changed byte is refused, and hostile files harm nothing."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from config.certificate import development_certificate
from core import clock, files
from core.audit.seals import seal_now
from core.models import StoredFile
from core.refusal import Refused
from reports import services, signing
from reports.models import Report
from reports.render import design
from reports.verification import judge
from reports.verification.judge import judge_code, judge_file
from reports.verification.verdict import Answer, Hand
from tests.flows.programme import AFTER, SmallProgramme, kept_for_module
from tests.reports.making import make

PASSPHRASE = "leaves"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def report(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """An issued and signed report with its real files; its annex too."""
    folder = tmp_path_factory.mktemp("media")
    path = folder / "organisation.p12"
    path.write_bytes(development_certificate(passphrase=PASSPHRASE, first=BEGAN, name="Ministry of Environment"))
    before = settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE
    settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE = str(path), PASSPHRASE
    with kept_for_module(django_db_blocker, folder):
        programme = SmallProgramme()
        programme.allocate(programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6)), on=date(2026, 7, 7))
        made = make(next(one for one in programme.close() if one.project))
        issued = programme.issue(made)
        seal_now(at=AFTER)
        issued.__dict__.update(programme=programme, media=folder)
        yield issued
    settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE = before


@pytest.fixture(autouse=True)
def _media(request: pytest.FixtureRequest, settings: Any) -> None:
    if "report" in request.fixturenames:
        settings.MEDIA_ROOT = request.getfixturevalue("report").__dict__["media"]


def bytes_of(report: Report, kind: str, language: str = "en") -> bytes:
    return files.read(report.files.get(format=kind, language=language).file)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.django_db
class TestFile:
    @pytest.mark.parametrize(("kind", "language"), [("PDF", "en"), ("PDF", "both"), ("SPDF", "km"), ("XLSX", "km"), ("CSV", "en"), ("JSON", "en")])
    def test_what_was_issued_is_genuine_with_its_version_and_seals(self, report: Report, kind: str, language: str) -> None:
        verdict = judge_file(data=bytes_of(report, kind, language))
        assert verdict.is_genuine
        issued = verdict.issued
        assert issued
        assert report.snapshot
        assert (issued.version, issued.issued_on, issued.snapshot_sha256) == (1, AFTER.date(), report.snapshot.sha256)
        assert issued.newer is None
        assert issued.file_seal
        assert issued.books_seal
        assert issued.books_seal.is_here
        assert issued.books_seal.root == json.loads(report.snapshot.text)["seal"]["root"]

    @pytest.mark.parametrize("kind", ["PDF", "SPDF"])
    def test_one_byte_changed_anywhere_is_refused(self, report: Report, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
        # Every hundredth part of the file; the reader's own verdict on such files is in the next test.
        monkeypatch.setattr(judge, "_look_into", lambda _data: None)
        data = bytes_of(report, kind)
        for at in [*range(0, len(data), len(data) // 100), len(data) - 1]:
            assert not judge_file(data=flipped(data, at)).is_genuine, at
        for other in (data + b"\n", data[:-1], b""):
            assert not judge_file(data=other).is_genuine

    def test_a_changed_signed_file_shows_its_signature_broken_and_whose_figures_it_holds(self, report: Report) -> None:
        data = bytes_of(report, "SPDF")
        # In the words of the signature itself: the file stays readable, and so do the figures inside.
        verdict = judge_file(data=flipped(data, data.rindex(b"/Reason") + 12))
        assert verdict.signature
        assert (verdict.answer, verdict.signature.hand) == (Answer.CHANGED, Hand.BROKEN)
        assert verdict.issued
        assert verdict.issued.title == "Keo Seima 2026Q3"

    def test_the_signature_of_a_genuine_file_is_judged(self, report: Report) -> None:
        signed, unsigned = judge_file(data=bytes_of(report, "SPDF", "both")), judge_file(data=bytes_of(report, "PDF", "both"))
        assert signed.signature
        assert (signed.signature.hand, signed.signature.name) == (Hand.GOOD, "Ministry of Environment")
        assert signed.signature.certificate_sha256 == signing.certificate_sha256()
        assert unsigned.signature
        assert unsigned.signature.hand == Hand.NONE

    def test_it_stays_signed_here_when_the_office_signs_by_another_certificate(self, report: Report, settings: Any, tmp_path: Path) -> None:
        data = bytes_of(report, "SPDF")
        settings.SIGNING_CERTIFICATE = ""
        verdict = judge_file(data=data)
        assert verdict.signature
        assert (verdict.is_genuine, verdict.signature.hand) == (True, Hand.GOOD)

    def test_somebody_elses_signature_on_our_file_is_told_from_ours(self, report: Report, settings: Any, tmp_path: Path) -> None:
        path = tmp_path / "other.p12"
        path.write_bytes(development_certificate(passphrase="x", first=BEGAN, name="Ministry of Environment"))
        ours = settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE
        settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE = str(path), "x"
        stranger = signing.identity(at=AFTER)
        assert stranger
        forged = signing.sign(pdf=bytes_of(report, "PDF"), by=stranger, at=AFTER, reason="Issued", stamp=design.SIGNATURE)
        settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE = ours
        verdict = judge_file(data=forged)
        assert verdict.signature
        assert (verdict.answer, verdict.signature.hand) == (Answer.CHANGED, Hand.FOREIGN)

    def test_a_file_saved_anew_by_a_program_is_not_the_one_that_was_issued(self, report: Report) -> None:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(bytes_of(report, "PDF"))) as document:
            document.save(out)
        verdict = judge_file(data=out.getvalue())
        assert verdict.answer == Answer.CHANGED

    def test_other_figures_with_our_code_on_the_page_are_unknown(self, report: Report) -> None:
        from reports.render import render_pdf

        assert report.snapshot
        content = json.loads(report.snapshot.text)
        content["headline"]["period"]["paid_minor"] += 100
        verdict = judge_file(data=render_pdf(snapshot=content, language="en"))
        assert (verdict.answer, verdict.issued) == (Answer.UNKNOWN, None)

    def test_nothing_is_kept(self, report: Report) -> None:
        before = StoredFile.objects.count(), sorted(Path(settings.MEDIA_ROOT).rglob("*"))
        judge_file(data=flipped(bytes_of(report, "PDF"), 2000))
        assert (StoredFile.objects.count(), sorted(Path(settings.MEDIA_ROOT).rglob("*"))) == before


@pytest.mark.django_db
class TestHostileFile:
    def bomb(self) -> bytes:
        """A small PDF whose attachment would be larger than the memory its reader gets."""
        import zlib

        packer, part = zlib.compressobj(1), bytes(1 << 24)
        packed = b"".join(packer.compress(part) for _part in range(40)) + packer.flush()
        with pikepdf.new() as document:
            document.add_blank_page()
            document.attachments["snapshot.json"] = b"{}"
            stream = document.attachments["snapshot.json"].get_file().obj
            stream.write(packed, filter=pikepdf.Name.FlateDecode)
            out = io.BytesIO()
            document.save(out, compress_streams=False)
        return out.getvalue()

    def test_a_file_made_to_burst_is_called_unreadable(self) -> None:
        verdict = judge_file(data=self.bomb())
        assert verdict.signature
        assert (verdict.answer, verdict.signature.hand) == (Answer.UNKNOWN, Hand.UNREADABLE)

    @pytest.mark.parametrize(
        "data",
        [
            b"%PDF-1.7\n",
            b"%PDF-1.7\n" + b"[" * 200_000,
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj trailer<</Root 1 0 R>>",
            b"%PDF-" + bytes(100_000),
        ],
    )
    def test_a_broken_file_is_called_unreadable_or_unsigned_and_unknown(self, data: bytes) -> None:
        verdict = judge_file(data=data)
        assert verdict.signature
        assert verdict.answer == Answer.UNKNOWN
        assert verdict.signature.hand in {Hand.UNREADABLE, Hand.NONE}

    def test_a_reader_that_does_not_come_back_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def slow(*_args: Any, **options: Any) -> None:
            raise subprocess.TimeoutExpired("reader", options["timeout"])

        monkeypatch.setattr(judge.subprocess, "run", slow)
        verdict = judge_file(data=b"%PDF-1.7 x")
        assert verdict.signature
        assert verdict.signature.hand == Hand.UNREADABLE

    def test_more_files_than_can_be_read_at_once_wait_and_are_then_asked_to_come_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(judge, "SECONDS", 0.01)
        taken = [judge._AT_ONCE.acquire(blocking=False) for _one in range(2)]
        try:
            with pytest.raises(judge.Busy, match="in a minute"):
                judge_file(data=b"%PDF-1.7 x")
        finally:
            for _one in filter(None, taken):
                judge._AT_ONCE.release()


@pytest.mark.django_db
class TestCode:
    def test_a_code_names_the_report_and_its_files(self, report: Report) -> None:
        assert report.snapshot
        verdict = judge_code(code=f" {report.snapshot.sha256[:16].upper()} ")
        assert verdict.answer == Answer.KNOWN
        assert verdict.issued
        assert bytes_of(report, "SPDF")
        assert {sha256 for _name, sha256 in verdict.issued.files} == {row.file.sha256 for row in report.listed_files()}

    @pytest.mark.parametrize("code", ["", "1234567", "zzzzzzzz", "0" * 65, "%%%%%%%%", "________", "' OR 1=1 --"])
    def test_what_is_no_code_is_refused(self, code: str) -> None:
        with pytest.raises(judge.NotACode):
            judge_code(code=code)

    def test_a_superseded_version_names_the_one_that_replaced_it(self, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
        programme: SmallProgramme = report.__dict__["programme"]
        newer = services.restate_report(report_id=report.pk, reason="A payment had been entered twice.", by=programme.officer, at=AFTER)
        verdict = judge_file(data=bytes_of(report, "PDF"))
        assert verdict.issued
        assert verdict.issued.newer is None  # a draft replaces nothing
        monkeypatch.setattr(services.building, "_rendered", lambda kind, language, _content, _text: f"{kind} {language}".encode())
        settings.SIGNING_CERTIFICATE, before = "", settings.SIGNING_CERTIFICATE
        programme.issue(make(newer))
        settings.SIGNING_CERTIFICATE = before
        verdict = judge_file(data=bytes_of(report, "PDF"))
        assert verdict.is_genuine
        assert verdict.issued
        assert verdict.issued.newer
        assert (verdict.issued.newer.version, verdict.issued.newer.report_id) == (2, newer.pk)

    def test_a_seal_that_is_not_in_the_books_is_said(self, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
        from reports.verification import queries

        none = queries.SealRow.objects.none()
        monkeypatch.setattr(queries.SealRow, "objects", type("Empty", (), {"filter": staticmethod(lambda **_sought: none)}))
        verdict = judge_file(data=bytes_of(report, "JSON"))
        assert verdict.issued
        assert verdict.issued.books_seal
        assert not verdict.issued.books_seal.is_here


@pytest.mark.django_db
class TestPage:
    @pytest.fixture(autouse=True)
    def _now(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: AFTER)

    def send(self, client: Client, data: bytes) -> str:
        answer = client.post(reverse("reports:verify"), {"file": SimpleUploadedFile("report.pdf", data), "code": ""})
        assert answer.status_code == 200
        return answer.content.decode()

    def test_everybody_reads_the_verdict_the_seals_and_the_signature(self, report: Report, client: Client) -> None:
        text = self.send(client, bytes_of(report, "SPDF", "both"))
        for words in ("Yes: issued here.", "to the last byte", "Signed by Ministry of Environment", "Seal over this file", "Keo Seima 2026Q3"):
            assert words in text
        changed = self.send(client, bytes_of(report, "SPDF", "both") + b" ")
        assert "No: this was not issued here, or it was changed." in changed

    def test_an_unsigned_file_says_that_it_is_unsigned(self, report: Report, client: Client) -> None:
        assert "This file carries no electronic signature." in self.send(client, bytes_of(report, "PDF"))

    def test_the_address_on_each_page_answers(self, report: Report, client: Client) -> None:
        assert report.snapshot
        answer = client.get(reverse("reports:verify_code", args=[report.snapshot.sha256[:16]]))
        assert "A paper with this code was issued." in answer.content.decode()
        assert client.get(reverse("reports:verify_code", args=["f" * 16])).status_code == 200
        assert client.get(reverse("reports:verify_code", args=["not-a-code"])).status_code == 422

    def test_names_in_a_strangers_certificate_are_only_text(self, report: Report, client: Client, settings: Any, tmp_path: Path) -> None:
        path = tmp_path / "other.p12"
        path.write_bytes(development_certificate(passphrase="x", first=BEGAN, name="<script>alert(1)</script>"))
        settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE = str(path), "x"
        stranger = signing.identity(at=AFTER)
        assert stranger
        forged = signing.sign(pdf=bytes_of(report, "PDF"), by=stranger, at=AFTER, reason="x")
        settings.SIGNING_CERTIFICATE = ""
        text = self.send(client, forged)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


@pytest.mark.django_db
class TestCommand:
    def run(self, path: Path, *more: str) -> tuple[int, str]:
        out = io.StringIO()
        try:
            call_command("verify_report", str(path), *more, stdout=out)
        except SystemExit as ended:
            return int(str(ended.code)), out.getvalue()
        return 0, out.getvalue()

    def test_a_genuine_file_leaves_with_0_and_a_changed_one_with_1(self, report: Report, tmp_path: Path) -> None:
        path = tmp_path / "report.pdf"
        path.write_bytes(bytes_of(report, "SPDF"))
        status, said = self.run(path)
        assert status == 0
        assert "issued here, to the last byte" in said
        assert "signed by Ministry of Environment" in said
        path.write_bytes(flipped(bytes_of(report, "SPDF"), 1000))
        status, said = self.run(path)
        assert (status, "NOT" in said) == (1, True)

    def test_programs_read_json(self, report: Report, tmp_path: Path) -> None:
        path = tmp_path / "report.pdf"
        path.write_bytes(bytes_of(report, "PDF", "both"))
        status, said = self.run(path, "--json")
        found = json.loads(said)
        assert (status, found["answer"], found["issued"]["version"], found["signature"]["hand"]) == (0, "genuine", 1, "unsigned")

    def test_a_file_that_is_not_there_is_a_sentence(self, tmp_path: Path) -> None:
        from django.core.management.base import CommandError

        with pytest.raises(CommandError, match="cannot be read"):
            call_command("verify_report", str(tmp_path / "nowhere.pdf"))


def test_expected_refusals_are_refusals() -> None:
    assert issubclass(judge.NotACode, Refused)
    assert issubclass(judge.Busy, Refused)

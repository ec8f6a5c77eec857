"""What is issued is signed by the organisation's certificate; one that cannot be used is said, and nothing is issued."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import pdfa
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from config.certificate import NAME, development_certificate
from core import files, jobs
from core.audit.models import AuditRecord
from reports import services, signing
from reports.models import Report
from reports.render import design, render_pdf
from reports.services import annexes
from tests.flows.programme import AFTER, SmallProgramme
from tests.golden.snapshot import empty_snapshot
from tests.reports.making import QuickFiles, make

PASSPHRASE = "leaves of the forest"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def certificate(*, name: str = "Ministry of Environment", days: int = 3650) -> bytes:
    return development_certificate(passphrase=PASSPHRASE, first=BEGAN, days=days, name=name)


@cache
def unsigned() -> bytes:
    return render_pdf(snapshot=empty_snapshot(), language="both")


def snapshot_in(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return document.attachments["snapshot.json"].get_file().read_bytes()


@pytest.fixture
def use(settings: Any, tmp_path: Path) -> Callable[..., Path]:
    """Let the settings name a certificate file with these bytes."""

    def named(data: bytes, passphrase: str = PASSPHRASE) -> Path:
        path = tmp_path / "organisation.p12"
        path.write_bytes(data)
        settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE = str(path), passphrase
        return path

    return named


@pytest.fixture
def me(use: Callable[..., Path]) -> signing.Identity:
    use(certificate())
    found = signing.identity(at=AFTER)
    assert found
    return found


@pytest.mark.parametrize("stamp", [design.SIGNATURE, design.ANNEX_SIGNATURE, None])
class TestSignedFile:
    def test_it_is_the_unsigned_file_with_a_signature_behind_it(self, me: signing.Identity, stamp: signing.Box | None) -> None:
        signed = signing.sign(pdf=unsigned(), by=me, at=AFTER, reason="Issued", stamp=stamp)
        assert signed.startswith(unsigned())
        assert len(signed) > len(unsigned())

    def test_any_validator_finds_it_whole(self, me: signing.Identity, stamp: signing.Box | None) -> None:
        signed = signing.sign(pdf=unsigned(), by=me, at=AFTER, reason="Issued", stamp=stamp)
        (found,) = PdfFileReader(io.BytesIO(signed)).embedded_regular_signatures
        status = validate_pdf_signature(found, ValidationContext(trust_roots=[found.signer_cert], allow_fetching=False))
        assert status.bottom_line
        assert str(found.sig_object["/SubFilter"]) == "/ETSI.CAdES.detached"
        assert found.signer_cert.subject.native["common_name"] == "Ministry of Environment"

    def test_it_is_still_an_archive_file_to_both_judges(self, me: signing.Identity, stamp: signing.Box | None, tmp_path: Path) -> None:
        path = tmp_path / "signed.pdf"
        path.write_bytes(signing.sign(pdf=unsigned(), by=me, at=AFTER, reason="Issued", stamp=stamp))
        assert pytest.importorskip("page").validate_pdf(str(path), profile="3b").is_compliant
        # pikepdf's judge does not know signature fields, and says so; what it knows to be wrong is not there.
        assert [found for found in pdfa.validate_written(path, "3b").findings if found.kind == "violation"] == []

    def test_the_figures_inside_are_untouched(self, me: signing.Identity, stamp: signing.Box | None) -> None:
        signed = signing.sign(pdf=unsigned(), by=me, at=AFTER, reason="Issued", stamp=stamp)
        assert snapshot_in(signed) == snapshot_in(unsigned())


@pytest.mark.skipif(
    shutil.which("pdfsig") is None or shutil.which("qpdf") is None, reason="pdfsig and qpdf are not here; docs/verification.md uses them"
)
def test_standard_tools_agree(me: signing.Identity, tmp_path: Path) -> None:
    path, changed = tmp_path / "signed.pdf", tmp_path / "changed.pdf"
    signed = signing.sign(pdf=unsigned(), by=me, at=AFTER, reason="Issued", stamp=design.SIGNATURE)
    path.write_bytes(signed)
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    subprocess.run(["qpdf", "--check", str(path)], check=True, capture_output=True)
    at = unsigned().index(b"stream\n") + 40
    changed.write_bytes(signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :])
    assert "Signature is Valid" not in subprocess.run(["pdfsig", "-nocert", str(changed)], capture_output=True, text=True).stdout


def test_the_stamp_says_who_signed_and_when(me: signing.Identity) -> None:
    from reports.render.stamp import stamp_pdf

    stamp = stamp_pdf(name=me.name, organisation=me.organisation, at=AFTER, certificate=me.sha256)
    with pypdfium2.PdfDocument(stamp) as document:
        text = document[0].get_textpage().get_text_range()
    assert "Signed electronically by: Ministry of Environment" in text
    assert "2026-10-05 03:00 UTC" in text
    assert me.sha256[:32] in text


# --- Certificates that cannot be used ----------------------------------------------------------------------------------------
def test_no_certificate_named_means_unsigned(settings: Any) -> None:
    settings.SIGNING_CERTIFICATE = ""
    assert signing.identity(at=AFTER) is None


def refused(at: datetime = AFTER) -> str:
    with pytest.raises(signing.CannotSign) as refusal:
        signing.identity(at=at)
    assert "Nothing was issued" in str(refusal.value)
    return str(refusal.value)


def test_a_missing_file_is_said(settings: Any, tmp_path: Path) -> None:
    settings.SIGNING_CERTIFICATE = str(tmp_path / "nowhere.p12")
    assert "cannot be read: No such file" in refused()


@pytest.mark.parametrize(("data", "passphrase"), [(b"no certificate at all", PASSPHRASE), (b"", PASSPHRASE), (None, "another"), (None, "")])
def test_a_file_that_does_not_open_is_said_without_naming_the_passphrase(use: Callable[..., Path], data: bytes | None, passphrase: str) -> None:
    use(certificate() if data is None else data, passphrase)
    sentence = refused()
    assert "does not open" in sentence
    assert PASSPHRASE not in sentence
    assert signing.certificate_sha256() == ""


@pytest.mark.parametrize("at", [BEGAN - timedelta(days=1), BEGAN + timedelta(days=31)])
def test_a_certificate_that_has_not_begun_or_has_expired_is_said_with_its_days(use: Callable[..., Path], at: datetime) -> None:
    use(certificate(days=30))
    assert "from 2026-01-01 to 2026-01-31 only" in refused(at)
    assert signing.certificate_sha256()  # what it signed in its days is still known


def test_a_certificate_for_trying_signs_nothing_in_production(use: Callable[..., Path], settings: Any) -> None:
    use(certificate(name=NAME))
    found = signing.identity(at=AFTER)
    assert found
    assert found.is_development
    settings.PRODUCTION = True
    assert "made for trying" in refused()


def test_a_certificate_that_was_replaced_is_read_anew(use: Callable[..., Path]) -> None:
    use(certificate())
    before = signing.certificate_sha256()
    use(certificate(name="Another office"))
    assert signing.certificate_sha256() not in {before, ""}


# --- Issuing -------------------------------------------------------------------------------------------------------------------
class SmallPdfs(QuickFiles):
    """Real PDFs, each the same small one."""

    def _renderer(self, kind: str) -> Callable[..., bytes]:
        quick = super()._renderer(kind)
        return (lambda **_snapshot: unsigned()) if kind == "pdf" else quick


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> tuple[SmallProgramme, Report]:
    SmallPdfs(monkeypatch)
    programme = SmallProgramme()
    programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6))
    return programme, make(next(report for report in programme.close() if report.project))


@pytest.mark.django_db
def test_an_issued_report_keeps_a_signed_copy_beside_each_pdf(ready: tuple[SmallProgramme, Report], me: signing.Identity) -> None:
    programme, report = ready
    issued = programme.issue(report)
    signed = issued.files.filter(format="SPDF")
    assert sorted(signed.values_list("language", flat=True)) == ["both", "en", "km"]
    for row in signed:
        assert files.read(row.file).startswith(files.read(issued.files.get(format="PDF", language=row.language).file))
        assert row.is_public
    assert json.loads(AuditRecord.objects.filter(act="report.issue").latest("id").content)["after"]["signed_by"] == me.sha256


@pytest.mark.django_db
@pytest.mark.parametrize("is_made_first", [True, False])
def test_an_annex_is_signed_when_its_report_is_issued_or_when_it_is_made_after_that(
    ready: tuple[SmallProgramme, Report], me: signing.Identity, monkeypatch: pytest.MonkeyPatch, is_made_first: bool
) -> None:
    programme, report = ready
    monkeypatch.setattr(annexes, "annex_bytes", lambda _report, kind, _language: unsigned() if kind == "APDF" else b"lines")

    def make_annex() -> None:
        jobs.run(job_id=services.ask_annex(report_id=report.pk, by=programme.officer, at=AFTER).pk)

    if is_made_first:
        make_annex()
        assert not report.files.filter(format="ASPDF").exists()
    programme.issue(report)
    if not is_made_first:
        make_annex()
    signed = report.files.filter(format="ASPDF")
    assert sorted(signed.values_list("language", flat=True)) == ["both", "en", "km"]
    for row in signed:
        data = files.read(row.file)
        assert data.startswith(files.read(report.files.get(format="APDF", language=row.language).file))
        assert row.file.original_name.endswith(f"-annex-{row.language}-signed.pdf")
        assert not row.is_public
    assert services.is_complete(report=Report.objects.get(id=report.pk))


@pytest.mark.django_db
def test_an_annex_made_before_there_was_a_certificate_is_signed_when_it_is_asked_for_again(
    ready: tuple[SmallProgramme, Report], settings: Any, use: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGNING_CERTIFICATE = ""
    programme, report = ready
    monkeypatch.setattr(annexes, "annex_bytes", lambda _report, kind, _language: unsigned() if kind == "APDF" else b"lines")
    issued = programme.issue(report)
    for signed in (0, 3, 3):
        jobs.run(job_id=services.ask_annex(report_id=issued.pk, by=programme.officer, at=AFTER).pk)
        assert issued.files.filter(format="ASPDF").count() == signed
        use(certificate())


@pytest.mark.django_db
def test_without_a_certificate_it_is_issued_unsigned(ready: tuple[SmallProgramme, Report], settings: Any) -> None:
    settings.SIGNING_CERTIFICATE = ""
    programme, report = ready
    issued = programme.issue(report)
    assert not issued.files.filter(format="SPDF").exists()
    assert json.loads(AuditRecord.objects.filter(act="report.issue").latest("id").content)["after"]["signed_by"] == ""


@pytest.mark.django_db
def test_nothing_is_issued_while_the_certificate_cannot_be_used(ready: tuple[SmallProgramme, Report], use: Callable[..., Path]) -> None:
    use(certificate(), "another")
    programme, report = ready
    with pytest.raises(signing.CannotSign):
        programme.issue(report)
    report.refresh_from_db()
    assert (report.status != "ISSUED", report.issued_at) == (True, None)
    assert not report.files.filter(format="SPDF").exists()
    assert not AuditRecord.objects.filter(act="report.issue").exists()

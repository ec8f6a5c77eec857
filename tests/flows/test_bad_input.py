"""Mistakes that people make, across the site: a sentence at the right field or line, what was typed kept, nothing changed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import ImportRun
from reports.models import Report, Snapshot
from revenue.disbursements.models import Disbursement
from tests.flows.scene import NOW, Scene, kept_scene, signed_in, taken_back
from tests.flows.test_bad_input_sweep import rows_of_all_tables

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024
VILLAGES = "village_code,name,name_km,commune,district,province\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any, folder: Path) -> Iterator[Scene]:
    with kept_scene(blocker=django_db_blocker, folder=folder) as scene:
        yield scene


@pytest.fixture
def _django_db_helper(kept: Scene, django_db_blocker: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the place of pytest-django's own: it closes the connection, and with it the scene that all tests here share."""
    with taken_back(blocker=django_db_blocker, folder=folder, monkeypatch=monkeypatch):
        yield


@pytest.fixture
def scene(db: None, kept: Scene, folder: Path, settings: Any) -> Scene:
    settings.MEDIA_ROOT = folder
    return kept


@pytest.fixture
def desk(scene: Scene) -> Client:
    return signed_in(scene.officer)


@pytest.fixture
def phone(scene: Scene) -> Client:
    return signed_in(scene.liaison)


def refused(client: Client, address: str, data: dict[str, Any], *sentences: str) -> str:
    """Send a form that is wrong: it comes back with these sentences, and no table has changed."""
    before = rows_of_all_tables()
    answer = client.post(address, data)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422, page[:300]
    for sentence in sentences:
        assert sentence in page
    assert rows_of_all_tables() == before
    return page


# --- Asking for money ----------------------------------------------------------------------------------------------------


def request_form(scene: Scene, **changed: Any) -> dict[str, Any]:
    return {
        "client_key": str(uuid4()), "pot": scene.pot("community").pk, "bank_account": scene.bank.pk, "recipient": scene.pu_char.pk, "amount": "125.50",
        "kind": "ADVANCE", "description": "A roof for the school", "due_on": "2026-12-01", "account_by": "2027-02-01", **changed,
    }  # fmt: skip


REQUEST = "/admin/disbursements/disbursement/new/request/"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"amount": "-5"}, "The amount must be above zero"),
        ({"amount": "0"}, "The amount must be above zero"),
        ({"amount": "99999999999999999999"}, "large"),
        ({"amount": "1.005"}, "decimals"),
        ({"amount": "ten"}, "is not an amount"),
        ({"account_by": "31/02/2027"}, "This is not a date"),
        ({"account_by": "9999-12-31"}, "This is not a date"),
        ({"recipient": "0"}, "Select a valid choice"),
        ({"pot": "99999999999999999999"}, "Select a valid choice"),
        ({"kind": "GIFT"}, "GIFT is not one of the available choices"),
        ({"description": ""}, "required"),
        ({"description": "x" * 5000}, "at most"),
    ],
)
def test_a_request_that_cannot_be_is_told_at_its_field(scene: Scene, desk: Client, changed: dict[str, str], sentence: str) -> None:
    page = refused(desk, REQUEST, request_form(scene, **changed), sentence)
    kept = {**request_form(scene), **changed}
    for name in ("amount", "account_by"):
        assert f'value="{kept[name]}"' in page, name


def test_the_same_request_sent_twice_is_one_disbursement(scene: Scene, desk: Client) -> None:
    form, before = request_form(scene), Disbursement.objects.count()
    first, second = desk.post(REQUEST, form), desk.post(REQUEST, form)
    assert first.headers["Location"] == second.headers["Location"]
    assert Disbursement.objects.count() == before + 1


def test_two_keys_in_one_form_are_one_request(scene: Scene, desk: Client) -> None:
    before = Disbursement.objects.count()
    assert desk.post(REQUEST, request_form(scene, client_key=[str(uuid4()), str(uuid4())])).status_code == 302
    assert Disbursement.objects.count() == before + 1


def test_a_form_without_its_key_says_so_and_asks_for_nothing(scene: Scene, desk: Client) -> None:
    for key in ("", "not-a-key", "{00000000}"):
        refused(desk, REQUEST, request_form(scene, client_key=key), "This form was not sent whole")


# --- Nobody decides what they asked for --------------------------------------------------------------------------------------


def test_an_officer_does_not_accept_what_they_logged_from_paper(scene: Scene, desk: Client) -> None:
    own = scene.log(5_000, on=NOW.date(), by=scene.officer, currency="KHR", photos=[])
    refused(desk, reverse("admin:spending_spendingrecord_act", args=[own.pk, "accept"]), {}, "yourself")
    refused(desk, reverse("admin:spending_spendingrecord_review", args=[own.pk]), {"decision": "accept"}, "yourself")


def test_an_approver_does_not_issue_the_report_they_asked_for(scene: Scene) -> None:
    period = scene.ready.period
    frozen = Snapshot.objects.create(period=period, schema="snapshot-1", text="{}", sha256="f" * 64, frozen_at=NOW)
    own = Report.objects.create(
        period=period, version=7, status="REVIEWED", snapshot=frozen, job=scene.ready.job, asked_by=scene.approver, asked_at=NOW,
        reviewed_by=scene.officer, reviewed_at=NOW,
    )  # fmt: skip
    address = reverse("admin:reports_report_act", args=[own.pk, "issue"])
    refused(signed_in(scene.approver), address, {}, "yourself")


def test_what_was_decided_meanwhile_is_not_decided_again(scene: Scene) -> None:
    client = signed_in(scene.approver)
    address = reverse("admin:disbursements_disbursement_act", args=[scene.asked.pk, "approve"])
    assert client.post(address, {}).status_code == 302
    refused(client, address, {}, "somebody may have acted meanwhile")


# --- Files ---------------------------------------------------------------------------------------------------------------


def sheet(*rows: list[Any]) -> bytes:
    """Make an XLSX; a cell that begins with = is a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return out.getvalue()


HEADS = ["village_code", "name", "name_km", "commune", "district", "province"]
VILLAGE = ["11040199", "Andoung", "អណ្តូង", "Srae Preah", "Kaev Seima", "Mondulkiri"]


@pytest.mark.parametrize(
    ("name", "content", "line", "sentence"),
    [
        ("missing.csv", b"village_code,name\n11040101,Pu Char\n", 0, "“district”, “province” are missing"),
        ("formula.xlsx", sheet(HEADS, [*VILLAGE[:3], '="Srae"&"Preah"', *VILLAGE[4:]]), 2, "holds a formula"),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n" + b"0" * 200, 0, "letters that cannot be read"),
        ("broken.xlsx", sheet(HEADS, VILLAGE)[:400], 0, "not a workbook"),
        ("null.csv", (VILLAGES + "110401\x0099,a,b,c,d,e\n").encode(), 0, "is not a table"),
        ("only-heads.csv", VILLAGES.encode(), 0, "The file has no lines to read"),
        ("twice.csv", (VILLAGES + "11040199,a,b,c,d,e\n11040199,a,b,c,d,e\n").encode(), 3, "is on line 2 already"),
        ("short.csv", (VILLAGES + "7,a,b,c,d,e\n").encode(), 2, "is not a village code"),
    ],
)
def test_a_list_that_cannot_be_read_is_told_by_line_and_never_taken(
    scene: Scene, desk: Client, name: str, content: bytes, line: int, sentence: str
) -> None:
    upload = SimpleUploadedFile(name, content, "application/octet-stream")
    answer = desk.post("/admin/registry/village/new/import/", {"source": "A list", "file": upload}, follow=True)
    page = unescape(answer.content.decode())
    assert sentence in page
    run = ImportRun.objects.order_by("-pk").first()
    assert run is not None
    assert run.pk != scene.run.pk
    if line:
        assert f">{line}<" in page.replace(" ", "").replace("\n", "")
    refused(desk, reverse("admin:core_importrun_act", args=[run.pk, "accept"]), {})


@pytest.mark.parametrize(
    ("address", "field", "other"),
    [
        ("/admin/registry/village/new/import/", "file", {"source": "A list"}),
        ("/admin/registry/recipient/new/import/", "file", {"from_date": "2026-10-01"}),
        ("/admin/credits/issuance/new/import/", "file", {"layout": "verra"}),
    ],
)
def test_a_file_that_is_too_large_or_empty_is_told_at_its_field(desk: Client, address: str, field: str, other: dict[str, str]) -> None:
    refused(desk, address, {**other, field: SimpleUploadedFile("huge.csv", b"x" * 50 * MEGABYTE)}, "larger than 20 MB")
    page = refused(desk, address, {**other, field: SimpleUploadedFile("empty.csv", b"")}, "This file is empty")
    for value in other.values():
        assert value in page


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("huge.jpg", None, "larger than 12 MB"),
        ("words.jpg", b"This is a text file.", "not a photo that can be opened"),
        ("empty.jpg", b"", "empty"),
        ("page.jpg", b"<html><script>alert(1)</script>", "not a photo that can be opened"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a photo that can be opened"),
    ],
)
def test_a_photo_that_is_none_is_told_by_its_name_and_what_was_typed_stays(
    scene: Scene, phone: Client, name: str, content: bytes | None, sentence: str
) -> None:
    content = b"\xff\xd8\xff" + b"0" * 50 * MEGABYTE if content is None else content
    form = {
        "client_key": str(uuid4()), "spent_on": "2026-11-01", "amount": "25,000", "currency": "KHR", "category": scene.well.pk,
        "payee": "ហាង សុខ", "description": "ស្នប់ទឹក", "photos": SimpleUploadedFile(name, content, "image/jpeg"),
    }  # fmt: skip
    page = refused(phone, reverse("spending:log_spending", args=[scene.pu_char.pk]), form, name, sentence)
    for value in ("25,000", "ហាង សុខ", "ស្នប់ទឹក", form["client_key"]):
        assert value in page


def test_a_document_that_is_none_is_told_at_its_field(scene: Scene, desk: Client) -> None:
    form = {
        "project": scene.project.pk, "bank_account": scene.bank.pk, "sale": "", "as_of": "2026-10-01", "amount_minor": "50.00",
        "document": SimpleUploadedFile("letter.pdf", b"only words", "application/pdf"),
    }  # fmt: skip
    refused(desk, "/admin/credits/openingposition/new/propose/", form, "neither a PDF nor a photo", 'value="50.00"')


def test_a_file_to_verify_that_is_too_large_is_refused_to_anybody(scene: Scene) -> None:
    answer = Client().post(reverse("reports:verify"), {"file": SimpleUploadedFile("huge.pdf", b"x" * 50 * MEGABYTE)})
    assert answer.status_code == 422
    assert "larger than 20 MB" in answer.content.decode()


# --- Another community's -----------------------------------------------------------------------------------------------------


def test_another_communitys_payment_is_not_a_choice_even_if_its_number_is_sent(scene: Scene, phone: Client) -> None:
    form = {
        "client_key": str(uuid4()), "spent_on": "2026-11-01", "amount": "25,000", "currency": "KHR", "category": scene.well.pk, "payee": "Sok",
        "description": "Nails", "disbursement": str(scene.other_paid.disbursement_id),
    }  # fmt: skip
    refused(phone, reverse("spending:log_spending", args=[scene.pu_char.pk]), form, "Select a valid choice")

"""The API: one error shape, the pages' own permissions, lists that stay cheap, and spending logged from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.exceptions import Throttled
from rest_framework.pagination import PageNumberPagination
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

from communities.spending.models import Evidence, SpendingRecord
from core.api import answer_refusal
from core.models import StoredFile
from tests.flows.programme import picture
from tests.flows.scene import NOW, Scene, kept_scene, signed_in, taken_back

LISTS = ("projects", "issuances", "sales", "receipts", "plans", "allocations", "recipients", "disbursements", "spending", "trainings", "reports")
LOG = "/api/spending/log/"

pytestmark = pytest.mark.django_db


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
def officer(scene: Scene) -> Client:
    return signed_in(scene.officer)


@pytest.fixture
def liaison(scene: Scene) -> Client:
    return signed_in(scene.liaison)


def purchase(**changes: Any) -> dict[str, Any]:
    facts = {
        "client_key": str(uuid4()), "recipient": "pu-char", "category": "well", "spent_on": "2026-11-01", "amount_minor": 400_000, "currency": "KHR",
        "payee": "ហាង សុខ", "description": "ទិញស្នប់ទឹកពីរ", "women": 12, "men": 9,
    }  # fmt: skip
    return {**facts, **changes}


def send(client: Client, data: Any) -> Any:
    return client.post(LOG, data, content_type="application/json")


def assert_shape(answer: Any, status: int, code: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    content = answer.json()
    assert set(content) == {"error", "message", "fields"}
    assert content["message"]
    assert code is None or content["error"] == code
    return content


# --- One shape of every refusal ----------------------------------------------------------------------------------------


def test_nobody_is_told_to_sign_in(scene: Scene) -> None:
    assert_shape(Client().get("/api/projects/"), 401, "not_authenticated")


def test_a_role_that_may_not_is_told_so(liaison: Client) -> None:
    assert_shape(liaison.get("/api/disbursements/"), 403, "permission_denied")


def test_what_is_not_there_is_not_found(officer: Client) -> None:
    for address in ("projects/0/", "projects/abc/", "projects/-1/", f"projects/{2**63}/", f"projects/{10**40}/", "trace/sale/SL-0/", "nothing/here/"):
        assert_shape(officer.get(f"/api/{address}"), 404, "not_found")


def test_a_page_beyond_the_last_is_not_found(officer: Client) -> None:
    for page in ("0", "-1", "99999", "x", str(10**30)):
        assert_shape(officer.get("/api/sales/", {"page": page}), 404, "not_found")


def test_reading_addresses_take_nothing(officer: Client) -> None:
    for method in (officer.post, officer.put, officer.patch, officer.delete):
        assert_shape(method("/api/sales/"), 405, "method_not_allowed")


def test_a_body_that_is_no_json_is_refused(liaison: Client) -> None:
    assert_shape(liaison.post(LOG, "{not json", content_type="application/json"), 400, "parse_error")
    assert_shape(liaison.post(LOG, b"\xff\xfe", content_type="application/json"), 400)


def test_another_kind_of_body_is_refused(liaison: Client) -> None:
    assert_shape(liaison.post(LOG, "<xml/>", content_type="text/xml"), 415, "unsupported_media_type")


def test_an_answer_that_is_no_json_cannot_be_had(officer: Client) -> None:
    assert_shape(officer.get("/api/sales/", headers={"accept": "text/csv"}), 406, "not_acceptable")


def test_who_asks_too_often_is_told_to_wait(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    officer.get("/api/projects/")
    officer.get("/api/projects/")
    assert_shape(officer.get("/api/projects/"), 429, "throttled")
    answer = answer_refusal(Throttled(wait=5), {})
    assert answer is not None
    assert answer["Retry-After"] == "5"


def test_a_null_character_in_an_address_is_refused(officer: Client) -> None:
    for address in ("/api/trace/sale/%00/", "/api/sales/?reference=%00", "/api/spending/?recipient__code=a%00b"):
        assert_shape(officer.get(address), 400)


def test_a_filter_value_that_cannot_be_is_told_at_its_name(officer: Client) -> None:
    content = assert_shape(officer.get("/api/sales/", {"status": "SOLD"}), 400, "invalid")
    assert set(content["fields"]) == {"status"}


# --- Lists ---------------------------------------------------------------------------------------------------------------


def test_filters_leave_what_they_name(officer: Client, scene: Scene) -> None:
    found = officer.get("/api/spending/", {"recipient__code": "o-rona"}).json()
    assert [row["reference"] for row in found["results"]] == [scene.others_record.reference]
    assert officer.get("/api/disbursements/", {"status": "REQUESTED"}).json()["count"] == 1
    assert officer.get("/api/sales/", {"project__code": "no-such"}).json()["results"] == []


def test_a_liaison_sees_the_own_recipients_records_only(liaison: Client) -> None:
    assert {row["recipient"] for row in liaison.get("/api/spending/").json()["results"]} == {"pu-char"}
    assert [row["code"] for row in liaison.get("/api/recipients/").json()["results"]] == ["pu-char"]
    assert liaison.get("/api/spending/", {"recipient__code": "o-rona"}).json()["count"] == 0


def many_records(like: SpendingRecord, count: int) -> None:
    """Add records with a photo each, beside one that is there."""
    fields = {one.attname: getattr(like, one.attname) for one in SpendingRecord._meta.concrete_fields if one.attname not in ("id", "client_key")}
    made = SpendingRecord.objects.bulk_create(
        SpendingRecord(**{**fields, "reference": f"SP-T-{number}-{count}", "client_key": uuid4()}) for number in range(count)
    )
    files = StoredFile.objects.bulk_create(
        StoredFile(sha256=f"{one.pk:064d}", size=1, media_type="image/jpeg", original_name="r.jpg", stored_at=NOW) for one in made
    )
    Evidence.objects.bulk_create(
        Evidence(spending=one, file=file, kind="RECEIPT", added_by_id=like.logged_by_id, added_at=NOW) for one, file in zip(made, files, strict=True)
    )


def questions(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_fifty_records_cost_as_many_questions_as_five(officer: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageNumberPagination, "page_size", 100)
    many_records(scene.logged, 5)
    five = questions(officer, "/api/spending/")
    many_records(scene.logged, 45)
    assert officer.get("/api/spending/").json()["count"] > 50
    assert questions(officer, "/api/spending/") == five


@pytest.mark.parametrize("name", LISTS)
def test_a_long_list_asks_the_database_no_more_than_a_short_one(officer: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    whole = questions(officer, f"/api/{name}/")
    monkeypatch.setattr(PageNumberPagination, "page_size", 1)
    # What the first row has none of is not asked for: at most one question for each kind of row below it.
    assert whole <= questions(officer, f"/api/{name}/") + 2


def test_every_list_is_paged(officer: Client) -> None:
    for name in LISTS:
        assert set(officer.get(f"/api/{name}/").json()) == {"count", "next", "previous", "results"}


# --- Logging spending ----------------------------------------------------------------------------------------------------


def test_spending_is_logged_in_khmer_with_its_photo(liaison: Client) -> None:
    data = {**purchase(), "photo": SimpleUploadedFile("ប័ណ្ណ.jpg", picture("orange"), "image/jpeg")}
    answer = liaison.post(LOG, data)
    assert answer.status_code == 201, answer.content
    record = SpendingRecord.objects.get(reference=answer.json()["reference"])
    assert (record.description, record.payee, record.amount_minor) == ("ទិញស្នប់ទឹកពីរ", "ហាង សុខ", 400_000)
    assert record.evidence.get().file.media_type == "image/jpeg"


def test_the_same_key_twice_is_one_record(liaison: Client) -> None:
    data = purchase()
    first, second = send(liaison, data), send(liaison, data)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert SpendingRecord.objects.filter(client_key=data["client_key"]).count() == 1


def test_the_same_key_for_something_else_is_refused(liaison: Client) -> None:
    data = purchase()
    send(liaison, data)
    assert_shape(send(liaison, {**data, "amount_minor": 5}), 422)


def test_another_communitys_recipient_is_not_found_like_one_that_is_none(liaison: Client) -> None:
    answers = [assert_shape(send(liaison, purchase(recipient=code)), 404, "not_found") for code in ("o-rona", "no-such")]
    assert answers[0] == answers[1]


def test_an_auditor_logs_nothing_whatever_is_sent(scene: Scene) -> None:
    for data in (purchase(), {}):
        assert_shape(send(signed_in(scene.auditor), data), 403, "permission_denied")


@pytest.mark.parametrize(
    ("change", "field", "status"),
    [
        ({"client_key": "not-a-key"}, "client_key", 400),
        ({"client_key": None}, "client_key", 400),
        ({"category": "castle"}, "category", 400),
        ({"category": "we\x00ll"}, "category", 400),
        ({"category": ["well"]}, "category", 400),
        ({"recipient": "pu\x00char"}, "recipient", 400),
        ({"spent_on": "31/02/2026"}, "spent_on", 400),
        ({"spent_on": "2026-02-31"}, "spent_on", 400),
        ({"spent_on": "2026-11-21"}, "spent_on", 422),
        ({"spent_on": "9999-12-31"}, "spent_on", 422),
        ({"spent_on": "0001-01-01"}, "spent_on", 422),
        ({"amount_minor": 0}, "amount_minor", 400),
        ({"amount_minor": -1}, "amount_minor", 400),
        ({"amount_minor": 1.5}, "amount_minor", 400),
        ({"amount_minor": 2**63}, "amount_minor", 400),
        ({"amount_minor": "9" * 5000}, "amount_minor", 400),
        ({"amount_minor": 10**14}, "amount_minor", 422),
        ({"currency": "XXX"}, "currency", 400),
        ({"currency": "EUR"}, "currency", 422),
        ({"other_minor": 400_001}, "other_minor", 422),
        ({"payee": ""}, "payee", 400),
        ({"payee": "x" * 161}, "payee", 400),
        ({"description": "x\x00y"}, "description", 400),
        ({"women": -1}, "women", 400),
        ({"youth": 22}, "youth", 422),
    ],
)
def test_a_wrong_value_is_told_at_its_field_and_nothing_is_written(liaison: Client, change: dict[str, Any], field: str, status: int) -> None:
    before = SpendingRecord.objects.count()
    content = assert_shape(send(liaison, purchase(**change)), status)
    assert set(content["fields"]) == {field}
    assert all(sentence.strip() for sentence in content["fields"][field])
    assert SpendingRecord.objects.count() == before


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "5", '[{"a": 1}]'])
def test_a_body_of_another_kind_is_told_in_the_same_shape(liaison: Client, body: str) -> None:
    content = assert_shape(liaison.post(LOG, body, content_type="application/json"), 400, "invalid")
    assert content["fields"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"just words", "image/jpeg"), (b"", "image/jpeg"), (b"%PDF-1.7", "image/png"), (b"\xff\xd8\xff" + b"0" * 50, "image/jpeg")],
)
def test_a_file_that_is_no_photo_is_told_at_its_field(liaison: Client, content: bytes, kind: str) -> None:
    before = SpendingRecord.objects.count()
    answer = assert_shape(liaison.post(LOG, {**purchase(), "photo": SimpleUploadedFile("receipt.jpg", content, kind)}), 400, "invalid")
    assert set(answer["fields"]) == {"photo"}
    assert SpendingRecord.objects.count() == before


def test_a_session_without_its_token_writes_nothing(scene: Scene) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.liaison, backend="django.contrib.auth.backends.ModelBackend")
    assert_shape(send(client, purchase()), 403, "permission_denied")


def test_what_a_caller_writes_about_where_it_is_does_not_let_it_ask_more_often() -> None:
    asked = [RequestFactory().get("/api/reports/", headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(2)]
    assert {AnonRateThrottle().get_ident(one) for one in asked} == {"127.0.0.1"}

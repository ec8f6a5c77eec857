"""The calls of the phone pages: who gets what, how a person's work is given, and what is refused with both versions."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.registry.models import Assignment
from communities.spending import phone_queries, services
from communities.spending.models import Arrival, SpendingRecord
from communities.spending.views import phone as phone_pages
from core import clock
from tests.communities.village import Village, photo, recipient

pytestmark = pytest.mark.django_db
PHOTO = photo(colour="red", size=(300, 400))
SHA256 = hashlib.sha256(PHOTO).hexdigest()
IDB = "84a1b83a821969a36592964874997757d8bde798dc1b89a5891391bd29e5c08c"


@pytest.fixture
def village() -> Village:
    return Village()


@pytest.fixture
def phone(village: Village, client: Client) -> Client:
    client.force_login(village.liaison, backend="django.contrib.auth.backends.ModelBackend")
    return client


def put(phone: Client, first: int, end: int, *, where: str = "") -> Any:
    where = where or f"bytes {first}-{end - 1}/{len(PHOTO)}"
    address = f"/api/phone/photos/{SHA256}/"
    return phone.put(address, PHOTO[first:end], content_type="application/octet-stream", headers={"Content-Range": where})


def message(village: Village, **other: Any) -> dict[str, Any]:
    facts = {
        "category": village.well.pk, "spent_on": clock.today().isoformat(), "amount_minor": 400_000, "currency": "KHR", "payee": "Sok", "description": "Pump",
        **other.pop("facts", {}),
    }  # fmt: skip
    return {"key": str(uuid4()), "kind": "SPENDING", "person": village.liaison.pk, "recipient": village.pu_char.pk, "facts": facts, **other}


def post(phone: Client, sent: dict[str, Any]) -> Any:
    return phone.post("/api/phone/arrivals/", json.dumps(sent), content_type="application/json")


# --- A person's work ----------------------------------------------------------------------------------------------------


def test_a_persons_work_is_theirs_and_asked_again_is_empty_while_nothing_changed(village: Village, phone: Client) -> None:
    village.advance(usd=1_000_00, riel=4_100_000)
    first = phone.get("/api/phone/reading/")
    work = first.json()
    assert [one["id"] for one in work["recipients"]] == [village.pu_char.pk]
    assert work["recipients"][0]["money"][0]["advanced"] == 4_100_000
    assert work["recipients"][0]["payments"][0]["arrived"] is None
    assert phone.get("/api/phone/reading/", headers={"If-None-Match": first["ETag"]}).status_code == 304
    village.log(spent_on=clock.today(), at=clock.now())
    again = phone.get("/api/phone/reading/", headers={"If-None-Match": first["ETag"]})
    assert again.json()["recipients"][0]["records"][0]["turn"] == 1


def test_work_takes_no_query_for_each_recipient_or_record(village: Village, phone: Client) -> None:
    village.advance(usd=1_000_00, riel=4_100_000)
    first = village.log(spent_on=clock.today(), at=clock.now())
    services.query_spending(record_id=first.pk, words="Which?", by=village.officer, at=clock.now())

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            phone_queries.work_of(person=village.liaison, on=clock.today())
        return len(found)

    few = queries()
    for number in range(5):
        more = recipient(f"more-{number}")
        Assignment.objects.create(person=village.liaison, recipient=more, from_date=clock.today())
        record = village.log(spent_on=clock.today(), at=clock.now(), recipient_id=more.pk)
        services.query_spending(record_id=record.pk, words="Which?", by=village.officer, at=clock.now())
    assert queries() == few


# --- What is sent ----------------------------------------------------------------------------------------------------------


def test_a_photo_goes_in_parts_and_a_record_is_received_once(village: Village, phone: Client) -> None:
    assert put(phone, 0, 500).json() == {"received": 500, "stored": False}
    assert phone.get(f"/api/phone/photos/{SHA256}/").json() == {"received": 500, "stored": False}
    sent = message(village, photos=[{"sha256": SHA256, "latitude": 12.5, "longitude": 107.25, "original_size": 5_000_000}])
    missing = post(phone, sent)
    assert (missing.status_code, missing.json()["missing"]) == (409, [SHA256])
    assert put(phone, 500, len(PHOTO)).json() == {"received": len(PHOTO), "stored": True}
    answers = [post(phone, sent) for _again in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["reference"] for answer in answers} == {SpendingRecord.objects.get().reference}
    assert answers[0].json()["photos"] == [SHA256]
    assert str(SpendingRecord.objects.get().evidence.get().latitude) == "12.500000"


@pytest.mark.parametrize("where", ["", "bytes 0-9/100", "bytes 9-0/100", "bytes 0-499/400", "nonsense"])
def test_a_part_that_says_something_else_than_it_is_is_refused(phone: Client, where: str) -> None:
    assert put(phone, 0, 500, where=where or "bytes */10").status_code == 422


def test_what_another_person_wrote_is_not_sent_by_who_signed_in_since(village: Village, phone: Client) -> None:
    answer = post(phone, message(village, person=village.officer.pk))
    assert (answer.status_code, answer.json()["error"]) == (403, "not_this_person")
    assert not Arrival.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "x"},
        {"kind": "OTHER"},
        {"facts": {"amount_minor": 0}},
        {"facts": {"category": 0}},
        {"photos": [{"sha256": "x"}]},
        {"photos": [{}] * 11},
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_written(village: Village, phone: Client, wrong: dict[str, Any]) -> None:
    assert post(phone, message(village, **wrong)).status_code == 400
    assert not SpendingRecord.objects.exists()


def test_another_communitys_record_is_not_found(village: Village, phone: Client) -> None:
    assert post(phone, message(village, recipient=village.other.pk)).status_code == 404


def test_a_correction_of_what_changed_is_answered_with_how_it_stands_now(village: Village, phone: Client) -> None:
    record = village.log(spent_on=clock.today(), at=clock.now())
    services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=clock.now())
    answer = post(phone, message(village, kind="CORRECTION", target=record.pk, based_on=1))
    assert (answer.status_code, answer.json()["error"]) == (409, "changed_meanwhile")
    assert (answer.json()["now"]["turn"], answer.json()["now"]["steps"][0]["words"]) == (2, "Which pump?")
    services.refuse_spending(record_id=record.pk, words="No", by=village.officer, at=clock.now())
    answer = post(phone, message(village, kind="CORRECTION", target=record.pk, based_on=3))
    assert (answer.status_code, answer.json()["now"]["status"]) == (409, "REFUSED")


# --- The pages themselves ------------------------------------------------------------------------------------------------------


def test_the_library_is_the_one_that_was_judged() -> None:
    path = finders.find("vendor/idb-8.0.4.js")
    assert hashlib.sha256(Path(str(path)).read_bytes()).hexdigest() == IDB


@pytest.mark.parametrize("language", ["km", "en"])
def test_the_shell_holds_nobodys_data(phone: Client, village: Village, language: str) -> None:
    page = phone.get(f"/field/phone/{language}/")
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert village.liaison.full_name not in page.content.decode() and "forest_csrf" not in page.cookies
    assert phone.get("/field/phone/xx/").status_code == 404
    manifest = phone.get(f"/field/phone/{language}/manifest.json").json()
    assert manifest["start_url"] == f"/field/phone/{language}/" and len(manifest["icons"]) == 3


def test_the_worker_changes_with_what_it_keeps_and_is_asked_again_for_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/field/worker.js")
    assert client.get("/field/worker.js", headers={"If-None-Match": first["ETag"]}).status_code == 304
    monkeypatch.setattr(phone_pages, "FILES", phone_pages.FILES[:-1])
    assert client.get("/field/worker.js")["ETag"] != first["ETag"]


def test_every_word_and_piece_a_script_asks_for_is_in_the_shell(client: Client) -> None:
    shell = client.get("/field/phone/km/").content.decode()
    scripts = "".join(Path(str(finders.find(name))).read_text() for name in phone_pages.SCRIPTS if name.startswith("field/"))
    asked = set(re.findall(r'\bword\("([\w-]+)"[,)]', scripts))
    assert len(asked) > 50
    assert asked <= set(re.findall(r'data-word="([\w-]+)"', shell))
    pieces = set(re.findall(r'\bdraw\("([\w-]+)"', scripts))
    assert len(pieces) > 20
    assert pieces <= set(re.findall(r'<template id="([\w-]+)"', shell))


@pytest.mark.parametrize("own", ["x\x00y", "x\ud800y"], ids=["null", "half a letter"])
def test_letters_that_cannot_be_kept_are_refused_and_not_a_broken_page(village: Village, phone: Client, own: str) -> None:
    answer = post(phone, message(village, own={"a": own}))
    assert (answer.status_code, answer.json()["error"]) == (400, "parse_error")


@pytest.mark.parametrize("levels", [30, 200_000])
def test_json_nested_without_end_is_refused(village: Village, phone: Client, levels: int) -> None:
    body = json.dumps(message(village))[:-1] + ', "own": {"a": ' + "[" * levels + "]" * levels + "}}"
    assert phone.post("/api/phone/arrivals/", body, content_type="application/json").status_code == 400


def test_a_backslash_before_u0000_is_only_text(village: Village, phone: Client) -> None:
    assert post(phone, message(village, own={"a": "\\u0000"})).status_code == 200

"""Complaints: filed without a name and once, followed by a code, answered by people who had no hand in it, escalated, and counted."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation

from communities.grievances import limits, services
from communities.grievances.codes import hash_of, hashes_of, spaced
from communities.grievances.models import Case, Contact, Event, Publication
from communities.grievances.queries import overdue, published_counts, suppressed
from communities.grievances.refusals import NotFilledIn, NotFoundHere, NotIndependent, NotNow
from communities.grievances.services.links import link_of
from core.audit.models import AuditRecord
from core.models import StoredFile
from core.people.access import NotYours
from core.people.models import Role, User
from tests.communities.village import person, photo
from tests.database import tampered

pytestmark = pytest.mark.django_db
AT = datetime(2026, 8, 20, 3, 0, tzinfo=UTC)
KEY = UUID("6f1f0c6e-0000-4000-8000-000000000001")
VOICE = b"OggS" + b"\0" * 60


def filed(**other: Any) -> services.Filed:
    facts: dict[str, Any] = {"client_key": uuid4(), "category": "MONEY", "text": "Our share came late.", "language": "km", "at": AT, **other}
    return services.file_case(**facts)


@pytest.fixture
def officer() -> User:
    return person("sophea", Role.FINANCE_OFFICER)


@pytest.fixture
def approver() -> User:
    return person("dara", Role.FINANCE_APPROVER)


# --- Filing -------------------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_is_one_complaint_with_the_same_code() -> None:
    one, two = filed(client_key=KEY), filed(client_key=KEY)
    assert (one.case.pk, one.code) == (two.case.pk, two.code)
    assert (Case.objects.count(), Event.objects.count()) == (1, 1)


def test_the_same_form_with_other_words_is_another_complaint() -> None:
    one, two = filed(client_key=KEY), filed(client_key=KEY, text="Another matter.")
    assert one.case.pk != two.case.pk
    assert one.code != two.code


def test_the_code_is_kept_only_as_its_hash() -> None:
    one = filed()
    assert re.fullmatch(r"\d{16}", one.code)
    kept = Case.objects.filter(pk=one.case.pk).values().get()
    assert one.code not in str(kept)
    assert kept["code_sha256"] == hash_of(spaced(one.code)) == hash_of(one.code.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")))


def test_a_code_cannot_be_found_by_trying_without_the_key() -> None:
    one = filed()
    kept = Case.objects.values_list("code_sha256", flat=True).get(pk=one.case.pk)
    assert kept != hashlib.sha256(one.code.encode()).hexdigest()
    with override_settings(COMPLAINT_CODE_KEY="another", SECRET_KEY="another"):
        assert kept not in hashes_of(one.code)


def test_a_code_is_found_after_the_key_was_replaced(client: Client, settings: Any) -> None:
    one = filed()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY, settings.COMPLAINT_CODE_KEY = [settings.SECRET_KEY], "a new key", "a new key"
    assert client.post("/complaints/follow/", {"code": one.code}).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.post("/complaints/follow/", {"code": one.code}).status_code == 422


def test_codes_given_out_before_the_key_came_are_found_after_the_migration(client: Client) -> None:
    one = filed()
    plain = hashlib.sha256(one.code.encode()).hexdigest()
    with tampered():
        Case.objects.update(code_sha256=plain)
    assert client.post("/complaints/follow/", {"code": one.code}).status_code == 422
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what this test wrote, a migration finds written
        cursor.execute("RESET ROLE")
    import_module("communities.grievances.migrations.0003_keyed_codes").key_codes(None, connection.schema_editor(atomic=False))
    assert client.post("/complaints/follow/", {"code": one.code}).status_code == 200
    with pytest.raises(DatabaseError, match="frozen|never change|code_sha256"), transaction.atomic():
        Case.objects.update(code_sha256=plain)


def test_without_a_name_nothing_is_kept_of_anybody() -> None:
    filed()
    assert not Contact.objects.exists()
    assert filed(name=" Sok ", phone="012 345 678").case.contact.name == "Sok"


def test_the_audit_trail_has_neither_the_words_nor_the_name_nor_the_address(client: Client) -> None:
    given = {"client_key": KEY, "category": "LAND", "text": "They took my field.", "name": "Sok Dara"}
    assert client.post(reverse("grievances:start"), given, REMOTE_ADDR="203.0.113.7").status_code == 200
    written = AuditRecord.objects.get(act="complaint.receive")
    assert written.address == ""
    assert not any(one in written.content for one in ("field", "Sok", "203.0.113.7"))


def test_a_complaint_says_something_in_words_or_by_voice() -> None:
    with pytest.raises(NotFilledIn) as refusal:
        filed(text=" ")
    assert refusal.value.field == "text"
    assert filed(text="", recording=(VOICE, "audio/ogg", "my name.ogg")).case.recording is not None
    assert StoredFile.objects.get().original_name == "complaint-recording"


def test_auditors_and_administrators_enter_nothing() -> None:
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(NotYours):
            filed(by=person(role.lower(), role))


def test_who_enters_it_says_how_it_came(officer: User) -> None:
    assert filed(by=person("vuthy", Role.LIAISON)).case.channel == "LIAISON"
    assert filed(by=officer).case.channel == "TELEPHONE"


def test_a_reference_that_names_nothing_is_refused() -> None:
    with pytest.raises(NotFilledIn) as refusal:
        link_of(reference="DB-1999-0001")
    assert refusal.value.field == "reference"


# --- The office ---------------------------------------------------------------------------------------------------------


def test_answer_appeal_answer_and_close(officer: User, approver: User) -> None:
    one = filed()
    case = services.answer_case(case_id=one.case.pk, text="It was paid today.", by=officer, at=AT)
    assert (case.status, case.answer_by) == ("ANSWERED", None)
    case = services.appeal(code=one.code, text="It did not arrive.", at=AT)
    assert (case.status, case.level, case.answer_by) == ("APPEALED", "COMMUNE", date(2026, 9, 3))
    services.answer_case(case_id=case.pk, text="The bank sends it again.", by=approver, at=AT)
    case = services.close_case(case_id=case.pk, text="It arrived.", by=officer, at=AT)
    assert case.status == "CLOSED"
    assert list(case.events.order_by("id").values_list("kind", flat=True)) == ["RECEIVED", "ANSWERED", "APPEALED", "ANSWERED", "CLOSED"]


def test_steps_that_do_not_fit_are_refused(officer: User) -> None:
    one = filed()
    with pytest.raises(NotNow):
        services.close_case(case_id=one.case.pk, text="Enough.", by=officer, at=AT)
    with pytest.raises(NotNow):
        services.appeal(code=one.code, text="No.", at=AT)
    services.answer_case(case_id=one.case.pk, text="Paid.", by=officer, at=AT)
    with pytest.raises(NotNow):
        services.answer_case(case_id=one.case.pk, text="Again.", by=officer, at=AT)
    with pytest.raises(NotNow):
        services.escalate_case(case_id=one.case.pk, text="Up.", by=officer, at=AT)
    with pytest.raises(NotFoundHere):
        services.appeal(code="0" * 16, text="No.", at=AT)


def test_the_ministry_is_the_last_level(officer: User) -> None:
    one = filed()
    for level in ("COMMUNE", "PROVINCE", "MINISTRY"):
        assert services.escalate_case(case_id=one.case.pk, text="Up.", by=officer, at=AT).level == level
    with pytest.raises(NotNow):
        services.escalate_case(case_id=one.case.pk, text="Up.", by=officer, at=AT)


def test_only_officers_handle_a_case() -> None:
    one = filed(name="Sok")
    for role in (Role.AUDITOR, Role.ADMINISTRATOR, Role.LIAISON):
        who = person(role.lower(), role)
        with pytest.raises(NotYours):
            services.answer_case(case_id=one.case.pk, text="So.", by=who, at=AT)
        with pytest.raises(NotYours):
            services.open_contact(case_id=one.case.pk, by=who, at=AT)


def test_opening_a_name_or_a_file_is_recorded(officer: User) -> None:
    one = filed(name="Sok", photo=(photo(), "image/jpeg", "IMG_sok.jpg"))
    contact = services.open_contact(case_id=one.case.pk, by=officer, at=AT)
    assert contact is not None and contact.name == "Sok"
    services.open_file(case_id=one.case.pk, what="photo", by=officer, at=AT)
    with pytest.raises(NotFoundHere):
        services.open_file(case_id=one.case.pk, what="recording", by=officer, at=AT)
    assert list(AuditRecord.objects.filter(actor=officer).order_by("id").values_list("act", flat=True)) == [
        "complaint.read-name",
        "complaint.read-file",
    ]


# --- Deadlines and counts -----------------------------------------------------------------------------------------------


def test_a_missed_day_takes_the_case_up_once() -> None:
    one = filed()
    late = AT + timedelta(days=15)
    assert not services.escalate_overdue(at=AT + timedelta(days=14))
    assert list(overdue(on=late.date())) == [one.case]
    assert (services.escalate_overdue(at=late), services.escalate_overdue(at=late)) == (1, 0)
    one.case.refresh_from_db()
    assert (one.case.level, one.case.status, one.case.answer_by) == ("COMMUNE", "RECEIVED", date(2026, 9, 18))
    assert one.case.events.get(kind="ESCALATED").missed == date(2026, 9, 3)


def test_a_late_case_of_the_ministry_stays_late(officer: User) -> None:
    one = filed()
    for _level in range(3):
        services.escalate_case(case_id=one.case.pk, text="Up.", by=officer, at=AT)
    assert services.escalate_overdue(at=AT + timedelta(days=100)) == 0
    assert overdue(on=date(2026, 12, 1)).count() == 1


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 0, "b": 7}, {"a": 0, "b": 7}),
        ({"a": 3, "b": 7, "c": 9}, {"a": None, "b": None, "c": 9}),
        ({"a": 1, "b": 1, "c": 6, "d": 8}, {"a": None, "b": None, "c": None, "d": 8}),
        ({"a": 2, "b": 4, "c": 6}, {"a": None, "b": None, "c": 6}),
        ({"a": 4}, None),
        ({"a": 1, "b": 2}, None),
    ],
)
def test_small_numbers_and_what_gives_them_away_are_held_back(counts: dict[str, int], shown: dict[str, int | None] | None) -> None:
    assert suppressed(counts) == shown


def test_the_published_counts_say_nothing_of_few_complaints_and_the_total_of_many() -> None:
    quarter = {"first": date(2026, 7, 1), "end": date(2026, 10, 1)}
    assert published_counts(**quarter)["total"] == 0
    for _one in range(5):
        filed()
    many = published_counts(**quarter)
    assert (many["total"], many["by_category"]["MONEY"], many["by_status"]["RECEIVED"]) == (5, 5, 5)
    filed(category="LAND")
    few = published_counts(**quarter)
    assert few["total"] == 6
    assert (few["by_category"]["LAND"], few["by_category"]["MONEY"]) == (None, None)


def test_a_quarter_is_published_once_when_it_is_over(client: Client) -> None:
    for _one in range(5):
        filed()
    after = datetime(2026, 10, 2, 3, 0, tzinfo=UTC)
    assert services.publish_counts(at=after) is not None
    assert services.publish_counts(at=after) is None
    filed()
    assert Publication.objects.get().counts["total"] == 5
    page = client.get(reverse("grievances:counts")).content.decode()
    assert "2026 Q3" in page


# --- Pages --------------------------------------------------------------------------------------------------------------


def code_on(page: str) -> str:
    found = re.search(r'id="code"[^>]*>([\d ]+)<', page)
    assert found
    return found.group(1)


def test_anybody_complains_follows_and_appeals_in_khmer(client: Client, officer: User) -> None:
    start = client.get(reverse("grievances:start"), headers={"accept-language": "en"})
    assert 'lang="km"' in start.content.decode()
    upload = SimpleUploadedFile("IMG_7.jpg", photo(), content_type="image/jpeg")
    receipt = client.post(
        reverse("grievances:start"), {"client_key": uuid4(), "category": "CONDUCT", "text": "Bad words.", "name": "Sok", "photo": upload}
    )
    code = code_on(receipt.content.decode())
    assert "no-store" in receipt["Cache-Control"]
    case = Case.objects.get()
    services.answer_case(case_id=case.pk, text="We spoke with them.", by=officer, at=AT)
    page = client.post(reverse("grievances:follow"), {"code": code}).content.decode()
    assert "We spoke with them." in page
    assert not any(private in page for private in ("Sok", "Sophea", "Bad words"))
    client.post(reverse("grievances:appeal"), {"code": code, "text": "They did it again."})
    case.refresh_from_db()
    assert (case.status, case.level) == ("APPEALED", "COMMUNE")


def test_a_page_in_the_chosen_language(client: Client) -> None:
    client.cookies["django_language"] = "en"
    assert "Is something not right?" in client.get(reverse("grievances:start")).content.decode()


def test_a_program_that_fills_everything_in_is_refused(client: Client) -> None:
    sent = client.post(reverse("grievances:start"), {"client_key": uuid4(), "category": "OTHER", "text": "Buy now", "website": "http://x"})
    assert sent.status_code == 422
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"client_key": "x", "category": "MONEY", "text": "So."},
        {"client_key": str(KEY), "category": "NOTHING", "text": "So."},
        {"client_key": str(KEY), "category": "MONEY", "text": "  "},
        {"client_key": str(KEY), "category": "MONEY", "text": "So.", "village": "999999"},
        {"client_key": str(KEY), "category": "MONEY", "text": "So\x00."},
        {},
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_kept(client: Client, given: dict[str, str]) -> None:
    assert client.post(reverse("grievances:start"), given).status_code == 422
    assert not Case.objects.exists()


def test_a_file_that_only_claims_to_be_a_recording_is_refused(client: Client) -> None:
    fake = io.BytesIO(b"MZ\x90\x00 this is a program")
    fake.name = "voice.ogg"
    sent = client.post(reverse("grievances:start"), {"client_key": KEY, "category": "MONEY", "text": "So.", "recording": fake})
    assert sent.status_code == 422
    assert not Case.objects.exists()


def test_codes_cannot_be_tried_without_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    one = filed()
    monkeypatch.setattr("communities.grievances.views.public.MOST_WRONG_CODES", 2)
    for _try in range(2):
        assert client.post(reverse("grievances:follow"), {"code": "1" * 16}).status_code == 422
    assert client.post(reverse("grievances:follow"), {"code": one.code}).status_code == 422
    assert client.post(reverse("grievances:follow"), {"code": one.code}, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_one_address_does_not_fill_the_queue(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communities.grievances.views.public.MOST_SENT", 1)
    assert limits.MOST_SENT > 1
    given = {"category": "OTHER", "text": "So."}
    assert client.post(reverse("grievances:start"), {"client_key": uuid4(), **given}).status_code == 200
    assert client.post(reverse("grievances:start"), {"client_key": uuid4(), **given}).status_code == 422
    assert Case.objects.count() == 1


def test_the_office_page_shows_no_name_and_each_opening_is_recorded(client: Client, officer: User) -> None:
    case = filed(name="Sok Dara", phone="012999888").case
    auditor = person("auditor", Role.AUDITOR)
    for who in (officer, auditor):
        client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("admin:grievances_case_change", args=[case.pk])).content.decode()
        assert "Our share came late." in page
        assert "Sok Dara" not in page and "012999888" not in page
        assert AuditRecord.objects.filter(act="complaint.read", actor=who).count() == 1
    client.force_login(person("admin", Role.ADMINISTRATOR), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:grievances_case_change", args=[case.pk])).status_code in {302, 403, 404}


def test_a_name_is_shown_once_to_who_handles_the_case(client: Client, officer: User) -> None:
    case = filed(name="Sok Dara").case
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    shown = client.post(reverse("admin:grievances_case_act", args=[case.pk, "name"]))
    assert "Sok Dara" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert AuditRecord.objects.filter(act="complaint.read-name", actor=officer).count() == 1


def test_an_officer_takes_a_complaint_down_and_reads_the_code_out(client: Client, officer: User) -> None:
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    given = {"client_key": uuid4(), "category": "SPENDING", "text": "The pump was never bought."}
    with translation.override("en"):
        page = client.post(reverse("admin:grievances_case_new_act", args=["enter"]), given).content.decode()
    assert re.search(r"\d{4} \d{4} \d{4} \d{4}", page)
    assert Case.objects.get().channel == "TELEPHONE"


def test_a_liaison_takes_a_complaint_down(client: Client) -> None:
    client.force_login(person("vuthy", Role.LIAISON), backend="django.contrib.auth.backends.ModelBackend")
    page = client.post(reverse("grievances:for_villager"), {"client_key": uuid4(), "category": "MONEY", "text": "Nothing came."})
    assert code_on(page.content.decode())
    refused = client.post(
        reverse("grievances:for_villager"), {"client_key": uuid4(), "category": "MONEY", "text": "Nothing came.", "reference": "SP-1"}
    )
    assert refused.status_code == 422
    assert Case.objects.get().channel == "LIAISON"


def test_nobody_answers_for_a_payment_they_made(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.communities.consenting import Community

    there = Community()
    there.shared()
    paid = there.paid(there.promised(there.pu_char, 1_000))
    case = filed(link=link_of(reference=paid.disbursement.reference)).case
    with pytest.raises(NotIndependent):
        services.answer_case(case_id=case.pk, text="It is right.", by=User.objects.get(pk=paid.paid_by_id), at=AT)

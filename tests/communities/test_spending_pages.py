"""The phone pages and the office's review, through HTTP."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communities.registry.models import Assignment
from communities.spending import services
from communities.spending.models import Category, SpendingRecord, TrainingRecord
from core import clock, files, jobs
from core.audit.models import AuditRecord
from core.models import Job
from core.people.models import Role, User
from revenue.disbursements.models import Acknowledgement, Payment
from tests.communities.test_spending_services import training_facts
from tests.communities.village import NOW, Village, person, photo, receipt_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def village() -> Village:
    return Village()


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def phone(village: Village) -> Client:
    return signed_in(village.liaison)


def jpg(name: str = "receipt.jpg", **of: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(**of), "image/jpeg")


def typed(village: Village, **changes: Any) -> dict[str, Any]:
    return {
        "client_key": str(uuid4()),
        "spent_on": "2026-08-10",
        "amount": "៤០០,០០០",
        "currency": "KHR",
        "category": village.well.pk,
        "payee": "ហាង សុខ",
        "description": "Two hand pumps",
        "women": "១២",
        "men": "9",
        "youth": "",
        "indigenous": "",
        "other": "",
        "disbursement": "",
        **changes,
    }


def spending_url(village: Village) -> str:
    return reverse("spending:log_spending", args=[village.pu_char.pk])


def errors_at(html: str, field: str) -> str:
    """Return the sentences shown at a field, by the id that its input names."""
    start = html.find(f'id="id_{field}_error"')
    return "" if start < 0 else html[start : html.find("</ul>", start)]


# --- Logging ---------------------------------------------------------------------------------------------------------


def test_spending_is_logged_in_khmer_digits_and_the_page_tells_its_number(village: Village, phone: Client) -> None:
    answer = phone.post(
        spending_url(village), {**typed(village), "photos": [jpg(), jpg("other.jpg", colour="red")], "photos_camera": jpg("new.jpg", colour="blue")}
    )
    record = SpendingRecord.objects.get()
    assert answer.headers["Location"] == reverse("spending:spending_saved", args=[record.pk])
    assert (record.amount_minor, record.currency, record.women, record.men, record.payee) == (400_000, "KHR", 12, 9, "ហាង សុខ")
    assert record.evidence.count() == 3
    assert record.reference in phone.get(answer.headers["Location"]).content.decode()


def test_dollars_are_read_with_their_cents(village: Village, phone: Client) -> None:
    phone.post(spending_url(village), typed(village, amount="1,250.50", currency="USD"))
    assert SpendingRecord.objects.get().amount_minor == 1_250_50


def test_the_same_form_sent_twice_is_one_record(village: Village, phone: Client) -> None:
    data = typed(village)
    first = phone.post(spending_url(village), {**data, "photos": jpg()})
    second = phone.post(spending_url(village), {**data, "photos": jpg()})
    assert first.headers["Location"] == second.headers["Location"]
    assert SpendingRecord.objects.count() == 1


def test_the_same_form_with_another_amount_is_told_what_was_saved(village: Village, phone: Client) -> None:
    data = typed(village)
    phone.post(spending_url(village), data)
    answer = phone.post(spending_url(village), {**data, "amount": "500000"})
    assert answer.status_code == 422
    assert SpendingRecord.objects.get().reference in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"spent_on": "31/02/2026"}, "spent_on", "This is not a day"),
        ({"spent_on": ""}, "spent_on", "Choose the day"),
        ({"spent_on": "2026-08-21"}, "spent_on", "This day has not come yet"),
        ({"amount": "a lot"}, "amount", "is not an amount in riel"),
        ({"amount": "12.50"}, "amount", "Riel have no decimals"),
        ({"amount": "-5"}, "amount", "must be more than zero"),
        ({"amount": "0"}, "amount", "must be more than zero"),
        ({"amount": "99999999999"}, "amount", "too large for one record"),
        ({"amount": "9" * 29}, "amount", "is not an amount in riel"),
        ({"currency": "EUR"}, "currency", "EUR"),
        ({"category": ""}, "category", "Choose what kind"),
        ({"category": "0"}, "category", "0"),
        ({"payee": ""}, "payee", "Write the name"),
        ({"description": ""}, "description", "Write what was bought"),
        ({"women": "many"}, "women", "is not a whole number"),
        ({"men": "-3"}, "men", "is not a whole number"),
        ({"youth": "22"}, "youth", "more than the women and men together"),
        ({"other": "400001"}, "other", "cannot be more than the whole amount"),
        ({"disbursement": "77"}, "disbursement", "77"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_everything_typed_stays(
    village: Village, phone: Client, change: dict[str, str], field: str, sentence: str
) -> None:
    answer = phone.post(spending_url(village), typed(village, **change))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in errors_at(html, field)
    assert not SpendingRecord.objects.exists()
    kept = typed(village, **change)
    for name in ("amount", "payee", "women", "men", "spent_on"):
        assert f'value="{kept[name]}"' in html or not kept[name]
    assert kept["description"] in html


def test_a_category_that_is_not_eligible_is_not_offered_but_named(village: Village, phone: Client) -> None:
    html = phone.get(spending_url(village)).content.decode()
    assert f'value="{village.fines.pk}"' not in html
    assert "<li>Fines</li>" in html


def test_a_text_file_named_jpg_is_told_at_the_photo(village: Village, phone: Client) -> None:
    fake = SimpleUploadedFile("receipt.jpg", b"I paid, believe me", "image/jpeg")
    answer = phone.post(spending_url(village), {**typed(village), "photos": fake})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "“receipt.jpg”: This file is not a photo" in errors_at(html, "photos")
    assert "Choose the photos again" in html
    assert not SpendingRecord.objects.exists()


def test_a_photo_of_50_mb_is_told_at_the_photo(village: Village, phone: Client) -> None:
    huge = SimpleUploadedFile("huge.jpg", photo() + b"\0" * 50 * 1024 * 1024, "image/jpeg")
    answer = phone.post(spending_url(village), {**typed(village), "photos": huge})
    assert answer.status_code == 422
    assert "larger than 12 MB" in errors_at(answer.content.decode(), "photos")


def test_a_form_with_a_mistake_keeps_its_key_so_that_it_is_still_one_record(village: Village, phone: Client) -> None:
    data = typed(village, amount="")
    html = phone.post(spending_url(village), data).content.decode()
    assert data["client_key"] in html


def test_a_form_without_its_key_is_refused_with_a_sentence(village: Village, phone: Client) -> None:
    answer = phone.post(spending_url(village), typed(village, client_key="nonsense"))
    assert answer.status_code == 422
    assert "Enter a valid UUID" in answer.content.decode()


def test_the_last_payees_are_offered(village: Village, phone: Client) -> None:
    village.log(payee="Sok & sons")
    assert '<option value="Sok &amp; sons">' in phone.get(spending_url(village)).content.decode()


def test_a_training_is_logged(village: Village, phone: Client) -> None:
    url = reverse("spending:log_training", args=[village.pu_char.pk])
    data = {
        "client_key": str(uuid4()), "topic": "Fire control", "trainer": "Sophea", "place": "", "first_day": "០៣/០៨/២០២៦", "days": "២", "women": "11", "men": "7", "photos": jpg(),
    }  # fmt: skip
    answer = phone.post(url, data)
    record = TrainingRecord.objects.get()
    assert answer.headers["Location"] == reverse("spending:training_saved", args=[record.pk])
    assert (record.days, record.women, str(record.first_day), record.evidence.count()) == (2, 11, "2026-08-03", 1)


def test_a_training_nobody_attended_is_told_at_its_field(village: Village, phone: Client) -> None:
    url = reverse("spending:log_training", args=[village.pu_char.pk])
    data = {"client_key": str(uuid4()), "topic": "Fire control", "trainer": "Sophea", "first_day": "2026-08-03", "days": "2", "women": "", "men": ""}
    answer = phone.post(url, data)
    assert "Nobody took part" in errors_at(answer.content.decode(), "women")
    assert 'value="Fire control"' in answer.content.decode()


# --- Acknowledging ---------------------------------------------------------------------------------------------------


def acknowledgement(**changes: Any) -> dict[str, Any]:
    return {"client_key": str(uuid4()), "received_on": "2026-08-10", "amount": "៤១០,០០០", "signed_by": "Chan", "also_signed_by": "Dara", **changes}


def test_a_payment_is_acknowledged_with_two_signatures_and_a_photo(village: Village, phone: Client) -> None:
    payment = Payment.objects.get(disbursement=village.advance(usd=100_00, riel=410_000))
    url = reverse("spending:acknowledge", args=[payment.pk])
    assert phone.post(url, {**acknowledgement(), "photos": jpg()}).status_code == 302
    written = Acknowledgement.objects.get()
    assert (written.local_minor, written.local_currency, written.signed_by, written.also_signed_by) == (410_000, "KHR", "Chan", "Dara")
    assert written.photo is not None
    assert "Chan" in phone.get(url).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "x"}, "amount"),
        ({"also_signed_by": "Chan"}, "also_signed_by"),
        ({"received_on": "2025-01-01"}, "received_on"),
        ({"also_signed_by": ""}, "also_signed_by"),
    ],
)
def test_a_wrong_acknowledgement_is_told_at_its_field(village: Village, phone: Client, change: dict[str, str], field: str) -> None:
    payment = Payment.objects.get(disbursement=village.advance(usd=100_00, riel=410_000))
    answer = phone.post(reverse("spending:acknowledge", args=[payment.pk]), acknowledgement(**change))
    assert answer.status_code == 422
    assert errors_at(answer.content.decode(), field)
    assert not Acknowledgement.objects.exists()


# --- Home and records --------------------------------------------------------------------------------------------------


def test_the_first_page_tells_the_money_and_what_is_expected(village: Village, phone: Client) -> None:
    village.advance(usd=100_00, riel=410_000, account_by=NOW.date() - timedelta(days=1))
    village.accept(village.log(amount_minor=100_000))
    asked = village.log(amount_minor=50_000)
    services.query_spending(record_id=asked.pk, words="Which pump?", by=village.officer, at=NOW)
    html = phone.get("/field/").content.decode()
    for words in (
        "310,000\u00a0៛",
        "410,000\u00a0៛",
        "100,000\u00a0៛",
        "3 things to do",
        "It was due on 19 August 2026",
        asked.reference,
        "Did 410,000\u00a0៛ arrive?",
    ):
        assert words in html


def test_the_list_tells_each_status_in_plain_words_and_filters_by_it(village: Village, phone: Client) -> None:
    waiting, accepted = village.log(payee="Waiting shop"), village.log(payee="Accepted shop")
    village.accept(accepted)
    url = reverse("spending:records", args=[village.pu_char.pk])
    html = phone.get(url).content.decode()
    assert "waiting for the office" in html
    assert waiting.reference in html
    assert accepted.reference in html
    only = phone.get(url, {"status": "ACCEPTED"}).content.decode()
    assert accepted.reference in only
    assert waiting.reference not in only


def test_a_question_is_answered_on_the_record_with_another_photo(village: Village, phone: Client) -> None:
    record = village.log()
    services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=NOW)
    page = reverse("spending:spending", args=[record.pk])
    assert "Which pump?" in phone.get(page).content.decode()
    empty = phone.post(reverse("spending:answer", args=[record.pk]), {"words": ""})
    assert empty.status_code == 422
    assert "Please write your answer" in empty.content.decode()
    phone.post(reverse("spending:answer", args=[record.pk]), {"words": "Afridev", "photos": jpg(colour="green")})
    record.refresh_from_db()
    assert (record.status, record.evidence.count()) == ("LOGGED", 2)


def test_a_photo_is_added_and_a_form_without_one_is_told(village: Village, phone: Client) -> None:
    record = village.log(photos=[])
    url = reverse("spending:add_photos", args=[record.pk])
    assert "No photo was chosen" in phone.post(url).content.decode()
    assert phone.post(url, {"photos": jpg()}).status_code == 302
    assert record.evidence.count() == 1


def test_what_was_not_funded_is_told_to_the_village(village: Village, phone: Client) -> None:
    record = village.accept(village.log(amount_minor=90_000))
    html = phone.get(reverse("spending:spending", args=[record.pk])).content.decode()
    assert "90,000\u00a0៛ of it was not covered" in html


# --- Whose it is -----------------------------------------------------------------------------------------------------


def paths_of(record: SpendingRecord, training: TrainingRecord, payment: Payment) -> list[str]:
    found = [reverse(f"spending:{name}", args=[record.pk]) for name in ("spending", "spending_saved")]
    found += [reverse(f"spending:{name}", args=[training.pk]) for name in ("training", "training_saved")]
    found += [reverse(f"spending:{name}", args=[record.recipient_id]) for name in ("records", "log_spending", "log_training")]
    found += [reverse(f"spending:{name}", args=[record.evidence.get().pk]) for name in ("evidence", "evidence_small")]
    return [*found, reverse("spending:acknowledge", args=[payment.pk])]


@pytest.fixture
def paths(village: Village) -> list[str]:
    payment = Payment.objects.get(disbursement=village.advance(usd=100_00, riel=410_000))
    return paths_of(village.log(), services.log_training(**training_facts(village)), payment)  # type: ignore[arg-type]


def test_the_liaison_opens_all_that_is_theirs(village: Village, phone: Client, paths: list[str]) -> None:
    assert {path: phone.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_another_communitys_pages_are_not_found(village: Village, paths: list[str]) -> None:
    stranger = person("stranger", Role.LIAISON)
    Assignment.objects.create(person=stranger, recipient=village.other, from_date=NOW.date())
    client = signed_in(stranger)
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)


@pytest.mark.parametrize("name", ["answer", "add_photos"])
def test_nothing_is_sent_to_another_communitys_record(village: Village, name: str) -> None:
    record = village.log()
    client = signed_in(person("stranger", Role.LIAISON))
    assert client.post(reverse(f"spending:{name}", args=[record.pk]), {"words": "Hello", "photos": jpg(colour="red")}).status_code == 404
    assert record.evidence.count() == 1


def test_after_the_assignment_ends_nothing_is_found(village: Village, phone: Client, paths: list[str]) -> None:
    Assignment.objects.update(to_date=NOW.date())
    assert {path: phone.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)


def test_nobody_is_sent_to_sign_in(village: Village, paths: list[str]) -> None:
    for path in [*paths, "/field/"]:
        answer = Client().get(path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/login/")


@pytest.mark.parametrize(
    ("role", "status"), [(Role.AUDITOR, 200), (Role.FINANCE_OFFICER, 200), (Role.FINANCE_APPROVER, 200), (Role.ADMINISTRATOR, 404)]
)
def test_readers_of_the_books_see_every_photo_and_the_administrator_none(village: Village, role: Role, status: int) -> None:
    evidence = village.log().evidence.get()
    client = signed_in(person("somebody", role))
    assert client.get(f"/evidence/{evidence.pk}/").status_code == status
    assert client.get(f"/evidence/{evidence.pk}/small/").status_code == status


def test_the_phone_pages_are_for_those_who_log(village: Village, paths: list[str]) -> None:
    auditor = signed_in(person("auditor", Role.AUDITOR))
    for path in ["/field/", *(one for one in paths if one.startswith("/field/"))]:
        assert auditor.get(path).status_code == 404


def test_evidence_is_handed_out_as_what_it_is(village: Village, phone: Client) -> None:
    evidence = village.log().evidence.get()
    answer = phone.get(f"/evidence/{evidence.pk}/")
    assert b"".join(answer.streaming_content) == photo()  # type: ignore[arg-type]
    assert (answer["Content-Type"], answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("image/jpeg", "nosniff", "private, max-age=3600")


def test_the_small_copy_is_small_and_says_nothing_of_the_camera(village: Village, phone: Client) -> None:
    from PIL import Image

    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Some camera", 6  # turned to the right
    exif.get_ifd(0x8825).update({1: "N", 2: (12.0, 30.0, 0.0), 3: "E", 4: (107.0, 15.0, 0.0)})
    Image.new("RGB", (1600, 1200), "white").save(out, "JPEG", exif=exif, comment=b"at 12.5, 107.25")
    evidence = village.log(photos=[(out.getvalue(), "image/jpeg", "large.jpg")]).evidence.get()
    with Image.open(io.BytesIO(phone.get(f"/evidence/{evidence.pk}/small/").content)) as small:
        assert small.size == (360, 480)
        assert not small.getexif()
        assert not {"exif", "comment", "xmp"} & small.info.keys()
    assert b"12.5" in b"".join(phone.get(f"/evidence/{evidence.pk}/").streaming_content), "the original stays as it is, for the office"


def test_a_worker_draws_the_small_copy_once_and_pages_show_that_one(village: Village, phone: Client) -> None:
    evidence = village.log().evidence.get()
    job = Job.objects.get(key=f"small:{evidence.file.sha256}")
    assert (job.state, files.read_small(evidence.file)) == ("WAITING", None)
    assert phone.get(f"/evidence/{evidence.pk}/small/").status_code == 200, "a page opened before the worker came draws its own"
    for _message in range(2):
        jobs.run(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("DONE", 1)
    assert phone.get(f"/evidence/{evidence.pk}/small/").content == files.read_small(evidence.file)
    files.path_of(evidence.file.sha256).unlink()
    assert phone.get(f"/evidence/{evidence.pk}/small/").status_code == 200, "it is the kept one"


def test_a_lost_message_for_a_small_copy_is_sent_again(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job.objects.get(key=f"small:{village.log().evidence.get().file.sha256}")
    sent: list[int] = []
    monkeypatch.setattr(jobs, "send", sent.append)
    jobs.sweep(now=job.created_at + 2 * jobs.PATIENCE)
    assert job.pk in sent


def test_a_photo_that_was_cut_off_has_no_small_copy_and_breaks_no_page(village: Village, phone: Client) -> None:
    whole = photo(size=(900, 900))
    evidence = village.log(photos=[(whole[: len(whole) // 2], "image/jpeg", "cut.jpg")]).evidence.get()
    job = Job.objects.get(key=f"small:{evidence.file.sha256}")
    jobs.run(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == ("DONE", "Nothing can be drawn from this photo.")
    assert phone.get(f"/evidence/{evidence.pk}/small/").status_code == 404
    assert phone.get(f"/evidence/{evidence.pk}/").status_code == 200


def test_a_photo_with_damaged_notes_of_the_camera_breaks_no_page(village: Village, phone: Client) -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, "WEBP", exif=b"Exif\x00\x00MM\x00r\x00\x00\x00\x08")
    evidence = village.log(photos=[(out.getvalue(), "image/webp", "odd.webp")]).evidence.get()
    assert phone.get(f"/evidence/{evidence.pk}/small/").status_code == 404


# --- The office ------------------------------------------------------------------------------------------------------


def review_url(record: SpendingRecord) -> str:
    return reverse("admin:spending_spendingrecord_review", args=[record.pk])


@pytest.fixture
def office(village: Village) -> Client:
    return signed_in(village.officer)


def test_the_review_shows_the_photo_and_what_accepting_would_draw(village: Village, office: Client) -> None:
    dollars = village.advance(usd=50_00)
    village.advance(usd=100_00, riel=410_000)
    record = village.log(amount_minor=500_000)
    html = office.get(review_url(record)).content.decode()
    for words in (
        f"/evidence/{record.evidence.get().pk}/",
        "410,000\u00a0៛",
        "90,000\u00a0៛ is not covered",
        dollars.reference,
        "nothing is converted",
    ):
        assert words in html


def test_accepting_on_the_review_goes_on_to_the_next_and_tells_what_is_not_funded(village: Village, office: Client) -> None:
    village.advance(usd=100_00, riel=410_000)
    record, following = village.log(amount_minor=500_000), village.log(amount_minor=1_000)
    answer = office.post(review_url(record), {"decision": "accept"}, follow=True)
    assert answer.redirect_chain == [(review_url(following), 302)]
    assert "90,000\u00a0៛ is not funded by carbon revenue" in answer.content.decode()
    record.refresh_from_db()
    assert (record.status, record.decided_by) == ("ACCEPTED", village.officer)


@pytest.mark.parametrize(("decision", "status"), [("query", "QUERIED"), ("refuse", "REFUSED")])
def test_asking_and_refusing_on_the_review_need_words(village: Village, office: Client, decision: str, status: str) -> None:
    record = village.log()
    answer = office.post(review_url(record), {"decision": decision, "words": ""})
    assert answer.status_code == 422
    assert "Please write what you want to say" in answer.content.decode()
    office.post(review_url(record), {"decision": decision, "words": "Which pump?"})
    record.refresh_from_db()
    assert record.status == status


def test_the_review_of_a_decided_record_says_where_it_stands(village: Village, office: Client) -> None:
    record = village.accept(village.log(), by=village.second)
    answer = office.post(review_url(record), {"decision": "accept"})
    assert answer.status_code == 422
    assert "cannot be changed this way now" in answer.content.decode()


def test_the_review_says_that_the_same_photo_stands_elsewhere(village: Village, office: Client) -> None:
    first, second = village.log(), village.log()
    assert first.reference in office.get(review_url(second)).content.decode()


def test_nobody_reviews_what_they_logged_themselves(village: Village, office: Client) -> None:
    record = village.log(by=village.officer)
    assert "You logged this yourself" in office.get(review_url(record)).content.decode()
    assert office.post(review_url(record), {"decision": "accept"}).status_code == 422
    record.refresh_from_db()
    assert record.status == "LOGGED"


def test_an_auditor_reads_the_review_and_decides_nothing(village: Village) -> None:
    record = village.log()
    auditor = signed_in(person("auditor", Role.AUDITOR))
    html = auditor.get(review_url(record)).content.decode()
    assert record.reference in html
    assert 'name="decision"' not in html
    assert auditor.post(review_url(record), {"decision": "accept"}).status_code == 404


@pytest.mark.parametrize("role", [Role.LIAISON, Role.ADMINISTRATOR])
def test_the_review_is_the_offices(village: Village, role: Role) -> None:
    assert signed_in(person("somebody", role)).get(review_url(village.log())).status_code in {302, 404}


def test_the_lists_open_with_totals_and_export(village: Village, office: Client) -> None:
    village.advance(usd=100_00, riel=410_000)
    village.accept(village.log(amount_minor=500_000, payee="=HYPERLINK(1)"))
    services.log_training(**training_facts(village))  # type: ignore[arg-type]
    html = office.get(reverse("admin:spending_spendingrecord_changelist"), {"funded": "part"}).content.decode()
    assert "500,000\u00a0៛" in html
    assert "410,000\u00a0៛" in html
    exported = office.get(reverse("admin:spending_spendingrecord_export")).content.decode()
    assert "'=HYPERLINK(1)" in exported
    assert "500,000" in exported
    assert "36" in office.get(reverse("admin:spending_trainingrecord_changelist")).content.decode()
    for name in ("spendingrecord", "trainingrecord", "category", "evidence", "reviewstep"):
        assert office.get(reverse(f"admin:spending_{name}_changelist")).status_code == 200


@pytest.mark.parametrize("wanted", ["yes", "no"])
def test_records_are_found_by_whether_they_have_a_photo(village: Village, office: Client, wanted: str) -> None:
    with_photo, without = village.log(payee="Photo shop"), village.log(photos=[], payee="Bare shop")
    html = office.get(reverse("admin:spending_spendingrecord_changelist"), {"photo": wanted}).content.decode()
    assert (with_photo.reference in html) == (wanted == "yes")
    assert (without.reference in html) == (wanted == "no")


def test_a_record_page_shows_what_paid_for_it(village: Village, office: Client) -> None:
    advance = village.advance(usd=100_00, riel=410_000)
    record = village.accept(village.log(amount_minor=410_000))
    html = office.get(reverse("admin:spending_spendingrecord_change", args=[record.pk])).content.decode()
    assert advance.reference in html
    assert "410,000\u00a0៛ = $100.00" in html


def test_acts_on_the_record_page_are_the_same_services(village: Village, office: Client) -> None:
    record = village.log()
    url = reverse("admin:spending_spendingrecord_act", args=[record.pk, "query"])
    assert office.post(url, {"words": ""}).status_code == 422
    assert office.post(url, {"words": "Which pump?"}).status_code == 302
    record.refresh_from_db()
    assert record.status == "QUERIED"


def test_a_category_is_added_by_an_officer_and_audited(village: Village, office: Client) -> None:
    url = reverse("admin:spending_category_add")
    office.post(url, {"code": "school", "name": "School", "name_km": "សាលា", "purpose": "community_development", "is_eligible": "on"})
    assert Category.objects.filter(code="school").exists()
    assert AuditRecord.objects.get(act="category.add").subject == "category:school"


def test_the_purpose_of_a_used_category_stays(village: Village, office: Client) -> None:
    village.log()
    url = reverse("admin:spending_category_change", args=[village.well.pk])
    office.post(url, {"code": "other", "name": "Wells", "name_km": "", "purpose": "training", "is_eligible": "on"})
    village.well.refresh_from_db()
    assert (village.well.code, village.well.name, village.well.purpose) == ("well", "Wells", "community_development")


def test_an_auditor_changes_no_category(village: Village) -> None:
    auditor = signed_in(person("auditor", Role.AUDITOR))
    auditor.post(reverse("admin:spending_category_change", args=[village.well.pk]), {"name": "Mine"})
    village.well.refresh_from_db()
    assert village.well.name == "Well or pump"


def test_the_pages_ask_the_database_no_more_for_more_records(village: Village, phone: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        village.log(photos=[receipt_photo(f"#0000{number:02x}")], payee=f"Shop {number}")
    with django_assert_max_num_queries(16):
        phone.get(reverse("spending:records", args=[village.pu_char.pk]))
    with django_assert_max_num_queries(20):
        phone.get("/field/")

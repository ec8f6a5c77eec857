"""Khmer: every sentence is translated, none is left over, and the pages of a village show no English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from django.forms import CharField, DateField, IntegerField
from django.template.defaultfilters import date as written_date
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.urls import reverse
from django.utils import translation

from communities.spending import services
from communities.spending.models import Category, Evidence
from config import translations
from core import clock
from core.money import NotAnAmount, parse_amount
from core.sheets import NotASheet, read_grid
from revenue.disbursements.models import Payment
from revenue.ledger.models import Account
from tests.communities.test_spending_services import training_facts
from tests.communities.village import NOW, Village

# What people without an office read: the phone pages, signing in, published reports and the trace, and what forms say there.
FOR_EVERYBODY = (
    "templates/40", "templates/500", "templates/base", "templates/people", "templates/reports", "templates/spending", "communities/spending",
    "communities/registry/models", "core/files", "core/forms", "core/money", "core/people", "core/refusal", "reports/forms", "reports/views",
    "revenue/disbursements/services/acknowledgements", "revenue/disbursements/states", "revenue/ledger/chart", "django/forms", "django/core",
    "django/contrib/auth",
)  # fmt: skip

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_KHMER = re.compile(r"[\u1780-\u17ff]")
# In every alphabet: the product, the way to the other language, units, kinds of file and names of places and people of the tests.
ALLOWED = {"Forest", "Dividend", "English", "MB", "KB", "JPEG", "PDF", "XLSX", "CSV", "JSON", "sha"}
NAMES = {
    "Liaison",
    "Committee",
    "pu",
    "char",
    "Officer",
    "Work",
    "plan",
    "DB",
    "SP",
    "TR",
    "KS",
    "OUT",
    "community",
    "development",
    "jpg",
    "white",
    "blue",
    "FT",
}


@pytest.fixture(autouse=True)
def _no_language_left_over() -> Iterator[None]:
    """Begin in English: a request leaves its language behind in the thread."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def khmer() -> Catalog:
    return translations.read("km")


@pytest.fixture(scope="module")
def in_use() -> Catalog:
    return translations.collected()


def keys(catalogue: Catalog) -> set[tuple[str, str | None]]:
    return {(said(message.id), message.context) for message in catalogue if message.id}


def said(text: Any) -> str:
    """Return the longest form of a sentence: the plural holds every placeholder."""
    return str(text[-1] if isinstance(text, (tuple, list)) else text or "")


def in_khmer(message: Message) -> str:
    return said(message.string)


def test_no_sentence_is_kept_that_nobody_says_any_more(khmer: Catalog, in_use: Catalog) -> None:
    assert keys(khmer) - keys(in_use) == set(), "make messages"


def test_every_sentence_that_everybody_reads_is_in_khmer(khmer: Catalog, in_use: Catalog) -> None:
    known = {(said(message.id), message.context) for message in khmer if in_khmer(message)}
    read_by_all = [message for message in in_use if message.id and any(place.startswith(FOR_EVERYBODY) for place, _line in message.locations)]
    assert len(read_by_all) > 500
    assert [said(message.id) for message in read_by_all if (said(message.id), message.context) not in known] == []


def test_no_translation_is_a_guess(khmer: Catalog) -> None:
    assert [said(message.id) for message in khmer if message.id and message.fuzzy] == []


def test_a_translation_holds_the_same_values_as_the_sentence(khmer: Catalog) -> None:
    differing = [
        said(message.id)
        for message in khmer
        if message.id
        and in_khmer(message)
        and sorted(set(_PLACEHOLDER.findall(said(message.id)))) != sorted(set(_PLACEHOLDER.findall(in_khmer(message))))
    ]
    assert differing == []


def test_a_translation_begins_and_ends_with_the_same_space(khmer: Catalog) -> None:
    def edges(text: str) -> tuple[bool, bool]:
        return text[:1].isspace(), text[-1:].isspace()

    assert [said(m.id) for m in khmer if m.id and in_khmer(m) and edges(said(m.id)) != edges(in_khmer(m))] == []


def test_khmer_has_one_form_for_one_and_many(khmer: Catalog) -> None:
    assert khmer.num_plurals == 1
    assert [message.id for message in khmer if message.pluralizable and len(message.string or "") != 1] == []


def test_what_django_reads_is_compiled_from_what_people_edit(khmer: Catalog) -> None:
    assert translations.catalogue_path("km").with_suffix(".mo").read_bytes() == translations.as_machine_file(khmer)


def test_a_sentence_of_a_template_is_found_with_its_values() -> None:
    found = {said(message.id) for message in translations.collected() if any(place.startswith("templates/") for place, _line in message.locations)}
    assert "The programme paid on %(day)s" in found


# --- what forms and refusals say ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed"),
    [(CharField(), ""), (CharField(max_length=2), "abc"), (DateField(), "never"), (IntegerField(), "x"), (IntegerField(min_value=1), "0")],
    ids=["missing", "too long", "no date", "no number", "too small"],
)
def test_a_common_mistake_is_named_in_khmer(field: Any, typed: str) -> None:
    from django.core.exceptions import ValidationError

    with translation.override("km"), pytest.raises(ValidationError) as refused:
        field.clean(typed)
    with translation.override("km"):
        assert all(_KHMER.search(sentence) and not _LATIN.search(sentence) for sentence in refused.value.messages)


def test_a_refusal_of_a_module_without_django_is_said_in_the_readers_language() -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_amount(text="ច្រើន", currency="USD")
    assert str(refused.value) == "“ច្រើន” is not an amount. Write it in digits, for example 1,250.00."
    with translation.override("km"):
        assert str(refused.value) == "«ច្រើន» មិនមែនជាចំនួនទឹកប្រាក់ទេ។ សូមសរសេរជាលេខ ឧទាហរណ៍ ១,២៥០.០០។"


def test_a_file_that_is_no_table_is_refused_in_khmer() -> None:
    with translation.override("km"), pytest.raises(NotASheet) as refused:
        read_grid(content=b" ", filename="list.csv")
    with translation.override("km"):
        assert (refused.value.message, refused.value.next_step) == ("ឯកសារទទេ។", "សូមជ្រើសរើសឯកសារម្តងទៀត។")


def test_khmer_pages_write_numbers_and_days_as_the_bank_does() -> None:
    with translation.override("km"):
        assert filesizeformat(86_528) == "84.5\xa0KB"
        assert written_date(NOW.date()) == "20 សីហា 2026"


# --- the pages of a village ------------------------------------------------------------------------------------------


class _Visible(HTMLParser):
    """Collects what a person sees or hears of a page: its text, and the attributes that are read aloud."""

    SILENT = ("script", "style", "svg", "head")
    SPOKEN = ("alt", "aria-label", "placeholder", "title")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self.SILENT
        self.texts += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self.SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def english_in(response: Any) -> list[str]:
    page = _Visible()
    page.feed(response.content.decode())
    return [text.strip() for text in page.texts if set(_LATIN.findall(text)) - ALLOWED - NAMES]


def reader() -> Client:
    client = Client()
    client.cookies["django_language"] = "km"
    return client


@pytest.fixture
def village(db: None, monkeypatch: pytest.MonkeyPatch) -> Village:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    village = Village()
    # What the office names itself is data: it is shown as it was typed, in Khmer where it has a Khmer name.
    for category, name in ((village.patrol, "អាហារល្បាត"), (village.fines, "ពិន័យ")):
        Category.objects.filter(pk=category.pk).update(name_km=name)
    return village


@pytest.fixture
def phone(village: Village) -> Client:
    client = reader()
    client.force_login(village.liaison, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("set_language"), {"language": "km"})
    return client


def field_pages(village: Village) -> Iterator[str]:
    first = village.advance(usd=100_00, riel=410_000, account_by=NOW.date() - timedelta(days=3))
    record = village.log(spent_on=first.requested_on, payee="ហាង សុខ", description="ស្នប់ទឹក")
    services.query_spending(record_id=record.pk, words="ស្នប់ណា?", by=village.officer, at=NOW)
    facts = training_facts(village, first_day=first.requested_on, topic="ភ្លើងព្រៃ", trainer="សុខា", place="សាលា")
    training = services.log_training(**facts)  # type: ignore[arg-type]
    for name, argument in (
        ("home", None), ("records", village.pu_char.pk), ("log_spending", village.pu_char.pk), ("log_training", village.pu_char.pk),
        ("spending", record.pk), ("spending_saved", record.pk), ("training", training.pk), ("training_saved", training.pk),
        ("acknowledge", Payment.objects.get().pk),
    ):  # fmt: skip
        yield reverse(f"spending:{name}", args=[argument] if argument else [])


def test_the_phone_pages_show_no_english(village: Village, phone: Client) -> None:
    for address in list(field_pages(village)):
        response = phone.get(address)
        assert response.status_code == 200
        assert b'<html lang="km"' in response.content
        assert (address, english_in(response)) == (address, [])


@pytest.mark.parametrize("name", ["log_spending", "log_training"])
def test_what_is_wrong_on_a_phone_form_is_said_in_khmer(village: Village, phone: Client, name: str) -> None:
    village.advance(usd=100_00)
    response = phone.post(reverse(f"spending:{name}", args=[village.pu_char.pk]), {"amount": "a", "spent_on": "yesterday", "women": "-1"})
    assert "errorlist" in response.content.decode()
    assert [text for text in english_in(response) if text not in {"a", "yesterday"}] == []


@pytest.mark.parametrize("name", ["login", "reports:issued", "reports:verify"])
def test_the_pages_without_login_show_no_english(db: None, name: str) -> None:
    response = reader().get(reverse(name))
    assert b'<html lang="km"' in response.content
    assert english_in(response) == []


def test_signing_in_wrongly_is_answered_in_khmer(db: None) -> None:
    client = reader()
    assert english_in(client.post(reverse("login"), {"username": "", "password": ""})) == []
    assert english_in(client.post(reverse("login"), {"username": "who", "password": "a wrong one"})) == []


def test_an_address_that_leads_nowhere_is_answered_in_khmer(db: None) -> None:
    assert english_in(reader().get("/nowhere/")) == []


def test_the_choices_that_reports_print_have_a_khmer_name() -> None:
    from communities.registry.models import Recipient
    from communities.spending.models import SpendingRecord
    from revenue.credits.models import Sale
    from revenue.disbursements.models import Disbursement
    from revenue.sharing.models import Pot

    with translation.override("km"):
        labels = [
            str(label)
            for choices in (
                Recipient.Kind.choices, SpendingRecord.Status.choices, Sale.Status.choices, Disbursement.Status.choices, Evidence.Kind.choices,
                Pot._meta.get_field("purpose").choices or [], Account._meta.get_field("kind").choices or [],
            )
            for _code, label in choices
        ]  # fmt: skip
    assert len(labels) > 25
    assert [label for label in labels if not _KHMER.search(label)] == []

"""Amounts and days in Khmer digits, for who chose them, on pages only."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory

from core import digits
from core.money import Money, plain
from tests.communities.village import Village


def _drawn(text: str, cookie: str = "khmer", **values: object) -> str:
    request = RequestFactory().get("/")
    request.COOKIES["digits"] = cookie
    drawn: list[str] = []

    def page(_request: object) -> None:
        drawn.append(Template("{% load amounts %}" + text).render(Context(values)))

    digits.RememberDigits(page)(request)  # type: ignore[arg-type]
    return drawn[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ n|amount:'KHR' }}", "១,២៥០"),
        ("{{ n|money:'USD' }}", "USD ១២.៥០"),
        ("{{ day|date:'j F Y' }}", "៣១ August ២០២៦"),
        ("{{ day|date }}", "Aug. ៣១, ២០២៦"),
        ("<input type=date value='{{ day|date:'Y-m-d' }}'>", "<input type=date value='2026-08-31'>"),
        ("{{ none|date:'j F Y' }}", ""),
    ],
)
def test_amounts_and_days_are_drawn_in_khmer_digits(text: str, expected: str) -> None:
    assert _drawn(text, n=1250, day=date(2026, 8, 31), none=None) == expected


@pytest.mark.parametrize("cookie", ["latin", "", "<script>"])
def test_everybody_else_sees_latin_ones(cookie: str) -> None:
    assert _drawn("{{ n|amount:'KHR' }} {{ day|date:'j F Y' }}", cookie, n=1250, day=date(2026, 8, 31)) == "1,250 31 August 2026"


def test_the_choice_ends_with_the_answer_and_is_nobody_elses() -> None:
    _drawn("")
    assert (digits.shown("12"), plain(Money(1250, "KHR"))) == ("12", "1,250")

    async def beside() -> str:
        return await asyncio.to_thread(digits.shown, "12")

    assert asyncio.run(beside()) == "12"


@pytest.mark.django_db
def test_it_is_chosen_without_signing_in_and_kept_on_the_device(client: Client) -> None:
    assert client.get("/digits/").status_code == 200
    assert client.post("/digits/", {"digits": "roman"}).status_code == 422
    response = client.post("/digits/", {"digits": "khmer", "next": "/complaints/"})
    assert (response["Location"], client.cookies["digits"].value) == ("/complaints/", "khmer")
    assert client.post("/digits/", {"digits": "latin", "next": "https://elsewhere.example/"})["Location"] == "/"


@pytest.mark.django_db
def test_a_page_of_the_village_shows_its_money_and_days_in_them(client: Client) -> None:
    village = Village()
    village.advance(usd=1_000_00, riel=4_100_000)
    client.force_login(village.liaison, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/field/").content.decode()
    assert "4,100,000" in page
    client.cookies["digits"] = "khmer"
    page = client.get("/field/").content.decode()
    assert "៤,១០០,០០០" in page
    assert "4,100,000" not in page


@pytest.mark.django_db
def test_an_amount_typed_in_them_is_read_and_shown_again_as_it_was_typed(client: Client) -> None:
    village = Village()
    client.cookies["digits"] = "khmer"
    client.force_login(village.liaison, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/field/recipients/{village.pu_char.pk}/spending/"
    page = client.post(address, {"amount": "១២,៥០០", "currency": "KHR"})
    assert page.status_code == 422
    assert 'value="១២,៥០០"' in page.content.decode()

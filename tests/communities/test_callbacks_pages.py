"""The independent check on the phone of who was sent to ask: the list, the form, and what it never shows. Newest pages at 360 px too."""

from __future__ import annotations

import os
import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communities.callbacks import services
from communities.callbacks.models import Answer, SampledPayment
from communities.spending import phone_queries
from core import clock, files
from core.people.models import User
from tests.communities.consenting import AT
from tests.communities.test_callbacks_services import Checked
from tests.communities.village import photo

# What reaches beyond the screen, told by its markup.
TOO_WIDE = """
    [...document.querySelectorAll("body *")].filter((one) => document.documentElement.scrollWidth > 360 && one.getBoundingClientRect().right > 361)
        .map((one) => `${Math.round(one.getBoundingClientRect().right)} px: ${one.outerHTML.slice(0, 100)}`)
"""


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent_to_ask(there: Checked) -> SampledPayment:
    """Send the liaison of another community to ask about a payment of 10 dollars to Pu Char."""
    item = there.item(there.sample())
    services.ask_person(item_id=item.pk, person_id=there.other.pk, by=there.approver, at=AT)
    return item


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "client_key": str(uuid4()), "channel": "VISIT", "asked_on": "2026-04-10", "reached": "yes", "spoken_to": "ហេរញ្ញិក", "was_received": "yes",
        "amount": "១០.០០", "currency": "USD", "received_on": "2026-03-12", "words": "បានទទួល", **changes,
    }  # fmt: skip


@pytest.mark.django_db
def test_what_a_villager_says_is_written_down_once_with_its_photo(now: None) -> None:
    there = Checked()
    item = sent_to_ask(there)
    phone, where, said = signed_in(there.other), reverse("callbacks:check", args=[item.pk]), typed()
    wrong = phone.post(where, {**said, "spoken_to": ""})
    assert wrong.status_code == 422 and "បានទទួល" in wrong.content.decode() and not Answer.objects.exists()
    picture = photo(colour="blue")
    done = phone.post(where, {**said, "photo": SimpleUploadedFile("passbook.jpg", picture, "image/jpeg")}, follow=True)
    assert "The answer is recorded." in done.content.decode()
    assert phone.post(where, said).status_code == 404  # answered: nothing to ask any more
    one = Answer.objects.get()
    assert (one.item, one.amount_minor, one.currency, one.received_on, one.spoken_to) == (item, 1_000, "USD", date(2026, 3, 12), "ហេរញ្ញិក")
    assert one.photo is not None and files.read(one.photo)[:3] == b"\xff\xd8\xff"


@pytest.mark.django_db
def test_who_asks_is_told_everything_but_the_amount_on_every_page_and_on_the_phone(now: None) -> None:
    there = Checked()
    item = sent_to_ask(there)
    phone = signed_in(there.other)
    assert re.search(r"Payments to ask about: 1\b", phone.get(reverse("spending:home")).content.decode())
    pages = [phone.get(reverse("callbacks:checks")), phone.get(reverse("callbacks:check", args=[item.pk])), phone.get("/api/phone/reading/")]
    for page in pages:
        text = page.content.decode()
        assert there.pu_char.name in text
        assert not re.search(r"\b(10\.00|1,?000)\b", text)
    (kept,) = pages[-1].json()["checks"]
    assert (kept["id"], kept["form"]) == (item.pk, reverse("callbacks:check", args=[item.pk]))
    assert phone_queries.work_of(person=there.liaison, on=date(2026, 4, 10))["checks"] == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en", "km"])
def test_the_pages_of_plan_consent_and_check_fit_and_axe_finds_nothing(phone_page: Any, live_server: Any, language: str) -> None:
    there = Checked()
    item = sent_to_ask(there)
    there.approved_plan()
    there.line(there.drafted(years=(2028, 2028)), year=2028)
    there.consents()
    there.said("WITHDRAWN", on=date(2026, 2, 1))
    mine = [("consent:plan", there.pu_char.pk), ("consent:consent", there.pu_char.pk), ("spending:home", None)]
    theirs = [("callbacks:checks", None), ("callbacks:check", item.pk), ("spending:home", None)]
    phone_page.set_viewport_size({"width": 360, "height": 740})
    for person, pages in ((there.liaison, mine), (there.other, theirs)):
        User.objects.filter(pk=person.pk).update(language=language)
        session = signed_in(User.objects.get(pk=person.pk)).cookies[settings.SESSION_COOKIE_NAME]
        phone_page.context.clear_cookies()
        phone_page.context.add_cookies(
            [
                {"name": settings.SESSION_COOKIE_NAME, "value": session.value, "url": live_server.url},
                {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url},
            ]
        )
        for name, key in pages:
            phone_page.goto(live_server.url + reverse(name, args=[key] if key else []))
            assert phone_page.locator("html").get_attribute("lang") == language
            phone_page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            for size in ("200%", ""):
                phone_page.evaluate("(size) => { document.documentElement.style.fontSize = size }", size)
                assert phone_page.evaluate(TOO_WIDE) == [], f"{name} at {size or '100%'}"
            if folder := os.environ.get("FOREST_SCREENSHOTS"):
                phone_page.screenshot(path=f"{folder}/{language}-{name.replace(':', '-')}-{person.username}.png", full_page=True)
            found = Axe().run(phone_page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"

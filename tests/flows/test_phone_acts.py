"""Every kind of thing written in a village without a signal, one of them by keyboard alone, arrives with its photo, and the outbox tells how far it is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from communities.consent.models import Activity
from communities.spending import services
from communities.spending.models import Arrival, SpendingRecord, TrainingRecord
from core import clock
from revenue.disbursements.models import Payment
from tests.communities.village import Village
from tests.flows.phones import Phone, camera_photo, switched_on
from tests.flows.test_phone_offline import PASSWORD, approved_plan, press_until, wait_for_worker

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# Keeps each state that the outbox shows, however short.
WATCH = """
    phone.seen = new Set();
    new MutationObserver(() => { for (const tag of document.querySelectorAll(".outbox .tag")) phone.seen.add(tag.textContent); })
        .observe(document.getElementById("page"), { childList: true, subtree: true });
"""


def test_spending_training_money_that_arrived_and_an_answer_arrive_together(playwright: Any, live_server: Any, tmp_path: Path) -> None:
    village = Village()
    village.advance(usd=1_000_00, riel=4_100_000)
    approved_plan(village)
    asked = village.log(spent_on=clock.today() - timedelta(days=9), at=clock.now())
    services.query_spending(record_id=asked.pk, words="Which pump?", by=village.officer, at=clock.now())
    photo = camera_photo(tmp_path, name="list.jpg", side=350, seed=3, taken=datetime(2026, 8, 1, 9), place=(12.5, 107.25))
    with switched_on(playwright, tmp_path / "profile", live_server.url) as one:
        one.sign_in("liaison", PASSWORD)
        wait_for_worker(one)
        one.offline()
        training_by_keyboard(one, photo)
        spending_of_an_activity(one, village)
        money_that_arrived(one, photo)
        answer(one, asked)
        one.go("#/outbox")
        expect(one.page.locator(".outbox > li.waiting")).to_have_count(4)
        one.page.evaluate(WATCH)
        one.online()
        press_until(one, "received", 4)
        seen = one.page.evaluate("[...phone.seen]")
        assert any(re.fullmatch(r"sending \d+ %", state) for state in seen), seen
        for arrival in Arrival.objects.select_related("spending", "training"):
            shown = arrival.spending or arrival.training
            if shown:
                expect(one.page.locator(".outbox")).to_contain_text(shown.reference)
        assert one.complaints == []
    training = TrainingRecord.objects.get()
    assert (training.topic, training.trainer, training.days, training.women, training.men) == ("Fire watch", "Sophea", 2, 11, 7)
    assert training.evidence.get().kind == "ATTENDANCE"
    said = Payment.objects.get().acknowledgement
    assert (said.local_minor, said.local_currency, said.signed_by, said.also_signed_by) == (4_000_000, "KHR", "Sok", "Dara")
    spent = SpendingRecord.objects.exclude(pk=asked.pk).get()
    assert (spent.activity, spent.description) == (Activity.objects.get(), "From Chan")
    asked.refresh_from_db()
    assert (asked.status, asked.steps.order_by("-id")[0].words) == ("LOGGED", "The blue one")


def training_by_keyboard(one: Phone, photo: Path) -> None:
    """Log a training without touching the screen: Tab, Enter and letters, from the first page on."""
    press(one, "a[href^='#/new/training/']")
    for field, words in (("topic", "Fire watch"), ("trainer", "Sophea"), ("days", "2")):
        tab_to(one, f"#f-{field}")
        one.page.keyboard.press("Control+A")
        one.page.keyboard.type(words)
    press(one, "#page form button.main")
    expect(one.page.locator("#f-days")).to_be_focused()  # two days that begin today are not over yet
    expect(one.page.locator("#f-days-error")).to_be_visible()
    one.page.fill("#f-first_day", (clock.today() - timedelta(days=3)).isoformat())  # the phone's own calendar
    press(one, "#page form button.main")
    expect(one.page.locator("#f-women")).to_be_visible()
    for field, words in (("women", "១១"), ("men", "7")):
        tab_to(one, f"#f-{field}")
        one.page.keyboard.type(words)
    tab_to(one, "[data-gallery]")
    one.page.set_input_files("[data-gallery]", str(photo))  # the window of the phone itself
    expect(one.page.locator("[data-photo-list] li")).to_have_count(1, timeout=60_000)
    press(one, "#page form button.main")
    expect(one.page.locator(".saved")).to_be_visible()


def tab_to(one: Phone, selector: str) -> None:
    """Press Tab until what is wanted has the focus, and see that the focus shows."""
    one.page.wait_for_selector(selector, state="attached")
    for _press in range(80):
        if one.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        one.page.keyboard.press("Tab")
    raise AssertionError(f"No key leads to {selector}")


def press(one: Phone, selector: str) -> None:
    tab_to(one, selector)
    one.page.keyboard.press("Enter")


def spending_of_an_activity(one: Phone, village: Village) -> None:
    page = one.page
    one.go(f"#/new/spending/{village.pu_char.pk}")
    page.locator("#f-amount").press_sequentially("90000")
    page.select_option("#f-category", label="Well or pump")
    page.click("#page form button.main")
    page.fill("#f-payee", "Chan")
    page.fill("#f-description", "From Chan")
    page.click("#page form button.main")
    page.select_option("#f-activity", index=1)
    page.click("#page form button.main")
    expect(page.locator(".saved")).to_be_visible()


def money_that_arrived(one: Phone, photo: Path) -> None:
    page = one.page
    one.go("#/")
    page.locator("a[href^='#/payment/']").first.click()
    page.fill("#f-received_on", clock.today().isoformat())
    page.fill("#f-amount", "4000000")
    page.click("#page form button.main")
    page.fill("#f-signed_by", "Sok")
    page.fill("#f-also_signed_by", "Dara")
    page.set_input_files("[data-gallery]", str(photo))
    expect(page.locator("[data-photo-list] li")).to_have_count(1, timeout=60_000)
    page.click("#page form button.main")
    expect(page.locator(".saved")).to_be_visible()


def answer(one: Phone, asked: SpendingRecord) -> None:
    page = one.page
    one.go(f"#/answer/spending/{asked.pk}")
    expect(page.locator(".talk")).to_contain_text("Which pump?")
    page.fill("#f-words", "The blue one")
    page.click("#page form button.main")
    expect(page.locator(".saved")).to_be_visible()

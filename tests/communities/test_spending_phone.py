"""The phone pages in a real browser: nothing scrolls sideways, nothing is out of reach, and a record is logged by hand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from communities.spending import services
from communities.spending.models import SpendingRecord
from core import clock
from revenue.disbursements.models import Payment
from tests.communities.test_spending_services import training_facts
from tests.communities.village import Village, photo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
NARROW = {"width": 360, "height": 740}


def sign_in(page: Any, live_server: Any) -> None:
    page.goto(f"{live_server.url}/login/?next=/field/")
    page.fill("input[name=username]", "liaison")
    page.fill("input[name=password]", "a long enough one")
    page.click("main button")
    page.wait_for_url("**/field/")


@pytest.fixture
def village() -> Village:
    return Village()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "km"])
def test_no_page_scrolls_sideways_and_axe_finds_nothing(village: Village, phone_page: Any, live_server: Any, language: str) -> None:
    now = clock.now()
    first = village.advance(usd=100_00, riel=410_000, account_by=clock.today() - timedelta(days=3))
    record = village.log(spent_on=first.requested_on, at=now)
    services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=now)
    training = services.log_training(**training_facts(village, at=now, first_day=first.requested_on))  # type: ignore[arg-type]
    names = [
        ("home", []),
        ("records", [village.pu_char.pk]),
        ("log_spending", [village.pu_char.pk]),
        ("log_training", [village.pu_char.pk]),
        ("spending", [record.pk]),
        ("spending_saved", [record.pk]),
        ("training", [training.pk]),
        ("acknowledge", [Payment.objects.get().pk]),
    ]
    sign_in(phone_page, live_server)
    if language == "km":
        phone_page.click("button[name=language]")
        phone_page.click("button[name=digits]")
    phone_page.set_viewport_size(NARROW)
    for name, arguments in names:
        phone_page.goto(live_server.url + reverse(f"spending:{name}", args=arguments))
        assert phone_page.locator("html").get_attribute("lang") == language
        assert phone_page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], name
        found = Axe().run(phone_page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    if language == "km":
        written_in_khmer_digits(phone_page, live_server.url + reverse("spending:spending", args=[record.pk]), record.reference)


def written_in_khmer_digits(page: Any, address: str, reference: str) -> None:
    """See the amounts and days of a page in Khmer digits, in sentences too, and its references as they are on paper."""
    page.goto(address)
    words = page.inner_text("main")
    assert re.search("[០-៩],[០-៩]{3}", words)
    assert not re.search("[0-9],[0-9]{3}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", words)
    assert reference in words
    page.evaluate("(text) => { document.querySelector('main').append(text); }", f"1,250 · 31 ធ្នូ 2026 · 2026-12-31 · 9:30 · {reference} · A1,250")
    page.add_script_tag(url="/static/digits.js")
    assert page.inner_text("main").endswith(f"១,២៥០ · ៣១ ធ្នូ ២០២៦ · ២០២៦-១២-៣១ · ៩:៣០ · {reference} · A1,250")


def test_spending_is_logged_by_hand_with_a_photo_and_a_mistake_on_the_way(village: Village, phone_page: Any, live_server: Any) -> None:
    sign_in(phone_page, live_server)
    phone_page.get_by_role("link", name="Log spending").first.click()
    phone_page.fill("#id_amount", "៤០០,០០០")
    phone_page.select_option("#id_category", label="Well or pump")
    phone_page.fill("#id_payee", "ហាង សុខ")
    phone_page.set_input_files("#id_photos_camera", [{"name": "receipt.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
    phone_page.click("text=Send to the office")
    assert phone_page.locator("#id_description_error").inner_text() == "Write what was bought or paid."
    assert phone_page.input_value("#id_amount") == "៤០០,០០០"
    phone_page.fill("#id_description", "Two hand pumps")
    phone_page.set_input_files("#id_photos_camera", [{"name": "receipt.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
    phone_page.click("text=Send to the office")
    phone_page.wait_for_url("**/saved/")
    record = SpendingRecord.objects.get()
    assert record.reference in phone_page.locator("main").inner_text()
    assert (record.amount_minor, record.evidence.count()) == (400_000, 1)

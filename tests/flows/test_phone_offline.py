"""
The phone pages without a signal, in a real Chromium: written in the village, killed, cut, pressed five times, and there once.

With FOREST_SCREENSHOTS set to a folder, each page is kept there as a picture.
"""

from __future__ import annotations

import gzip
import os
import time
from collections import defaultdict
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error as PageLeft
from playwright.sync_api import TimeoutError as TookTooLong
from playwright.sync_api import expect

from communities.consent import services as plans
from communities.registry.models import Assignment
from communities.spending import phone_queries, services
from communities.spending.models import Arrival, SpendingRecord, Upload
from communities.spending.views import phone as phone_pages
from core import clock, files
from core.people.models import Role
from revenue.disbursements.models import Payment
from tests.communities.test_spending_services import training_facts
from tests.communities.village import Village, person
from tests.flows.phones import Phone, camera_photo, switched_on

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# Noise of so many pixels a side is 5 MB, as a phone's camera makes them, and 0.3 MB.
SIDE, SMALL_SIDE = 1420, 348
PASSWORD = "a long enough one"
PATIENCE = 120  # seconds, on a machine that does much else


@pytest.fixture
def village() -> Village:
    village = Village()
    village.advance(usd=1_000_00, riel=4_100_000)
    return village


def test_five_records_outlive_a_dead_battery_and_three_cuts_and_arrive_once(
    village: Village, playwright: Any, live_server: Any, tmp_path: Path
) -> None:
    photos = [
        camera_photo(tmp_path, name=f"{n}.jpg", side=SIDE, seed=n, taken=datetime(2026, 8, 1, 9, n), place=(12.5 + n / 100, 107.25)) for n in range(5)
    ]
    assert all(photo.stat().st_size > 4_900_000 for photo in photos)
    with switched_on(playwright, tmp_path / "profile", live_server.url) as one:
        one.sign_in("liaison", PASSWORD)
        expect(one.page.locator(".recipient h2")).to_have_text("Committee pu-char")
        wait_for_worker(one)
        # A browser writes cookies to the disk every half minute, or when it is closed: this was yesterday.
        one.close()
        one.start()
        one.offline()
        one.open()
        one.unlock()
        for number, photo in enumerate(photos):
            one.log_spending(village.pu_char.pk, amount=f"{number + 1}25000", payee=f"Shop {number}", category="Well or pump", photos=[photo])
        one.go(f"#/new/spending/{village.pu_char.pk}")
        one.page.locator("#f-amount").press_sequentially("333000")
        kept_draft(one, "333,000")
        one.kill()

        one.start()
        one.context.set_offline(True)
        one.open()  # from the phone itself
        one.unlock()
        one.go("#/outbox")
        expect(one.page.locator(".outbox > li.waiting")).to_have_count(5)
        expect(one.page.locator(".outbox > li.draft")).to_contain_text("333,000")
        one.line.cut_after(60_000, 150_000, 200_000)
        one.line.lost_answers_to.append(b"POST /api/phone/arrivals/")
        one.online()
        press_until(one, "received", 5, times=5)
        assert one.line.cut_count == 4  # three in the middle of photos, and one answer lost
        assert one.complaints == []

    records = list(SpendingRecord.objects.order_by("amount_minor"))
    assert [record.amount_minor for record in records] == [125_000, 225_000, 325_000, 425_000, 525_000]
    assert Arrival.objects.count() == 5
    assert not Upload.objects.filter(file=None).exists()
    for number, record in enumerate(records):
        evidence = record.evidence.select_related("file").get()
        assert (record.payee, record.women) == (f"Shop {number}", 12)
        assert files.read(evidence.file)[:3] == b"\xff\xd8\xff"
        assert evidence.original_size == photos[number].stat().st_size
        assert evidence.taken_at is not None and evidence.taken_at.isoformat() == f"2026-08-01T02:0{number}:00+00:00"
        assert evidence.latitude is not None and abs(float(evidence.latitude) - 12.5 - number / 100) < 1e-5
        assert b"Exif" not in files.read(evidence.file)
        assert record.arrivals.get().content["photos"][0]["sha256"] == evidence.file.sha256


def wait_for_worker(one: Phone) -> None:
    """Wait until the pages are kept on the phone."""
    one.page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def wait_until(one: Phone, promised: str, argument: object = None) -> None:
    """Wait, also through a reload, until what is promised is true; ``wait_for_function`` would take the promise itself for a yes."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(PageLeft):
            if one.page.evaluate(promised, argument):
                return
    raise AssertionError(promised)


def kept_draft(one: Phone, amount: str) -> None:
    """Wait until a draft with this amount, as typed, is on the phone's disk."""
    wait_until(one, "(typed) => phone.store.records().then((all) => all.some((row) => row.typed?.amount === typed))", amount)


def press_send(one: Phone) -> None:
    """Press "Send now", if it is there: what is sent by itself in the meantime takes the button away."""
    with suppress(TookTooLong):
        one.page.locator("[data-do=send]").click(timeout=300)


def press_until(one: Phone, state: str, count: int, *, times: int = 0) -> None:
    """Press "Send now" so many times at least, and on until so many records are in this state."""
    there, since = one.page.locator(f".outbox > li.{state}"), time.monotonic()
    stuck = one.page.locator(".outbox > li.attention .message")
    while times > 0 or (there.count() != count and time.monotonic() - since < PATIENCE):
        press_send(one)
        times -= 1
        with suppress(AssertionError):
            expect(there).to_have_count(count, timeout=300)
        if state != "attention" and stuck.count():
            raise AssertionError(stuck.all_inner_texts())
    expect(there).to_have_count(count)


# --- Every page, small, large, in both languages ---------------------------------------------------------------------------

GRAVE = ("serious", "critical")
# What reaches out of its card, told by its markup; what nobody sees aside.
STICKS_OUT = """
    [...document.querySelectorAll("#page :is(.card, .task, .money) *")]
        .filter((one) => one.getClientRects().length && !one.closest(".visually-hidden") && one.getBoundingClientRect().right > one.parentElement.closest(".card, .task, .money").getBoundingClientRect().right + 1)
        .map((one) => one.outerHTML.slice(0, 120))
"""


def keep(one: Phone, name: str) -> None:
    """Assert that the page needs no sideways scrolling, at 200 % text neither; keep a picture where a folder was named."""
    one.page.evaluate("Promise.all([400, 700].map((weight) => document.fonts.load(`${weight} 16px 'Noto Sans Khmer'`, 'ក'))).then(() => true)")
    for size in ("200%", ""):
        one.page.evaluate("(size) => { document.documentElement.style.fontSize = size }", size)
        inner, wide = one.page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
        assert wide <= inner, f"{name} at {size or '100%'}: {wide} px of content in {inner} px"
        assert one.page.evaluate(STICKS_OUT) == [], f"{name} at {size or '100%'}"
    folder = os.environ.get("FOREST_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        one.page.screenshot(path=str(Path(folder) / f"phone-{one.language}-{name}.png"), full_page=True)


def is_accessible(one: Phone, name: str) -> None:
    """Assert that axe finds nothing serious."""
    found = Axe().run(one.page)
    grave = [
        f"{name}: {rule['id']}: {node['html'][:160]}" for rule in found.response["violations"] if rule["impact"] in GRAVE for node in rule["nodes"]
    ]
    assert grave == []


TO_ASK = {
    "id": 1, "name": "Committee andoung", "name_km": "គណៈកម្មការភូមិអណ្ដូង", "province": "Mondulkiri", "description": "Work plan 2026", "paid_on": "2026-03-10",
    "form": "/field/checks/1/",
}  # fmt: skip
SAID = {"plan": "Keo Seima v2", "kind": "GIVEN", "on": "2026-01-20", "by": "សភាភូមិ"}


def approved_plan(village: Village) -> None:
    """Give the community an approved plan for this year."""
    now, year = clock.now(), clock.today().year
    plan = plans.begin_plan(recipient_id=village.pu_char.pk, title="Water", first_year=year, last_year=year, by=village.liaison, at=now)
    facts = {"purpose": "community_development", "currency": "KHR", "amount_minor": 8_000_000}
    plans.add_line(plan_id=plan.pk, activity="អណ្តូងទឹកពីរ សម្រាប់សាលារៀន និងមណ្ឌលសុខភាព", year=year, by=village.liaison, at=now, **facts)
    minutes = (b"%PDF-1.4 minutes", "application/pdf", "minutes.pdf")
    plans.send_plan(plan_id=plan.pk, met_on=clock.today(), women=31, men=24, minutes=minutes, by=village.liaison, at=now)
    plans.decide_plan(plan_id=plan.pk, approve=True, reason="", by=village.officer, at=now)


@pytest.mark.parametrize("language", ["km", "en"])
def test_every_page_fits_and_is_accessible(
    village: Village, playwright: Any, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    now = clock.now()
    recipient = village.pu_char.pk
    accepted = village.log(spent_on=clock.today() - timedelta(days=20), at=now)
    village.accept(accepted)
    record = village.log(spent_on=clock.today() - timedelta(days=9), at=now, amount_minor=250_000)
    services.query_spending(record_id=record.pk, words="តើស្នប់មួយណា? Which pump?", by=village.officer, at=now)
    training = services.log_training(**training_facts(village, at=now, first_day=clock.today() - timedelta(days=30)))
    payment = Payment.objects.get()
    photo = camera_photo(tmp_path, name="receipt.jpg", side=SMALL_SIDE, seed=1, taken=datetime(2026, 8, 1, 9), place=(12.5, 107.25))
    approved_plan(village)
    monkeypatch.setitem(phone_queries.ASKED, "checks", lambda _person: [TO_ASK])
    monkeypatch.setattr(phone_queries, "_consents", lambda _recipients: defaultdict(list, {recipient: [SAID]}))
    # Each page, and what is on no other of them.
    pages = {
        "records": (f"#/for/{recipient}", f"a[href='#/record/training/{training.pk}']"), "record": (f"#/record/spending/{record.pk}", "a[href^='#/correct/']"),
        "training-record": (f"#/record/training/{training.pk}", "a[href^='#/answer/training/']"), "statement": (f"#/statement/{recipient}", ".sums .total"),
        "card": (f"#/card/{recipient}", "h1.visually-hidden"), "plan": (f"#/plan/{recipient}", "a[href$='/plan/']"), "check": ("#/check/1", "a[href='/field/checks/1/']"),
        "payment": (f"#/payment/{recipient}/{payment.pk}", "#f-signed_by"), "training": (f"#/new/training/{recipient}", "#f-topic"),
        "answer": (f"#/answer/spending/{record.pk}", "#f-words"), "correct": (f"#/correct/{record.pk}", "#f-amount"), "settings": ("#/settings", "[data-do=lock]"),
    }  # fmt: skip
    with switched_on(playwright, tmp_path / "profile", live_server.url, language=language) as one:
        one.open()
        expect(one.page.locator("#page a.button")).to_be_visible()
        keep(one, "welcome")
        one.sign_in("liaison", PASSWORD)
        expect(one.page.locator(".money")).to_be_visible()
        expect(one.page.locator("a[href='#/check/1']")).to_be_visible()
        keep(one, "home")
        is_accessible(one, "home")
        for name, (where, seen) in pages.items():
            one.go(where)
            expect(one.page.locator(f"#page {seen}").first).to_be_attached()
            expect(one.page.locator("#page h1").first).to_be_focused()
            keep(one, name)
            is_accessible(one, name)
        walk_through(one, recipient, photo)
        one.page.click('#tabs [data-tab="settings"]')
        one.page.click("[data-do=sign-out]")
        expect(one.page.locator("#page [role=alert]")).to_be_visible()
        keep(one, "sign-out-refused")
        one.page.click("[data-do=lock]")
        expect(one.page.locator("#pin")).to_be_visible()
        keep(one, "pin")
        is_accessible(one, "pin")
        assert one.complaints == []


def walk_through(one: Phone, recipient: int, photo: Path) -> None:
    """Log spending by hand with mistakes on the way, offline, looking at each step and at the outbox."""
    page = one.page
    wait_for_worker(one)
    one.offline()
    one.go(f"#/new/spending/{recipient}")
    expect(page.locator("#f-amount")).to_be_visible()
    page.click("#page form button.main")
    expect(page.locator("#f-amount-error")).to_be_visible()
    expect(page.locator("#f-amount")).to_be_focused()
    keep(one, "step-1-mistake")
    page.locator("#f-amount").press_sequentially("១២៥០០០០")
    expect(page.locator("#f-amount")).to_have_value("១,២៥០,០០០")
    page.locator("[data-chips=category] button").first.click()
    expect(page.locator("#page .errorlist")).to_have_count(0)
    keep(one, "step-1")
    is_accessible(one, "step-1")
    page.click("#page form button.main")
    expect(page.locator("#f-payee")).to_be_visible()
    page.locator("[data-chips=payee] button").first.click()
    page.fill("#f-description", "ស្នប់ទឹក និងបំពង់")
    page.set_input_files("[data-gallery]", str(photo))
    expect(page.locator("[data-photo-list] li")).to_have_count(1, timeout=60_000)
    keep(one, "step-2")
    is_accessible(one, "step-2")
    page.click("#page form button.main")
    page.fill("#f-women", "១២")
    page.fill("#f-poor_households", "4")
    page.click("[data-do=place]")
    expect(page.locator("[data-place]")).to_contain_text("12")
    keep(one, "step-3")
    is_accessible(one, "step-3")
    page.click("#page form button.main")
    expect(page.locator(".saved")).to_be_visible()
    keep(one, "saved")
    page.click('#tabs [data-tab="outbox"]')
    expect(page.locator(".outbox > li.waiting")).to_have_count(1)
    keep(one, "outbox-offline")
    is_accessible(one, "outbox")


# --- Something else was said meanwhile ------------------------------------------------------------------------------------


def test_two_phones_and_the_office_change_one_record_and_a_person_decides(
    village: Village, playwright: Any, live_server: Any, tmp_path: Path
) -> None:
    second = person("second-liaison", Role.LIAISON)
    Assignment.objects.create(person=second, recipient=village.pu_char, from_date=date(2026, 1, 1))
    record = village.log(spent_on=clock.today(), at=clock.now())
    with (
        switched_on(playwright, tmp_path / "one", live_server.url) as one,
        switched_on(playwright, tmp_path / "two", live_server.url) as two,
    ):
        for phone, name in ((one, "liaison"), (two, "second-liaison")):
            phone.sign_in(name, PASSWORD)
            wait_for_worker(phone)
            phone.offline()
        correct(one, record, amount="450000", payee="Chan")
        correct(two, record, amount="470000", payee="Dara")
        services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=clock.now())

        one.online()
        row = attention(one)
        expect(row).to_contain_text(record.reference)
        row.get_by_role("link", name="Look at both and choose").click()
        expect(one.page.locator(".talk")).to_contain_text("Which pump?")
        keep(one, "two-versions")
        is_accessible(one, "two-versions")
        choose(one, {"amount_minor": "mine", "payee": "theirs"})
        record.refresh_from_db()
        assert (record.amount_minor, record.payee, record.version, record.status) == (450_000, "Sok's hardware", 2, "LOGGED")

        two.online()
        attention(two).get_by_role("link", name="Look at both and choose").click()
        two.page.get_by_role("button", name="Leave what is in the office").click()
        press_until(two, "received", 1)
        assert one.complaints == two.complaints == []
    record.refresh_from_db()
    assert (record.amount_minor, record.payee, record.version) == (450_000, "Sok's hardware", 2)
    chosen, aside = Arrival.objects.order_by("is_set_aside")
    assert chosen.content["own"]["payee"] == "Chan"  # not chosen, and not lost
    assert (aside.spending, aside.content["facts"]["amount_minor"], aside.content["facts"]["payee"]) == (record, 470_000, "Dara")


def correct(phone: Phone, record: SpendingRecord, *, amount: str, payee: str) -> None:
    """Correct a record without a signal: three steps, as when it was logged."""
    phone.go(f"#/correct/{record.pk}")
    phone.page.fill("#f-amount", amount)
    phone.page.click("#page form button.main")
    phone.page.fill("#f-payee", payee)
    phone.page.click("#page form button.main")
    expect(phone.page.locator("#f-women")).to_be_visible()
    phone.page.click("#page form button.main")
    expect(phone.page.locator(".saved")).to_be_visible()


def attention(phone: Phone) -> Any:
    """Return the one record that needs a person, once the office has answered."""
    phone.go("#/outbox")
    press_until(phone, "attention", 1)
    return phone.page.locator(".outbox > li.attention")


def choose(phone: Phone, wanted: dict[str, str]) -> None:
    """Choose for each field that differs, and send."""
    for field, whose in wanted.items():
        phone.page.locator(f'input[name="pick-{field}"][value={whose}]').check()
    phone.page.get_by_role("button", name="Send what I chose").click()
    press_until(phone, "received", 1)


# --- New pages, and how much is loaded ---------------------------------------------------------------------------------------


def test_a_draft_outlives_new_pages_and_little_is_loaded(
    village: Village, playwright: Any, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with switched_on(playwright, tmp_path / "profile", live_server.url) as one:
        one.sign_in("liaison", PASSWORD)
        wait_for_worker(one)
        one.go(f"#/new/spending/{village.pu_char.pk}")
        one.page.locator("#f-amount").press_sequentially("777000")
        expect(one.page.locator("#f-amount")).to_have_value("777,000")
        kept_draft(one, "777,000")
        one.line.wait_until_quiet()
        one.line.received = 0
        before = one.page.evaluate("phone.store.state('fresh_at')")
        one.page.reload()
        expect(one.page.locator("#f-amount")).to_have_value("777,000")
        wait_until(one, "(before) => phone.store.state('fresh_at').then((at) => at > before)", before)
        one.line.wait_until_quiet()
        assert one.line.received < 10_000, "a later load asks the office for news only"
        assert len(phone_pages.FILES) > 10
        monkeypatch.setattr(phone_pages, "version", lambda: "another")
        one.page.reload()
        one.page.get_by_role("button", name="Use the new pages").click()
        expect(one.page.locator("#f-amount")).to_have_value("777,000")
        # The new worker forgets the old pages while the page is loaded again: this waits through both.
        wait_until(one, "() => caches.keys().then((names) => names.join() === 'field-another')")
        expect(one.page.locator("#f-amount")).to_have_value("777,000")
        assert one.complaints == []


def test_the_first_load_is_small_when_compressed() -> None:
    whole = sum(len(gzip.compress(phone_pages._file(name).read_bytes(), 9)) for name in phone_pages.FILES)
    pages = max(len(gzip.compress(phone_pages._shell(language).encode(), 9)) for language in phone_pages.LANGUAGES)
    # The page once for reading and once, in each language, for keeping.
    assert whole + 3 * pages < 200_000, whole + 3 * pages

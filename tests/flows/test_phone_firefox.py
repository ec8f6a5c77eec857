"""The phone pages in a real Firefox: signed in once, written without a signal, killed, started again, sent once."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from communities.spending.models import Arrival, SpendingRecord
from core import files
from tests.communities.village import Village
from tests.flows.firefox import Firefox, find_firefox, firefox
from tests.flows.phones import PIN, Line, camera_photo

PROGRAM = find_firefox()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(PROGRAM is None, reason="No Firefox was found: install one, or set FIREFOX to its path."),
]
WAITS, RECEIVED = ".outbox > li.waiting", ".outbox > li.received"


def test_in_firefox_a_record_outlives_a_dead_battery_and_arrives_once(live_server: Any, tmp_path: Path) -> None:
    village = Village()
    village.advance(usd=1_000_00, riel=4_100_000)
    photo = camera_photo(tmp_path, name="receipt.jpg", side=350, seed=1, taken=datetime(2026, 8, 1, 9, 30), place=(12.5, 107.25))
    line = Line(live_server.url)
    with firefox(PROGRAM or "", tmp_path / "profile") as one:
        home = f"{line.address}/field/phone/en/"
        sign_in(one, home)
        keep(one, "home")
        # Firefox writes cookies to its disk when it is closed, or after a while: this was yesterday.
        one.close()
        one.start()
        line.down()
        one.work_offline(True)
        one.open(home)
        unlock(one)
        assert one.run("return navigator.onLine") is False
        log_spending(one, village.pu_char.pk, photo)
        one.kill()

        one.start()
        one.work_offline(True)
        one.open(home)
        unlock(one)
        one.run("location.hash = '#/outbox'")
        one.wait_for(WAITS, 1)
        keep(one, "outbox-offline")
        line.up()
        one.work_offline(False)  # it sends by itself: nothing is pressed
        one.wait_for(RECEIVED, 1)
        keep(one, "outbox-received")
        record = SpendingRecord.objects.get()
        assert record.reference in one.text(RECEIVED)
        assert (
            one.run(
                "return phone.store.photo(arguments[0] + ':' + arguments[1]).then((kept) => kept ?? null)", str(record.client_key), sha256(record)
            )
            is None
        )
    line.close()
    evidence = record.evidence.select_related("file").get()
    assert Arrival.objects.count() == 1
    assert (record.amount_minor, record.currency, record.payee, record.women) == (125_000, "KHR", "ហាង សុខ", 12)
    assert hashlib.sha256(files.read(evidence.file)).hexdigest() == sha256(record) == record.arrivals.get().content["photos"][0]["sha256"]
    assert evidence.taken_at is not None and evidence.taken_at.isoformat() == "2026-08-01T02:30:00+00:00"
    assert evidence.latitude is not None and abs(float(evidence.latitude) - 12.5) < 1e-5
    assert evidence.original_size == photo.stat().st_size
    assert record.latitude is not None and abs(float(record.latitude) - 12.3456) < 1e-4


def sha256(record: SpendingRecord) -> str:
    return str(record.evidence.get().file.sha256)


def sign_in(one: Firefox, home: str) -> None:
    """Sign in once, with a signal, and choose the PIN."""
    one.open(home)
    one.click("#page a.button")
    one.type("input[name=username]", "liaison")
    one.type("input[name=password]", "a long enough one")
    one.click("main button")
    one.type("#pin-1", PIN)
    one.type("#pin-2", PIN)
    one.click("#page form button")
    one.wait_for("#tabs")
    one.wait_for(".recipient h2")
    one.run("return navigator.serviceWorker.ready.then(() => true)")


def unlock(one: Firefox) -> None:
    one.type("#pin", PIN)
    one.click("#page form button")
    one.wait_for("#tabs")


def log_spending(one: Firefox, recipient: int, photo: Path) -> None:
    """Walk through the three steps in Khmer digits, with a photo and the place of the phone."""
    one.run("location.hash = arguments[0]", f"#/new/spending/{recipient}")
    one.type("#f-amount", "១២៥០០០")
    one.wait("return document.querySelector('#f-amount').value === '១២៥,០០០'")
    one.run(
        "const kind = document.querySelector('#f-category'); kind.value = kind.querySelector('optgroup option').value; kind.dispatchEvent(new Event('change', { bubbles: true }))"
    )
    one.click("#page form button.main")
    one.type("#f-payee", "ហាង សុខ")
    one.type("#f-description", "ស្នប់ទឹក")
    one.type("[data-gallery]", str(photo))
    one.wait_for("[data-photo-list] li", 1)
    keep(one, "step-2")
    one.click("#page form button.main")
    one.type("#f-women", "១២")
    one.click("[data-do=place]")
    one.wait("return document.querySelector('[data-place]').textContent.includes('12')")
    one.click("#page form button.main")
    one.wait_for(".saved")


def keep(one: Firefox, name: str) -> None:
    """Assert that the page needs no sideways scrolling; keep a picture where a folder was named."""
    assert one.run("return innerWidth") == 360
    inner, wide = one.run("return [innerWidth, document.documentElement.scrollWidth]")
    assert wide <= inner, f"{name}: {wide} px of content in {inner} px"
    folder = os.environ.get("FOREST_SCREENSHOTS")
    if folder:
        one.picture(Path(folder) / f"firefox-{name}.png")

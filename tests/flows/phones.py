"""Phones for the tests: a line that can be cut at any byte, a browser with a profile that outlives its death, and photos as cameras write them."""

from __future__ import annotations

import io
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image
from playwright.sync_api import expect

from tests.conftest import CHROMIUM_FLAGS, find_chromium

NARROW = {"width": 360, "height": 740}
PIN = "2468"
CHUNK = 16 * 1024


class Line:
    """
    A line between a phone and the office: it carries bytes, is cut where a test says, and is down when told so.

    ``cut_after`` counts the bytes the phone sends; ``lose_answers`` lets the office work and loses what it says.
    """

    def __init__(self, office: str) -> None:
        self.host, port = office.removeprefix("http://").split(":")
        self.port = int(port)
        self.is_down = False
        self.cuts: list[int] = []
        self.cut_count = 0
        self.sent = 0
        self.received = 0
        self.lost_answers_to: list[bytes] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://localhost:{self._door.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cut_after(self, *counts: int) -> None:
        """Cut everything when so many more bytes went up, once for each count, one after the other."""
        with self._lock:
            self.sent, self.cuts = 0, list(counts)

    def close(self) -> None:
        self._door.close()
        self._drop()

    def wait_until_quiet(self, seconds: float = 1.0) -> None:
        """Wait until nothing has come down for so long."""
        before, since = self.received, time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.05)
            if self.received != before:
                before, since = self.received, time.monotonic()

    def down(self) -> None:
        self.is_down = True
        self._drop()

    def up(self) -> None:
        self.is_down = False

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                phone, _where = self._door.accept()
                if self.is_down:
                    phone.close()
                    continue
                office = socket.create_connection((self.host, self.port))
                with self._lock:
                    self._open |= {phone, office}
                threading.Thread(target=self._carry, args=(phone, office, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(office, phone, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_up: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if is_up and self._is_cut(len(data)):
                    self._drop()
                    return
                if is_up:
                    self._note(data, target)
                elif source in self._deaf:
                    self._deaf.discard(source)
                    self.cut_count += 1
                    self._drop()
                    return
                else:
                    self.received += len(data)
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    _deaf: set[socket.socket]

    def _note(self, data: bytes, office: socket.socket) -> None:
        with self._lock:
            self._deaf = getattr(self, "_deaf", set())
            for start in list(self.lost_answers_to):
                if data.startswith(start):
                    self.lost_answers_to.remove(start)
                    self._deaf.add(office)

    def _is_cut(self, count: int) -> bool:
        with self._lock:
            self._deaf = getattr(self, "_deaf", set())
            self.sent += count
            if self.cuts and self.sent >= self.cuts[0]:
                self.cuts.pop(0)
                self.sent = 0
                self.cut_count += 1
                return True
            return False

    def _drop(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Phone:
    """A browser 360 px wide with a profile on the disk, as one person carries it."""

    def __init__(self, playwright: Any, folder: Path, line: Line, *, language: str = "en") -> None:
        self.playwright, self.folder, self.line, self.language = playwright, folder, line, language
        self.complaints: list[str] = []
        self.context: Any = None

    def start(self) -> None:
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.folder), executable_path=find_chromium(), args=CHROMIUM_FLAGS, headless=True, viewport=NARROW, has_touch=True, is_mobile=True,
            locale="en-US", timezone_id="Asia/Phnom_Penh", geolocation={"latitude": 12.3456, "longitude": 107.1234, "accuracy": 12}, permissions=["geolocation"],
        )  # fmt: skip
        self.context.set_default_timeout(20_000)
        self.page = self.context.pages[0]
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("dialog", lambda dialog: dialog.accept())

    def _listen(self, told: Any) -> None:
        # A line that is down, and answers that are refusals, are written into the console by Chromium itself.
        if told.type in ("error", "warning") and "Failed to load resource" not in told.text:
            self.complaints.append(f"console: {told.text}")

    @property
    def home(self) -> str:
        return f"{self.line.address}/field/phone/{self.language}/"

    def open(self, where: str = "") -> None:
        self.page.goto(self.home + where)

    def sign_in(self, name: str, password: str) -> None:
        """Sign in once, with a signal, and choose the PIN."""
        self.open()
        self.page.locator("#page a.button").first.click()
        self.page.fill("input[name=username]", name)
        self.page.fill("input[name=password]", password)
        self.page.click("main button")
        self.page.wait_for_url("**/field/phone/**")
        self.page.fill("#pin-1", PIN)
        self.page.fill("#pin-2", PIN)
        self.page.click("#page form button")
        expect(self.page.locator("#tabs")).to_be_visible()

    def unlock(self) -> None:
        self.page.fill("#pin", PIN)
        self.page.click("#page form button")
        expect(self.page.locator("#tabs")).to_be_visible()

    def go(self, where: str) -> None:
        """Go to an address after the #, without loading anything."""
        self.page.evaluate("(where) => { location.hash = where }", where)

    def offline(self) -> None:
        self.line.down()
        self.context.set_offline(True)

    def online(self) -> None:
        self.line.up()
        self.context.set_offline(False)

    def log_spending(self, recipient: int, *, amount: str, payee: str, category: str, photos: list[Path] | None = None) -> None:
        """Walk through the three steps and keep it."""
        page = self.page
        self.go(f"#/new/spending/{recipient}")
        expect(page.locator("#f-amount")).to_be_visible()
        page.locator("#f-amount").press_sequentially(amount)
        page.select_option("#f-category", label=category)
        page.click("#page form button.main")
        expect(page.locator("#f-payee")).to_be_visible()
        page.fill("#f-payee", payee)
        page.fill("#f-description", f"From {payee}")
        for number, photo in enumerate(photos or [], 1):
            page.set_input_files("[data-gallery]", str(photo))
            expect(page.locator("[data-photo-list] li")).to_have_count(number, timeout=60_000)
        page.click("#page form button.main")
        expect(page.locator("#f-women")).to_be_visible()
        page.fill("#f-women", "12")
        page.click("#page form button.main")
        expect(page.locator(".saved")).to_be_visible()

    def kill(self) -> None:
        """End the browser as a dead battery does: without a word to it."""
        os.kill(browser_pid(self.folder), signal.SIGKILL)
        with suppress(Exception):
            self.context.close()

    def close(self) -> None:
        self.context.close()


def browser_pid(folder: Path) -> int:
    """Return the process that a profile belongs to, found by the profile's own folder."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if f"--user-data-dir={folder}".encode() in words and not any(word.startswith(b"--type=") for word in words):
                return int(entry.name)
    raise ProcessLookupError(str(folder))


@contextmanager
def switched_on(playwright: Any, folder: Path, office: str, **other: Any) -> Iterator[Phone]:
    """Give a phone with a line of its own, switched on."""
    line = Line(office)
    one = Phone(playwright, folder, line, **other)
    one.start()
    try:
        yield one
    finally:
        with suppress(Exception):
            one.close()
        line.close()


def camera_photo(folder: Path, *, name: str, side: int, seed: int, taken: datetime | None = None, place: tuple[float, float] | None = None) -> Path:
    """Write a JPEG of noise, which nothing shrinks well, with what a camera writes about time and place."""
    picture = Image.frombytes("RGB", (side, side), Random(seed).randbytes(side * side * 3))
    exif = Image.Exif()
    if taken is not None:
        exif.get_ifd(0x8769).update({0x9003: taken.strftime("%Y:%m:%d %H:%M:%S"), 0x9011: "+07:00"})
    if place is not None:
        exif.get_ifd(0x8825).update(
            {1: "N" if place[0] >= 0 else "S", 2: _degrees(place[0]), 3: "E" if place[1] >= 0 else "W", 4: _degrees(place[1])}
        )
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95, subsampling=0, exif=exif)
    path = folder / name
    path.write_bytes(out.getvalue())
    return path


def _degrees(value: float) -> tuple[float, float, float]:
    whole = abs(value)
    minutes = (whole - int(whole)) * 60
    return float(int(whole)), float(int(minutes)), round((minutes - int(minutes)) * 60, 3)

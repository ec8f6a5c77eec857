"""
A thousand phones with twenty records each, on lines that are cut: none lost, none twice, and the office's time per record flat.

The phones are simulated clients over the site's own addresses, without a network: what they ask is what the phone pages
ask, in any order, again after an answer was lost, and photos in parts.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any, Final
from uuid import UUID

from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from PIL import Image

from communities.registry.models import Assignment, Recipient
from communities.spending.models import Arrival, Category, Evidence, SpendingRecord, Upload
from core import clock
from core.people.models import Role, User
from revenue.ledger import checks

NAME: Final = "phones"
# Of a hundred things sent, how many answers are lost and asked for again, and how many photos are cut in the middle.
LOST_ANSWERS, CUT_PHOTOS = 20, 30
# The last fifth of the rounds may take this much more work than the first: above it the office's work grows with what it has.
FLAT: Final = 1.5
Row = dict[str, Any]


@dataclass
class Phone:
    """One simulated phone: its person's session, what it still has to send, and what the office said it received."""

    person: User
    recipient: Recipient
    category: Category
    random: Random
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))
    waiting: list[tuple[UUID, bytes]] = field(default_factory=list)
    received: dict[UUID, str] = field(default_factory=dict)

    def write(self, records: int) -> None:
        """Write records with one photo each, no two alike."""
        for _record in range(records):
            self.waiting.append((UUID(int=self.random.getrandbits(128), version=4), _photo(self.random)))
        self.random.shuffle(self.waiting)

    def send(self, number: int) -> float:
        """Send one record on a bad line; return the office's seconds for it, with all that was asked again."""
        key, photo = self.waiting[number]
        begun = perf_counter()
        sha256 = hashlib.sha256(photo).hexdigest()
        self._photo(sha256, photo)
        message = json.dumps(self._message(key, sha256))
        for _time in range(1 + (self.random.randrange(100) < LOST_ANSWERS)):
            answer = self.client.post("/api/phone/arrivals/", message, content_type="application/json")
        assert answer.status_code == 200, answer.content
        self.received[key] = answer.json()["reference"]
        return perf_counter() - begun

    def _photo(self, sha256: str, photo: bytes) -> None:
        address, half = f"/api/phone/photos/{sha256}/", len(photo) // 2
        if self.random.randrange(100) < CUT_PHOTOS:
            self._part(address, photo, 0, half)
        here = self.client.get(address).json()["received"]
        assert self._part(address, photo, here, len(photo))["stored"]

    def _part(self, address: str, photo: bytes, first: int, end: int) -> Row:
        where = f"bytes {first}-{end - 1}/{len(photo)}"
        answer = self.client.put(address, photo[first:end], content_type="application/octet-stream", headers={"Content-Range": where})
        assert answer.status_code == 200, answer.content
        found: Row = answer.json()
        return found

    def _message(self, key: UUID, sha256: str) -> Row:
        return {
            "key": str(key), "kind": "SPENDING", "person": self.person.pk, "recipient": self.recipient.pk, "photos": [{"sha256": sha256}],
            "facts": {
                "category": self.category.pk, "spent_on": clock.today().isoformat(), "amount_minor": key.int % 900_000 + 1_000, "currency": "KHR",
                "payee": f"Shop {key.int % 50}", "description": str(key), "women": 3, "men": 2,
            },
        }  # fmt: skip


def _photo(random: Random) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (24, 32), random.randbytes(24 * 32 * 3)).save(out, "JPEG", quality=60)
    return out.getvalue()


@contextmanager
def throwaway() -> Iterator[None]:
    """
    Work on a database and a folder made for this and thrown away.

    Neither waits for the disk: how fast a disk says that it has written is no matter of ours, and the same for each record.
    """
    settled, options = str(connection.settings_dict["NAME"]), connection.settings_dict["OPTIONS"]
    memory = Path("/dev/shm")
    name = f"{settled}_phones_{os.getpid()}"
    connection.close()
    _on_the_server(settled, f"CREATE DATABASE {connection.ops.quote_name(name)}")
    try:
        connection.settings_dict["NAME"] = name
        connection.settings_dict["OPTIONS"] = {**options, "options": "-c synchronous_commit=off"}
        with (
            tempfile.TemporaryDirectory(prefix="forest-phones-", dir=memory if memory.is_dir() else None) as folder,
            override_settings(MEDIA_ROOT=Path(folder), ALLOWED_HOSTS=["testserver"]),
        ):
            call_command("migrate", verbosity=0)
            yield
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = options
        _on_the_server(settled, f"DROP DATABASE {connection.ops.quote_name(name)}")
        connection.settings_dict["NAME"] = settled


def _on_the_server(settled: str, sql: str) -> None:
    connection.settings_dict["NAME"] = settled
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


def made_phones(*, phones: int, records: int) -> list[Phone]:
    """Make so many liaisons, each with a community of their own and a phone full of records."""
    category = Category.objects.create(code="well", name="Well", purpose="community_development")
    made = []
    for number in range(phones):
        person = User.objects.create(username=f"liaison-{number}", full_name=f"Liaison {number}", role=Role.LIAISON, must_change_password=False)
        recipient = Recipient.objects.create(code=f"village-{number}", name=f"Village {number}", kind=Recipient.Kind.VILLAGE_COMMITTEE)
        Assignment.objects.create(person=person, recipient=recipient, from_date=clock.today())
        one = Phone(person, recipient, category, Random(number))
        one.client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        one.write(records)
        made.append(one)
    return made


class Work:
    """
    Seconds at work since it was made, of the office and of its database, on however busy a machine.

    A database on another machine is not seen: then it is the office's alone.
    """

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        self._backend = Path(f"/proc/{pid}/stat")
        self.sees_database = self._backend.is_file() and "postgres" in self._backend.read_text()
        self._begun = self._now()

    def seconds(self) -> float:
        return self._now() - self._begun

    def _now(self) -> float:
        ticks = sum(int(part) for part in self._backend.read_text().rpartition(")")[2].split()[11:13]) if self.sees_database else 0
        return process_time() + ticks / os.sysconf("SC_CLK_TCK")


def measures(made: list[Phone], took: list[float], rounds: list[float]) -> list[Row]:
    """
    Return what was promised and what was found, each with its limit and whether it holds.

    ``took`` are the seconds of each record by the clock on the wall, ``rounds`` those at work of each round of all phones.
    """
    sent = {key: reference for phone in made for key, reference in phone.received.items()}
    written = dict(SpendingRecord.objects.values_list("client_key", "reference"))
    wanted = {key: hashlib.sha256(photo).hexdigest() for phone in made for key, photo in phone.waiting}
    shown = dict(Evidence.objects.values_list("spending__client_key", "file__sha256"))
    fifth = max(1, len(rounds) // 5)
    growth = sum(rounds[-fifth:]) / sum(rounds[:fifth])
    return [
        _measure("phones.lost", len(wanted.keys() - written.keys()), "records", 0),
        _measure("phones.twice", SpendingRecord.objects.count() - len(written.keys() & wanted.keys()), "records", 0),
        _measure("phones.arrivals_beside", abs(Arrival.objects.count() - len(wanted)), "arrivals", 0),
        _measure("phones.other_number", sum(written.get(key) != reference for key, reference in sent.items()), "records", 0),
        _measure("phones.other_photo", sum(shown.get(key) != sha256 for key, sha256 in wanted.items()), "photos", 0),
        _measure("phones.unfinished_photos", Upload.objects.filter(file=None).count(), "photos", 0),
        _measure("phones.findings_in_the_books", len(list(checks.run())), "findings", 0),
        _measure("phones.growth", round(growth, 2), "last fifth / first fifth", FLAT),
        _measure("phones.work", round(sum(rounds) / len(took) * 1000, 1), "ms of work a record", None),
        _measure("phones.median", round(statistics.median(took) * 1000, 1), "ms a record", None),
    ]


def _measure(name: str, value: float, unit: str, limit: float | None) -> Row:
    return {"id": name, "value": value, "unit": unit, "limit": limit, "holds": limit is None or value <= limit}


def run(*, phones: int = 1_000, records: int = 20, say: Callable[[str], object] = print) -> list[Row]:
    """Let all phones send a record in turn until none has any, on a database made for it; return the measures."""
    with throwaway():
        made = made_phones(phones=phones, records=records)
        took: list[float] = []
        rounds: list[float] = []
        for number in range(records):
            work = Work()
            took += [phone.send(number) for phone in made]
            rounds.append(work.seconds())
            say(
                f"{len(took):,} records from {phones:,} phones, {rounds[-1] / phones * 1000:.1f} ms of work a record,"
                f" {statistics.median(took[-phones:]) * 1000:.1f} ms by the clock"
            )
        return measures(made, took, rounds)

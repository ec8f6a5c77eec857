"""What a demonstration does, act by act: each at a working hour of its day, and each done once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5
from zlib import crc32
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from core.money import parse_amount

FILES: Final = Path(__file__).parent / "files"
_KEYS: Final = UUID("5b7b1d3e-5f0c-4f52-9a53-0d3e4f1c2a10")
OPENS: Final = time(8)
# Minutes after the office opens, so that on one day nothing happens before what it needs.
RECEIVED, ALLOCATED, REQUESTED, LOGGED, PHOTOGRAPHED, ASKED, ANSWERED = 20, 50, 100, 140, 170, 240, 280
DECIDED, PAID, SENT_BACK, ACKNOWLEDGED, REVIEWED, RETURNED = 320, 360, 390, 420, 460, 490

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """
    One thing a person does; ``key`` tells whether it was done already.

    ``lane`` is the project's two letters: acts of two projects need not wait for each other. Without one, an act
    comes after everything of its quarter.
    """

    key: str
    at: datetime
    do: Callable[[], object]
    lane: str = ""


def moment(*, day: date, minutes: int, key: str) -> datetime:
    """Return a time of a day: so many minutes after the office opens, and some more that depend on the key."""
    opening = datetime.combine(day, OPENS, tzinfo=ZoneInfo(settings.TIME_ZONE))
    return opening + timedelta(minutes=minutes, seconds=crc32(key.encode()) % 1500)


def form_key(*, key: str) -> UUID:
    """Return the key of the form on which a record of the files was sent: always the same."""
    return uuid5(_KEYS, key)


def minor(text: str, currency: str) -> int:
    """Read an amount of the files, in minor units; an empty one is nothing."""
    return parse_amount(text=text, currency=currency).minor if text else 0


def day_in(text: str) -> date:
    """Read a day of the files."""
    return date.fromisoformat(text)


def table(name: str) -> list[Row]:
    """Read one of the files that the loader itself understands."""
    return list(csv.DictReader(io.StringIO((FILES / name).read_text(encoding="utf-8"), newline="")))


def waiting(*, acts: Iterable[Act], done: set[str]) -> list[Act]:
    """Return the acts that are still to do, in the order of their time."""
    return sorted((act for act in acts if act.key not in done), key=lambda act: (act.at, act.key))


@contextmanager
def quickly() -> Iterator[None]:
    """
    Let commits return before they are on disk.

    What a crash of the server would lose is done again: every act is asked for first, and the books are whole either way.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")

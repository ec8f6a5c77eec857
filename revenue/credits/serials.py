"""
Serial numbers of carbon credits, as registries print them. Pure: no Django, no clock, no I/O.

Sales split blocks, so credits are kept as ranges of whole numbers and compared by overlap, never as text. A range
means something only inside its series: the same programme in the same registry, for the same vintage.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.refusal import Refused
from core.refusal import gettext_noop as _

# bigint holds 9.2e18; registries are at 1e9 today.
LARGEST_SERIAL: Final = 10**15

_VCU = re.compile(
    r"^(?P<batch>\d{1,12})-(?P<first>\d{1,16})-(?P<last>\d{1,16})-(?:(?P<standard>[A-Z]{2,5})-)?VCU-(?P<body>\d{1,6})"
    r"-(?P<registry>VER|APX|MER)-(?P<country>[A-Z]{2})-(?P<scope>\d{1,3})-(?P<programme>\d{1,9})"
    r"-(?P<start>\d{8})-(?P<end>\d{8})-(?P<certified>[01O])$",
    re.ASCII,
)
_GOLD_STANDARD = re.compile(
    r"^(?P<scheme>GS[0-9A-Z]{0,3})-(?P<period>\d{1,3})-(?P<country>[A-Z]{2})-(?P<programme>GS\d{1,9})-(?P<scope>\d{1,3})"
    r"-(?P<vintage>\d{4})-(?P<batch>\d{1,12})-(?P<first>\d{1,16})-(?P<last>\d{1,16})$",
    re.ASCII,
)


class NotASerial(Refused):
    """The text is not a serial number of this registry."""

    code = "not_a_serial"


class NotARange(Refused):
    """The first and last number do not make a range of credits."""

    code = "not_a_range"


@dataclass(frozen=True, slots=True, order=True)
class SerialRange:
    """
    Credits first to last, both included; one credit is one tonne of CO2 equivalent.

    :raises NotARange: if last comes before first, or a number is not a possible serial number
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first < 0 or self.last > LARGEST_SERIAL:
            raise NotARange(
                _("%(first)s to %(last)s are not possible serial numbers."),
                field="first",
                next_step=_("Copy them from the registry's statement."),
                values={"first": f"{self.first:,}", "last": f"{self.last:,}"},
            )
        if self.last < self.first:
            raise NotARange(
                _("The last serial number (%(last)s) comes before the first (%(first)s)."),
                field="last",
                next_step=_("Check whether the two were exchanged."),
                values={"first": self.first, "last": self.last},
            )

    @property
    def quantity(self) -> int:
        """Return how many credits these are, in tCO2e."""
        return self.last - self.first + 1

    def overlap(self, other: SerialRange) -> SerialRange | None:
        """Return the credits that are in both ranges, or None. Compare within one series only."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return SerialRange(first, last) if first <= last else None

    def contains(self, other: SerialRange) -> bool:
        """Say whether every credit of the other range is in this one."""
        return self.first <= other.first and other.last <= self.last

    def without(self, other: SerialRange) -> tuple[SerialRange, ...]:
        """Return what is left of this range when the other is taken out: none, one or two ranges in order."""
        shared = self.overlap(other)
        if shared is None:
            return (self,)
        parts = ((self.first, shared.first - 1), (shared.last + 1, self.last))
        return tuple(SerialRange(first, last) for first, last in parts if first <= last)

    def split(self, quantity: int) -> tuple[SerialRange, SerialRange]:
        """
        Divide the range: the first ``quantity`` credits, and the rest.

        :raises NotARange: if one of the two would be empty
        """
        if not 0 < quantity < self.quantity:
            raise NotARange(
                _("%(wanted)s credits cannot be taken from a block of %(held)s so that some are left."),
                field="quantity",
                next_step=_("Take between 1 and %(most)s."),
                values={"wanted": f"{quantity:,}", "held": f"{self.quantity:,}", "most": f"{self.quantity - 1:,}"},
            )
        return SerialRange(self.first, self.first + quantity - 1), SerialRange(self.first + quantity, self.last)

    def __str__(self) -> str:
        return f"{self.first}–{self.last}"


@dataclass(frozen=True, slots=True)
class CreditBlock:
    """
    A block of credits as one serial number describes it.

    ``vintage_end`` is the last day of the vintage, included. ``registry`` is VERRA or GOLD_STANDARD; ``programme_id``
    the registry's number of the programme, as text; ``certified`` an additional certification (CCB and the like).
    """

    registry: str
    programme_id: str
    vintage_start: date
    vintage_end: date
    numbers: SerialRange
    batch: str
    country: str
    scope: int
    certified: bool
    text: str

    @property
    def quantity(self) -> int:
        """Return how many credits the block holds, in tCO2e."""
        return self.numbers.quantity

    @property
    def series(self) -> str:
        """Return the series within which the numbers may be compared."""
        return series(
            registry=self.registry,
            programme_id=self.programme_id,
            vintage_start=self.vintage_start,
            vintage_end=self.vintage_end,
        )


def series(*, registry: str, programme_id: str, vintage_start: date, vintage_end: date) -> str:
    """Return the key of the series whose serial numbers may be compared: registry, programme and vintage."""
    return f"{registry}:{programme_id}:{vintage_start.isoformat()}:{vintage_end.isoformat()}"


def parse_serial(*, text: str) -> CreditBlock:
    """
    Read a VCU (both layouts) or Gold Standard serial number.

    :raises NotASerial: if it is neither, or a date in it is none
    :raises NotARange: if its last number comes before its first
    """
    cleaned = re.sub(r"\s", "", text).upper().replace("–", "-").replace("—", "-")
    if found := _VCU.match(cleaned):
        return _vcu(found, cleaned)
    if found := _GOLD_STANDARD.match(cleaned):
        return _gold_standard(found, cleaned)
    raise NotASerial(
        _("“%(text)s” is not a serial number of Verra or Gold Standard."),
        field="serial",
        next_step=_("Copy it whole from the registry, for example 11158-289118799-289118805-VCS-VCU-263-VER-KH-14-1748-01012019-31122019-1."),
        values={"text": text.strip()[:120]},
    )


def _vcu(found: re.Match[str], text: str) -> CreditBlock:
    start, end = _day(found["start"], text), _day(found["end"], text)
    if end < start:
        raise NotASerial(
            _("In “%(text)s” the vintage ends before it starts."), field="serial", next_step=_("Check its two dates."), values={"text": text}
        )
    return CreditBlock(
        registry="VERRA",
        programme_id=found["programme"],
        vintage_start=start,
        vintage_end=end,
        numbers=SerialRange(int(found["first"]), int(found["last"])),
        batch=found["batch"],
        country=found["country"],
        scope=int(found["scope"]),
        certified=found["certified"] == "1",
        text=text,
    )


def _gold_standard(found: re.Match[str], text: str) -> CreditBlock:
    vintage = int(found["vintage"])
    if not 1990 <= vintage <= 2100:
        raise NotASerial(
            _("In “%(text)s” %(vintage)s is not a vintage."),
            field="serial",
            next_step=_("Check the year."),
            values={"text": text, "vintage": vintage},
        )
    return CreditBlock(
        registry="GOLD_STANDARD",
        programme_id=found["programme"],
        vintage_start=date(vintage, 1, 1),
        vintage_end=date(vintage, 12, 31),
        numbers=SerialRange(int(found["first"]), int(found["last"])),
        batch=found["batch"],
        country=found["country"],
        scope=int(found["scope"]),
        certified=False,
        text=text,
    )


def _day(digits: str, text: str) -> date:
    try:
        return date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError as error:
        raise NotASerial(
            _("In “%(text)s” %(digits)s is not a date (day, month, year)."),
            field="serial",
            next_step=_("Copy it again."),
            values={"text": text, "digits": digits},
        ) from error

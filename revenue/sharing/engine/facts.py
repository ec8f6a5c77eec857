"""What a plan is applied to: the money that came in, and dated facts about those who share it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """Money of one receipt in minor units of ``currency``, or whole ``credits``; ``on`` is the day that chooses the plan."""

    amount_minor: int
    currency: str
    on: date | None = None
    reference: str = ""
    first_serial: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A split that people decided: in minor units (``amounts``) or as exact parts of the whole (``shares``)."""

    authority: str
    document: str
    on: str = ""
    reason: str = ""
    amounts: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, Fraction] = field(default_factory=dict)

    def only(self, codes: Iterable[str]) -> Decision:
        """Return what the decision says of some codes."""
        wanted = set(codes)
        amounts = {code: minor for code, minor in self.amounts.items() if code in wanted}
        return replace(self, amounts=amounts, shares={code: part for code, part in self.shares.items() if code in wanted})


@dataclass(frozen=True, slots=True)
class PayoutRate:
    """The dated rate at which shares are paid out: units of ``currency`` for one unit of the plan's currency."""

    currency: str
    rate: Fraction
    on: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    Dated facts, as they stand when a receipt is shared.

    ``groups`` names the recipients; ``within`` gives the members of each parent for a second level; ``indicators``
    are exact numbers by name and recipient; ``conditions`` say who has met what; ``values`` are single numbers or words
    (price, mechanism, …). ``memory`` (unrecovered costs), ``last_time`` (by pot) and ``owed`` (overpayments) are minor
    units from the run before. ``carried`` is what could not be paid in whole notes before: by payout currency, pot and
    recipient, in exact major units. ``counted_on`` are the days of indicators that were not counted on ``as_of``. ``decisions`` and ``overrides`` are by the number or id of the step they decide.
    """

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    indicators: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    as_of: str = ""
    source: str = ""
    within: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    conditions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    values: Mapping[str, Fraction | str] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)
    last_time: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    owed: Mapping[str, int] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    overrides: Mapping[str, Decision] = field(default_factory=dict)
    payout: PayoutRate | None = None
    counted_on: Mapping[str, str] = field(default_factory=dict)
    carried: Mapping[str, Mapping[str, Mapping[str, Fraction]]] = field(default_factory=dict)

    def day_of(self, indicator: str) -> str:
        """Return the day on which an indicator was counted, empty if nothing says so."""
        return self.counted_on.get(indicator, self.as_of)

    def digest(self) -> str:
        """Return the sha256 of these facts in a canonical form, so that a run can name exactly what it used."""
        text = json.dumps(_plain(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, (Facts, Decision, PayoutRate)):
        plain = {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
        # Facts of one day, with nothing carried, are the same facts as before there was either.
        return {name: item for name, item in plain.items() if name not in ("counted_on", "carried") or item}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, frozenset)):
        return sorted(value)  # the order in which recipients are listed decides nothing
    return str(value) if isinstance(value, Fraction) else value

"""What a plan gives: lines that add up to the receipt, each saying how it came about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar

from revenue.sharing.engine.units import as_text
from revenue.sharing.engine.words import exact_text

State = Literal["allocated", "held", "withheld", "unallocated"]
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Payout:
    """
    An amount in the currency it is paid in: whole units paid, and the exact rest that is carried to the next receipt.

    ``brought`` is the rest of the receipt before, which is in it; empty where there was none. Both are major units, as
    a decimal or ``a/b``.
    """

    currency: str
    amount_minor: int
    residue: str
    rate: str
    rate_on: str = ""
    rate_source: str = ""
    brought: str = ""

    def as_plain(self) -> dict[str, str]:
        """Return the payout as plain values for JSON; amounts are text in major units."""
        plain = {
            "currency": self.currency,
            "amount": as_text(minor=self.amount_minor, currency=self.currency),
            "residue": self.residue,
            "rate": self.rate,
            "rate_on": self.rate_on,
            "rate_source": self.rate_source,
        }
        return {**plain, "brought": self.brought} if self.brought else plain


@dataclass(frozen=True, slots=True)
class Line:
    """
    One part of the receipt: ``amount_minor`` minor units in ``pot``, for ``recipient`` or for the pot as a whole.

    ``exact`` is the amount before rounding, in minor units, as ``a/b``. ``steps`` is the path through the plan,
    ``how`` and ``how_km`` say the same in plain words, ``facts`` are the facts used, ``reason`` says why money is
    withheld or unallocated. ``first_serial`` is set for whole units with serial numbers.
    """

    pot: str
    recipient: str | None
    amount_minor: int
    currency: str
    state: State
    purpose: str
    steps: tuple[str, ...]
    how: str
    how_km: str
    exact: str
    facts: tuple[str, ...] = ()
    reason: str = ""
    payout: Payout | None = None
    first_serial: int | None = None
    plan: str = ""

    def as_plain(self) -> dict[str, object]:
        """Return the line as plain values for JSON; ``amount`` is text in major units."""
        plain: dict[str, object] = {
            "pot": self.pot,
            "recipient": self.recipient,
            "amount": as_text(minor=self.amount_minor, currency=self.currency),
            "currency": self.currency,
            "state": self.state,
            "purpose": self.purpose,
            "steps": list(self.steps),
            "how": self.how,
            "how_km": self.how_km,
            "exact": self.exact,
            "facts": list(self.facts),
            "plan": self.plan,
        }
        if self.reason:
            plain["reason"] = self.reason
        if self.first_serial is not None and self.amount_minor:
            plain["serials"] = [self.first_serial, self.first_serial + self.amount_minor - 1]
        if self.payout is not None:
            plain["payout"] = self.payout.as_plain()
        return plain


@dataclass(frozen=True, slots=True)
class Departure:
    """A decision that replaced a rule's result: what the rule gave and what was decided, in minor units."""

    step: str
    authority: str
    document: str
    reason: str
    on: str
    rule: tuple[tuple[str, int], ...]
    decided: tuple[tuple[str, int], ...]

    def variance(self) -> dict[str, int]:
        """Return decided less rule for each, in minor units; the values add up to zero."""
        rule = dict(self.rule)
        return {code: minor - rule.get(code, 0) for code, minor in self.decided}


@dataclass(frozen=True, slots=True)
class Allocation:
    """A receipt, shared: the lines add up to ``total_minor`` exactly. ``memory``, ``owed`` and ``carried`` go into the next run."""

    plan: str
    facts_digest: str
    total_minor: int
    currency: str
    lines: tuple[Line, ...]
    memory: tuple[tuple[str, int], ...] = ()
    owed: tuple[tuple[str, int], ...] = ()
    departures: tuple[Departure, ...] = ()
    # (payout currency, pot, recipient, exact major units): what could not be paid in whole notes.
    carried: tuple[tuple[str, str, str, Fraction], ...] = ()
    # (from pot, to pot, minor units) in the order in which the money went: for a picture, not part of the answer.
    moves: tuple[tuple[str, str, int], ...] = ()

    def to_plain(self) -> dict[str, object]:
        """Return the allocation as plain values for JSON; amounts are text in major units."""
        plain: dict[str, object] = {
            "plan": self.plan,
            "facts": self.facts_digest,
            "total": as_text(minor=self.total_minor, currency=self.currency),
            "currency": self.currency,
            "lines": [line.as_plain() for line in self.lines],
            "memory": self._amounts(self.memory),
            "owed": self._amounts(self.owed),
            "overrides": [
                {
                    "step": item.step,
                    "authority": item.authority,
                    "document": item.document,
                    "reason": item.reason,
                    "on": item.on,
                    "rule": self._amounts(item.rule),
                    "decided": self._amounts(item.decided),
                    "variance": self._amounts(tuple(item.variance().items())),
                }
                for item in self.departures
            ],
        }
        return {**plain, "carried": by_place(self.carried, exact_text)} if self.carried else plain

    def to_json(self) -> str:
        """Return canonical JSON: the same allocation is always the same text."""
        return json.dumps(self.to_plain(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def _amounts(self, pairs: tuple[tuple[str, int], ...]) -> dict[str, str]:
        return {code: as_text(minor=minor, currency=self.currency) for code, minor in pairs}


def by_place(carried: Iterable[tuple[str, str, str, Fraction]], write: Callable[[Fraction], Told]) -> dict[str, dict[str, dict[str, Told]]]:
    """Return what is carried by payout currency, pot and recipient."""
    found: dict[str, dict[str, dict[str, Told]]] = {}
    for currency, pot, recipient, exact in carried:
        found.setdefault(currency, {}).setdefault(pot, {})[recipient] = write(exact)
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """What one place gets more (or less, if negative) after a re-run, in minor units."""

    pot: str
    recipient: str | None
    state: State
    difference_minor: int


def difference(*, before: Allocation, after: Allocation) -> tuple[Change, ...]:
    """
    Say what a re-run after a late fact must post: never an edit, only differences, which add up to the change of total.

    :raises ValueError: if the two are in different currencies
    """
    if before.currency != after.currency:
        raise ValueError("allocations in different currencies cannot be compared")
    amounts: dict[tuple[str, str | None, State], int] = {}
    for sign, allocation in ((-1, before), (1, after)):
        for line in allocation.lines:
            place = (line.pot, line.recipient, line.state)
            amounts[place] = amounts.get(place, 0) + sign * line.amount_minor
    return tuple(Change(*place, minor) for place, minor in amounts.items() if minor)

"""A benefit-sharing plan as values: pots, and steps in the order of the legal document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final, Literal

RECEIPT: Final = "receipt"  # the pot that every plan starts from: the money that came in


class Purpose(StrEnum):
    """What the money of a pot is for."""

    FOREST_PROTECTION = "forest_protection"
    COMMUNITY_DEVELOPMENT = "community_development"
    TRAINING = "training"
    COSTS = "costs"
    RESERVE = "reserve"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in English and Khmer."""

    en: str = ""
    km: str = ""

    def in_language(self, language: str) -> str:
        """Return the words in ``km`` or ``en``, whichever exists."""
        return (self.km or self.en) if language == "km" else (self.en or self.km)


@dataclass(frozen=True, slots=True)
class Pot:
    """A named purse. ``recipient`` is set when all of it goes to one named body."""

    code: str
    title: Text
    purpose: Purpose = Purpose.NONE
    draw: Literal["fifo", "proportional"] = "fifo"
    deadline_days: int | None = None
    recipient: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """What a percentage is of: the gross receipt, what is left in the pot, gross less some pots, or what a pot got."""

    kind: Literal["gross", "left", "gross_less", "pot"]
    pots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fixed amount in minor units of the plan's currency."""

    minor: int


@dataclass(frozen=True, slots=True)
class Rate:
    """An exact part of a named base, rounded down."""

    rate: Fraction
    of: Base


@dataclass(frozen=True, slots=True)
class FromFacts:
    """An amount that the facts give under this name, in major units."""

    name: str


@dataclass(frozen=True, slots=True)
class Pick:
    """The greatest or the least of several amounts: a cap is the least of what is due and the cap."""

    which: Literal["greatest", "least"]
    amounts: tuple[Amount, ...]


Amount = Fixed | Rate | FromFacts | Pick


@dataclass(frozen=True, slots=True)
class Key:
    """
    How weights come from facts: ``equal``, one indicator, several multiplied, or a weighted sum of several.

    ``parts`` are (indicator, weight); the weights are 1 except in a composite, where each indicator is first turned
    into parts of its total.
    """

    kind: Literal["equal", "indicator", "multiply", "composite"]
    parts: tuple[tuple[str, Fraction], ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit for each recipient: a fixed amount, an indicator's amount, or what the recipient got last time."""

    kind: Literal["fixed", "indicator", "last_time"]
    minor: int = 0
    indicator: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What every step has: its number in the document, its title, the legal clause and its line in the file."""

    number: str
    title: Text = field(default_factory=Text)
    clause: str = ""
    line: int = 0
    id: str = ""


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """When held money is released, and where it goes if it never is."""

    release: Text
    kind: str = "reserve"
    expires_after_months: int | None = None
    then_to: str | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """Move an amount from one pot to another: a charge, a share given first, or money held back."""

    head: Head
    kind: Literal["charge", "give", "hold"]
    to: str
    source: str
    amount: Amount
    if_short: Literal["refuse", "take_what_is_there"] = "refuse"
    terms: HoldTerms | None = None


@dataclass(frozen=True, slots=True)
class Recover:
    """Pay costs back as far as the money reaches; the rest is remembered, with or without interest."""

    head: Head
    to: str
    source: str
    costs: Amount
    memory: str
    interest: Fraction = Fraction(0)
    once: bool = False
    at_most: Amount | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Divide all of a pot among other pots, by stated shares or by a key; ``remainder`` takes what the shares leave."""

    head: Head
    source: str
    into: tuple[tuple[str, Fraction], ...]
    remainder: str | None = None
    by: Key | None = None
    ties: tuple[str, ...] = ()
    quantum: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Divide a pot among the recipients of a group by a key, perhaps with a base for each and bounds."""

    head: Head
    pot: str
    group: str
    by: Key
    within: str | None = None
    base: Amount | None = None
    floor: Bound | None = None
    ceiling: Bound | None = None
    above_ceiling: str | None = None
    ties: tuple[str, ...] = ()
    quantum: int | None = None


@dataclass(frozen=True, slots=True)
class PayRate:
    """Pay each recipient so much for each unit of an indicator; ``rest`` takes what is left over."""

    head: Head
    pot: str
    group: str
    for_each: Key
    rate: Fraction | str | None  # minor units; the name of a fact (major units); None: the pot divided by the quantity
    rest: str
    at_least: Fraction | str | None = None
    at_most: Fraction | str | None = None
    if_short: Literal["refuse", "in_proportion"] = "refuse"
    ties: tuple[str, ...] = ()
    quantum: int | None = None


@dataclass(frozen=True, slots=True)
class Bands:
    """Pay a part of each entitlement that depends on a measure; what is not earned goes to a named pot."""

    head: Head
    pot: str
    group: str
    entitlement: str | Key  # an indicator of amounts in major units, or a key that divides the pot
    measure: str
    bands: tuple[tuple[Fraction, Fraction], ...]  # (from, part paid), highest first
    unearned: str
    ties: tuple[str, ...] = ()
    quantum: int | None = None


@dataclass(frozen=True, slots=True)
class Tiers:
    """Move a pot's money into other pots by where a value (a price, a year) falls: all of it, or layer by layer."""

    head: Head
    source: str
    measure: str
    mode: Literal["whole", "marginal"]
    bands: tuple[tuple[Fraction | None, str], ...]  # (up to, pot), lowest first; the last has no end
    quantum: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One branch of a choice: it applies when the value is one of ``words``, or ``from_`` <= value < ``below``."""

    steps: tuple[Step, ...]
    words: tuple[str, ...] = ()
    from_: Fraction | None = None
    below: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Choose:
    """Follow one list of steps or another, by a value of the receipt: mechanism, buyer, project age, price, date."""

    head: Head
    value: str
    cases: tuple[Case, ...]
    otherwise: tuple[Step, ...] | None


@dataclass(frozen=True, slots=True)
class Gate:
    """Allocated, but withheld from each recipient until the conditions hold or the amount is worth paying."""

    head: Head
    pot: str
    conditions: tuple[str, ...]
    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Decide:
    """The recipients divide the pot themselves; the facts hold their decision and its minutes."""

    head: Head
    pot: str
    group: str


@dataclass(frozen=True, slots=True)
class Recoup:
    """Take back what recipients were overpaid, at most a part of what they now get."""

    head: Head
    pot: str
    to: str
    cap: Fraction = Fraction(1)


Step = Take | Recover | Split | Share | PayRate | Bands | Tiers | Choose | Gate | Decide | Recoup


@dataclass(frozen=True, slots=True)
class Constraint:
    """What the law demands of the plan: these pots together get at least, or at most, a part of a base."""

    pots: tuple[str, ...]
    of: Base
    at_least: Fraction | None = None
    at_most: Fraction | None = None
    clause: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a benefit-sharing plan. ``digest`` is the sha256 of its file."""

    project: str
    title: Text
    legal_basis: str
    effective_from: date
    currency: str
    pots: tuple[Pot, ...]
    steps: tuple[Step, ...]
    quantum: int = 1
    constraints: tuple[Constraint, ...] = ()
    effective_to: date | None = None
    payout_currency: str | None = None
    payout_quantum: int = 1
    digest: str = ""
    note: Text = field(default_factory=Text)

    def pot(self, code: str) -> Pot:
        """Return the pot with this code."""
        return next(pot for pot in self.pots if pot.code == code)

    @property
    def version(self) -> str:
        """Return the name a line carries: the project, the first day in force, and the start of the file's digest."""
        return f"{self.project}@{self.effective_from.isoformat()}#{self.digest[:12]}"

    def groups(self) -> tuple[str, ...]:
        """Return the recipient groups that the facts must hold, in the order of the steps."""
        found: dict[str, None] = {}
        for step in walk(self.steps):
            if isinstance(step, (Share, PayRate, Bands, Decide)):
                found[step.group] = None
        return tuple(found)

    def indicators(self) -> tuple[str, ...]:
        """Return the indicators that the facts must hold, in the order of the steps."""
        found: dict[str, None] = {}
        for step in walk(self.steps):
            found.update(dict.fromkeys(_indicators_of(step)))
        return tuple(found)


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Go through the steps in document order, into every branch of a choice."""
    for step in steps:
        yield step
        if isinstance(step, Choose):
            for case in step.cases:
                yield from walk(case.steps)
            yield from walk(step.otherwise or ())


def _indicators_of(step: Step) -> Iterator[str]:
    for name in ("by", "for_each", "entitlement"):
        key = getattr(step, name, None)
        if isinstance(key, Key):
            yield from (indicator for indicator, _ in key.parts)
        elif isinstance(key, str):
            yield key
    if isinstance(step, Bands):
        yield step.measure
    for name in ("floor", "ceiling"):
        bound = getattr(step, name, None)
        if isinstance(bound, Bound) and bound.kind == "indicator":
            yield bound.indicator

"""The money of one receipt while it moves through the steps of a plan. Nothing here outlives one allocation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from core.refusal import gettext_noop as _
from revenue.sharing.engine.facts import Decision, Facts, Source
from revenue.sharing.engine.lines import Departure
from revenue.sharing.engine.plan import RECEIPT, Head, Plan, Text
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.engine.split import NothingToSplitBy, apportion, exact_parts
from revenue.sharing.engine.units import for_people
from revenue.sharing.engine.words import join, pot_text


@dataclass(slots=True)
class Portion:
    """One recipient's part of a pot."""

    minor: int
    exact: Fraction
    how: tuple[Text, ...]
    steps: tuple[str, ...]
    facts: tuple[str, ...] = ()
    withheld: str = ""


@dataclass(slots=True)
class Purse:
    """What is in one pot now: undivided (``minor``), or divided among recipients (``portions``)."""

    minor: int = 0
    exact: Fraction = Fraction(0)
    received: int = 0
    how: tuple[Text, ...] = ()
    steps: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    taken: list[tuple[str, int]] = field(default_factory=list)
    portions: dict[str, Portion] | None = None
    spent: bool = False  # all of it was split into other pots
    held: bool = False
    withheld: str = ""


class Run:
    """One allocation under way. Used inside the engine only."""

    def __init__(self, *, plan: Plan, facts: Facts, source: Source) -> None:
        self.plan = plan
        self.facts = facts
        self.source = source
        self.purses: dict[str, Purse] = {pot.code: Purse() for pot in plan.pots}
        amount = source.amount_minor
        self.purses[RECEIPT] = Purse(minor=amount, exact=Fraction(amount), received=amount)
        self.memory = dict(facts.memory)
        self.owed = dict(facts.owed)
        self.carried = {
            (currency, pot, recipient): exact
            for currency, pots in facts.carried.items()
            for pot, recipients in pots.items()
            for recipient, exact in recipients.items()
        }
        self.departures: list[Departure] = []

    def money(self, minor: int) -> str:
        """Write an amount of the plan's currency with commas."""
        return for_people(minor=minor, currency=self.plan.currency)

    def quantum(self, own: int | None) -> int:
        """Return the payable step of a plan step, in minor units."""
        return own or self.plan.quantum

    def refuse(self, head: Head, code: str, template: str, *, values: Mapping[str, object] | None = None, next_step: str = "") -> PlanRefused:
        """Make a refusal that names the step and its line."""
        said = {"step_number": head.number, "sentence": Said(template, values or {})}
        return PlanRefused(code, _("Step %(step_number)s: %(sentence)s"), values={**(values or {}), **said}, line=head.line, next_step=next_step)

    def move(self, *, source: str, to: str, minor: int, exact: Fraction, step: str, how: Text, facts: tuple[str, ...] = ()) -> None:
        """Put minor units from one pot into another; the explanation goes with them."""
        giver, taker = self.purses[source], self.purses[to]
        assert 0 <= minor <= giver.minor, (source, to, minor, giver.minor)
        giver.minor -= minor
        giver.exact -= minor
        giver.taken.append((to, minor))
        taker.minor += minor
        taker.received += minor
        taker.exact += exact
        taker.how = _added(taker.how, (*giver.how, how))
        taker.steps = _added(taker.steps, (*giver.steps, step))
        taker.facts = _added(taker.facts, (*giver.facts, *facts))

    def note(self, pots: list[str], facts: tuple[str, ...]) -> None:
        """Name the facts that a choice rested on at everything that came of it."""
        for code in pots:
            purse = self.purses[code]
            purse.facts = _added(purse.facts, facts)
            for portion in (purse.portions or {}).values():
                portion.facts = _added(portion.facts, facts)

    def spread(
        self,
        *,
        head: Head,
        total: int,
        weights: dict[str, Fraction],
        order: list[str],
        quantum: int,
    ) -> tuple[dict[str, int], dict[str, Fraction]]:
        """
        Split by weights, rounded and exact.

        :raises PlanRefused: nothing_to_split_by
        """
        try:
            exact = exact_parts(total=total, weights=weights)
            return apportion(total=total, weights=weights, order=order, quantum=quantum), exact
        except NothingToSplitBy as error:
            raise self.refuse(
                head,
                "nothing_to_split_by",
                _("every weight is zero, so %(amount)s has nobody to go to."),
                values={"amount": self.money(total)},
                next_step=_("Correct the indicator, or choose another key."),
            ) from error

    def departed(self, head: Head, rule: dict[str, int], total: int, *, of_many: bool = False) -> tuple[dict[str, int], Text | None]:
        """
        Replace a rule's result by a recorded decision, if there is one for this step.

        ``of_many`` reads only what the decision says of these codes, and leaves the rule where it says nothing of them.

        :raises PlanRefused: decision_unknown_recipient, decision_does_not_add_up
        """
        decision = self.facts.overrides.get(head.id) or self.facts.overrides.get(head.number)
        if decision is not None and of_many:
            decision = decision.only(rule)
        if decision is None or (of_many and not (decision.amounts or decision.shares)):
            return rule, None
        decided = self.decided(head, decision, list(rule), total)
        self.departures.append(
            Departure(
                step=head.number,
                authority=decision.authority,
                document=decision.document,
                reason=decision.reason,
                on=decision.on,
                rule=tuple(rule.items()),
                decided=tuple(decided.items()),
            )
        )
        by, document = decision.authority, decision.document
        return decided, Text(f"decided by {by} ({document})", f"សម្រេចដោយ {by} ({document})")

    def decided(self, head: Head, decision: Decision, who: list[str], total: int) -> dict[str, int]:
        """
        Read a decision as amounts for exactly these codes, adding up to total.

        :raises PlanRefused: decision_unknown_recipient, decision_does_not_add_up
        """
        given = decision.shares or decision.amounts
        strangers = [code for code in given if code not in who]
        if strangers:
            raise self.refuse(
                head, "decision_unknown_recipient", _("the decision names “%(name)s”, who has no part here."), values={"name": strangers[0]}
            )
        if decision.shares:
            adds_up = sum(decision.shares.values()) == 1
            weights = {code: decision.shares.get(code, Fraction(0)) for code in who}
            found = apportion(total=total, weights=weights, order=who, quantum=1) if adds_up else {}
        else:
            found = {code: decision.amounts.get(code, 0) for code in who}
            adds_up = sum(found.values()) == total
        if not adds_up or any(minor < 0 for minor in found.values()):
            raise self.refuse(
                head,
                "decision_does_not_add_up",
                _("the decision in “%(document)s” does not add up to %(amount)s."),
                values={"document": decision.document, "amount": self.money(total)},
                next_step=_("Correct the amounts so that nothing is left over and nothing is missing."),
            )
        return found

    def left_text(self, code: str) -> Text:
        """Say how much is in a pot now and what was taken out of it before."""
        purse = self.purses[code]
        name = pot_text(self.plan, code)
        if not purse.taken:
            return join(name, f" ({self.money(purse.minor)})")
        minus = join(*(part for to, minor in purse.taken for part in (" − ", pot_text(self.plan, to), f" {self.money(minor)}")))
        return join(name, f" ({self.money(purse.received)}", minus, f" = {self.money(purse.minor)})")


T = TypeVar("T")


def _added(old: tuple[T, ...], new: tuple[T, ...]) -> tuple[T, ...]:
    return old + tuple(item for item in new if item not in old)

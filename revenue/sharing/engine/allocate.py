"""Share a receipt by a plan: frozen values in, frozen values out, the same bytes out for the same bytes in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from typing import Any, Final

from core.refusal import gettext_noop as _
from revenue.sharing.engine import moves, shares
from revenue.sharing.engine.amounts import base_minor, fact_number
from revenue.sharing.engine.facts import Facts, Source
from revenue.sharing.engine.lines import Allocation, Line, State
from revenue.sharing.engine.payout import paid_out
from revenue.sharing.engine.plan import (
    RECEIPT,
    Bands,
    Choose,
    Decide,
    Gate,
    PayRate,
    Plan,
    Pot,
    Recoup,
    Recover,
    Share,
    Split,
    Step,
    Take,
    Text,
    Tiers,
    walk,
)
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.engine.run import Portion, Purse, Run
from revenue.sharing.engine.words import number_text, part_text


class NoEffectivePlan(PlanRefused):
    """No plan is in force on the day of the receipt; its money stays unallocated. ``lines`` hold all of it."""

    def __init__(self, *, source: Source) -> None:
        values = {"day": source.on.isoformat()} if source.on else {}
        on_day = _("No approved benefit-sharing plan is in force on %(day)s, so nothing is allocated.")
        undated = _("No approved benefit-sharing plan is in force for this receipt, so nothing is allocated.")
        template = on_day if source.on else undated
        next_step = _("The whole amount stands as unallocated until a plan is approved.")
        super().__init__("no_effective_plan", template, values=values, next_step=next_step)
        self.lines = (unallocated(source=source, reason=template % values),)


def in_force(*, plans: Iterable[Plan], source: Source) -> Plan:
    """
    Return the plan in force on the day of the receipt: the latest to begin, its last day included.

    :raises NoEffectivePlan: if there is none
    """
    found = [plan for plan in plans if _covers(plan, source.on)]
    if not found:
        raise NoEffectivePlan(source=source)
    return max(found, key=lambda plan: plan.effective_from)


def _covers(plan: Plan, day: date | None) -> bool:
    return day is None or (plan.effective_from <= day and (plan.effective_to is None or day <= plan.effective_to))


def unallocated(*, source: Source, reason: str) -> Line:
    """Return the one line that holds a whole receipt which no plan could share."""
    return Line(
        pot=RECEIPT,
        recipient=None,
        amount_minor=source.amount_minor,
        currency=source.currency,
        state="unallocated",
        purpose="none",
        steps=(),
        how=reason,
        how_km="ប្រាក់ទាំងអស់នេះមិនទាន់បានបែងចែកទេ។",
        exact=f"{source.amount_minor}/1",
        reason=reason,
    )


def allocate(*, plan: Plan, facts: Facts, source: Source) -> Allocation:
    """
    Share one receipt, in minor units of the plan's currency, into lines that add up to it exactly.

    :raises NoEffectivePlan: if the plan is not in force on ``source.on``
    :raises PlanRefused: if the plan cannot share this receipt with these facts; the message names the step
    """
    if source.currency != plan.currency:
        raise PlanRefused(
            "wrong_currency",
            _("The plan shares %(currency)s, but the receipt is in %(given)s."),
            values={"currency": plan.currency, "given": source.currency},
            next_step=_("Convert the receipt to %(currency)s first, at a recorded rate."),
        )
    if source.amount_minor < 0:
        raise PlanRefused("negative_receipt", _("A receipt cannot be below zero."))
    if not _covers(plan, source.on):
        raise NoEffectivePlan(source=source)
    _decisions_have_steps(plan, facts)
    run = Run(plan=plan, facts=facts, source=source)
    _follow(run, plan.steps)
    _obey_constraints(run)
    lines = tuple(_lines(run))
    assert sum(line.amount_minor for line in lines) == source.amount_minor
    return Allocation(
        plan=plan.version,
        facts_digest=facts.digest(),
        total_minor=source.amount_minor,
        currency=plan.currency,
        lines=lines,
        memory=tuple(sorted(run.memory.items())),
        owed=tuple(sorted(run.owed.items())),
        departures=tuple(run.departures),
        carried=tuple(sorted((*place, exact) for place, exact in run.carried.items() if exact)),
        moves=tuple((code, to, minor) for code, purse in run.purses.items() for to, minor in purse.taken),
    )


_MOVES: Final[dict[type, Callable[[Run, Any], None]]] = {
    Take: moves.take,
    Recover: moves.recover,
    Split: moves.split,
    Tiers: moves.tiers,
    Share: shares.share,
    PayRate: shares.pay_rate,
    Bands: shares.bands,
    Decide: shares.decide,
    Recoup: shares.recoup,
    Gate: shares.gate,
}


def _follow(run: Run, steps: tuple[Step, ...], chosen_by: tuple[str, ...] = ()) -> None:
    for step in steps:
        if isinstance(step, Choose):
            value = run.facts.values.get(step.value)
            said = number_text(value) if isinstance(value, Fraction) else value or "nothing"
            _follow(run, _chosen(run, step), (*chosen_by, f"{step.value}: {said}"))
            continue
        _MOVES[type(step)](run, step)
        if chosen_by:
            run.note(_fills(step), chosen_by)


def _fills(step: Step) -> list[str]:
    """Return the pots that a step filled or shared."""
    names = [getattr(step, name, None) for name in ("to", "rest", "unearned", "above_ceiling", "pot", "remainder")]
    names += [code for code, _ in getattr(step, "into", ())]
    names += [code for _, code in getattr(step, "bands", ()) if isinstance(code, str)]
    return [name for name in names if isinstance(name, str)]


def _chosen(run: Run, step: Choose) -> tuple[Step, ...]:
    word = run.facts.values.get(step.value)
    for case in step.cases:
        if case.words:
            if str(word) in case.words:
                return case.steps
            continue
        value = fact_number(run=run, head=step.head, name=step.value)
        if (case.from_ is None or value >= case.from_) and (case.below is None or value < case.below):
            return case.steps
    if step.otherwise is None:
        raise run.refuse(
            step.head,
            "no_case_fits",
            _("the facts give %(name)s as “%(word)s”, and no case covers that."),
            values={"name": step.value, "word": word if word is not None else Said(_("nothing"))},
            next_step=_("Correct the fact, or add a case or an otherwise to the plan."),
        )
    return step.otherwise


def _decisions_have_steps(plan: Plan, facts: Facts) -> None:
    known = {name for step in walk(plan.steps) for name in (step.head.number, step.head.id) if name}
    for name in (*facts.decisions, *facts.overrides):
        if name not in known:
            raise PlanRefused(
                "decision_without_step", _("A decision is recorded for step “%(name)s”, which this plan does not have."), values={"name": name}
            )


def _obey_constraints(run: Run) -> None:
    for rule in run.plan.constraints:
        base = base_minor(run=run, base=rule.of, source=RECEIPT)
        got = sum(run.purses[code].received for code in rule.pots)
        # One unit of rounding for each pot is not a breach of the law.
        low = rule.at_least is not None and got + len(rule.pots) <= rule.at_least * base and base > 0
        high = rule.at_most is not None and got - len(rule.pots) >= rule.at_most * base and base > 0
        if low or high:
            limit = rule.at_least if low else rule.at_most
            assert limit is not None
            least = _("%(pots)s would get %(got)s of %(base)s; %(clause)s demands at least %(limit)s.")
            most = _("%(pots)s would get %(got)s of %(base)s; %(clause)s demands at most %(limit)s.")
            values = {
                "pots": ", ".join(rule.pots),
                "got": run.money(got),
                "base": run.money(base),
                "clause": rule.clause or Said(_("the plan")),
                "limit": part_text(limit),
            }
            raise PlanRefused("constraint_broken", least if low else most, values=values, line=rule.line)


def _lines(run: Run) -> Iterable[Line]:
    serial = run.source.first_serial
    for pot in (*run.plan.pots, None):
        code = pot.code if pot else RECEIPT
        purse = run.purses[code]
        for recipient, portion in _leaves(purse, pot):
            state: State = "unallocated" if pot is None else "held" if purse.held else "allocated"
            reason = portion.withheld
            if reason and state == "allocated":
                state = "withheld"
            how = _one_after_another(portion.how)
            minor = portion.minor
            yield Line(
                pot=code,
                recipient=recipient,
                amount_minor=minor,
                currency=run.plan.currency,
                state=state,
                purpose=pot.purpose.value if pot else "none",
                steps=portion.steps,
                how=how.en,
                how_km=how.km,
                exact=f"{portion.exact.numerator}/{portion.exact.denominator}",
                facts=portion.facts,
                reason=reason,
                payout=paid_out(run=run, pot=code, recipient=recipient, minor=minor, state=state),
                first_serial=serial,
                plan=run.plan.version,
            )
            serial = serial + minor if serial is not None else None


def _leaves(purse: Purse, pot: Pot | None) -> Iterable[tuple[str | None, Portion]]:
    if purse.portions is not None:
        yield from purse.portions.items()
        return
    untouched = not purse.steps and purse.minor == 0
    if (purse.spent or untouched) and purse.minor == 0:
        return
    whole = Portion(purse.minor, purse.exact, purse.how, purse.steps, purse.facts, purse.withheld)
    yield (pot.recipient if pot else None), whole


def _one_after_another(texts: tuple[Text, ...]) -> Text:
    return Text("; then ".join(text.en for text in texts), " បន្ទាប់មក ".join(text.km or text.en for text in texts))

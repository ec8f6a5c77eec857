"""Read a plan file: YAML in, a plan out, or the line, what is wrong and what would be right."""

from __future__ import annotations

import hashlib
from datetime import date
from fractions import Fraction
from typing import Literal, cast

from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import Constraint, Plan, Pot, Purpose
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.engine.units import known
from revenue.sharing.planfile import values
from revenue.sharing.planfile.among import Page
from revenue.sharing.planfile.constraints import check_constraints
from revenue.sharing.planfile.flow import check_flow
from revenue.sharing.planfile.nodes import Fields, Mistakes, Node, as_list, as_text, each, nearest, read_yaml
from revenue.sharing.planfile.steps import read_steps

_LARGEST = 1_000_000


def parse(text: str) -> Plan:
    """
    Read a plan file (format 1) and check that its money always has somewhere to go.

    :raises PlanRefused: with the code of the mistake, its line, what is wrong and what would be right
    """
    fields = Fields(read_yaml(text=text, largest=_LARGEST), Said(_("A plan file")))
    version = fields.need("format", "1")
    if version.text != "1":
        raise PlanRefused("unknown_format", _("This reads format 1, not “%(text)s”."), values={"text": version.text}, line=version.line)
    told = Mistakes()
    currency = told.read(lambda: _currency(fields.need("currency", "USD")))
    pots = told.read(lambda: _pots(fields.need("pots")))
    frame = values.Frame(currency or "USD", tuple(pot.code for pot in pots or ()))
    quantum_node, constraint_nodes = fields.get("quantum"), fields.get("constraints")
    quantum = told.read(lambda: _quantum(quantum_node, frame)) if currency else 1
    days = told.read(lambda: _days(fields))
    payout = told.read(lambda: _payout(fields.get("payout")))
    named = told.read(lambda: as_text(node=fields.need("project", "VCS-1650"), what="project"))
    title = told.read(lambda: values.titled(node=fields.need("title", "{en: …, km: …}"), what="title"))
    note = told.read(lambda: values.titled(node=fields.get("note"), what="note"))
    basis = told.read(lambda: as_text(node=fields.need("legal_basis", "Decision 12 of 3 March 2023"), what="legal_basis"))
    step_nodes = told.read(lambda: fields.need("steps"))
    steps, rules = None, None
    # Steps and constraints speak of pots and amounts: with these unknown, everything they say would look mistaken.
    if currency and pots and quantum and step_nodes:
        steps = told.read(lambda: read_steps(node=step_nodes, page=Page(currency, frame.pots, quantum)))
        rules = told.read(lambda: _constraints(constraint_nodes, frame))
    told.read(fields.done)
    told.refuse()
    assert currency and pots and quantum and days and payout and title and note and steps is not None and rules is not None
    assert named is not None and basis is not None
    plan = Plan(
        project=named,
        title=title,
        note=note,
        legal_basis=basis,
        effective_from=days[0],
        effective_to=days[1],
        currency=currency,
        quantum=quantum,
        pots=pots,
        steps=steps,
        constraints=rules,
        payout_currency=payout[0],
        payout_quantum=payout[1],
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    check_flow(plan=plan)
    check_constraints(plan=plan)
    return plan


def _days(fields: Fields) -> tuple[date, date | None]:
    start, end = fields.need("effective_from", "2024-01-01"), fields.get("effective_to")
    first = values.day(node=start, what="effective_from")
    last = values.day(node=end, what="effective_to") if end else None
    if end is not None and last is not None and last < first:
        raise PlanRefused("ends_before_it_begins", _("effective_to is before effective_from."), line=end.line)
    return first, last


def _currency(node: Node) -> str:
    text = as_text(node=node, what="currency")
    if not known(currency=text):
        raise PlanRefused(
            "unknown_currency",
            _("“%(text)s” is not a currency known here."),
            values={"text": text},
            line=node.line,
            next_step=_("Use a code such as USD, or credits for whole units."),
        )
    return text


def _quantum(node: Node | None, frame: values.Frame) -> int:
    if node is None:
        return 1
    minor = values.money(node=node, frame=frame, what="quantum")
    if minor == 0:
        raise PlanRefused("bad_quantum", _("The quantum must be above zero."), line=node.line)
    return minor


def _pots(node: Node) -> tuple[Pot, ...]:
    pots: dict[str, Pot] = {}
    items = as_list(node=node, what="pots")
    for item, pot in zip(items, each(nodes=items, read=lambda item, _place: _pot(item)), strict=True):
        if pot.code in pots:
            raise PlanRefused(
                "repeated_pot", _("There are two pots “%(pot)s”."), values={"pot": pot.code}, line=item.line, next_step=_("Give one another code.")
            )
        pots[pot.code] = pot
    if not pots:
        raise PlanRefused("no_pots", _("A plan needs at least one pot."), line=node.line)
    return tuple(pots.values())


def _pot(node: Node) -> Pot:
    fields = Fields(node, Said(_("A pot")))
    code = values.code(node=fields.need("code", "community_development"), what=Said(_("a pot's code")))
    if code == "receipt":
        raise PlanRefused("receipt_is_taken", _("“receipt” is the money that comes in; call this pot something else."), line=node.line)
    purpose = fields.text("purpose", "none")
    if purpose not in set(Purpose):
        raise PlanRefused(
            "unknown_purpose",
            _("“%(purpose)s” is not a purpose."),
            values={"purpose": purpose},
            line=node.line,
            next_step=nearest(word=purpose, known=[item.value for item in Purpose]),
        )
    draw, days, recipient = fields.get("draw"), fields.get("deadline_days"), fields.get("recipient")
    order = values.one_of(node=draw, what="draw", words=("fifo", "proportional")) if draw else "fifo"
    pot = Pot(
        code=code,
        title=values.titled(node=fields.need("title", "{en: Community development, km: …}"), what="title"),
        purpose=Purpose(purpose),
        draw=cast(Literal["fifo", "proportional"], order),
        deadline_days=values.whole(node=days, what="deadline_days", least=1) if days else None,
        recipient=as_text(node=recipient, what="recipient") if recipient else None,
        line=node.line,
    )
    fields.done()
    return pot


def _payout(node: Node | None) -> tuple[str | None, int]:
    if node is None:
        return None, 1
    fields = Fields(node, "payout")
    currency = _currency(fields.need("currency", "KHR"))
    quantum = _quantum(fields.get("quantum"), values.Frame(currency, ()))
    fields.done()
    return currency, quantum


def _constraints(node: Node | None, frame: values.Frame) -> tuple[Constraint, ...]:
    if node is None:
        return ()
    return each(nodes=as_list(node=node, what="constraints"), read=lambda item, _place: _constraint(item, frame))


def _constraint(node: Node, frame: values.Frame) -> Constraint:
    fields = Fields(node, Said(_("A constraint")))
    names = fields.need("pots", "[landowners]")
    nodes = names.items if names.items is not None else (names,)
    low, high = fields.get("at_least"), fields.get("at_most")
    rule = Constraint(
        pots=tuple(values.pot(node=item, frame=frame) for item in nodes),
        of=values.base(node=fields.need("of", "gross"), frame=frame),
        at_least=values.share(node=low, what="at_least") if low else None,
        at_most=values.share(node=high, what="at_most") if high else None,
        clause=fields.text("clause"),
        line=node.line,
    )
    fields.done()
    least, most = rule.at_least, rule.at_most
    if least is None and most is None:
        raise PlanRefused("constraint_without_limit", _("This constraint has neither at_least nor at_most."), line=node.line)
    if (least or Fraction(0)) > (Fraction(1) if most is None else most):
        raise PlanRefused("constraint_impossible", _("at_least is above at_most."), line=node.line)
    if rule.of.kind == "left":
        raise PlanRefused(
            "constraint_of_left",
            _("“left” changes from step to step."),
            line=node.line,
            next_step=_("Use gross, gross less POT, or pot POT."),
        )
    return rule

"""Read a plan file: YAML in, a plan out, or the line, what is wrong and what would be right."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Literal, cast

from revenue.sharing.engine.plan import Constraint, Plan, Pot, Purpose
from revenue.sharing.engine.refusal import PlanRefused
from revenue.sharing.engine.units import known
from revenue.sharing.planfile import values
from revenue.sharing.planfile.among import Page
from revenue.sharing.planfile.constraints import check_constraints
from revenue.sharing.planfile.flow import check_flow
from revenue.sharing.planfile.nodes import Fields, Node, as_list, as_text, each, nearest, read_yaml
from revenue.sharing.planfile.steps import read_steps

_LARGEST = 1_000_000


def parse(text: str) -> Plan:
    """
    Read a plan file (format 1) and check that its money always has somewhere to go.

    :raises PlanRefused: with the code of the mistake, its line, what is wrong and what would be right
    """
    fields = Fields(read_yaml(text=text, largest=_LARGEST), "A plan file")
    version = fields.need("format", "1")
    if version.text != "1":
        raise PlanRefused("unknown_format", f"This reads format 1, not “{version.text}”.", line=version.line)
    currency = _currency(fields.need("currency", "USD"))
    pots = _pots(fields.need("pots"))
    frame = values.Frame(currency, tuple(pot.code for pot in pots))
    quantum = _quantum(fields.get("quantum"), frame)
    page = Page(currency, frame.pots, quantum)
    start, end = fields.need("effective_from", "2024-01-01"), fields.get("effective_to")
    payout_currency, payout_quantum = _payout(fields.get("payout"))
    plan = Plan(
        project=as_text(node=fields.need("project", "VCS-1650"), what="project"),
        title=values.titled(node=fields.need("title", "{en: …, km: …}"), what="title"),
        note=values.titled(node=fields.get("note"), what="note"),
        legal_basis=as_text(node=fields.need("legal_basis", "Decision 12 of 3 March 2023"), what="legal_basis"),
        effective_from=values.day(node=start, what="effective_from"),
        effective_to=values.day(node=end, what="effective_to") if end else None,
        currency=currency,
        quantum=quantum,
        pots=pots,
        steps=read_steps(node=fields.need("steps"), page=page),
        constraints=_constraints(fields.get("constraints"), frame),
        payout_currency=payout_currency,
        payout_quantum=payout_quantum,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    fields.done()
    if plan.effective_to is not None and plan.effective_to < plan.effective_from:
        raise PlanRefused("ends_before_it_begins", "effective_to is before effective_from.", line=end.line if end else 0)
    check_flow(plan=plan)
    check_constraints(plan=plan)
    return plan


def _currency(node: Node) -> str:
    text = as_text(node=node, what="currency")
    if not known(currency=text):
        raise PlanRefused(
            "unknown_currency",
            f"“{text}” is not a currency known here.",
            line=node.line,
            next_step="Use a code such as USD, or credits for whole units.",
        )
    return text


def _quantum(node: Node | None, frame: values.Frame) -> int:
    if node is None:
        return 1
    minor = values.money(node=node, frame=frame, what="quantum")
    if minor == 0:
        raise PlanRefused("bad_quantum", "The quantum must be above zero.", line=node.line)
    return minor


def _pots(node: Node) -> tuple[Pot, ...]:
    pots: dict[str, Pot] = {}
    items = as_list(node=node, what="pots")
    for item, pot in zip(items, each(nodes=items, read=lambda item, _place: _pot(item)), strict=True):
        if pot.code in pots:
            raise PlanRefused("repeated_pot", f"There are two pots “{pot.code}”.", line=item.line, next_step="Give one another code.")
        pots[pot.code] = pot
    if not pots:
        raise PlanRefused("no_pots", "A plan needs at least one pot.", line=node.line)
    return tuple(pots.values())


def _pot(node: Node) -> Pot:
    fields = Fields(node, "A pot")
    code = values.code(node=fields.need("code", "community_development"), what="a pot's code")
    if code == "receipt":
        raise PlanRefused("receipt_is_taken", "“receipt” is the money that comes in; call this pot something else.", line=node.line)
    purpose = fields.text("purpose", "none")
    if purpose not in set(Purpose):
        raise PlanRefused(
            "unknown_purpose",
            f"“{purpose}” is not a purpose.",
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
    fields = Fields(node, "A constraint")
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
        raise PlanRefused("constraint_without_limit", "This constraint has neither at_least nor at_most.", line=node.line)
    if (least or Fraction(0)) > (Fraction(1) if most is None else most):
        raise PlanRefused("constraint_impossible", "at_least is above at_most.", line=node.line)
    if rule.of.kind == "left":
        raise PlanRefused(
            "constraint_of_left",
            "“left” changes from step to step.",
            line=node.line,
            next_step="Use gross, gross less POT, or pot POT.",
        )
    return rule

"""Read the steps that divide a pot among recipients, and those that follow such a division."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import Bands, Decide, Gate, Head, Key, PayRate, Recoup, Share
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.engine.units import scale
from revenue.sharing.planfile import values
from revenue.sharing.planfile.nodes import Fields, Node, as_list, as_text


@dataclass(frozen=True, slots=True)
class Page(values.Frame):
    """What steps are read against: currency, pots and the plan's payable quantum in minor units."""

    quantum: int = 1


def own_quantum(fields: Fields, page: Page) -> int | None:
    """Read a step's own smallest payable amount, in minor units."""
    node = fields.get("quantum")
    if node is None:
        return None
    minor = values.money(node=node, frame=page, what="quantum")
    if minor == 0:
        raise PlanRefused("bad_quantum", _("The quantum must be above zero."), line=node.line)
    return minor


def _group(fields: Fields) -> str:
    return values.code(node=fields.need("among", "villages"), what=Said(_("a group")))


def share(fields: Fields, page: Page, head: Head, verb: str) -> Share:
    """Read a step that divides a pot among a group by a key."""
    pot = values.pot(node=fields.need(verb), frame=page)
    own = own_quantum(fields, page)
    quantum = own or page.quantum
    base, within, above = (fields.get(name) for name in ("base", "within", "above_ceiling"))
    step = Share(
        head=head,
        pot=pot,
        group=_group(fields),
        by=values.key(node=fields.need("by", "area")),
        within=values.code(node=within, what=Said(_("a group"))) if within else None,
        base=values.amount(node=base, frame=page, what="base") if base else None,
        floor=values.bound(node=fields.get("floor"), frame=page, what="floor", quantum=quantum),
        ceiling=values.bound(node=fields.get("ceiling"), frame=page, what="ceiling", quantum=quantum),
        above_ceiling=values.pot(node=above, frame=page) if above else None,
        ties=values.codes(node=fields.get("ties"), what="ties"),
        quantum=own,
    )
    _check_bounds(step)
    return step


def _check_bounds(step: Share) -> None:
    low, high, head = step.floor, step.ceiling, step.head
    if low and high and low.kind == high.kind == "fixed" and low.minor > high.minor:
        raise PlanRefused("floor_above_ceiling", _("The floor of step %(step)s is above its ceiling."), values={"step": head.number}, line=head.line)
    if step.base is not None and (low or high):
        raise PlanRefused(
            "base_and_bound",
            _("Step %(step)s has both a base and a floor or ceiling."),
            values={"step": head.number},
            line=head.line,
            next_step=_("Use a base (everybody gets it, and a part of the rest) or a floor (nobody gets less), not both."),
        )
    if step.above_ceiling and not high:
        raise PlanRefused("above_no_ceiling", _("Step %(step)s has above_ceiling but no ceiling."), values={"step": head.number}, line=head.line)
    if step.within == step.group:
        raise PlanRefused("group_within_itself", _("“%(group)s” cannot be within itself."), values={"group": step.group}, line=head.line)


def pay(fields: Fields, page: Page, head: Head, verb: str) -> PayRate:
    """Read a step that pays so much for each unit."""
    short = fields.get("if_short")
    rate = _rate(fields.need("rate", "166,711"), page)
    low, high = fields.get("at_least"), fields.get("at_most")
    lowest, highest = (_rate(low, page) if low else None), (_rate(high, page) if high else None)
    if isinstance(lowest, Fraction) and isinstance(highest, Fraction) and lowest > highest:
        raise PlanRefused(
            "floor_above_ceiling", _("The lowest rate of step %(step)s is above its highest."), values={"step": head.number}, line=head.line
        )
    words = ("refuse", "in_proportion")
    choice = values.one_of(node=short, what="if_short", words=words) if short else "refuse"
    return PayRate(
        head=head,
        pot=values.pot(node=fields.need(verb), frame=page),
        group=_group(fields),
        for_each=values.key(node=fields.need("for_each", "area")),
        rate=rate,
        rest=values.pot(node=fields.need("rest", "carried_over"), frame=page),
        at_least=lowest,
        at_most=highest,
        if_short="in_proportion" if choice == "in_proportion" else "refuse",
        ties=values.codes(node=fields.get("ties"), what="ties"),
        quantum=own_quantum(fields, page),
    )


def _rate(node: Node, page: Page) -> Fraction | str | None:
    text = as_text(node=node, what="rate")
    if text == "what the pot allows":
        return None
    if text.startswith("stated "):
        return values.code(node=Node(node.line, text=text.removeprefix("stated ").strip()), what=Said(_("a fact")))
    rate = values.exact_number(node=node, what="rate")
    if rate < 0:
        raise PlanRefused("negative_amount", _("A rate cannot be below zero."), line=node.line)
    return rate * scale(currency=page.currency)


def bands(fields: Fields, page: Page, head: Head, verb: str) -> Bands:
    """Read a step that pays by performance."""
    node = fields.need("bands", "[{from: 1, pays: 100 %}, {from: 0.5, pays: 50 %}]")
    found: list[tuple[Fraction, Fraction]] = []
    for item in as_list(node=node, what="bands"):
        entry = Fields(item, Said(_("A band")))
        edge = values.edge(node=entry.need("from", "0.5"), what="from")
        found.append((edge, values.share(node=entry.need("pays", "50 %"), what="pays")))
        entry.done()
        if len(found) > 1 and edge >= found[-2][0]:
            raise PlanRefused(
                "bands_out_of_order",
                _("Each band must begin below the one before it."),
                line=item.line,
                next_step=_("Write the highest first."),
            )
    if not found:
        raise PlanRefused("no_bands", _("Step %(step)s has no bands."), values={"step": head.number}, line=node.line)
    return Bands(
        head=head,
        pot=values.pot(node=fields.need(verb), frame=page),
        group=_group(fields),
        entitlement=_entitlement(fields.need("entitlement", "entitlement_amount")),
        measure=values.code(node=fields.need("measure", "achieved_ratio"), what=Said(_("an indicator"))),
        bands=tuple(found),
        unearned=values.pot(node=fields.need("unearned", "performance_reserve"), frame=page),
        ties=values.codes(node=fields.get("ties"), what="ties"),
        quantum=own_quantum(fields, page),
    )


def _entitlement(node: Node) -> str | Key:
    if node.entries is None:
        return values.code(node=node, what=Said(_("an indicator")))
    fields = Fields(node, Said(_("An entitlement")))
    found = values.key(node=fields.need("by", "area"))
    fields.done()
    return found


def gate(fields: Fields, page: Page, head: Head, verb: str) -> Gate:
    """Read a step that withholds until conditions hold."""
    conditions = values.codes(node=fields.get("conditions"), what="conditions")
    minimum = fields.get("minimum")
    if not conditions and minimum is None:
        raise PlanRefused(
            "gate_without_condition",
            _("Step %(step)s names no condition."),
            values={"step": head.number},
            line=head.line,
            next_step=_("For example: conditions: [consent_recorded, account_checked]"),
        )
    return Gate(
        head=head,
        pot=values.pot(node=fields.need(verb), frame=page),
        conditions=conditions,
        minimum=values.money(node=minimum, frame=page, what="minimum") if minimum else 0,
    )


def decided(fields: Fields, page: Page, head: Head, verb: str) -> Decide:
    """Read a step that the recipients decide themselves."""
    return Decide(head=head, pot=values.pot(node=fields.need(verb), frame=page), group=_group(fields))


def recoup(fields: Fields, page: Page, head: Head, verb: str) -> Recoup:
    """Read a step that takes back overpayments."""
    return Recoup(
        head=head,
        pot=values.pot(node=fields.need(verb), frame=page),
        to=values.pot(node=fields.need("to", "recovered"), frame=page),
        cap=values.share(node=fields.need("cap", "20 %"), what="cap"),
    )

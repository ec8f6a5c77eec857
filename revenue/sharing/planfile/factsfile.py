"""Read a facts file: who shares, their indicators with date and source, and what was decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar

from core.refusal import gettext_noop as _
from revenue.sharing.engine.facts import Decision, Facts, PayoutRate
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.engine.units import known, number
from revenue.sharing.planfile import values
from revenue.sharing.planfile.nodes import Fields, Node, as_entries, as_text, read_yaml

_LARGEST = 50_000_000
_FRACTION = re.compile(r"-?[0-9]{1,30}/[1-9][0-9]{0,29}")
Value = TypeVar("Value")


def parse_facts(text: str, *, currency: str) -> Facts:
    """
    Read a facts file; amounts in it are major units of ``currency``.

    :raises PlanRefused: with the code of the mistake, its line, what is wrong and what would be right
    """
    return facts_of(node=read_yaml(text=text, largest=_LARGEST), currency=currency)


def facts_of(*, node: Node, currency: str) -> Facts:
    """
    Read facts from a node: a facts file, or one period of a periods file.

    :raises PlanRefused: as parse_facts
    """
    fields = Fields(node, Said(_("A facts file")))
    frame = values.Frame(currency, ())

    def money(item: Node) -> int:
        return values.money(node=item, frame=frame, what="amount")

    groups, within = _groups(fields.get("groups"))
    facts = Facts(
        groups=groups,
        within=within,
        indicators=_named(fields.get("indicators"), "indicators", _indicator),
        as_of=fields.text("as_of"),
        source=fields.text("source"),
        conditions=_named(fields.get("conditions"), "conditions", _who_met),
        values=_named(fields.get("values"), "values", _value),
        memory=_named(fields.get("memory"), "memory", money),
        last_time=_named(fields.get("last_time"), "last_time", lambda item: _named(item, "last_time", money)),
        owed=_named(fields.get("owed"), "owed", money),
        decisions=_named(fields.get("decisions"), "decisions", lambda item: _decision(item, frame)),
        overrides=_named(fields.get("overrides"), "overrides", lambda item: _decision(item, frame)),
        payout=_payout(fields.get("payout")),
        carried=_named(fields.get("carried"), "carried", lambda pots: _named(pots, "carried", lambda item: _named(item, "carried", _rest))),
    )
    fields.done()
    return facts


def _named(node: Node | None, what: str, read: Callable[[Node], Value]) -> dict[str, Value]:
    return {} if node is None else {name: read(item) for name, item in as_entries(node=node, what=what).items()}


def _rest(node: Node) -> Fraction:
    """Read an exact rest as an allocation's JSON writes it: a decimal, or ``5/3``."""
    text = as_text(node=node, what="carried amount")
    return Fraction(text) if _FRACTION.fullmatch(text) else values.exact_number(node=node, what="carried amount")


def _groups(node: Node | None) -> tuple[dict[str, tuple[str, ...]], dict[str, dict[str, tuple[str, ...]]]]:
    flat: dict[str, tuple[str, ...]] = {}
    within: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, item in (as_entries(node=node, what="groups") if node else {}).items():
        if item.entries is None:
            flat[name] = values.codes(node=item, what=name)
        else:
            within[name] = {parent: values.codes(node=inner, what=parent) for parent, inner in item.entries.items()}
            flat[name] = tuple(code for inner in within[name].values() for code in inner)
        if len(set(flat[name])) != len(flat[name]):
            raise PlanRefused("repeated_recipient", _("Somebody is named twice in “%(name)s”."), values={"name": name}, line=item.line)
    return flat, within


def _indicator(node: Node) -> dict[str, Fraction]:
    return _named(node, "indicator", lambda item: values.exact_number(node=item, what="indicator"))


def _who_met(node: Node) -> frozenset[str]:
    return frozenset(values.codes(node=node, what="conditions")) - {""}


def _value(node: Node) -> Fraction | str:
    text = as_text(node=node, what="value")
    found = number(text=text)
    return text if found is None else found


def _decision(node: Node, frame: values.Frame) -> Decision:
    fields = Fields(node, Said(_("A decision")))
    amounts, shares = fields.get("amounts"), fields.get("shares")
    if (amounts is None) == (shares is None):
        raise PlanRefused("decision_without_amounts", _("A decision needs either amounts or shares."), line=node.line)
    found = Decision(
        authority=as_text(node=fields.need("authority", "Village assembly of Pu Rang"), what="authority"),
        document=as_text(node=fields.need("document", "Minutes of 4 May 2024"), what="document"),
        on=fields.text("on"),
        reason=fields.text("reason"),
        amounts=_named(amounts, "amounts", lambda item: values.money(node=item, frame=frame, what="amount")),
        shares=_named(shares, "shares", lambda item: values.share(node=item, what="share")),
    )
    fields.done()
    return found


def decided_parts(*, parts: Mapping[str, Mapping[str, str]], currency: str) -> tuple[dict[str, int], dict[str, Fraction]]:
    """
    Read the parts of a decision, ``{"shares": {code: "70 %"}}`` or ``{"amounts": {code: "700.00"}}``: minor units, or exact shares.

    :raises PlanRefused: as parse_facts
    """
    amounts: dict[str, int] = {}
    shares: dict[str, Fraction] = {}
    frame = values.Frame(currency, ())
    for code, text in parts.get("amounts", {}).items():
        amounts[code] = values.money(node=Node(line=0, text=text), frame=frame, what="amount")
    for code, text in parts.get("shares", {}).items():
        shares[code] = values.share(node=Node(line=0, text=text), what="share")
    return amounts, shares


def _payout(node: Node | None) -> PayoutRate | None:
    if node is None:
        return None
    fields = Fields(node, "payout")
    currency, rate = fields.need("currency", "KHR"), fields.need("rate", "4050")
    found = PayoutRate(
        currency=as_text(node=currency, what="currency"),
        rate=values.exact_number(node=rate, what="rate"),
        on=fields.text("on"),
        source=fields.text("source"),
    )
    fields.done()
    if not known(currency=found.currency):
        raise PlanRefused(
            "unknown_currency", _("“%(currency)s” is not a currency known here."), values={"currency": found.currency}, line=currency.line
        )
    if found.rate <= 0:
        raise PlanRefused("bad_rate", _("A rate must be above zero."), line=rate.line)
    return found

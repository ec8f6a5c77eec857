"""The small words of a plan file: shares, amounts, bases, keys, dates and titles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.money import latin_digits
from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import RECEIPT, Amount, Base, Bound, Fixed, FromFacts, Key, Pick, Rate, Text
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.engine.units import in_minor, number
from revenue.sharing.planfile.nodes import Fields, Node, as_entries, as_list, as_text, nearest

_CODE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FRACTION = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})")
_OF = re.compile(r"(?P<rate>[^a-z]+?)\s+of\s+(?P<base>.+)")
_STATED = re.compile(r"stated\s+(?P<name>[a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the words of one plan are read against."""

    currency: str
    pots: tuple[str, ...]


def code(*, node: Node, what: str | Said) -> str:
    """
    Read a code: small Latin letters, digits and underscores.

    :raises PlanRefused: bad_code
    """
    text = as_text(node=node, what=what)
    if not _CODE.fullmatch(text):
        raise PlanRefused(
            "bad_code",
            _("“%(text)s” cannot be used as %(what)s."),
            values={"text": text, "what": what},
            line=node.line,
            next_step=_("Use small letters a to z, digits and _, beginning with a letter: community_development."),
        )
    return text


def pot(*, node: Node, frame: Frame, receipt: bool = False) -> str:
    """
    Read the code of a pot that the plan declares.

    :raises PlanRefused: unknown_pot, receipt_not_allowed
    """
    text = as_text(node=node, what="pot")
    if text == RECEIPT:
        if receipt:
            return text
        raise PlanRefused("receipt_not_allowed", _("Money cannot be put into, or shared out of, “receipt” here."), line=node.line)
    if text not in frame.pots:
        raise PlanRefused(
            "unknown_pot",
            _("There is no pot “%(text)s”."),
            values={"text": text},
            line=node.line,
            next_step=nearest(word=text, known=(*frame.pots, *((RECEIPT,) if receipt else ()))),
        )
    return text


def share(*, node: Node, what: str) -> Fraction:
    """
    Read an exact share: ``12.5 %`` or ``1/3``, from 0 to 1.

    :raises PlanRefused: share_without_percent, not_a_share, share_out_of_range
    """
    text = latin_digits(as_text(node=node, what=what))
    found = _share(text)
    if found is None:
        if number(text=text) is not None:
            raise PlanRefused(
                "share_without_percent",
                _("“%(text)s” could mean %(text)s %% or %(text)s of the whole."),
                values={"text": text},
                line=node.line,
                next_step=_("Write %(text)s %% or a fraction such as 1/3."),
            )
        raise PlanRefused("not_a_share", _("“%(text)s” is not a share."), values={"text": text}, line=node.line, next_step=_("Write 50 %% or 1/3."))
    if not 0 <= found <= 1:
        raise PlanRefused("share_out_of_range", _("%(text)s is more than the whole or less than nothing."), values={"text": text}, line=node.line)
    return found


def _share(text: str) -> Fraction | None:
    if text.endswith("%"):
        percent = number(text=text[:-1])
        return None if percent is None else percent / 100
    parts = _FRACTION.fullmatch(text.strip())
    return None if parts is None or int(parts[2]) == 0 else Fraction(int(parts[1]), int(parts[2]))


def exact_number(*, node: Node, what: str) -> Fraction:
    """
    Read an exact number.

    :raises PlanRefused: not_a_number
    """
    text = as_text(node=node, what=what)
    found = number(text=text)
    if found is None:
        raise PlanRefused(
            "not_a_number", _("“%(text)s” is not a number."), values={"text": text}, line=node.line, next_step=_("Write digits, for example 1,250.5.")
        )
    return found


def edge(*, node: Node, what: str) -> Fraction:
    """
    Read the edge of a band: an exact number, or a percentage of the whole (``50 %`` is 0.5).

    :raises PlanRefused: not_a_number
    """
    text = latin_digits(as_text(node=node, what=what)).strip()
    percent = number(text=text[:-1]) if text.endswith("%") else None
    return exact_number(node=node, what=what) if percent is None else percent / 100


def money(*, node: Node, frame: Frame, what: str) -> int:
    """
    Read an amount in major units of the plan's currency and return minor units.

    :raises PlanRefused: not_a_number, negative_amount, finer_than_currency
    """
    value = exact_number(node=node, what=what)
    minor = in_minor(value=value, currency=frame.currency)
    if value < 0:
        raise PlanRefused("negative_amount", _("“%(what)s” is below zero."), values={"what": what}, line=node.line)
    if minor is None:
        raise PlanRefused(
            "finer_than_currency",
            _("“%(text)s” has more decimals than %(currency)s has."),
            values={"text": node.text, "currency": frame.currency},
            line=node.line,
        )
    return minor


def amount(*, node: Node, frame: Frame, what: str) -> Amount:
    """
    Read an amount: ``15,000.00``, ``10 % of gross``, ``5 % of left``, ``stated audit_cost``.

    :raises PlanRefused: rate_without_base, unknown_base, unknown_pot, not_an_amount, and those of share
    """
    text = as_text(node=node, what=what)
    stated = _STATED.fullmatch(text)
    if stated:
        return FromFacts(stated["name"])
    relative = _OF.fullmatch(latin_digits(text))
    if relative:
        rate = share(node=Node(node.line, text=relative["rate"]), what=what)
        return Rate(rate, base(node=Node(node.line, text=relative["base"]), frame=frame))
    if _share(latin_digits(text)) is not None:
        raise PlanRefused(
            "rate_without_base",
            _("“%(text)s” does not say of what."),
            values={"text": text},
            line=node.line,
            next_step=_("Write %(text)s of gross, or %(text)s of left."),
        )
    if number(text=text) is None:
        raise PlanRefused(
            "not_an_amount",
            _("“%(text)s” is not an amount."),
            values={"text": text},
            line=node.line,
            next_step=_("Write 15,000.00, or 10 %% of gross, or stated followed by the name of a fact."),
        )
    return Fixed(money(node=node, frame=frame, what=what))


def limited(*, fields: Fields, name: str, frame: Frame, example: str) -> Amount:
    """Read an amount with its ``at_least`` and ``at_most``."""
    found = amount(node=fields.need(name, example), frame=frame, what=name)
    low, high = fields.get("at_least"), fields.get("at_most")
    if low is not None:
        found = Pick("greatest", (found, amount(node=low, frame=frame, what="at_least")))
    if high is not None:
        found = Pick("least", (found, amount(node=high, frame=frame, what="at_most")))
    return found


def base(*, node: Node, frame: Frame) -> Base:
    """
    Read what a percentage is of: ``gross``, ``left``, ``gross less a, b``, ``pot a``.

    :raises PlanRefused: unknown_base, unknown_pot
    """
    words = as_text(node=node, what="of").strip()
    if words == "gross":
        return Base("gross")
    if words == "left":
        return Base("left")
    for start, kind in (("gross less ", "gross_less"), ("pot ", "pot")):
        if words.startswith(start):
            names = [Node(node.line, text=name.strip()) for name in words[len(start) :].split(",")]
            pots = tuple(pot(node=name, frame=frame) for name in names)
            return Base("gross_less", pots) if kind == "gross_less" else Base("pot", pots)
    raise PlanRefused(
        "unknown_base",
        _("“%(words)s” does not name what the percentage is of."),
        values={"words": words},
        line=node.line,
        next_step=_("Use gross, left, gross less POT, POT, or pot POT."),
    )


def key(*, node: Node) -> Key:
    """
    Read a key: ``equal``, an indicator, ``area × k1 × k2``, or ``composite`` with weights.

    :raises PlanRefused: bad_code, empty_key, unknown_entry, negative_weight
    """
    if node.entries is None:
        words = as_text(node=node, what="by")
        if words == "equal":
            return Key("equal")
        names = tuple(code(node=Node(node.line, text=part.strip()), what=Said(_("an indicator"))) for part in re.split(r"[×*]", words))
        return Key("indicator" if len(names) == 1 else "multiply", tuple((name, Fraction(1)) for name in names))
    fields = Fields(node, Said(_("A key")))
    entries = as_entries(node=fields.need("composite", "{area: 60, households: 40}"), what="composite")
    fields.done()
    parts = []
    for name, item in entries.items():
        weight = exact_number(node=item, what=name)
        if weight < 0:
            raise PlanRefused("negative_weight", _("The weight of “%(name)s” is below zero."), values={"name": name}, line=item.line)
        parts.append((code(node=Node(item.line, text=name), what=Said(_("an indicator"))), weight))
    if not any(weight for _, weight in parts):
        raise PlanRefused("empty_key", _("The weights of this key add up to nothing."), line=node.line)
    return Key("composite", tuple(parts))


def bound(*, node: Node | None, frame: Frame, what: str, quantum: int) -> Bound | None:
    """
    Read a bound: an amount, ``last time``, or ``stated`` with the name of an indicator.

    :raises PlanRefused: not_a_number, negative_amount, bound_off_quantum
    """
    if node is None:
        return None
    words = as_text(node=node, what=what)
    stated = _STATED.fullmatch(words)
    if words == "last time":
        return Bound("last_time")
    if stated:
        return Bound("indicator", indicator=stated["name"])
    minor = money(node=node, frame=frame, what=what)
    if minor % quantum:
        raise PlanRefused(
            "bound_off_quantum",
            _("%(what)s %(words)s is no multiple of the smallest payable amount."),
            values={"what": what, "words": words},
            line=node.line,
        )
    return Bound("fixed", minor=minor)


def day(*, node: Node, what: str) -> date:
    """
    Read a day as 2024-01-31.

    :raises PlanRefused: not_a_date
    """
    text = latin_digits(as_text(node=node, what=what))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PlanRefused(
            "not_a_date", _("“%(text)s” is not a day."), values={"text": text}, line=node.line, next_step=_("Write year-month-day: 2024-01-31.")
        ) from error


def titled(*, node: Node | None, what: str) -> Text:
    """
    Read words in two languages: ``{en: …, km: …}``, or plain English text.

    :raises PlanRefused: unknown_entry
    """
    if node is None:
        return Text()
    if node.text is not None:
        return Text(node.text)
    fields = Fields(node, what)
    text = Text(fields.text("en"), fields.text("km"))
    fields.done()
    return text


def whole(*, node: Node, what: str, least: int) -> int:
    """
    Read a whole number.

    :raises PlanRefused: not_a_number, not_whole
    """
    value = exact_number(node=node, what=what)
    if value.denominator != 1 or value < least:
        raise PlanRefused(
            "not_whole", _("“%(what)s” must be a whole number, %(least)s or more."), values={"what": what, "least": least}, line=node.line
        )
    return value.numerator


def codes(*, node: Node | None, what: str) -> tuple[str, ...]:
    """Read a list of names, or a single one."""
    if node is None:
        return ()
    if node.text is not None:
        return (node.text,)
    return tuple(as_text(node=item, what=what) for item in as_list(node=node, what=what))


def one_of(*, node: Node, what: str, words: tuple[str, ...]) -> str:
    """
    Read one of a few words.

    :raises PlanRefused: not_one_of
    """
    text = as_text(node=node, what=what)
    if text not in words:
        raise PlanRefused(
            "not_one_of",
            _("“%(what)s” cannot be “%(text)s”."),
            values={"what": what, "text": text, "choices": _either(words)},
            line=node.line,
            next_step=_("Use %(choices)s."),
        )
    return text


def _either(words: tuple[str, ...]) -> str | Said:
    """List words as choices: ``refuse or in_proportion``."""
    found: str | Said = words[0]
    for word in words[1:]:
        found = Said(_("%(one)s or %(other)s"), {"one": found, "other": word})
    return found

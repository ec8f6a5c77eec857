"""Read the steps of a plan file, in the order of the document. Each step begins with its verb."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import (
    Case,
    Choose,
    Head,
    HoldTerms,
    Recover,
    Split,
    Step,
    Take,
    Tiers,
)
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.engine.words import part_text
from revenue.sharing.planfile import among, values
from revenue.sharing.planfile.among import Page
from revenue.sharing.planfile.nodes import Fields, Node, as_entries, as_list, each, nearest


def read_steps(*, node: Node, page: Page, prefix: str = "") -> tuple[Step, ...]:
    """
    Read a list of steps; their numbers count within the document: 1, 2, 2.1.1, …

    :raises PlanRefused: no_steps, no_verb, two_verbs, and what each step raises
    """
    items = as_list(node=node, what="steps")
    if not items:
        raise PlanRefused("no_steps", _("There are no steps here."), line=node.line)
    return each(nodes=items, read=lambda item, place: _read(item, page, f"{prefix}{place}"))


def _read(node: Node, page: Page, number: str) -> Step:
    fields = Fields(node, Said(_("Step %(step)s"), {"step": number}))
    verbs = [name for name in node.entries or {} if name in _READERS]
    if not verbs:
        first = next(iter(node.entries or {"": node}))
        raise PlanRefused(
            "no_verb",
            _("Step %(step)s does not say what it does."),
            values={"step": number},
            line=node.line,
            next_step=nearest(word=first, known=_READERS),
        )
    if len(verbs) > 1:
        raise PlanRefused(
            "two_verbs",
            _("Step %(step)s says both “%(one)s” and “%(other)s”."),
            values={"step": number, "one": verbs[0], "other": verbs[1]},
            line=node.line,
            next_step=_("Make two steps of it."),
        )
    title, given_id = fields.get("title"), fields.get("id")
    head = Head(
        number=number,
        title=values.titled(node=title, what="title"),
        clause=fields.text("clause"),
        line=node.line,
        id=values.code(node=given_id, what=Said(_("an id"))) if given_id else "",
    )
    step = _READERS[verbs[0]](fields, page, head, verbs[0])
    fields.done()
    return step


def _take(fields: Fields, page: Page, head: Head, verb: str) -> Take:
    to = values.pot(node=fields.need(verb), frame=page)
    source = values.pot(node=fields.need("from", "receipt"), frame=page, receipt=True)
    short = fields.get("if_short")
    choice = values.one_of(node=short, what="if_short", words=("refuse", "take_what_is_there")) if short else "refuse"
    return Take(
        head=head,
        kind="hold" if verb == "hold" else "give" if verb == "give" else "charge",
        to=to,
        source=source,
        amount=values.limited(fields=fields, name="take", frame=page, example="10 % of gross"),
        if_short="take_what_is_there" if choice == "take_what_is_there" else "refuse",
        terms=_terms(fields, page, head) if verb == "hold" else None,
    )


def _terms(fields: Fields, page: Page, head: Head) -> HoldTerms:
    release = values.titled(node=fields.get("release"), what="release")
    if not (release.en or release.km):
        raise PlanRefused(
            "hold_without_release",
            _("Step %(step)s holds money but does not say when it is released."),
            values={"step": head.number},
            line=head.line,
            next_step=_("For example: release: when the next verification confirms the result"),
        )
    months, then_to = fields.get("expires_after_months"), fields.get("then_to")
    if (months is None) != (then_to is None):
        raise PlanRefused(
            "expiry_without_destination",
            _("Step %(step)s must name both expires_after_months and then_to, or neither."),
            values={"step": head.number},
            line=head.line,
        )
    kind = fields.get("kind")
    return HoldTerms(
        release=release,
        kind=values.one_of(node=kind, what="kind", words=("reserve", "buffer", "contingency", "performance_buffer")) if kind else "reserve",
        expires_after_months=values.whole(node=months, what="expires_after_months", least=1) if months else None,
        then_to=values.pot(node=then_to, frame=page) if then_to else None,
    )


def _recover(fields: Fields, page: Page, head: Head, verb: str) -> Recover:
    to = values.pot(node=fields.need(verb), frame=page)
    memory, interest, once, at_most = (fields.get(name) for name in ("memory", "interest", "once", "at_most"))
    return Recover(
        head=head,
        to=to,
        source=values.pot(node=fields.need("from", "receipt"), frame=page, receipt=True),
        costs=values.amount(node=fields.need("costs", "15,000.00"), frame=page, what="costs"),
        memory=values.code(node=memory, what=Said(_("a memory"))) if memory else to,
        interest=values.share(node=interest, what="interest") if interest else Fraction(0),
        once=once is not None and values.one_of(node=once, what="once", words=("true", "false")) == "true",
        at_most=values.amount(node=at_most, frame=page, what="at_most") if at_most else None,
    )


def _split(fields: Fields, page: Page, head: Head, verb: str) -> Split:
    source = values.pot(node=fields.need(verb), frame=page, receipt=True)
    into, by = fields.need("into", "{community_development: 60 %, training: remainder}"), fields.get("by")
    ties = tuple(values.codes(node=fields.get("ties"), what="ties"))
    if by is not None:
        pots = tuple(values.pot(node=item, frame=page) for item in as_list(node=into, what="into"))
        step = Split(
            head,
            source,
            tuple((pot, Fraction(1)) for pot in pots),
            None,
            values.key(node=by),
            ties,
            among.own_quantum(fields, page),
        )
        _no_repeats(pots, into)
    else:
        shares, remainder = _shares(into, page)
        step = Split(head, source, shares, remainder, None, ties, among.own_quantum(fields, page))
    named = {*dict(step.into), *([step.remainder] if step.remainder else [])}
    _known_ties(ties, named, head)
    return step


def _shares(into: Node, page: Page) -> tuple[tuple[tuple[str, Fraction], ...], str | None]:
    shares: list[tuple[str, Fraction]] = []
    remainder: str | None = None
    for name, node in as_entries(node=into, what="into").items():
        code = values.pot(node=Node(node.line, text=name), frame=page)
        if node.text == "remainder":
            if remainder is not None:
                raise PlanRefused(
                    "two_remainders",
                    _("Both “%(one)s” and “%(code)s” are the remainder."),
                    values={"one": remainder, "code": code},
                    line=node.line,
                    next_step=_("Keep one."),
                )
            remainder = code
        else:
            shares.append((code, values.share(node=node, what=name)))
    total = sum((part for _, part in shares), Fraction(0))
    if total > 1 or (total < 1 and remainder is None):
        raise PlanRefused(
            "shares_do_not_add_up",
            _("The shares add up to %(total)s, not 100 %%."),
            values={"total": part_text(total)},
            line=into.line,
            next_step=_("Correct them, or call one of them the remainder.") if total < 1 else _("Correct them."),
        )
    return tuple(shares), remainder


def _no_repeats(pots: tuple[str, ...], node: Node) -> None:
    if len(set(pots)) != len(pots):
        raise PlanRefused("repeated_pot", _("A pot is named twice here."), line=node.line)


def _known_ties(ties: tuple[str, ...], named: set[str], head: Head) -> None:
    for code in ties:
        if code not in named:
            raise PlanRefused(
                "unknown_tie", _("“%(code)s” in ties takes no part in step %(step)s."), values={"code": code, "step": head.number}, line=head.line
            )
    if len(set(ties)) != len(ties):
        raise PlanRefused("repeated_tie", _("Somebody stands twice in the ties of step %(step)s."), values={"step": head.number}, line=head.line)


def _tiers(fields: Fields, page: Page, head: Head, verb: str) -> Tiers:
    node = fields.need("bands", "[{up_to: 5, into: base_share}, {into: windfall}]")
    found: list[tuple[Fraction | None, str]] = []
    for item in as_list(node=node, what="bands"):
        entry = Fields(item, Said(_("A band")))
        top = entry.get("up_to")
        edge = values.exact_number(node=top, what="up_to") if top else None
        if found and found[-1][0] is None:
            raise PlanRefused("bands_out_of_order", _("The band without an end must be the last."), line=item.line)
        if found and edge is not None and found[-1][0] is not None and edge <= found[-1][0]:
            raise PlanRefused("bands_out_of_order", _("Each band must end above the one before it."), line=item.line)
        found.append((edge, values.pot(node=entry.need("into"), frame=page)))
        entry.done()
    if not found or found[-1][0] is not None:
        raise PlanRefused("bands_without_end", _("The last band must have no end, or a high value would fit nowhere."), line=node.line)
    mode = values.one_of(node=fields.need("mode", "marginal"), what="mode", words=("whole", "marginal"))
    return Tiers(
        head=head,
        source=values.pot(node=fields.need(verb), frame=page, receipt=True),
        measure=values.code(node=fields.need("by", "price"), what=Said(_("a value"))),
        mode="whole" if mode == "whole" else "marginal",
        bands=tuple(found),
        quantum=among.own_quantum(fields, page),
    )


def _choose(fields: Fields, page: Page, head: Head, verb: str) -> Choose:
    value = values.code(node=fields.need(verb, "mechanism"), what=Said(_("a value")))
    items = as_list(node=fields.need("cases"), what="cases")
    cases = tuple(_case(item, page, f"{head.number}.{place}.") for place, item in enumerate(items, start=1))
    otherwise = fields.get("otherwise")
    if not cases:
        raise PlanRefused("no_cases", _("Step %(step)s has no cases to choose from."), values={"step": head.number}, line=head.line)
    return Choose(
        head=head,
        value=value,
        cases=cases,
        otherwise=_otherwise(otherwise, page, f"{head.number}.{len(cases) + 1}."),
    )


def _otherwise(node: Node | None, page: Page, prefix: str) -> tuple[Step, ...] | None:
    if node is None:
        return None
    return () if node.text == "nothing" else read_steps(node=node, page=page, prefix=prefix)


def _case(node: Node, page: Page, prefix: str) -> Case:
    fields = Fields(node, Said(_("A case")))
    words, low, high = values.codes(node=fields.get("is"), what="is"), fields.get("from"), fields.get("below")
    start = values.edge(node=low, what="from") if low else None
    end = values.edge(node=high, what="below") if high else None
    if not words and start is None and end is None:
        raise PlanRefused(
            "case_without_condition",
            _("This case does not say when it applies."),
            line=node.line,
            next_step=_("Write is, from or below."),
        )
    if words and (low or high):
        raise PlanRefused("case_with_two_conditions", _("This case has both “is” and a range."), line=node.line)
    if start is not None and end is not None and start >= end:
        raise PlanRefused("empty_case", _("No value can fall between “from” and “below” here."), line=node.line)
    steps = read_steps(node=fields.need("steps"), page=page, prefix=prefix)
    fields.done()
    return Case(steps, words, start, end)


_READERS: dict[str, Callable[[Fields, Page, Head, str], Step]] = {
    "charge": _take,
    "give": _take,
    "hold": _take,
    "recover": _recover,
    "split": _split,
    "share": among.share,
    "pay": among.pay,
    "by_performance": among.bands,
    "tiers": _tiers,
    "choose": _choose,
    "gate": among.gate,
    "decided": among.decided,
    "recover_overpayment": among.recoup,
}

"""Say what sharing a receipt gives, line by line, and what it rests on: for previews, proposals and allocations alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Count
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from core.acts import Fact
from core.admin import list_address, row_address
from core.money import Money, plain
from revenue.sharing.engine import Line
from revenue.sharing.models import AllocationLine, AllocationRun, Pot, Ruling
from revenue.sharing.queries import amounts_of
from revenue.sharing.services import Preview

STATES = {**dict(AllocationLine.State.choices), "unallocated": _("stays unallocated")}
Amounts = dict[tuple[str, str | None], int]


def is_khmer() -> bool:
    """Whether the reader reads Khmer."""
    return (get_language() or "en").startswith("km")


def preview_facts(preview: Preview) -> Iterator[Fact]:
    """Say what would be shared: where it comes from, what it rests on, each line, how it came about and what changed."""
    yield Fact(_("Received on"), preview.tranche.received_on)
    yield Fact(_("Amount"), Money(preview.amount_minor, preview.tranche.currency))
    if preview.project:
        yield Fact(_("Project"), preview.project, row_address(preview.project))
    if preview.plan_version:
        yield Fact(_("Plan in force on that day"), preview.plan_version, row_address(preview.plan_version))
    yield from _rests_on(preview)
    if preview.problem:
        yield Fact(_("Why nothing can be allocated"), format_html("<strong>{}</strong>", preview.problem))
    yield from _departures(json.loads(preview.allocation.to_json()) if preview.allocation else {})
    yield from _lines(preview)


def _rests_on(preview: Preview) -> Iterator[Fact]:
    gathered = preview.gathered
    if gathered is None:
        return
    for counts in gathered.counts:
        yield Fact(_("Counts used"), counts, row_address(counts))
    for fact in gathered.stated:
        words = gettext("%(value)s, from %(day)s: %(source)s")
        yield Fact(fact.name, words % {"value": fact.value, "day": fact.from_date, "source": fact.source}, row_address(fact))
    if gathered.rate:
        yield Fact(_("Payout rate"), f"{gathered.rate} · {gathered.rate.source}", row_address(gathered.rate))
    for ruling in gathered.rulings:
        yield Fact(ruling.get_kind_display(), f"{ruling.step}: {ruling.authority} · {ruling.title}", row_address(ruling))
    waiting = Ruling.objects.filter(tranche=preview.tranche, status=Ruling.Status.PROPOSED).count()
    if waiting:
        address = list_address(Ruling, tranche__id__exact=preview.tranche.pk)
        yield Fact(_("Decisions that wait for an approver"), gettext("%(count)s, not counted here") % {"count": waiting}, address)
    remembered = {**gathered.facts.memory, **gathered.facts.owed}
    for name, minor in remembered.items():
        kind = gettext("overpaid before") if name in gathered.facts.owed else gettext("carried on from the receipt before")
        yield Fact(name, f"{Money(minor, preview.tranche.currency)} · {kind}")


def _departures(result: Mapping[str, Any]) -> Iterator[Fact]:
    """Say where a decision departs from the rule: the rule's own result, what was decided and the difference."""
    for one in result.get("overrides", ()):
        for code, decided in one["decided"].items():
            words = gettext("the rule gives %(rule)s, decided are %(decided)s, difference %(variance)s")
            said = words % {"rule": one["rule"].get(code, "0"), "decided": decided, "variance": one["variance"][code]}
            by = " · ".join(filter(None, (one["authority"], one["document"], one["reason"])))
            name = gettext("Departs from the rule, step %(step)s: %(code)s") % {"step": one["step"], "code": code}
            yield Fact(name, format_html('{}<br><small class="opacity-75">{}</small>', said, by))


def _lines(preview: Preview) -> Iterator[Fact]:
    titles = {pot.code: (pot.title_km or pot.title) if is_khmer() else pot.title for pot in Pot.objects.filter(project=preview.project)}
    before = amounts_of(preview.before)
    codes = {line.recipient for line in preview.lines} | {recipient for _pot, recipient in before}
    names = {one.code: str(one) for one in Recipient.objects.filter(code__in=codes - {None})}
    if preview.before:
        yield Fact(_("Compared with"), preview.before, row_address(preview.before))
    for line in preview.lines:
        how = line.how_km if is_khmer() else line.how
        state = "" if line.state == "allocated" else str(STATES[line.state])
        amount = Money(line.amount_minor, line.currency)
        yield Fact(_name(line.pot, line.recipient, titles, names), how_told(amount, state, how, line.reason, _change(line, before), _payout(line)))
    gone = before.keys() - {(line.pot, line.recipient) for line in preview.lines} if preview.lines else ()
    for pot, recipient in sorted(gone, key=str):
        amount = Money(before[pot, recipient], preview.tranche.currency)
        yield Fact(_name(pot, recipient, titles, names), gettext("nothing now; %(amount)s last time") % {"amount": amount})


def _name(pot: str, recipient: str | None, titles: Mapping[str, str], names: Mapping[str, str]) -> str:
    return " · ".join(filter(None, (titles.get(pot, pot), names.get(recipient or ""))))


def _payout(line: Line) -> str:
    if line.payout is None:
        return ""
    paid = Money(line.payout.amount_minor, line.payout.currency)
    words = gettext("paid as %(paid)s at %(rate)s; %(residue)s %(currency)s is carried")
    told = words % {"paid": paid, "rate": line.payout.rate, "residue": line.payout.residue, "currency": line.payout.currency}
    return f"{told}{_brought(line.payout.brought, line.payout.currency)}"


def _brought(amount: str, currency: str) -> str:
    """Say what of a payout is the rest of the receipt before."""
    if not amount:
        return ""
    return gettext("; %(amount)s %(currency)s of last time is in it") % {"amount": amount, "currency": currency}


def _change(line: Line, before: Amounts) -> str:
    """Say what changed against the last receipt of the same project."""
    if not before:
        return ""
    last = before.get((line.pot, line.recipient))
    if last is None:
        return gettext("new: nothing last time")
    more = line.amount_minor - last
    if not more:
        return gettext("the same as last time")
    words = gettext("%(last)s last time, %(sign)s%(difference)s now")
    return words % {"last": Money(last, line.currency), "sign": "+" if more > 0 else "−", "difference": plain(Money(abs(more), line.currency))}


def how_told(amount: Money, state: str, how: str, reason: str = "", change: str = "", payout: str = "") -> SafeString:
    """Write an amount, its state, what changed and how it came about."""
    marked = format_html(" <em>{}</em>", " · ".join(filter(None, (state, reason)))) if state or reason else ""
    changed = format_html(" <small>({})</small>", change) if change else ""
    paid = format_html("<br><small>{}</small>", payout) if payout else ""
    return format_html('<strong>{}</strong>{}{}{}<br><small class="opacity-75">{}</small>', amount, marked, changed, paid, how)


def run_facts(run: AllocationRun) -> Iterable[tuple[Any, Iterable[Fact]]]:
    """Return what an allocation decided beyond its lines: departures from the rule, payouts, and what it left to remember."""
    result = json.loads(run.result) if run.result else {}
    departures = list(_departures(result))
    if departures:
        yield _("Decisions that depart from the rule"), departures
    paid = [line for line in result.get("lines", ()) if line.get("payout")]
    if paid:
        yield _("Paid in another currency"), [_paid(line) for line in paid]
    left = [(name, amount, _("to be recovered from later receipts")) for name, amount in result.get("memory", {}).items()]
    left += [(name, amount, _("overpaid, to be taken from later receipts")) for name, amount in result.get("owed", {}).items()]
    if left:
        yield _("Left for the next receipt"), [Fact(name, f"{result['currency']} {amount} · {why}") for name, amount, why in left]


def _paid(line: Mapping[str, Any]) -> Fact:
    paid = line["payout"]
    words = gettext("%(currency)s %(amount)s at %(rate)s (%(on)s, %(source)s); %(residue)s is carried")
    values = {**paid, "on": paid["rate_on"], "source": paid["rate_source"]}
    return Fact(f"{line['pot']} · {line['recipient']}", words % values + _brought(paid.get("brought", ""), paid["currency"]))


def unsettled(run: AllocationRun) -> Iterator[Fact]:
    """Say what a correction could not move: who holds more than the rule gives, and to whom money is still to come."""
    for line in run.lines.filter(rule_minor__isnull=False).select_related("pot", "recipient").order_by("position"):
        rule = line.rule_minor or 0
        amount = Money(abs(line.amount_minor - rule), run.currency)
        words = (
            gettext("%(amount)s more than the rule gives: taken from later receipts")
            if line.amount_minor > rule
            else gettext("%(amount)s still to come")
        )
        yield Fact(" · ".join(filter(None, (str(line.pot), str(line.recipient or "")))), words % {"amount": amount}, row_address(line))


def count_by_state(run: AllocationRun) -> dict[str, int]:
    """Return how many lines of an allocation are in each state."""
    return dict(run.lines.order_by().values_list("state").annotate(count=Count("id")))

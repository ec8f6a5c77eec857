"""Change something of a plan or of a receipt, and see every share move, before anybody approves. Nothing is saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core import clock
from core.money import Money, latin_digits, parse_amount, plain
from core.refusal import Refused
from revenue.sharing.engine import Facts, Plan, PlanRefused, Source
from revenue.sharing.engine.split import nearest
from revenue.sharing.engine.units import number, scale
from revenue.sharing.engine.words import number_text
from revenue.sharing.flow_picture import Words, draw
from revenue.sharing.models import AllocationRun, PlanVersion
from revenue.sharing.queries import facts_for, plan_of
from revenue.sharing.simulator import Changes, Moved, Outcome, moves, simulate
from revenue.sharing.variations import Dial, dials, stated_values
from revenue.sharing.views.reader import for_readers, language, pot_titles, recipient_names

# What a plan is tried on where nothing was ever shared: a round amount, in major units.
TRIED_ON = 100_000
ROWS = 3
STATES = {"held": gettext_lazy("held in reserve"), "withheld": gettext_lazy("withheld"), "unallocated": gettext_lazy("stays unallocated")}


@dataclass
class Asked:
    """What the address asks for: texts as they were typed, what they mean, and what is wrong with them."""

    texts: dict[str, str]
    rows: list[dict[str, str]]
    changes: Changes = field(default_factory=Changes)
    errors: dict[str, str] = field(default_factory=dict)


@require_safe
@for_readers
def page(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show the plan's numbers as fields, and what each recipient gets before and after."""
    version = get_object_or_404(PlanVersion.objects.select_related("project"), pk=version_id)
    context: dict[str, Any] = {"version": version}
    try:
        plan = plan_of(version)
    except PlanRefused as refusal:
        return render(request, "sharing/simulator.html", {**context, "unreadable": str(refusal)}, status=422)
    run = _last_run(version)
    today = max(clock.today(), version.effective_from)
    facts = facts_for(project=version.project, tranche=run.tranche if run else None, on=today, version=version).facts
    source = Source(run.amount_minor if run else TRIED_ON * scale(currency=plan.currency), plan.currency)
    asked = _asked(request, plan=plan)
    context.update(_form(asked, plan=plan, facts=facts, source=source), run=run, asked=asked)
    if not asked.errors:
        try:
            before, after = simulate(plan=plan, facts=facts, source=source, changes=asked.changes)
            context.update(_result(plan, before, after))
        except PlanRefused as refusal:
            asked.errors[refusal.field or "amount"] = str(refusal)
    return render(request, "sharing/simulator.html", context, status=422 if asked.errors else 200)


def _last_run(version: PlanVersion) -> AllocationRun | None:
    done = AllocationRun.objects.filter(project_id=version.project_id, status=AllocationRun.Status.ALLOCATED)
    return done.select_related("tranche").order_by("-tranche__received_on", "-tranche_id").first()


# --- What was asked ------------------------------------------------------------------------------------------------------
def _asked(request: HttpRequest, *, plan: Plan) -> Asked:
    texts = {name: str(value).strip() for name, value in request.GET.items()}
    columns = [request.GET.getlist(name) for name in ("who", "what", "count")]
    rows = [dict(zip(("who", "what", "count"), (str(cell).strip() for cell in row), strict=True)) for row in zip(*columns, strict=False)]
    asked = Asked(texts, [row for row in rows if any(row.values())])
    asked.changes = Changes(
        amount_minor=_amount(asked, plan.currency),
        dials={name: text for name, text in texts.items() if name.startswith("step-")},
        counted=tuple(_counted(asked)),
        values=_values(asked, plan),
    )
    return asked


def _amount(asked: Asked, currency: str) -> int | None:
    quantity, price, amount = (asked.texts.get(name, "") for name in ("quantity", "price", "amount"))
    if quantity or price:
        return _product(asked, quantity, price, currency)
    if not amount:
        return None
    try:
        found = parse_amount(text=amount, currency=currency).minor
    except Refused as refusal:
        asked.errors["amount"] = str(refusal)
        return None
    if found < 0:
        asked.errors["amount"] = _("An amount that came in cannot be below zero.")
    return found


def _product(asked: Asked, quantity: str, price: str, currency: str) -> int | None:
    tonnes, each = number(text=quantity), number(text=price)
    if tonnes is None or tonnes < 0:
        asked.errors["quantity"] = _("Write both: how many tonnes, and the price of one.")
    if each is None or each < 0:
        asked.errors["price"] = _("Write both: how many tonnes, and the price of one.")
    if tonnes is None or each is None or asked.errors:
        return None
    return nearest(exact=tonnes * each * scale(currency=currency))


def _counted(asked: Asked) -> Iterable[tuple[str, str, Fraction]]:
    for place, row in enumerate(asked.rows):
        value = number(text=row["count"])
        if not row["who"] or not row["what"] or value is None or value < 0:
            asked.errors[f"row-{place}"] = _("Choose the recipient and what was counted, and write a number, zero or more.")
        else:
            yield row["what"], row["who"], value


def _values(asked: Asked, plan: Plan) -> dict[str, Fraction | str]:
    found: dict[str, Fraction | str] = {}
    each = number(text=asked.texts.get("price", ""))
    if each is not None:
        found["price"] = each
    for name in stated_values(plan):
        text = latin_digits(asked.texts.get(f"value-{name}", ""))
        if text:
            value = number(text=text)
            found[name] = text if value is None else value
    return found


# --- The form, ready to print ------------------------------------------------------------------------------------------------
def _form(asked: Asked, *, plan: Plan, facts: Facts, source: Source) -> dict[str, Any]:
    members = sorted({code for group in plan.groups() for code in facts.groups.get(group, ())})
    names = recipient_names(members)
    rows = [{**row, "error": f"row-{place}"} for place, row in enumerate(asked.rows)]
    empty = {"who": "", "what": "", "count": "", "error": ""}
    return {
        "steps": _steps(plan, asked),
        "values": [(name, asked.texts.get(f"value-{name}") or _fact(facts, name)) for name in stated_values(plan) if name != "price"],
        "members": [(code, names.get(code, code)) for code in members],
        "indicators": plan.indicators(),
        "rows": [*rows, *[empty] * max(1, ROWS - len(rows))],
        "usual": plain(Money(source.amount_minor, source.currency)),
        "currency": plan.currency,
    }


def _steps(plan: Plan, asked: Asked) -> list[tuple[str, str, list[tuple[Dial, str, str]]]]:
    found = []
    for number_, group in groupby(dials(plan=plan), key=lambda dial: dial.number):
        of_step = list(group)
        fields = [(dial, dial.label.in_language(language()), asked.texts.get(dial.name) or dial.text) for dial in of_step]
        found.append((number_, of_step[0].step.in_language(language()), fields))
    return found


def _fact(facts: Facts, name: str) -> str:
    value = facts.values.get(name, "")
    return number_text(value) if isinstance(value, Fraction) else value


# --- The answer, ready to print --------------------------------------------------------------------------------------------
def _result(plan: Plan, before: Outcome, after: Outcome) -> dict[str, Any]:
    context: dict[str, Any] = {"refused": after.refusal, "refused_before": before.refusal}
    moved = moves(
        before=[before.allocation] if before.allocation else [],
        after=[after.allocation] if after.allocation else [],
    )
    names, titles = recipient_names(line.recipient for line in moved if line.recipient), pot_titles(plan)
    context["lines"] = [printable(line, titles, names, plan.currency) for line in moved]
    totals = [sum(getattr(line, f"{side}_minor") for line in moved) for side in ("before", "after", "difference")]
    context["totals"] = [signed(minor, plan.currency) if place == 2 else plain(Money(minor, plan.currency)) for place, minor in enumerate(totals)]
    shown = after.allocation or before.allocation
    if shown is not None:
        words = Words(_("How the money flows, as changed"), _("%(count)s others"), _("to"))
        # Every text in it was escaped when it was drawn.
        context["picture"] = mark_safe(draw(allocation=shown, titles=titles, names=names, words=words))
    return context


def printable(line: Moved, titles: dict[str, str], names: dict[str, str], currency: str) -> dict[str, Any]:
    """Return one row of a before-and-after table."""
    return {
        "pot": titles.get(line.pot, line.pot),
        "recipient": names.get(line.recipient, line.recipient) if line.recipient else "",
        "state": STATES.get(line.state, ""),
        "before": plain(Money(line.before_minor, currency)),
        "after": plain(Money(line.after_minor, currency)),
        "difference": signed(line.difference_minor, currency),
        "way": "up" if line.difference_minor > 0 else "down" if line.difference_minor < 0 else "",
    }


def signed(minor: int, currency: str) -> str:
    """Write a difference with its sign; nothing is a dash."""
    return "–" if not minor else f"{'+' if minor > 0 else '−'}{plain(Money(abs(minor), currency))}"

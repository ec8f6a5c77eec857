"""What changes between two versions of a plan: in words, and in the money of past receipts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.money import Money, plain
from revenue.sharing.comparison import Changed, Comparison, compare, version_before
from revenue.sharing.engine import PlanRefused, Row
from revenue.sharing.models import PlanVersion
from revenue.sharing.queries import plan_of
from revenue.sharing.views.reader import for_readers, language, pot_titles, recipient_names
from revenue.sharing.views.simulator import printable, signed

YEAR = timedelta(days=365)


@require_safe
@for_readers
def page(request: HttpRequest, version_id: int) -> HttpResponse:
    """Compare a version with the one it takes the place of (or ``?with=``) on the receipts of the last year (or ``?since=&until=``)."""
    version = get_object_or_404(PlanVersion.objects.select_related("project"), pk=version_id)
    other = _other(request, version)
    today = clock.today()
    since, until = _day(request, "since") or today - YEAR, _day(request, "until") or today + timedelta(days=1)
    context: dict[str, Any] = {
        "version": version,
        "other": other,
        "since": since,
        "until": until,
        "choices": PlanVersion.objects.filter(project_id=version.project_id).exclude(pk=version.pk).order_by("-number"),
    }
    if other is None:
        return render(request, "sharing/difference.html", context)
    try:
        found = compare(before=other, after=version, since=since, until=until)
        context.update(_said(found))
    except PlanRefused as refusal:
        return render(request, "sharing/difference.html", {**context, "unreadable": str(refusal)}, status=422)
    return render(request, "sharing/difference.html", context)


def _other(request: HttpRequest, version: PlanVersion) -> PlanVersion | None:
    wanted = request.GET.get("with", "")
    if not wanted:
        return version_before(version)
    if not wanted.isdigit():
        raise Http404
    return get_object_or_404(PlanVersion.objects.select_related("project"), pk=int(wanted), project_id=version.project_id)


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def _said(found: Comparison) -> dict[str, Any]:
    old, new = plan_of(found.before), plan_of(found.after)
    titles = pot_titles(old, new)
    names = recipient_names(line.recipient for line in found.moved if line.recipient)
    totals = [sum(getattr(line, f"{side}_minor") for line in found.moved) for side in ("before", "after", "difference")]
    return {
        "words": [(_kind(one), _row(one.before), _row(one.after)) for one in found.words],
        "receipts": [
            {
                "code": one.tranche.code,
                "day": one.tranche.received_on,
                "amount": plain(Money(one.amount_minor, new.currency)),
                "before": one.before.refusal,
                "after": one.after.refusal,
            }
            for one in found.receipts
        ],
        "lines": [printable(line, titles, names, new.currency) for line in found.moved],
        "totals": [signed(minor, new.currency) if place == 2 else plain(Money(minor, new.currency)) for place, minor in enumerate(totals)],
        "currency": new.currency,
    }


def _kind(one: Changed) -> str:
    if one.before is None:
        return _("new")
    return _("left out") if one.after is None else _("changed")


def _row(row: Row | None) -> str:
    return "" if row is None else f"{row.number}. {row.sentence.in_language(language())}"

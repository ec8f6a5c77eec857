"""Money that recipients owe back at the end of a report, and write-offs of it on which nobody has decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_noop

from communities.spending.models import Recoverable, Settlement
from core import clock
from reports.queries import Scope
from reports.words import sentence
from revenue.ledger import chart
from revenue.ledger.models import Entry
from revenue.ledger.queries import steps_of_entries

Json = dict[str, Any]
LONG_DAYS: Final = 60


def owed(scope: Scope) -> list[Json]:
    """Return the exceptions of a report about money to be repaid: what is left of each demand, and each write-off that waits."""
    standing = Recoverable.objects.filter(made_on__lt=scope.end, currency=scope.currency)
    # What was settled since was still owed at the end.
    debts = list(standing.filter(Q(left_local_minor__gt=0) | Q(settlements__entry__day__gte=scope.end)).distinct().order_by("id"))
    waiting = Settlement.objects.filter(kind=Settlement.Kind.WRITE_OFF, recoverable__in=debts).order_by("id")
    places = _places(scope, debts)
    left = {debt.pk: sum(amount for _tranche, amount in places[debt.pk]) for debt in debts}
    project = {debt.pk: _project(scope, places[debt.pk]) for debt in debts}
    return [
        *(_of_debt(scope, debt, left[debt.pk], project[debt.pk]) for debt in debts if left[debt.pk]),
        *(_of_write_off(scope, row, project[row.recoverable_id]) for row in waiting.select_related("recoverable") if left[row.recoverable_id] and _waits(scope, row)),
    ]  # fmt: skip


def _places(scope: Scope, debts: Iterable[Recoverable]) -> dict[int, list[tuple[int, int]]]:
    """Return for each demand the movements of what is owed of it before the end, by tranche of this report, in minor units."""
    whose = {debt.entry_id: debt.pk for debt in debts}
    settled = Settlement.objects.filter(recoverable__in=list(whose.values()), status=Settlement.Status.DONE)
    whose |= dict(settled.values_list("entry_id", "recoverable_id"))
    days = {entry: scope.counted_back.get(entry, day) for entry, day in Entry.objects.filter(id__in=whose).values_list("id", "day")}
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for step in steps_of_entries([entry for entry, day in days.items() if day < scope.end]):
        if step.tranche_id in scope.project_of_tranche:
            sign = (step.debit.kind == chart.RECOVERABLE) - (step.credit.kind == chart.RECOVERABLE)
            found[whose[step.entry_id]].append((step.tranche_id, sign * step.amount_minor))
    return found


def _project(scope: Scope, places: list[tuple[int, int]]) -> str | None:
    codes = {project.pk: project.code for project in scope.projects}
    return codes.get(scope.project_of_tranche[places[0][0]]) if places else None


def _waits(scope: Scope, row: Settlement) -> bool:
    undecided = row.decided_at is None or clock.day_of(row.decided_at) >= scope.end
    return undecided and clock.day_of(row.asked_at) < scope.end


def _of_debt(scope: Scope, debt: Recoverable, left: int, project: str | None) -> Json:
    age = (scope.end - debt.made_on).days
    said = sentence(gettext_noop("The money of %(reference)s has been owed back for %(days)s days."), reference=debt.reference, days=age)
    return _row("not_repaid", said, debt.reference, project, left, age)


def _of_write_off(scope: Scope, row: Settlement, project: str | None) -> Json:
    age = _days(scope, clock.day_of(row.asked_at))
    reference, currency = row.recoverable.reference, row.recoverable.local_currency
    said = sentence(gettext_noop("Nobody has decided for %(days)s days whether %(reference)s is written off."), reference=reference, days=age)
    return _row("write_off_waits", said, reference, project, row.local_minor if currency == scope.currency else None, age)


def _days(scope: Scope, since: date) -> int:
    return max(0, (scope.end - since).days)


def _row(code: str, said: Json, reference: str, project: str | None, amount: int | None, age: int) -> Json:
    return {
        "code": code, "severity": "high" if age > LONG_DAYS else "medium", "sentence": said, "reference": reference, "project": project,
        "amount_minor": amount, "age_days": age,
    }  # fmt: skip

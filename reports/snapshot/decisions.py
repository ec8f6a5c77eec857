"""What people decided otherwise than the rule, and what was put right later: departures, divisions, write-offs, corrections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, Sum
from django.utils.translation import gettext_noop

from communities.registry.models import Recipient
from communities.spending.models import Settlement
from core.money import from_decimal
from reports.queries import Scope
from reports.snapshot.documents import Listed
from reports.words import Text, both, named, plain, sentence, titled
from revenue.ledger import chart
from revenue.ledger.models import Entry, Posting
from revenue.sharing.models import AllocationRun, Ruling

Json = dict[str, Any]
# How the engine's canonical answer begins a list of departures that is not empty: the others need no reading.
HAS_DEPARTURES: Final = '"overrides":[{'


def decisions(*, scope: Scope, listed: Listed) -> list[Json]:
    """
    Return the decisions of the period, oldest first; amounts in minor units of the report's currency.

    Words that people wrote about a write-off stay in the office: they may speak of somebody.
    """
    runs = [run for run in listed.runs if run.entry and scope.first <= run.entry.day < scope.end]
    rows = [*_departures(scope, runs, listed), *_divisions(runs), *_write_offs(scope), *_corrections(scope)]
    return sorted(rows, key=lambda row: (row["on"], row["kind"], row["reference"]))


def _row(
    *, kind: str, on: str, reference: str, project: str, subject: Text, authority: Text, reason: Text, rule: int | None = None, decided: int | None
) -> Json:
    return {
        "kind": kind,
        "on": on,
        "reference": reference,
        "project": project,
        "subject": subject,
        "authority": authority,
        "reason": reason,
        "rule_minor": rule,
        "decided_minor": decided,
        "variance_minor": None if rule is None or decided is None else decided - rule,
    }


# --- about the steps of a plan -----------------------------------------------------------------------------------------------
def _departures(scope: Scope, runs: list[AllocationRun], listed: Listed) -> Iterator[Json]:
    found = [(run, item) for run in runs if HAS_DEPARTURES in run.result for item in json.loads(run.result)["overrides"]]
    names = _names({code for _run, item in found for code in item["decided"]}, listed)
    for run, item in found:
        for code, decided in item["decided"].items():
            yield _row(
                kind="override",
                on=item["on"],
                reference=run.tranche.code,
                project=run.project.code,
                subject=names.get(code, plain(code)),
                authority=plain(f"{item['authority']} ({item['document']})"),
                reason=plain(item["reason"]),
                rule=_minor(item["rule"].get(code, "0"), scope.currency),
                decided=_minor(decided, scope.currency),
            )


def _minor(amount: str, currency: str) -> int:
    return from_decimal(value=Decimal(amount), currency=currency).minor


def _divisions(runs: list[AllocationRun]) -> Iterator[Json]:
    of_tranche = {run.tranche_id: run for run in runs}
    found = Ruling.objects.filter(kind=Ruling.Kind.MANUAL, status=Ruling.Status.APPROVED, tranche_id__in=of_tranche).order_by("decided_on", "id")
    for ruling in found:
        run = of_tranche[ruling.tranche_id]
        parts = ", ".join(f"{code} {share}" for how in ruling.parts.values() for code, share in how.items())
        yield _row(
            kind="own_division",
            on=ruling.decided_on.isoformat(),
            reference=run.tranche.code,
            project=run.project.code,
            subject=plain(parts),
            authority=plain(f"{ruling.authority} ({ruling.title})"),
            reason=sentence(
                gettext_noop("Divided by the recipients themselves; present: %(women)s women, %(men)s men."),
                women=ruling.women_present,
                men=ruling.men_present,
            ),
            decided=None,
        )


def _names(codes: set[str], listed: Listed) -> dict[str, Text]:
    pots = {pot.code: titled(pot) for pot in listed.pots if pot.code in codes}
    return pots | {row.code: named(row) for row in Recipient.objects.filter(code__in=codes)}


# --- about money that was spent or posted ------------------------------------------------------------------------------------
def _write_offs(scope: Scope) -> Iterator[Json]:
    decided = Settlement.objects.filter(
        kind__in=[Settlement.Kind.WRITE_OFF, Settlement.Kind.ALLOWED], status=Settlement.Status.DONE,
        entry__day__gte=scope.first, entry__day__lt=scope.end,
    ).select_related("entry", "recoverable__recipient").order_by("entry__day", "id")  # fmt: skip
    rows = list(decided)
    amounts = _amounts(scope, [row.entry_id for row in rows if row.entry_id])
    for row in rows:
        if row.entry is None or row.entry_id not in amounts:
            continue
        project, amount = amounts[row.entry_id]
        is_lost = row.kind == Settlement.Kind.WRITE_OFF
        said = gettext_noop("The document of the decision is on file.") if is_lost else gettext_noop("Two people found it eligible after all.")
        yield _row(
            kind="write_off" if is_lost else "allowed",
            on=row.entry.day.isoformat(),
            reference=row.recoverable.reference,
            project=project,
            subject=named(row.recoverable.recipient),
            authority=sentence(gettext_noop("Programme office, asked by one person and decided by another")),
            reason=sentence(said),
            decided=amount,
        )


def _corrections(scope: Scope) -> Iterator[Json]:
    """Return what was posted in the period to undo or correct an entry of an earlier one: the books moved, an issued report did not."""
    earlier = Q(reverses__day__lt=scope.first) | Q(corrects__day__lt=scope.first)
    # Said although it follows, so that the entries that name no other are not looked at: these two have an index each.
    naming = Q(reverses__isnull=False) | Q(corrects__isnull=False)
    entries = Entry.objects.filter(naming, earlier, day__gte=scope.first, day__lt=scope.end).select_related("reverses", "corrects").order_by("id")
    rows = list(entries)
    amounts = _amounts(scope, [row.pk for row in rows])
    for row in rows:
        corrected = row.reverses or row.corrects
        if row.pk not in amounts or corrected is None:
            continue
        project, amount = amounts[row.pk]
        undoes = gettext_noop("It undoes entry #%(number)s of %(day)s.")
        corrects = gettext_noop("It corrects entry #%(number)s of %(day)s.")
        yield _row(
            kind="correction",
            on=row.day.isoformat(),
            reference=f"#{row.pk} {row.document}"[:80],
            project=project,
            subject=both(chart.EVENT_NAMES[row.event]),
            authority=plain(""),
            reason=sentence(undoes if row.reverses else corrects, number=corrected.pk, day=corrected.day.isoformat()),
            decided=amount,
        )


def _amounts(scope: Scope, entries: list[int]) -> dict[int, tuple[str, int]]:
    """Return the project and what each entry moved of this scope's money, by the entry's id."""
    if not entries:
        return {}
    codes = {project.pk: project.code for project in scope.projects}
    found = Posting.objects.filter(entry_id__in=entries, tranche_id__in=scope.in_tranches, currency=scope.currency).order_by()
    moved: dict[int, tuple[str, int]] = {}
    for entry, tranche, amount in (
        found.values("entry_id", "tranche_id").annotate(moved=Sum("amount_minor")).values_list("entry_id", "tranche_id", "moved")
    ):
        before = moved.get(entry, ("", 0))[1]
        moved[entry] = (codes[scope.project_of_tranche[tranche]], before + amount)
    return moved

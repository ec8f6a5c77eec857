"""Say which lines of a bank's statement stand for which entries of the ledger: by reference, or by hand. Nothing is posted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core.audit.services import record
from core.money import Money
from core.people.access import MAKERS, require_role
from core.people.models import User
from revenue.credits.models import BankAccount
from revenue.disbursements import queries
from revenue.disbursements.bank.match import Expected, Reason, Suggestion, suggest
from revenue.disbursements.bank.statement import StatementRow
from revenue.disbursements.models import BankStatement, LineMatch, StatementLine
from revenue.disbursements.movements import Movement, fees_of, open_movements, parts_of
from revenue.disbursements.refusals import NotAtThisStep, NotMatching, needed, sentences
from revenue.ledger import chart
from revenue.ledger.models import BookClosing

# How far around a statement an entry may be dated and still be its movement.
AROUND: Final = timedelta(days=30)


@transaction.atomic
def match_statement(*, statement_id: int, by: User, at: datetime) -> int:
    """Match the open lines of a statement with what was recorded since; return how many were matched now."""
    require_role(person=by, roles=MAKERS)
    statement = BankStatement.objects.select_related("bank_account").get(id=statement_id)
    matched = match_by_reference(statement, by=by, at=at)
    if matched:
        record(act="statement.match", subject=f"statement:{statement.pk}", by=by, at=at, after={"matched": matched})
    return matched


def match_line(*, line_id: int, entry_id: int, by_id: int, at: datetime) -> LineMatch:
    """
    Say that one line stands for what one entry moved at that bank. The same twice is once.

    :raises NotMatching: if the amounts differ, or the entry moved nothing there
    :raises NotAtThisStep: if the line stands for something else
    """
    return match_lines(line_ids=[line_id], entry_ids=[entry_id], by=User.objects.get(id=by_id), at=at)[0]


@transaction.atomic
def match_lines(*, line_ids: Sequence[int], entry_ids: Sequence[int], by: User, at: datetime) -> list[LineMatch]:
    """
    Say that one line stands for several entries, or several lines for one; their sums agree to the cent.

    :raises NotMatching: if the sums differ, an entry moved nothing at that bank, or both sides are several
    :raises NotAtThisStep: if a line stands for something else
    """
    require_role(person=by, roles=MAKERS)
    lines = _held(line_ids)
    before = list(LineMatch.objects.filter(line__in=lines, undone_at=None).order_by("id"))
    if before:
        return _same(before, line_ids, entry_ids)
    movements = _movements(lines[0], entry_ids)
    pairs = _pairs(lines, movements)
    with sentences():
        matches = [
            LineMatch.objects.create(line=line, entry_id=movement.entry_id, amount_minor=amount, by_hand=True, matched_by=by, matched_at=at)
            for line, movement, amount in pairs
        ]
    for line in lines:
        entries = [movement.document for one, movement, _amount in pairs if one == line]
        record(act="statement_line.match", subject=f"statement_line:{line.pk}", by=by, at=at, after={"stands_for": entries})
    return matches


@transaction.atomic
def unmatch_line(*, line_id: int, reason: str, by: User, at: datetime) -> list[LineMatch]:
    """
    Undo what a line stands for. What it was matched with stays as rows, with the reason.

    :raises NotAtThisStep: if the line stands for nothing, or the books are closed for its day
    :raises NotFilledIn: without a reason
    """
    require_role(person=by, roles=MAKERS)
    words = needed(text=reason, field="reason")[:300]
    lines = _held([line_id])
    matches = list(LineMatch.objects.filter(line__in=lines, undone_at=None).order_by("id"))
    if not matches:
        raise NotAtThisStep(_("This line stands for nothing we recorded."))
    closed = BookClosing.objects.aggregate(last=Max("closed_through"))["last"]
    if closed is not None and lines[0].value_date <= closed:
        raise NotAtThisStep(
            _("The books are closed for the day of this line."), next_step=_("What a closed quarter's statement stood for stays as it is.")
        )
    with sentences():
        for match in matches:
            match.undone_by, match.undone_at, match.undone_reason = by, at, words
            match.save(update_fields=["undone_by", "undone_at", "undone_reason"])
    record(
        act="statement_line.unmatch", subject=f"statement_line:{line_id}", by=by, at=at, reason=words,
        before={"stood_for": [match.entry.document for match in matches]},
    )  # fmt: skip
    return matches


def match_by_reference(statement: BankStatement, *, by: User, at: datetime) -> int:
    """Match open lines of a statement by reference and amount, where neither side has a second partner; return how many."""
    # Whoever matches at this bank waits for the other.
    BankAccount.objects.select_for_update(no_key=True).get(id=statement.bank_account_id)
    lines = {line.pk: line for line in queries.unmatched_lines().filter(statement=statement)}
    rows = [StatementRow(line.pk, line.value_date, line.amount_minor, line.currency, line.reference, line.description) for line in lines.values()]
    expected = _expected(statement)
    found = suggest(rows=rows, expected=[one for one, _movements in expected.values()])
    sure = [one for one in found if one.reason is Reason.REFERENCE_AND_AMOUNT and one.only_one]
    made = [
        LineMatch(line=lines[line], entry_id=movement.entry_id, amount_minor=amount, matched_by=by, matched_at=at)
        for line, amounts in _fitting(sure, expected)
        for movement, amount in amounts
    ]
    with sentences():
        LineMatch.objects.bulk_create(made)
    return len({match.line_id for match in made})


Amounts = list[tuple[Movement, int]]
Expectations = dict[str, tuple[Expected, Amounts]]


def _expected(statement: BankStatement) -> Expectations:
    """Return what may turn up on a statement, by a key: single movements, a payment and its fee apart, and what the bank prints as one."""
    first, last = statement.first_day - AROUND, statement.last_day + AROUND
    movements = [one for one in open_movements(bank_account=statement.bank_account, first=first, last=last) if one.references]
    fees = fees_of([one.entry_id for one in movements])
    groups = list(_together(movements))
    # A return less the fee that the bank kept is one line, never the one or the other alone.
    returned = {one.entry_id for group in groups if any(one.event == chart.RETURNED for one in group) for one in group}
    made: dict[str, Amounts] = {
        f"{one.entry_id}:{number}": [(one, amount)]
        for one in movements
        if one.entry_id not in returned
        for number, amount in enumerate(parts_of(one, fees))
    }
    for group in groups:
        made["+".join(str(one.entry_id) for one in group)] = [(one, one.open_minor) for one in group]
    currency = statement.currency
    return {
        key: (Expected(key, sum(amount for _one, amount in amounts), currency, amounts[0][0].on, amounts[0][0].references), amounts)
        for key, amounts in made.items()
    }


def _together(movements: Sequence[Movement]) -> Iterable[list[Movement]]:
    """Yield the entries of one document and day that a bank may print as one movement: a payment sent back less its fee, a recall of both."""
    by_document: dict[tuple[str, object], list[Movement]] = {}
    for one in movements:
        if one.event not in (chart.PAY, chart.PAY_FINAL):
            by_document.setdefault((one.document, one.on), []).append(one)
    return (group for group in by_document.values() if len(group) > 1 and sum(one.open_minor for one in group) != 0)


def _fitting(sure: Sequence[Suggestion], expected: Expectations) -> Iterable[tuple[int, Amounts]]:
    """Yield what each line stands for, leaving out what would let a line stand twice or an entry for more than it moved."""
    left = {movement.entry_id: movement.open_minor for _one, amounts in expected.values() for movement, _amount in amounts}
    seen: set[int] = set()
    for one in sure:
        amounts = expected[one.key][1]
        fits = all(abs(amount) <= abs(left[movement.entry_id]) for movement, amount in amounts)
        if fits and one.line not in seen:
            seen.add(one.line)
            for movement, amount in amounts:
                left[movement.entry_id] -= amount
            yield one.line, amounts


def _held(line_ids: Sequence[int]) -> list[StatementLine]:
    """Hold the bank account and read its lines, in their order."""
    found = list(StatementLine.objects.filter(id__in=line_ids).select_related("bank_account").order_by("value_date", "id"))
    if not found or len(found) != len(set(line_ids)) or len({line.bank_account_id for line in found}) != 1:
        raise NotMatching(_("These lines are not of one bank account."), field="lines", next_step=_("Choose lines of one account."))
    BankAccount.objects.select_for_update(no_key=True).get(id=found[0].bank_account_id)
    return found


def _same(before: Sequence[LineMatch], line_ids: Sequence[int], entry_ids: Sequence[int]) -> list[LineMatch]:
    if {match.line_id for match in before} == set(line_ids) and {match.entry_id for match in before} == set(entry_ids):
        return list(before)
    raise NotAtThisStep(_("This line stands for %(entry)s already.") % {"entry": before[0].entry}, next_step=_("Undo that first, with the reason."))


def _movements(line: StatementLine, entry_ids: Sequence[int]) -> list[Movement]:
    first, last = line.value_date.replace(year=line.value_date.year - 5, day=1), line.value_date + timedelta(days=366)
    found = open_movements(bank_account=line.bank_account, first=first, last=last, entry_ids=entry_ids)
    if not entry_ids or len(found) != len(set(entry_ids)):
        raise NotMatching(
            _("What was chosen moved nothing at this bank that is still open."),
            field="entries",
            next_step=_("Open the page again: somebody may have matched it meanwhile."),
        )
    return found


def _pairs(lines: Sequence[StatementLine], movements: Sequence[Movement]) -> list[tuple[StatementLine, Movement, int]]:
    said, moved = sum(line.amount_minor for line in lines), sum(one.open_minor for one in movements)
    if said != moved:
        currency = lines[0].currency
        raise NotMatching(
            _("The bank says %(said)s, and what was chosen moved %(moved)s.") % {"said": Money(said, currency), "moved": Money(moved, currency)},
            field="entries",
            next_step=_("Choose entries and lines whose sums agree, or record first what is missing in the books."),
        )
    if len(lines) > 1 and len(movements) > 1:
        raise NotMatching(
            _("Several lines for several entries say nothing."),
            field="entries",
            next_step=_("Match one line with its entries, or several lines with one entry."),
        )
    if len(movements) == 1:
        return [(line, movements[0], line.amount_minor) for line in lines]
    return [(lines[0], one, one.open_minor) for one in movements]

"""What the ledger says lies at a bank, against what the bank's statement says. Minor units of the account's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Sum

from revenue.credits.models import BankAccount
from revenue.disbursements.models import BankStatement, LineMatch, StatementLine
from revenue.disbursements.movements import Movement, open_movements
from revenue.ledger import chart

A_YEAR: Final = timedelta(days=366)
NEAR: Final = timedelta(days=31)
MOST_OFFERED: Final = 40


@dataclass(frozen=True, slots=True)
class BankPosition:
    """
    A bank account in the evening of ``on``: the day asked for, or the last day of its newest statement if that is earlier.

    ``statement_minor`` and ``difference_minor`` (ledger less statement) are None where no statement exists.
    """

    bank_account: BankAccount
    on: date
    ledger_minor: int
    statement_minor: int | None

    @property
    def difference_minor(self) -> int | None:
        """Ledger less statement: 0 when both agree."""
        return None if self.statement_minor is None else self.ledger_minor - self.statement_minor


def bank_position(*, bank_account: BankAccount, on: date) -> BankPosition:
    """Compare the ledger with the newest statement that begins on a day or before."""
    newest = BankStatement.objects.filter(bank_account=bank_account, first_day__lte=on).order_by("-last_day", "-id").first()
    if newest is None:
        return BankPosition(bank_account, on, _in_ledger(bank_account, on), None)
    day = min(on, newest.last_day)
    moved = newest.lines.filter(value_date__lte=day).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return BankPosition(bank_account, day, _in_ledger(bank_account, day), newest.opening_minor + moved)


# Today's totals less what happened since: the cost follows the days since, not the history.
_IN_LEDGER: Final = """
SELECT (
    SELECT coalesce(sum(s.amount_minor), 0) FROM ledger_total s JOIN ledger_account a ON a.id = s.account_id
    WHERE a.bank = %(bank)s AND a.kind = ANY(%(kinds)s)
) - (
    SELECT coalesce(sum(
        CASE WHEN d.bank = %(bank)s THEN p.amount_minor ELSE 0 END - CASE WHEN c.bank = %(bank)s THEN p.amount_minor ELSE 0 END
    ), 0)
    FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
    JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id
    WHERE p.day > %(on)s AND e.occurred_on > %(on)s AND (d.bank = %(bank)s OR c.bank = %(bank)s)
)
"""


def _in_ledger(bank_account: BankAccount, on: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_IN_LEDGER, {"bank": bank_account.code, "kinds": list(chart.AT_BANK), "on": on})
        (amount,) = cursor.fetchone()
    return int(amount)


def is_matched() -> Exists:
    """Say in a query of statement lines whether a line stands for something in the books."""
    return Exists(LineMatch.objects.filter(line=OuterRef("pk"), undone_at=None))


def unmatched_lines(*, bank_account_id: int | None = None) -> QuerySet[StatementLine]:
    """Return the statement lines that stand for nothing we recorded, oldest first."""
    lines = StatementLine.objects.filter(~is_matched()).select_related("bank_account", "statement")
    return (lines if bank_account_id is None else lines.filter(bank_account_id=bank_account_id)).order_by("value_date", "id")


def unexplained(*, bank_account: BankAccount, on: date) -> tuple[list[StatementLine], list[Movement]]:
    """
    Return what explains a difference between the books and the bank on a day: lines that stand for nothing in the books,
    and what the books moved since the first statement, at most a year before, that stands on no line. The oldest first.
    """
    first = BankStatement.objects.filter(bank_account=bank_account).order_by("first_day").values_list("first_day", flat=True).first()
    if first is None:
        return [], []
    lines = list(unmatched_lines(bank_account_id=bank_account.pk).filter(value_date__lte=on))
    return lines, open_movements(bank_account=bank_account, first=max(first, on - A_YEAR), last=on)


def candidates(line: StatementLine) -> tuple[list[Movement], list[StatementLine]]:
    """
    Return what a line may stand for, the likeliest first: entries of its amount within a year or of any amount within a
    month; and the other open lines of a near day, which may belong to the same entry.
    """
    found = open_movements(bank_account=line.bank_account, first=line.value_date - A_YEAR, last=line.value_date + A_YEAR)
    near = [one for one in found if one.open_minor == line.amount_minor or abs(one.on - line.value_date) <= NEAR]
    near.sort(key=lambda one: (one.open_minor != line.amount_minor, abs(one.on - line.value_date), one.entry_id))
    beside = unmatched_lines(bank_account_id=line.bank_account_id).filter(value_date__range=(line.value_date - NEAR, line.value_date + NEAR))
    return near[:MOST_OFFERED], list(beside.exclude(pk=line.pk)[:MOST_OFFERED])

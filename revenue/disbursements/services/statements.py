"""Take in a bank statement: read it, look at it, accept it whole, and match its lines with what was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import files, imports
from core.audit.services import record
from core.models import ImportRun
from core.money import Money
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.refusal import gettext_noop
from core.sheets import LineError, Parsed
from revenue.credits.models import BankAccount
from revenue.disbursements import queries
from revenue.disbursements.bank.camt import parse_camt
from revenue.disbursements.bank.statement import Statement, StatementRow
from revenue.disbursements.bank.tables import PRESETS, parse_table
from revenue.disbursements.models import BankStatement, StatementLine
from revenue.disbursements.refusals import StatementRefused, sentences
from revenue.disbursements.services.matches import match_by_reference

CAMT: Final = "CAMT"
LAYOUTS: Final = (*PRESETS, CAMT)
SEVERAL: Final = gettext_noop(
    "The file holds %(count)s statements of this account. Ask the bank for one statement over all these days, or a file for each."
)


@transaction.atomic
def preview_statement(*, bank_account_id: int, layout: str, content: bytes, filename: str, by: User, at: datetime) -> tuple[ImportRun, Statement]:
    """
    Read a statement and keep only its file: what it says, and every line that could not be read.

    :raises StatementRefused: if the layout is unknown
    """
    require_role(person=by, roles=MAKERS)
    bank = BankAccount.objects.get(id=bank_account_id)
    if layout not in LAYOUTS:
        raise StatementRefused(_("This layout is not known here."), field="layout", next_step=_("Choose one of the list."))
    statement = _read(bank=bank, layout=layout, content=content, filename=filename)
    run = imports.open_run(
        kind=ImportRun.Kind.BANK_STATEMENT,
        content=content,
        name=filename,
        target=f"{bank.code}|{layout}",
        row_count=len(statement.rows),
        by=by,
        at=at,
    )
    return run, statement


def statement_of(*, run: ImportRun) -> tuple[BankAccount, Statement]:
    """Read the statement of an import again, from its stored file."""
    code, _bar, layout = run.target.partition("|")
    bank = BankAccount.objects.get(code=code)
    return bank, _read(bank=bank, layout=layout, content=files.read(run.file), filename=run.file.original_name)


def _read(*, bank: BankAccount, layout: str, content: bytes, filename: str) -> Statement:
    if layout == CAMT:
        found = parse_camt(content=content)
        ours = [one for one in found if not one.account or _digits(one.account).endswith(_digits(bank.account_number))]
        # None is left out in silence: each is taken in by itself, with its own balances.
        return Statement((), (LineError(0, "", SEVERAL, {"count": len(ours)}),)) if len(ours) > 1 else (ours or list(found))[0]
    return parse_table(content=content, filename=filename, layout=PRESETS[layout], currency=bank.currency)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@transaction.atomic
def accept_statement(*, import_run_id: int, by: User, at: datetime) -> BankStatement:
    """
    Take a previewed statement into the books, with all its lines, and match them by reference. Nothing is posted.

    :raises NotWaiting: if it was abandoned before
    :raises StatementRefused: if a line cannot be read, its balances do not agree, or it is of another account
    :raises ReferenceUsed: if a line is in the books already
    """
    require_role(person=by, roles=MAKERS)
    accepted = BankStatement.objects.filter(import_run_id=import_run_id).first()
    if accepted is not None:
        return accepted
    run = imports.take_run(import_run_id=import_run_id, kind=ImportRun.Kind.BANK_STATEMENT, by=by, at=at)
    bank, statement = statement_of(run=run)
    opening, closing = _check(bank, statement)
    with sentences():
        kept = BankStatement.objects.create(
            bank_account=bank,
            import_run=run,
            first_day=min(row.value_date for row in statement.rows),
            last_day=max(row.value_date for row in statement.rows),
            opening_minor=opening,
            closing_minor=closing,
            currency=bank.currency,
        )
        StatementLine.objects.bulk_create(_lines(kept, statement.rows))
    matched = match_by_reference(kept, by=by, at=at)
    after = {"lines": len(statement.rows), "matched": matched, "closing_minor": closing}
    record(act="statement.accept", subject=f"statement:{kept.pk}", by=by, at=at, after=after)
    return kept


def _check(bank: BankAccount, statement: Statement) -> tuple[int, int]:
    """Return the opening and closing balance of a statement that may be taken in."""
    if statement.errors:
        first = statement.errors[0]
        raise StatementRefused(
            _("Line %(line)s: %(reason)s") % {"line": first.line, "reason": imports.sentence_of(first)},
            field="file",
            next_step=_("Correct the file or ask the bank for it again: %(count)s lines cannot be used.") % {"count": len(statement.errors)},
        )
    if not statement.rows:
        raise StatementRefused(_("This statement has no lines."), field="file", next_step=_("Choose another file."))
    if statement.currency != bank.currency:
        raise StatementRefused(
            _("This statement is in %(statement)s and the account in %(bank)s.") % {"statement": statement.currency, "bank": bank.currency},
            field="bank_account",
            next_step=_("Choose the account that the statement is of."),
        )
    said, ours = _digits(statement.account), _digits(bank.account_number)
    if said and ours and not said.endswith(ours):
        raise StatementRefused(
            _("This statement is of account %(account)s.") % {"account": statement.account},
            field="bank_account",
            next_step=_("Choose the account that the statement is of."),
        )
    if statement.opening_minor is None or statement.closing_minor is None:
        raise StatementRefused(_("This statement does not say its balances."), field="file", next_step=_("Ask the bank for one with balances."))
    return statement.opening_minor, statement.closing_minor


def _lines(kept: BankStatement, rows: Sequence[StatementRow]) -> Iterable[StatementLine]:
    """Number lines that are alike in all, such as two fees on one day, so that neither passes for the other."""
    seen: dict[tuple[str, object, int], int] = {}
    for row in rows:
        key = (row.reference, row.value_date, row.amount_minor)
        seen[key] = seen.get(key, 0) + 1
        again = f" ({seen[key]})" if seen[key] > 1 else ""
        yield StatementLine(
            statement=kept,
            bank_account=kept.bank_account,
            line=row.line,
            value_date=row.value_date,
            amount_minor=row.amount_minor,
            currency=row.currency,
            reference=row.reference[: 80 - len(again)] + again,
            description=row.description[:300],
        )


def _parse(*, content: bytes, filename: str, target: str) -> Parsed[StatementRow]:
    code, _bar, layout = target.partition("|")
    statement = _read(bank=BankAccount.objects.get(code=code), layout=layout, content=content, filename=filename)
    return Parsed(statement.rows, statement.errors)


def _accept(*, import_run_id: int, by: User, at: datetime) -> str:
    statement = accept_statement(import_run_id=import_run_id, by=by, at=at)
    still_open = queries.unmatched_lines().filter(statement=statement).count()
    return _("The statement is in the books: %(lines)s lines, %(open)s of them stand for nothing we recorded.") % {
        "lines": statement.lines.count(),
        "open": still_open,
    }


imports.register(
    imports.Importer(
        kind=ImportRun.Kind.BANK_STATEMENT,
        roles=MAKERS,
        parse=_parse,
        columns=(
            (gettext_lazy("Value date"), lambda row: row.value_date),
            (gettext_lazy("Reference"), lambda row: row.reference),
            (gettext_lazy("Description"), lambda row: row.description),
            (gettext_lazy("Amount"), lambda row: Money(row.amount_minor, row.currency)),
            (gettext_lazy("Balance"), lambda row: "" if row.balance_minor is None else Money(row.balance_minor, row.currency)),
        ),
        accept=_accept,
    )
)

"""The bank's later statements of November, with what the unusual examples moved; generate.py writes them, the office takes them in."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

from config.demonstration.acts import FILES
from config.demonstration.office import Office
from config.demonstration.unusual.example import ACCEPTED_AT, DECIDED_AT, LATER_AT, Example, at_hour
from config.demonstration.unusual.payments import FAR_ABOVE
from core.models import ImportRun
from revenue.disbursements import services
from revenue.disbursements.models import Payment, StatementLine

ACCOUNTS: Final = ("moe-aba", "fa-aba")
TAKEN_IN: Final = date(2026, 11, 21)
BY_HAND: Final = ("OUT2026Q4PL01", "FEE261120PL01")


def take_in(office: Office, *, account: str) -> None:
    """Take in one account's later statement."""
    bank, at, name = office.banks[account], at_hour(TAKEN_IN, ACCEPTED_AT, account), _name(account)
    content = (FILES / "unusual" / f"bank_statement_{account}.csv").read_bytes()
    run, _statement = services.preview_statement(
        bank_account_id=bank.pk, layout=bank.institution, content=content, filename=name, by=office.officer, at=at
    )
    services.accept_statement(import_run_id=run.pk, by=office.officer, at=at_hour(TAKEN_IN, LATER_AT, account))


def match_by_hand(office: Office) -> None:
    """The bank gave a payment's fee a reference of its own: the officer says that both lines are the one payment."""
    lines = StatementLine.objects.filter(reference__in=BY_HAND, matches=None).values_list("id", flat=True)
    entry_id = Payment.objects.values_list("entry_id", flat=True).get(disbursement__reference=FAR_ABOVE)
    services.match_lines(line_ids=list(lines), entry_ids=[entry_id], by=office.officer, at=at_hour(TAKEN_IN, DECIDED_AT, "match"))


def _name(account: str) -> str:
    return f"{account}-late-november.csv"


def _is_in(account: str) -> bool:
    accepted = ImportRun.objects.filter(kind=ImportRun.Kind.BANK_STATEMENT, state=ImportRun.State.ACCEPTED)
    return accepted.filter(file__original_name=_name(account)).exists()


EXAMPLES: Final = (
    *(Example(partial(_is_in, account), partial(take_in, account=account)) for account in ACCOUNTS),
    Example(lambda: not StatementLine.objects.filter(reference__in=BY_HAND, matches=None).exists(), match_by_hand),
)

"""Bank statements and their lines, with the ledger's word against the bank's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, count_cell, list_address, previewed, row_address, row_link
from core.money import Money
from core.people.access import MAKERS
from revenue.credits.models import BankAccount
from revenue.disbursements import queries, services
from revenue.disbursements.forms import StatementForm
from revenue.disbursements.models import BankStatement, StatementLine

_OPEN = Q(receipt=None, payment=None, money_return=None)


def _upload(asked: Asked) -> Done:
    content, name = asked.data["file"]
    run, _statement = services.preview_statement(
        bank_account_id=asked.data["bank_account"].pk, layout=asked.data["layout"], content=content, filename=name, by=asked.by, at=asked.at
    )
    return previewed(run)


def _match(asked: Asked) -> str:
    matched = services.match_statement(statement_id=asked.row.pk, by=asked.by, at=asked.at)
    return gettext("%(count)s more lines were matched.") % {"count": matched}


def _positions() -> Iterator[Fact]:
    """Set each account's ledger against its newest statement."""
    for bank in BankAccount.objects.filter(statements__isnull=False).distinct().order_by("name"):
        position = queries.bank_position(bank_account=bank, on=clock.today())
        difference = position.difference_minor
        said = gettext("agrees with the ledger: %(amount)s") % {"amount": Money(position.ledger_minor, bank.currency)}
        if difference and position.statement_minor is not None:
            said = gettext("ledger %(ledger)s, statement %(statement)s, difference %(difference)s") % {
                "ledger": Money(position.ledger_minor, bank.currency),
                "statement": Money(position.statement_minor, bank.currency),
                "difference": Money(difference, bank.currency),
            }
        yield Fact(f"{bank} · {position.on}", said, row_address(bank))


@admin.register(BankStatement)
class BankStatementAdmin(HouseAdmin):
    list_display = ("first_day", "last_day", "bank_account", "opening", "closing", "lines_in_it", "not_matched")
    list_filter = ("bank_account",)
    ordering = ("-last_day", "-id")
    fields = ("bank_account", "first_day", "last_day", "opening", "closing", "import_link", "lines_in_it", "not_matched")
    empty_list_sentence = _("No statement has been taken in. Until then the ledger stands on its own word.")
    new_acts = (
        Act(
            name="upload", title=_("Upload a statement"), roles=MAKERS, form=StatementForm, run=_upload,
            explanation=_("The file is read and shown first. Accepting it posts nothing: its lines are set against what was recorded."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="match", title=_("Match again"), roles=MAKERS, run=_match, possible=lambda row: row.lines.filter(_OPEN).exists(),
            explanation=_("Lines are matched by bank reference and amount with what was recorded since."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankStatement]:
        rows: QuerySet[BankStatement] = super().get_queryset(request).select_related("bank_account", "import_run__file")
        still_open = Q(lines__receipt=None, lines__payment=None, lines__money_return=None)
        return rows.annotate(line_count=Count("lines"), open_count=Count("lines", filter=still_open))

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        return _positions()

    @display(description=_("opening balance"), ordering="opening_minor")
    def opening(self, row: BankStatement) -> str:
        return amount_cell(row.opening_minor, row.currency)

    @display(description=_("closing balance"), ordering="closing_minor")
    def closing(self, row: BankStatement) -> str:
        return amount_cell(row.closing_minor, row.currency)

    @display(description=_("lines"), ordering="line_count")
    def lines_in_it(self, row: Any) -> str:
        return count_cell(row.line_count)

    @display(description=_("not matched"), ordering="open_count")
    def not_matched(self, row: Any) -> str:
        return count_cell(row.open_count)

    @display(description=_("file"))
    def import_link(self, row: BankStatement) -> str:
        return row_link(row.import_run, row.import_run.file.original_name)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        position = queries.bank_position(bank_account=row.bank_account, on=row.last_day)
        if position.statement_minor is not None and position.difference_minor is not None:
            yield (
                _("The ledger against the bank on %(day)s") % {"day": position.on.isoformat()},
                [
                    Fact(_("In the ledger"), Money(position.ledger_minor, row.currency)),
                    Fact(_("On the statement"), Money(position.statement_minor, row.currency)),
                    Fact(_("Difference"), Money(position.difference_minor, row.currency)),
                ],
            )
        address = list_address(StatementLine, statement__id__exact=row.pk)
        yield (
            _("Lines"),
            [Fact(_("All lines"), f"{row.line_count:,}", address), Fact(_("Not matched"), f"{row.open_count:,}", f"{address}&matched=no")],
        )
        lines = row.lines.filter(_OPEN).order_by("value_date", "line")[:30]
        yield (
            _("Lines that stand for nothing we recorded"),
            [
                Fact(
                    f"{line.value_date} · {line.reference or '—'}",
                    f"{Money(line.amount_minor, line.currency)} · {line.description}",
                    row_address(line),
                )
                for line in lines
            ],
        )


class MatchedFilter(admin.SimpleListFilter):
    """Whether a line stands for something we recorded."""

    title = _("matched")
    parameter_name = "matched"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("not matched")), ("yes", _("matched"))]

    def queryset(self, request: Any, queryset: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
        if self.value() == "no":
            return queryset.filter(_OPEN)
        if self.value() == "yes":
            return queryset.exclude(_OPEN)
        return queryset


@admin.register(StatementLine)
class StatementLineAdmin(HouseAdmin):
    list_display = ("value_date", "bank_account", "reference", "description", "amount", "stands_for")
    list_filter = (MatchedFilter, "bank_account")
    search_fields = ("reference", "description")
    date_hierarchy = "value_date"
    ordering = ("-value_date", "-id")
    fields = ("statement_link", "line", "value_date", "reference", "description", "amount", "stands_for")
    extra_lookups = ("statement__id__exact",)
    export_columns = (
        (_("value date"), lambda row: row.value_date),
        (_("bank account"), lambda row: row.bank_account.code),
        (_("reference"), lambda row: row.reference),
        (_("description"), lambda row: row.description),
        (_("currency"), lambda row: row.currency),
        (_("amount"), lambda row: Money(row.amount_minor, row.currency).major()),
        (_("matched with"), lambda row: row.receipt or row.payment or row.money_return or ""),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatementLine]:
        rows: QuerySet[StatementLine] = super().get_queryset(request)
        return rows.select_related("bank_account", "statement__bank_account", "receipt", "payment__disbursement", "money_return__disbursement")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums = queryset.order_by().values("currency")
        totals = sums.annotate(
            money_in=Sum("amount_minor", filter=Q(amount_minor__gt=0)), money_out=Sum("amount_minor", filter=Q(amount_minor__lt=0))
        )
        for row in totals.order_by("currency"):
            yield Fact(_("Money in"), Money(row["money_in"] or 0, row["currency"]))
            yield Fact(_("Money out"), Money(-(row["money_out"] or 0), row["currency"]))

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, row: StatementLine) -> str:
        return amount_cell(row.amount_minor, row.currency)

    @display(description=_("stands for"))
    def stands_for(self, row: StatementLine) -> str:
        return row_link(row.receipt or row.payment or row.money_return)

    @display(description=_("statement"))
    def statement_link(self, row: StatementLine) -> str:
        return row_link(row.statement)

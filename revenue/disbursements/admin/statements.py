"""Bank statements and their lines, with the ledger's word against the bank's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from django.contrib import admin
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, count_cell, list_address, previewed, row_address, row_link
from core.forms import ReasonForm
from core.money import Money
from core.people.access import MAKERS
from revenue.credits.models import BankAccount
from revenue.disbursements import queries, services
from revenue.disbursements.forms import StatementForm, match_form
from revenue.disbursements.models import BankStatement, LineMatch, StatementLine
from revenue.ledger import chart
from revenue.ledger.models import Entry

MOST_SHOWN: Final = 100


def _upload(asked: Asked) -> Done:
    content, name = asked.data["file"]
    run, _statement = services.preview_statement(
        bank_account_id=asked.data["bank_account"].pk, layout=asked.data["layout"], content=content, filename=name, by=asked.by, at=asked.at
    )
    return previewed(run)


def _match(asked: Asked) -> str:
    matched = services.match_statement(statement_id=asked.row.pk, by=asked.by, at=asked.at)
    return gettext("%(count)s more lines were matched.") % {"count": matched}


def _by_hand(asked: Asked) -> str:
    chosen = [int(number) for number in asked.data["entries"]]
    lines = [asked.row.pk, *(int(number) for number in asked.data["lines"])]
    matches = services.match_lines(line_ids=lines, entry_ids=chosen, by=asked.by, at=asked.at)
    return gettext("The line stands for %(entries)s.") % {"entries": ", ".join(dict.fromkeys(match.entry.document for match in matches))}


def _undo(asked: Asked) -> str:
    services.unmatch_line(line_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("The line stands for nothing now, until it is matched again.")


def _line_facts(line: StatementLine) -> list[Fact]:
    return [
        Fact(_("Bank account"), line.bank_account, row_address(line.bank_account)),
        Fact(_("Value date"), line.value_date),
        Fact(_("Amount"), Money(line.amount_minor, line.currency)),
        Fact(_("Bank reference"), line.reference or "—"),
        Fact(_("Description"), line.description or "—"),
    ]


def _is_matched(line: StatementLine) -> bool:
    return line.matches.filter(undone_at=None).exists()


def _aged(day: date) -> str:
    return gettext("%(days)s days old") % {"days": max(0, (clock.today() - day).days)}


def _reconciliation(row: BankStatement) -> Iterator[tuple[Any, list[Fact]]]:
    """Set the books against the bank on the statement's last day, and name every line and entry that explains the difference."""
    position = queries.bank_position(bank_account=row.bank_account, on=row.last_day)
    if position.statement_minor is None or position.difference_minor is None:
        return
    lines, movements = queries.unexplained(bank_account=row.bank_account, on=position.on)
    in_books, at_bank = sum(one.open_minor for one in movements), sum(line.amount_minor for line in lines)
    facts = [
        Fact(_("In the ledger"), Money(position.ledger_minor, row.currency)),
        Fact(_("On the statement"), Money(position.statement_minor, row.currency)),
        Fact(_("Difference"), Money(position.difference_minor, row.currency)),
    ]
    if lines or movements:
        facts += [
            Fact(_("In the books, on no line"), Money(in_books, row.currency)),
            Fact(_("On lines, not in the books"), Money(at_bank, row.currency)),
        ]
    rest = position.difference_minor - in_books + at_bank
    if rest:
        facts.append(Fact(_("Dated differently by the bank, or before the first statement"), Money(rest, row.currency)))
    yield _("The ledger against the bank on %(day)s") % {"day": position.on.isoformat()}, facts
    yield (
        _("Lines that stand for nothing we recorded"),
        [
            Fact(f"{line.value_date} · {line.reference or '—'}", _said(line.amount_minor, row, line.value_date, line.description), row_address(line))
            for line in lines[:MOST_SHOWN]
        ],
    )
    yield (
        _("In the books, and on no line of a statement"),
        [
            Fact(f"{one.on} · {one.document}", _said(one.open_minor, row, one.on, str(chart.EVENT_NAMES[one.event])), _entry_address(one.entry_id))
            for one in movements[:MOST_SHOWN]
        ],
    )


def _said(amount: int, row: BankStatement, day: date, what: str) -> str:
    return " · ".join(filter(None, (str(Money(amount, row.currency)), what, _aged(day))))


def _entry_address(entry_id: int) -> str:
    return reverse("admin:ledger_entry_change", args=[entry_id])


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
            name="match", title=_("Match again"), roles=MAKERS, run=_match, possible=lambda row: row.open_count > 0,
            explanation=_("Lines are matched by bank reference and amount with what was recorded since."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankStatement]:
        rows: QuerySet[BankStatement] = super().get_queryset(request).select_related("bank_account", "import_run__file")
        matched = LineMatch.objects.filter(line__statement=OuterRef("pk"), undone_at=None).order_by().values("line__statement")
        placed = Coalesce(Subquery(matched.annotate(count=Count("line", distinct=True)).values("count")), 0)
        return rows.annotate(line_count=Count("lines"), open_count=Count("lines") - placed)

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
        yield from _reconciliation(row)
        address = list_address(StatementLine, statement__id__exact=row.pk)
        yield (
            _("Lines"),
            [Fact(_("All lines"), f"{row.line_count:,}", address), Fact(_("Not matched"), f"{row.open_count:,}", f"{address}&matched=no")],
        )


class MatchedFilter(admin.SimpleListFilter):
    """Whether a line stands for something we recorded."""

    title = _("matched")
    parameter_name = "matched"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("not matched")), ("yes", _("matched"))]

    def queryset(self, request: Any, queryset: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
        if self.value() == "no":
            return queryset.filter(~queries.is_matched())
        if self.value() == "yes":
            return queryset.filter(queries.is_matched())
        return queryset


@admin.register(StatementLine)
class StatementLineAdmin(HouseAdmin):
    list_display = ("value_date", "bank_account", "reference", "description", "amount", "stands_for", "age")
    list_filter = (MatchedFilter, "bank_account")
    search_fields = ("reference", "description")
    date_hierarchy = "value_date"
    ordering = ("-value_date", "-id")
    fields = ("statement_link", "line", "value_date", "reference", "description", "amount", "stands_for")
    extra_lookups = ("statement__id__exact",)
    acts = (
        Act(
            name="match", title=_("Say what it stands for"), roles=MAKERS, form_of=match_form, run=_by_hand, facts=_line_facts,
            possible=lambda line: not _is_matched(line),
            explanation=_("Nothing is posted. What is missing in the books is recorded first, where it belongs: a payment, a receipt, a fee."),
        ),
        Act(
            name="unmatch", title=_("It stands for something else"), roles=MAKERS, form=ReasonForm, run=_undo, facts=_line_facts,
            possible=_is_matched, is_refusal=True,
            explanation=_("The line is open again. Possible while the books are open for its day."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("value date"), lambda row: row.value_date),
        (_("bank account"), lambda row: row.bank_account.code),
        (_("reference"), lambda row: row.reference),
        (_("description"), lambda row: row.description),
        (_("currency"), lambda row: row.currency),
        (_("amount"), lambda row: Money(row.amount_minor, row.currency).major()),
        (_("matched with"), lambda row: ", ".join(match.entry.document for match in _live(row))),
        (_("age in days"), lambda row: "" if _live(row) else (clock.today() - row.value_date).days),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatementLine]:
        rows: QuerySet[StatementLine] = super().get_queryset(request)
        live = LineMatch.objects.filter(undone_at=None).select_related("entry").order_by("id")
        return rows.select_related("bank_account", "statement__bank_account").prefetch_related(Prefetch("matches", live, to_attr="live_matches"))

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
        return format_html_join(", ", "{}", ((row_link(match.entry, said_entry(match.entry)),) for match in _live(row))) or "—"

    @display(description=_("age in days, while it is open"))
    def age(self, row: StatementLine) -> str:
        return "—" if _live(row) else count_cell(max(0, (clock.today() - row.value_date).days))

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What it stands for"), [Fact(said_entry(one.entry), _who(one), row_address(one.entry)) for one in _live(row)]
        undone = row.matches.filter(undone_at__isnull=False).select_related("entry", "undone_by").order_by("id")
        yield (
            _("What it was said to stand for before"),
            [
                Fact(said_entry(one.entry), f"{one.undone_by}, {one.undone_at:%Y-%m-%d}: {one.undone_reason}", row_address(one.entry))
                for one in undone
            ],
        )

    @display(description=_("statement"))
    def statement_link(self, row: StatementLine) -> str:
        return row_link(row.statement)


def _live(row: Any) -> list[LineMatch]:
    found: list[LineMatch] = row.live_matches
    return found


def said_entry(entry: Entry) -> str:
    """Name an entry by what happened and its document."""
    return f"{entry.get_event_display()} · {entry.document}"


def _who(match: LineMatch) -> str:
    amount = Money(match.amount_minor, match.line.currency)
    how = gettext("by hand") if match.by_hand else gettext("by its reference and amount")
    return f"{amount} · {how} · {match.matched_by}, {match.matched_at:%Y-%m-%d}"

"""Accounts, tranches, entries and postings; the balances the database keeps of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from revenue.ledger import chart
from revenue.ledger.chart import Place

_CODE = r"^([A-Za-z0-9][A-Za-z0-9._/:-]*)?$"
_CURRENCY = r"^[A-Z]{3}$"


def _is_one_of(kinds: tuple[str, ...]) -> models.GeneratedField:
    return models.GeneratedField(
        expression=models.Case(models.When(kind__in=kinds, then=Value(True)), default=Value(False), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )


class Account(models.Model):
    """
    A place money can be in: what kind, in which bank, of which pot, with whom, what for.

    Codes only, no names of people. Rows are never changed or deleted.
    """

    code = models.GeneratedField(
        expression=Concat(
            F("kind"), Value("|"), F("currency"), Value("|"), F("bank"), Value("|"), F("pot"), Value("|"),
            F("holder"), Value("|"), F("purpose"), output_field=models.TextField(),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )  # fmt: skip
    kind = models.TextField(_("kind"), choices=list(chart.KIND_NAMES.items()))
    currency = models.CharField(_("currency"), max_length=3)
    bank = models.TextField(_("bank account"), blank=True, default="")
    pot = models.TextField(_("pot"), blank=True, default="")
    holder = models.TextField(_("recipient"), blank=True, default="")
    purpose = models.TextField(_("purpose"), blank=True, default="")
    guarded = models.GeneratedField(
        expression=models.Case(
            models.When(kind__in=chart.UNGUARDED, then=Value(False)),
            default=Value(True),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    never_above_zero = _is_one_of(chart.NEVER_ABOVE_ZERO)
    by_lot = _is_one_of(chart.BY_LOT)
    by_lot_local = _is_one_of(chart.BY_LOT_LOCAL)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(fields=["kind", "currency", "bank", "pot", "holder", "purpose"], name="ledger_account_one_per_place"),
            models.UniqueConstraint(fields=["code"], name="ledger_account_one_per_code"),
            models.UniqueConstraint(fields=["id", "currency"], name="ledger_account_id_currency"),
            models.CheckConstraint(condition=Q(kind__in=chart.KINDS), name="ledger_account_kind_known"),
            models.CheckConstraint(condition=Q(currency__regex=_CURRENCY), name="ledger_account_currency_is_iso"),
            models.CheckConstraint(
                condition=Q(kind__in=chart.AT_BANK) & ~Q(bank="") | ~Q(kind__in=chart.AT_BANK) & Q(bank=""),
                name="ledger_account_bank_where_due",
            ),
            models.CheckConstraint(condition=~Q(kind__in=chart.NEEDS_POT) | ~Q(pot=""), name="ledger_account_pot_where_due"),
            models.CheckConstraint(condition=~Q(kind__in=chart.NEEDS_HOLDER) | ~Q(holder=""), name="ledger_account_holder_where_due"),
            models.CheckConstraint(
                condition=Q(bank__regex=_CODE, pot__regex=_CODE, holder__regex=_CODE, purpose__regex=_CODE),
                name="ledger_account_codes_only",
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def place(self) -> Place:
        """The account as a plain value."""
        return Place(self.kind, self.currency, self.bank, self.pot, self.holder, self.purpose)


class Tranche(models.Model):
    """
    The money of one source: a receipt, a year's interest, a grant, an opening balance.

    Older is decided by (received_on, id). Which sale it belongs to is not written here.
    """

    code = models.TextField(_("code"))
    source = models.TextField(_("source"), choices=[(source, source) for source in chart.SOURCES])
    received_on = models.DateField(_("received on"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("tranche")
        verbose_name_plural = _("tranches")
        ordering = ["received_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="ledger_tranche_code"),
            models.UniqueConstraint(fields=["id", "currency"], name="ledger_tranche_id_currency"),
            models.CheckConstraint(condition=~Q(code=""), name="ledger_tranche_has_code"),
            models.CheckConstraint(condition=Q(source__in=chart.SOURCES), name="ledger_tranche_source_known"),
            models.CheckConstraint(condition=Q(currency__regex=_CURRENCY), name="ledger_tranche_currency_is_iso"),
        ]
        indexes = [models.Index(fields=["received_on", "id"], name="ledger_tranche_oldest_first")]

    def __str__(self) -> str:
        return self.code


class Entry(models.Model):
    """
    One thing that happened to money: all its postings are written with it, in one statement.

    ``day`` is the day it is posted on, ``occurred_on`` the day it happened. ``key`` makes twice once.
    """

    event = models.TextField(_("event"), choices=list(chart.EVENT_NAMES.items()))
    day = models.DateField(_("posted on"))
    occurred_on = models.DateField(_("happened on"))
    key = models.TextField(_("key"))
    document = models.TextField(_("document"))
    line_count = models.PositiveIntegerField(_("lines"))
    reverses = models.OneToOneField(
        "self",
        verbose_name=_("reverses"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
    )
    corrects = models.ForeignKey(
        "self",
        verbose_name=_("corrects"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
    )
    made_by_id = models.BigIntegerField(_("made by"), null=True, blank=True)
    created_at = models.DateTimeField(_("written at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_entry_key"),
            models.CheckConstraint(condition=~Q(key=""), name="ledger_entry_has_key"),
            models.CheckConstraint(condition=~Q(document=""), name="ledger_entry_has_document"),
            models.CheckConstraint(condition=Q(event__in=chart.EVENTS), name="ledger_entry_event_known"),
            models.CheckConstraint(condition=Q(line_count__gt=0), name="ledger_entry_has_lines"),
            models.CheckConstraint(
                condition=Q(event__in=chart.REVERSING, reverses__isnull=False) | ~Q(event__in=chart.REVERSING) & Q(reverses__isnull=True),
                name="ledger_entry_reversal_names_entry",
            ),
        ]
        indexes = [models.Index(fields=["document"], name="ledger_entry_document")]

    def __str__(self) -> str:
        return f"{self.event} {self.document}"


class Posting(models.Model):
    """
    One amount of one tranche, out of one account and into another.

    Both sides are on one row, so an unbalanced posting cannot be written. ``amount_minor`` may be 0
    where a few riel are worth less than a cent. ``event`` and ``day`` are copies of the entry's.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    event = models.TextField(_("event"), choices=list(chart.EVENT_NAMES.items()))
    day = models.DateField(_("posted on"), db_index=True)
    # The foreign keys of these three are composite, with the currency: see 0002_rules.sql.
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="postings", db_index=False, db_constraint=False)
    lot = models.BigIntegerField(_("disbursement"), default=0)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    local_minor = models.BigIntegerField(_("local amount"), default=0)
    local_currency = models.CharField(_("local currency"), max_length=3, blank=True, default="")

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.UniqueConstraint(fields=["entry", "line"], name="ledger_posting_line"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, local_minor__gte=0) & (Q(amount_minor__gt=0) | Q(local_minor__gt=0)),
                name="ledger_posting_moves_something",
            ),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="ledger_posting_two_accounts"),
            models.CheckConstraint(condition=Q(lot__gte=0), name="ledger_posting_lot_not_negative"),
            models.CheckConstraint(
                condition=Q(local_minor=0, local_currency="") | Q(local_minor__gt=0, local_currency__regex=_CURRENCY),
                name="ledger_posting_local_has_currency",
            ),
        ]
        indexes = [
            models.Index(fields=["debit", "day"], name="ledger_posting_debit_day"),
            models.Index(fields=["credit", "day"], name="ledger_posting_credit_day"),
            models.Index(fields=["tranche"], name="ledger_posting_tranche"),
            models.Index(fields=["lot"], condition=Q(lot__gt=0), name="ledger_posting_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.currency} {self.amount_minor}"


class Balance(models.Model):
    """
    What lies in one account of one tranche, by lot where the kind is kept by lot: debits less credits.

    Kept by the database when postings are written; nobody else may write it.
    """

    pk = models.CompositePrimaryKey("account_id", "tranche_id", "lot")
    # Written from postings only, whose own foreign keys were checked.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    lot = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)
    local_minor = models.BigIntegerField(default=0)
    local_currency = models.CharField(max_length=3, default="", blank=True)
    guarded = models.BooleanField()
    never_above_zero = models.BooleanField()
    by_lot_local = models.BooleanField()

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.CheckConstraint(
                condition=Q(guarded=False) | Q(amount_minor__gte=0, local_minor__gte=0),
                name="ledger_balance_enough_money",
            ),
            models.CheckConstraint(condition=Q(never_above_zero=False) | Q(amount_minor__lte=0), name="ledger_balance_shortfall_below_zero"),
            models.CheckConstraint(
                condition=Q(by_lot_local=False) | ~Q(local_minor=0) | Q(amount_minor=0),
                name="ledger_balance_no_cents_without_riel",
            ),
        ]
        indexes = [models.Index(fields=["lot"], condition=Q(lot__gt=0), name="ledger_balance_lot")]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.tranche_id}/{self.lot}: {self.amount_minor}"


class Total(models.Model):
    """What lies in one account, all tranches: debits less credits, spread over slots so that writers do not queue."""

    pk = models.CompositePrimaryKey("account_id", "slot")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    slot = models.SmallIntegerField()
    amount_minor = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("total")
        verbose_name_plural = _("totals")

    def __str__(self) -> str:
        return f"{self.account_id}/{self.slot}: {self.amount_minor}"


class BookClosing(models.Model):
    """The books are closed through this day: nothing is posted on it or before it any more."""

    closed_through = models.DateField(_("closed through"))
    closed_at = models.DateTimeField(_("closed at"))
    closed_by_id = models.BigIntegerField(_("closed by"))
    # Counted by the database while nothing can be posted; the books are checked against it ever after.
    posting_count = models.BigIntegerField(_("postings until then"), default=0, editable=False)

    class Meta:
        verbose_name = _("closing of the books")
        verbose_name_plural = _("closings of the books")
        constraints = [models.UniqueConstraint(fields=["closed_through"], name="ledger_bookclosing_day")]

    def __str__(self) -> str:
        return str(self.closed_through)


class AllowedPair(models.Model):
    """A movement an event may make. Loaded from the chart by migration; the table is made in 0002_rules.sql."""

    pk = models.CompositePrimaryKey("event", "debit_kind", "credit_kind")
    event = models.TextField()
    debit_kind = models.TextField()
    credit_kind = models.TextField()
    same_bank = models.BooleanField()
    same_pot = models.BooleanField()
    same_holder = models.BooleanField()
    other_bank = models.BooleanField()

    class Meta:
        verbose_name = _("allowed pair")
        verbose_name_plural = _("allowed pairs")
        # Not managed, so that emptying the test database leaves the rules where they are.
        managed = False
        db_table = "ledger_allowedpair"

    def __str__(self) -> str:
        return f"{self.event}: {self.debit_kind} / {self.credit_kind}"

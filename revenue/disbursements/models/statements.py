"""What banks say: their statements, line by line, and the entries of the ledger that each line stands for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import ImportRun
from revenue.credits.models import BankAccount
from revenue.ledger.models import Entry


class BankStatement(models.Model):
    """A statement as the bank gave it: what the ledger's places at that bank are compared with."""

    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements", verbose_name=_("bank account"))
    import_run = models.OneToOneField(ImportRun, on_delete=models.PROTECT, related_name="statement", verbose_name=_("import"))
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    opening_minor = models.BigIntegerField(_("opening balance"))
    closing_minor = models.BigIntegerField(_("closing balance"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="statement_days_in_order")]

    def __str__(self) -> str:
        return f"{self.bank_account} {self.first_day}–{self.last_day}"


class StatementLine(models.Model):
    """One line of a statement; ``amount_minor`` is positive for money in. It stands for entries of the ledger, or is still open."""

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines", verbose_name=_("statement"))
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank account"))
    line = models.PositiveIntegerField(_("line of the file"))
    value_date = models.DateField(_("value date"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reference = models.CharField(_("bank reference"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        constraints = [
            # One reference may stand on two lines (the payment and its fee), never twice for the same movement.
            models.UniqueConstraint(fields=["bank_account", "reference", "value_date", "amount_minor"], name="statement_line_once"),
        ]
        indexes = [models.Index(fields=["bank_account", "value_date"], name="statement_line_by_day")]

    def __str__(self) -> str:
        return f"{self.value_date} {self.reference} {self.amount_minor}"


class LineMatch(models.Model):
    """
    A line of a statement, or a part of it, stands for what an entry of the ledger moved at that bank.

    ``amount_minor`` has the line's sign. A line stands for several entries, or several lines for one, where the sums
    agree; the database holds them to it. A wrong match is undone with a reason and stays as a row.
    """

    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="matches", verbose_name=_("statement line"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="line_matches", verbose_name=_("ledger entry"))
    amount_minor = models.BigIntegerField(_("amount"))
    by_hand = models.BooleanField(_("by hand"), default=False)
    matched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("matched by"))
    matched_at = models.DateTimeField(_("matched at"))
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_reason = models.CharField(_("why it was undone"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("match of a statement line")
        verbose_name_plural = _("matches of statement lines")
        constraints = [
            models.UniqueConstraint(fields=["line", "entry"], condition=Q(undone_at=None), name="line_match_once"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="line_match_is_an_amount"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undone_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_reason=""),
                name="line_match_undone_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["entry"], condition=Q(undone_at=None), name="line_match_live_by_entry")]

    def __str__(self) -> str:
        return f"{self.line} → {self.entry}"

"""Audit records and the seals over them: who did what, when, from where, before and after. Append-only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AuditRecord(models.Model):
    """
    One act by one person (or by the system, when ``actor`` is empty).

    ``content`` is the exact text that was hashed; the other columns repeat parts of it
    for finding. The name is kept as text, so that history outlives the account.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    actor_name = models.CharField(_("name"), max_length=120, blank=True)
    act = models.CharField(_("act"), max_length=60)
    subject = models.CharField(_("about"), max_length=120, db_index=True)
    reason = models.TextField(_("reason"), blank=True)
    address = models.CharField(_("from address"), max_length=60, blank=True)
    content = models.TextField(_("content"))
    sha256 = models.CharField(_("sha256"), max_length=64)

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"


class Seal(models.Model):
    """
    The hash over everything written since the seal before, chained to it. Append-only.

    ``content`` is the exact text whose sha256 is ``root``: number, time, root before, tree over the
    items, and for each kind how many there are and from which first to which last day.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    previous_root = models.CharField(_("root before"), max_length=64, unique=True)
    root = models.CharField(_("root"), max_length=64, unique=True)
    item_count = models.PositiveIntegerField(_("items"))
    sealed_at = models.DateTimeField(_("sealed at"))
    content = models.TextField(_("content"))

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [
            models.CheckConstraint(condition=Q(number__gt=0), name="seal_counts_from_one"),
            models.CheckConstraint(condition=Q(item_count__gt=0), name="seal_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.root[:16]}"


class SealItem(models.Model):
    """One thing that a seal covers: neither serial numbers nor times may decide what is sealed, so it is written down."""

    pk = models.CompositePrimaryKey("kind", "item_id")
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="items", db_index=False, verbose_name=_("seal"))
    kind = models.CharField(_("kind"), max_length=20, db_collation="C")
    item_id = models.BigIntegerField(_("id"))
    leaf = models.BinaryField(_("hash"), max_length=32)

    class Meta:
        verbose_name = _("sealed item")
        verbose_name_plural = _("sealed items")
        # Rows come in order of their seal, so an index of a few bytes for each megabyte finds them.
        indexes = [BrinIndex(fields=["seal"], name="seal_item_by_seal")]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"


class Unsealed(models.Model):
    """Rows written by one statement that wait for their seal. Written by triggers in the same transaction, and by nobody else."""

    kind = models.CharField(_("kind"), max_length=20, db_collation="C")
    items = ArrayField(models.BigIntegerField(), verbose_name=_("ids"))
    queued_at = models.DateTimeField(_("since"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("rows waiting for a seal")
        verbose_name_plural = _("rows waiting for a seal")

    def __str__(self) -> str:
        return f"{self.kind} {self.items}"


class Witness(models.Model):
    """
    What one row was when it was last written through the rules: for each column a hash. Written by triggers, and by nobody else.

    It goes with its row: what was erased leaves nothing here to guess it from.
    """

    pk = models.CompositePrimaryKey("kind", "item_id")
    kind = models.CharField(_("table"), max_length=63, db_collation="C")
    item_id = models.BigIntegerField(_("id"))
    facts = models.JSONField(_("hashes of the columns"))

    class Meta:
        verbose_name = _("witness")
        verbose_name_plural = _("witnesses")

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"

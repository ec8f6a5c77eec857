"""Projects, issued credits, sales of serial ranges, and the money that arrives."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from core.models import ImportRun, StoredFile
from revenue.ledger.models import Entry, Tranche


class Int8Range(Func):
    """``int8range(first, last, '[]')``: serial numbers, both ends included."""

    function = "int8range"
    output_field = BigIntegerRangeField()

    def __init__(self, first: str, last: str) -> None:
        super().__init__(F(first), F(last), Value("[]"))


class Project(models.Model):
    """A forest-carbon project. Registry, standard, mechanism and host authority are four different things."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        SUSPENDED = "SUSPENDED", _("suspended")
        CLOSED = "CLOSED", _("closed")

    class Registry(models.TextChoices):
        VERRA = "VERRA", _("Verra")
        GOLD_STANDARD = "GOLD_STANDARD", _("Gold Standard")
        JCM = "JCM", _("Joint Crediting Mechanism")
        NATIONAL = "NATIONAL", _("national registry")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    name_km = models.CharField(_("name in Khmer"), max_length=160, blank=True)
    registry = models.CharField(_("registry"), max_length=60, choices=Registry)
    programme_id = models.CharField(_("programme id"), max_length=40)
    standard = models.CharField(_("standard"), max_length=60)
    mechanism = models.CharField(_("mechanism"), max_length=80)
    host_authority = models.CharField(_("host authority"), max_length=160)
    proponent = models.CharField(_("proponent"), max_length=200, blank=True)
    provinces = models.CharField(_("provinces"), max_length=200, blank=True)
    area_ha = models.DecimalField(_("area (ha)"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    status_reason = models.CharField(_("reason for the status"), max_length=300, blank=True)
    facts = models.TextField(_("published facts and their sources"), blank=True)

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        constraints = [models.UniqueConstraint(fields=["registry", "programme_id"], name="project_once_in_a_registry")]

    def __str__(self) -> str:
        return self.name


class Issuance(models.Model):
    """A block of credits as the registry issued it. ``series`` is where its numbers are unique."""

    class UnitType(models.TextChoices):
        REDUCTION = "REDUCTION", _("reduction")
        REMOVAL = "REMOVAL", _("removal")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="issuances", verbose_name=_("project"))
    series = models.CharField(_("series"), max_length=120)
    serial_text = models.CharField(_("serial number as given"), max_length=160)
    first = models.BigIntegerField(_("first serial"))
    last = models.BigIntegerField(_("last serial"))
    quantity = models.BigIntegerField(_("quantity (tCO2e)"))
    vintage_start = models.DateField(_("vintage from"))
    vintage_end = models.DateField(_("vintage to"))
    issued_on = models.DateField(_("issued on"))
    unit_type = models.CharField(_("unit type"), max_length=10, choices=UnitType, default=UnitType.REDUCTION)
    methodology = models.CharField(_("methodology"), max_length=60, blank=True)
    certifications = models.CharField(_("additional certifications"), max_length=160, blank=True)
    import_run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("import"))
    import_line = models.PositiveIntegerField(_("line of the file"), null=True, blank=True)

    class Meta:
        verbose_name = _("issuance")
        verbose_name_plural = _("issuances")
        constraints = [
            models.CheckConstraint(condition=Q(first__gte=0, last__gte=F("first")), name="issuance_last_not_before_first"),
            models.CheckConstraint(condition=Q(quantity=F("last") - F("first") + 1), name="issuance_quantity_is_its_serials"),
            models.CheckConstraint(condition=Q(vintage_end__gte=F("vintage_start")), name="issuance_vintage_in_order"),
            # The target of a composite key: a sold range repeats its issuance's own range.
            models.UniqueConstraint(fields=["id", "series", "first", "last"], name="issuance_range_key"),
            ExclusionConstraint(
                name="issuance_serials_once",
                expressions=[("series", RangeOperators.EQUAL), (Int8Range("first", "last"), RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return self.serial_text


class Buyer(models.Model):
    """Who bought credits."""

    name = models.CharField(_("name"), max_length=160, unique=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    registry_account = models.CharField(_("registry account"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("buyer")
        verbose_name_plural = _("buyers")

    def __str__(self) -> str:
        return self.name


class Sale(models.Model):
    """A contract that sells serial ranges at a price. Its money arrives later, in receipts."""

    class Authorisation(models.TextChoices):
        NONE = "NONE", _("not authorised")
        NDC = "NDC", _("authorised for NDC use")
        OIMP = "OIMP", _("authorised for other international mitigation purposes")

    class Status(models.TextChoices):
        AGREED = "AGREED", _("agreed")
        DELIVERED = "DELIVERED", _("delivered")
        CANCELLED = "CANCELLED", _("cancelled")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="sales", verbose_name=_("project"))
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="sales", verbose_name=_("buyer"))
    contract_reference = models.CharField(_("contract reference"), max_length=80)
    sale_date = models.DateField(_("sale date"))
    currency = models.CharField(_("currency"), max_length=3)
    quantity = models.BigIntegerField(_("quantity (tCO2e)"))
    # Prices go below the cent (USD 4.125 a tonne); the amount does not.
    unit_price = models.DecimalField(_("price per tonne"), max_digits=14, decimal_places=6)
    amount_minor = models.BigIntegerField(_("amount"))
    fees_minor = models.BigIntegerField(_("fees agreed (broker, registry)"), default=0)
    authorisation = models.CharField(_("Article 6 authorisation"), max_length=5, choices=Authorisation)
    authorisation_reference = models.CharField(_("letter of authorisation"), max_length=80, blank=True)
    price_is_public = models.BooleanField(_("price may be published"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.AGREED)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True)
    cancel_reason = models.CharField(_("reason for cancelling"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0, amount_minor__gt=0, unit_price__gt=0), name="sale_is_positive"),
            models.CheckConstraint(condition=Q(fees_minor__gte=0, fees_minor__lte=F("amount_minor")), name="sale_fees_within_amount"),
            models.CheckConstraint(
                condition=Q(status="AGREED", delivered_on=None, cancelled_on=None)
                | Q(status="DELIVERED", delivered_on__isnull=False, cancelled_on=None)
                | Q(status="CANCELLED", cancelled_on__isnull=False) & ~Q(cancel_reason=""),
                name="sale_status_has_its_dates",
            ),
            models.CheckConstraint(condition=Q(authorisation="NONE") | ~Q(authorisation_reference=""), name="sale_authorisation_names_its_letter"),
        ]
        indexes = [models.Index(fields=["project", "sale_date"], name="sale_by_project")]

    def __str__(self) -> str:
        return self.reference


class SaleLot(models.Model):
    """A serial range sold: inside one issuance, and in no other live sale."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="lots", verbose_name=_("sale"))
    issuance = models.ForeignKey(Issuance, on_delete=models.PROTECT, related_name="sale_lots", verbose_name=_("issuance"))
    series = models.CharField(_("series"), max_length=120)
    issuance_first = models.BigIntegerField()
    issuance_last = models.BigIntegerField()
    first = models.BigIntegerField(_("first serial"))
    last = models.BigIntegerField(_("last serial"))
    # False when the sale was cancelled: the serials may be sold again.
    is_live = models.BooleanField(_("live"), default=True)

    class Meta:
        verbose_name = _("serials sold")
        verbose_name_plural = _("serials sold")
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="sale_lot_last_not_before_first"),
            models.CheckConstraint(condition=Q(first__gte=F("issuance_first"), last__lte=F("issuance_last")), name="sale_lot_was_issued"),
            ExclusionConstraint(
                name="sale_lot_serials_once",
                expressions=[("series", RangeOperators.EQUAL), (Int8Range("first", "last"), RangeOperators.OVERLAPS)],
                condition=Q(is_live=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sale}: {self.first}-{self.last}"

    @property
    def quantity(self) -> int:
        """Credits in the range (tCO2e)."""
        return self.last - self.first + 1


class BankAccount(models.Model):
    """An account of the programme where revenue arrives. Its code is the ledger's ``bank``."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    institution = models.CharField(_("bank"), max_length=80)
    account_number = models.CharField(_("account number"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3, default="USD")

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = [models.UniqueConstraint(fields=["institution", "account_number"], name="bank_account_once")]

    def __str__(self) -> str:
        return self.name


class Receipt(models.Model):
    """
    Money that a bank credited: one instalment of a sale, or not yet known whose.

    ``gross_minor`` is what was sent, ``sender_fee_minor`` what banks kept on the way; the bank credited the
    difference. These are in the bank account's currency; ``invoice_minor`` is how much of the sale the receipt
    settled, in the sale's currency.
    """

    class Status(models.TextChoices):
        UNIDENTIFIED = "UNIDENTIFIED", _("unidentified")
        IDENTIFIED = "IDENTIFIED", _("identified")
        REFUNDED = "REFUNDED", _("refunded")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("bank account"))
    bank_reference = models.CharField(_("bank reference"), max_length=80)
    value_date = models.DateField(_("value date"))
    currency = models.CharField(_("currency"), max_length=3)
    gross_minor = models.BigIntegerField(_("gross amount"))
    sender_fee_minor = models.BigIntegerField(_("kept by the sender's bank"), default=0)
    # What of the gross is not ours (overpaid, or all of it until identified): held apart, outside "received".
    not_ours_minor = models.BigIntegerField(_("of it not ours"), default=0)
    invoice_currency = models.CharField(_("currency of the sale"), max_length=3, blank=True)
    invoice_minor = models.BigIntegerField(_("settled of the sale"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.IDENTIFIED)
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="receipts", verbose_name=_("sale"))
    tranche = models.OneToOneField(Tranche, on_delete=models.PROTECT, related_name="receipt", verbose_name=_("tranche"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))
    refunded_minor = models.BigIntegerField(_("refunded"), default=0)
    refunded_on = models.DateField(_("refunded on"), null=True, blank=True)
    refund_reference = models.CharField(_("bank reference of the refund"), max_length=80, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(fields=["bank_account", "bank_reference"], name="receipt_bank_reference_once"),
            models.CheckConstraint(
                condition=Q(gross_minor__gt=0, sender_fee_minor__gte=0, sender_fee_minor__lt=F("gross_minor")), name="receipt_is_positive"
            ),
            models.CheckConstraint(condition=Q(not_ours_minor__gte=0, not_ours_minor__lte=F("gross_minor")), name="receipt_not_ours_within_gross"),
            models.CheckConstraint(
                condition=Q(status="IDENTIFIED", sale__isnull=False, invoice_minor__isnull=False)
                | ~Q(status="IDENTIFIED") & Q(sale=None, not_ours_minor=F("gross_minor")),
                name="receipt_identified_has_sale",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor=0, refunded_on=None, refund_reference="") & ~Q(status="REFUNDED")
                | Q(refunded_minor__gt=0, refunded_on__isnull=False) & ~Q(refund_reference="") & ~Q(status="UNIDENTIFIED"),
                name="receipt_refund_has_its_reference",
            ),
            models.UniqueConstraint(
                fields=["bank_account", "refund_reference"], condition=~Q(refund_reference=""), name="receipt_refund_reference_once"
            ),
        ]
        indexes = [models.Index(fields=["value_date"], name="receipt_by_day")]

    def __str__(self) -> str:
        return self.reference

    @property
    def credited_minor(self) -> int:
        """What the bank credited, in minor units of its currency."""
        return self.gross_minor - self.sender_fee_minor

    @property
    def ours_minor(self) -> int:
        """What of the gross is ours: the part that the sale still owed."""
        return self.gross_minor - self.not_ours_minor

    @property
    def fee_borne_minor(self) -> int:
        """What of the sender's bank's fee falls on the money that is ours."""
        return min(self.sender_fee_minor, self.ours_minor)

    @property
    def held_minor(self) -> int:
        """What the bank holds of it that is not ours and was not refunded."""
        return self.credited_minor - (self.ours_minor - self.fee_borne_minor) - self.refunded_minor


class Identification(models.Model):
    """
    Whose money a tranche is, as somebody said it on a day. Append-only: a wrong match is followed by a right one.

    The latest row of a tranche holds. Interest, grants and opening balances name the project without a sale.
    """

    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="identifications", verbose_name=_("tranche"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="identifications", verbose_name=_("project"))
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="identifications", verbose_name=_("sale"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    identified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("identified by"))
    identified_at = models.DateTimeField(_("identified at"))

    class Meta:
        verbose_name = _("identification")
        verbose_name_plural = _("identifications")
        constraints = [models.UniqueConstraint(fields=["tranche", "number"], name="identification_in_order")]

    def __str__(self) -> str:
        return f"{self.tranche} → {self.sale or self.project}"


class Article6Event(models.Model):
    """A step under Article 6: authorisation, first transfer, corresponding adjustment."""

    class Kind(models.TextChoices):
        NO_OBJECTION = "NO_OBJECTION", _("letter of no objection")
        AUTHORISATION = "AUTHORISATION", _("letter of authorisation")
        FIRST_TRANSFER = "FIRST_TRANSFER", _("first transfer")
        ADJUSTMENT = "ADJUSTMENT", _("corresponding adjustment")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="article6_events", verbose_name=_("project"))
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="article6_events", verbose_name=_("sale"))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    happened_on = models.DateField(_("date"))
    document_reference = models.CharField(_("document"), max_length=120)
    quantity = models.BigIntegerField(_("quantity (tCO2e)"), null=True, blank=True)

    class Meta:
        verbose_name = _("Article 6 event")
        verbose_name_plural = _("Article 6 events")
        constraints = [models.CheckConstraint(condition=Q(quantity=None) | Q(quantity__gt=0), name="article6_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.happened_on}"


class OpeningPosition(models.Model):
    """Money that was already there when the books began: entered with its document by one person, approved by another."""

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        APPROVED = "APPROVED", _("approved")
        REFUSED = "REFUSED", _("refused")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="opening_positions", verbose_name=_("project"))
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sale"))
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank account"))
    as_of = models.DateField(_("as of"))
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount in the bank"))
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("document"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    tranche = models.OneToOneField(Tranche, on_delete=models.PROTECT, null=True, blank=True, related_name="opening", verbose_name=_("tranche"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ledger entry"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("opening position")
        verbose_name_plural = _("opening positions")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="opening_is_positive"),
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="opening_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="PROPOSED", decided_by=None, entry=None)
                | Q(status="APPROVED", decided_by__isnull=False, decided_at__isnull=False, entry__isnull=False, tranche__isnull=False)
                | Q(status="REFUSED", decided_by__isnull=False, decided_at__isnull=False, entry=None),
                name="opening_decision_matches_status",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

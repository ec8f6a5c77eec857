"""What recipients spent and taught, with its evidence, and what the office said to it."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.consent.models import Activity
from communities.registry.models import Recipient
from core.models import StoredFile
from revenue.disbursements.models import Disbursement
from revenue.ledger.models import Entry
from revenue.sharing.models import Purpose


class Category(models.Model):
    """What money may be spent on; each category serves one purpose. Not eligible means named, and refused."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_km = models.CharField(_("name in Khmer"), max_length=120, blank=True)
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose)
    is_eligible = models.BooleanField(_("eligible"), default=True)

    class Meta:
        verbose_name = _("spending category")
        verbose_name_plural = _("spending categories")

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    """Where a record stands between the village and the office."""

    LOGGED = "LOGGED", _("waiting for the office")
    QUERIED = "QUERIED", _("question from the office")
    ACCEPTED = "ACCEPTED", _("accepted")
    REFUSED = "REFUSED", _("refused")
    UNDONE = "UNDONE", _("accepted by mistake, undone")


STEPS: dict[Status, frozenset[Status]] = {
    Status.LOGGED: frozenset({Status.QUERIED, Status.ACCEPTED, Status.REFUSED}),
    Status.QUERIED: frozenset({Status.LOGGED, Status.REFUSED}),
    Status.ACCEPTED: frozenset({Status.UNDONE}),
    Status.REFUSED: frozenset(),
    Status.UNDONE: frozenset(),
}


# Both coordinates or none, and within the globe.
ON_EARTH: Final = Q(latitude=None, longitude=None) | Q(
    latitude__isnull=False, longitude__isnull=False, latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180
)


class SpendingRecord(models.Model):
    """
    One purchase or payment by a recipient, in riel or dollars.

    ``amount_minor`` is what was spent, of which ``other_minor`` was another donor's money. When it is
    accepted, ``funded_minor`` of it (same currency) was drawn from the recipient's advances and the rest,
    ``not_funded_minor``, was not paid for by carbon revenue; ``drawn_minor`` is the draw in the book's currency.
    """

    Status = Status

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    client_key = models.UUIDField(_("form key"), unique=True)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="spending", verbose_name=_("recipient"))
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="spending", verbose_name=_("category"))
    # Empty: the oldest advances of the category's purpose are drawn.
    disbursement = models.ForeignKey(
        Disbursement, on_delete=models.PROTECT, null=True, blank=True, related_name="spending", verbose_name=_("from which payment")
    )
    # What the community planned it for; its plan may have newer versions, where the activity has the same number.
    activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, null=True, blank=True, related_name="spending", verbose_name=_("activity of the village plan")
    )
    spent_on = models.DateField(_("spent on"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    other_minor = models.BigIntegerField(_("paid by another donor"), default=0)
    payee = models.CharField(_("paid to"), max_length=160)
    description = models.CharField(_("what it was for"), max_length=500)
    women = models.PositiveIntegerField(_("women who benefited"), default=0)
    men = models.PositiveIntegerField(_("men who benefited"), default=0)
    youth = models.PositiveIntegerField(_("of them young people"), default=0)
    indigenous = models.PositiveIntegerField(_("of them Indigenous people"), default=0)
    poor_households = models.PositiveIntegerField(_("poor households that benefited"), default=0)
    # Where the phone was when it was logged, if the person allowed it: for the office only.
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    # Grows by one with each correction before the office's decision; the audit trail holds what each said.
    version = models.PositiveIntegerField(_("version"), default=1)
    revised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("corrected by")
    )
    revised_at = models.DateTimeField(_("corrected at"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.LOGGED)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("logged by"))
    logged_at = models.DateTimeField(_("logged at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    funded_minor = models.BigIntegerField(_("paid from carbon revenue"), null=True, blank=True)
    not_funded_minor = models.BigIntegerField(_("not funded by carbon revenue"), null=True, blank=True)
    drawn_minor = models.BigIntegerField(_("drawn from the advances"), null=True, blank=True)
    drawn_currency = models.CharField(_("currency of the advances"), max_length=3, blank=True)
    # None although accepted: nothing of it could be drawn from an advance.
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ledger entry"))
    # Named when it was accepted: of what carbon revenue was asked to pay, this was not eligible. What of it was drawn is owed back.
    ineligible_minor = models.BigIntegerField(_("of it not eligible"), default=0)
    ineligible_category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("what that part was")
    )
    ineligible_why = models.CharField(_("why it is not eligible"), max_length=500, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_on = models.DateField(_("undone on"), null=True, blank=True)

    class Meta:
        verbose_name = _("spending record")
        verbose_name_plural = _("spending records")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="spending_is_positive"),
            models.CheckConstraint(condition=Q(other_minor__gte=0, other_minor__lte=F("amount_minor")), name="spending_other_within_amount"),
            models.CheckConstraint(condition=~Q(decided_by=F("logged_by")), name="spending_maker_is_not_checker"),
            models.CheckConstraint(condition=~Q(decided_by=F("revised_by")), name="spending_reviser_is_not_checker"),
            models.CheckConstraint(
                condition=Q(version=1, revised_by=None, revised_at=None) | Q(version__gt=1, revised_by__isnull=False, revised_at__isnull=False),
                name="spending_version_has_reviser",
            ),
            models.CheckConstraint(condition=ON_EARTH, name="spending_place_on_earth"),
            models.CheckConstraint(
                condition=Q(status__in=["LOGGED", "QUERIED"], decided_by=None, entry=None, funded_minor=None, not_funded_minor=None)
                | Q(status="REFUSED", decided_by__isnull=False, decided_at__isnull=False, entry=None, funded_minor=None)
                | Q(
                    status__in=["ACCEPTED", "UNDONE"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    decided_on__isnull=False,
                    amount_minor=F("funded_minor") + F("not_funded_minor") + F("other_minor"),
                    drawn_minor__isnull=False,
                )
                & (Q(entry__isnull=False) | Q(funded_minor=0, drawn_minor=0)),
                name="spending_decision_matches_status",
            ),
            models.CheckConstraint(
                condition=Q(ineligible_minor=0, ineligible_category=None, ineligible_why="")
                | Q(
                    status__in=["ACCEPTED", "UNDONE"],
                    ineligible_minor__gt=0,
                    ineligible_minor__lt=F("amount_minor") - F("other_minor"),
                    ineligible_category__isnull=False,
                )
                & ~Q(ineligible_why=""),
                name="spending_ineligible_is_named",
            ),
            models.CheckConstraint(
                condition=Q(status="UNDONE", undone_by__isnull=False, undone_at__isnull=False, undone_on__isnull=False)
                | ~Q(status="UNDONE") & Q(undone_by=None, undone_at=None, undone_on=None),
                name="spending_undone_matches_status",
            ),
            models.CheckConstraint(condition=~Q(undone_by=F("decided_by")) & ~Q(undone_by=F("logged_by")), name="spending_undone_by_another"),
        ]
        indexes = [
            models.Index(fields=["recipient", "spent_on"], name="spending_by_recipient"),
            models.Index(fields=["status", "logged_at"], name="spending_queue"),
            models.Index(fields=["spent_on"], name="spending_by_day"),
        ]

    def __str__(self) -> str:
        return self.reference


class TrainingRecord(models.Model):
    """A training held by or for a recipient: topic, days and participants by sex."""

    Status = Status

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    client_key = models.UUIDField(_("form key"), unique=True)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="trainings", verbose_name=_("recipient"))
    topic = models.CharField(_("topic"), max_length=200)
    trainer = models.CharField(_("trainer"), max_length=160)
    place = models.CharField(_("place"), max_length=160, blank=True)
    first_day = models.DateField(_("first day"))
    days = models.PositiveSmallIntegerField(_("days"))
    women = models.PositiveIntegerField(_("women"))
    men = models.PositiveIntegerField(_("men"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.LOGGED)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("logged by"))
    logged_at = models.DateTimeField(_("logged at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("training record")
        verbose_name_plural = _("training records")
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=90), name="training_days_sensible"),
            models.CheckConstraint(condition=Q(women__gt=0) | Q(men__gt=0), name="training_has_participants"),
            models.CheckConstraint(condition=~Q(decided_by=F("logged_by")), name="training_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status__in=["LOGGED", "QUERIED"], decided_by=None)
                | Q(status__in=["ACCEPTED", "REFUSED"], decided_by__isnull=False, decided_at__isnull=False),
                name="training_decision_matches_status",
            ),
        ]
        indexes = [models.Index(fields=["recipient", "first_day"], name="training_by_recipient")]

    def __str__(self) -> str:
        return self.reference

    @property
    def person_days(self) -> int:
        """Participants times days."""
        return (self.women + self.men) * self.days


class Evidence(models.Model):
    """A photo or document behind one record. Append-only: better evidence is another row."""

    class Kind(models.TextChoices):
        RECEIPT = "RECEIPT", pgettext_lazy("a slip from a shop", "receipt")
        PHOTO = "PHOTO", _("photo of the result")
        ATTENDANCE = "ATTENDANCE", _("attendance list")

    spending = models.ForeignKey(
        SpendingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name=_("spending record")
    )
    training = models.ForeignKey(
        TrainingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name=_("training record")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.RECEIPT)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("file"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))
    # What the phone read from the photo before it was shrunk: when and where it was taken, and its bytes then.
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    original_size = models.PositiveBigIntegerField(_("bytes on the phone"), null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(
                condition=Q(spending__isnull=False, training=None) | Q(spending=None, training__isnull=False), name="evidence_of_one_record"
            ),
            models.CheckConstraint(condition=ON_EARTH, name="evidence_place_on_earth"),
            models.UniqueConstraint(fields=["spending", "file"], name="evidence_file_once_a_spending"),
            models.UniqueConstraint(fields=["training", "file"], name="evidence_file_once_a_training"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.file_id}"


class ReviewStep(models.Model):
    """One thing said between office and village about a record: a query, an answer, a decision."""

    spending = models.ForeignKey(
        SpendingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="steps", verbose_name=_("spending record")
    )
    training = models.ForeignKey(
        TrainingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="steps", verbose_name=_("training record")
    )
    status = models.CharField(_("status after"), max_length=10, choices=Status)
    words = models.CharField(_("what was said"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("review step")
        verbose_name_plural = _("review steps")
        constraints = [
            models.CheckConstraint(
                condition=Q(spending__isnull=False, training=None) | Q(spending=None, training__isnull=False), name="review_of_one_record"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.words}"

"""The floor's own rows: the programme, jobs, stored files, imports."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Programme(models.Model):
    """The one programme this installation serves: the name on every page and report."""

    name = models.CharField(_("name"), max_length=200)
    name_km = models.CharField(_("name in Khmer"), max_length=200, blank=True)
    authority = models.CharField(_("authority"), max_length=200)
    authority_km = models.CharField(_("authority in Khmer"), max_length=200, blank=True)
    is_demonstration = models.BooleanField(_("demonstration data"), default=False)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programme")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="programme_is_one")]

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """
    Work for the queue. This row is the truth; a broker's message is only a hint.

    A worker claims the row by compare-and-set and holds a lease while it works; a
    sweep sends again what was never claimed or whose lease ran out.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        RUNNING = "RUNNING", _("running")
        DONE = "DONE", _("done")
        FAILED = "FAILED", _("failed")

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("key"), max_length=200, unique=True)
    arguments = models.JSONField(_("arguments"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    # When the broker was last told: a job in a long queue is not told every few seconds again.
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    done_units = models.PositiveIntegerField(_("done"), default=0)
    total_units = models.PositiveIntegerField(_("of"), default=0)
    # An English sentence with places for the details: each reader's page says it in its own language.
    message = models.CharField(_("message"), max_length=300, blank=True)
    details = models.JSONField(_("details"), default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    created_at = models.DateTimeField(_("asked at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="RUNNING", lease_until__isnull=False) | ~Q(state="RUNNING") & Q(lease_until=None),
                name="job_lease_only_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["DONE", "FAILED"], finished_at__isnull=False) | Q(state__in=["WAITING", "RUNNING"], finished_at=None),
                name="job_finished_has_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="job_open", condition=Q(state__in=["WAITING", "RUNNING"]))]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def percent(self) -> int:
        """How far the work is, 0 to 100."""
        if self.state == self.State.DONE:
            return 100
        return min(99, 100 * self.done_units // self.total_units) if self.total_units else 0

    @property
    def sentence(self) -> str:
        """Return what the job last said, in the language of who reads."""
        return gettext(self.message) % self.details if self.details else gettext(self.message) if self.message else ""


class StoredFile(models.Model):
    """A private file, named by its content. Never changed: a better photo is another file."""

    sha256 = models.CharField(_("sha256"), max_length=64, unique=True)
    size = models.PositiveBigIntegerField(_("bytes"))
    media_type = models.CharField(_("type"), max_length=100)
    original_name = models.CharField(_("original name"), max_length=200)
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stored by")
    )
    stored_at = models.DateTimeField(_("stored at"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return f"{self.original_name} ({self.sha256[:10]})"


class ImportRun(models.Model):
    """One file read into the books: previewed by a person, then accepted whole, once."""

    class Kind(models.TextChoices):
        ISSUANCES = "ISSUANCES", _("registry export")
        VILLAGES = "VILLAGES", _("village list")
        RECIPIENTS = "RECIPIENTS", _("community list")
        BANK_STATEMENT = "BANK_STATEMENT", _("bank statement")
        INDICATORS = "INDICATORS", _("indicators")
        PLACES = "PLACES", _("gazetteer")

    class State(models.TextChoices):
        PREVIEWED = "PREVIEWED", _("previewed")
        ACCEPTED = "ACCEPTED", _("accepted")
        ABANDONED = "ABANDONED", _("abandoned")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))
    target = models.CharField(_("target"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PREVIEWED)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    previewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("previewed by"))
    previewed_at = models.DateTimeField(_("previewed at"))
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("accepted by")
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.UniqueConstraint(fields=["kind", "file", "target"], condition=Q(state="ACCEPTED"), name="import_file_accepted_once"),
            models.CheckConstraint(
                condition=Q(state="ACCEPTED", accepted_by__isnull=False, accepted_at__isnull=False)
                | ~Q(state="ACCEPTED") & Q(accepted_by=None, accepted_at=None),
                name="import_accepted_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.file}"


class BookCheck(models.Model):
    """The result of one nightly run of check_books, for the officers' first page."""

    checked_at = models.DateTimeField(_("checked at"))
    findings = models.JSONField(_("findings"), default=list)

    class Meta:
        verbose_name = _("book check")
        verbose_name_plural = _("book checks")
        indexes = [models.Index(F("checked_at").desc(), name="book_check_latest")]

    def __str__(self) -> str:
        return f"{self.checked_at:%Y-%m-%d %H:%M}"

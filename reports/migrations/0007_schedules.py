"""Calendars of due reports, subscribers and what they were sent, and the sets of community statements."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from core.append_only import frozen
from core.together import Together


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_reference_sequences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0003_frozen_columns"),
        ("reports", "0006_lifecycle_rules"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Calendar",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "every",
                            models.CharField(
                                choices=[("MONTH", "month"), ("QUARTER", "quarter"), ("YEAR", "year")], max_length=8, verbose_name="every"
                            ),
                        ),
                        ("days_after", models.PositiveSmallIntegerField(verbose_name="days after its end")),
                        ("begins", models.DateField(verbose_name="from the period of this day")),
                        ("set_at", models.DateTimeField(verbose_name="set at")),
                        ("stopped_at", models.DateTimeField(blank=True, null=True, verbose_name="stopped at")),
                        (
                            "project",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calendars",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "set_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="set by"
                            ),
                        ),
                        (
                            "stopped_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="stopped by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "calendar of reports",
                        "verbose_name_plural": "calendars of reports",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("stopped_at", None)), fields=("project", "every"), name="calendar_once", nulls_distinct=False
                            ),
                            models.CheckConstraint(condition=models.Q(("days_after__lte", 366)), name="calendar_within_a_year"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("stopped_at", None), ("stopped_by", None)),
                                    models.Q(("stopped_at__isnull", False), ("stopped_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="calendar_stopped_by_someone",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DueReport",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("due_on", models.DateField(verbose_name="due on")),
                        ("retries", models.PositiveSmallIntegerField(default=0, verbose_name="tried again")),
                        (
                            "calendar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="due", to="reports.calendar", verbose_name="calendar"
                            ),
                        ),
                        (
                            "interim",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="reports.report",
                                verbose_name="interim report",
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="reports.period", verbose_name="period"
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="due",
                                to="reports.report",
                                verbose_name="report",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "report that is due",
                        "verbose_name_plural": "reports that are due",
                        "constraints": [models.UniqueConstraint(fields=("calendar", "period"), name="due_report_once")],
                    },
                ),
                migrations.CreateModel(
                    name="StatementSet",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveSmallIntegerField(default=1, verbose_name="number")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("FREEZING", "being frozen"),
                                    ("DRAWING", "being drawn"),
                                    ("MERGING", "being put together"),
                                    ("READY", "ready"),
                                ],
                                default="FREEZING",
                                max_length=8,
                                verbose_name="status",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="asked at")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="asked by"
                            ),
                        ),
                        ("job", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.job", verbose_name="job")),
                        (
                            "merge_job",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.job",
                                verbose_name="merge",
                            ),
                        ),
                        (
                            "pdf",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="merged PDF",
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="statement_sets", to="reports.period", verbose_name="period"
                            ),
                        ),
                        (
                            "zip",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="zip",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "set of community statements",
                        "verbose_name_plural": "sets of community statements",
                        "constraints": [
                            models.UniqueConstraint(fields=("period", "number"), name="statement_set_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("pdf__isnull", False), ("status", "READY"), ("zip__isnull", False)),
                                    models.Q(models.Q(("status", "READY"), _negated=True), ("pdf", None), ("zip", None)),
                                    _connector="OR",
                                ),
                                name="statement_set_ready_has_its_files",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SetStatement",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("position", models.PositiveIntegerField(verbose_name="position")),
                        ("text", models.TextField(verbose_name="content")),
                        ("sha256", models.CharField(max_length=64, verbose_name="sha256")),
                        ("job", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.job", verbose_name="job")),
                        (
                            "pdf",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="PDF",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.recipient", verbose_name="community"
                            ),
                        ),
                        (
                            "of",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="reports.statementset", verbose_name="set"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "community statement of a set",
                        "verbose_name_plural": "community statements of sets",
                        "constraints": [
                            models.UniqueConstraint(fields=("of", "recipient"), name="statement_of_a_set_once"),
                            models.UniqueConstraint(fields=("of", "position"), name="statement_position_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Subscriber",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                        (
                            "language",
                            models.CharField(choices=[("en", "English"), ("km", "ខ្មែរ")], default="km", max_length=2, verbose_name="language"),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="asked at")),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed at")),
                        ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="left at")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="entered by",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "subscriber",
                        "verbose_name_plural": "subscribers",
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"), models.F("project"), name="subscriber_once", nulls_distinct=False
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Notice",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "state",
                            models.CharField(
                                choices=[("WAITING", "waiting"), ("SENDING", "being sent"), ("SENT", "sent"), ("FAILED", "not sent")],
                                default="WAITING",
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                        ("claimed_at", models.DateTimeField(blank=True, null=True, verbose_name="claimed at")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                        ("message", models.CharField(blank=True, max_length=300, verbose_name="message")),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="reports.report", verbose_name="report"
                            ),
                        ),
                        (
                            "subscriber",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notices",
                                to="reports.subscriber",
                                verbose_name="subscriber",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "notice",
                        "verbose_name_plural": "notices",
                        "constraints": [
                            models.UniqueConstraint(fields=("report", "subscriber"), name="notice_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", False), ("state", "SENT")),
                                    models.Q(models.Q(("state", "SENT"), _negated=True), ("sent_at", None)),
                                    _connector="OR",
                                ),
                                name="notice_sent_has_its_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("state", "SENDING"), _negated=True), ("claimed_at__isnull", False), _connector="OR"),
                                name="notice_claimed_has_its_time",
                            ),
                        ],
                    },
                ),
            ]
        ),
        frozen(
            "reports_calendar", always=("project_id", "every", "days_after", "begins", "set_by_id", "set_at"), once=("stopped_by_id", "stopped_at")
        ),
        frozen("reports_duereport", always=("calendar_id", "period_id", "due_on"), once=("interim_id", "report_id")),
        frozen("reports_notice", always=("report_id", "subscriber_id"), final="OLD.state = 'SENT'"),
        frozen("reports_statementset", always=("period_id", "number", "asked_by_id", "asked_at"), once=("merge_job_id", "zip_id", "pdf_id")),
        frozen("reports_setstatement", always=("of_id", "position", "recipient_id", "text", "sha256", "job_id"), once=("pdf_id",)),
    ]

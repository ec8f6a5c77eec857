"""Periods of any days; reports reviewed by one person and issued by another; restated reports that say why."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from core.append_only import frozen
from core.together import Together

# As 0003 had them; undone, they come back.
_BEFORE = (
    frozen("reports_period", always=("label", "first", "end"), final="OLD.status = 'CLOSED'"),
    frozen(
        "reports_report",
        always=("period_id", "project_id", "version", "is_interim", "asked_by_id", "asked_at"),
        once=("snapshot_id", "issued_by_id", "issued_at"),
        final="OLD.status = 'ISSUED'",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_editions_and_papers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(migrations.RunSQL(step.reverse_sql, step.sql) for step in _BEFORE),
        Together(
            [
                migrations.RemoveConstraint(
                    model_name="report",
                    name="report_status_has_its_snapshot",
                ),
                migrations.AddField(
                    model_name="period",
                    name="kind",
                    field=models.CharField(
                        choices=[("MONTH", "month"), ("QUARTER", "quarter"), ("YEAR", "year"), ("RANGE", "other days")],
                        default="QUARTER",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                migrations.AddField(
                    model_name="report",
                    name="reason",
                    field=models.TextField(blank=True, default="", verbose_name="reason"),
                ),
                migrations.AddField(
                    model_name="report",
                    name="reviewed_at",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="reviewed at"),
                ),
                migrations.AddField(
                    model_name="report",
                    name="reviewed_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewed by",
                    ),
                ),
                migrations.AlterField(
                    model_name="period",
                    name="first",
                    field=models.DateField(verbose_name="first day"),
                ),
                migrations.AlterField(
                    model_name="period",
                    name="label",
                    field=models.CharField(max_length=24, unique=True, verbose_name="period"),
                ),
                migrations.AlterField(
                    model_name="report",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("WAITING", "waiting"),
                            ("READY", "draft, to be reviewed"),
                            ("REVIEWED", "reviewed, to be issued"),
                            ("ISSUED", "issued"),
                            ("FAILED", "failed"),
                        ],
                        default="WAITING",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="period",
                    constraint=models.UniqueConstraint(fields=("first", "end"), name="period_days_once"),
                ),
                migrations.AddConstraint(
                    model_name="period",
                    constraint=models.UniqueConstraint(condition=models.Q(("kind", "QUARTER")), fields=("first",), name="period_quarter_once"),
                ),
                migrations.AddConstraint(
                    model_name="period",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind", "QUARTER"), ("status", "OPEN"), _connector="OR"), name="period_only_quarters_close"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="report",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("issued_by", models.F("reviewed_by")), _negated=True), name="report_reviewer_does_not_issue"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="report",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("is_interim", True), ("status", "ISSUED"), _negated=True), name="report_interim_is_not_issued"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="report",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), ("replaces", None)),
                            models.Q(("replaces__isnull", False), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="report_made_again_says_why",
                    ),
                ),
            ]
        ),
        # Reports that were issued before they had to be reviewed stay as they are: nothing is made up for them.
        AddConstraintNotValid(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("issued_by", None), ("reviewed_by", None), ("status__in", ["WAITING", "FAILED"])),
                    models.Q(("issued_by", None), ("reviewed_by", None), ("snapshot__isnull", False), ("status", "READY")),
                    models.Q(
                        ("issued_by", None),
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        ("snapshot__isnull", False),
                        ("status", "REVIEWED"),
                    ),
                    models.Q(
                        ("issued_at__isnull", False),
                        ("issued_by__isnull", False),
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        ("snapshot__isnull", False),
                        ("status", "ISSUED"),
                    ),
                    _connector="OR",
                ),
                name="report_status_has_its_people",
            ),
        ),
    ]

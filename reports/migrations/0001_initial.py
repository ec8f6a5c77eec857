import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0003_reference_sequences"),
        ("credits", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Period",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("label", models.CharField(max_length=10, unique=True, verbose_name="period")),
                        ("first", models.DateField(unique=True, verbose_name="first day")),
                        ("end", models.DateField(verbose_name="end (day after)")),
                        (
                            "status",
                            models.CharField(
                                choices=[("OPEN", "open"), ("PROPOSED", "due to be closed"), ("CLOSED", "closed")],
                                default="OPEN",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="closed by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "period",
                        "verbose_name_plural": "periods",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("end__gt", models.F("first"))), name="period_ends_after_it_begins"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False), ("status", "CLOSED")),
                                    models.Q(models.Q(("status", "CLOSED"), _negated=True), ("closed_at", None), ("closed_by", None)),
                                    _connector="OR",
                                ),
                                name="period_closed_by_someone",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Snapshot",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("schema", models.CharField(max_length=40, verbose_name="schema")),
                        ("text", models.TextField(verbose_name="content")),
                        ("sha256", models.CharField(max_length=64, verbose_name="sha256")),
                        ("frozen_at", models.DateTimeField(verbose_name="frozen at")),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="snapshots", to="reports.period", verbose_name="period"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="snapshots",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "snapshot",
                        "verbose_name_plural": "snapshots",
                    },
                ),
                migrations.CreateModel(
                    name="Report",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                        ("is_interim", models.BooleanField(default=False, verbose_name="interim")),
                        (
                            "status",
                            models.CharField(
                                choices=[("WAITING", "waiting"), ("READY", "ready to be issued"), ("ISSUED", "issued"), ("FAILED", "failed")],
                                default="WAITING",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="asked at")),
                        ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="issued at")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked by",
                            ),
                        ),
                        (
                            "issued_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="issued by",
                            ),
                        ),
                        ("job", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.job", verbose_name="job")),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="reports.period", verbose_name="period"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "replaces",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced_by",
                                to="reports.report",
                                verbose_name="replaces",
                            ),
                        ),
                        (
                            "snapshot",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="report",
                                to="reports.snapshot",
                                verbose_name="snapshot",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "report",
                        "verbose_name_plural": "reports",
                        "constraints": [
                            models.UniqueConstraint(fields=("period", "project", "version"), name="report_version_once", nulls_distinct=False),
                            models.CheckConstraint(
                                condition=models.Q(("issued_by", models.F("asked_by")), _negated=True), name="report_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("issued_by", None), ("status__in", ["WAITING", "FAILED"])),
                                    models.Q(("issued_by", None), ("snapshot__isnull", False), ("status", "READY")),
                                    models.Q(
                                        ("issued_at__isnull", False), ("issued_by__isnull", False), ("snapshot__isnull", False), ("status", "ISSUED")
                                    ),
                                    _connector="OR",
                                ),
                                name="report_status_has_its_snapshot",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReportFile",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "format",
                            models.CharField(
                                choices=[
                                    ("PDF", "PDF"),
                                    ("XLSX", "XLSX"),
                                    ("CSV", "CSV (zip)"),
                                    ("JSON", "JSON"),
                                    ("APDF", "auditor's annex, PDF"),
                                    ("AXLSX", "auditor's annex, XLSX"),
                                    ("ACSV", "auditor's annex, CSV (zip)"),
                                ],
                                max_length=5,
                                verbose_name="format",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(choices=[("en", "English"), ("km", "ខ្មែរ")], default="en", max_length=2, verbose_name="language"),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile", verbose_name="file"
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="files", to="reports.report", verbose_name="report"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "report file",
                        "verbose_name_plural": "report files",
                        "constraints": [models.UniqueConstraint(fields=("report", "format", "language"), name="report_file_once")],
                    },
                ),
            ]
        ),
    ]

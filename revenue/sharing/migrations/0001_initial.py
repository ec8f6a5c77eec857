import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import revenue.sharing.models.plans
from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("credits", "0001_initial"),
        ("ledger", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0001_initial"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="PlanVersion",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        ("text", models.TextField(verbose_name="plan file")),
                        ("sha256", models.CharField(max_length=64, verbose_name="sha256")),
                        ("effective_from", models.DateField(verbose_name="in force from")),
                        ("effective_to", models.DateField(blank=True, null=True, verbose_name="in force until")),
                        (
                            "status",
                            models.CharField(
                                choices=[("DRAFT", "draft"), ("PROPOSED", "proposed"), ("APPROVED", "approved"), ("REFUSED", "refused")],
                                default="DRAFT",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decided by",
                            ),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="signed document",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plan_versions",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="proposed by"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "plan version",
                        "verbose_name_plural": "plan versions",
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "number"), name="plan_version_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("effective_to", None), ("effective_to__gt", models.F("effective_from")), _connector="OR"),
                                name="plan_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("proposed_by")), _negated=True), name="plan_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("status__in", ["DRAFT", "PROPOSED"])),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("status__in", ["APPROVED", "REFUSED"])),
                                    _connector="OR",
                                ),
                                name="plan_decision_matches_status",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("status", "APPROVED")),
                                expressions=[("project", "="), (revenue.sharing.models.plans._DateRange("effective_from", "effective_to"), "&&")],
                                name="plan_one_in_force",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AllocationRun",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "status",
                            models.CharField(
                                choices=[("ALLOCATED", "allocated"), ("UNALLOCATED", "unallocated"), ("REVERSED", "reversed")],
                                max_length=12,
                                verbose_name="status",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("result", models.TextField(blank=True, verbose_name="result")),
                        ("sha256", models.CharField(blank=True, max_length=64, verbose_name="sha256")),
                        ("run_at", models.DateTimeField(verbose_name="run at")),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="ledger entry",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocation_runs",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "run_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="run by",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.indicatorsnapshot",
                                verbose_name="indicator snapshot",
                            ),
                        ),
                        (
                            "tranche",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocation_runs",
                                to="ledger.tranche",
                                verbose_name="tranche",
                            ),
                        ),
                        (
                            "plan_version",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="sharing.planversion",
                                verbose_name="plan version",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "allocation",
                        "verbose_name_plural": "allocations",
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("status", "ALLOCATED")), fields=("tranche",), name="tranche_allocated_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("entry", None), ("status", "UNALLOCATED"), models.Q(("reason", ""), _negated=True)),
                                    models.Q(("entry__isnull", False), ("plan_version__isnull", False), ("status__in", ["ALLOCATED", "REVERSED"])),
                                    _connector="OR",
                                ),
                                name="allocation_has_plan_or_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pot",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        ("title", models.CharField(max_length=160, verbose_name="title")),
                        ("title_km", models.CharField(blank=True, max_length=160, verbose_name="title in Khmer")),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("forest_protection", "forest protection"),
                                    ("community_development", "community development"),
                                    ("training", "training"),
                                    ("costs", "operating costs"),
                                    ("reserve", "reserve"),
                                ],
                                max_length=24,
                                verbose_name="purpose",
                            ),
                        ),
                        (
                            "draw",
                            models.CharField(
                                choices=[("FIFO", "oldest money first"), ("PROPORTIONAL", "in proportion")],
                                default="FIFO",
                                max_length=12,
                                verbose_name="draw",
                            ),
                        ),
                        ("deadline_days", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="days to pay")),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="pots", to="credits.project", verbose_name="project"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pot",
                        "verbose_name_plural": "pots",
                        "constraints": [models.UniqueConstraint(fields=("project", "code"), name="pot_code_once")],
                    },
                ),
                migrations.CreateModel(
                    name="AllocationLine",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("position", models.PositiveIntegerField(verbose_name="position")),
                        (
                            "state",
                            models.CharField(
                                choices=[("allocated", "allocated"), ("held", "held in reserve"), ("withheld", "withheld")],
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("exact", models.CharField(blank=True, max_length=80, verbose_name="exact value")),
                        ("how", models.TextField(verbose_name="how it came about")),
                        ("steps", models.JSONField(default=list, verbose_name="steps")),
                        ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="released at")),
                        ("release_reason", models.CharField(blank=True, max_length=300, verbose_name="reason for release")),
                        (
                            "recipient",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocation_lines",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                        (
                            "release_entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="release entry",
                            ),
                        ),
                        (
                            "released_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="released by",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="sharing.allocationrun",
                                verbose_name="allocation",
                            ),
                        ),
                        (
                            "pot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="sharing.pot", verbose_name="pot"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "allocation line",
                        "verbose_name_plural": "allocation lines",
                        "constraints": [
                            models.UniqueConstraint(fields=("run", "position"), name="allocation_line_position_once"),
                            models.CheckConstraint(condition=models.Q(("amount_minor__gte", 0)), name="allocation_line_not_negative"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("release_entry", None), ("released_at", None), ("released_by", None)),
                                    models.Q(
                                        ("release_entry__isnull", False),
                                        ("released_at__isnull", False),
                                        ("released_by__isnull", False),
                                        models.Q(("release_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="allocation_line_release_is_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Beneficiary",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("group", models.SlugField(max_length=40, verbose_name="group")),
                        ("from_date", models.DateField(verbose_name="from")),
                        ("to_date", models.DateField(blank=True, null=True, verbose_name="until")),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="beneficiaries",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="beneficiaries",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "beneficiary",
                        "verbose_name_plural": "beneficiaries",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("to_date", None), ("to_date__gt", models.F("from_date")), _connector="OR"),
                                name="beneficiary_ends_after_it_begins",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("project", "="),
                                    ("recipient", "="),
                                    ("group", "="),
                                    (revenue.sharing.models.plans._DateRange("from_date", "to_date"), "&&"),
                                ],
                                name="beneficiary_once_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WaitingTranche",
                    fields=[],
                    options={
                        "verbose_name": "money to be allocated",
                        "verbose_name_plural": "money to be allocated",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("ledger.tranche",),
                ),
            ]
        ),
    ]

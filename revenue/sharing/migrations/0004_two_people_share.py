import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_reference_sequences"),
        ("credits", "0003_frozen_columns"),
        ("ledger", "0004_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0003_frozen_columns"),
        ("sharing", "0003_frozen_columns"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="PayoutRate",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("base", models.CharField(max_length=3, verbose_name="one unit of")),
                        ("currency", models.CharField(max_length=3, verbose_name="is paid in")),
                        ("rate", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="rate")),
                        ("on", models.DateField(verbose_name="day of the rate")),
                        ("source", models.CharField(max_length=200, verbose_name="source")),
                        ("stated_at", models.DateTimeField(verbose_name="stated at")),
                        (
                            "stated_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="stated by"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "payout rate",
                        "verbose_name_plural": "payout rates",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("rate__gt", 0), models.Q(("source", ""), _negated=True)), name="payout_rate_above_zero"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("base", models.F("currency")), _negated=True), name="payout_rate_of_two_currencies"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Ruling",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("MANUAL", "the recipients' own division"), ("OVERRIDE", "a departure from the rule")],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("step", models.CharField(max_length=40, verbose_name="step of the plan")),
                        ("authority", models.CharField(max_length=160, verbose_name="authority")),
                        ("title", models.CharField(max_length=160, verbose_name="document")),
                        ("decided_on", models.DateField(verbose_name="day of the decision")),
                        ("why", models.CharField(blank=True, max_length=300, verbose_name="why")),
                        ("women_present", models.PositiveIntegerField(blank=True, null=True, verbose_name="women present")),
                        ("men_present", models.PositiveIntegerField(blank=True, null=True, verbose_name="men present")),
                        ("parts", models.JSONField(verbose_name="parts")),
                        (
                            "status",
                            models.CharField(
                                choices=[("PROPOSED", "proposed"), ("APPROVED", "approved"), ("REFUSED", "refused")],
                                default="PROPOSED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("made_at", models.DateTimeField(verbose_name="entered at")),
                        ("ruled_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="remark")),
                        (
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile", verbose_name="document's file"
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="entered by"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.project", verbose_name="project"
                            ),
                        ),
                        (
                            "ruled_by",
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
                            "tranche",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="rulings", to="ledger.tranche", verbose_name="receipt"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "decision about a step",
                        "verbose_name_plural": "decisions about steps",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "REFUSED"), _negated=True), fields=("tranche", "step"), name="ruling_once_a_step"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ruled_by", None), models.Q(("ruled_by", models.F("made_by")), _negated=True), _connector="OR"),
                                name="ruling_maker_is_not_checker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ruled_at", None), ("ruled_by", None), ("status", "PROPOSED")),
                                    models.Q(
                                        models.Q(("status", "PROPOSED"), _negated=True), ("ruled_at__isnull", False), ("ruled_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="ruling_decision_matches_status",
                            ),
                            models.CheckConstraint(condition=models.Q(("kind", "OVERRIDE"), ("why", ""), _negated=True), name="override_says_why"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "MANUAL"), _negated=True),
                                    models.Q(("men_present__isnull", False), ("women_present__isnull", False)),
                                    _connector="OR",
                                ),
                                name="own_division_has_attendance",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatedFact",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.SlugField(max_length=40, verbose_name="name in the plan")),
                        ("value", models.CharField(max_length=60, verbose_name="value")),
                        ("from_date", models.DateField(verbose_name="from")),
                        ("source", models.CharField(max_length=200, verbose_name="source")),
                        ("stated_at", models.DateTimeField(verbose_name="stated at")),
                        (
                            "document",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="document",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="stated_facts", to="credits.project", verbose_name="project"
                            ),
                        ),
                        (
                            "stated_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="stated by"
                            ),
                        ),
                        (
                            "tranche",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.tranche",
                                verbose_name="only for the receipt",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "stated fact",
                        "verbose_name_plural": "stated facts",
                        "indexes": [models.Index(fields=["project", "name", "from_date"], name="stated_fact_latest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("name", ""), _negated=True),
                                    models.Q(("value", ""), _negated=True),
                                    models.Q(("source", ""), _negated=True),
                                ),
                                name="stated_fact_is_whole",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HeldLine",
                    fields=[],
                    options={
                        "verbose_name": "money in reserve",
                        "verbose_name_plural": "money in reserve",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("sharing.allocationline",),
                ),
                migrations.CreateModel(
                    name="WithheldLine",
                    fields=[],
                    options={
                        "verbose_name": "money withheld",
                        "verbose_name_plural": "money withheld",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("sharing.allocationline",),
                ),
            ]
        ),
        Together(
            [
                migrations.RemoveConstraint(
                    model_name="allocationline",
                    name="allocation_line_release_is_whole",
                ),
                migrations.RemoveConstraint(
                    model_name="allocationrun",
                    name="allocation_has_plan_or_reason",
                ),
                migrations.RemoveConstraint(
                    model_name="planversion",
                    name="plan_decision_matches_status",
                ),
                migrations.AddField(
                    model_name="allocationline",
                    name="how_km",
                    field=models.TextField(blank=True, verbose_name="how it came about, in Khmer"),
                ),
                migrations.AddField(
                    model_name="allocationline",
                    name="released_minor",
                    field=models.BigIntegerField(blank=True, null=True, verbose_name="amount released"),
                ),
                migrations.AddField(
                    model_name="allocationline",
                    name="released_to",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sharing.pot",
                        verbose_name="released into",
                    ),
                ),
                migrations.AddField(
                    model_name="allocationline",
                    name="rule_minor",
                    field=models.BigIntegerField(blank=True, null=True, verbose_name="amount by the rule"),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="corrects",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="sharing.allocationrun",
                        verbose_name="corrects",
                    ),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="decided_at",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="decided_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="first",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sharing.allocationrun",
                        verbose_name="first shared by",
                    ),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="reversal_asked_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reversal asked for by",
                    ),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="reversal_entry",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                        verbose_name="reversal entry",
                    ),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="reversal_reason",
                    field=models.CharField(blank=True, max_length=300, verbose_name="reason for the reversal"),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="reversed_at",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="reversed at"),
                ),
                migrations.AddField(
                    model_name="allocationrun",
                    name="reversed_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reversed by",
                    ),
                ),
                migrations.AlterField(
                    model_name="allocationrun",
                    name="run_at",
                    field=models.DateTimeField(verbose_name="proposed at"),
                ),
                migrations.AlterField(
                    model_name="allocationrun",
                    name="run_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                migrations.AlterField(
                    model_name="allocationrun",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("UNALLOCATED", "unallocated"),
                            ("PROPOSED", "proposed"),
                            ("WITHDRAWN", "withdrawn"),
                            ("REFUSED", "refused"),
                            ("ALLOCATED", "allocated"),
                            ("CORRECTED", "corrected since"),
                            ("REVERSED", "reversed"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                migrations.AlterField(
                    model_name="planversion",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("DRAFT", "draft"),
                            ("PROPOSED", "proposed"),
                            ("APPROVED", "approved"),
                            ("REFUSED", "refused"),
                            ("WITHDRAWN", "withdrawn"),
                        ],
                        default="DRAFT",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="allocationline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("rule_minor", None), ("rule_minor__gte", 0), _connector="OR"), name="allocation_line_rule_not_negative"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="allocationline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("release_entry", None), ("released_at", None), ("released_by", None), ("released_minor", None), ("released_to", None)
                            ),
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
                ),
                migrations.AddConstraint(
                    model_name="allocationline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("released_minor", None), ("released_to", None)),
                            models.Q(
                                ("released_minor__gt", 0),
                                ("released_minor__lte", models.F("amount_minor")),
                                ("released_to__isnull", False),
                                ("state", "held"),
                                models.Q(("released_to", models.F("pot")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="allocation_line_reserve_released",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="allocationrun",
                    constraint=models.UniqueConstraint(condition=models.Q(("status", "PROPOSED")), fields=("tranche",), name="tranche_proposed_once"),
                ),
                migrations.AddConstraint(
                    model_name="allocationrun",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry", None), ("status", "UNALLOCATED"), models.Q(("reason", ""), _negated=True)),
                            models.Q(
                                ("entry", None),
                                ("plan_version__isnull", False),
                                ("status__in", ["PROPOSED", "WITHDRAWN", "REFUSED"]),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            models.Q(
                                ("entry__isnull", False), ("plan_version__isnull", False), ("status__in", ["ALLOCATED", "CORRECTED", "REVERSED"])
                            ),
                            _connector="OR",
                        ),
                        name="allocation_has_plan_or_reason",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="allocationrun",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("decided_by", None), models.Q(("decided_by", models.F("run_by")), _negated=True), _connector="OR"),
                        name="allocation_maker_is_not_checker",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="allocationrun",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("corrects", None), ("first", None)),
                            models.Q(("corrects__isnull", False), ("first__isnull", False)),
                            _connector="OR",
                        ),
                        name="allocation_correction_has_first",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="allocationrun",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("status__in", ["UNALLOCATED", "PROPOSED", "WITHDRAWN"])),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("status", "REFUSED"),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            ("status__in", ["ALLOCATED", "CORRECTED", "REVERSED"]),
                            _connector="OR",
                        ),
                        name="allocation_decision_matches_status",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="allocationrun",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reversal_asked_by", None), ("reversal_reason", "")),
                            models.Q(("reversal_asked_by__isnull", False), models.Q(("reversal_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="allocation_reversal_has_reason",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="allocationrun",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("reversal_entry__isnull", False),
                                ("reversed_at__isnull", False),
                                ("reversed_by__isnull", False),
                                ("status", "REVERSED"),
                                ("reversal_asked_by__isnull", False),
                                models.Q(("reversed_by", models.F("reversal_asked_by")), _negated=True),
                            ),
                            models.Q(
                                models.Q(("status", "REVERSED"), _negated=True),
                                ("reversal_entry", None),
                                ("reversed_at", None),
                                ("reversed_by", None),
                            ),
                            _connector="OR",
                        ),
                        name="allocation_reversed_by_two",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="planversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("status__in", ["DRAFT", "PROPOSED", "WITHDRAWN"])),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("status__in", ["APPROVED", "REFUSED"])),
                            _connector="OR",
                        ),
                        name="plan_decision_matches_status",
                    ),
                ),
            ]
        ),
    ]

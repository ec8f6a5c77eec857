import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import communities.consent.models.plans
from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0003_reference_sequences"),
        ("ledger", "0004_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0003_frozen_columns"),
        ("sharing", "0003_frozen_columns"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Consent",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("GIVEN", "consent given"), ("REFUSED", "consent refused"), ("WITHDRAWN", "consent withdrawn")],
                                max_length=10,
                                verbose_name="community's answer",
                            ),
                        ),
                        ("happened_on", models.DateField(verbose_name="said on")),
                        ("said_by", models.CharField(max_length=200, verbose_name="who said it")),
                        ("women", models.PositiveIntegerField(default=0, verbose_name="women at the meeting")),
                        ("men", models.PositiveIntegerField(default=0, verbose_name="men at the meeting")),
                        ("spoken_language", models.CharField(blank=True, max_length=60, verbose_name="language of the meeting")),
                        ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason given")),
                        (
                            "status",
                            models.CharField(
                                choices=[("ENTERED", "to be confirmed"), ("CONFIRMED", "confirmed"), ("REJECTED", "not confirmed")],
                                default="ENTERED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(verbose_name="entered at")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                        ("remark", models.CharField(blank=True, max_length=300, verbose_name="remark of who decided")),
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
                                verbose_name="minutes or photo",
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="entered by"
                            ),
                        ),
                        (
                            "plan_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to="sharing.planversion",
                                verbose_name="plan version",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "consent",
                        "verbose_name_plural": "consents",
                        "indexes": [models.Index(fields=["plan_version", "recipient", "-happened_on", "-id"], name="consent_standing")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("said_by", ""), _negated=True), name="consent_said_by_somebody"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "WITHDRAWN"),
                                    models.Q(
                                        ("document__isnull", False),
                                        models.Q(("spoken_language", ""), _negated=True),
                                        models.Q(("women__gt", 0), ("men__gt", 0), _connector="OR"),
                                    ),
                                    _connector="OR",
                                ),
                                name="consent_meeting_has_minutes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind", "GIVEN"), models.Q(("reason", ""), _negated=True), _connector="OR"),
                                name="consent_against_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("entered_by")), _negated=True), name="consent_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("status", "ENTERED")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("status", "CONFIRMED")),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("status", "REJECTED"),
                                        models.Q(("remark", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="consent_decision_matches_status",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VillagePlan",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                        ("title", models.CharField(max_length=160, verbose_name="title")),
                        ("first_year", models.PositiveSmallIntegerField(verbose_name="first year")),
                        ("last_year", models.PositiveSmallIntegerField(verbose_name="last year")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("DRAFT", "draft"),
                                    ("PROPOSED", "waiting for approval"),
                                    ("APPROVED", "approved"),
                                    ("REFUSED", "refused"),
                                    ("REPLACED", "replaced for years of a newer version"),
                                ],
                                default="DRAFT",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("drafted_at", models.DateTimeField(verbose_name="drafted at")),
                        ("met_on", models.DateField(blank=True, null=True, verbose_name="community's meeting on")),
                        ("women", models.PositiveIntegerField(default=0, verbose_name="women at the meeting")),
                        ("men", models.PositiveIntegerField(default=0, verbose_name="men at the meeting")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
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
                            "drafted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="drafted by"
                            ),
                        ),
                        (
                            "minutes",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="minutes",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="village_plans",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                        (
                            "sent_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="sent by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "village plan",
                        "verbose_name_plural": "village plans",
                        "constraints": [
                            models.UniqueConstraint(fields=("recipient", "number"), name="village_plan_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["DRAFT", "PROPOSED"])), fields=("recipient",), name="village_plan_one_open"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first_year__gte", 2000),
                                    ("last_year__gte", models.F("first_year")),
                                    ("last_year__lte", 2100),
                                    ("last_year__lt", django.db.models.expressions.CombinedExpression(models.F("first_year"), "+", models.Value(10))),
                                ),
                                name="village_plan_years_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_by", models.F("drafted_by")), _negated=True),
                                    models.Q(("decided_by", models.F("sent_by")), _negated=True),
                                ),
                                name="village_plan_maker_is_not_checker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("met_on", None), ("minutes", None), ("sent_at", None), ("sent_by", None), ("status", "DRAFT")),
                                    models.Q(
                                        models.Q(("status", "DRAFT"), _negated=True),
                                        ("met_on__isnull", False),
                                        ("minutes__isnull", False),
                                        ("sent_at__isnull", False),
                                        ("sent_by__isnull", False),
                                        models.Q(("women__gt", 0), ("men__gt", 0), _connector="OR"),
                                    ),
                                    _connector="OR",
                                ),
                                name="village_plan_sent_with_minutes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("status__in", ["DRAFT", "PROPOSED"])),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("status__in", ["APPROVED", "REPLACED"])),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("status", "REFUSED"),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="village_plan_decision_matches_status",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("status", "APPROVED")),
                                expressions=[
                                    ("recipient", "="),
                                    (communities.consent.models.plans._Years("first_year", "last_year", models.Value("[]")), "&&"),
                                ],
                                name="village_plan_one_approved_a_year",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Activity",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                        ("name", models.CharField(max_length=160, verbose_name="activity")),
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
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="activities",
                                to="consent.villageplan",
                                verbose_name="village plan",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "activity",
                        "verbose_name_plural": "activities",
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "number"), name="activity_number_once"),
                            models.UniqueConstraint(fields=("plan", "name"), name="activity_name_once"),
                            models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="activity_has_name"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Withholding",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("withheld_at", models.DateTimeField(verbose_name="withheld at")),
                        ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="released at")),
                        ("release_reason", models.CharField(blank=True, max_length=300, verbose_name="reason for release")),
                        (
                            "consent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withholdings",
                                to="consent.consent",
                                verbose_name="because of",
                            ),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry", verbose_name="ledger entry"
                            ),
                        ),
                        (
                            "release_entry",
                            models.OneToOneField(
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
                            "withheld_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="withheld by"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "money withheld",
                        "verbose_name_plural": "money withheld",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="withholding_is_positive"),
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
                                name="withholding_release_is_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("released_by", models.F("withheld_by")), _negated=True), name="withholding_released_by_another"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BudgetLine",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                        ("currency", models.CharField(choices=[("KHR", "KHR"), ("USD", "USD")], max_length=3, verbose_name="currency")),
                        ("amount_minor", models.BigIntegerField(verbose_name="budget")),
                        ("added_at", models.DateTimeField(verbose_name="added at")),
                        (
                            "activity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="consent.activity", verbose_name="activity"
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="added by"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "budget line",
                        "verbose_name_plural": "budget lines",
                        "constraints": [
                            models.UniqueConstraint(fields=("activity", "year"), name="budget_line_once_a_year"),
                            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="budget_line_is_positive"),
                            models.CheckConstraint(condition=models.Q(("currency__in", ["KHR", "USD"])), name="budget_line_in_riel_or_dollars"),
                        ],
                    },
                ),
            ]
        ),
    ]

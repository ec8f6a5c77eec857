import django.contrib.postgres.constraints
import django.contrib.postgres.operations
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import communities.registry.models
from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        Together(
            [
                migrations.CreateModel(
                    name="Recipient",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("VILLAGE_COMMITTEE", "village committee"),
                                    ("CPA", "protected area community"),
                                    ("CFMC", "community forest"),
                                    ("ICC", "indigenous community"),
                                    ("COMMUNE", "commune"),
                                    ("RANGER_UNIT", "ranger unit"),
                                    ("PARTNER", "implementing partner"),
                                    ("TRAINING_PROVIDER", "training provider"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        ("name", models.CharField(max_length=160, verbose_name="name")),
                        ("name_km", models.CharField(blank=True, max_length=160, verbose_name="name in Khmer")),
                        ("province", models.CharField(blank=True, max_length=120, verbose_name="province")),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "recipient",
                        "verbose_name_plural": "recipients",
                        "constraints": [models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="recipient_has_code")],
                    },
                ),
                migrations.CreateModel(
                    name="Village",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(max_length=8, unique=True, verbose_name="gazetteer code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_km", models.CharField(blank=True, max_length=120, verbose_name="name in Khmer")),
                        ("commune", models.CharField(max_length=120, verbose_name="commune")),
                        ("district", models.CharField(max_length=120, verbose_name="district")),
                        ("province", models.CharField(max_length=120, verbose_name="province")),
                        ("province_km", models.CharField(blank=True, max_length=120, verbose_name="province in Khmer")),
                        ("indigenous_group", models.CharField(blank=True, max_length=60, verbose_name="indigenous group")),
                        ("source", models.CharField(max_length=200, verbose_name="source")),
                    ],
                    options={
                        "verbose_name": "village",
                        "verbose_name_plural": "villages",
                    },
                ),
                migrations.CreateModel(
                    name="IndicatorSnapshot",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("as_of", models.DateField(verbose_name="as of")),
                        ("source", models.CharField(max_length=300, verbose_name="source")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "file",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="file",
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="recorded by"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "indicator snapshot",
                        "verbose_name_plural": "indicator snapshots",
                    },
                ),
                migrations.CreateModel(
                    name="RecipientVillage",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("from_date", models.DateField(verbose_name="from")),
                        ("to_date", models.DateField(blank=True, null=True, verbose_name="until")),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="cover", to="registry.recipient", verbose_name="recipient"
                            ),
                        ),
                        (
                            "village",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="cover", to="registry.village", verbose_name="village"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "village covered",
                        "verbose_name_plural": "villages covered",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("to_date", None), ("to_date__gt", models.F("from_date")), _connector="OR"),
                                name="cover_ends_after_it_begins",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("recipient", "="),
                                    ("village", "="),
                                    (communities.registry.models._DateRange("from_date", "to_date"), "&&"),
                                ],
                                name="cover_once_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IndicatorValue",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("indicator", models.SlugField(max_length=40, verbose_name="indicator")),
                        ("value", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="value")),
                        (
                            "snapshot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="values",
                                to="registry.indicatorsnapshot",
                                verbose_name="snapshot",
                            ),
                        ),
                        (
                            "village",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="indicators", to="registry.village", verbose_name="village"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "indicator value",
                        "verbose_name_plural": "indicator values",
                        "constraints": [
                            models.UniqueConstraint(fields=("snapshot", "village", "indicator"), name="indicator_once_a_village"),
                            models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="indicator_not_negative"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PayeeAccount",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "channel",
                            models.CharField(
                                choices=[("BANK", "bank account"), ("WALLET", "e-wallet"), ("AGENT", "cash agent")],
                                max_length=10,
                                verbose_name="channel",
                            ),
                        ),
                        ("institution", models.CharField(max_length=80, verbose_name="bank or provider")),
                        ("account_name", models.CharField(max_length=160, verbose_name="account name")),
                        ("account_number", models.CharField(max_length=40, verbose_name="account number")),
                        (
                            "status",
                            models.CharField(
                                choices=[("PROPOSED", "proposed"), ("APPROVED", "approved"), ("REFUSED", "refused"), ("REPLACED", "replaced")],
                                default="PROPOSED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                        ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
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
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="proposed by"
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="accounts",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "payee account",
                        "verbose_name_plural": "payee accounts",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "APPROVED")), fields=("recipient",), name="payee_one_approved_account"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "PROPOSED")), fields=("recipient",), name="payee_one_proposed_account"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("proposed_by")), _negated=True), name="payee_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("status", "PROPOSED")),
                                    models.Q(
                                        models.Q(("status", "PROPOSED"), _negated=True), ("decided_at__isnull", False), ("decided_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="payee_decision_matches_status",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Assignment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("from_date", models.DateField(verbose_name="from")),
                        ("to_date", models.DateField(blank=True, null=True, verbose_name="until")),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "assignment",
                        "verbose_name_plural": "assignments",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("to_date", None), ("to_date__gt", models.F("from_date")), _connector="OR"),
                                name="assignment_ends_after_it_begins",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("person", "="),
                                    ("recipient", "="),
                                    (communities.registry.models._DateRange("from_date", "to_date"), "&&"),
                                ],
                                name="assignment_once_at_a_time",
                            ),
                        ],
                    },
                ),
            ]
        ),
        migrations.AddField(
            model_name="recipient",
            name="villages",
            field=models.ManyToManyField(
                related_name="recipients", through="registry.RecipientVillage", to="registry.village", verbose_name="villages"
            ),
        ),
    ]

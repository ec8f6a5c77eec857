import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0003_reference_sequences"),
        ("disbursements", "0002_rules"),
        ("ledger", "0003_allowed_pairs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0002_rules"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Category",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_km", models.CharField(blank=True, max_length=120, verbose_name="name in Khmer")),
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
                        ("is_eligible", models.BooleanField(default=True, verbose_name="eligible")),
                    ],
                    options={
                        "verbose_name": "spending category",
                        "verbose_name_plural": "spending categories",
                    },
                ),
                migrations.CreateModel(
                    name="SpendingRecord",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        ("spent_on", models.DateField(verbose_name="spent on")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("other_minor", models.BigIntegerField(default=0, verbose_name="paid by another donor")),
                        ("payee", models.CharField(max_length=160, verbose_name="paid to")),
                        ("description", models.CharField(max_length=500, verbose_name="what it was for")),
                        ("women", models.PositiveIntegerField(default=0, verbose_name="women who benefited")),
                        ("men", models.PositiveIntegerField(default=0, verbose_name="men who benefited")),
                        ("youth", models.PositiveIntegerField(default=0, verbose_name="of them young people")),
                        ("indigenous", models.PositiveIntegerField(default=0, verbose_name="of them Indigenous people")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("LOGGED", "waiting for the office"),
                                    ("QUERIED", "question from the office"),
                                    ("ACCEPTED", "accepted"),
                                    ("REFUSED", "refused"),
                                ],
                                default="LOGGED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("logged_at", models.DateTimeField(verbose_name="logged at")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                        ("decided_on", models.DateField(blank=True, null=True, verbose_name="decided on")),
                        ("funded_minor", models.BigIntegerField(blank=True, null=True, verbose_name="paid from carbon revenue")),
                        ("not_funded_minor", models.BigIntegerField(blank=True, null=True, verbose_name="not funded by carbon revenue")),
                        ("drawn_minor", models.BigIntegerField(blank=True, null=True, verbose_name="drawn from the advances")),
                        ("drawn_currency", models.CharField(blank=True, max_length=3, verbose_name="currency of the advances")),
                        (
                            "category",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="spending", to="spending.category", verbose_name="category"
                            ),
                        ),
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
                            "disbursement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="spending",
                                to="disbursements.disbursement",
                                verbose_name="from which payment",
                            ),
                        ),
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
                            "logged_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="logged by"
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="spending",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "spending record",
                        "verbose_name_plural": "spending records",
                        "indexes": [
                            models.Index(fields=["recipient", "spent_on"], name="spending_by_recipient"),
                            models.Index(fields=["status", "logged_at"], name="spending_queue"),
                            models.Index(fields=["spent_on"], name="spending_by_day"),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="spending_is_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("other_minor__gte", 0), ("other_minor__lte", models.F("amount_minor"))),
                                name="spending_other_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("logged_by")), _negated=True), name="spending_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_by", None),
                                        ("entry", None),
                                        ("funded_minor", None),
                                        ("not_funded_minor", None),
                                        ("status__in", ["LOGGED", "QUERIED"]),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("entry", None),
                                        ("funded_minor", None),
                                        ("status", "REFUSED"),
                                    ),
                                    models.Q(
                                        (
                                            "amount_minor",
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("funded_minor"), "+", models.F("not_funded_minor")
                                                ),
                                                "+",
                                                models.F("other_minor"),
                                            ),
                                        ),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("decided_on__isnull", False),
                                        ("drawn_minor__isnull", False),
                                        ("status", "ACCEPTED"),
                                        models.Q(("entry__isnull", False), models.Q(("drawn_minor", 0), ("funded_minor", 0)), _connector="OR"),
                                    ),
                                    _connector="OR",
                                ),
                                name="spending_decision_matches_status",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingRecord",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        ("topic", models.CharField(max_length=200, verbose_name="topic")),
                        ("trainer", models.CharField(max_length=160, verbose_name="trainer")),
                        ("place", models.CharField(blank=True, max_length=160, verbose_name="place")),
                        ("first_day", models.DateField(verbose_name="first day")),
                        ("days", models.PositiveSmallIntegerField(verbose_name="days")),
                        ("women", models.PositiveIntegerField(verbose_name="women")),
                        ("men", models.PositiveIntegerField(verbose_name="men")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("LOGGED", "waiting for the office"),
                                    ("QUERIED", "question from the office"),
                                    ("ACCEPTED", "accepted"),
                                    ("REFUSED", "refused"),
                                ],
                                default="LOGGED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("logged_at", models.DateTimeField(verbose_name="logged at")),
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
                            "logged_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="logged by"
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trainings",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "training record",
                        "verbose_name_plural": "training records",
                        "indexes": [models.Index(fields=["recipient", "first_day"], name="training_by_recipient")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("days__gte", 1), ("days__lte", 90)), name="training_days_sensible"),
                            models.CheckConstraint(
                                condition=models.Q(("women__gt", 0), ("men__gt", 0), _connector="OR"), name="training_has_participants"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("logged_by")), _negated=True), name="training_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_by", None), ("status__in", ["LOGGED", "QUERIED"])),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("status__in", ["ACCEPTED", "REFUSED"])),
                                    _connector="OR",
                                ),
                                name="training_decision_matches_status",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewStep",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("LOGGED", "waiting for the office"),
                                    ("QUERIED", "question from the office"),
                                    ("ACCEPTED", "accepted"),
                                    ("REFUSED", "refused"),
                                ],
                                max_length=10,
                                verbose_name="status after",
                            ),
                        ),
                        ("words", models.CharField(blank=True, max_length=500, verbose_name="what was said")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="by"
                            ),
                        ),
                        (
                            "spending",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="spending.spendingrecord",
                                verbose_name="spending record",
                            ),
                        ),
                        (
                            "training",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="spending.trainingrecord",
                                verbose_name="training record",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "review step",
                        "verbose_name_plural": "review steps",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("spending__isnull", False), ("training", None)),
                                    models.Q(("spending", None), ("training__isnull", False)),
                                    _connector="OR",
                                ),
                                name="review_of_one_record",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Evidence",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("RECEIPT", "receipt"), ("PHOTO", "photo of the result"), ("ATTENDANCE", "attendance list")],
                                default="RECEIPT",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("added_at", models.DateTimeField(verbose_name="added at")),
                        (
                            "added_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="added by"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="core.storedfile", verbose_name="file"
                            ),
                        ),
                        (
                            "spending",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evidence",
                                to="spending.spendingrecord",
                                verbose_name="spending record",
                            ),
                        ),
                        (
                            "training",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evidence",
                                to="spending.trainingrecord",
                                verbose_name="training record",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "evidence",
                        "verbose_name_plural": "evidence",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("spending__isnull", False), ("training", None)),
                                    models.Q(("spending", None), ("training__isnull", False)),
                                    _connector="OR",
                                ),
                                name="evidence_of_one_record",
                            ),
                            models.UniqueConstraint(fields=("spending", "file"), name="evidence_file_once_a_spending"),
                            models.UniqueConstraint(fields=("training", "file"), name="evidence_file_once_a_training"),
                        ],
                    },
                ),
            ]
        ),
    ]

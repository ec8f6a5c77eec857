"""Money to be repaid, later covers, the part of a record that is not eligible, and undone acceptances."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_reference_sequences"),
        ("credits", "0001_initial"),
        ("disbursements", "0003_frozen_columns"),
        ("ledger", "0004_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0003_frozen_columns"),
        ("spending", "0005_phone_rules"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="LaterCover",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                        ("funded_minor", models.BigIntegerField(verbose_name="paid from carbon revenue")),
                        ("drawn_minor", models.BigIntegerField(verbose_name="drawn from the advances")),
                        ("drawn_currency", models.CharField(max_length=3, verbose_name="currency of the advances")),
                        ("made_at", models.DateTimeField(verbose_name="at")),
                        ("made_on", models.DateField(verbose_name="on")),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry", verbose_name="ledger entry"
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="by"
                            ),
                        ),
                        (
                            "spending",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="covers",
                                to="spending.spendingrecord",
                                verbose_name="spending record",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "later cover",
                        "verbose_name_plural": "later covers",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("drawn_minor__gte", 0), ("funded_minor__gt", 0)), name="cover_is_positive"),
                            models.UniqueConstraint(fields=("spending", "number"), name="cover_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Recoverable",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("DISALLOWED", "accepted spending, not allowed afterwards"),
                                    ("PART", "part of spending that was not eligible"),
                                    ("ADVANCE", "advance that was not accounted for"),
                                ],
                                max_length=10,
                                verbose_name="how it came about",
                            ),
                        ),
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
                        ("local_minor", models.BigIntegerField(verbose_name="amount")),
                        ("local_currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount on the books")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency of the books")),
                        ("left_local_minor", models.BigIntegerField(verbose_name="still owed")),
                        ("left_minor", models.BigIntegerField(verbose_name="still owed on the books")),
                        ("reason", models.CharField(max_length=500, verbose_name="reason")),
                        ("made_at", models.DateTimeField(verbose_name="at")),
                        ("made_on", models.DateField(verbose_name="since")),
                        (
                            "category",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="spending.category",
                                verbose_name="what it was in truth",
                            ),
                        ),
                        (
                            "disbursement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recoverables",
                                to="disbursements.disbursement",
                                verbose_name="from which payment",
                            ),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry", verbose_name="ledger entry"
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="by"
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recoverables",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                        (
                            "spending",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recoverables",
                                to="spending.spendingrecord",
                                verbose_name="spending record",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "money to be repaid",
                        "verbose_name_plural": "money to be repaid",
                        "indexes": [models.Index(fields=["recipient", "purpose"], name="recoverable_by_recipient")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gte", 0), ("local_minor__gt", 0)), name="recoverable_is_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("left_local_minor__gte", 0),
                                    ("left_local_minor__lte", models.F("local_minor")),
                                    ("left_minor__gte", 0),
                                    ("left_minor__lte", models.F("amount_minor")),
                                ),
                                name="recoverable_left_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("left_local_minor__gt", 0), ("left_minor", 0), _connector="OR"), name="recoverable_ends_at_zero"
                            ),
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="recoverable_has_reason"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("disbursement", None), ("origin__in", ["DISALLOWED", "PART"]), ("spending__isnull", False)),
                                    models.Q(("disbursement__isnull", False), ("origin", "ADVANCE")),
                                    _connector="OR",
                                ),
                                name="recoverable_says_of_what",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Settlement",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("REPAID", "repaid"), ("WRITE_OFF", "written off"), ("ALLOWED", "allowed after all")],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("PROPOSED", "waiting for a decision"), ("DONE", "done"), ("REFUSED", "refused")],
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("local_minor", models.BigIntegerField(verbose_name="amount")),
                        ("amount_minor", models.BigIntegerField(blank=True, null=True, verbose_name="amount on the books")),
                        ("bank_reference", models.CharField(blank=True, max_length=80, verbose_name="bank reference")),
                        ("repaid_on", models.DateField(blank=True, null=True, verbose_name="repaid on")),
                        ("credited_minor", models.BigIntegerField(blank=True, null=True, verbose_name="credited by the bank")),
                        ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                        ("asked_at", models.DateTimeField(verbose_name="at")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                        ("answer", models.CharField(blank=True, max_length=500, verbose_name="words of the decision")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="by"
                            ),
                        ),
                        (
                            "bank_account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="credits.bankaccount",
                                verbose_name="bank account",
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
                            "document",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="document of the decision",
                            ),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="ledger entry",
                            ),
                        ),
                        (
                            "recoverable",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="settlements",
                                to="spending.recoverable",
                                verbose_name="money to be repaid",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "step of a recovery",
                        "verbose_name_plural": "steps of recoveries",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("local_minor__gt", 0)), name="settlement_is_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("asked_by")), _negated=True), name="settlement_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount_minor__gte", 0), ("entry__isnull", False), ("status", "DONE")),
                                    models.Q(("amount_minor", None), ("entry", None), ("status__in", ["PROPOSED", "REFUSED"])),
                                    _connector="OR",
                                ),
                                name="settlement_done_has_entry",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("bank_account__isnull", False),
                                        ("credited_minor__gte", 0),
                                        ("decided_by", None),
                                        ("kind", "REPAID"),
                                        ("repaid_on__isnull", False),
                                        ("status", "DONE"),
                                        models.Q(("bank_reference", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("bank_account", None),
                                        ("bank_reference", ""),
                                        ("credited_minor", None),
                                        ("kind__in", ["WRITE_OFF", "ALLOWED"]),
                                        ("repaid_on", None),
                                        models.Q(("reason", ""), _negated=True),
                                        models.Q(
                                            models.Q(("decided_at", None), ("decided_by", None), ("status", "PROPOSED")),
                                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("status", "DONE")),
                                            models.Q(
                                                ("decided_at__isnull", False),
                                                ("decided_by__isnull", False),
                                                ("status", "REFUSED"),
                                                models.Q(("answer", ""), _negated=True),
                                            ),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="settlement_kind_has_its_facts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("kind", "WRITE_OFF"), _negated=True), ("document__isnull", False), _connector="OR"),
                                name="settlement_write_off_has_document",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "REPAID")),
                                fields=("bank_account", "bank_reference"),
                                name="settlement_bank_reference_once",
                            ),
                            models.UniqueConstraint(condition=models.Q(("status", "PROPOSED")), fields=("recoverable",), name="settlement_one_waits"),
                        ],
                    },
                ),
            ]
        ),
        Together(
            [
                migrations.RemoveConstraint(
                    model_name="spendingrecord",
                    name="spending_decision_matches_status",
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="ineligible_category",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="spending.category",
                        verbose_name="what that part was",
                    ),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="ineligible_minor",
                    field=models.BigIntegerField(default=0, verbose_name="of it not eligible"),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="ineligible_why",
                    field=models.CharField(blank=True, max_length=500, verbose_name="why it is not eligible"),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="undone_at",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="undone at"),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="undone_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="undone_on",
                    field=models.DateField(blank=True, null=True, verbose_name="undone on"),
                ),
                migrations.AlterField(
                    model_name="reviewstep",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("LOGGED", "waiting for the office"),
                            ("QUERIED", "question from the office"),
                            ("ACCEPTED", "accepted"),
                            ("REFUSED", "refused"),
                            ("UNDONE", "accepted by mistake, undone"),
                        ],
                        max_length=10,
                        verbose_name="status after",
                    ),
                ),
                migrations.AlterField(
                    model_name="spendingrecord",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("LOGGED", "waiting for the office"),
                            ("QUERIED", "question from the office"),
                            ("ACCEPTED", "accepted"),
                            ("REFUSED", "refused"),
                            ("UNDONE", "accepted by mistake, undone"),
                        ],
                        default="LOGGED",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                migrations.AlterField(
                    model_name="trainingrecord",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("LOGGED", "waiting for the office"),
                            ("QUERIED", "question from the office"),
                            ("ACCEPTED", "accepted"),
                            ("REFUSED", "refused"),
                            ("UNDONE", "accepted by mistake, undone"),
                        ],
                        default="LOGGED",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="spendingrecord",
                    constraint=models.CheckConstraint(
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
                                        django.db.models.expressions.CombinedExpression(models.F("funded_minor"), "+", models.F("not_funded_minor")),
                                        "+",
                                        models.F("other_minor"),
                                    ),
                                ),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("decided_on__isnull", False),
                                ("drawn_minor__isnull", False),
                                ("status__in", ["ACCEPTED", "UNDONE"]),
                                models.Q(("entry__isnull", False), models.Q(("drawn_minor", 0), ("funded_minor", 0)), _connector="OR"),
                            ),
                            _connector="OR",
                        ),
                        name="spending_decision_matches_status",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="spendingrecord",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ineligible_category", None), ("ineligible_minor", 0), ("ineligible_why", "")),
                            models.Q(
                                ("ineligible_category__isnull", False),
                                ("ineligible_minor__gt", 0),
                                (
                                    "ineligible_minor__lt",
                                    django.db.models.expressions.CombinedExpression(models.F("amount_minor"), "-", models.F("other_minor")),
                                ),
                                ("status__in", ["ACCEPTED", "UNDONE"]),
                                models.Q(("ineligible_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="spending_ineligible_is_named",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="spendingrecord",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "UNDONE"), ("undone_at__isnull", False), ("undone_by__isnull", False), ("undone_on__isnull", False)),
                            models.Q(models.Q(("status", "UNDONE"), _negated=True), ("undone_at", None), ("undone_by", None), ("undone_on", None)),
                            _connector="OR",
                        ),
                        name="spending_undone_matches_status",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="spendingrecord",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undone_by", models.F("decided_by")), _negated=True),
                            models.Q(("undone_by", models.F("logged_by")), _negated=True),
                        ),
                        name="spending_undone_by_another",
                    ),
                ),
            ]
        ),
    ]

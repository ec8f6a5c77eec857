import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_reference_sequences"),
        ("credits", "0003_frozen_columns"),
        ("ledger", "0004_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="BankTransfer",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("sent_reference", models.CharField(max_length=80, verbose_name="reference of the debit")),
                        ("sent_on", models.DateField(verbose_name="debited on")),
                        ("sent_minor", models.BigIntegerField(verbose_name="debited")),
                        ("credited_reference", models.CharField(max_length=80, verbose_name="reference of the credit")),
                        ("credited_on", models.DateField(verbose_name="credited on")),
                        ("credited_minor", models.BigIntegerField(verbose_name="credited")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry", verbose_name="ledger entry"
                            ),
                        ),
                        (
                            "fee_entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="entry of the fee",
                            ),
                        ),
                        (
                            "from_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.bankaccount", verbose_name="from"
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="recorded by"
                            ),
                        ),
                        (
                            "to_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.bankaccount", verbose_name="to"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "transfer between banks",
                        "verbose_name_plural": "transfers between banks",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("from_account", models.F("to_account")), _negated=True), name="transfer_between_two_accounts"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("credited_minor__gt", 0), ("sent_minor__gte", models.F("credited_minor"))),
                                name="transfer_amounts_in_order",
                            ),
                            models.CheckConstraint(condition=models.Q(("credited_on__gte", models.F("sent_on"))), name="transfer_days_in_order"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("fee_entry", None), ("sent_minor", models.F("credited_minor"))),
                                    models.Q(("fee_entry__isnull", False), ("sent_minor__gt", models.F("credited_minor"))),
                                    _connector="OR",
                                ),
                                name="transfer_fee_is_posted",
                            ),
                            models.UniqueConstraint(fields=("from_account", "sent_reference"), name="transfer_debit_once"),
                            models.UniqueConstraint(fields=("to_account", "credited_reference"), name="transfer_credit_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Correction",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "status",
                            models.CharField(
                                choices=[("PROPOSED", "proposed"), ("APPROVED", "approved"), ("REFUSED", "refused")],
                                default="PROPOSED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="remark of the decision")),
                        ("invoice_minor", models.BigIntegerField(blank=True, null=True, verbose_name="paid of the invoice")),
                        ("why", models.CharField(max_length=300, verbose_name="why")),
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
                            "from_sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.sale", verbose_name="sale until now"
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="proposed by"
                            ),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="corrections", to="credits.receipt", verbose_name="receipt"
                            ),
                        ),
                        (
                            "to_sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.sale", verbose_name="right sale"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "correction of an identification",
                        "verbose_name_plural": "corrections of identifications",
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("proposed_by")), _negated=True), name="correction_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("status", "PROPOSED")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("status", "APPROVED")),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("status", "REFUSED"),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="correction_decision_matches_status",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("from_sale", models.F("to_sale")), _negated=True), name="correction_changes_the_sale"
                            ),
                            models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="correction_says_why"),
                            models.UniqueConstraint(condition=models.Q(("status", "PROPOSED")), fields=("receipt",), name="correction_one_at_a_time"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OtherIncome",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "status",
                            models.CharField(
                                choices=[("PROPOSED", "proposed"), ("APPROVED", "approved"), ("REFUSED", "refused")],
                                default="PROPOSED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="remark of the decision")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("INTEREST", "interest of the bank account"),
                                    ("GRANT", "grant"),
                                    ("COFUNDING", "co-funding"),
                                    ("PREFINANCING", "pre-financing"),
                                ],
                                max_length=14,
                                verbose_name="kind",
                            ),
                        ),
                        ("bank_reference", models.CharField(max_length=80, verbose_name="bank reference")),
                        ("value_date", models.DateField(verbose_name="value date")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount credited")),
                        ("payer", models.CharField(blank=True, max_length=160, verbose_name="who gave it")),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.bankaccount", verbose_name="bank account"
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile", verbose_name="document"
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
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="other_incomes",
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
                        (
                            "tranche",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incomes",
                                to="ledger.tranche",
                                verbose_name="tranche",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "other income",
                        "verbose_name_plural": "other income",
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("proposed_by")), _negated=True), name="otherincome_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("status", "PROPOSED")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("status", "APPROVED")),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("status", "REFUSED"),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="otherincome_decision_matches_status",
                            ),
                            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="income_is_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "INTEREST"), ("payer", "")),
                                    models.Q(models.Q(("kind", "INTEREST"), _negated=True), models.Q(("payer", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="income_names_its_payer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("entry__isnull", False), ("status", "APPROVED"), ("tranche__isnull", False)),
                                    models.Q(models.Q(("status", "APPROVED"), _negated=True), ("entry", None), ("tranche", None)),
                                    _connector="OR",
                                ),
                                name="income_is_posted_when_approved",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "REFUSED"), _negated=True),
                                fields=("bank_account", "bank_reference"),
                                name="income_bank_reference_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Recall",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("bank_reference", models.CharField(max_length=80, verbose_name="bank reference")),
                        ("value_date", models.DateField(verbose_name="value date")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount taken back")),
                        ("held_minor", models.BigIntegerField(default=0, verbose_name="of it not ours")),
                        ("shortfall_minor", models.BigIntegerField(default=0, verbose_name="of it used before: shortfall")),
                        ("reason", models.CharField(max_length=300, verbose_name="reason the bank gives")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.bankaccount", verbose_name="bank account"
                            ),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile", verbose_name="document"
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
                            "held_entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="entry of what was not ours",
                            ),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="recalls", to="credits.receipt", verbose_name="receipt"
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
                        "verbose_name": "recalled receipt",
                        "verbose_name_plural": "recalled receipts",
                        "indexes": [models.Index(fields=["value_date"], name="recall_by_day")],
                        "constraints": [
                            models.UniqueConstraint(fields=("bank_account", "bank_reference"), name="recall_bank_reference_once"),
                            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="recall_is_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount_minor__gte",
                                        django.db.models.expressions.CombinedExpression(models.F("held_minor"), "+", models.F("shortfall_minor")),
                                    ),
                                    ("held_minor__gte", 0),
                                    ("shortfall_minor__gte", 0),
                                ),
                                name="recall_parts_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(("held_entry", None), ("held_minor", 0)),
                                        models.Q(("held_entry__isnull", False), ("held_minor__gt", 0)),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        models.Q(("entry", None), ("held_minor", models.F("amount_minor"))),
                                        models.Q(("entry__isnull", False), ("held_minor__lt", models.F("amount_minor"))),
                                        _connector="OR",
                                    ),
                                ),
                                name="recall_is_posted",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("bank_reference", ""), _negated=True), models.Q(("reason", ""), _negated=True)),
                                name="recall_has_reference_and_reason",
                            ),
                        ],
                    },
                ),
            ]
        ),
        Together(
            [
                migrations.RemoveConstraint(
                    model_name="receipt",
                    name="receipt_bank_reference_once",
                ),
                migrations.AddField(
                    model_name="identification",
                    name="approved_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                migrations.AddField(
                    model_name="receipt",
                    name="part_of",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="credits.receipt",
                        verbose_name="part of",
                    ),
                ),
                migrations.AddField(
                    model_name="receipt",
                    name="passed_minor",
                    field=models.BigIntegerField(default=0, verbose_name="identified later"),
                ),
                migrations.AddField(
                    model_name="receipt",
                    name="rate",
                    field=models.CharField(blank=True, max_length=40, verbose_name="exchange rate"),
                ),
                migrations.AddField(
                    model_name="receipt",
                    name="recalled_held_minor",
                    field=models.BigIntegerField(default=0, verbose_name="taken back of what was held"),
                ),
                migrations.AddField(
                    model_name="receipt",
                    name="recalled_minor",
                    field=models.BigIntegerField(default=0, verbose_name="taken back"),
                ),
                migrations.AlterField(
                    model_name="receipt",
                    name="status",
                    field=models.CharField(
                        choices=[("UNIDENTIFIED", "unidentified"), ("IDENTIFIED", "identified"), ("REFUNDED", "refunded"), ("RECALLED", "recalled")],
                        default="IDENTIFIED",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="identification",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("number", 1),
                            models.Q(
                                ("approved_by__isnull", False),
                                models.Q(("approved_by", models.F("identified_by")), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="identification_corrected_by_two",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receipt",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("part_of", None)), fields=("bank_account", "bank_reference"), name="receipt_bank_reference_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receipt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("passed_minor__gte", 0),
                            ("recalled_held_minor__gte", 0),
                            ("recalled_minor__gte", 0),
                            (
                                "recalled_minor__lte",
                                django.db.models.expressions.CombinedExpression(models.F("gross_minor"), "-", models.F("not_ours_minor")),
                            ),
                            (
                                "not_ours_minor__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(models.F("refunded_minor"), "+", models.F("recalled_held_minor")),
                                    "+",
                                    models.F("passed_minor"),
                                ),
                            ),
                        ),
                        name="receipt_what_left_was_there",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receipt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("rate", ""),
                            models.Q(
                                models.Q(("invoice_currency", ""), _negated=True), models.Q(("invoice_currency", models.F("currency")), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="receipt_rate_where_exchanged",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receipt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("part_of", None), models.Q(("not_ours_minor", 0), ("sender_fee_minor", 0), ("status", "IDENTIFIED")), _connector="OR"
                        ),
                        name="receipt_part_is_of_a_sale",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receipt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "RECALLED"), _negated=True),
                            (
                                "recalled_held_minor",
                                django.db.models.expressions.CombinedExpression(models.F("gross_minor"), "-", models.F("sender_fee_minor")),
                            ),
                            _connector="OR",
                        ),
                        name="receipt_recalled_wholly",
                    ),
                ),
                migrations.AddField(
                    model_name="receipt",
                    name="settled_minor",
                    field=models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("invoice_minor"),
                            "-",
                            django.db.models.functions.comparison.Coalesce(
                                django.db.models.functions.comparison.Cast(
                                    models.Func(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.functions.comparison.Cast(
                                                "invoice_minor", models.DecimalField(decimal_places=0, max_digits=38)
                                            ),
                                            "*",
                                            models.F("recalled_minor"),
                                        ),
                                        django.db.models.functions.comparison.Cast(
                                            django.db.models.functions.comparison.NullIf(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("gross_minor"), "-", models.F("not_ours_minor")
                                                ),
                                                models.Value(0),
                                            ),
                                            models.DecimalField(decimal_places=0, max_digits=38),
                                        ),
                                        function="div",
                                        output_field=models.DecimalField(decimal_places=0, max_digits=38),
                                    ),
                                    models.BigIntegerField(),
                                ),
                                models.Value(0),
                            ),
                        ),
                        output_field=models.BigIntegerField(null=True, verbose_name="settled of the sale"),
                    ),
                ),
            ]
        ),
    ]

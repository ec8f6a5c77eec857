import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0002_rules"),
        ("credits", "0002_rules"),
        ("ledger", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0002_rules"),
        ("sharing", "0001_initial"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="BankStatement",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("first_day", models.DateField(verbose_name="from")),
                        ("last_day", models.DateField(verbose_name="to")),
                        ("opening_minor", models.BigIntegerField(verbose_name="opening balance")),
                        ("closing_minor", models.BigIntegerField(verbose_name="closing balance")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statements",
                                to="credits.bankaccount",
                                verbose_name="bank account",
                            ),
                        ),
                        (
                            "import_run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="statement", to="core.importrun", verbose_name="import"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bank statement",
                        "verbose_name_plural": "bank statements",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("last_day__gte", models.F("first_day"))), name="statement_days_in_order")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Disbursement",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
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
                            "kind",
                            models.CharField(
                                choices=[("ADVANCE", "advance, accounted for by spending"), ("FINAL", "final payment")],
                                default="ADVANCE",
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("description", models.CharField(max_length=300, verbose_name="what it is for")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="to be paid by")),
                        ("account_by", models.DateField(blank=True, null=True, verbose_name="to be accounted for by")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("REQUESTED", "requested"),
                                    ("APPROVED", "approved"),
                                    ("PAID", "paid"),
                                    ("REJECTED", "rejected"),
                                    ("CANCELLED", "cancelled"),
                                ],
                                default="REQUESTED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("requested_at", models.DateTimeField(verbose_name="requested at")),
                        ("requested_on", models.DateField(verbose_name="requested on")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                        ("decided_on", models.DateField(blank=True, null=True, verbose_name="decided on")),
                        ("decision_reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                        (
                            "approval_entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="approval entry",
                            ),
                        ),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disbursements",
                                to="credits.bankaccount",
                                verbose_name="paid from",
                            ),
                        ),
                        (
                            "cancel_entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="cancelling entry",
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
                            "pot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="disbursements", to="sharing.pot", verbose_name="pot"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disbursements",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disbursements",
                                to="registry.recipient",
                                verbose_name="recipient",
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="requested by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "disbursement",
                        "verbose_name_plural": "disbursements",
                        "indexes": [
                            models.Index(fields=["status", "requested_on"], name="disbursement_queue"),
                            models.Index(fields=["recipient", "purpose"], name="disbursement_by_recipient"),
                            models.Index(fields=["project", "requested_on"], name="disbursement_by_project"),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="disbursement_is_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("requested_by")), _negated=True), name="disbursement_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("approval_entry", None),
                                        ("decided_at", None),
                                        ("decided_by", None),
                                        ("decided_on", None),
                                        ("status", "REQUESTED"),
                                    ),
                                    models.Q(
                                        ("approval_entry", None),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("decided_on__isnull", False),
                                        ("status", "REJECTED"),
                                        models.Q(("decision_reason", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("approval_entry__isnull", False),
                                        ("cancel_entry", None),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("decided_on__isnull", False),
                                        ("status__in", ["APPROVED", "PAID"]),
                                    ),
                                    models.Q(
                                        ("approval_entry__isnull", False),
                                        ("cancel_entry__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("status", "CANCELLED"),
                                    ),
                                    _connector="OR",
                                ),
                                name="disbursement_decision_matches_status",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MoneyReturn",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("bank_reference", models.CharField(max_length=80, verbose_name="bank reference")),
                        ("returned_on", models.DateField(verbose_name="returned on")),
                        ("local_minor", models.BigIntegerField(verbose_name="amount given back")),
                        ("local_currency", models.CharField(max_length=3, verbose_name="currency given back")),
                        ("credited_minor", models.BigIntegerField(verbose_name="credited by the bank")),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.bankaccount", verbose_name="bank account"
                            ),
                        ),
                        (
                            "disbursement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="returns",
                                to="disbursements.disbursement",
                                verbose_name="disbursement",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry", verbose_name="ledger entry"
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
                        "verbose_name": "return of money",
                        "verbose_name_plural": "returns of money",
                        "constraints": [
                            models.UniqueConstraint(fields=("bank_account", "bank_reference"), name="return_bank_reference_once"),
                            models.CheckConstraint(condition=models.Q(("credited_minor__gte", 0), ("local_minor__gt", 0)), name="return_is_positive"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("bank_reference", models.CharField(max_length=80, verbose_name="bank or wallet reference")),
                        ("paid_on", models.DateField(verbose_name="paid on")),
                        ("amount_minor", models.BigIntegerField(verbose_name="debited")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("fee_minor", models.BigIntegerField(default=0, verbose_name="bank fee")),
                        ("local_minor", models.BigIntegerField(verbose_name="amount paid out")),
                        ("local_currency", models.CharField(max_length=3, verbose_name="currency paid out")),
                        ("rate", models.CharField(blank=True, max_length=40, verbose_name="exchange rate")),
                        (
                            "status",
                            models.CharField(
                                choices=[("PAID", "paid"), ("SENT_BACK", "sent back by the bank")],
                                default="PAID",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("sent_back_on", models.DateField(blank=True, null=True, verbose_name="sent back on")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="credits.bankaccount",
                                verbose_name="paid from",
                            ),
                        ),
                        (
                            "disbursement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="disbursements.disbursement",
                                verbose_name="disbursement",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry", verbose_name="ledger entry"
                            ),
                        ),
                        (
                            "paid_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="recorded by"
                            ),
                        ),
                        (
                            "payee_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="registry.payeeaccount",
                                verbose_name="paid to",
                            ),
                        ),
                        (
                            "sent_back_entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="entry of the return",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "payment",
                        "verbose_name_plural": "payments",
                        "indexes": [models.Index(fields=["paid_on"], name="payment_by_day")],
                        "constraints": [
                            models.UniqueConstraint(fields=("bank_account", "bank_reference"), name="payment_bank_reference_once"),
                            models.UniqueConstraint(condition=models.Q(("status", "PAID")), fields=("disbursement",), name="disbursement_paid_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0), ("fee_minor__gte", 0), ("local_minor__gt", 0)), name="payment_is_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("local_currency", models.F("currency")), ("local_minor", models.F("amount_minor"))),
                                    models.Q(
                                        models.Q(("local_currency", models.F("currency")), _negated=True), models.Q(("rate", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="payment_exchange_has_rate",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_back_entry", None), ("sent_back_on", None), ("status", "PAID")),
                                    models.Q(("sent_back_entry__isnull", False), ("sent_back_on__isnull", False), ("status", "SENT_BACK")),
                                    _connector="OR",
                                ),
                                name="payment_sent_back_has_entry",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Acknowledgement",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        ("received_on", models.DateField(verbose_name="received on")),
                        ("local_minor", models.BigIntegerField(verbose_name="amount received")),
                        ("local_currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("signed_by", models.CharField(max_length=160, verbose_name="signed by")),
                        ("also_signed_by", models.CharField(blank=True, max_length=160, verbose_name="also signed by")),
                        ("acknowledged_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="recorded by"
                            ),
                        ),
                        (
                            "photo",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="photo",
                            ),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acknowledgement",
                                to="disbursements.payment",
                                verbose_name="payment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "acknowledgement",
                        "verbose_name_plural": "acknowledgements",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("local_minor__gt", 0)), name="acknowledgement_is_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_by", ""), _negated=True), models.Q(("signed_by", models.F("also_signed_by")), _negated=True)
                                ),
                                name="acknowledgement_two_signatures_differ",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementLine",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("line", models.PositiveIntegerField(verbose_name="line of the file")),
                        ("value_date", models.DateField(verbose_name="value date")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("reference", models.CharField(max_length=80, verbose_name="bank reference")),
                        ("description", models.CharField(blank=True, max_length=300, verbose_name="description")),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.bankaccount", verbose_name="bank account"
                            ),
                        ),
                        (
                            "money_return",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statement_lines",
                                to="disbursements.moneyreturn",
                                verbose_name="return of money",
                            ),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statement_lines",
                                to="disbursements.payment",
                                verbose_name="payment",
                            ),
                        ),
                        (
                            "receipt",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statement_line",
                                to="credits.receipt",
                                verbose_name="receipt",
                            ),
                        ),
                        (
                            "statement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="disbursements.bankstatement",
                                verbose_name="statement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "statement line",
                        "verbose_name_plural": "statement lines",
                        "indexes": [models.Index(fields=["bank_account", "value_date"], name="statement_line_by_day")],
                        "constraints": [
                            models.UniqueConstraint(fields=("bank_account", "reference", "value_date", "amount_minor"), name="statement_line_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("payment", None), ("receipt", None)),
                                    models.Q(("money_return", None), ("receipt", None)),
                                    models.Q(("money_return", None), ("payment", None)),
                                    _connector="OR",
                                ),
                                name="statement_line_matches_one_thing",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]

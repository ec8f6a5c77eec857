import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="AllowedPair",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "event", "debit_kind", "credit_kind", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("event", models.TextField()),
                        ("debit_kind", models.TextField()),
                        ("credit_kind", models.TextField()),
                        ("same_bank", models.BooleanField()),
                        ("same_pot", models.BooleanField()),
                        ("same_holder", models.BooleanField()),
                        ("other_bank", models.BooleanField()),
                    ],
                    options={
                        "verbose_name": "allowed pair",
                        "verbose_name_plural": "allowed pairs",
                        "db_table": "ledger_allowedpair",
                        "managed": False,
                    },
                ),
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "code",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.functions.text.Concat(
                                    models.F("kind"),
                                    models.Value("|"),
                                    models.F("currency"),
                                    models.Value("|"),
                                    models.F("bank"),
                                    models.Value("|"),
                                    models.F("pot"),
                                    models.Value("|"),
                                    models.F("holder"),
                                    models.Value("|"),
                                    models.F("purpose"),
                                    output_field=models.TextField(),
                                ),
                                output_field=models.TextField(),
                            ),
                        ),
                        (
                            "kind",
                            models.TextField(
                                choices=[
                                    ("received", "Received"),
                                    ("others", "Owed to others"),
                                    ("unallocated", "Unallocated"),
                                    ("pot", "Pot"),
                                    ("reserve", "Reserve"),
                                    ("withheld", "Withheld"),
                                    ("committed", "Committed"),
                                    ("shortfall", "Shortfall"),
                                    ("not_ours", "Not ours"),
                                    ("advance", "Advance"),
                                    ("recoverable", "To be repaid"),
                                    ("spent", "Spent"),
                                    ("charge", "Bank charges"),
                                    ("lost", "Written off"),
                                    ("fx", "Exchange difference"),
                                ],
                                verbose_name="kind",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("bank", models.TextField(blank=True, default="", verbose_name="bank account")),
                        ("pot", models.TextField(blank=True, default="", verbose_name="pot")),
                        ("holder", models.TextField(blank=True, default="", verbose_name="recipient")),
                        ("purpose", models.TextField(blank=True, default="", verbose_name="purpose")),
                        (
                            "guarded",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(kind__in=("received", "others", "shortfall", "fx"), then=models.Value(False)),
                                    default=models.Value(True),
                                    output_field=models.BooleanField(),
                                ),
                                output_field=models.BooleanField(),
                            ),
                        ),
                        (
                            "never_above_zero",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(kind__in=("shortfall",), then=models.Value(True)),
                                    default=models.Value(False),
                                    output_field=models.BooleanField(),
                                ),
                                output_field=models.BooleanField(),
                            ),
                        ),
                        (
                            "by_lot",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(kind__in=("committed", "advance", "recoverable"), then=models.Value(True)),
                                    default=models.Value(False),
                                    output_field=models.BooleanField(),
                                ),
                                output_field=models.BooleanField(),
                            ),
                        ),
                        (
                            "by_lot_local",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(kind__in=("advance",), then=models.Value(True)),
                                    default=models.Value(False),
                                    output_field=models.BooleanField(),
                                ),
                                output_field=models.BooleanField(),
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "account",
                        "verbose_name_plural": "accounts",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "currency", "bank", "pot", "holder", "purpose"), name="ledger_account_one_per_place"
                            ),
                            models.UniqueConstraint(fields=("code",), name="ledger_account_one_per_code"),
                            models.UniqueConstraint(fields=("id", "currency"), name="ledger_account_id_currency"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        (
                                            "received",
                                            "others",
                                            "unallocated",
                                            "pot",
                                            "reserve",
                                            "withheld",
                                            "committed",
                                            "shortfall",
                                            "not_ours",
                                            "advance",
                                            "recoverable",
                                            "spent",
                                            "charge",
                                            "lost",
                                            "fx",
                                        ),
                                    )
                                ),
                                name="ledger_account_kind_known",
                            ),
                            models.CheckConstraint(condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="ledger_account_currency_is_iso"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind__in", ("unallocated", "pot", "reserve", "withheld", "committed", "shortfall", "not_ours")),
                                        models.Q(("bank", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind__in", ("unallocated", "pot", "reserve", "withheld", "committed", "shortfall", "not_ours")),
                                            _negated=True,
                                        ),
                                        ("bank", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="ledger_account_bank_where_due",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ("pot", "withheld", "committed", "charge")), _negated=True),
                                    models.Q(("pot", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="ledger_account_pot_where_due",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ("advance", "recoverable")), _negated=True),
                                    models.Q(("holder", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="ledger_account_holder_where_due",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("bank__regex", "^([A-Za-z0-9][A-Za-z0-9._/:-]*)?$"),
                                    ("holder__regex", "^([A-Za-z0-9][A-Za-z0-9._/:-]*)?$"),
                                    ("pot__regex", "^([A-Za-z0-9][A-Za-z0-9._/:-]*)?$"),
                                    ("purpose__regex", "^([A-Za-z0-9][A-Za-z0-9._/:-]*)?$"),
                                ),
                                name="ledger_account_codes_only",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BookClosing",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("closed_through", models.DateField(verbose_name="closed through")),
                        ("closed_at", models.DateTimeField(verbose_name="closed at")),
                        ("closed_by_id", models.BigIntegerField(verbose_name="closed by")),
                        ("posting_count", models.BigIntegerField(default=0, editable=False, verbose_name="postings until then")),
                    ],
                    options={
                        "verbose_name": "closing of the books",
                        "verbose_name_plural": "closings of the books",
                        "constraints": [models.UniqueConstraint(fields=("closed_through",), name="ledger_bookclosing_day")],
                    },
                ),
                migrations.CreateModel(
                    name="Entry",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "event",
                            models.TextField(
                                choices=[
                                    ("receipt", "Receipt"),
                                    ("sender_fee", "Fee kept by the sender's bank"),
                                    ("hold_not_ours", "Money held that is not ours"),
                                    ("refund_not_ours", "Money sent back that was not ours"),
                                    ("identify", "Receipt identified"),
                                    ("allocate", "Allocation"),
                                    ("release", "Release"),
                                    ("reallocate", "Reallocation"),
                                    ("bank_transfer", "Transfer between banks"),
                                    ("approve", "Approval"),
                                    ("release_commitment", "Commitment released"),
                                    ("pay", "Advance paid"),
                                    ("pay_final", "Final payment"),
                                    ("bank_fee", "Bank fee"),
                                    ("returned", "Payment returned by the bank"),
                                    ("spend", "Spending"),
                                    ("return", "Advance returned"),
                                    ("disallow", "Spending not accepted"),
                                    ("repaid", "Repayment"),
                                    ("write_off", "Written off"),
                                    ("allowed_after_all", "Accepted after all"),
                                    ("recall", "Receipt recalled"),
                                    ("refund", "Shortfall paid from another tranche"),
                                    ("cover", "Shortfall or exchange difference covered"),
                                    ("opening", "Opening position"),
                                    ("reversal", "Reversal"),
                                ],
                                verbose_name="event",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="posted on")),
                        ("occurred_on", models.DateField(verbose_name="happened on")),
                        ("key", models.TextField(verbose_name="key")),
                        ("document", models.TextField(verbose_name="document")),
                        ("line_count", models.PositiveIntegerField(verbose_name="lines")),
                        ("made_by_id", models.BigIntegerField(blank=True, null=True, verbose_name="made by")),
                        ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="written at")),
                        (
                            "corrects",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrections",
                                to="ledger.entry",
                                verbose_name="corrects",
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="ledger.entry",
                                verbose_name="reverses",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "entry",
                        "verbose_name_plural": "entries",
                        "indexes": [models.Index(fields=["document"], name="ledger_entry_document")],
                        "constraints": [
                            models.UniqueConstraint(fields=("key",), name="ledger_entry_key"),
                            models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="ledger_entry_has_key"),
                            models.CheckConstraint(condition=models.Q(("document", ""), _negated=True), name="ledger_entry_has_document"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "event__in",
                                        (
                                            "receipt",
                                            "sender_fee",
                                            "hold_not_ours",
                                            "refund_not_ours",
                                            "identify",
                                            "opening",
                                            "allocate",
                                            "release",
                                            "reallocate",
                                            "bank_transfer",
                                            "approve",
                                            "release_commitment",
                                            "pay",
                                            "pay_final",
                                            "bank_fee",
                                            "spend",
                                            "return",
                                            "disallow",
                                            "repaid",
                                            "write_off",
                                            "allowed_after_all",
                                            "recall",
                                            "refund",
                                            "cover",
                                            "reversal",
                                            "returned",
                                        ),
                                    )
                                ),
                                name="ledger_entry_event_known",
                            ),
                            models.CheckConstraint(condition=models.Q(("line_count__gt", 0)), name="ledger_entry_has_lines"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("event__in", ("reversal", "returned")), ("reverses__isnull", False)),
                                    models.Q(models.Q(("event__in", ("reversal", "returned")), _negated=True), ("reverses__isnull", True)),
                                    _connector="OR",
                                ),
                                name="ledger_entry_reversal_names_entry",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Total",
                    fields=[
                        ("pk", models.CompositePrimaryKey("account_id", "slot", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("slot", models.SmallIntegerField()),
                        ("amount_minor", models.BigIntegerField(default=0)),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "total",
                        "verbose_name_plural": "totals",
                    },
                ),
                migrations.CreateModel(
                    name="Tranche",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.TextField(verbose_name="code")),
                        (
                            "source",
                            models.TextField(
                                choices=[("SALE", "SALE"), ("INTEREST", "INTEREST"), ("DONOR", "DONOR"), ("OPENING", "OPENING")],
                                verbose_name="source",
                            ),
                        ),
                        ("received_on", models.DateField(verbose_name="received on")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                    ],
                    options={
                        "verbose_name": "tranche",
                        "verbose_name_plural": "tranches",
                        "ordering": ["received_on", "id"],
                        "indexes": [models.Index(fields=["received_on", "id"], name="ledger_tranche_oldest_first")],
                        "constraints": [
                            models.UniqueConstraint(fields=("code",), name="ledger_tranche_code"),
                            models.UniqueConstraint(fields=("id", "currency"), name="ledger_tranche_id_currency"),
                            models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="ledger_tranche_has_code"),
                            models.CheckConstraint(
                                condition=models.Q(("source__in", ("SALE", "INTEREST", "DONOR", "OPENING"))), name="ledger_tranche_source_known"
                            ),
                            models.CheckConstraint(condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="ledger_tranche_currency_is_iso"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Posting",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("line", models.PositiveIntegerField(verbose_name="line")),
                        (
                            "event",
                            models.TextField(
                                choices=[
                                    ("receipt", "Receipt"),
                                    ("sender_fee", "Fee kept by the sender's bank"),
                                    ("hold_not_ours", "Money held that is not ours"),
                                    ("refund_not_ours", "Money sent back that was not ours"),
                                    ("identify", "Receipt identified"),
                                    ("allocate", "Allocation"),
                                    ("release", "Release"),
                                    ("reallocate", "Reallocation"),
                                    ("bank_transfer", "Transfer between banks"),
                                    ("approve", "Approval"),
                                    ("release_commitment", "Commitment released"),
                                    ("pay", "Advance paid"),
                                    ("pay_final", "Final payment"),
                                    ("bank_fee", "Bank fee"),
                                    ("returned", "Payment returned by the bank"),
                                    ("spend", "Spending"),
                                    ("return", "Advance returned"),
                                    ("disallow", "Spending not accepted"),
                                    ("repaid", "Repayment"),
                                    ("write_off", "Written off"),
                                    ("allowed_after_all", "Accepted after all"),
                                    ("recall", "Receipt recalled"),
                                    ("refund", "Shortfall paid from another tranche"),
                                    ("cover", "Shortfall or exchange difference covered"),
                                    ("opening", "Opening position"),
                                    ("reversal", "Reversal"),
                                ],
                                verbose_name="event",
                            ),
                        ),
                        ("day", models.DateField(db_index=True, verbose_name="posted on")),
                        ("lot", models.BigIntegerField(default=0, verbose_name="disbursement")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("local_minor", models.BigIntegerField(default=0, verbose_name="local amount")),
                        ("local_currency", models.CharField(blank=True, default="", max_length=3, verbose_name="local currency")),
                        (
                            "credit",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        (
                            "debit",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="ledger.entry"
                            ),
                        ),
                        (
                            "tranche",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postings",
                                to="ledger.tranche",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "posting",
                        "verbose_name_plural": "postings",
                        "indexes": [
                            models.Index(fields=["debit", "day"], name="ledger_posting_debit_day"),
                            models.Index(fields=["credit", "day"], name="ledger_posting_credit_day"),
                            models.Index(fields=["tranche"], name="ledger_posting_tranche"),
                            models.Index(condition=models.Q(("lot__gt", 0)), fields=["lot"], name="ledger_posting_lot"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("entry", "line"), name="ledger_posting_line"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount_minor__gte", 0),
                                    ("local_minor__gte", 0),
                                    models.Q(("amount_minor__gt", 0), ("local_minor__gt", 0), _connector="OR"),
                                ),
                                name="ledger_posting_moves_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("debit", models.F("credit")), _negated=True), name="ledger_posting_two_accounts"
                            ),
                            models.CheckConstraint(condition=models.Q(("lot__gte", 0)), name="ledger_posting_lot_not_negative"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("local_currency", ""), ("local_minor", 0)),
                                    models.Q(("local_currency__regex", "^[A-Z]{3}$"), ("local_minor__gt", 0)),
                                    _connector="OR",
                                ),
                                name="ledger_posting_local_has_currency",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Balance",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "account_id", "tranche_id", "lot", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("lot", models.BigIntegerField(default=0)),
                        ("amount_minor", models.BigIntegerField(default=0)),
                        ("local_minor", models.BigIntegerField(default=0)),
                        ("local_currency", models.CharField(blank=True, default="", max_length=3)),
                        ("guarded", models.BooleanField()),
                        ("never_above_zero", models.BooleanField()),
                        ("by_lot_local", models.BooleanField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        (
                            "tranche",
                            models.ForeignKey(
                                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.tranche"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "balance",
                        "verbose_name_plural": "balances",
                        "indexes": [models.Index(condition=models.Q(("lot__gt", 0)), fields=["lot"], name="ledger_balance_lot")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("guarded", False), models.Q(("amount_minor__gte", 0), ("local_minor__gte", 0)), _connector="OR"),
                                name="ledger_balance_enough_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("never_above_zero", False), ("amount_minor__lte", 0), _connector="OR"),
                                name="ledger_balance_shortfall_below_zero",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("by_lot_local", False), models.Q(("local_minor", 0), _negated=True), ("amount_minor", 0), _connector="OR"
                                ),
                                name="ledger_balance_no_cents_without_riel",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]

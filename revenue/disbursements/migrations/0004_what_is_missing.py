import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_reference_sequences"),
        ("disbursements", "0003_frozen_columns"),
        ("ledger", "0004_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Covering",
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
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        ("kind", models.CharField(choices=[("SHORTFALL", "shortfall"), ("FX", "exchange loss")], max_length=10, verbose_name="kind")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("why", models.CharField(max_length=300, verbose_name="why")),
                        (
                            "cover_entry",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="entry within the receipt",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile", verbose_name="decision paper"
                            ),
                        ),
                        (
                            "gap",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.account", verbose_name="what is missing"
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="proposed by"
                            ),
                        ),
                        (
                            "refund_entry",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                                verbose_name="entry across receipts",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.account", verbose_name="borne by"
                            ),
                        ),
                        (
                            "tranche",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coverings",
                                to="ledger.tranche",
                                verbose_name="receipt that is short",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "covering",
                        "verbose_name_plural": "coverings",
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("proposed_by")), _negated=True), name="covering_maker_is_not_checker"
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
                                name="covering_decision_matches_status",
                            ),
                            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="covering_is_positive"),
                            models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="covering_says_why"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("status", "APPROVED"),
                                        models.Q(("cover_entry__isnull", False), ("refund_entry__isnull", False), _connector="OR"),
                                    ),
                                    models.Q(models.Q(("status", "APPROVED"), _negated=True), ("cover_entry", None), ("refund_entry", None)),
                                    _connector="OR",
                                ),
                                name="covering_is_posted_when_approved",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "PROPOSED")), fields=("gap", "tranche"), name="covering_one_at_a_time"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LineMatch",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("by_hand", models.BooleanField(default=False, verbose_name="by hand")),
                        ("matched_at", models.DateTimeField(verbose_name="matched at")),
                        ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                        ("undone_reason", models.CharField(blank=True, max_length=300, verbose_name="why it was undone")),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="line_matches",
                                to="ledger.entry",
                                verbose_name="ledger entry",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="matches",
                                to="disbursements.statementline",
                                verbose_name="statement line",
                            ),
                        ),
                        (
                            "matched_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="matched by"
                            ),
                        ),
                        (
                            "undone_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="undone by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "match of a statement line",
                        "verbose_name_plural": "matches of statement lines",
                        "indexes": [models.Index(condition=models.Q(("undone_at", None)), fields=["entry"], name="line_match_live_by_entry")],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("undone_at", None)), fields=("line", "entry"), name="line_match_once"),
                            models.CheckConstraint(condition=models.Q(("amount_minor", 0), _negated=True), name="line_match_is_an_amount"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("undone_at", None), ("undone_by", None), ("undone_reason", "")),
                                    models.Q(
                                        ("undone_at__isnull", False), ("undone_by__isnull", False), models.Q(("undone_reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="line_match_undone_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LotClosing",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("closed_on", models.DateField(verbose_name="closed on")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount on the books")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("local_minor", models.BigIntegerField(verbose_name="amount with the recipient")),
                        ("local_currency", models.CharField(max_length=3, verbose_name="currency paid out")),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="recorded by"
                            ),
                        ),
                        (
                            "disbursement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="closings",
                                to="disbursements.disbursement",
                                verbose_name="disbursement",
                            ),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry", verbose_name="ledger entry"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "closing of the last cents",
                        "verbose_name_plural": "closings of the last cents",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount_minor__gte", 0),
                                    ("local_minor__gt", 0),
                                    models.Q(
                                        models.Q(("amount_minor__lte", 100), ("currency", "USD")),
                                        models.Q(("amount_minor__lte", 100), ("currency", "EUR")),
                                        models.Q(("amount_minor__lte", 5000), ("currency", "KHR")),
                                        models.Q(("amount_minor__lte", 150), ("currency", "JPY")),
                                        models.Q(("amount_minor__lte", 1500), ("currency", "KRW")),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        models.Q(("local_currency", "USD"), ("local_minor__lte", 100)),
                                        models.Q(("local_currency", "EUR"), ("local_minor__lte", 100)),
                                        models.Q(("local_currency", "KHR"), ("local_minor__lte", 5000)),
                                        models.Q(("local_currency", "JPY"), ("local_minor__lte", 150)),
                                        models.Q(("local_currency", "KRW"), ("local_minor__lte", 1500)),
                                        _connector="OR",
                                    ),
                                ),
                                name="lot_closing_is_small",
                            ),
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="lot_closing_says_why"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Uncovered",
                    fields=[],
                    options={
                        "verbose_name": "shortfall or exchange loss",
                        "verbose_name_plural": "shortfalls and exchange losses",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("ledger.tranche",),
                ),
            ]
        ),
        migrations.AddField(
            model_name="payment",
            name="above_confirmed",
            field=models.BooleanField(default=False, verbose_name="debit above the approval confirmed"),
        ),
    ]

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import revenue.credits.models.issuances
from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("ledger", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0001_initial"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Buyer",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=160, unique=True, verbose_name="name")),
                        ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                        ("registry_account", models.CharField(blank=True, max_length=60, verbose_name="registry account")),
                    ],
                    options={
                        "verbose_name": "buyer",
                        "verbose_name_plural": "buyers",
                    },
                ),
                migrations.CreateModel(
                    name="BankAccount",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=160, verbose_name="name")),
                        ("institution", models.CharField(max_length=80, verbose_name="bank")),
                        ("account_number", models.CharField(max_length=40, verbose_name="account number")),
                        ("currency", models.CharField(default="USD", max_length=3, verbose_name="currency")),
                    ],
                    options={
                        "verbose_name": "bank account",
                        "verbose_name_plural": "bank accounts",
                        "constraints": [models.UniqueConstraint(fields=("institution", "account_number"), name="bank_account_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Project",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=160, verbose_name="name")),
                        ("name_km", models.CharField(blank=True, max_length=160, verbose_name="name in Khmer")),
                        (
                            "registry",
                            models.CharField(
                                choices=[
                                    ("VERRA", "Verra"),
                                    ("GOLD_STANDARD", "Gold Standard"),
                                    ("JCM", "Joint Crediting Mechanism"),
                                    ("NATIONAL", "national registry"),
                                ],
                                max_length=60,
                                verbose_name="registry",
                            ),
                        ),
                        ("programme_id", models.CharField(max_length=40, verbose_name="programme id")),
                        ("standard", models.CharField(max_length=60, verbose_name="standard")),
                        ("mechanism", models.CharField(max_length=80, verbose_name="mechanism")),
                        ("host_authority", models.CharField(max_length=160, verbose_name="host authority")),
                        ("proponent", models.CharField(blank=True, max_length=200, verbose_name="proponent")),
                        ("provinces", models.CharField(blank=True, max_length=200, verbose_name="provinces")),
                        ("area_ha", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="area (ha)")),
                        ("currency", models.CharField(default="USD", max_length=3, verbose_name="currency")),
                        (
                            "status",
                            models.CharField(
                                choices=[("ACTIVE", "active"), ("SUSPENDED", "suspended"), ("CLOSED", "closed")],
                                default="ACTIVE",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("status_reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the status")),
                        ("facts", models.TextField(blank=True, verbose_name="published facts and their sources")),
                    ],
                    options={
                        "verbose_name": "project",
                        "verbose_name_plural": "projects",
                        "constraints": [models.UniqueConstraint(fields=("registry", "programme_id"), name="project_once_in_a_registry")],
                    },
                ),
                migrations.CreateModel(
                    name="Issuance",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("series", models.CharField(max_length=120, verbose_name="series")),
                        ("serial_text", models.CharField(max_length=160, verbose_name="serial number as given")),
                        ("first", models.BigIntegerField(verbose_name="first serial")),
                        ("last", models.BigIntegerField(verbose_name="last serial")),
                        ("quantity", models.BigIntegerField(verbose_name="quantity (tCO2e)")),
                        ("vintage_start", models.DateField(verbose_name="vintage from")),
                        ("vintage_end", models.DateField(verbose_name="vintage to")),
                        ("issued_on", models.DateField(verbose_name="issued on")),
                        (
                            "unit_type",
                            models.CharField(
                                choices=[("REDUCTION", "reduction"), ("REMOVAL", "removal")],
                                default="REDUCTION",
                                max_length=10,
                                verbose_name="unit type",
                            ),
                        ),
                        ("methodology", models.CharField(blank=True, max_length=60, verbose_name="methodology")),
                        ("certifications", models.CharField(blank=True, max_length=160, verbose_name="additional certifications")),
                        ("import_line", models.PositiveIntegerField(blank=True, null=True, verbose_name="line of the file")),
                        (
                            "import_run",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.importrun",
                                verbose_name="import",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="issuances", to="credits.project", verbose_name="project"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "issuance",
                        "verbose_name_plural": "issuances",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("first__gte", 0), ("last__gte", models.F("first"))), name="issuance_last_not_before_first"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "quantity",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(models.F("last"), "-", models.F("first")),
                                            "+",
                                            models.Value(1),
                                        ),
                                    )
                                ),
                                name="issuance_quantity_is_its_serials",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("vintage_end__gte", models.F("vintage_start"))), name="issuance_vintage_in_order"
                            ),
                            models.UniqueConstraint(fields=("id", "series", "first", "last"), name="issuance_range_key"),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[("series", "="), (revenue.credits.models.issuances.Int8Range("first", "last"), "&&")],
                                name="issuance_serials_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sale",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("contract_reference", models.CharField(max_length=80, verbose_name="contract reference")),
                        ("sale_date", models.DateField(verbose_name="sale date")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("quantity", models.BigIntegerField(verbose_name="quantity (tCO2e)")),
                        ("unit_price", models.DecimalField(decimal_places=6, max_digits=14, verbose_name="price per tonne")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                        ("fees_minor", models.BigIntegerField(default=0, verbose_name="fees agreed (broker, registry)")),
                        (
                            "authorisation",
                            models.CharField(
                                choices=[
                                    ("NONE", "not authorised"),
                                    ("NDC", "authorised for NDC use"),
                                    ("OIMP", "authorised for other international mitigation purposes"),
                                ],
                                max_length=5,
                                verbose_name="Article 6 authorisation",
                            ),
                        ),
                        ("authorisation_reference", models.CharField(blank=True, max_length=80, verbose_name="letter of authorisation")),
                        ("price_is_public", models.BooleanField(default=False, verbose_name="price may be published")),
                        (
                            "status",
                            models.CharField(
                                choices=[("AGREED", "agreed"), ("DELIVERED", "delivered"), ("CANCELLED", "cancelled")],
                                default="AGREED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("delivered_on", models.DateField(blank=True, null=True, verbose_name="delivered on")),
                        ("cancelled_on", models.DateField(blank=True, null=True, verbose_name="cancelled on")),
                        ("cancel_reason", models.CharField(blank=True, max_length=300, verbose_name="reason for cancelling")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "buyer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="sales", to="credits.buyer", verbose_name="buyer"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="sales", to="credits.project", verbose_name="project"
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
                        "verbose_name": "sale",
                        "verbose_name_plural": "sales",
                        "indexes": [models.Index(fields=["project", "sale_date"], name="sale_by_project")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0), ("quantity__gt", 0), ("unit_price__gt", 0)), name="sale_is_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("fees_minor__gte", 0), ("fees_minor__lte", models.F("amount_minor"))),
                                name="sale_fees_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("cancelled_on", None), ("delivered_on", None), ("status", "AGREED")),
                                    models.Q(("cancelled_on", None), ("delivered_on__isnull", False), ("status", "DELIVERED")),
                                    models.Q(
                                        ("cancelled_on__isnull", False), ("status", "CANCELLED"), models.Q(("cancel_reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="sale_status_has_its_dates",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("authorisation", "NONE"), models.Q(("authorisation_reference", ""), _negated=True), _connector="OR"
                                ),
                                name="sale_authorisation_names_its_letter",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("bank_reference", models.CharField(max_length=80, verbose_name="bank reference")),
                        ("value_date", models.DateField(verbose_name="value date")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("gross_minor", models.BigIntegerField(verbose_name="gross amount")),
                        ("sender_fee_minor", models.BigIntegerField(default=0, verbose_name="kept by the sender's bank")),
                        ("not_ours_minor", models.BigIntegerField(default=0, verbose_name="of it not ours")),
                        ("invoice_currency", models.CharField(blank=True, max_length=3, verbose_name="currency of the sale")),
                        ("invoice_minor", models.BigIntegerField(blank=True, null=True, verbose_name="settled of the sale")),
                        (
                            "status",
                            models.CharField(
                                choices=[("UNIDENTIFIED", "unidentified"), ("IDENTIFIED", "identified"), ("REFUNDED", "refunded")],
                                default="IDENTIFIED",
                                max_length=12,
                                verbose_name="status",
                            ),
                        ),
                        ("refunded_minor", models.BigIntegerField(default=0, verbose_name="refunded")),
                        ("refunded_on", models.DateField(blank=True, null=True, verbose_name="refunded on")),
                        ("refund_reference", models.CharField(blank=True, max_length=80, verbose_name="bank reference of the refund")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="credits.bankaccount",
                                verbose_name="bank account",
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
                        (
                            "tranche",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="receipt", to="ledger.tranche", verbose_name="tranche"
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="credits.sale",
                                verbose_name="sale",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "receipt",
                        "verbose_name_plural": "receipts",
                        "indexes": [models.Index(fields=["value_date"], name="receipt_by_day")],
                        "constraints": [
                            models.UniqueConstraint(fields=("bank_account", "bank_reference"), name="receipt_bank_reference_once"),
                            models.CheckConstraint(
                                condition=models.Q(("not_ours_minor__gte", 0), ("not_ours_minor__lte", models.F("gross_minor"))),
                                name="receipt_not_ours_within_gross",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("gross_minor__gt", 0), ("sender_fee_minor__gte", 0), ("sender_fee_minor__lt", models.F("gross_minor"))
                                ),
                                name="receipt_is_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("invoice_minor__isnull", False), ("sale__isnull", False), ("status", "IDENTIFIED")),
                                    models.Q(
                                        models.Q(("status", "IDENTIFIED"), _negated=True), ("not_ours_minor", models.F("gross_minor")), ("sale", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="receipt_identified_has_sale",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("refund_reference", ""),
                                        ("refunded_minor", 0),
                                        ("refunded_on", None),
                                        models.Q(("status", "REFUNDED"), _negated=True),
                                    ),
                                    models.Q(
                                        ("refunded_minor__gt", 0),
                                        ("refunded_on__isnull", False),
                                        models.Q(("refund_reference", ""), _negated=True),
                                        models.Q(("status", "UNIDENTIFIED"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="receipt_refund_has_its_reference",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("refund_reference", ""), _negated=True),
                                fields=("bank_account", "refund_reference"),
                                name="receipt_refund_reference_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpeningPosition",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reference", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                        ("as_of", models.DateField(verbose_name="as of")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("amount_minor", models.BigIntegerField(verbose_name="amount in the bank")),
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
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
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
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="proposed by"
                            ),
                        ),
                        (
                            "tranche",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="opening",
                                to="ledger.tranche",
                                verbose_name="tranche",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="opening_positions",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="credits.sale",
                                verbose_name="sale",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "opening position",
                        "verbose_name_plural": "opening positions",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="opening_is_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("proposed_by")), _negated=True), name="opening_maker_is_not_checker"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_by", None), ("entry", None), ("status", "PROPOSED")),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("entry__isnull", False),
                                        ("status", "APPROVED"),
                                        ("tranche__isnull", False),
                                    ),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("entry", None), ("status", "REFUSED")),
                                    _connector="OR",
                                ),
                                name="opening_decision_matches_status",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Identification",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveSmallIntegerField(default=1, verbose_name="number")),
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                        ("identified_at", models.DateTimeField(verbose_name="identified at")),
                        (
                            "identified_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="identified by",
                            ),
                        ),
                        (
                            "tranche",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identifications",
                                to="ledger.tranche",
                                verbose_name="tranche",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identifications",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identifications",
                                to="credits.sale",
                                verbose_name="sale",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "identification",
                        "verbose_name_plural": "identifications",
                        "constraints": [models.UniqueConstraint(fields=("tranche", "number"), name="identification_in_order")],
                    },
                ),
                migrations.CreateModel(
                    name="Article6Event",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("NO_OBJECTION", "letter of no objection"),
                                    ("AUTHORISATION", "letter of authorisation"),
                                    ("FIRST_TRANSFER", "first transfer"),
                                    ("ADJUSTMENT", "corresponding adjustment"),
                                ],
                                max_length=15,
                                verbose_name="kind",
                            ),
                        ),
                        ("happened_on", models.DateField(verbose_name="date")),
                        ("document_reference", models.CharField(max_length=120, verbose_name="document")),
                        ("quantity", models.BigIntegerField(blank=True, null=True, verbose_name="quantity (tCO2e)")),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="article6_events",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="article6_events",
                                to="credits.sale",
                                verbose_name="sale",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "Article 6 event",
                        "verbose_name_plural": "Article 6 events",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity", None), ("quantity__gt", 0), _connector="OR"), name="article6_quantity_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleLot",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("series", models.CharField(max_length=120, verbose_name="series")),
                        ("issuance_first", models.BigIntegerField()),
                        ("issuance_last", models.BigIntegerField()),
                        ("first", models.BigIntegerField(verbose_name="first serial")),
                        ("last", models.BigIntegerField(verbose_name="last serial")),
                        ("is_live", models.BooleanField(default=True, verbose_name="live")),
                        (
                            "issuance",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="sale_lots", to="credits.issuance", verbose_name="issuance"
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lots", to="credits.sale", verbose_name="sale"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "serials sold",
                        "verbose_name_plural": "serials sold",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("last__gte", models.F("first"))), name="sale_lot_last_not_before_first"),
                            models.CheckConstraint(
                                condition=models.Q(("first__gte", models.F("issuance_first")), ("last__lte", models.F("issuance_last"))),
                                name="sale_lot_was_issued",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("is_live", True)),
                                expressions=[("series", "="), (revenue.credits.models.issuances.Int8Range("first", "last"), "&&")],
                                name="sale_lot_serials_once",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]

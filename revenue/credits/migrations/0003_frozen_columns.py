"""Columns that money was posted or decided by, held by the database."""

from django.db import migrations

from core.append_only import frozen


class Migration(migrations.Migration):
    dependencies = [("credits", "0002_rules")]

    operations = [
        frozen(
            "credits_project",
            always=("code", "registry", "programme_id", "currency"),
            kept=False,
        ),
        frozen(
            "credits_bankaccount",
            always=("code", "currency"),
            kept=False,
        ),
        frozen(
            "credits_issuance",
            always=(
                "project_id",
                "series",
                "serial_text",
                "first",
                "last",
                "quantity",
                "vintage_start",
                "vintage_end",
                "issued_on",
                "unit_type",
                "import_run_id",
                "import_line",
            ),
        ),
        frozen(
            "credits_sale",
            always=(
                "reference",
                "project_id",
                "buyer_id",
                "contract_reference",
                "sale_date",
                "currency",
                "quantity",
                "unit_price",
                "amount_minor",
                "fees_minor",
                "recorded_by_id",
                "recorded_at",
            ),
            once=("delivered_on", "cancelled_on"),
            final="OLD.status = 'CANCELLED'",
        ),
        frozen(
            "credits_salelot",
            always=("sale_id", "issuance_id", "series", "issuance_first", "issuance_last", "first", "last"),
            final="NOT OLD.is_live",
        ),
        frozen(
            "credits_receipt",
            always=(
                "reference",
                "bank_account_id",
                "bank_reference",
                "value_date",
                "currency",
                "gross_minor",
                "sender_fee_minor",
                "tranche_id",
                "entry_id",
                "recorded_by_id",
                "recorded_at",
            ),
            once=("sale_id", "refunded_on"),
            then={"OLD.status <> 'UNIDENTIFIED'": ("not_ours_minor", "invoice_currency", "invoice_minor")},
            final="OLD.status = 'REFUNDED' OR OLD.refunded_minor > 0",
        ),
        frozen(
            "credits_openingposition",
            always=(
                "reference",
                "project_id",
                "sale_id",
                "bank_account_id",
                "as_of",
                "currency",
                "amount_minor",
                "document_id",
                "proposed_by_id",
                "proposed_at",
            ),
            once=("tranche_id", "entry_id", "decided_by_id", "decided_at"),
            final="OLD.status <> 'PROPOSED'",
        ),
    ]

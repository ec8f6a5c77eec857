"""Columns that money was posted or decided by, held by the database."""

from django.db import migrations

from core.append_only import frozen


class Migration(migrations.Migration):
    dependencies = [("disbursements", "0002_rules")]

    operations = [
        frozen(
            "disbursements_disbursement",
            always=(
                "reference",
                "client_key",
                "project_id",
                "pot_id",
                "bank_account_id",
                "recipient_id",
                "purpose",
                "kind",
                "amount_minor",
                "currency",
                "description",
                "account_by",
                "requested_by_id",
                "requested_at",
            ),
            once=("decided_by_id", "decided_at", "decided_on", "approval_entry_id", "cancel_entry_id"),
            final="OLD.status IN ('REJECTED', 'CANCELLED')",
        ),
        frozen(
            "disbursements_payment",
            always=(
                "disbursement_id",
                "bank_account_id",
                "payee_account_id",
                "bank_reference",
                "paid_on",
                "amount_minor",
                "currency",
                "fee_minor",
                "local_minor",
                "local_currency",
                "rate",
                "entry_id",
                "paid_by_id",
                "recorded_at",
            ),
            once=("sent_back_on", "sent_back_entry_id"),
            final="OLD.status = 'SENT_BACK'",
        ),
        frozen(
            "disbursements_bankstatement",
            always=("bank_account_id", "import_run_id", "first_day", "last_day", "opening_minor", "closing_minor", "currency"),
        ),
        frozen(
            "disbursements_statementline",
            always=("statement_id", "bank_account_id", "line", "value_date", "amount_minor", "currency", "reference", "description"),
        ),
    ]

"""Columns that money was posted or decided by, held by the database."""

from django.db import migrations

from core.append_only import frozen


class Migration(migrations.Migration):
    dependencies = [("spending", "0002_rules")]

    operations = [
        frozen(
            "spending_spendingrecord",
            always=(
                "reference",
                "client_key",
                "recipient_id",
                "category_id",
                "disbursement_id",
                "spent_on",
                "amount_minor",
                "currency",
                "other_minor",
                "logged_by_id",
                "logged_at",
            ),
            final="OLD.status IN ('ACCEPTED', 'REFUSED')",
        ),
        frozen(
            "spending_trainingrecord",
            always=("reference", "client_key", "recipient_id", "first_day", "days", "women", "men", "logged_by_id", "logged_at"),
            final="OLD.status IN ('ACCEPTED', 'REFUSED')",
        ),
    ]

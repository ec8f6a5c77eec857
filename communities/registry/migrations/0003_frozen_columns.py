"""Columns that money was posted or decided by, held by the database."""

from django.db import migrations

from core.append_only import frozen


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_rules")]

    operations = [
        frozen(
            "registry_recipient",
            always=("code", "kind"),
            kept=False,
        ),
        frozen(
            "registry_payeeaccount",
            always=("recipient_id", "channel", "institution", "account_name", "account_number", "proposed_by_id", "proposed_at"),
            once=("decided_by_id", "decided_at"),
            final="OLD.status IN ('REFUSED', 'REPLACED')",
        ),
    ]

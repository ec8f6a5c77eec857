"""Columns that money was posted or decided by, held by the database."""

from django.db import migrations

from core.append_only import frozen


class Migration(migrations.Migration):
    dependencies = [("sharing", "0002_rules")]

    operations = [
        frozen(
            "sharing_pot",
            always=("project_id", "code", "purpose"),
            kept=False,
        ),
        frozen(
            "sharing_allocationline",
            always=("run_id", "position", "pot_id", "recipient_id", "state", "amount_minor", "exact", "how", "steps"),
            once=("released_by_id", "released_at", "release_entry_id"),
            final="OLD.release_entry_id IS NOT NULL",
        ),
    ]

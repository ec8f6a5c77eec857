"""Columns that money was posted or decided by, held by the database."""

from django.db import migrations

from core.append_only import frozen


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_rules")]

    operations = [
        frozen(
            "reports_period",
            always=("label", "first", "end"),
            final="OLD.status = 'CLOSED'",
        ),
        frozen(
            "reports_report",
            always=("period_id", "project_id", "version", "is_interim", "asked_by_id", "asked_at"),
            once=("snapshot_id", "issued_by_id", "issued_at"),
            final="OLD.status = 'ISSUED'",
        ),
    ]

"""Triggers, functions and composite keys in SQL: extensions that a session can ignore are no guard for money."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=(HERE / "0002_rules.sql").read_text(encoding="utf-8"),
            reverse_sql=(HERE / "0002_rules_undo.sql").read_text(encoding="utf-8"),
        )
    ]

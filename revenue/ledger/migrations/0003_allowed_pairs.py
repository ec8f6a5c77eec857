"""Load the pairs of places each event may move between, as the chart has them."""

from dataclasses import astuple

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from revenue.ledger import chart


def load_pairs(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Replace all pairs. A later change of the chart comes with a migration that calls this again."""
    schema_editor.execute("ALTER TABLE ledger_allowedpair DISABLE TRIGGER USER")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_allowedpair")
        cursor.executemany(
            "INSERT INTO ledger_allowedpair (event, debit_kind, credit_kind, same_bank, same_pot, same_holder, other_bank)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [astuple(pair) for pair in chart.PAIRS],
        )
    schema_editor.execute("ALTER TABLE ledger_allowedpair ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_rules")]

    operations = [migrations.RunPython(load_pairs, migrations.RunPython.noop)]

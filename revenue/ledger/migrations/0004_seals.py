"""Postings wait for their seal from the moment they are written: see core/audit/migrations/0003_seals.sql."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_allowed_pairs"), ("audit", "0003_seals")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE TRIGGER ledger_posting_await_seal AFTER INSERT ON ledger_posting
                REFERENCING NEW TABLE AS written
                FOR EACH STATEMENT EXECUTE FUNCTION audit_await_seal('posting');
            INSERT INTO audit_unsealed (kind, items)
            SELECT 'posting', array_agg(id)
            FROM (SELECT id, (row_number() OVER () - 1) / 200 AS part FROM ledger_posting) numbered GROUP BY part;
            """,
            reverse_sql="DROP TRIGGER ledger_posting_await_seal ON ledger_posting;",
        )
    ]

"""A statement line stands for entries of the ledger, not for one of three kinds of document."""

from django.db import migrations
from django.db.migrations import RunSQL


class Migration(migrations.Migration):
    dependencies = [("disbursements", "0004_what_is_missing")]

    operations = [
        RunSQL(
            sql="""
            INSERT INTO disbursements_linematch (line_id, entry_id, amount_minor, by_hand, matched_by_id, matched_at, undone_reason)
            SELECT l.id, coalesce(r.entry_id, CASE WHEN l.amount_minor < 0 THEN p.entry_id ELSE p.sent_back_entry_id END, m.entry_id), l.amount_minor,
                false, i.accepted_by_id, i.accepted_at, ''
            FROM disbursements_statementline l
            JOIN disbursements_bankstatement s ON s.id = l.statement_id JOIN core_importrun i ON i.id = s.import_run_id
            LEFT JOIN credits_receipt r ON r.id = l.receipt_id
            LEFT JOIN disbursements_payment p ON p.id = l.payment_id
            LEFT JOIN disbursements_moneyreturn m ON m.id = l.money_return_id
            WHERE coalesce(l.receipt_id, l.payment_id, l.money_return_id) IS NOT NULL;
            SET CONSTRAINTS ALL IMMEDIATE;
            """,
            reverse_sql=RunSQL.noop,
        ),
        migrations.RemoveConstraint(
            model_name="statementline",
            name="statement_line_matches_one_thing",
        ),
        migrations.RemoveField(
            model_name="statementline",
            name="money_return",
        ),
        migrations.RemoveField(
            model_name="statementline",
            name="payment",
        ),
        migrations.RemoveField(
            model_name="statementline",
            name="receipt",
        ),
    ]

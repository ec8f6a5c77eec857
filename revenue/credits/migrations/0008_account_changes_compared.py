"""Compare a bank account with its newest approved change row by row."""

from django.db import migrations
from django.db.migrations import RunSQL


class Migration(migrations.Migration):
    dependencies = [("credits", "0007_account_changes_rules")]

    operations = [
        RunSQL(
            sql="""
            CREATE OR REPLACE FUNCTION credits_bankaccount_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE newest credits_bankaccountchange%ROWTYPE;
            BEGIN
                SELECT * INTO newest FROM credits_bankaccountchange
                    WHERE bank_account_id = NEW.id AND status = 'APPROVED' ORDER BY decided_at DESC, id DESC LIMIT 1;
                IF (newest.institution, newest.account_number) IS DISTINCT FROM (NEW.institution, NEW.account_number) THEN
                    RAISE EXCEPTION 'the number of a bank account is changed by two people' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'bankaccount_changed_by_two';
                END IF;
                RETURN NEW;
            END $$;
            """,
            reverse_sql=RunSQL.noop,
        ),
    ]

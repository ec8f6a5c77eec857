"""A bank account of ours has the number that two people gave it."""

from django.db import migrations
from django.db.migrations import RunSQL

from core.append_only import frozen


class Migration(migrations.Migration):
    dependencies = [("credits", "0006_account_changes")]

    operations = [
        frozen(
            "credits_bankaccountchange",
            always=("bank_account_id", "old_institution", "old_number", "institution", "account_number", "why", "proposed_by_id", "proposed_at"),
            once=("decided_by_id", "decided_at"),
            final="OLD.status <> 'PROPOSED'",
        ),
        RunSQL(
            # Seen at once: the newest approved change says what the account is changed to.
            sql="""
            CREATE FUNCTION credits_bankaccount_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (NEW.institution, NEW.account_number) IS DISTINCT FROM (
                    SELECT c.institution, c.account_number FROM credits_bankaccountchange c
                    WHERE c.bank_account_id = NEW.id AND c.status = 'APPROVED' ORDER BY c.decided_at DESC, c.id DESC LIMIT 1
                ) THEN
                    RAISE EXCEPTION 'the number of a bank account is changed by two people' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'bankaccount_changed_by_two';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER credits_bankaccount_by_two BEFORE UPDATE ON credits_bankaccount FOR EACH ROW
                WHEN (OLD.institution IS DISTINCT FROM NEW.institution OR OLD.account_number IS DISTINCT FROM NEW.account_number)
                EXECUTE FUNCTION credits_bankaccount_by_two();
            """,
            reverse_sql="""
            DROP TRIGGER credits_bankaccount_by_two ON credits_bankaccount;
            DROP FUNCTION credits_bankaccount_by_two();
            """,
        ),
    ]

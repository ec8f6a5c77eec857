"""What is left of a recoverable is kept by the database; decisions about it stay, and an acceptance is undone, never changed."""

from django.db import migrations

from core.append_only import append_only, frozen

ALWAYS = ("reference", "client_key", "recipient_id", "logged_by_id", "logged_at")
COLUMNS = (
    "reference", "client_key", "recipient_id", "category_id", "disbursement_id", "spent_on", "amount_minor", "currency", "other_minor", "payee",
    "description", "women", "men", "youth", "indigenous", "poor_households", "latitude", "longitude", "version", "revised_by_id", "revised_at",
    "logged_by_id", "logged_at", "decided_by_id", "decided_at", "decided_on", "funded_minor", "not_funded_minor", "drawn_minor", "drawn_currency",
    "entry_id", "ineligible_minor", "ineligible_category_id", "ineligible_why",
)  # fmt: skip

# Each settlement that is done takes its part of what is left; nobody else does, and nobody decides about spending of their own.
KEPT = """
CREATE FUNCTION spending_settle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decided_by_id IS NOT NULL AND EXISTS (
        SELECT FROM spending_recoverable r JOIN spending_spendingrecord s ON s.id = r.spending_id
        WHERE r.id = NEW.recoverable_id AND s.logged_by_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'who logged the spending does not decide what becomes of it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'spending_settlement_logger_is_not_checker', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.status = 'DONE' AND (TG_OP = 'INSERT' OR OLD.status <> 'DONE') THEN
        UPDATE spending_recoverable
        SET left_local_minor = left_local_minor - NEW.local_minor, left_minor = left_minor - NEW.amount_minor
        WHERE id = NEW.recoverable_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spending_settlement_settle AFTER INSERT OR UPDATE ON spending_settlement
    FOR EACH ROW EXECUTE FUNCTION spending_settle();

CREATE FUNCTION spending_left_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.left_local_minor, NEW.left_minor) <> (NEW.local_minor, NEW.amount_minor)
        OR TG_OP = 'UPDATE' AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'what is left is kept by the database from the settlements'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spending_recoverable_left_kept AFTER INSERT OR UPDATE ON spending_recoverable
    FOR EACH ROW EXECUTE FUNCTION spending_left_kept();

CREATE FUNCTION spending_cover_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_minor bigint;
BEGIN
    -- One at a time for a record; in the next statement everything others covered is seen.
    PERFORM 1 FROM spending_spendingrecord WHERE id = NEW.spending_id FOR NO KEY UPDATE;
    SELECT s.not_funded_minor - coalesce((SELECT sum(c.funded_minor) FROM spending_latercover c WHERE c.spending_id = s.id), 0)
    INTO open_minor FROM spending_spendingrecord s WHERE s.id = NEW.spending_id AND s.status = 'ACCEPTED';
    IF open_minor IS NULL OR open_minor < 0 THEN
        RAISE EXCEPTION 'a later advance covers what was accepted and is not funded, no more'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'spending_latercover_within_not_funded', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spending_latercover_within AFTER INSERT ON spending_latercover
    FOR EACH ROW EXECUTE FUNCTION spending_cover_within();
"""
GONE = """
DROP TRIGGER spending_settlement_settle ON spending_settlement;
DROP TRIGGER spending_recoverable_left_kept ON spending_recoverable;
DROP TRIGGER spending_latercover_within ON spending_latercover;
DROP FUNCTION spending_settle();
DROP FUNCTION spending_left_kept();
DROP FUNCTION spending_cover_within();
"""


def unfreeze() -> migrations.RunSQL:
    """Return the step that takes away the trigger this one replaces."""
    was = frozen("spending_spendingrecord", always=ALWAYS, final="OLD.status IN ('ACCEPTED', 'REFUSED')")
    return migrations.RunSQL(sql=was.reverse_sql, reverse_sql=was.sql)


class Migration(migrations.Migration):
    dependencies = [("spending", "0006_recoverables")]

    operations = [
        unfreeze(),
        frozen(
            "spending_spendingrecord",
            always=ALWAYS,
            then={"OLD.status = 'ACCEPTED'": COLUMNS},
            final="OLD.status IN ('REFUSED', 'UNDONE')",
        ),
        migrations.RunSQL(sql=KEPT, reverse_sql=GONE),
        frozen(
            "spending_recoverable",
            always=(
                "reference", "client_key", "origin", "recipient_id", "purpose", "spending_id", "disbursement_id", "category_id", "local_minor",
                "local_currency", "amount_minor", "currency", "reason", "made_by_id", "made_at", "made_on", "entry_id",
            ),
        ),
        frozen(
            "spending_settlement",
            always=(
                "recoverable_id", "client_key", "kind", "local_minor", "bank_account_id", "bank_reference", "repaid_on", "credited_minor", "reason",
                "document_id", "asked_by_id", "asked_at",
            ),
            final="OLD.status IN ('DONE', 'REFUSED')",
        ),
        append_only("spending_latercover"),
        migrations.RunSQL(sql="CREATE SEQUENCE core_reference_rv;", reverse_sql="DROP SEQUENCE core_reference_rv;"),
    ]  # fmt: skip

"""Corrections before a decision: what they may change, and that each is counted; arrivals stay as they came."""

from django.db import migrations

from core.append_only import append_only, frozen

# What a correction may change while the office has not decided.
FACTS = (
    "category_id",
    "disbursement_id",
    "spent_on",
    "amount_minor",
    "currency",
    "other_minor",
    "payee",
    "description",
    "women",
    "men",
    "youth",
    "indigenous",
    "poor_households",
    "latitude",
    "longitude",
)
OLD = ", ".join(f"OLD.{column}" for column in FACTS)
NEW = ", ".join(f"NEW.{column}" for column in FACTS)
BEFORE = (
    "reference",
    "client_key",
    "recipient_id",
    "category_id",
    "disbursement_id",
    "spent_on",
    "amount_minor",
    "currency",
    "other_minor",
    "logged_by_id",
    "logged_at",
)
FINAL = "OLD.status IN ('ACCEPTED', 'REFUSED')"
ALWAYS = ("reference", "client_key", "recipient_id", "logged_by_id", "logged_at")

# The facts and the version move together, by one, before the decision only, and the record then waits for the office again.
COUNTED = f"""
CREATE FUNCTION spending_correction_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW ({OLD}) IS DISTINCT FROM ROW ({NEW}) AND (
        NEW.version <> OLD.version + 1 OR NEW.status <> 'LOGGED' OR NEW.revised_by_id IS NULL
    ) THEN
        RAISE EXCEPTION 'update refused: a correction counts one version up, names who made it and waits for the office'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    IF ROW ({OLD}) IS NOT DISTINCT FROM ROW ({NEW}) AND ROW (OLD.version, OLD.revised_by_id, OLD.revised_at)
        IS DISTINCT FROM ROW (NEW.version, NEW.revised_by_id, NEW.revised_at) THEN
        RAISE EXCEPTION 'update refused: nothing was corrected'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spending_spendingrecord_version AFTER UPDATE ON spending_spendingrecord FOR EACH ROW EXECUTE FUNCTION spending_correction_counted();
"""


def unfreeze() -> migrations.RunSQL:
    """Return the step that takes away the trigger this one replaces."""
    was = frozen("spending_spendingrecord", always=BEFORE, final=FINAL)
    return migrations.RunSQL(sql=was.reverse_sql, reverse_sql=was.sql)


class Migration(migrations.Migration):
    dependencies = [("spending", "0004_phone")]

    operations = [
        unfreeze(),
        frozen("spending_spendingrecord", always=ALWAYS, final=FINAL),
        migrations.RunSQL(
            sql=COUNTED,
            reverse_sql="DROP TRIGGER spending_spendingrecord_version ON spending_spendingrecord; DROP FUNCTION spending_correction_counted();",
        ),
        append_only("spending_arrival"),
    ]

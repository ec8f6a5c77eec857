"""The activity of the village plan is a fact of a record like the others: it changes by a counted correction only."""

from django.db import migrations

FACTS = (
    "category_id",
    "disbursement_id",
    "activity_id",
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


def counted(facts: tuple[str, ...]) -> str:
    """Return the function that lets facts and version move together, by one, before the decision only."""
    old, new = (", ".join(f"{row}.{column}" for column in facts) for row in ("OLD", "NEW"))
    return f"""
CREATE OR REPLACE FUNCTION spending_correction_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW ({old}) IS DISTINCT FROM ROW ({new}) AND (
        NEW.version <> OLD.version + 1 OR NEW.status <> 'LOGGED' OR NEW.revised_by_id IS NULL
    ) THEN
        RAISE EXCEPTION 'update refused: a correction counts one version up, names who made it and waits for the office'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    IF ROW ({old}) IS NOT DISTINCT FROM ROW ({new}) AND ROW (OLD.version, OLD.revised_by_id, OLD.revised_at)
        IS DISTINCT FROM ROW (NEW.version, NEW.revised_by_id, NEW.revised_at) THEN
        RAISE EXCEPTION 'update refused: nothing was corrected'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("spending", "0008_activity")]

    operations = [migrations.RunSQL(sql=counted(FACTS), reverse_sql=counted(tuple(one for one in FACTS if one != "activity_id")))]

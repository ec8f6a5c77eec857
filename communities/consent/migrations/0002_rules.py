"""What Django's own constraints cannot say: a sent plan does not change, and nobody decides what they wrote."""

from django.db import migrations

from core.append_only import frozen

# A plan is written only while it is a draft. The plan's row is held, so that nothing slips in while it is being sent.
ONLY_DRAFTS = """
CREATE FUNCTION consent_only_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row_given jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
    row_before jsonb := to_jsonb(CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END);
    plan_given bigint;
    plan_before bigint;
    found record;
BEGIN
    IF TG_TABLE_NAME = 'consent_activity' THEN
        plan_given := (row_given ->> 'plan_id')::bigint;
        plan_before := (row_before ->> 'plan_id')::bigint;
    ELSE
        SELECT plan_id INTO plan_given FROM consent_activity WHERE id = (row_given ->> 'activity_id')::bigint;
        SELECT plan_id INTO plan_before FROM consent_activity WHERE id = (row_before ->> 'activity_id')::bigint;
    END IF;
    FOR found IN SELECT status, first_year, last_year FROM consent_villageplan WHERE id IN (plan_given, plan_before) FOR SHARE LOOP
        IF found.status <> 'DRAFT' THEN
            RAISE EXCEPTION '% refused: a plan that was sent does not change', lower(TG_OP)
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'village_plan_only_drafts_change', TABLE = TG_TABLE_NAME;
        END IF;
        IF TG_TABLE_NAME = 'consent_budgetline' AND TG_OP <> 'DELETE'
            AND (row_given ->> 'year')::int NOT BETWEEN found.first_year AND found.last_year THEN
            RAISE EXCEPTION 'the year is not one of the plan'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_line_year_of_plan', TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER consent_activity_only_drafts AFTER INSERT OR UPDATE OR DELETE ON consent_activity
    FOR EACH ROW EXECUTE FUNCTION consent_only_drafts();
CREATE TRIGGER consent_budgetline_only_drafts AFTER INSERT OR UPDATE OR DELETE ON consent_budgetline
    FOR EACH ROW EXECUTE FUNCTION consent_only_drafts();
"""
NO_MORE_ONLY_DRAFTS = """
DROP TRIGGER consent_activity_only_drafts ON consent_activity;
DROP TRIGGER consent_budgetline_only_drafts ON consent_budgetline;
DROP FUNCTION consent_only_drafts();
"""

# A plan begins as a draft and takes one step at a time; it is sent with a budget, and decided by nobody who wrote a line of it.
STEPS = """
CREATE FUNCTION consent_plan_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'DRAFT' THEN
            RAISE EXCEPTION 'insert refused: a plan begins as a draft'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'village_plan_steps', TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END IF;
    IF NEW.status <> OLD.status
        AND (OLD.status, NEW.status) NOT IN (('DRAFT', 'PROPOSED'), ('PROPOSED', 'APPROVED'), ('PROPOSED', 'REFUSED'), ('APPROVED', 'REPLACED')) THEN
        RAISE EXCEPTION 'update refused: a plan does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'village_plan_steps', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.status = 'PROPOSED' AND OLD.status = 'DRAFT' AND NOT EXISTS (
        SELECT 1 FROM consent_budgetline l JOIN consent_activity a ON a.id = l.activity_id WHERE a.plan_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'update refused: a plan without a budget'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'village_plan_has_lines', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.status <> OLD.status AND EXISTS (
        SELECT 1 FROM consent_budgetline l JOIN consent_activity a ON a.id = l.activity_id
        WHERE a.plan_id = NEW.id AND l.year NOT BETWEEN NEW.first_year AND NEW.last_year
    ) THEN
        RAISE EXCEPTION 'update refused: a budget for a year that is not of the plan'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_line_year_of_plan', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id AND EXISTS (
        SELECT 1 FROM consent_budgetline l JOIN consent_activity a ON a.id = l.activity_id
        WHERE a.plan_id = NEW.id AND l.added_by_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'update refused: decided by somebody who wrote a line'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'village_plan_writer_is_not_checker', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER consent_villageplan_steps AFTER INSERT OR UPDATE ON consent_villageplan FOR EACH ROW EXECUTE FUNCTION consent_plan_steps();
"""
NO_MORE_STEPS = """
DROP TRIGGER consent_villageplan_steps ON consent_villageplan;
DROP FUNCTION consent_plan_steps();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("core", "0003_reference_sequences")]

    operations = [
        migrations.RunSQL(sql=ONLY_DRAFTS, reverse_sql=NO_MORE_ONLY_DRAFTS),
        migrations.RunSQL(sql=STEPS, reverse_sql=NO_MORE_STEPS),
        frozen(
            "consent_villageplan",
            always=("recipient_id", "number", "drafted_by_id", "drafted_at"),
            once=("sent_by_id", "sent_at", "met_on", "minutes_id", "decided_by_id", "decided_at"),
            then={"OLD.status <> 'DRAFT'": ("title", "first_year", "last_year", "women", "men"), "OLD.status IN ('APPROVED', 'REPLACED')": ("reason",)},
            final="OLD.status IN ('REFUSED', 'REPLACED')",
        ),
        frozen(
            "consent_consent",
            always=(
                "client_key", "recipient_id", "plan_version_id", "kind", "happened_on", "said_by", "women", "men", "spoken_language", "reason",
                "document_id", "entered_by_id", "entered_at",
            ),
            once=("decided_by_id", "decided_at"),
            final="OLD.status <> 'ENTERED'",
        ),
        frozen(
            "consent_withholding",
            always=("consent_id", "amount_minor", "currency", "entry_id", "withheld_by_id", "withheld_at"),
            final="OLD.release_entry_id IS NOT NULL",
        ),
    ]  # fmt: skip

"""A complaint's words stay, each step stands behind its status, and nobody answers for what they did themselves."""

from django.db import migrations

from core.append_only import append_only, frozen

# A status or level is only what the latest step says; levels rise one at a time.
STEPS = """
CREATE FUNCTION grievances_case_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    levels text[] := ARRAY['VILLAGE', 'COMMUNE', 'PROVINCE', 'MINISTRY'];
    latest text; latest_level text; rise int;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'RECEIVED' OR NEW.level <> 'VILLAGE' THEN
            RAISE EXCEPTION 'insert refused: a complaint begins as received in the village'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'complaint_steps', TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END IF;
    SELECT e.kind, e.level INTO latest, latest_level FROM grievances_event e WHERE e.case_id = NEW.id ORDER BY e.id DESC LIMIT 1;
    rise := array_position(levels, NEW.level::text) - array_position(levels, OLD.level::text);
    IF rise NOT IN (0, 1) OR latest_level IS DISTINCT FROM NEW.level
        OR (rise = 1 AND latest NOT IN ('ESCALATED', 'APPEALED'))
        OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
            ('RECEIVED', 'ANSWERED'), ('APPEALED', 'ANSWERED'), ('ANSWERED', 'APPEALED'), ('CLOSED', 'APPEALED'), ('ANSWERED', 'CLOSED')))
        OR (NEW.status <> OLD.status AND latest IS DISTINCT FROM NEW.status)
    THEN
        RAISE EXCEPTION 'update refused: no step takes a complaint from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'complaint_steps', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER grievances_case_steps AFTER INSERT OR UPDATE OF status, level ON grievances_case
    FOR EACH ROW EXECUTE FUNCTION grievances_case_steps();
"""
NO_STEPS = """
DROP TRIGGER grievances_case_steps ON grievances_case;
DROP FUNCTION grievances_case_steps();
"""

INDEPENDENT = """
CREATE FUNCTION grievances_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind IN ('ANSWERED', 'CLOSED') AND EXISTS (
        SELECT 1 FROM grievances_case c
        LEFT JOIN disbursements_payment p ON p.id = c.payment_id
        LEFT JOIN disbursements_disbursement d ON d.id = p.disbursement_id
        LEFT JOIN spending_spendingrecord s ON s.id = c.spending_id
        WHERE c.id = NEW.case_id AND (NEW.by_id IN (d.requested_by_id, d.decided_by_id, p.paid_by_id) OR NEW.by_id IN (s.logged_by_id, s.decided_by_id))
    ) THEN
        RAISE EXCEPTION 'insert refused: the person had a hand in what the complaint is about'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'complaint_independent', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER grievances_event_independent AFTER INSERT ON grievances_event FOR EACH ROW EXECUTE FUNCTION grievances_independent();
"""
NOT_INDEPENDENT = """
DROP TRIGGER grievances_event_independent ON grievances_event;
DROP FUNCTION grievances_independent();
"""


class Migration(migrations.Migration):
    dependencies = [("grievances", "0001_initial")]

    operations = [
        *(append_only(f"grievances_{table}") for table in ("contact", "event", "publication")),
        frozen(
            "grievances_case",
            always=(
                "code_sha256", "category", "place", "text", "language", "photo_id", "recording_id", "channel", "entered_by_id", "received_at",
            ),
            once=("village_id", "payment_id", "spending_id"),
        ),
        migrations.RunSQL(sql=STEPS, reverse_sql=NO_STEPS),
        migrations.RunSQL(sql=INDEPENDENT, reverse_sql=NOT_INDEPENDENT),
    ]  # fmt: skip

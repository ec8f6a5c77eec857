"""What is issued stays as it is; only closed days are issued; a period has the days that its kind says."""

from django.db import migrations

from core.append_only import frozen

_DAYS = """
ALTER TABLE reports_period ADD CONSTRAINT period_has_the_days_of_its_kind CHECK (CASE kind
    WHEN 'MONTH' THEN first = date_trunc('month', first)::date AND "end" = (first + interval '1 month')::date
    WHEN 'QUARTER' THEN first = date_trunc('quarter', first)::date AND "end" = (first + interval '3 months')::date
    WHEN 'YEAR' THEN first = date_trunc('year', first)::date AND "end" = (first + interval '1 year')::date
    ELSE true END);
"""
# The books are closed by the day before the period's end; a superseded draft is not issued after the one that replaces it.
_ISSUE = """
CREATE FUNCTION reports_refuse_early_issue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM ledger_bookclosing b JOIN reports_period p ON p.id = NEW.period_id WHERE b.closed_through >= p."end" - 1
    ) THEN
        RAISE EXCEPTION 'issue refused: the books of these days are open'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'report_issued_when_closed', TABLE = TG_TABLE_NAME;
    END IF;
    IF EXISTS (SELECT 1 FROM reports_report r WHERE r.replaces_id = NEW.id) THEN
        RAISE EXCEPTION 'issue refused: another version replaces this one'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'report_superseded_is_not_issued', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER report_issued_when_closed AFTER INSERT OR UPDATE OF status ON reports_report
    FOR EACH ROW WHEN (NEW.status = 'ISSUED') EXECUTE FUNCTION reports_refuse_early_issue();

CREATE FUNCTION reports_check_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM reports_report r WHERE r.id = NEW.replaces_id AND r.period_id = NEW.period_id
            AND r.project_id IS NOT DISTINCT FROM NEW.project_id AND r.version < NEW.version AND NOT r.is_interim AND NOT NEW.is_interim
    ) THEN
        RAISE EXCEPTION 'a report replaces an earlier version of itself'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'report_replaces_itself', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER report_replaces_itself AFTER INSERT ON reports_report
    FOR EACH ROW WHEN (NEW.replaces_id IS NOT NULL) EXECUTE FUNCTION reports_check_replaced();

CREATE TRIGGER reports_report_no_truncate BEFORE TRUNCATE ON reports_report
    FOR EACH STATEMENT EXECUTE FUNCTION forest_refuse_change();
"""
_NO_ISSUE = """
DROP TRIGGER reports_report_no_truncate ON reports_report;
DROP TRIGGER report_replaces_itself ON reports_report;
DROP TRIGGER report_issued_when_closed ON reports_report;
DROP FUNCTION reports_check_replaced();
DROP FUNCTION reports_refuse_early_issue();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_lifecycle"), ("ledger", "0002_rules")]

    operations = [
        frozen("reports_period", always=("label", "kind", "first", "end"), final="OLD.status = 'CLOSED'"),
        frozen(
            "reports_report",
            always=("period_id", "project_id", "version", "is_interim", "asked_by_id", "asked_at", "replaces_id", "reason"),
            once=("snapshot_id", "reviewed_by_id", "reviewed_at", "issued_by_id", "issued_at"),
            final="OLD.status = 'ISSUED'",
        ),
        migrations.RunSQL(_DAYS, "ALTER TABLE reports_period DROP CONSTRAINT period_has_the_days_of_its_kind;"),
        migrations.RunSQL(_ISSUE, _NO_ISSUE),
    ]

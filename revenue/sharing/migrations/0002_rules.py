"""Rules that Django's own constraints cannot say."""

from django.db import migrations
from django.db.migrations import RunSQL


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial")]

    operations = [
        RunSQL(
            # A version says for ever what was proposed: only its decision is added, and its end when the next one begins.
            # After the row's own constraints, so that each mistake keeps its name.
            sql="""
            CREATE FUNCTION sharing_plan_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'DELETE' THEN
                    IF OLD.status = 'DRAFT' THEN RETURN NULL; END IF;
                    RAISE EXCEPTION 'a plan version is never deleted' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'plan_version_stays';
                END IF;
                IF OLD.status = 'DRAFT' THEN RETURN NULL; END IF;
                IF (NEW.project_id, NEW.number, NEW.title, NEW.text, NEW.sha256, NEW.effective_from, NEW.proposed_at, NEW.document_id)
                    IS DISTINCT FROM
                    (OLD.project_id, OLD.number, OLD.title, OLD.text, OLD.sha256, OLD.effective_from, OLD.proposed_at, OLD.document_id) THEN
                    RAISE EXCEPTION 'a proposed plan version does not change' USING ERRCODE = 'restrict_violation',
                        CONSTRAINT = 'plan_version_stays';
                END IF;
                IF OLD.status = 'PROPOSED' THEN RETURN NULL; END IF;
                IF (NEW.status, NEW.proposed_by_id, NEW.decided_by_id, NEW.decided_at, NEW.reason)
                    IS DISTINCT FROM (OLD.status, OLD.proposed_by_id, OLD.decided_by_id, OLD.decided_at, OLD.reason) THEN
                    RAISE EXCEPTION 'a decided plan version does not change' USING ERRCODE = 'restrict_violation',
                        CONSTRAINT = 'plan_version_stays';
                END IF;
                IF NEW.effective_to IS DISTINCT FROM OLD.effective_to AND (
                    NEW.effective_to IS NULL OR NEW.effective_to > OLD.effective_to
                    OR NOT EXISTS (
                        SELECT FROM sharing_planversion v WHERE v.project_id = NEW.project_id AND v.id <> NEW.id
                            AND v.status IN ('PROPOSED', 'APPROVED') AND v.effective_from = NEW.effective_to
                    )
                    OR EXISTS (
                        SELECT FROM sharing_allocationrun r JOIN ledger_tranche t ON t.id = r.tranche_id
                        WHERE r.plan_version_id = NEW.id AND r.status = 'ALLOCATED' AND t.received_on >= NEW.effective_to
                    )
                ) THEN
                    RAISE EXCEPTION 'a version ends only where the next begins' USING ERRCODE = 'restrict_violation',
                        CONSTRAINT = 'plan_version_stays';
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER sharing_plan_version_stays AFTER UPDATE OR DELETE ON sharing_planversion
                FOR EACH ROW EXECUTE FUNCTION sharing_plan_version_stays();
            """,
            reverse_sql="""
            DROP TRIGGER sharing_plan_version_stays ON sharing_planversion;
            DROP FUNCTION sharing_plan_version_stays();
            """,
        ),
        RunSQL(
            # By which version and which counts a receipt was shared, and the engine's own answer, stand for ever.
            sql="""
            CREATE FUNCTION sharing_allocation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'what an allocation rests on does not change' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'allocation_stays';
            END $$;
            CREATE TRIGGER sharing_allocation_stays AFTER UPDATE ON sharing_allocationrun FOR EACH ROW
                WHEN (ROW (OLD.tranche_id, OLD.project_id, OLD.plan_version_id, OLD.snapshot_id, OLD.result, OLD.sha256, OLD.entry_id)
                    IS DISTINCT FROM ROW (NEW.tranche_id, NEW.project_id, NEW.plan_version_id, NEW.snapshot_id, NEW.result, NEW.sha256, NEW.entry_id))
                EXECUTE FUNCTION sharing_allocation_stays();
            CREATE TRIGGER sharing_allocation_kept AFTER DELETE ON sharing_allocationrun FOR EACH ROW EXECUTE FUNCTION sharing_allocation_stays();
            """,
            reverse_sql="""
            DROP TRIGGER sharing_allocation_kept ON sharing_allocationrun;
            DROP TRIGGER sharing_allocation_stays ON sharing_allocationrun;
            DROP FUNCTION sharing_allocation_stays();
            """,
        ),
    ]

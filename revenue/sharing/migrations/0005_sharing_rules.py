"""Rules about proposals, decisions and corrections that Django's own constraints cannot say."""

from django.db import migrations
from django.db.migrations import RunSQL

from core.append_only import append_only, frozen

_RESTS_ON = ("tranche_id", "corrects_id", "first_id", "project_id", "plan_version_id", "snapshot_id", "amount_minor", "currency", "result", "sha256")
_OLD = ", ".join(f"OLD.{column}" for column in _RESTS_ON)
_NEW = ", ".join(f"NEW.{column}" for column in _RESTS_ON)


class Migration(migrations.Migration):
    dependencies = [("sharing", "0004_two_people_share")]

    operations = [
        RunSQL(
            # An allocation begins as a proposal and is decided once; what was approved is what was proposed, to the byte.
            sql=f"""
            DROP TRIGGER sharing_allocation_stays ON sharing_allocationrun;
            CREATE TRIGGER sharing_allocation_stays AFTER UPDATE ON sharing_allocationrun FOR EACH ROW
                WHEN (ROW ({_OLD}) IS DISTINCT FROM ROW ({_NEW})
                    OR OLD.entry_id IS NOT NULL AND NEW.entry_id IS DISTINCT FROM OLD.entry_id
                    OR OLD.decided_by_id IS NOT NULL AND NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id
                    OR OLD.reversed_by_id IS NOT NULL AND NEW.* IS DISTINCT FROM OLD.*)
                EXECUTE FUNCTION sharing_allocation_stays();
            CREATE FUNCTION sharing_allocation_steps() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF NEW.status IN ('PROPOSED', 'UNALLOCATED') THEN RETURN NULL; END IF;
                ELSIF OLD.status = NEW.status THEN RETURN NULL;
                ELSIF OLD.status = 'PROPOSED' AND NEW.status IN ('WITHDRAWN', 'REFUSED') THEN RETURN NULL;
                ELSIF OLD.status = 'PROPOSED' AND NEW.status = 'ALLOCATED' AND NEW.decided_by_id IS NOT NULL THEN RETURN NULL;
                ELSIF OLD.status = 'ALLOCATED' AND NEW.status IN ('CORRECTED', 'REVERSED') THEN RETURN NULL;
                END IF;
                RAISE EXCEPTION 'an allocation is proposed first, and decided once' USING ERRCODE = 'restrict_violation',
                    CONSTRAINT = 'allocation_steps';
            END $$;
            CREATE TRIGGER sharing_allocation_steps AFTER INSERT OR UPDATE OF status ON sharing_allocationrun FOR EACH ROW
                EXECUTE FUNCTION sharing_allocation_steps();
            """,
            reverse_sql="""
            DROP TRIGGER sharing_allocation_steps ON sharing_allocationrun;
            DROP FUNCTION sharing_allocation_steps();
            DROP TRIGGER sharing_allocation_stays ON sharing_allocationrun;
            CREATE TRIGGER sharing_allocation_stays AFTER UPDATE ON sharing_allocationrun FOR EACH ROW
                WHEN (ROW (OLD.tranche_id, OLD.project_id, OLD.plan_version_id, OLD.snapshot_id, OLD.result, OLD.sha256, OLD.entry_id)
                    IS DISTINCT FROM ROW (NEW.tranche_id, NEW.project_id, NEW.plan_version_id, NEW.snapshot_id, NEW.result, NEW.sha256, NEW.entry_id))
                EXECUTE FUNCTION sharing_allocation_stays();
            """,
        ),
        RunSQL(
            # Only a draft is edited, and nothing becomes a draft again.
            sql="""
            CREATE FUNCTION sharing_plan_version_steps() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF OLD.status = NEW.status
                    OR OLD.status = 'DRAFT' AND NEW.status IN ('PROPOSED', 'WITHDRAWN')
                    OR OLD.status = 'PROPOSED' AND NEW.status IN ('APPROVED', 'REFUSED', 'WITHDRAWN') THEN RETURN NULL;
                END IF;
                RAISE EXCEPTION 'a plan version is proposed, then decided' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'plan_version_stays';
            END $$;
            CREATE TRIGGER sharing_plan_version_steps AFTER UPDATE OF status ON sharing_planversion FOR EACH ROW
                EXECUTE FUNCTION sharing_plan_version_steps();
            """,
            reverse_sql="""
            DROP TRIGGER sharing_plan_version_steps ON sharing_planversion;
            DROP FUNCTION sharing_plan_version_steps();
            """,
        ),
        RunSQL(
            sql="DROP TRIGGER sharing_allocationline_frozen ON sharing_allocationline; DROP TRIGGER sharing_allocationline_kept ON sharing_allocationline;",
            reverse_sql=RunSQL.noop,
        ),
        frozen(
            "sharing_allocationline",
            always=("run_id", "position", "pot_id", "recipient_id", "state", "amount_minor", "rule_minor", "exact", "how", "how_km", "steps"),
            once=("released_by_id", "released_at", "release_entry_id", "released_to_id", "released_minor"),
            final="OLD.release_entry_id IS NOT NULL",
        ),
        frozen(
            "sharing_ruling",
            always=(
                "tranche_id", "project_id", "kind", "step", "authority", "title", "document_id", "decided_on", "why", "women_present",
                "men_present", "parts", "made_by_id", "made_at",
            ),
            final="OLD.status <> 'PROPOSED'",
        ),
        append_only("sharing_statedfact"),
        append_only("sharing_payoutrate"),
    ]  # fmt: skip

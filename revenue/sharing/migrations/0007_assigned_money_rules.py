"""Interest and donors' money is put into a pot by two people; no plan shares it."""

from django.db import migrations
from django.db.migrations import RunSQL

from core.append_only import frozen


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0006_assigned_money"),
        ("credits", "0005_money_in_rules"),
    ]

    operations = [
        RunSQL(
            sql="""
            CREATE FUNCTION sharing_assigned_is_no_sale() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE source text; its_currency text;
            BEGIN
                SELECT t.source, t.currency INTO source, its_currency FROM ledger_tranche t WHERE t.id = NEW.tranche_id;
                IF TG_TABLE_NAME = 'sharing_assignedmoney' AND (source NOT IN ('INTEREST', 'DONOR') OR its_currency <> NEW.currency) THEN
                    RAISE EXCEPTION 'the money of a sale is shared by its plan' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'assignment_of_no_sale';
                END IF;
                IF TG_TABLE_NAME = 'sharing_allocationrun' AND source IN ('INTEREST', 'DONOR') AND NEW.entry_id IS NOT NULL THEN
                    RAISE EXCEPTION 'no plan shares interest or donor money' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'allocation_of_a_sale';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER sharing_assignedmoney_of_no_sale BEFORE INSERT ON sharing_assignedmoney
                FOR EACH ROW EXECUTE FUNCTION sharing_assigned_is_no_sale();
            CREATE TRIGGER sharing_allocationrun_of_a_sale BEFORE INSERT OR UPDATE OF entry_id ON sharing_allocationrun
                FOR EACH ROW EXECUTE FUNCTION sharing_assigned_is_no_sale();
            """,
            reverse_sql="""
            DROP TRIGGER sharing_allocationrun_of_a_sale ON sharing_allocationrun;
            DROP TRIGGER sharing_assignedmoney_of_no_sale ON sharing_assignedmoney;
            DROP FUNCTION sharing_assigned_is_no_sale();
            """,
        ),
        frozen(
            "sharing_assignedmoney",
            always=("reference", "tranche_id", "pot_id", "recipient_id", "amount_minor", "currency", "why", "proposed_by_id", "proposed_at"),
            once=("entry_id", "decided_by_id", "decided_at"),
            final="OLD.status <> 'PROPOSED'",
        ),
    ]

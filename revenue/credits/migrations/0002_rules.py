"""Rules that Django's own constraints cannot say."""

from django.db import migrations
from django.db.migrations import RunSQL

from core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]

    operations = [
        append_only("credits_identification"),
        RunSQL(
            # A sold range repeats its issuance's own range, so that "it was issued" is a check on one row.
            sql="""
            ALTER TABLE credits_salelot ADD CONSTRAINT sale_lot_of_issuance
                FOREIGN KEY (issuance_id, series, issuance_first, issuance_last)
                REFERENCES credits_issuance (id, series, first, last);
            """,
            reverse_sql="ALTER TABLE credits_salelot DROP CONSTRAINT sale_lot_of_issuance;",
        ),
        RunSQL(
            # The row lock on the project makes a sale and a suspension at the same moment wait for each other.
            sql="""
            CREATE FUNCTION credits_sale_needs_active_project() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE found text;
            BEGIN
                SELECT status INTO found FROM credits_project WHERE id = NEW.project_id FOR SHARE;
                IF found <> 'ACTIVE' THEN
                    RAISE EXCEPTION 'project is not active: it cannot sell' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'sale_of_active_project';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER credits_sale_of_active_project BEFORE INSERT OR UPDATE OF project_id ON credits_sale
                FOR EACH ROW EXECUTE FUNCTION credits_sale_needs_active_project();
            """,
            reverse_sql="""
            DROP TRIGGER credits_sale_of_active_project ON credits_sale;
            DROP FUNCTION credits_sale_needs_active_project();
            """,
        ),
        RunSQL(
            # The lots of a sale and of its issuance belong to one project, and add up to the quantity sold: seen at commit.
            sql="""
            CREATE FUNCTION credits_sale_lots_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE sale credits_sale%ROWTYPE; lots bigint; strangers bigint;
            BEGIN
                SELECT * INTO sale FROM credits_sale WHERE id = COALESCE(NEW.sale_id, OLD.sale_id);
                IF sale.id IS NULL OR sale.status = 'CANCELLED' THEN RETURN NULL; END IF;
                SELECT COALESCE(sum(l.last - l.first + 1), 0), count(*) FILTER (WHERE i.project_id <> sale.project_id)
                    INTO lots, strangers
                    FROM credits_salelot l JOIN credits_issuance i ON i.id = l.issuance_id WHERE l.sale_id = sale.id AND l.is_live;
                IF strangers > 0 THEN
                    RAISE EXCEPTION 'serials of another project' USING ERRCODE = 'check_violation', CONSTRAINT = 'sale_lots_of_its_project';
                END IF;
                IF lots <> sale.quantity THEN
                    RAISE EXCEPTION 'serials do not add up to the quantity sold' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'sale_lots_are_its_quantity';
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER credits_sale_lots_add_up AFTER INSERT OR UPDATE OR DELETE ON credits_salelot
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credits_sale_lots_add_up();
            """,
            reverse_sql="""
            DROP TRIGGER credits_sale_lots_add_up ON credits_salelot;
            DROP FUNCTION credits_sale_lots_add_up();
            """,
        ),
    ]

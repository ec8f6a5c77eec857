"""Nothing of a check is changed, and nobody who had a hand in a payment asks the village about it."""

from django.db import migrations

from core.append_only import append_only

INDEPENDENT = """
CREATE FUNCTION callbacks_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM callbacks_sampledpayment i
        JOIN disbursements_payment p ON p.id = i.payment_id
        JOIN disbursements_disbursement d ON d.id = p.disbursement_id
        LEFT JOIN disbursements_acknowledgement k ON k.payment_id = p.id
        WHERE i.id = NEW.item_id AND (
            NEW.recorded_by_id IN (d.requested_by_id, d.decided_by_id, p.paid_by_id, k.acknowledged_by_id)
            OR EXISTS (
                SELECT 1 FROM registry_assignment a WHERE a.person_id = NEW.recorded_by_id AND a.recipient_id = d.recipient_id
                AND (a.to_date IS NULL OR a.to_date > p.paid_on)
            )
        )
    ) THEN
        RAISE EXCEPTION 'insert refused: the person had a hand in the payment, or helps the community'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'callbacks_answer_independent', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER callbacks_answer_independent AFTER INSERT ON callbacks_answer FOR EACH ROW EXECUTE FUNCTION callbacks_independent();
"""
NOT_INDEPENDENT = """
DROP TRIGGER callbacks_answer_independent ON callbacks_answer;
DROP FUNCTION callbacks_independent();
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0001_initial"), ("disbursements", "0001_initial"), ("registry", "0001_initial")]

    operations = [
        *(append_only(f"callbacks_{table}") for table in ("sample", "sampledpayment", "asking", "answer")),
        migrations.RunSQL(sql=INDEPENDENT, reverse_sql=NOT_INDEPENDENT),
    ]

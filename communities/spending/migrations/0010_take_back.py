"""A repayment that was a mistake is taken back: asked by one, decided by another, once, by the reversal of its entry."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from core.append_only import frozen
from core.together import Together

ASKED = (
    "recoverable_id", "client_key", "kind", "local_minor", "bank_account_id", "bank_reference", "repaid_on", "credited_minor", "reason", "document_id",
    "asked_by_id", "asked_at",
)  # fmt: skip
DECIDED = ("status", "amount_minor", "decided_by_id", "decided_at", "answer", "entry_id")

# As before, and: what was taken back is owed again, and the repayment is marked, here and by nobody else.
SETTLE = """
CREATE OR REPLACE FUNCTION spending_settle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    repaid spending_settlement;
    sign integer := 1;
BEGIN
    IF NEW.decided_by_id IS NOT NULL AND EXISTS (
        SELECT FROM spending_recoverable r JOIN spending_spendingrecord s ON s.id = r.spending_id
        WHERE r.id = NEW.recoverable_id AND s.logged_by_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'who logged the spending does not decide what becomes of it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'spending_settlement_logger_is_not_checker', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.kind = 'TAKEN_BACK' THEN
        SELECT * INTO repaid FROM spending_settlement WHERE id = NEW.undoes_id FOR NO KEY UPDATE;
        IF (repaid.kind, repaid.status, repaid.recoverable_id, repaid.local_minor) <> ('REPAID', 'DONE', NEW.recoverable_id, NEW.local_minor)
            OR NEW.status = 'DONE' AND (
                NEW.amount_minor <> repaid.amount_minor
                OR NOT EXISTS (SELECT FROM ledger_entry e WHERE e.id = NEW.entry_id AND e.reverses_id = repaid.entry_id)
            ) THEN
            RAISE EXCEPTION 'a repayment is taken back whole, by the reversal of its entry'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'spending_settlement_takes_back_whole', TABLE = TG_TABLE_NAME;
        END IF;
        IF NEW.decided_by_id = repaid.asked_by_id THEN
            RAISE EXCEPTION 'who recorded the repayment does not decide whether it is taken back'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'spending_settlement_recorder_is_not_checker', TABLE = TG_TABLE_NAME;
        END IF;
        sign := -1;
    END IF;
    IF NEW.status = 'DONE' AND (TG_OP = 'INSERT' OR OLD.status <> 'DONE') THEN
        UPDATE spending_recoverable
        SET left_local_minor = left_local_minor - sign * NEW.local_minor, left_minor = left_minor - sign * NEW.amount_minor
        WHERE id = NEW.recoverable_id;
        IF NEW.kind = 'TAKEN_BACK' THEN
            UPDATE spending_settlement SET is_undone = true WHERE id = NEW.undoes_id;
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION spending_undone_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.is_undone OR TG_OP = 'UPDATE' AND NEW.is_undone <> OLD.is_undone AND (OLD.is_undone OR pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION 'whether a repayment was taken back is kept by the database'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spending_settlement_undone_kept AFTER INSERT OR UPDATE ON spending_settlement
    FOR EACH ROW EXECUTE FUNCTION spending_undone_kept();
"""
UNDO = """
DROP TRIGGER spending_settlement_undone_kept ON spending_settlement;
DROP FUNCTION spending_undone_kept();
"""


def unfreeze() -> migrations.RunSQL:
    """Return the step that takes away the trigger this one replaces."""
    was = frozen("spending_settlement", always=ASKED, final="OLD.status IN ('DONE', 'REFUSED')")
    return migrations.RunSQL(sql=was.reverse_sql, reverse_sql=was.sql)


class Migration(migrations.Migration):
    dependencies = [("spending", "0009_activity_counted")]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="settlement",
                    name="is_undone",
                    field=models.BooleanField(default=False, verbose_name="taken back"),
                ),
                migrations.AddField(
                    model_name="settlement",
                    name="undoes",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="take_backs",
                        to="spending.settlement",
                        verbose_name="which repayment",
                    ),
                ),
                migrations.AlterField(
                    model_name="settlement",
                    name="kind",
                    field=models.CharField(
                        choices=[
                            ("REPAID", "repaid"),
                            ("WRITE_OFF", "written off"),
                            ("ALLOWED", "allowed after all"),
                            ("TAKEN_BACK", "repayment taken back"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                migrations.RemoveConstraint(model_name="settlement", name="settlement_kind_has_its_facts"),
                migrations.RemoveConstraint(model_name="settlement", name="settlement_bank_reference_once"),
            ]
        ),
        Together(
            [
                migrations.AddConstraint(
                    model_name="settlement",
                    constraint=models.CheckConstraint(
                        condition=Q(
                            kind="REPAID", status="DONE", decided_by=None, bank_account__isnull=False, repaid_on__isnull=False, credited_minor__gte=0
                        )
                        & ~Q(bank_reference="")
                        | Q(
                            kind__in=["WRITE_OFF", "ALLOWED", "TAKEN_BACK"], bank_account=None, bank_reference="", repaid_on=None, credited_minor=None
                        )
                        & ~Q(reason="")
                        & (
                            Q(status="PROPOSED", decided_by=None, decided_at=None)
                            | Q(status="DONE", decided_by__isnull=False, decided_at__isnull=False)
                            | Q(status="REFUSED", decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer="")
                        ),
                        name="settlement_kind_has_its_facts",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="settlement",
                    constraint=models.CheckConstraint(
                        condition=Q(kind="TAKEN_BACK", undoes__isnull=False) | ~Q(kind="TAKEN_BACK") & Q(undoes=None),
                        name="settlement_take_back_names_repayment",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="settlement",
                    constraint=models.CheckConstraint(condition=Q(is_undone=False) | Q(kind="REPAID"), name="settlement_undone_is_repayment"),
                ),
                migrations.AddConstraint(
                    model_name="settlement",
                    constraint=models.UniqueConstraint(
                        condition=Q(kind="REPAID", is_undone=False),
                        fields=("bank_account", "bank_reference"),
                        name="settlement_bank_reference_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="settlement",
                    constraint=models.UniqueConstraint(
                        condition=Q(status__in=["PROPOSED", "DONE"]), fields=("undoes",), name="settlement_taken_back_once"
                    ),
                ),
            ]
        ),
        unfreeze(),
        frozen(
            "spending_settlement",
            always=(*ASKED, "undoes_id"),
            then={"OLD.status IN ('DONE', 'REFUSED')": DECIDED},
        ),
        migrations.RunSQL(sql=SETTLE, reverse_sql=UNDO),
    ]

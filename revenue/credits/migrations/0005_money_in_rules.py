"""Rules on recalls, corrections, transfers and other income that Django's own constraints cannot say."""

from django.db import migrations
from django.db.migrations import RunSQL

from core.append_only import append_only, frozen

SEQUENCES = ("oi", "rl", "bt", "as")
RECEIPT_ALWAYS = (
    "reference",
    "bank_account_id",
    "bank_reference",
    "value_date",
    "currency",
    "gross_minor",
    "sender_fee_minor",
    "part_of_id",
    "tranche_id",
    "entry_id",
    "recorded_by_id",
    "recorded_at",
)


class Migration(migrations.Migration):
    dependencies = [("credits", "0004_money_in"), ("core", "0003_reference_sequences")]

    operations = [
        *(RunSQL(sql=f"CREATE SEQUENCE core_reference_{name};", reverse_sql=f"DROP SEQUENCE core_reference_{name};") for name in SEQUENCES),
        append_only("credits_recall"),
        append_only("credits_banktransfer"),
        RunSQL(
            # A recall is of its receipt's own bank account, and a transfer and other income in their accounts' currency.
            sql="""
            ALTER TABLE credits_receipt ADD CONSTRAINT receipt_id_bank UNIQUE (id, bank_account_id, currency);
            ALTER TABLE credits_bankaccount ADD CONSTRAINT bank_account_id_currency UNIQUE (id, currency);
            ALTER TABLE credits_recall ADD CONSTRAINT recall_at_its_receipts_bank
                FOREIGN KEY (receipt_id, bank_account_id, currency) REFERENCES credits_receipt (id, bank_account_id, currency);
            ALTER TABLE credits_banktransfer ADD CONSTRAINT transfer_from_in_its_currency
                FOREIGN KEY (from_account_id, currency) REFERENCES credits_bankaccount (id, currency);
            ALTER TABLE credits_banktransfer ADD CONSTRAINT transfer_to_in_its_currency
                FOREIGN KEY (to_account_id, currency) REFERENCES credits_bankaccount (id, currency);
            ALTER TABLE credits_otherincome ADD CONSTRAINT income_in_its_banks_currency
                FOREIGN KEY (bank_account_id, currency) REFERENCES credits_bankaccount (id, currency);
            """,
            reverse_sql="""
            ALTER TABLE credits_otherincome DROP CONSTRAINT income_in_its_banks_currency;
            ALTER TABLE credits_banktransfer DROP CONSTRAINT transfer_to_in_its_currency;
            ALTER TABLE credits_banktransfer DROP CONSTRAINT transfer_from_in_its_currency;
            ALTER TABLE credits_recall DROP CONSTRAINT recall_at_its_receipts_bank;
            ALTER TABLE credits_bankaccount DROP CONSTRAINT bank_account_id_currency;
            ALTER TABLE credits_receipt DROP CONSTRAINT receipt_id_bank;
            """,
        ),
        # The sale of a receipt may be corrected, and only as its newest identification says; its money stays what it is.
        RunSQL(sql="DROP TRIGGER credits_receipt_frozen ON credits_receipt; DROP TRIGGER credits_receipt_kept ON credits_receipt;"),
        frozen(
            "credits_receipt",
            always=RECEIPT_ALWAYS,
            once=("refunded_on",),
            then={
                "OLD.status <> 'UNIDENTIFIED'": ("not_ours_minor", "status"),
                "OLD.status <> 'UNIDENTIFIED' AND NEW.sale_id IS NOT DISTINCT FROM OLD.sale_id": ("invoice_currency", "invoice_minor", "rate"),
                "OLD.refunded_minor > 0": ("refunded_minor", "refund_reference"),
                "NEW.recalled_minor < OLD.recalled_minor": ("recalled_minor",),
                "NEW.recalled_held_minor < OLD.recalled_held_minor": ("recalled_held_minor",),
                "NEW.passed_minor < OLD.passed_minor": ("passed_minor",),
            },
            final="OLD.status IN ('REFUNDED', 'RECALLED')",
        ),
        RunSQL(
            # Seen at commit: what a receipt says became of it is what its recalls and parts say, and its sale is as identified.
            sql="""
            CREATE FUNCTION credits_receipt_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE receipt credits_receipt%ROWTYPE; taken bigint; held bigint; parts bigint; said bigint; foreign_part boolean;
            BEGIN
                IF TG_TABLE_NAME = 'credits_receipt' THEN
                    SELECT * INTO receipt FROM credits_receipt WHERE id = NEW.id;
                ELSIF TG_TABLE_NAME = 'credits_recall' THEN
                    SELECT * INTO receipt FROM credits_receipt WHERE id = NEW.receipt_id;
                ELSE
                    SELECT * INTO receipt FROM credits_receipt WHERE tranche_id = NEW.tranche_id;
                END IF;
                IF receipt.id IS NULL THEN RETURN NULL; END IF;
                SELECT COALESCE(sum(amount_minor - held_minor), 0), COALESCE(sum(held_minor), 0) INTO taken, held
                    FROM credits_recall WHERE receipt_id = receipt.id;
                IF taken <> receipt.recalled_minor OR held <> receipt.recalled_held_minor THEN
                    RAISE EXCEPTION 'what was taken back is not the sum of the recalls' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'receipt_recalls_add_up';
                END IF;
                SELECT COALESCE(sum(gross_minor), 0) INTO parts FROM credits_receipt WHERE part_of_id = receipt.id;
                SELECT EXISTS (
                    SELECT FROM credits_receipt parent WHERE parent.id = receipt.part_of_id
                        AND (parent.bank_account_id, parent.bank_reference, parent.value_date) IS DISTINCT FROM
                            (receipt.bank_account_id, receipt.bank_reference, receipt.value_date)
                ) INTO foreign_part;
                IF parts <> receipt.passed_minor OR foreign_part THEN
                    RAISE EXCEPTION 'what was identified later is not the sum of its parts' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'receipt_parts_add_up';
                END IF;
                SELECT sale_id INTO said FROM credits_identification WHERE tranche_id = receipt.tranche_id ORDER BY number DESC LIMIT 1;
                IF said IS DISTINCT FROM receipt.sale_id THEN
                    RAISE EXCEPTION 'the sale is not the one last identified' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'receipt_sale_as_identified';
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER credits_receipt_adds_up AFTER INSERT OR UPDATE ON credits_receipt
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credits_receipt_adds_up();
            CREATE CONSTRAINT TRIGGER credits_recall_adds_up AFTER INSERT ON credits_recall
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credits_receipt_adds_up();
            CREATE CONSTRAINT TRIGGER credits_identification_adds_up AFTER INSERT ON credits_identification
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credits_receipt_adds_up();
            """,
            reverse_sql="""
            DROP TRIGGER credits_identification_adds_up ON credits_identification;
            DROP TRIGGER credits_recall_adds_up ON credits_recall;
            DROP TRIGGER credits_receipt_adds_up ON credits_receipt;
            DROP FUNCTION credits_receipt_adds_up();
            """,
        ),
        RunSQL(
            # A line of a bank statement is a sale's money or other income, never both. The lock makes two at once wait for each other.
            sql="""
            CREATE FUNCTION credits_credit_counts_once() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock(731012, hashtext(NEW.bank_account_id || '|' || NEW.bank_reference));
                IF TG_TABLE_NAME = 'credits_receipt' AND EXISTS (
                    SELECT FROM credits_otherincome WHERE bank_account_id = NEW.bank_account_id AND bank_reference = NEW.bank_reference
                        AND status <> 'REFUSED'
                ) OR TG_TABLE_NAME = 'credits_otherincome' AND EXISTS (
                    SELECT FROM credits_receipt WHERE bank_account_id = NEW.bank_account_id AND bank_reference = NEW.bank_reference
                ) THEN
                    RAISE EXCEPTION 'this credit of the bank is in the books as other money' USING ERRCODE = 'unique_violation',
                        CONSTRAINT = 'bank_credit_counts_once';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER credits_receipt_counts_once BEFORE INSERT ON credits_receipt
                FOR EACH ROW EXECUTE FUNCTION credits_credit_counts_once();
            CREATE TRIGGER credits_otherincome_counts_once BEFORE INSERT ON credits_otherincome
                FOR EACH ROW EXECUTE FUNCTION credits_credit_counts_once();
            """,
            reverse_sql="""
            DROP TRIGGER credits_otherincome_counts_once ON credits_otherincome;
            DROP TRIGGER credits_receipt_counts_once ON credits_receipt;
            DROP FUNCTION credits_credit_counts_once();
            """,
        ),
        frozen(
            "credits_otherincome",
            always=(
                "reference",
                "kind",
                "project_id",
                "bank_account_id",
                "bank_reference",
                "value_date",
                "currency",
                "amount_minor",
                "payer",
                "document_id",
                "proposed_by_id",
                "proposed_at",
            ),
            once=("tranche_id", "entry_id", "decided_by_id", "decided_at"),
            final="OLD.status <> 'PROPOSED'",
        ),
        frozen(
            "credits_correction",
            always=("receipt_id", "from_sale_id", "to_sale_id", "invoice_minor", "why", "proposed_by_id", "proposed_at"),
            once=("decided_by_id", "decided_at"),
            final="OLD.status <> 'PROPOSED'",
        ),
    ]

"""Rules on coverings, closings of last cents, matches and large debits that Django's own constraints cannot say."""

from django.db import migrations
from django.db.migrations import RunSQL

from core.append_only import append_only, frozen


class Migration(migrations.Migration):
    dependencies = [("disbursements", "0005_lines_stand_for_entries"), ("core", "0003_reference_sequences")]

    operations = [
        RunSQL(sql="CREATE SEQUENCE core_reference_cv;", reverse_sql="DROP SEQUENCE core_reference_cv;"),
        append_only("disbursements_lotclosing"),
        frozen(
            "disbursements_covering",
            always=(
                "reference",
                "client_key",
                "kind",
                "tranche_id",
                "gap_id",
                "source_id",
                "currency",
                "amount_minor",
                "why",
                "document_id",
                "proposed_by_id",
                "proposed_at",
            ),
            once=("decided_by_id", "decided_at", "cover_entry_id", "refund_entry_id"),
            final="OLD.status <> 'PROPOSED'",
        ),
        frozen(
            "disbursements_linematch",
            always=("line_id", "entry_id", "amount_minor", "by_hand", "matched_by_id", "matched_at"),
            final="OLD.undone_at IS NOT NULL",
        ),
        RunSQL(
            sql="DROP TRIGGER disbursements_payment_frozen ON disbursements_payment; DROP TRIGGER disbursements_payment_kept ON disbursements_payment;"
        ),
        frozen(
            "disbursements_payment",
            always=(
                "disbursement_id",
                "bank_account_id",
                "payee_account_id",
                "bank_reference",
                "paid_on",
                "amount_minor",
                "currency",
                "fee_minor",
                "local_minor",
                "local_currency",
                "rate",
                "above_confirmed",
                "entry_id",
                "paid_by_id",
                "recorded_at",
            ),
            once=("sent_back_on", "sent_back_entry_id"),
            final="OLD.status = 'SENT_BACK'",
        ),
        RunSQL(
            # More than a twentieth above the approval is posted, for the bank has taken it, but only if the officer says that it is so.
            sql="""
            CREATE FUNCTION disbursements_large_debit() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NOT NEW.above_confirmed AND NEW.amount_minor * 100 > (
                    SELECT amount_minor * 105 FROM disbursements_disbursement WHERE id = NEW.disbursement_id
                ) THEN
                    RAISE EXCEPTION 'a debit far above the approval was not confirmed' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'payment_far_above_is_confirmed';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER disbursements_payment_large_debit BEFORE INSERT ON disbursements_payment
                FOR EACH ROW EXECUTE FUNCTION disbursements_large_debit();
            """,
            reverse_sql="""
            DROP TRIGGER disbursements_payment_large_debit ON disbursements_payment;
            DROP FUNCTION disbursements_large_debit();
            """,
        ),
        RunSQL(
            # Seen at commit: an approved covering posted its amount against its gap in its tranche, and moved no money between banks;
            # an exchange loss is not covered beyond what it is.
            sql="""
            CREATE FUNCTION disbursements_covering_posted() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE posted bigint; lies bigint;
            BEGIN
                IF NEW.status <> 'APPROVED' THEN RETURN NULL; END IF;
                SELECT coalesce(sum(p.amount_minor), 0) INTO posted FROM ledger_posting p
                    WHERE p.entry_id IN (NEW.cover_entry_id, NEW.refund_entry_id) AND p.tranche_id = NEW.tranche_id
                        AND NEW.gap_id = CASE NEW.kind WHEN 'SHORTFALL' THEN p.debit_id ELSE p.credit_id END;
                IF posted <> NEW.amount_minor THEN
                    RAISE EXCEPTION 'a covering of % posted %', NEW.amount_minor, posted USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'covering_is_what_was_posted';
                END IF;
                IF EXISTS (
                    SELECT FROM (
                        SELECT d.bank, p.amount_minor AS moved FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
                            WHERE p.entry_id IN (NEW.cover_entry_id, NEW.refund_entry_id)
                        UNION ALL
                        SELECT c.bank, -p.amount_minor FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id
                            WHERE p.entry_id IN (NEW.cover_entry_id, NEW.refund_entry_id)
                    ) side WHERE bank <> '' GROUP BY bank HAVING sum(moved) <> 0
                ) THEN
                    RAISE EXCEPTION 'a covering moves no money between banks' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'covering_stays_at_its_bank';
                END IF;
                SELECT amount_minor INTO lies FROM ledger_balance WHERE account_id = NEW.gap_id AND tranche_id = NEW.tranche_id AND lot = 0;
                IF NEW.kind = 'FX' AND lies < 0 THEN
                    RAISE EXCEPTION 'more is covered than was lost' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'covering_within_the_loss';
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER disbursements_covering_posted AFTER INSERT OR UPDATE ON disbursements_covering
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disbursements_covering_posted();
            """,
            reverse_sql="""
            DROP TRIGGER disbursements_covering_posted ON disbursements_covering;
            DROP FUNCTION disbursements_covering_posted();
            """,
        ),
        RunSQL(
            # Two who match at one bank wait for each other; seen at commit, a line stands for entries wholly or not at all,
            # and no more of an entry stands on lines than it moved at that bank.
            sql="""
            CREATE FUNCTION disbursements_match_waits() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock(731013, (SELECT bank_account_id::int FROM disbursements_statementline WHERE id = NEW.line_id));
                IF TG_OP = 'UPDATE' AND NEW.undone_at IS NOT NULL AND EXISTS (
                    SELECT FROM ledger_bookclosing c JOIN disbursements_statementline l ON l.id = NEW.line_id WHERE c.closed_through >= l.value_date
                ) THEN
                    RAISE EXCEPTION 'the books are closed for the day of this line' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'line_match_kept_in_closed_books';
                END IF;
                RETURN NEW;
            END $$;
            CREATE FUNCTION disbursements_match_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE said bigint; stands bigint; our_bank text; moved bigint; placed bigint;
            BEGIN
                SELECT l.amount_minor, b.code INTO said, our_bank FROM disbursements_statementline l
                    JOIN credits_bankaccount b ON b.id = l.bank_account_id WHERE l.id = NEW.line_id;
                SELECT sum(amount_minor) INTO stands FROM disbursements_linematch WHERE line_id = NEW.line_id AND undone_at IS NULL;
                IF stands <> said THEN
                    RAISE EXCEPTION 'a line of % stands for %', said, stands USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'line_match_is_the_whole_line';
                END IF;
                SELECT coalesce(sum(CASE WHEN d.bank = our_bank THEN p.amount_minor ELSE 0 END - CASE WHEN c.bank = our_bank THEN p.amount_minor ELSE 0 END), 0)
                    INTO moved FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id
                    WHERE p.entry_id = NEW.entry_id;
                SELECT coalesce(sum(m.amount_minor), 0) INTO placed FROM disbursements_linematch m
                    JOIN disbursements_statementline l ON l.id = m.line_id JOIN credits_bankaccount b ON b.id = l.bank_account_id
                    WHERE m.entry_id = NEW.entry_id AND m.undone_at IS NULL AND b.code = our_bank;
                IF placed NOT BETWEEN least(moved, 0) AND greatest(moved, 0) THEN
                    RAISE EXCEPTION 'an entry moved % at this bank, and lines of % stand for it', moved, placed USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'line_match_within_the_entry';
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER disbursements_linematch_waits BEFORE INSERT OR UPDATE ON disbursements_linematch
                FOR EACH ROW EXECUTE FUNCTION disbursements_match_waits();
            CREATE CONSTRAINT TRIGGER disbursements_linematch_adds_up AFTER INSERT OR UPDATE ON disbursements_linematch
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disbursements_match_adds_up();
            """,
            reverse_sql="""
            DROP TRIGGER disbursements_linematch_adds_up ON disbursements_linematch;
            DROP TRIGGER disbursements_linematch_waits ON disbursements_linematch;
            DROP FUNCTION disbursements_match_adds_up();
            DROP FUNCTION disbursements_match_waits();
            """,
        ),
    ]

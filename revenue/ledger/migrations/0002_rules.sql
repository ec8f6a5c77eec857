-- What Django cannot say about money: rows that never change, pairs of places, closed books, balances.
-- Functions that write balances run with the rights of their owner; the application's role has none on them.

-- One currency on a row: the accounts' and the tranche's. ---------------------------------------------------------
ALTER TABLE ledger_posting
    ADD CONSTRAINT ledger_posting_debit_currency FOREIGN KEY (debit_id, currency) REFERENCES ledger_account (id, currency),
    ADD CONSTRAINT ledger_posting_credit_currency FOREIGN KEY (credit_id, currency) REFERENCES ledger_account (id, currency),
    ADD CONSTRAINT ledger_posting_tranche_currency FOREIGN KEY (tranche_id, currency) REFERENCES ledger_tranche (id, currency);

-- Room on the page for the next version of a row that changes often.
ALTER TABLE ledger_balance SET (fillfactor = 85);
ALTER TABLE ledger_total SET (fillfactor = 50);

CREATE TABLE ledger_allowedpair (
    event text NOT NULL,
    debit_kind text NOT NULL,
    credit_kind text NOT NULL,
    same_bank boolean NOT NULL,
    same_pot boolean NOT NULL,
    same_holder boolean NOT NULL,
    other_bank boolean NOT NULL,
    PRIMARY KEY (event, debit_kind, credit_kind)
);

-- Rows that never change. ------------------------------------------------------------------------------------------
CREATE FUNCTION ledger_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% refused: rows of % are never changed or removed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER ledger_account_append_only BEFORE UPDATE OR DELETE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_tranche_append_only BEFORE UPDATE OR DELETE ON ledger_tranche
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_bookclosing_append_only BEFORE UPDATE OR DELETE ON ledger_bookclosing
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
-- A migration that loads the pairs switches this one off while it does so.
CREATE TRIGGER ledger_allowedpair_append_only BEFORE INSERT OR UPDATE OR DELETE ON ledger_allowedpair
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_balance_append_only BEFORE DELETE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_total_append_only BEFORE DELETE ON ledger_total
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Emptying a table is refused by triggers of their own, so that a test database can do without these alone.
CREATE TRIGGER ledger_account_no_truncate BEFORE TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_tranche_no_truncate BEFORE TRUNCATE ON ledger_tranche
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_posting_no_truncate BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_bookclosing_no_truncate BEFORE TRUNCATE ON ledger_bookclosing
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_balance_no_truncate BEFORE TRUNCATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_total_no_truncate BEFORE TRUNCATE ON ledger_total
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_allowedpair_no_truncate BEFORE TRUNCATE ON ledger_allowedpair
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Balances are written from inside the posting trigger, never by hand, whoever asks.
CREATE FUNCTION ledger_refuse_hand() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% refused: % is kept by the database from the postings', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_kept_by_database', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_balance_kept_by_database BEFORE INSERT OR UPDATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_hand();
CREATE TRIGGER ledger_total_kept_by_database BEFORE INSERT OR UPDATE ON ledger_total
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_hand();

-- Closing the books. -------------------------------------------------------------------------------------------------
-- Postings hold lock 731011 shared until they commit, a closing holds it alone: nothing slips in behind it.
CREATE FUNCTION ledger_close_forward() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(731011);
    IF NEW.closed_through <= (SELECT max(closed_through) FROM ledger_bookclosing) THEN
        RAISE EXCEPTION 'the books are closed beyond % already', NEW.closed_through
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_bookclosing_forward', TABLE = 'ledger_bookclosing';
    END IF;
    NEW.posting_count := (SELECT count(*) FROM ledger_posting WHERE day <= NEW.closed_through);
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_bookclosing_forward BEFORE INSERT ON ledger_bookclosing
    FOR EACH ROW EXECUTE FUNCTION ledger_close_forward();

-- Posting. -----------------------------------------------------------------------------------------------------------
CREATE TYPE ledger_delta AS (
    account_id bigint,
    tranche_id bigint,
    lot bigint,
    amount_minor bigint,
    local_minor bigint,
    local_currency varchar(3),
    guarded boolean,
    never_above_zero boolean,
    by_lot_local boolean
);

-- Refuse the whole statement if one row breaks a rule; the CONSTRAINT of the error says which.
CREATE FUNCTION ledger_refuse_row(broken text, said text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', said USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'ledger_posting';
END $$;

CREATE FUNCTION ledger_keep_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    deltas ledger_delta[];
    closed date;
    broken text;
    said text;
    touched bigint;
    accounts bigint;
    my_slot smallint := pg_backend_pid() % 8;
BEGIN
    IF NOT EXISTS (SELECT FROM written) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(731011);
    SELECT max(closed_through) INTO closed FROM ledger_bookclosing;

    -- Each row for itself: closed books, copies of the entry, allowed pair, codes that must agree, lots.
    SELECT rule, concat_ws(' ', seen.event, seen.day, seen.debit_code, '<-', seen.credit_code, 'lot', seen.lot)
    INTO broken, said
    FROM (
        SELECT w.event, w.day, w.lot, d.code AS debit_code, c.code AS credit_code,
            CASE
                WHEN w.day <= closed THEN 'ledger_posting_books_open'
                WHEN e.event <> w.event OR e.day <> w.day OR w.line NOT BETWEEN 1 AND e.line_count
                    THEN 'ledger_posting_copies_entry'
                WHEN (d.by_lot OR c.by_lot) AND w.lot = 0 THEN 'ledger_posting_lot_needed'
                WHEN e.reverses_id IS NOT NULL THEN NULL
                WHEN p.event IS NULL THEN 'ledger_posting_pair_allowed'
                WHEN p.same_bank AND d.bank <> c.bank AND d.bank <> '' AND c.bank <> '' THEN 'ledger_posting_same_bank'
                WHEN p.other_bank AND d.bank = c.bank THEN 'ledger_posting_other_bank'
                WHEN p.same_pot AND d.pot <> c.pot AND d.pot <> '' AND c.pot <> '' THEN 'ledger_posting_same_pot'
                WHEN p.same_holder AND d.holder <> c.holder AND d.holder <> '' AND c.holder <> ''
                    THEN 'ledger_posting_same_holder'
            END AS rule
        FROM written w
        JOIN ledger_entry e ON e.id = w.entry_id
        JOIN ledger_account d ON d.id = w.debit_id
        JOIN ledger_account c ON c.id = w.credit_id
        LEFT JOIN ledger_allowedpair p ON p.event = w.event AND p.debit_kind = d.kind AND p.credit_kind = c.kind
    ) seen
    WHERE rule IS NOT NULL
    LIMIT 1;
    IF broken IS NOT NULL THEN
        PERFORM ledger_refuse_row(broken, said);
    END IF;

    -- One entry is one statement: all its lines come together, and none is added later.
    IF EXISTS (
        SELECT FROM (SELECT entry_id, count(*) AS lines FROM written GROUP BY entry_id) g
        JOIN ledger_entry e ON e.id = g.entry_id
        WHERE g.lines <> e.line_count
    ) THEN
        PERFORM ledger_refuse_row('ledger_posting_whole_entry', 'an entry is written whole, in one statement');
    END IF;

    -- A reversal is the earlier entry, line by line, the other way round.
    IF EXISTS (
        SELECT FROM written w
        JOIN ledger_entry e ON e.id = w.entry_id
        JOIN ledger_entry o ON o.id = e.reverses_id
        LEFT JOIN ledger_posting p
            ON p.entry_id = o.id AND p.line = w.line
            AND p.debit_id = w.credit_id AND p.credit_id = w.debit_id
            AND p.tranche_id = w.tranche_id AND p.lot = w.lot AND p.amount_minor = w.amount_minor
            AND p.local_minor = w.local_minor AND p.local_currency = w.local_currency
        WHERE w.event IN ('reversal', 'returned')
            AND (
                p.id IS NULL OR o.line_count <> e.line_count OR o.reverses_id IS NOT NULL
                OR (w.event = 'returned' AND o.event NOT IN ('pay', 'pay_final'))
            )
    ) THEN
        PERFORM ledger_refuse_row('ledger_posting_mirrors_entry', 'a reversal is the whole earlier entry the other way round');
    END IF;

    -- Paying a shortfall from another tranche changes whose money was used, never how much.
    IF EXISTS (
        SELECT FROM (
            SELECT entry_id, debit_id AS account_id, lot, amount_minor, local_minor FROM written WHERE event = 'refund'
            UNION ALL
            SELECT entry_id, credit_id, lot, -amount_minor, -local_minor FROM written WHERE event = 'refund'
        ) side
        JOIN ledger_account a ON a.id = side.account_id AND a.bank = ''
        GROUP BY side.entry_id, side.account_id, side.lot
        HAVING sum(side.amount_minor) <> 0 OR sum(side.local_minor) <> 0
    ) THEN
        PERFORM ledger_refuse_row('ledger_posting_refund_in_pairs', 'a re-fund takes from one tranche what it gives in another');
    END IF;

    -- The net change of each balance: within one statement the order of rows means nothing.
    SELECT array_agg(ROW(net.*)::ledger_delta ORDER BY net.account_id, net.tranche_id, net.lot)
    INTO deltas
    FROM (
        SELECT side.account_id, side.tranche_id,
            CASE WHEN a.by_lot THEN side.lot ELSE 0 END AS lot,
            sum(side.amount_minor)::bigint AS amount_minor,
            (CASE WHEN a.by_lot_local THEN sum(side.local_minor) ELSE 0 END)::bigint AS local_minor,
            CASE
                WHEN NOT a.by_lot_local THEN ''
                WHEN min(nullif(side.local_currency, '')) <> max(side.local_currency) THEN '?'
                ELSE max(side.local_currency)
            END AS local_currency,
            a.guarded, a.never_above_zero, a.by_lot_local
        FROM (
            SELECT debit_id AS account_id, tranche_id, lot, amount_minor, local_minor, local_currency FROM written
            UNION ALL
            SELECT credit_id, tranche_id, lot, -amount_minor, -local_minor, local_currency FROM written
        ) side
        JOIN ledger_account a ON a.id = side.account_id
        GROUP BY a.id, side.account_id, side.tranche_id, CASE WHEN a.by_lot THEN side.lot ELSE 0 END
    ) net;

    -- Who draws holds the account alone (ledger_lock_accounts); who only posts shares it.
    PERFORM 1 FROM ledger_account
    WHERE id IN (SELECT account_id FROM unnest(deltas)) ORDER BY id FOR SHARE;

    -- Insert zeros, lock in key order, then change: a withdrawal must never be proposed as a new row.
    INSERT INTO ledger_balance AS b (
        account_id, tranche_id, lot, amount_minor, local_minor, local_currency, guarded, never_above_zero, by_lot_local
    )
    SELECT account_id, tranche_id, lot, 0, 0, '', guarded, never_above_zero, by_lot_local
    FROM unnest(deltas) ORDER BY account_id, tranche_id, lot
    ON CONFLICT DO NOTHING;

    PERFORM 1 FROM ledger_balance b
    JOIN unnest(deltas) t ON b.account_id = t.account_id AND b.tranche_id = t.tranche_id AND b.lot = t.lot
    ORDER BY b.account_id, b.tranche_id, b.lot FOR UPDATE OF b;

    IF EXISTS (
        SELECT FROM unnest(deltas) t
        JOIN ledger_balance b ON b.lot = t.lot AND b.lot > 0 AND b.account_id = t.account_id
        WHERE t.local_currency <> '' AND b.local_currency NOT IN ('', t.local_currency)
    ) OR EXISTS (SELECT FROM unnest(deltas) WHERE local_currency = '?') THEN
        PERFORM ledger_refuse_row('ledger_posting_lot_one_local_currency', 'a lot is held in one local currency');
    END IF;

    UPDATE ledger_balance b
    SET amount_minor = b.amount_minor + t.amount_minor,
        local_minor = b.local_minor + t.local_minor,
        local_currency = CASE WHEN t.local_currency = '' THEN b.local_currency ELSE t.local_currency END
    FROM unnest(deltas) t
    WHERE b.account_id = t.account_id AND b.tranche_id = t.tranche_id AND b.lot = t.lot;
    GET DIAGNOSTICS touched = ROW_COUNT;
    IF touched <> cardinality(deltas) THEN
        PERFORM ledger_refuse_row('ledger_balance_all_found', format('%s balances of %s', touched, cardinality(deltas)));
    END IF;

    INSERT INTO ledger_total (account_id, slot, amount_minor)
    SELECT DISTINCT account_id, my_slot, 0 FROM unnest(deltas) ORDER BY account_id
    ON CONFLICT DO NOTHING;

    PERFORM 1 FROM ledger_total
    WHERE account_id IN (SELECT account_id FROM unnest(deltas)) AND slot = my_slot
    ORDER BY account_id FOR UPDATE;

    UPDATE ledger_total s
    SET amount_minor = s.amount_minor + t.amount_minor
    FROM (SELECT account_id, sum(amount_minor) AS amount_minor FROM unnest(deltas) GROUP BY account_id) t
    WHERE s.account_id = t.account_id AND s.slot = my_slot;
    GET DIAGNOSTICS touched = ROW_COUNT;
    SELECT count(DISTINCT account_id) INTO accounts FROM unnest(deltas);
    IF touched <> accounts THEN
        PERFORM ledger_refuse_row('ledger_total_all_found', format('%s totals of %s', touched, accounts));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_posting_keep_balances AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_balances();

-- Hold accounts alone before reading what can be drawn from them. In key order, whatever the order asked.
-- A function with its owner's rights, since locking a row needs a right to change it that the application has not.
CREATE FUNCTION ledger_lock_accounts(wanted bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM ledger_account WHERE id = ANY (wanted) ORDER BY id FOR NO KEY UPDATE;
END $$;

-- Both sides of each posting as rows of their own, for accountants who ask in SQL.
CREATE VIEW ledger_leg AS
SELECT p.id AS posting_id, p.entry_id, p.line, p.event, p.day, e.occurred_on, e.document, side.side, a.code AS account,
    a.kind, a.bank, a.pot, a.holder, a.purpose, t.code AS tranche, p.lot, p.currency,
    side.sign * p.amount_minor AS amount_minor, side.sign * p.local_minor AS local_minor, p.local_currency
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
JOIN ledger_tranche t ON t.id = p.tranche_id
CROSS JOIN LATERAL (VALUES ('debit', 1, p.debit_id), ('credit', -1, p.credit_id)) side (side, sign, account_id)
JOIN ledger_account a ON a.id = side.account_id;

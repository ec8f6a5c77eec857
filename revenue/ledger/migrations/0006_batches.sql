-- The rules of 0005_quicker.sql for less work: places are looked up once for each movement that occurs and not once a row, and only
-- balances that were there before are carried on from one step to the next.

CREATE OR REPLACE FUNCTION ledger_keep_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
-- A session keeps a plan with the number of rows it was first made for: after a batch, one posting would read whole tables.
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    seen record;
    changed record;
    delta ledger_delta;
    my_slot smallint := pg_backend_pid() % 8;
BEGIN
    -- Held until the commit, so that no closing slips in; what it closed is read in the statement after.
    PERFORM pg_advisory_xact_lock_shared(731011);

    -- Who draws holds the account alone (ledger_lock_accounts); who only posts shares it.
    PERFORM 1 FROM ledger_account
    WHERE id IN (SELECT debit_id FROM written UNION SELECT credit_id FROM written) ORDER BY id FOR SHARE;

    -- Each row beside its entry; and each movement that occurs, once: allowed pair, codes that must agree, lots.
    SELECT * INTO seen
    FROM (
        SELECT count(*) AS lines, count(*) FILTER (WHERE w.line = 1) AS begun, count(DISTINCT w.entry_id) AS entries,
            sum(e.line_count) FILTER (WHERE w.line = 1) AS declared, min(w.day) AS earliest,
            bool_or(e.event <> w.event OR e.day <> w.day OR w.line NOT BETWEEN 1 AND e.line_count) AS differs,
            bool_or(e.reverses_id IS NOT NULL) AS reverses, bool_or(w.event = 'refund') AS refunds,
            bool_or(w.local_currency <> '') AS is_local
        FROM written w JOIN ledger_entry e ON e.id = w.entry_id
    ) each_row
    CROSS JOIN (SELECT max(closed_through) AS closed FROM ledger_bookclosing) books
    CROSS JOIN (
        SELECT min(rule) AS broken, min(concat_ws(' ', event, debit_code, '<-', credit_code, 'lot', least_lot)) FILTER (WHERE rule IS NOT NULL) AS said
        FROM (
            SELECT w.event, w.least_lot, d.code AS debit_code, c.code AS credit_code,
                CASE
                    WHEN (d.by_lot OR c.by_lot) AND w.least_lot = 0 THEN 'ledger_posting_lot_needed'
                    -- Compared with the entry they undo instead; their entry names one, and its event is theirs.
                    WHEN w.event IN ('reversal', 'returned') THEN NULL
                    WHEN p.event IS NULL THEN 'ledger_posting_pair_allowed'
                    WHEN p.same_bank AND d.bank <> c.bank AND d.bank <> '' AND c.bank <> '' THEN 'ledger_posting_same_bank'
                    WHEN p.other_bank AND d.bank = c.bank THEN 'ledger_posting_other_bank'
                    WHEN p.same_pot AND d.pot <> c.pot AND d.pot <> '' AND c.pot <> '' THEN 'ledger_posting_same_pot'
                    WHEN p.same_holder AND d.holder <> c.holder AND d.holder <> '' AND c.holder <> ''
                        THEN 'ledger_posting_same_holder'
                END AS rule
            FROM (SELECT event, debit_id, credit_id, min(lot) AS least_lot FROM written GROUP BY event, debit_id, credit_id) w
            JOIN ledger_account d ON d.id = w.debit_id
            JOIN ledger_account c ON c.id = w.credit_id
            LEFT JOIN ledger_allowedpair p ON p.event = w.event AND p.debit_kind = d.kind AND p.credit_kind = c.kind
        ) each_movement
    ) movements;
    IF seen.lines = 0 THEN
        RETURN NULL;
    END IF;
    IF seen.earliest <= seen.closed THEN
        PERFORM ledger_refuse_row('ledger_posting_books_open', format('%s lies in closed books', seen.earliest));
    END IF;
    IF seen.differs THEN
        PERFORM ledger_refuse_row('ledger_posting_copies_entry', 'a posting has the event and day of its entry, and one of its lines');
    END IF;
    IF seen.broken IS NOT NULL THEN
        PERFORM ledger_refuse_row(seen.broken, seen.said);
    END IF;
    -- One entry is one statement: all its lines come together (their numbers are unique), and none is added later.
    IF seen.begun <> seen.entries OR seen.declared <> seen.lines THEN
        PERFORM ledger_refuse_row('ledger_posting_whole_entry', 'an entry is written whole, in one statement');
    END IF;

    -- A reversal is the earlier entry, line by line, the other way round.
    IF seen.reverses AND EXISTS (
        SELECT FROM written w
        JOIN ledger_entry e ON e.id = w.entry_id
        JOIN ledger_entry o ON o.id = e.reverses_id
        LEFT JOIN ledger_posting p
            ON p.entry_id = o.id AND p.line = w.line
            AND p.debit_id = w.credit_id AND p.credit_id = w.debit_id
            AND p.tranche_id = w.tranche_id AND p.lot = w.lot AND p.amount_minor = w.amount_minor
            AND p.local_minor = w.local_minor AND p.local_currency = w.local_currency
        WHERE p.id IS NULL OR o.line_count <> e.line_count OR o.reverses_id IS NOT NULL
            OR (w.event = 'returned' AND o.event NOT IN ('pay', 'pay_final'))
    ) THEN
        PERFORM ledger_refuse_row('ledger_posting_mirrors_entry', 'a reversal is the whole earlier entry the other way round');
    END IF;

    -- Paying a shortfall from another tranche changes whose money was used, never how much.
    IF seen.refunds AND EXISTS (
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

    -- The net change of each balance: within one statement the order of rows means nothing. A balance that is new is written
    -- as it will be. A withdrawal is never proposed as a new row, which its guard would refuse: it waits for the next step.
    WITH net AS MATERIALIZED (
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
        ORDER BY side.account_id, side.tranche_id, 3
    ), fresh AS (
        INSERT INTO ledger_balance AS b (
            account_id, tranche_id, lot, amount_minor, local_minor, local_currency, guarded, never_above_zero, by_lot_local
        )
        SELECT account_id, tranche_id, lot, amount_minor, local_minor, local_currency, guarded, never_above_zero, by_lot_local
        FROM net
        WHERE local_currency <> '?' AND NOT (guarded AND (amount_minor < 0 OR local_minor < 0))
            AND NOT (never_above_zero AND amount_minor > 0) AND NOT (by_lot_local AND local_minor = 0 AND amount_minor <> 0)
        ON CONFLICT DO NOTHING
        RETURNING b.account_id, b.tranche_id, b.lot
    ), account AS (
        SELECT account_id, sum(amount_minor)::bigint AS amount_minor FROM net GROUP BY account_id
    )
    SELECT of_net.known, of_net.local, of_account.ids, of_account.amounts
    INTO changed
    FROM (
        SELECT array_agg(ROW(net.*)::ledger_delta)
                FILTER (WHERE (account_id, tranche_id, lot) NOT IN (SELECT account_id, tranche_id, lot FROM fresh)) AS known,
            array_agg(ROW(net.*)::ledger_delta) FILTER (WHERE local_currency <> '') AS local
        FROM net
    ) of_net
    CROSS JOIN (
        SELECT array_agg(account_id ORDER BY account_id) AS ids, array_agg(amount_minor ORDER BY account_id) AS amounts FROM account
    ) of_account;

    IF seen.is_local AND (EXISTS (
        SELECT FROM unnest(changed.local::ledger_delta[]) t
        JOIN ledger_balance b ON b.lot = t.lot AND b.lot > 0 AND b.account_id = t.account_id
        WHERE b.local_currency NOT IN ('', t.local_currency)
    ) OR EXISTS (SELECT FROM unnest(changed.local::ledger_delta[]) WHERE local_currency = '?')) THEN
        PERFORM ledger_refuse_row('ledger_posting_lot_one_local_currency', 'a lot is held in one local currency');
    END IF;

    -- In the order of their keys, so that nobody waits in a ring.
    FOREACH delta IN ARRAY coalesce(changed.known, '{}') LOOP
        UPDATE ledger_balance b
        SET amount_minor = b.amount_minor + delta.amount_minor,
            local_minor = b.local_minor + delta.local_minor,
            local_currency = CASE WHEN delta.local_currency = '' THEN b.local_currency ELSE delta.local_currency END
        WHERE b.account_id = delta.account_id AND b.tranche_id = delta.tranche_id AND b.lot = delta.lot;
        IF NOT FOUND THEN
            -- Taken from where nothing ever was: the guard of the table refuses it, by its own name.
            INSERT INTO ledger_balance (
                account_id, tranche_id, lot, amount_minor, local_minor, local_currency, guarded, never_above_zero, by_lot_local
            ) VALUES (delta.*);
        END IF;
    END LOOP;

    -- No guard here, so that a withdrawal may be proposed; rows are locked in the order of accounts.
    FOR place IN 1 .. cardinality(changed.ids) LOOP
        UPDATE ledger_total s SET amount_minor = s.amount_minor + changed.amounts[place]
        WHERE account_id = changed.ids[place] AND slot = my_slot;
        IF NOT FOUND THEN
            INSERT INTO ledger_total AS s (account_id, slot, amount_minor) VALUES (changed.ids[place], my_slot, changed.amounts[place])
            ON CONFLICT (account_id, slot) DO UPDATE SET amount_minor = s.amount_minor + excluded.amount_minor;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- The same refusal of writing by hand, without calling a function each time the trigger above writes: it counts as one level itself.
CREATE OR REPLACE TRIGGER ledger_balance_kept_by_database BEFORE INSERT OR UPDATE ON ledger_balance
    FOR EACH STATEMENT WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION ledger_refuse_hand();
CREATE OR REPLACE TRIGGER ledger_total_kept_by_database BEFORE INSERT OR UPDATE ON ledger_total
    FOR EACH STATEMENT WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION ledger_refuse_hand();

DROP VIEW ledger_leg;
DROP TRIGGER ledger_posting_keep_balances ON ledger_posting;
DROP TRIGGER ledger_bookclosing_forward ON ledger_bookclosing;
DROP TRIGGER ledger_balance_kept_by_database ON ledger_balance;
DROP TRIGGER ledger_total_kept_by_database ON ledger_total;
DROP TABLE ledger_allowedpair;
DROP FUNCTION ledger_refuse_change() CASCADE;
DROP FUNCTION ledger_refuse_hand();
DROP FUNCTION ledger_close_forward();
DROP FUNCTION ledger_keep_balances();
DROP FUNCTION ledger_lock_accounts(bigint[]);
DROP FUNCTION ledger_refuse_row(text, text);
DROP TYPE ledger_delta;
ALTER TABLE ledger_posting
    DROP CONSTRAINT ledger_posting_debit_currency,
    DROP CONSTRAINT ledger_posting_credit_currency,
    DROP CONSTRAINT ledger_posting_tranche_currency;

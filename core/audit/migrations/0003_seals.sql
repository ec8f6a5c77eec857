-- What waits for its seal is written down by the statement that writes it, in the same transaction: neither serial numbers
-- (they commit out of order) nor transaction ids (they begin anew after a restore) nor times may decide what is sealed.

-- One row for at most 200 ids: small enough to stay in the row, so that a batch of postings costs a few rows.
CREATE FUNCTION audit_await_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO audit_unsealed (kind, items)
    SELECT TG_ARGV[0], array_agg(id)
    FROM (SELECT id, (row_number() OVER () - 1) / 200 AS part FROM written) numbered
    GROUP BY part;
    RETURN NULL;
END $$;

-- The only way out of the queue: everything the row names is a member of a seal.
CREATE FUNCTION audit_forget_sealed(taken bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM audit_unsealed u
    WHERE u.id = ANY (taken) AND NOT EXISTS (
        SELECT FROM unnest(u.items) AS waiting (id)
        WHERE NOT EXISTS (SELECT FROM audit_sealitem m WHERE m.kind = u.kind AND m.item_id = waiting.id)
    );
END $$;

-- One chain: each seal is the next number and names the root before. Lock 731012 is held by one sealer until it commits.
CREATE FUNCTION audit_seal_follows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    newest record;
BEGIN
    PERFORM pg_advisory_xact_lock(731012);
    SELECT number, root INTO newest FROM audit_seal ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(newest.number, 0) + 1 OR NEW.previous_root <> coalesce(newest.root, repeat('0', 64)) THEN
        RAISE EXCEPTION 'seal % does not follow seal %', NEW.number, coalesce(newest.number, 0)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_seal_follows', TABLE = 'audit_seal';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER audit_seal_follows BEFORE INSERT ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION audit_seal_follows();

-- A seal gets its members once, all together; none is slipped under an older seal.
CREATE FUNCTION audit_seal_whole() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT seal_id, count(*) AS items FROM written GROUP BY seal_id) given
        LEFT JOIN audit_seal s ON s.number = given.seal_id AND s.number = (SELECT max(number) FROM audit_seal)
        WHERE s.item_count IS DISTINCT FROM given.items
    ) THEN
        RAISE EXCEPTION 'the members of a seal are written with it, all together'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_seal_whole', TABLE = 'audit_sealitem';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER audit_seal_whole AFTER INSERT ON audit_sealitem
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION audit_seal_whole();

CREATE TRIGGER audit_auditrecord_await_seal AFTER INSERT ON audit_auditrecord
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION audit_await_seal('audit');
CREATE TRIGGER core_storedfile_await_seal AFTER INSERT ON core_storedfile
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION audit_await_seal('file');

-- What was written before there were seals waits for its seal too.
INSERT INTO audit_unsealed (kind, items)
SELECT 'audit', array_agg(id) FROM (SELECT id, (row_number() OVER () - 1) / 200 AS part FROM audit_auditrecord) numbered GROUP BY part;
INSERT INTO audit_unsealed (kind, items)
SELECT 'file', array_agg(id) FROM (SELECT id, (row_number() OVER () - 1) / 200 AS part FROM core_storedfile) numbered GROUP BY part;

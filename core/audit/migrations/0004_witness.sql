-- What each row was when it was last written through the rules, column by column, as hashes: who changes, adds or takes
-- away a row with the triggers at rest leaves a difference that names the row and the column.

-- The first 16 hexadecimal digits of each value's sha256: enough to differ, and no second copy of what people said.
CREATE FUNCTION audit_fingerprints(facts jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(key, left(encode(sha256(convert_to(value::text, 'UTF8')), 'hex'), 16)), '{}')
    FROM jsonb_each(facts)
$$;

-- The settings are those that values are written as text by.
CREATE FUNCTION audit_bear_witness() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'postgres' SET bytea_output = 'hex' AS $$
BEGIN
    INSERT INTO audit_witness (kind, item_id, facts)
    SELECT TG_TABLE_NAME, w.id, audit_fingerprints(to_jsonb(w)) FROM written w
    ON CONFLICT (kind, item_id) DO UPDATE SET facts = excluded.facts;
    RETURN NULL;
END $$;

CREATE FUNCTION audit_witness_leaves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM audit_witness w USING taken t WHERE w.kind = TG_TABLE_NAME AND w.item_id = t.id;
    RETURN NULL;
END $$;

-- Rows of a table that are not as they were last written: 'changed' with the columns, 'new' without a witness, 'gone' with one.
CREATE FUNCTION audit_differing(looked_at text) RETURNS TABLE (item_id bigint, what text, columns text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'postgres' SET bytea_output = 'hex' AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$
        SELECT coalesce(r.id, w.item_id),
            CASE WHEN w.item_id IS NULL THEN 'new' WHEN r.id IS NULL THEN 'gone' ELSE 'changed' END,
            ARRAY(
                SELECT key FROM (SELECT jsonb_object_keys(r.found) UNION SELECT jsonb_object_keys(w.facts)) both_sides (key)
                WHERE w.facts -> key IS DISTINCT FROM r.found -> key ORDER BY key
            )
        FROM (SELECT t.id, audit_fingerprints(to_jsonb(t)) AS found FROM %I t) r
        FULL JOIN (SELECT o.item_id, o.facts FROM audit_witness o WHERE o.kind = %L) w ON w.item_id = r.id
        WHERE r.found IS DISTINCT FROM w.facts
        ORDER BY 1
    $q$, looked_at, looked_at);
END $$;

-- Let the triggers stand on a table (the owner's act, after each migration). Rows of before get their witness once, when the table
-- has none; a column that came or went is added or let go, and the others keep what was witnessed.
CREATE FUNCTION audit_let_witness(looked_at text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'postgres' SET bytea_output = 'hex' AS $$
DECLARE
    present text[] := ARRAY(
        SELECT attname::text FROM pg_attribute WHERE attrelid = looked_at::regclass AND attnum > 0 AND NOT attisdropped
    );
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = looked_at::regclass AND tgname = looked_at || '_witnessed') THEN
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION audit_bear_witness()', looked_at || '_witnessed', looked_at);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION audit_bear_witness()', looked_at || '_witnessed_anew', looked_at);
        EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS taken
            FOR EACH STATEMENT EXECUTE FUNCTION audit_witness_leaves()', looked_at || '_witness_leaves', looked_at);
    END IF;
    IF NOT EXISTS (SELECT FROM audit_witness WHERE kind = looked_at) THEN
        EXECUTE format('INSERT INTO audit_witness (kind, item_id, facts)
            SELECT %L, t.id, audit_fingerprints(to_jsonb(t)) FROM %I t', looked_at, looked_at);
    ELSE
        EXECUTE format('UPDATE audit_witness w SET facts = (audit_fingerprints(to_jsonb(t)) || w.facts) - ARRAY(
                SELECT k FROM jsonb_object_keys(w.facts) k WHERE k <> ALL ($1))
            FROM %I t WHERE w.kind = %L AND w.item_id = t.id
            AND ARRAY(SELECT k FROM jsonb_object_keys(w.facts) k ORDER BY k COLLATE "C") <> ARRAY(SELECT unnest($1) COLLATE "C" AS name ORDER BY name)', looked_at, looked_at)
        USING present;
    END IF;
END $$;

REVOKE EXECUTE ON FUNCTION audit_let_witness(text) FROM PUBLIC;

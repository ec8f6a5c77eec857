DROP FUNCTION audit_let_witness(text);
DROP FUNCTION audit_differing(text);
DROP FUNCTION audit_witness_leaves() CASCADE;
DROP FUNCTION audit_bear_witness() CASCADE;
DROP FUNCTION audit_fingerprints(jsonb);

DROP TRIGGER core_storedfile_await_seal ON core_storedfile;
DROP TRIGGER audit_auditrecord_await_seal ON audit_auditrecord;
DROP TRIGGER audit_seal_whole ON audit_sealitem;
DROP TRIGGER audit_seal_follows ON audit_seal;
DROP FUNCTION audit_seal_whole();
DROP FUNCTION audit_seal_follows();
DROP FUNCTION audit_forget_sealed(bigint[]);
DROP FUNCTION audit_await_seal();

DROP TRIGGER events_audited ON events;
DROP TRIGGER access_log_audited ON access_log;
DROP FUNCTION audit_event(), audit_call(), audit_checkpointed(uuid), append_audit(uuid, json, json);
DROP TABLE audit_checkpoints, audit_openings, audit_records, audit_heads;
DROP FUNCTION audit_hash(uuid, bigint, bytea, text);

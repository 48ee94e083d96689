DROP TRIGGER access_log_notes_use ON access_log;
CREATE OR REPLACE FUNCTION note_letter_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE grants SET rests_at = app_now() + letters_rest_after()
  WHERE vendor_id = NEW.vendor_id AND id IN (
    SELECT g.id FROM grants g WHERE g.vendor_id = NEW.vendor_id AND g.id = NEW.grant_id AND g.state = 'active' AND g.rests_at > app_now()
      AND g.rests_at < app_now() + letters_rest_after() - interval '1 day'
    FOR NO KEY UPDATE SKIP LOCKED);
  RETURN NULL;
END $$;
CREATE TRIGGER access_log_notes_use AFTER INSERT ON access_log FOR EACH ROW WHEN (NEW.outcome IN ('done', 'cut'))
  EXECUTE FUNCTION note_letter_used();

DROP TRIGGER access_log_audited ON access_log;
DROP FUNCTION audit_calls();
CREATE FUNCTION audit_call() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM append_audit(NEW.customer_organization_id,
    json_build_object('kind', 'call', 'entry', NEW.id, 'begun', NEW.begun_id, 'grant', NEW.grant_id,
      'from', CASE WHEN NEW.key_id IS NULL THEN 'console' ELSE 'key' END, 'key', NEW.key_id,
      'engagement', NEW.engagement_id, 'connection', NEW.connection_id, 'operation', NEW.operation_id, 'risk', NEW.risk,
      'method', NEW.method, 'path', NEW.path_template, 'outcome', NEW.outcome, 'code', NEW.code, 'status', NEW.status,
      'bytes', NEW.bytes, 'request', NEW.request_id),
    json_build_object('person', NEW.person_id, 'name', (SELECT p.name FROM persons p WHERE p.id = NEW.person_id), 'target', NEW.target));
  RETURN NULL;
END $$;
CREATE TRIGGER access_log_audited AFTER INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION audit_call();

DROP FUNCTION vendor_of_gateway_key(bytea);

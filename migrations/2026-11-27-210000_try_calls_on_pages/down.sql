CREATE OR REPLACE FUNCTION audit_call() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM append_audit(NEW.customer_organization_id,
    json_build_object('kind', 'call', 'entry', NEW.id, 'begun', NEW.begun_id, 'grant', NEW.grant_id, 'key', NEW.key_id,
      'engagement', NEW.engagement_id, 'connection', NEW.connection_id, 'operation', NEW.operation_id, 'risk', NEW.risk,
      'method', NEW.method, 'path', NEW.path_template, 'outcome', NEW.outcome, 'code', NEW.code, 'status', NEW.status,
      'bytes', NEW.bytes, 'request', NEW.request_id),
    json_build_object('person', NEW.person_id, 'name', (SELECT p.name FROM persons p WHERE p.id = NEW.person_id), 'target', NEW.target));
  RETURN NULL;
END $$;
COMMENT ON COLUMN access_log.key_id IS NULL;
-- Refused while there are lines without a key: nothing takes a line from the log.
ALTER TABLE access_log ALTER COLUMN key_id SET NOT NULL;

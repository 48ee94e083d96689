DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-requested', 'access-granted', 'access-declined', 'access-ended',
                     'connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();
DROP TRIGGER grants_next_version ON grants;
DROP TRIGGER grants_first_version ON grants;
DROP FUNCTION keep_grant_version();
DROP TABLE grant_versions;
CREATE OR REPLACE FUNCTION grants_stay_as_granted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state NOT IN ('requested', 'active') THEN
    RAISE EXCEPTION 'grant % has ended', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_end_is_final';
  END IF;
  IF OLD.state = 'active' AND (NEW.terms, NEW.terms_hash, NEW.consultant_id, NEW.connection_id, NEW.engagement_id, NEW.valid_until, NEW.granted_at)
     IS DISTINCT FROM (OLD.terms, OLD.terms_hash, OLD.consultant_id, OLD.connection_id, OLD.engagement_id, OLD.valid_until, OLD.granted_at) THEN
    RAISE EXCEPTION 'grant % keeps its terms', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_terms_frozen';
  END IF;
  RETURN NEW;
END $$;
DROP FUNCTION terms_within(jsonb, jsonb);
ALTER TABLE grants DROP CONSTRAINT grants_narrowed, DROP COLUMN narrowed_at, DROP COLUMN narrowed_by;

DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-requested', 'access-granted', 'access-narrowed', 'access-declined', 'access-ended',
                     'connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();
CREATE OR REPLACE FUNCTION keep_grant_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO grant_versions (vendor_id, grant_id, version, terms, terms_hash, valid_until, made_by)
  SELECT NEW.vendor_id, NEW.id, coalesce(max(v.version), 0) + 1, NEW.terms, NEW.terms_hash, NEW.valid_until, coalesce(NEW.narrowed_by, NEW.granted_by)
  FROM grant_versions v WHERE v.vendor_id = NEW.vendor_id AND v.grant_id = NEW.id;
  RETURN NULL;
END $$;
ALTER TABLE grant_versions DROP COLUMN amendment_id;
DROP TRIGGER grants_end_their_amendments ON grants;
DROP FUNCTION lapse_grant_amendments();
CREATE OR REPLACE FUNCTION grants_stay_as_granted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state NOT IN ('requested', 'active') THEN
    RAISE EXCEPTION 'grant % has ended', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_end_is_final';
  END IF;
  IF OLD.state = 'active' AND (NEW.preset, NEW.upstream, NEW.consultant_id, NEW.connection_id, NEW.engagement_id, NEW.granted_at, NEW.granted_by)
     IS DISTINCT FROM (OLD.preset, OLD.upstream, OLD.consultant_id, OLD.connection_id, OLD.engagement_id, OLD.granted_at, OLD.granted_by) THEN
    RAISE EXCEPTION 'grant % stays with whom and what it was granted', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_terms_frozen';
  END IF;
  IF OLD.state = 'active' AND (NEW.valid_until > OLD.valid_until
      OR NEW.terms <> OLD.terms AND NOT terms_within(OLD.terms::jsonb, NEW.terms::jsonb)) THEN
    RAISE EXCEPTION 'grant % can only be narrowed', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_terms_frozen';
  END IF;
  IF OLD.state = 'active' AND (NEW.terms, NEW.valid_until) IS DISTINCT FROM (OLD.terms, OLD.valid_until)
     AND NEW.narrowed_at IS DISTINCT FROM app_now() THEN
    RAISE EXCEPTION 'grant % says who narrowed it', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_narrowing_signed';
  END IF;
  RETURN NEW;
END $$;
ALTER TABLE grants
  DROP CONSTRAINT grants_valid_after_granted,
  DROP CONSTRAINT grants_amended,
  DROP CONSTRAINT grants_amendment_fkey,
  DROP COLUMN amendment_id,
  DROP COLUMN amended_at,
  DROP COLUMN amended_by;
ALTER TABLE grants ADD CONSTRAINT grants_valid_after_granted
  CHECK (valid_until > granted_at AND valid_until <= granted_at + interval '180 days') NOT VALID;
DROP TABLE grant_amendments;
DROP FUNCTION grant_amendments_are_signed();

-- A granted letter may lose at any moment what it allows, and can gain nothing: the database compares the terms itself. Every
-- version that ever held is kept with its hash.
ALTER TABLE grants
  ADD COLUMN narrowed_at timestamptz,
  ADD COLUMN narrowed_by uuid REFERENCES persons (id),
  ADD CONSTRAINT grants_narrowed CHECK ((narrowed_at IS NULL) = (narrowed_by IS NULL) AND (narrowed_at IS NULL OR granted_at IS NOT NULL));

-- Whether `later` permits nothing that `earlier` does not: the same application and preset, some of the same operations word for
-- word, and every limit kept or tightened.
CREATE FUNCTION terms_within(earlier jsonb, later jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT earlier - 'operations' - 'limits' = later - 'operations' - 'limits'
    AND later -> 'operations' <> '{}'
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(later -> 'operations') o WHERE earlier -> 'operations' -> o.key IS DISTINCT FROM o.value)
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(coalesce(earlier #> '{limits,only}', '{}')) l
                    WHERE NOT coalesce(later #> ARRAY['limits', 'only', l.key] <@ l.value, false))
$$;

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

CREATE TABLE grant_versions (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  grant_id uuid NOT NULL,
  version integer NOT NULL CONSTRAINT grant_versions_version_positive CHECK (version > 0),
  terms text NOT NULL,
  terms_hash bytea NOT NULL CONSTRAINT grant_versions_terms_pinned CHECK (terms_hash = sha256(convert_to(terms, 'UTF8'))),
  valid_until timestamptz NOT NULL,
  made_at timestamptz NOT NULL DEFAULT app_now(),
  made_by uuid NOT NULL REFERENCES persons (id),
  PRIMARY KEY (vendor_id, grant_id, version),
  CONSTRAINT grant_versions_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id)
);
COMMENT ON TABLE grant_versions IS 'what a letter allowed, from when on: the latest is what grants says';
CALL make_tenant_table('grant_versions');
REVOKE INSERT, UPDATE, DELETE ON grant_versions FROM attache_app;

-- Runs as the owner, under row-level security: no code path can forget a version, or write one that never held.
CREATE FUNCTION keep_grant_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO grant_versions (vendor_id, grant_id, version, terms, terms_hash, valid_until, made_by)
  SELECT NEW.vendor_id, NEW.id, coalesce(max(v.version), 0) + 1, NEW.terms, NEW.terms_hash, NEW.valid_until, coalesce(NEW.narrowed_by, NEW.granted_by)
  FROM grant_versions v WHERE v.vendor_id = NEW.vendor_id AND v.grant_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER grants_first_version AFTER INSERT ON grants FOR EACH ROW WHEN (NEW.state = 'active') EXECUTE FUNCTION keep_grant_version();
CREATE TRIGGER grants_next_version AFTER UPDATE ON grants FOR EACH ROW
  WHEN (NEW.state = 'active' AND (OLD.state <> 'active' OR (OLD.terms, OLD.valid_until) IS DISTINCT FROM (NEW.terms, NEW.valid_until)))
  EXECUTE FUNCTION keep_grant_version();

DO $$
DECLARE vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    INSERT INTO grant_versions (vendor_id, grant_id, version, terms, terms_hash, valid_until, made_at, made_by)
    SELECT vendor_id, id, 1, terms, terms_hash, valid_until, granted_at, granted_by FROM grants WHERE granted_at IS NOT NULL;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;

DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-requested', 'access-granted', 'access-narrowed', 'access-declined', 'access-ended',
                     'connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();

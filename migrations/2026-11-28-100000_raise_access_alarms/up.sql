-- Where a call came from, as coarsely as it is kept: the /24 or /48 under a key of the installation and of the letter, and the
-- country if the proxy told it. Never the address.
ALTER TABLE access_log
  ADD COLUMN network bytea CONSTRAINT access_log_network_coarse CHECK (octet_length(network) = 8),
  ADD COLUMN country text CONSTRAINT access_log_country_iso CHECK (country ~ '^[A-Z]{2}$');
COMMENT ON COLUMN access_log.network IS 'the caller''s network under a key: comparable within one letter alone';
CREATE INDEX access_log_by_time ON access_log (vendor_id, at);

-- Networks and countries that a letter was called from.
CREATE TABLE access_places (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  grant_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT access_places_kind_known CHECK (kind IN ('network', 'country')),
  place text NOT NULL CONSTRAINT access_places_place_length CHECK (char_length(place) BETWEEN 2 AND 16),
  calls bigint NOT NULL CONSTRAINT access_places_calls_positive CHECK (calls >= 0),
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (vendor_id, grant_id, kind, place),
  CONSTRAINT access_places_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id),
  CONSTRAINT access_places_order CHECK (last_at >= first_at)
);
CALL make_tenant_table('access_places');
REVOKE DELETE ON access_places FROM attache_app;

-- Something unusual about a letter's calls: counts and times, nothing of what the calls were about. A kind of it is raised once
-- for a letter until somebody has closed it.
CREATE TABLE access_alarms (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  grant_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT access_alarms_kind_known CHECK (kind IN ('refused-burst', 'night-reads', 'new-place')),
  calls bigint NOT NULL CONSTRAINT access_alarms_calls_positive CHECK (calls > 0),
  usual_calls bigint NOT NULL DEFAULT 0 CONSTRAINT access_alarms_usual_calls CHECK (usual_calls >= 0),
  contacts bigint NOT NULL DEFAULT 0 CONSTRAINT access_alarms_contacts CHECK (contacts >= 0),
  usual_contacts bigint NOT NULL DEFAULT 0 CONSTRAINT access_alarms_usual_contacts CHECK (usual_contacts >= 0),
  country text CONSTRAINT access_alarms_country_iso CHECK (country ~ '^[A-Z]{2}$'),
  began_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT app_now(),
  state text NOT NULL DEFAULT 'open' CONSTRAINT access_alarms_state_known CHECK (state IN ('open', 'seen', 'closed')),
  seen_at timestamptz,
  seen_by uuid REFERENCES persons (id),
  closed_at timestamptz,
  closed_by uuid REFERENCES persons (id),
  note text NOT NULL DEFAULT '' CONSTRAINT access_alarms_note_length CHECK (char_length(note) <= 1000),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT access_alarms_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id),
  CONSTRAINT access_alarms_customer_fkey FOREIGN KEY (vendor_id, customer_organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT access_alarms_order CHECK (last_at >= began_at),
  CONSTRAINT access_alarms_country_of_place CHECK (country IS NULL OR kind = 'new-place'),
  CONSTRAINT access_alarms_seen CHECK ((seen_at IS NULL) = (seen_by IS NULL) AND (state <> 'seen' OR seen_at IS NOT NULL) AND (state <> 'open' OR seen_at IS NULL)),
  CONSTRAINT access_alarms_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL) AND (closed_at IS NULL) = (closed_by IS NULL) AND (state = 'closed' OR note = ''))
);
CALL make_tenant_table('access_alarms');
REVOKE UPDATE, DELETE ON access_alarms FROM attache_app;
GRANT UPDATE (state, seen_at, seen_by, closed_at, closed_by, note) ON access_alarms TO attache_app;
CREATE UNIQUE INDEX access_alarms_one_open ON access_alarms (vendor_id, grant_id, kind) WHERE state <> 'closed';
CREATE INDEX access_alarms_closed_last ON access_alarms (vendor_id, grant_id, kind, closed_at DESC);
CREATE INDEX access_alarms_by_time ON access_alarms (vendor_id, raised_at DESC, id DESC);
CREATE INDEX access_alarms_by_customer ON access_alarms (vendor_id, customer_organization_id, raised_at DESC, id DESC);

CREATE FUNCTION access_alarms_stay_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'alarm % was closed', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'access_alarms_stay_closed';
END $$;
CREATE TRIGGER access_alarms_stay_closed BEFORE UPDATE ON access_alarms FOR EACH ROW WHEN (OLD.state = 'closed')
  EXECUTE FUNCTION access_alarms_stay_closed();

-- The customer may let a letter rest. It rests by that deed while its rests_at is the same instant; whoever wakes what nobody used
-- wakes it too.
CREATE TABLE grant_rests (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  grant_id uuid NOT NULL,
  rested_at timestamptz NOT NULL DEFAULT app_now(),
  rested_by uuid NOT NULL REFERENCES persons (id),
  PRIMARY KEY (vendor_id, grant_id, rested_at),
  CONSTRAINT grant_rests_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id)
);
CALL make_tenant_table('grant_rests');
REVOKE UPDATE, DELETE ON grant_rests FROM attache_app;
CREATE TRIGGER grant_rests_hint AFTER INSERT ON grant_rests FOR EACH ROW EXECUTE FUNCTION hint_access();

-- Programs with letters are looked after from now on.
DO $$
DECLARE vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    INSERT INTO jobs (id, vendor_id, kind, facts, unique_key)
    SELECT gen_random_uuid(), vendor, 'watch-access', '{}', concat('watch-access:', vendor, ':first')
    WHERE EXISTS (SELECT 1 FROM grants WHERE state = 'active');
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;

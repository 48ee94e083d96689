-- Time of the installation. Tests replace this function by one that reads a table; production never does.
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()';

-- A tenant table: row-level security on and forced, one policy, the program's role may read and write rows.
-- A null or empty setting yields no rows: fail closed.
CREATE PROCEDURE make_tenant_table(tab regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab);
  EXECUTE format('CREATE POLICY one_vendor ON %s USING (vendor_id = nullif(current_setting(''attache.vendor'', true), '''')::uuid) WITH CHECK (vendor_id = nullif(current_setting(''attache.vendor'', true), '''')::uuid)', tab);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO attache_app', tab);
  EXECUTE format('GRANT SELECT ON %s TO attache_read', tab);
END $$;

CREATE PROCEDURE make_global_table(tab regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO attache_app', tab);
  EXECUTE format('GRANT SELECT ON %s TO attache_read', tab);
END $$;

GRANT USAGE ON SCHEMA public TO attache_app, attache_read;

CREATE TABLE currencies (
  code text PRIMARY KEY CONSTRAINT currencies_code_iso CHECK (code ~ '^[A-Z]{3}$'),
  exponent smallint NOT NULL CONSTRAINT currencies_exponent_range CHECK (exponent BETWEEN 0 AND 4)
);
GRANT SELECT ON currencies TO attache_app, attache_read;
INSERT INTO currencies (code, exponent) VALUES
  ('AUD', 2), ('BHD', 3), ('BRL', 2), ('CAD', 2), ('CHF', 2), ('CZK', 2), ('DKK', 2), ('EUR', 2), ('GBP', 2),
  ('INR', 2), ('JPY', 0), ('KRW', 0), ('KWD', 3), ('MXN', 2), ('NOK', 2), ('NZD', 2), ('PLN', 2), ('SEK', 2),
  ('SGD', 2), ('USD', 2), ('ZAR', 2);

CREATE TABLE vendors (
  id uuid PRIMARY KEY,
  slug text NOT NULL CONSTRAINT vendors_slug_key UNIQUE CONSTRAINT vendors_slug_form CHECK (slug ~ '^[a-z][a-z0-9-]{1,39}$'),
  name text NOT NULL CONSTRAINT vendors_name_length CHECK (char_length(name) BETWEEN 1 AND 80),
  created_at timestamptz NOT NULL DEFAULT app_now()
);
CALL make_global_table('vendors');

CREATE TABLE vendor_hosts (
  host text PRIMARY KEY CONSTRAINT vendor_hosts_lower CHECK (host = lower(host)),
  vendor_id uuid NOT NULL REFERENCES vendors (id)
);
CALL make_global_table('vendor_hosts');

CREATE TABLE persons (
  id uuid PRIMARY KEY,
  name text NOT NULL CONSTRAINT persons_name_length CHECK (char_length(name) BETWEEN 1 AND 120),
  email text NOT NULL CONSTRAINT persons_email_key UNIQUE CONSTRAINT persons_email_lower CHECK (email = lower(email) AND email LIKE '%_@_%'),
  zone text NOT NULL DEFAULT 'UTC',
  created_at timestamptz NOT NULL DEFAULT app_now()
);
CALL make_global_table('persons');

CREATE TABLE credentials (
  person_id uuid PRIMARY KEY REFERENCES persons (id) ON DELETE CASCADE,
  password_hash text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT app_now()
);
CALL make_global_table('credentials');

CREATE TABLE organizations (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT organizations_kind_known CHECK (kind IN ('customer', 'partner', 'reseller', 'vendor')),
  name text NOT NULL CONSTRAINT organizations_name_length CHECK (char_length(name) BETWEEN 1 AND 120),
  city text NOT NULL DEFAULT '',
  country text NOT NULL CONSTRAINT organizations_country_iso CHECK (country ~ '^[A-Z]{2}$'),
  zone text NOT NULL,
  industry text,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT organizations_kind_key UNIQUE (vendor_id, id, kind)
);
CALL make_tenant_table('organizations');
CREATE UNIQUE INDEX organizations_one_vendor ON organizations (vendor_id) WHERE kind = 'vendor';
CREATE INDEX organizations_by_kind ON organizations (vendor_id, kind, name);

CREATE TABLE memberships (
  id uuid PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES persons (id),
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  organization_id uuid NOT NULL,
  organization_kind text NOT NULL,
  role text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  ended_at timestamptz,
  CONSTRAINT memberships_organization_fkey FOREIGN KEY (vendor_id, organization_id, organization_kind) REFERENCES organizations (vendor_id, id, kind),
  CONSTRAINT memberships_role_of_kind CHECK ((organization_kind, role) IN (
    ('vendor', 'owner'), ('vendor', 'program_manager'), ('vendor', 'finance'), ('vendor', 'support'),
    ('partner', 'owner'), ('partner', 'admin'), ('partner', 'consultant'),
    ('reseller', 'owner'), ('reseller', 'member'),
    ('customer', 'owner'), ('customer', 'admin'), ('customer', 'member')))
);
CALL make_global_table('memberships');
CREATE UNIQUE INDEX memberships_one_open ON memberships (person_id, vendor_id, organization_id) WHERE ended_at IS NULL;
CREATE INDEX memberships_by_organization ON memberships (vendor_id, organization_id) WHERE ended_at IS NULL;

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  token_hash bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
  person_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
  membership_id uuid REFERENCES memberships (id),
  host text NOT NULL,
  user_agent text NOT NULL,
  address text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  seen_at timestamptz NOT NULL DEFAULT app_now(),
  expires_at timestamptz NOT NULL,
  CONSTRAINT sessions_expiry_after_creation CHECK (expires_at > created_at)
);
CALL make_global_table('sessions');
CREATE INDEX sessions_by_person ON sessions (person_id, created_at DESC);

CREATE TABLE api_tokens (
  id uuid PRIMARY KEY,
  token_hash bytea NOT NULL CONSTRAINT api_tokens_token_hash_key UNIQUE,
  membership_id uuid NOT NULL REFERENCES memberships (id),
  name text NOT NULL CONSTRAINT api_tokens_name_length CHECK (char_length(name) BETWEEN 1 AND 80),
  scope text NOT NULL CONSTRAINT api_tokens_scope_known CHECK (scope IN ('read', 'write')),
  created_at timestamptz NOT NULL DEFAULT app_now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz
);
CALL make_global_table('api_tokens');
CREATE INDEX api_tokens_by_membership ON api_tokens (membership_id, created_at DESC);

-- Links that travel by mail: only the hash of their secret is kept; each works once.
CREATE TABLE email_links (
  id uuid PRIMARY KEY,
  token_hash bytea NOT NULL CONSTRAINT email_links_token_hash_key UNIQUE,
  purpose text NOT NULL CONSTRAINT email_links_purpose_known CHECK (purpose IN ('sign_up', 'reset', 'change_email', 'join')),
  person_id uuid REFERENCES persons (id) ON DELETE CASCADE,
  vendor_id uuid REFERENCES vendors (id),
  email text NOT NULL,
  facts jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT app_now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT email_links_owner CHECK ((purpose IN ('reset', 'change_email')) = (person_id IS NOT NULL))
);
CALL make_global_table('email_links');
CREATE INDEX email_links_by_email ON email_links (email, purpose);

-- Counted tries in a window, for sign-in, sign-up and reset; a bucket is a hash, never an address in clear.
CREATE TABLE throttles (
  bucket text NOT NULL,
  window_start timestamptz NOT NULL,
  tries integer NOT NULL DEFAULT 0 CONSTRAINT throttles_tries_positive CHECK (tries >= 0),
  PRIMARY KEY (bucket, window_start)
);
CALL make_global_table('throttles');

-- One row a key, caller and operation; kept 24 hours. `committed` is set in the transaction that carries the effect.
CREATE TABLE idempotency_keys (
  id uuid PRIMARY KEY,
  caller text NOT NULL,
  operation text NOT NULL,
  key text NOT NULL CONSTRAINT idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255),
  request_hash bytea NOT NULL,
  state text NOT NULL CONSTRAINT idempotency_keys_state_known CHECK (state IN ('running', 'committed', 'answered')),
  status smallint,
  headers jsonb,
  body bytea,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  lease_until timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_once UNIQUE (caller, operation, key),
  CONSTRAINT idempotency_keys_answer CHECK ((state = 'answered') = (status IS NOT NULL AND body IS NOT NULL))
);
CALL make_global_table('idempotency_keys');
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE events (
  id uuid PRIMARY KEY,
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  kind text NOT NULL,
  facts jsonb NOT NULL,
  actor_id uuid REFERENCES persons (id),
  at timestamptz NOT NULL DEFAULT app_now()
);
CALL make_global_table('events');
CREATE INDEX events_by_vendor ON events (vendor_id, at);

-- Work that touches the outside or follows an event. Claimed with a lease; the token fences a late worker.
CREATE TABLE jobs (
  id uuid PRIMARY KEY,
  vendor_id uuid REFERENCES vendors (id),
  kind text NOT NULL,
  facts jsonb NOT NULL,
  unique_key text CONSTRAINT jobs_unique_key_key UNIQUE,
  state text NOT NULL DEFAULT 'queued' CONSTRAINT jobs_state_known CHECK (state IN ('queued', 'running', 'done', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  max_attempts integer NOT NULL DEFAULT 12,
  run_at timestamptz NOT NULL DEFAULT app_now(),
  lease_until timestamptz,
  lease_token uuid,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  finished_at timestamptz,
  CONSTRAINT jobs_lease_while_running CHECK ((state = 'running') = (lease_until IS NOT NULL AND lease_token IS NOT NULL)),
  CONSTRAINT jobs_finished_at_the_end CHECK ((state IN ('done', 'dead')) = (finished_at IS NOT NULL))
);
CALL make_global_table('jobs');
CREATE INDEX jobs_to_run ON jobs (run_at) WHERE state = 'queued';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_dead ON jobs (finished_at) WHERE state = 'dead';

-- Running numbers people read (B-318, A-2041): one row a vendor and kind, taken under its row lock.
CREATE TABLE running_numbers (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  kind text NOT NULL,
  last bigint NOT NULL,
  PRIMARY KEY (vendor_id, kind)
);
CALL make_tenant_table('running_numbers');

-- In-app notices: one row a person told.
CREATE TABLE notices (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  person_id uuid NOT NULL REFERENCES persons (id),
  organization_id uuid NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  link text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  read_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT notices_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id)
);
CALL make_tenant_table('notices');
CREATE INDEX notices_by_person ON notices (vendor_id, person_id, organization_id, created_at DESC);
CREATE INDEX notices_unread ON notices (vendor_id, person_id, organization_id) WHERE read_at IS NULL;

CREATE TABLE muted_notices (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  person_id uuid NOT NULL REFERENCES persons (id),
  kind text NOT NULL,
  PRIMARY KEY (vendor_id, person_id, kind)
);
CALL make_tenant_table('muted_notices');

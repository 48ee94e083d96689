-- A customer's account at a marketing application. Its tokens stand in connection_secrets, sealed. Only one process at a time
-- refreshes them: it holds the lease, and the fence keeps a late one from writing.
CREATE TABLE connections (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  organization_kind text NOT NULL DEFAULT 'customer' CONSTRAINT connections_of_customers CHECK (organization_kind = 'customer'),
  upstream text NOT NULL,
  account_id text NOT NULL CONSTRAINT connections_account_length CHECK (char_length(account_id) BETWEEN 1 AND 200),
  account_name text NOT NULL CONSTRAINT connections_account_name_length CHECK (char_length(account_name) BETWEEN 1 AND 200),
  scopes text[] NOT NULL,
  state text NOT NULL CONSTRAINT connections_state_known CHECK (state IN ('active', 'needs_reconnect', 'disconnected')),
  generation bigint NOT NULL DEFAULT 1 CONSTRAINT connections_generation_positive CHECK (generation > 0),
  access_expires_at timestamptz NOT NULL,
  lease_owner uuid,
  lease_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  sent_generation bigint,
  connected_by uuid NOT NULL REFERENCES persons (id),
  connected_at timestamptz NOT NULL DEFAULT app_now(),
  broken_at timestamptz,
  broken_reason text,
  disconnected_at timestamptz,
  disconnected_by uuid REFERENCES persons (id),
  revocation text NOT NULL DEFAULT 'none' CONSTRAINT connections_revocation_known CHECK (revocation IN ('none', 'trying', 'done', 'failed')),
  revoked_at timestamptz,
  revocation_tries integer NOT NULL DEFAULT 0,
  revocation_error text,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT connections_organization_key UNIQUE (vendor_id, id, organization_id),
  CONSTRAINT connections_organization_fkey FOREIGN KEY (vendor_id, organization_id, organization_kind) REFERENCES organizations (vendor_id, id, kind),
  CONSTRAINT connections_lease CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
  CONSTRAINT connections_broken CHECK (state <> 'needs_reconnect' OR (broken_at IS NOT NULL AND broken_reason IS NOT NULL)),
  CONSTRAINT connections_disconnected CHECK ((state = 'disconnected') = (disconnected_at IS NOT NULL) AND (state = 'disconnected') = (disconnected_by IS NOT NULL)),
  CONSTRAINT connections_revocation_after CHECK ((state = 'disconnected') = (revocation <> 'none')),
  CONSTRAINT connections_revoked CHECK ((revocation = 'done') = (revoked_at IS NOT NULL))
);
CALL make_tenant_table('connections');
REVOKE DELETE ON connections FROM attache_app;
-- One account, one customer of a program.
CREATE UNIQUE INDEX connections_one_account ON connections (vendor_id, upstream, account_id) WHERE state <> 'disconnected';
CREATE INDEX connections_by_organization ON connections (vendor_id, organization_id, connected_at DESC);

-- Sealed tokens: each under a data key of its own, which is wrapped by the key-encryption key named in kek_id. `orphan` is what
-- a late refresh brought, `revocation` is what a disconnected account keeps until its tokens are revoked.
CREATE TABLE connection_secrets (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  connection_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT connection_secrets_kind_known CHECK (kind IN ('access', 'refresh', 'orphan', 'revocation')),
  generation bigint NOT NULL,
  sealed bytea NOT NULL,
  wrapped_key bytea NOT NULL,
  kek_id text NOT NULL,
  form smallint NOT NULL DEFAULT 1,
  sealed_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, connection_id, kind),
  CONSTRAINT connection_secrets_connection_fkey FOREIGN KEY (vendor_id, connection_id) REFERENCES connections (vendor_id, id)
);
CALL make_tenant_table('connection_secrets');

-- A connect that was begun: found by the hash of its state, once, for ten minutes, by the session that began it.
CREATE TABLE oauth_states (
  state_hash bytea PRIMARY KEY CONSTRAINT oauth_states_hash_sha256 CHECK (octet_length(state_hash) = 32),
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  membership_id uuid NOT NULL REFERENCES memberships (id),
  upstream text NOT NULL,
  issuer text NOT NULL,
  connection_id uuid,
  verifier_sealed bytea NOT NULL,
  verifier_wrapped_key bytea NOT NULL,
  verifier_kek_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT oauth_states_expiry_after_creation CHECK (expires_at > created_at)
);
COMMENT ON COLUMN oauth_states.connection_id IS 'the connection that is to be mended, when it is not a new one';
CALL make_global_table('oauth_states');
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);

-- A letter of access: what one person may do in one account, until when. Whether it holds at an instant is computed from here
-- and from the engagement, the connection and the person's membership; nothing has to run for it to end.
CREATE TABLE grants (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  partner_organization_id uuid NOT NULL,
  connection_id uuid,
  consultant_id uuid NOT NULL REFERENCES persons (id),
  upstream text NOT NULL,
  preset text NOT NULL,
  reason text NOT NULL DEFAULT '' CONSTRAINT grants_reason_length CHECK (char_length(reason) <= 1000),
  terms text NOT NULL,
  terms_hash bytea NOT NULL CONSTRAINT grants_terms_pinned CHECK (terms_hash = sha256(convert_to(terms, 'UTF8'))),
  state text NOT NULL CONSTRAINT grants_state_known CHECK (state IN ('requested', 'active', 'revoked', 'completed', 'expired', 'declined')),
  requested_at timestamptz,
  answer_by timestamptz,
  granted_at timestamptz,
  granted_by uuid REFERENCES persons (id),
  valid_until timestamptz,
  ended_at timestamptz,
  ended_by uuid REFERENCES persons (id),
  end_reason text,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT grants_engagement_fkey FOREIGN KEY (vendor_id, engagement_id, customer_organization_id) REFERENCES engagements (vendor_id, id, customer_organization_id),
  CONSTRAINT grants_partner_fkey FOREIGN KEY (vendor_id, partner_organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT grants_connection_fkey FOREIGN KEY (vendor_id, connection_id, customer_organization_id) REFERENCES connections (vendor_id, id, organization_id),
  CONSTRAINT grants_requested CHECK (state <> 'requested' OR (requested_at IS NOT NULL AND answer_by IS NOT NULL AND granted_at IS NULL)),
  CONSTRAINT grants_granted CHECK ((granted_at IS NULL) = (granted_by IS NULL) AND (granted_at IS NULL) = (valid_until IS NULL) AND (granted_at IS NULL OR connection_id IS NOT NULL)),
  CONSTRAINT grants_active CHECK (state NOT IN ('active', 'revoked', 'completed') OR granted_at IS NOT NULL),
  CONSTRAINT grants_declined CHECK (state <> 'declined' OR granted_at IS NULL),
  CONSTRAINT grants_ended CHECK ((state IN ('requested', 'active')) = (ended_at IS NULL)),
  CONSTRAINT grants_valid_after_granted CHECK (valid_until > granted_at AND valid_until <= granted_at + interval '180 days')
);
CALL make_tenant_table('grants');
REVOKE DELETE ON grants FROM attache_app;
CREATE UNIQUE INDEX grants_one_active ON grants (vendor_id, engagement_id, connection_id, consultant_id) WHERE state = 'active';
CREATE UNIQUE INDEX grants_one_request ON grants (vendor_id, engagement_id, upstream, consultant_id) WHERE state = 'requested';
CREATE INDEX grants_by_customer ON grants (vendor_id, customer_organization_id, created_at DESC, id DESC);
CREATE INDEX grants_by_partner ON grants (vendor_id, partner_organization_id, created_at DESC, id DESC);
CREATE INDEX grants_by_engagement ON grants (vendor_id, engagement_id);
CREATE INDEX grants_by_connection ON grants (vendor_id, connection_id) WHERE state = 'active';

-- Terms may change while they are asked for; once granted they hold to the end, and an end is for good.
CREATE FUNCTION grants_stay_as_granted() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER grants_stay_as_granted BEFORE UPDATE ON grants FOR EACH ROW EXECUTE FUNCTION grants_stay_as_granted();

-- What a consultant's program calls with: routing and a hash, no more.
CREATE TABLE gateway_keys (
  id uuid PRIMARY KEY,
  key_hash bytea NOT NULL CONSTRAINT gateway_keys_key_hash_key UNIQUE CONSTRAINT gateway_keys_hash_sha256 CHECK (octet_length(key_hash) = 32),
  vendor_id uuid NOT NULL,
  grant_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT gateway_keys_name_length CHECK (char_length(name) BETWEEN 1 AND 80),
  ending text NOT NULL CONSTRAINT gateway_keys_ending_length CHECK (char_length(ending) = 4),
  created_at timestamptz NOT NULL DEFAULT app_now(),
  revoked_at timestamptz,
  CONSTRAINT gateway_keys_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id)
);
CALL make_global_table('gateway_keys');
CREATE INDEX gateway_keys_by_grant ON gateway_keys (vendor_id, grant_id, created_at DESC);

-- Every call that came with a known key, the refused ones too. A write has two rows: `begun`, committed before anything is sent,
-- and its outcome; a `begun` without an outcome means that nobody knows.
CREATE TABLE access_log (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  begun_id uuid,
  grant_id uuid NOT NULL,
  key_id uuid NOT NULL REFERENCES gateway_keys (id),
  engagement_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  partner_organization_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  person_id uuid NOT NULL REFERENCES persons (id),
  operation_id text,
  operation text,
  risk text,
  method text NOT NULL,
  path_template text,
  target text NOT NULL,
  outcome text NOT NULL CONSTRAINT access_log_outcome_known CHECK (outcome IN ('begun', 'done', 'refused', 'failed')),
  code text,
  status smallint,
  bytes bigint NOT NULL DEFAULT 0,
  duration_ms integer NOT NULL DEFAULT 0,
  request_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT access_log_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id),
  CONSTRAINT access_log_begun_fkey FOREIGN KEY (vendor_id, begun_id) REFERENCES access_log (vendor_id, id),
  CONSTRAINT access_log_refusal_named CHECK ((outcome IN ('refused', 'failed')) = (code IS NOT NULL)),
  CONSTRAINT access_log_operation_named CHECK (outcome = 'refused' OR operation_id IS NOT NULL)
);
CALL make_tenant_table('access_log');
REVOKE UPDATE, DELETE ON access_log FROM attache_app;
CREATE UNIQUE INDEX access_log_one_outcome ON access_log (vendor_id, begun_id) WHERE begun_id IS NOT NULL;
CREATE INDEX access_log_by_grant ON access_log (vendor_id, grant_id, at DESC, id DESC);
CREATE INDEX access_log_by_customer ON access_log (vendor_id, customer_organization_id, at DESC, id DESC);
CREATE INDEX access_log_by_partner ON access_log (vendor_id, partner_organization_id, at DESC, id DESC);
CREATE INDEX access_log_by_connection ON access_log (vendor_id, connection_id, at DESC);

-- What happened to the access to a customer's accounts, as a chain: each record carries the hash of the one before it, so that
-- nothing can be changed, taken out or put in without every later hash telling. The exact bytes that are hashed are kept. Whatever
-- names a person stands apart, in audit_openings, and the record holds only its salted hash: a person can be forgotten and the
-- chain still holds.
CREATE TABLE audit_heads (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  customer_organization_id uuid NOT NULL,
  seq bigint NOT NULL CONSTRAINT audit_heads_seq_positive CHECK (seq > 0),
  hash bytea NOT NULL CONSTRAINT audit_heads_hash_sha256 CHECK (octet_length(hash) = 32),
  checkpoint_due boolean NOT NULL DEFAULT false,
  PRIMARY KEY (vendor_id, customer_organization_id),
  CONSTRAINT audit_heads_customer_fkey FOREIGN KEY (vendor_id, customer_organization_id) REFERENCES organizations (vendor_id, id)
);
COMMENT ON COLUMN audit_heads.checkpoint_due IS 'a job will sign the head within the hour';
CALL make_tenant_table('audit_heads');
REVOKE INSERT, UPDATE, DELETE ON audit_heads FROM attache_app;

CREATE FUNCTION audit_hash(customer uuid, seq bigint, prev bytea, body text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT sha256(convert_to(concat('attache audit 1', chr(10), customer, chr(10), seq, chr(10)), 'UTF8') || prev || convert_to(body, 'UTF8')) $$;

CREATE TABLE audit_records (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  customer_organization_id uuid NOT NULL,
  seq bigint NOT NULL CONSTRAINT audit_records_seq_positive CHECK (seq > 0),
  prev bytea NOT NULL CONSTRAINT audit_records_prev_sha256 CHECK (octet_length(prev) = 32),
  hash bytea NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (vendor_id, customer_organization_id, seq),
  CONSTRAINT audit_records_customer_fkey FOREIGN KEY (vendor_id, customer_organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT audit_records_hash_fits CHECK (hash = audit_hash(customer_organization_id, seq, prev, body)),
  CONSTRAINT audit_records_first CHECK (seq > 1 OR prev = decode(repeat('00', 32), 'hex'))
);
CALL make_tenant_table('audit_records');
REVOKE INSERT, UPDATE, DELETE ON audit_records FROM attache_app;

CREATE TABLE audit_openings (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  customer_organization_id uuid NOT NULL,
  seq bigint NOT NULL,
  salt bytea NOT NULL CONSTRAINT audit_openings_salt_length CHECK (octet_length(salt) = 16),
  words text NOT NULL,
  PRIMARY KEY (vendor_id, customer_organization_id, seq),
  CONSTRAINT audit_openings_record_fkey FOREIGN KEY (vendor_id, customer_organization_id, seq) REFERENCES audit_records (vendor_id, customer_organization_id, seq)
);
COMMENT ON TABLE audit_openings IS 'what names persons: the record holds sha256(salt || words)';
CALL make_tenant_table('audit_openings');
REVOKE INSERT, UPDATE, DELETE ON audit_openings FROM attache_app;

-- The head of a chain, signed: whoever keeps one can tell later whether what came before it was cut off or written anew.
CREATE TABLE audit_checkpoints (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  customer_organization_id uuid NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  at timestamptz NOT NULL,
  key_id text NOT NULL,
  signature bytea NOT NULL CONSTRAINT audit_checkpoints_signature_ed25519 CHECK (octet_length(signature) = 64),
  PRIMARY KEY (vendor_id, customer_organization_id, seq),
  CONSTRAINT audit_checkpoints_record_fkey FOREIGN KEY (vendor_id, customer_organization_id, seq) REFERENCES audit_records (vendor_id, customer_organization_id, seq)
);
CALL make_tenant_table('audit_checkpoints');
REVOKE UPDATE, DELETE ON audit_checkpoints FROM attache_app;

-- The one way to write a record. Runs as the owner, under row-level security: the vendor of the transaction is the vendor of the
-- record. The head is locked until the transaction ends, so records follow each other in the order of their commits.
CREATE FUNCTION append_audit(customer uuid, body json, words json) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  vendor uuid := nullif(current_setting('attache.vendor', true), '')::uuid;
  head audit_heads;
  salt bytea := uuid_send(gen_random_uuid());
  next_seq bigint;
  next_prev bytea;
  next_hash bytea;
  opened text := append_audit.words::text;
  bytes text;
BEGIN
  IF vendor IS NULL THEN
    RAISE EXCEPTION 'no vendor is set: nothing can be recorded' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- An empty chain has nothing to lock: two firsts would collide without this.
  PERFORM pg_advisory_xact_lock(hashtextextended(customer::text, 7));
  SELECT * INTO head FROM audit_heads h WHERE h.vendor_id = vendor AND h.customer_organization_id = customer;
  next_seq := coalesce(head.seq, 0) + 1;
  next_prev := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
  bytes := json_build_object('seq', next_seq, 'at', to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                             'what', append_audit.body, 'personal', encode(sha256(salt || convert_to(opened, 'UTF8')), 'hex'))::text;
  next_hash := audit_hash(customer, next_seq, next_prev, bytes);
  INSERT INTO audit_records (vendor_id, customer_organization_id, seq, prev, hash, body)
    VALUES (vendor, customer, next_seq, next_prev, next_hash, bytes);
  INSERT INTO audit_openings (vendor_id, customer_organization_id, seq, salt, words) VALUES (vendor, customer, next_seq, salt, opened);
  INSERT INTO audit_heads AS h (vendor_id, customer_organization_id, seq, hash, checkpoint_due) VALUES (vendor, customer, next_seq, next_hash, true)
    ON CONFLICT (vendor_id, customer_organization_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, checkpoint_due = true;
  IF NOT coalesce(head.checkpoint_due, false) THEN
    INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
      VALUES (gen_random_uuid(), vendor, 'audit-checkpoint', jsonb_build_object('customer', customer), app_now() + interval '1 hour');
  END IF;
END $$;
REVOKE ALL ON FUNCTION append_audit(uuid, json, json) FROM PUBLIC;

-- A job that signs takes the mark away; the next record sets it again.
CREATE FUNCTION audit_checkpointed(customer uuid) RETURNS TABLE (seq bigint, hash bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE audit_heads h SET checkpoint_due = false
  WHERE h.vendor_id = nullif(current_setting('attache.vendor', true), '')::uuid AND h.customer_organization_id = audit_checkpointed.customer
  RETURNING h.seq, h.hash
$$;
REVOKE ALL ON FUNCTION audit_checkpointed(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_checkpointed(uuid) TO attache_app;

-- Calls and what happens to letters and accounts record themselves: no code path can forget it.
CREATE FUNCTION audit_call() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM append_audit(NEW.customer_organization_id,
    json_build_object('kind', 'call', 'entry', NEW.id, 'begun', NEW.begun_id, 'grant', NEW.grant_id, 'key', NEW.key_id,
      'engagement', NEW.engagement_id, 'connection', NEW.connection_id, 'operation', NEW.operation_id, 'risk', NEW.risk,
      'method', NEW.method, 'path', NEW.path_template, 'outcome', NEW.outcome, 'code', NEW.code, 'status', NEW.status,
      'bytes', NEW.bytes, 'request', NEW.request_id),
    json_build_object('person', NEW.person_id, 'name', (SELECT p.name FROM persons p WHERE p.id = NEW.person_id), 'target', NEW.target));
  RETURN NULL;
END $$;
CREATE TRIGGER access_log_audited AFTER INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION audit_call();

CREATE FUNCTION audit_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  subject jsonb := NEW.facts -> 'of';
BEGIN
  PERFORM append_audit((subject ->> 'customer')::uuid,
    json_build_object('kind', NEW.kind, 'event', NEW.id, 'grant', subject -> 'grant', 'engagement', subject -> 'engagement',
      'connection', subject -> 'connection',
      'terms', (SELECT encode(g.terms_hash, 'hex') FROM grants g WHERE g.vendor_id = NEW.vendor_id AND g.id = (subject ->> 'grant')::uuid)),
    json_build_object('actor', NEW.actor_id, 'facts', NEW.facts));
  RETURN NULL;
END $$;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-requested', 'access-granted', 'access-declined', 'access-ended',
                     'connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();

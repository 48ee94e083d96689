CREATE OR REPLACE FUNCTION audit_calls() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  vendor uuid := nullif(current_setting('attache.vendor', true), '')::uuid;
  made text := to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
  chain record;
  line record;
  head audit_heads;
  next_seq bigint;
  next_hash bytea;
  prev bytea;
  salt bytea;
  opened text;
  bytes text;
BEGIN
  IF vendor IS NULL THEN
    RAISE EXCEPTION 'no vendor is set: nothing can be recorded' USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOR chain IN SELECT DISTINCT l.customer_organization_id AS customer FROM lines l ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(chain.customer::text, 7));
    SELECT * INTO head FROM audit_heads h WHERE h.vendor_id = vendor AND h.customer_organization_id = chain.customer;
    next_seq := coalesce(head.seq, 0);
    next_hash := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
    FOR line IN SELECT l.*, p.name AS person_name FROM lines l LEFT JOIN persons p ON p.id = l.person_id
                WHERE l.customer_organization_id = chain.customer ORDER BY l.at, l.id LOOP
      prev := next_hash;
      next_seq := next_seq + 1;
      salt := uuid_send(gen_random_uuid());
      opened := json_build_object('person', line.person_id, 'name', line.person_name, 'target', line.target)::text;
      bytes := json_build_object('seq', next_seq, 'at', made, 'what',
        json_build_object('kind', 'call', 'entry', line.id, 'begun', line.begun_id, 'grant', line.grant_id,
          'from', CASE WHEN line.undo THEN 'undo' WHEN line.key_id IS NULL THEN 'console' ELSE 'key' END, 'key', line.key_id,
          'engagement', line.engagement_id, 'connection', line.connection_id, 'operation', line.operation_id, 'risk', line.risk,
          'method', line.method, 'path', line.path_template, 'outcome', line.outcome, 'code', line.code, 'status', line.status,
          'bytes', line.bytes, 'request', line.request_id,
          'called_at', to_char(line.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
        'personal', encode(sha256(salt || convert_to(opened, 'UTF8')), 'hex'))::text;
      next_hash := audit_hash(chain.customer, next_seq, prev, bytes);
      INSERT INTO audit_records (vendor_id, customer_organization_id, seq, prev, hash, body)
        VALUES (vendor, chain.customer, next_seq, prev, next_hash, bytes);
      INSERT INTO audit_openings (vendor_id, customer_organization_id, seq, salt, words)
        VALUES (vendor, chain.customer, next_seq, salt, opened);
    END LOOP;
    INSERT INTO audit_heads AS h (vendor_id, customer_organization_id, seq, hash, checkpoint_due)
      VALUES (vendor, chain.customer, next_seq, next_hash, true)
      ON CONFLICT (vendor_id, customer_organization_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, checkpoint_due = true;
    IF NOT coalesce(head.checkpoint_due, false) THEN
      INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
        VALUES (gen_random_uuid(), vendor, 'audit-checkpoint', jsonb_build_object('customer', chain.customer), app_now() + interval '1 hour');
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

ALTER TABLE audit_records ADD CONSTRAINT audit_records_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES vendors (id);
ALTER TABLE access_log ADD CONSTRAINT access_log_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES vendors (id);

CREATE OR REPLACE FUNCTION audit_hash(customer uuid, seq bigint, prev bytea, body text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT sha256(convert_to(concat('attache audit 1', chr(10), customer, chr(10), seq, chr(10)), 'UTF8') || prev || convert_to(body, 'UTF8')) $$;

CREATE FUNCTION vendor_of_gateway_key(hash bytea) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT k.vendor_id FROM gateway_keys k WHERE k.key_hash = hash AND k.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION vendor_of_gateway_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vendor_of_gateway_key(bytea) TO attache_app;
DROP FUNCTION serve_gateway_key(bytea);

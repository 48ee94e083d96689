CREATE OR REPLACE FUNCTION audit_calls() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  vendor uuid := nullif(current_setting('attache.vendor', true), '')::uuid;
  made text := to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
  chain record;
  head audit_heads;
  first_seq bigint;
  last_hash bytea;
  bodies text[];
  salts bytea[];
  words text[];
  hashes bytea[];
  prevs bytea[];
BEGIN
  IF vendor IS NULL THEN
    RAISE EXCEPTION 'no vendor is set: nothing can be recorded' USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOR chain IN SELECT DISTINCT l.customer_organization_id AS customer FROM lines l ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(chain.customer::text, 7));
    SELECT * INTO head FROM audit_heads h WHERE h.vendor_id = vendor AND h.customer_organization_id = chain.customer;
    first_seq := coalesce(head.seq, 0) + 1;
    last_hash := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
    SELECT array_agg(t.body ORDER BY t.n), array_agg(t.salt ORDER BY t.n), array_agg(t.opened ORDER BY t.n) INTO bodies, salts, words
    FROM (
      SELECT o.n, o.salt, o.opened,
        json_build_object('seq', first_seq + o.n - 1, 'at', made, 'what', o.what,
          'personal', encode(sha256(o.salt || convert_to(o.opened, 'UTF8')), 'hex'))::text AS body
      FROM (
        SELECT row_number() OVER (ORDER BY l.at, l.id) AS n, uuid_send(gen_random_uuid()) AS salt,
          json_build_object('person', l.person_id, 'name', p.name, 'target', l.target)::text AS opened,
          json_build_object('kind', 'call', 'entry', l.id, 'begun', l.begun_id, 'grant', l.grant_id,
            'from', CASE WHEN l.undo THEN 'undo' WHEN l.key_id IS NULL THEN 'console' ELSE 'key' END, 'key', l.key_id,
            'engagement', l.engagement_id, 'connection', l.connection_id, 'operation', l.operation_id, 'risk', l.risk,
            'method', l.method, 'path', l.path_template, 'outcome', l.outcome, 'code', l.code, 'status', l.status,
            'bytes', l.bytes, 'request', l.request_id,
            'called_at', to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS what
        FROM lines l LEFT JOIN persons p ON p.id = l.person_id
        WHERE l.customer_organization_id = chain.customer
        OFFSET 0) AS o) AS t;
    hashes := '{}'; prevs := '{}';
    FOR i IN 1 .. cardinality(bodies) LOOP
      prevs[i] := last_hash;
      last_hash := audit_hash(chain.customer, first_seq + i - 1, last_hash, bodies[i]);
      hashes[i] := last_hash;
    END LOOP;
    INSERT INTO audit_records (vendor_id, customer_organization_id, seq, prev, hash, body)
      SELECT vendor, chain.customer, first_seq + r.n - 1, r.prev, r.hash, r.body
      FROM ROWS FROM (unnest(prevs), unnest(hashes), unnest(bodies)) WITH ORDINALITY AS r (prev, hash, body, n);
    INSERT INTO audit_openings (vendor_id, customer_organization_id, seq, salt, words)
      SELECT vendor, chain.customer, first_seq + r.n - 1, r.salt, r.words
      FROM ROWS FROM (unnest(salts), unnest(words)) WITH ORDINALITY AS r (salt, words, n);
    INSERT INTO audit_heads AS h (vendor_id, customer_organization_id, seq, hash, checkpoint_due)
      VALUES (vendor, chain.customer, first_seq + cardinality(bodies) - 1, last_hash, true)
      ON CONFLICT (vendor_id, customer_organization_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, checkpoint_due = true;
    IF NOT coalesce(head.checkpoint_due, false) THEN
      INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
        VALUES (gen_random_uuid(), vendor, 'audit-checkpoint', jsonb_build_object('customer', chain.customer), app_now() + interval '1 hour');
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
ALTER TABLE access_log DROP COLUMN sent_hash, DROP COLUMN answer_hash;

-- What every call of the gateway pays for, made cheaper; nothing is checked less.

-- Opens a transaction for the vendor of a key, and for nobody when the key is unknown or was ended: no tenant's rows are seen then.
-- Written in plpgsql, which plans the query once a session and not once a call.
CREATE FUNCTION serve_gateway_key(hash bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.set_config('attache.vendor', coalesce((SELECT k.vendor_id::text FROM public.gateway_keys k
    WHERE k.key_hash = hash AND k.revoked_at IS NULL), ''), true);
END $$;
REVOKE ALL ON FUNCTION serve_gateway_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION serve_gateway_key(bytea) TO attache_app;
DROP FUNCTION vendor_of_gateway_key(bytea);

-- The same hash, as an expression that is taken into whatever asks for it: each line had paid for two calls of a function. Its names
-- are bound here, so it needs no search path of its own.
CREATE OR REPLACE FUNCTION audit_hash(customer uuid, seq bigint, prev bytea, body text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(convert_to('attache audit 1' || chr(10) || customer || chr(10) || seq || chr(10), 'UTF8') || prev || convert_to(body, 'UTF8'));

-- Held already by the keys to the letter and to the customer, which name the vendor too.
ALTER TABLE access_log DROP CONSTRAINT access_log_vendor_id_fkey;
ALTER TABLE audit_records DROP CONSTRAINT audit_records_vendor_id_fkey;

-- All lines of a statement become records of the trail by one statement for each table; only the hashes are made one by one.
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

-- What names persons in a trail is sealed within about an hour of its record, under a data key of the customer; the data key is
-- wrapped by a key that the database does not have. Who takes the key away makes the words unreadable, and the chain still holds.
CREATE TABLE audit_keys (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  customer_organization_id uuid NOT NULL,
  id uuid NOT NULL,
  wrapped_key bytea NOT NULL CONSTRAINT audit_keys_wrapped CHECK (octet_length(wrapped_key) > 0),
  kek_id text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT app_now(),
  sealed_to bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (vendor_id, customer_organization_id, id),
  CONSTRAINT audit_keys_customer_fkey FOREIGN KEY (vendor_id, customer_organization_id) REFERENCES organizations (vendor_id, id)
);
COMMENT ON TABLE audit_keys IS 'the latest of a customer seals; without a key, what it sealed is forgotten';
COMMENT ON COLUMN audit_keys.sealed_to IS 'the words of every record up to this one are sealed or gone';
CALL make_tenant_table('audit_keys');
REVOKE UPDATE ON audit_keys FROM attache_app;
GRANT UPDATE (wrapped_key, kek_id) ON audit_keys TO attache_app;

-- The salt is sealed with the words: with it alone, whoever guesses a name could hold it against the hash in the record.
ALTER TABLE audit_openings
  ALTER COLUMN salt DROP NOT NULL,
  ALTER COLUMN words DROP NOT NULL,
  ADD COLUMN sealed bytea,
  ADD COLUMN key_id uuid,
  ADD CONSTRAINT audit_openings_sealed CHECK (
    (sealed IS NULL) = (words IS NOT NULL) AND (salt IS NULL) = (words IS NULL) AND (key_id IS NULL) = (sealed IS NULL));
COMMENT ON COLUMN audit_openings.sealed IS 'salt and words; the record holds sha256(salt || words)';

-- Puts sealed bytes in the place of words, once, under a key that is there.
CREATE FUNCTION seal_openings(customer uuid, key uuid, seqs bigint[], bytes bytea[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  vendor uuid := nullif(current_setting('attache.vendor', true), '')::uuid;
  done bigint;
BEGIN
  UPDATE audit_keys k SET sealed_to = greatest(k.sealed_to, (SELECT max(s) FROM unnest(seqs) s))
  WHERE k.vendor_id = vendor AND k.customer_organization_id = seal_openings.customer AND k.id = seal_openings.key;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE audit_openings o SET salt = NULL, words = NULL, sealed = n.sealed, key_id = seal_openings.key
  FROM unnest(seqs, bytes) AS n (seq, sealed)
  WHERE o.vendor_id = vendor AND o.customer_organization_id = seal_openings.customer AND o.seq = n.seq AND o.words IS NOT NULL;
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END $$;
REVOKE ALL ON FUNCTION seal_openings(uuid, uuid, bigint[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_openings(uuid, uuid, bigint[], bytea[]) TO attache_app;

INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
  SELECT gen_random_uuid(), vendor_id, 'seal-trail', jsonb_build_object('customer', customer_organization_id), app_now() FROM audit_heads;

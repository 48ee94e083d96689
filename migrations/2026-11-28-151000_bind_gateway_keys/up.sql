-- A key of the gateway may be bound to a public key of its holder (RFC 9449), by that one's thumbprint (RFC 7638, SHA-256).
ALTER TABLE gateway_keys
  ADD COLUMN dpop_jkt bytea CONSTRAINT gateway_keys_jkt_sha256 CHECK (octet_length(dpop_jkt) = 32),
  ADD CONSTRAINT gateway_keys_vendor_key UNIQUE (vendor_id, id);

-- The program ends keys and changes nothing else of them: what a key is bound to, it stays bound to.
REVOKE UPDATE ON gateway_keys FROM attache_app;
GRANT UPDATE (revoked_at) ON gateway_keys TO attache_app;

-- Proofs that were taken, by the hash of the name they gave themselves, until they are too old to be taken again.
CREATE TABLE gateway_proofs (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  key_id uuid NOT NULL,
  jti_hash bytea NOT NULL CONSTRAINT gateway_proofs_hash_sha256 CHECK (octet_length(jti_hash) = 32),
  kept_until timestamptz NOT NULL,
  PRIMARY KEY (vendor_id, key_id, jti_hash),
  CONSTRAINT gateway_proofs_key_fkey FOREIGN KEY (vendor_id, key_id) REFERENCES gateway_keys (vendor_id, id)
);
CALL make_tenant_table('gateway_proofs');
REVOKE UPDATE ON gateway_proofs FROM attache_app;
CREATE INDEX gateway_proofs_by_end ON gateway_proofs (vendor_id, kept_until);

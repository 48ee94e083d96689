DROP TABLE gateway_proofs;
REVOKE UPDATE (revoked_at) ON gateway_keys FROM attache_app;
GRANT UPDATE ON gateway_keys TO attache_app;
ALTER TABLE gateway_keys DROP COLUMN dpop_jkt, DROP CONSTRAINT gateway_keys_vendor_key;

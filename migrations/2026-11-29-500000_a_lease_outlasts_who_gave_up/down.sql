DO $$
DECLARE
  vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    UPDATE connections SET lease_until = NULL WHERE lease_owner IS NULL AND lease_until IS NOT NULL;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;
ALTER TABLE connections DROP CONSTRAINT connections_lease;
ALTER TABLE connections ADD CONSTRAINT connections_lease CHECK ((lease_owner IS NULL) = (lease_until IS NULL));
COMMENT ON COLUMN connections.lease_owner IS NULL;

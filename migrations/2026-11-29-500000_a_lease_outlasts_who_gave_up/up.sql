-- Whoever waited long enough for a token endpoint gives the lease up; nobody gets it before it is over, since the server
-- may be at that token still.
ALTER TABLE connections DROP CONSTRAINT connections_lease;
ALTER TABLE connections ADD CONSTRAINT connections_lease CHECK (lease_owner IS NULL OR lease_until IS NOT NULL);
COMMENT ON COLUMN connections.lease_owner IS 'who refreshes; nobody while a token may still be under way after its owner gave up';

-- When the end of a letter was being committed. What a transaction calls now is its beginning, and its end may wait for
-- others; this is taken last of all, when nothing is left but to write the commit.
CREATE TABLE grant_ends (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  grant_id uuid NOT NULL,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (vendor_id, grant_id),
  CONSTRAINT grant_ends_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id)
);
CALL make_tenant_table('grant_ends');
REVOKE INSERT, UPDATE, DELETE ON grant_ends FROM attache_app;

-- The same clock, read at the moment of the call instead of the transaction's beginning.
CREATE FUNCTION app_now_exactly() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT app_now() + (clock_timestamp() - now())';

CREATE FUNCTION note_grant_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO grant_ends (vendor_id, grant_id, written_at) VALUES (NEW.vendor_id, NEW.id, app_now_exactly()) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER grants_end_is_noted AFTER UPDATE ON grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION note_grant_end();

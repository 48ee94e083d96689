-- A letter may begin on a later day: its terms say which, and their hash is what the customer agreed to. This row says the moment, by the
-- customer's zone, where it can be joined; only the terms write it.
CREATE FUNCTION start_of(vendor uuid, customer uuid, terms text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN strpos(start_of.terms, '"starts"') > 0 THEN (start_of.terms::jsonb ->> 'starts')::date::timestamp AT TIME ZONE
    (SELECT o.zone FROM organizations o WHERE o.vendor_id = start_of.vendor AND o.id = start_of.customer) END
$$;
CREATE TABLE grant_starts (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  grant_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  PRIMARY KEY (vendor_id, grant_id),
  CONSTRAINT grant_starts_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id)
);
CALL make_tenant_table('grant_starts');
REVOKE INSERT, UPDATE, DELETE ON grant_starts FROM attache_app;

CREATE FUNCTION keep_grant_start() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  start timestamptz := start_of(NEW.vendor_id, NEW.customer_organization_id, NEW.terms);
BEGIN
  IF NEW.valid_until <= start THEN
    RAISE EXCEPTION 'grant % would end before it begins', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_begin_before_end';
  END IF;
  DELETE FROM grant_starts WHERE vendor_id = NEW.vendor_id AND grant_id = NEW.id;
  IF start IS NOT NULL THEN
    INSERT INTO grant_starts (vendor_id, grant_id, starts_at) VALUES (NEW.vendor_id, NEW.id, start);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER grants_keep_start_at_first AFTER INSERT ON grants FOR EACH ROW EXECUTE FUNCTION keep_grant_start();
CREATE TRIGGER grants_keep_start AFTER UPDATE ON grants FOR EACH ROW
  WHEN ((OLD.terms_hash, OLD.valid_until) IS DISTINCT FROM (NEW.terms_hash, NEW.valid_until)) EXECUTE FUNCTION keep_grant_start();

-- The time without a call begins when the letter does.
CREATE OR REPLACE FUNCTION grants_rest_until_restored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'active' AND (TG_OP = 'INSERT' OR OLD.state <> 'active') THEN
    NEW.rests_at := greatest(app_now(), start_of(NEW.vendor_id, NEW.customer_organization_id, NEW.terms)) + letters_rest_after();
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' OR NEW.state <> 'active' THEN
    RETURN NEW;
  END IF;
  IF (NEW.restored_at, NEW.restored_by) IS DISTINCT FROM (OLD.restored_at, OLD.restored_by)
     AND (NEW.restored_at IS DISTINCT FROM app_now() OR NOT EXISTS (
       SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.customer_organization_id
         AND m.person_id = NEW.restored_by AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'only the customer restores grant %', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_restored_by_customer';
  END IF;
  -- Whom the customer stopped, nothing but the customer wakes; what rests already may be stopped too.
  IF NEW.rests_at IS DISTINCT FROM OLD.rests_at AND app_now() IS DISTINCT FROM NEW.restored_at AND app_now() IS DISTINCT FROM NEW.amended_at
     AND EXISTS (SELECT 1 FROM grant_rests r WHERE r.vendor_id = NEW.vendor_id AND r.grant_id = NEW.id AND r.rested_at = OLD.rests_at) THEN
    RAISE EXCEPTION 'grant % was stopped by the customer', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_rest_until_restored';
  END IF;
  IF NEW.rests_at IS DISTINCT FROM OLD.rests_at AND (NEW.rests_at > app_now() + letters_rest_after()
       OR OLD.rests_at <= app_now() AND NEW.rests_at > app_now() AND app_now() IS DISTINCT FROM NEW.restored_at AND app_now() IS DISTINCT FROM NEW.amended_at
          AND NOT EXISTS (SELECT 1 FROM grant_openings o JOIN milestones t ON t.vendor_id = o.vendor_id AND t.id = o.milestone_id
            WHERE o.vendor_id = NEW.vendor_id AND o.grant_id = NEW.id AND NEW.rests_at <= t.funded_at + letters_rest_after())) THEN
    RAISE EXCEPTION 'grant % rests until it is restored', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_rest_until_restored';
  END IF;
  RETURN NEW;
END $$;

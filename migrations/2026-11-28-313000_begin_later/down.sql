DROP TRIGGER grants_keep_start ON grants;
DROP TRIGGER grants_keep_start_at_first ON grants;
DROP FUNCTION keep_grant_start;
CREATE OR REPLACE FUNCTION grants_rest_until_restored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'active' AND (TG_OP = 'INSERT' OR OLD.state <> 'active') THEN
    NEW.rests_at := app_now() + letters_rest_after();
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
DROP TABLE grant_starts;
DROP FUNCTION start_of;

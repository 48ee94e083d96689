-- What keeps the letters of an engagement from working, cause by cause: they work again when the last is lifted. The gateway's one
-- query reads it, so a hold counts from the commit that records it.
CREATE TABLE access_holds (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  engagement_id uuid NOT NULL,
  cause text NOT NULL CONSTRAINT access_holds_cause_known CHECK (cause IN ('pause', 'dispute', 'payment', 'unpaid')),
  reference text NOT NULL CONSTRAINT access_holds_reference_length CHECK (char_length(reference) BETWEEN 1 AND 200),
  since timestamptz NOT NULL DEFAULT app_now(),
  lifted_at timestamptz,
  PRIMARY KEY (vendor_id, engagement_id, cause, reference),
  CONSTRAINT access_holds_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id),
  CONSTRAINT access_holds_lifted_after CHECK (lifted_at >= since)
);
COMMENT ON COLUMN access_holds.reference IS 'what it comes from, as whoever says so names it: each raises and lifts one hold, in either order';
CALL make_tenant_table('access_holds');
REVOKE UPDATE, DELETE ON access_holds FROM attache_app;
GRANT UPDATE (lifted_at) ON access_holds TO attache_app;
CREATE INDEX access_holds_open ON access_holds (vendor_id, engagement_id) WHERE lifted_at IS NULL;

CREATE FUNCTION access_holds_stay_lifted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the hold by % is lifted for good', OLD.reference USING ERRCODE = 'check_violation', CONSTRAINT = 'access_holds_lift_is_final';
END $$;
CREATE TRIGGER access_holds_stay_lifted BEFORE UPDATE ON access_holds FOR EACH ROW
  WHEN (OLD.lifted_at IS NOT NULL) EXECUTE FUNCTION access_holds_stay_lifted();
CREATE TRIGGER access_holds_hint AFTER INSERT OR UPDATE ON access_holds FOR EACH ROW EXECUTE FUNCTION hint_access();

-- An engagement that rests holds its letters in the very commit, and lets them go in the commit in which work goes on.
-- It takes the customer's place in the audit trail first, as a call that is announced does: so one of the two comes before the other.
CREATE FUNCTION hold_with_engagement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.customer_organization_id::text, 7));
  UPDATE access_holds SET lifted_at = app_now()
  WHERE vendor_id = NEW.vendor_id AND engagement_id = NEW.id AND cause IN ('pause', 'dispute') AND lifted_at IS NULL;
  IF NEW.state IN ('paused', 'disputed') THEN
    INSERT INTO access_holds (vendor_id, engagement_id, cause, reference)
    VALUES (NEW.vendor_id, NEW.id, CASE NEW.state WHEN 'paused' THEN 'pause' ELSE 'dispute' END, gen_random_uuid()::text);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER engagements_hold_letters AFTER UPDATE ON engagements FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION hold_with_engagement();

DO $$
DECLARE vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    INSERT INTO access_holds (vendor_id, engagement_id, cause, reference)
    SELECT e.vendor_id, e.id, CASE e.state WHEN 'paused' THEN 'pause' ELSE 'dispute' END, gen_random_uuid()::text
    FROM engagements e WHERE e.state IN ('paused', 'disputed');
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;

-- A letter may open with the money: it works once a milestone of its own engagement is funded. Its terms say so, and their hash is
-- what the customer agreed to; this row says the same where it can be joined, and only the terms write it.
ALTER TABLE milestones ADD CONSTRAINT milestones_engagement_key UNIQUE (vendor_id, id, engagement_id);
ALTER TABLE grants ADD CONSTRAINT grants_engagement_key UNIQUE (vendor_id, id, engagement_id);
CREATE TABLE grant_openings (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  grant_id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  PRIMARY KEY (vendor_id, grant_id),
  CONSTRAINT grant_openings_grant_fkey FOREIGN KEY (vendor_id, grant_id, engagement_id) REFERENCES grants (vendor_id, id, engagement_id),
  CONSTRAINT grant_openings_milestone_fkey FOREIGN KEY (vendor_id, milestone_id, engagement_id) REFERENCES milestones (vendor_id, id, engagement_id)
);
CALL make_tenant_table('grant_openings');
REVOKE INSERT, UPDATE, DELETE ON grant_openings FROM attache_app;
CREATE INDEX grant_openings_by_milestone ON grant_openings (vendor_id, milestone_id);

CREATE FUNCTION keep_grant_opening() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM grant_openings WHERE vendor_id = NEW.vendor_id AND grant_id = NEW.id;
  -- Only terms that say so are read, so that others may be unreadable; whoever meets those refuses.
  IF strpos(NEW.terms, '"opens"') > 0 THEN
    INSERT INTO grant_openings (vendor_id, grant_id, engagement_id, milestone_id)
    SELECT NEW.vendor_id, NEW.id, NEW.engagement_id, (NEW.terms::jsonb #>> '{opens,milestone}')::uuid
    WHERE NEW.terms::jsonb ? 'opens';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER grants_keep_opening_at_first AFTER INSERT ON grants FOR EACH ROW EXECUTE FUNCTION keep_grant_opening();
CREATE TRIGGER grants_keep_opening AFTER UPDATE ON grants FOR EACH ROW
  WHEN (OLD.terms_hash IS DISTINCT FROM NEW.terms_hash) EXECUTE FUNCTION keep_grant_opening();
CREATE TRIGGER milestones_hint AFTER UPDATE ON milestones FOR EACH ROW
  WHEN (OLD.state <> 'refunded' AND NEW.state = 'refunded') EXECUTE FUNCTION hint_access();

-- The time without a call of a letter that opens with the money begins with the money, even if it would have rested before.
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

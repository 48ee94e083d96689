CREATE OR REPLACE FUNCTION hold_with_engagement() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER engagements_keep_pause ON engagements;
DROP FUNCTION engagements_keep_pause();
ALTER TABLE engagements DROP COLUMN pause_stands;

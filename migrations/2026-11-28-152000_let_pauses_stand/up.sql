-- A pause and a dispute are two causes: a pause stands behind a dispute, and work rests by it again when the dispute is settled.
-- The row remembers it whoever moves the state.
ALTER TABLE engagements ADD COLUMN pause_stands boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN engagements.pause_stands IS 'a side paused it and nobody resumed it, also while it is disputed';

CREATE FUNCTION engagements_keep_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.pause_stands := NEW.state = 'paused' OR NEW.state = 'disputed' AND OLD.pause_stands;
  RETURN NEW;
END $$;
CREATE TRIGGER engagements_keep_pause BEFORE UPDATE ON engagements FOR EACH ROW EXECUTE FUNCTION engagements_keep_pause();

-- Each of the two is raised when it begins and lifted when it is over.
CREATE OR REPLACE FUNCTION hold_with_engagement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.customer_organization_id::text, 7));
  UPDATE access_holds SET lifted_at = app_now()
  WHERE vendor_id = NEW.vendor_id AND engagement_id = NEW.id AND lifted_at IS NULL
    AND (cause = 'pause' AND NOT NEW.pause_stands OR cause = 'dispute' AND NEW.state <> 'disputed');
  INSERT INTO access_holds (vendor_id, engagement_id, cause, reference)
  SELECT NEW.vendor_id, NEW.id, c.cause, gen_random_uuid()::text
  FROM (VALUES ('pause', NEW.pause_stands), ('dispute', NEW.state = 'disputed')) c (cause, holds)
  WHERE c.holds AND NOT EXISTS (SELECT 1 FROM access_holds h WHERE h.vendor_id = NEW.vendor_id AND h.engagement_id = NEW.id
    AND h.cause = c.cause AND h.lifted_at IS NULL);
  RETURN NULL;
END $$;

DO $$
DECLARE vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    UPDATE engagements SET pause_stands = true WHERE state = 'paused';
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;

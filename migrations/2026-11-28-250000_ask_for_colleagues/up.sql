-- A request that its own side took back is not one that was declined. Rows of before keep the word they were closed with.
ALTER TABLE grants
  DROP CONSTRAINT grants_state_known,
  ADD CONSTRAINT grants_state_known CHECK (state IN ('requested', 'active', 'revoked', 'completed', 'expired', 'declined', 'withdrawn')),
  DROP CONSTRAINT grants_declined,
  ADD CONSTRAINT grants_declined CHECK (state NOT IN ('declined', 'withdrawn') OR granted_at IS NULL),
  DROP CONSTRAINT grants_proposed,
  ADD CONSTRAINT grants_proposed CHECK (succeeds_id IS NULL OR proposed_by IS NOT NULL);
COMMENT ON COLUMN grants.proposed_by IS 'who asked, where that is not the person whom the letter names';

-- Whoever runs the partner asks for its people; the others ask for themselves.
CREATE FUNCTION grants_asked_by_a_lead() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.partner_organization_id
      AND m.person_id = NEW.proposed_by AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL) THEN
    RAISE EXCEPTION 'grant % is asked for by nobody who may', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_asked_by_a_lead';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grants_asked_by_a_lead BEFORE INSERT ON grants FOR EACH ROW
  WHEN (NEW.proposed_by IS NOT NULL) EXECUTE FUNCTION grants_asked_by_a_lead();

-- A person's work ends in one commit, and for good: a seat that ended is never opened again, a letter of access needs an open seat
-- the moment it comes into force, and one that a seat's end found open never holds again, whoever joins anew.
ALTER TABLE memberships
  ADD COLUMN ended_by uuid REFERENCES persons (id),
  ADD CONSTRAINT memberships_ended CHECK (ended_by IS NULL OR ended_at IS NOT NULL);
COMMENT ON COLUMN memberships.ended_by IS 'who ended it; absent for seats that ended before this was kept';
CREATE INDEX memberships_ended_of_person ON memberships (person_id, vendor_id, organization_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX memberships_ended_of_organization ON memberships (vendor_id, organization_id, ended_at DESC) WHERE ended_at IS NOT NULL;

CREATE FUNCTION memberships_end_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'seat % has ended', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_end_is_final';
END $$;
CREATE TRIGGER memberships_end_for_good BEFORE UPDATE ON memberships FOR EACH ROW
  WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION memberships_end_for_good();

CREATE INDEX grants_by_consultant ON grants (vendor_id, consultant_id, partner_organization_id);

-- The share lock makes a letter and the end of its holder's seat wait for each other: whichever is second sees the first.
CREATE FUNCTION grants_need_a_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM memberships m WHERE m.person_id = NEW.consultant_id AND m.vendor_id = NEW.vendor_id
    AND m.organization_id = NEW.partner_organization_id AND m.ended_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'whom grant % names holds no seat', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_holder_has_seat';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grants_first_need_a_seat BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION grants_need_a_seat();
CREATE TRIGGER grants_granted_need_a_seat BEFORE UPDATE ON grants FOR EACH ROW
  WHEN (OLD.state <> 'active' AND NEW.state = 'active') EXECUTE FUNCTION grants_need_a_seat();

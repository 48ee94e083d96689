-- The program's people may let a letter rest too, and say why. Waking it stays the customer's alone.
ALTER TABLE grant_rests ADD COLUMN program_reason text;
ALTER TABLE grant_rests ADD CONSTRAINT grant_rests_program_reason_length CHECK (char_length(program_reason) BETWEEN 1 AND 300);

CREATE FUNCTION grant_rests_by_a_side() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM grants g
    JOIN memberships m ON m.vendor_id = g.vendor_id AND m.person_id = NEW.rested_by AND m.ended_at IS NULL
    WHERE g.vendor_id = NEW.vendor_id AND g.id = NEW.grant_id
      AND CASE WHEN NEW.program_reason IS NULL THEN m.organization_id = g.customer_organization_id
               ELSE m.organization_kind = 'vendor' AND m.role IN ('owner', 'program_manager') END) THEN
    RAISE EXCEPTION 'neither the customer nor the program lets grant % rest', NEW.grant_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_rests_by_a_side';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grant_rests_by_a_side BEFORE INSERT ON grant_rests FOR EACH ROW EXECUTE FUNCTION grant_rests_by_a_side();

-- Where in the customer's audit trail it stands that a letter was granted: shown on the letter.
CREATE INDEX audit_records_of_granted ON audit_records (vendor_id, customer_organization_id, (body::jsonb #>> '{what,grant}'))
  WHERE body LIKE '%"kind" : "access-granted"%';

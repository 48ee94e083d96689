DROP TRIGGER grants_asked_by_a_lead ON grants;
DROP FUNCTION grants_asked_by_a_lead();
ALTER TABLE grants
  DROP CONSTRAINT grants_proposed,
  ADD CONSTRAINT grants_proposed CHECK ((succeeds_id IS NULL) = (proposed_by IS NULL)) NOT VALID,
  DROP CONSTRAINT grants_declined,
  ADD CONSTRAINT grants_declined CHECK (state <> 'declined' OR granted_at IS NULL),
  DROP CONSTRAINT grants_state_known,
  ADD CONSTRAINT grants_state_known CHECK (state IN ('requested', 'active', 'revoked', 'completed', 'expired', 'declined')) NOT VALID;

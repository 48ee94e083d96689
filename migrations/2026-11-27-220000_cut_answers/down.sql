DROP TRIGGER engagements_hint ON engagements;
DROP TRIGGER memberships_hint ON memberships;
DROP TRIGGER connections_hint ON connections;
DROP TRIGGER gateway_keys_hint ON gateway_keys;
DROP TRIGGER grants_hint ON grants;
DROP FUNCTION hint_access();
DROP TRIGGER access_log_notes_use ON access_log;
CREATE TRIGGER access_log_notes_use AFTER INSERT ON access_log FOR EACH ROW WHEN (NEW.outcome = 'done') EXECUTE FUNCTION note_letter_used();
-- Lines that tell of a cut stay as they are.
ALTER TABLE access_log DROP CONSTRAINT access_log_outcome_known, DROP CONSTRAINT access_log_refusal_named;
ALTER TABLE access_log
  ADD CONSTRAINT access_log_outcome_known CHECK (outcome IN ('begun', 'done', 'refused', 'failed')) NOT VALID,
  ADD CONSTRAINT access_log_refusal_named CHECK ((outcome IN ('refused', 'failed')) = (code IS NOT NULL)) NOT VALID;

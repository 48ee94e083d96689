-- A file is handed on as it comes, so it can be stopped on its way: the line says so, and how much had passed.
ALTER TABLE access_log DROP CONSTRAINT access_log_outcome_known, DROP CONSTRAINT access_log_refusal_named;
ALTER TABLE access_log
  ADD CONSTRAINT access_log_outcome_known CHECK (outcome IN ('begun', 'done', 'refused', 'failed', 'cut')),
  ADD CONSTRAINT access_log_refusal_named CHECK ((outcome IN ('refused', 'failed', 'cut')) = (code IS NOT NULL));
DROP TRIGGER access_log_notes_use ON access_log;
CREATE TRIGGER access_log_notes_use AFTER INSERT ON access_log FOR EACH ROW WHEN (NEW.outcome IN ('done', 'cut'))
  EXECUTE FUNCTION note_letter_used();

-- Whoever hands something on looks again at once when something that a letter rests on was changed. A hint and no more: it may be
-- lost, and nobody learns from it what the change was.
CREATE FUNCTION hint_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('attache_access', NEW.vendor_id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER grants_hint AFTER UPDATE ON grants FOR EACH ROW
  WHEN ((OLD.state, OLD.terms_hash, OLD.valid_until) IS DISTINCT FROM (NEW.state, NEW.terms_hash, NEW.valid_until)) EXECUTE FUNCTION hint_access();
CREATE TRIGGER gateway_keys_hint AFTER UPDATE ON gateway_keys FOR EACH ROW
  WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at) EXECUTE FUNCTION hint_access();
CREATE TRIGGER connections_hint AFTER UPDATE ON connections FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION hint_access();
CREATE TRIGGER memberships_hint AFTER UPDATE ON memberships FOR EACH ROW
  WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at) EXECUTE FUNCTION hint_access();
CREATE TRIGGER engagements_hint AFTER UPDATE ON engagements FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION hint_access();

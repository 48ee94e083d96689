DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-requested', 'access-granted', 'access-narrowed', 'access-declined', 'access-ended',
                     'access-more-asked', 'access-amended', 'access-more-closed',
                     'connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();
DROP TRIGGER access_log_notes_use ON access_log;
DROP FUNCTION note_letter_used();
DROP TRIGGER grants_rest_until_restored ON grants;
DROP FUNCTION grants_rest_until_restored();
DELETE FROM jobs WHERE kind = 'grant-timer';
ALTER TABLE grants
  DROP CONSTRAINT grants_rest_known,
  DROP CONSTRAINT grants_restored,
  DROP COLUMN rests_at,
  DROP COLUMN restored_at,
  DROP COLUMN restored_by;
DROP FUNCTION letters_rest_after();

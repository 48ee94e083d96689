DELETE FROM access_alarms WHERE kind = 'token-shown';
ALTER TABLE access_alarms
  DROP CONSTRAINT access_alarms_kind_known,
  ADD CONSTRAINT access_alarms_kind_known CHECK (kind IN ('refused-burst', 'night-reads', 'new-place'));

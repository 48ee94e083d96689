-- An answer of an application that shows our token is stopped, and its customer is told.
ALTER TABLE access_alarms
  DROP CONSTRAINT access_alarms_kind_known,
  ADD CONSTRAINT access_alarms_kind_known CHECK (kind IN ('refused-burst', 'night-reads', 'new-place', 'token-shown'));

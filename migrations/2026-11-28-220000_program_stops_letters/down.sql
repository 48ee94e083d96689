DROP INDEX audit_records_of_granted;
DROP TRIGGER grant_rests_by_a_side ON grant_rests;
DROP FUNCTION grant_rests_by_a_side();
ALTER TABLE grant_rests DROP COLUMN program_reason;

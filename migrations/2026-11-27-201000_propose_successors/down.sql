DROP TRIGGER grants_succeed_within ON grants;
DROP FUNCTION grants_succeed_within();
DROP INDEX grants_one_successor;
ALTER TABLE grants DROP CONSTRAINT grants_proposed, DROP CONSTRAINT grants_succeeds_another, DROP CONSTRAINT grants_succeeds_fkey,
  DROP COLUMN succeeds_id, DROP COLUMN proposed_by;

DROP TRIGGER grants_granted_need_a_seat ON grants;
DROP TRIGGER grants_first_need_a_seat ON grants;
DROP FUNCTION grants_need_a_seat();
DROP INDEX grants_by_consultant;
DROP TRIGGER memberships_end_for_good ON memberships;
DROP FUNCTION memberships_end_for_good();
DROP INDEX memberships_ended_of_person;
DROP INDEX memberships_ended_of_organization;
ALTER TABLE memberships DROP CONSTRAINT memberships_ended, DROP COLUMN ended_by;

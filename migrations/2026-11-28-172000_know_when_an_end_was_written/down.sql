DROP TRIGGER grants_end_is_noted ON grants;
DROP FUNCTION note_grant_end();
DROP FUNCTION app_now_exactly();
DROP TABLE grant_ends;

ALTER TABLE grants DROP CONSTRAINT grants_terms_whole;
DROP FUNCTION terms_are_whole;
DROP TRIGGER connections_audited ON events;
ALTER TABLE connections DROP COLUMN lost_scopes;

ALTER TABLE write_approvals DROP COLUMN before_etag;

CREATE INDEX access_log_by_time ON access_log (vendor_id, at);
ALTER TABLE access_log DROP COLUMN written_at;

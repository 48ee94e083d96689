-- A line says when its call ended; it may be written later, when the database was away or a process had many. Who looks after the
-- log goes by when a line was written, so that none comes too late to be seen. Lines of before have been looked at.
ALTER TABLE access_log ADD COLUMN written_at timestamptz;
ALTER TABLE access_log ALTER COLUMN written_at SET DEFAULT app_now();
CREATE INDEX access_log_by_writing ON access_log (vendor_id, written_at);
DROP INDEX access_log_by_time;

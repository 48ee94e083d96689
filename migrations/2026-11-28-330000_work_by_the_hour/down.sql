-- Hours become plain work: locked weeks stay as milestones with their money, the rest of what was agreed on is gone. Clocks of
-- weeks that no program knows any more do not ring.
DELETE FROM jobs WHERE kind = 'engagement-timer' AND facts ->> 'timer' IN ('week-locks', 'week-due');
DROP TRIGGER engagements_hours_stay ON engagements;
DROP TRIGGER milestones_week ON milestones;
DROP FUNCTION hours_stay_agreed(), week_is_what_was_worked();
DROP TABLE time_entries;
DROP FUNCTION time_is_open(), week_locks_at(date);
ALTER TABLE milestones DROP COLUMN kind, DROP COLUMN week_of, DROP COLUMN minutes, DROP COLUMN charged_minutes;
ALTER TABLE engagements DROP COLUMN rate_minor, DROP COLUMN cap_minutes, DROP COLUMN weeks, DROP COLUMN hours_end_on;
ALTER TABLE proposals DROP COLUMN rate_minor, DROP COLUMN cap_minutes, DROP COLUMN weeks;

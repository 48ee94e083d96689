DELETE FROM jobs WHERE kind = 'watch-access';
DROP TABLE grant_rests;
DROP TABLE access_alarms;
DROP FUNCTION access_alarms_stay_closed();
DROP TABLE access_places;
DROP INDEX access_log_by_time;
ALTER TABLE access_log DROP COLUMN network, DROP COLUMN country;

ALTER TABLE access_alarms DROP COLUMN countries, DROP COLUMN networks;

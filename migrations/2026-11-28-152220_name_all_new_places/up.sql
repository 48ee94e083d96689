-- Several new places in one look are one alarm, which names them all. Alarms of before name one country, or none.
ALTER TABLE access_alarms
  ADD COLUMN countries text[] CONSTRAINT access_alarms_countries_iso CHECK (array_to_string(countries, ' ', '-') ~ '^([A-Z]{2}( [A-Z]{2})*)?$'),
  ADD COLUMN networks bigint NOT NULL DEFAULT 0 CONSTRAINT access_alarms_networks_count CHECK (networks >= 0);

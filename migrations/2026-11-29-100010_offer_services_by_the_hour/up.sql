-- A service by the hour: a rate, the most minutes of a week that are charged, and how many weeks at most, instead of milestones.
ALTER TABLE services DROP CONSTRAINT services_kind_known,
  ADD CONSTRAINT services_kind_known CHECK (kind IN ('package', 'hourly')),
  ADD COLUMN rate_minor bigint, ADD COLUMN cap_minutes integer, ADD COLUMN weeks integer,
  ADD COLUMN most_minor bigint GENERATED ALWAYS AS (rate_minor * cap_minutes / 60 * weeks) STORED,
  ADD CONSTRAINT services_hourly CHECK (num_nonnulls(rate_minor, cap_minutes, weeks) = CASE kind WHEN 'hourly' THEN 3 ELSE 0 END),
  ADD CONSTRAINT services_rate_range CHECK (rate_minor BETWEEN 1 AND 1000000000),
  ADD CONSTRAINT services_cap_range CHECK (cap_minutes BETWEEN 60 AND 10080),
  ADD CONSTRAINT services_weeks_range CHECK (weeks BETWEEN 1 AND 52);
COMMENT ON COLUMN services.rate_minor IS 'for an hour, fees included';
COMMENT ON COLUMN services.most_minor IS 'the most that all weeks together cost: what a budget is compared with';

CREATE FUNCTION hours_have_no_milestones() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM services s WHERE s.vendor_id = NEW.vendor_id AND s.id = NEW.service_id AND s.kind = 'package';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a service by the hour has no milestones' USING ERRCODE = 'check_violation', CONSTRAINT = 'service_milestones_of_package';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER service_milestones_of_package BEFORE INSERT ON service_milestones FOR EACH ROW EXECUTE FUNCTION hours_have_no_milestones();

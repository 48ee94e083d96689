-- Work by the hour: a rate, the most minutes a week that are charged, and how many weeks at most. A week that has ended becomes a
-- row of milestones, so that what is held for it is paid, released, sent back and disagreed about like any other money.
ALTER TABLE proposals ADD COLUMN rate_minor bigint, ADD COLUMN cap_minutes integer, ADD COLUMN weeks integer,
  ADD CONSTRAINT proposals_hourly CHECK (num_nonnulls(rate_minor, cap_minutes, weeks) IN (0, 3)),
  ADD CONSTRAINT proposals_rate_range CHECK (rate_minor BETWEEN 1 AND 1000000000),
  ADD CONSTRAINT proposals_cap_range CHECK (cap_minutes BETWEEN 60 AND 10080),
  ADD CONSTRAINT proposals_weeks_range CHECK (weeks BETWEEN 1 AND 52),
  ADD CONSTRAINT proposals_hourly_total CHECK (rate_minor IS NULL OR total_minor = rate_minor * cap_minutes / 60 * weeks);
COMMENT ON COLUMN proposals.rate_minor IS 'for an hour; a part of an hour costs its part, a week rounded down to a whole minor unit';
COMMENT ON COLUMN proposals.cap_minutes IS 'more than that is never charged for a week';
COMMENT ON COLUMN proposals.weeks IS 'so many weeks with time at most: the total is the most that all of them cost';
ALTER TABLE engagements ADD COLUMN rate_minor bigint, ADD COLUMN cap_minutes integer, ADD COLUMN weeks integer, ADD COLUMN hours_end_on date,
  ADD CONSTRAINT engagements_hourly CHECK (num_nonnulls(rate_minor, cap_minutes, weeks) IN (0, 3)),
  ADD CONSTRAINT engagements_rate_range CHECK (rate_minor BETWEEN 1 AND 1000000000),
  ADD CONSTRAINT engagements_cap_range CHECK (cap_minutes BETWEEN 60 AND 10080),
  ADD CONSTRAINT engagements_weeks_range CHECK (weeks BETWEEN 1 AND 52),
  ADD CONSTRAINT engagements_hourly_total CHECK (rate_minor IS NULL OR total_minor = rate_minor * cap_minutes / 60 * weeks),
  ADD CONSTRAINT engagements_hours_end CHECK (hours_end_on IS NULL OR rate_minor IS NOT NULL);
COMMENT ON COLUMN engagements.hours_end_on IS 'the last day with time, once a side ended the hours; what was worked until then is still paid';

ALTER TABLE milestones ADD COLUMN kind text NOT NULL DEFAULT 'milestone', ADD COLUMN week_of date, ADD COLUMN minutes integer,
  ADD COLUMN charged_minutes integer,
  ADD CONSTRAINT milestones_kind_known CHECK (kind IN ('milestone', 'week')),
  ADD CONSTRAINT milestones_week CHECK (num_nonnulls(week_of, minutes, charged_minutes) = CASE kind WHEN 'week' THEN 3 ELSE 0 END),
  ADD CONSTRAINT milestones_week_monday CHECK (extract(isodow FROM week_of) = 1),
  ADD CONSTRAINT milestones_week_minutes CHECK (charged_minutes BETWEEN 1 AND minutes AND minutes <= 10080),
  ADD CONSTRAINT milestones_week_key UNIQUE (vendor_id, engagement_id, week_of);
COMMENT ON COLUMN milestones.week_of IS 'its Monday; days are days of UTC';
COMMENT ON COLUMN milestones.charged_minutes IS 'never more than the cap of a week; the price is theirs';

CREATE TABLE time_entries (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  day date NOT NULL,
  week_of date NOT NULL GENERATED ALWAYS AS (day - (extract(isodow FROM day)::integer - 1)) STORED,
  minutes integer NOT NULL CONSTRAINT time_entries_minutes_range CHECK (minutes BETWEEN 1 AND 1440),
  words text NOT NULL CONSTRAINT time_entries_words_length CHECK (char_length(words) BETWEEN 1 AND 500),
  written_by uuid NOT NULL REFERENCES persons (id),
  written_at timestamptz NOT NULL DEFAULT app_now(),
  changed_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT time_entries_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id)
);
COMMENT ON COLUMN time_entries.day IS 'a day of UTC';
CALL make_tenant_table('time_entries');
REVOKE UPDATE ON time_entries FROM attache_app;
GRANT UPDATE (day, minutes, words, changed_at, version) ON time_entries TO attache_app;
CREATE INDEX time_entries_by_week ON time_entries (vendor_id, engagement_id, week_of, day);

-- When a week locks: noon of the Monday after it, in UTC.
CREATE FUNCTION week_locks_at(week date) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ((week + 7)::timestamp + interval '12 hours') AT TIME ZONE 'UTC'
$$;

-- Time is written until its week locks, by the clock or by its row, whichever was first; both sides of a race hold the
-- engagement's row. A day has 24 hours.
CREATE FUNCTION time_is_open() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT * FROM (VALUES (OLD.vendor_id, OLD.engagement_id, OLD.day), (NEW.vendor_id, NEW.engagement_id, NEW.day))
      AS t (vendor, engagement, day) WHERE vendor IS NOT NULL LOOP
    PERFORM FROM engagements e WHERE e.vendor_id = one.vendor AND e.id = one.engagement FOR NO KEY UPDATE;
    PERFORM FROM milestones m WHERE m.vendor_id = one.vendor AND m.engagement_id = one.engagement
      AND m.week_of = one.day - (extract(isodow FROM one.day)::integer - 1);
    IF FOUND OR app_now() >= week_locks_at(one.day - (extract(isodow FROM one.day)::integer - 1)) THEN
      RAISE EXCEPTION 'the week is locked' USING ERRCODE = 'check_violation', CONSTRAINT = 'time_entries_open';
    END IF;
  END LOOP;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  PERFORM FROM engagements e WHERE e.vendor_id = NEW.vendor_id AND e.id = NEW.engagement_id AND e.rate_minor IS NOT NULL
    AND e.consultant_id = NEW.written_by AND e.state = 'active' AND NEW.day <= coalesce(e.hours_end_on, NEW.day)
    AND NEW.day BETWEEN (e.signed_at AT TIME ZONE 'UTC')::date AND (app_now() AT TIME ZONE 'UTC')::date;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no work of that day' USING ERRCODE = 'check_violation', CONSTRAINT = 'time_entries_of_work';
  END IF;
  IF NEW.minutes + (SELECT coalesce(sum(t.minutes), 0) FROM time_entries t WHERE t.vendor_id = NEW.vendor_id
      AND t.engagement_id = NEW.engagement_id AND t.day = NEW.day AND t.id <> NEW.id) > 1440 THEN
    RAISE EXCEPTION 'a day has 24 hours' USING ERRCODE = 'check_violation', CONSTRAINT = 'time_entries_of_a_day';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER time_entries_open BEFORE INSERT OR UPDATE OR DELETE ON time_entries FOR EACH ROW EXECUTE FUNCTION time_is_open();

-- A week costs what was written, up to its cap, and only once it is over; nothing else is charged for hours. The agreed rate
-- and number of weeks stay what they were.
CREATE FUNCTION week_is_what_was_worked() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  of record;
  worked bigint;
BEGIN
  SELECT e.rate_minor, e.cap_minutes, e.weeks INTO of FROM engagements e
    WHERE e.vendor_id = NEW.vendor_id AND e.id = NEW.engagement_id FOR NO KEY UPDATE;
  IF (of.rate_minor IS NOT NULL) IS DISTINCT FROM (NEW.kind = 'week') THEN
    RAISE EXCEPTION 'hours are paid by the week, and nothing else is' USING ERRCODE = 'check_violation', CONSTRAINT = 'milestones_kind_fits';
  END IF;
  IF NEW.kind = 'milestone' THEN
    RETURN NEW;
  END IF;
  SELECT coalesce(sum(t.minutes), 0) INTO worked FROM time_entries t
    WHERE t.vendor_id = NEW.vendor_id AND t.engagement_id = NEW.engagement_id AND t.week_of = NEW.week_of;
  IF NEW.minutes <> worked OR NEW.charged_minutes <> least(worked, of.cap_minutes)
      OR NEW.price_minor <> of.rate_minor * NEW.charged_minutes / 60 THEN
    RAISE EXCEPTION 'this is not what was worked' USING ERRCODE = 'check_violation', CONSTRAINT = 'milestones_week_worked';
  END IF;
  IF app_now() < week_locks_at(NEW.week_of) THEN
    RAISE EXCEPTION 'the week is not over' USING ERRCODE = 'check_violation', CONSTRAINT = 'milestones_week_over';
  END IF;
  IF of.weeks <= (SELECT count(*) FROM milestones m WHERE m.vendor_id = NEW.vendor_id AND m.engagement_id = NEW.engagement_id) THEN
    RAISE EXCEPTION 'more weeks than were agreed' USING ERRCODE = 'check_violation', CONSTRAINT = 'milestones_weeks_agreed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER milestones_week BEFORE INSERT ON milestones FOR EACH ROW EXECUTE FUNCTION week_is_what_was_worked();

CREATE FUNCTION hours_stay_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was agreed on stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'engagements_hours_stay';
END $$;
CREATE TRIGGER engagements_hours_stay BEFORE UPDATE ON engagements FOR EACH ROW
  WHEN ((OLD.rate_minor, OLD.cap_minutes, OLD.weeks) IS DISTINCT FROM (NEW.rate_minor, NEW.cap_minutes, NEW.weeks)
    OR OLD.hours_end_on IS NOT NULL AND OLD.hours_end_on IS DISTINCT FROM NEW.hours_end_on)
  EXECUTE FUNCTION hours_stay_agreed();

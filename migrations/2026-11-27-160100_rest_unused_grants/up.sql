-- A letter that nobody uses rests until the customer lets it work again. When that is stands in its row, so that the gateway's one
-- query reads it; a call moves it, at most once a day and never while somebody else holds the row.
CREATE FUNCTION letters_rest_after() RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT interval '31 days' $$;
COMMENT ON FUNCTION letters_rest_after() IS 'thirty days without a call: a call is noted once a day, so a day more is never too soon';

ALTER TABLE grants
  ADD COLUMN rests_at timestamptz,
  ADD COLUMN restored_at timestamptz,
  ADD COLUMN restored_by uuid REFERENCES persons (id),
  ADD CONSTRAINT grants_restored CHECK ((restored_at IS NULL) = (restored_by IS NULL) AND (restored_at IS NULL OR granted_at IS NOT NULL));
COMMENT ON COLUMN grants.rests_at IS 'when it rests unless it is used before';

-- Letters of before begin now: nobody is surprised. Their timers begin with them.
DO $$
DECLARE vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    UPDATE grants SET rests_at = app_now() + letters_rest_after() WHERE state = 'active';
    INSERT INTO jobs (id, vendor_id, kind, facts, unique_key, run_at)
    SELECT gen_random_uuid(), g.vendor_id, 'grant-timer', jsonb_build_object('timer', 'rests-soon', 'grant', g.id, 'rests_at', g.rests_at),
           concat('grant-timer:rests-soon:', g.id, ':', (extract(epoch FROM g.rests_at) * 1000000)::bigint), g.rests_at - interval '7 days'
    FROM grants g WHERE g.state = 'active'
    UNION ALL
    SELECT gen_random_uuid(), g.vendor_id, 'grant-timer',
           jsonb_build_object('timer', 'ends-soon', 'grant', g.id, 'valid_until', g.valid_until, 'hours', h),
           concat('grant-timer:ends-soon:', h, ':', g.id, ':', (extract(epoch FROM g.valid_until) * 1000000)::bigint), g.valid_until - h * interval '1 hour'
    FROM grants g, unnest(ARRAY[168, 24, 1]) h WHERE g.state = 'active' AND g.valid_until - h * interval '1 hour' > app_now();
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;

ALTER TABLE grants ADD CONSTRAINT grants_rest_known CHECK (state <> 'active' OR rests_at IS NOT NULL);

-- Once it rests, only a person who decides for the customer wakes it.
CREATE FUNCTION grants_rest_until_restored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'active' AND (TG_OP = 'INSERT' OR OLD.state <> 'active') THEN
    NEW.rests_at := app_now() + letters_rest_after();
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' OR NEW.state <> 'active' THEN
    RETURN NEW;
  END IF;
  IF (NEW.restored_at, NEW.restored_by) IS DISTINCT FROM (OLD.restored_at, OLD.restored_by)
     AND (NEW.restored_at IS DISTINCT FROM app_now() OR NOT EXISTS (
       SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.customer_organization_id
         AND m.person_id = NEW.restored_by AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'only the customer restores grant %', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_restored_by_customer';
  END IF;
  IF NEW.rests_at IS DISTINCT FROM OLD.rests_at AND (NEW.rests_at > app_now() + letters_rest_after()
       OR OLD.rests_at <= app_now() AND app_now() IS DISTINCT FROM NEW.restored_at AND app_now() IS DISTINCT FROM NEW.amended_at) THEN
    RAISE EXCEPTION 'grant % rests until it is restored', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_rest_until_restored';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grants_rest_until_restored BEFORE INSERT OR UPDATE ON grants FOR EACH ROW EXECUTE FUNCTION grants_rest_until_restored();

-- After the audit trigger, whose lock is taken first; never waits: the next call notes it.
CREATE FUNCTION note_letter_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE grants SET rests_at = app_now() + letters_rest_after()
  WHERE vendor_id = NEW.vendor_id AND id IN (
    SELECT g.id FROM grants g WHERE g.vendor_id = NEW.vendor_id AND g.id = NEW.grant_id AND g.state = 'active' AND g.rests_at > app_now()
      AND g.rests_at < app_now() + letters_rest_after() - interval '1 day'
    FOR NO KEY UPDATE SKIP LOCKED);
  RETURN NULL;
END $$;
CREATE TRIGGER access_log_notes_use AFTER INSERT ON access_log FOR EACH ROW WHEN (NEW.outcome = 'done') EXECUTE FUNCTION note_letter_used();

DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-requested', 'access-granted', 'access-narrowed', 'access-declined', 'access-ended',
                     'access-more-asked', 'access-amended', 'access-more-closed', 'access-rested', 'access-restored',
                     'connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();

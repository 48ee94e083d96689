-- What is kept of writes, and of calls that were asked for, has an end. The only numbers are these two functions'.

-- A change can be taken back for ninety days, and for thirty after the letter ended where that is later.
CREATE FUNCTION kept_until(changed timestamptz, letter_ends timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT greatest(changed + interval '90 days', letter_ends + interval '30 days')
$$;

-- The bytes of a call are kept for thirty days after it was sent or declined, else after the last moment it could have been.
CREATE FUNCTION call_kept_until(state text, done timestamptz, open_until timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN state IN ('used', 'declined') THEN done ELSE open_until END + interval '30 days'
$$;

ALTER TABLE kept_changes
  ALTER COLUMN kept_sealed DROP NOT NULL,
  ADD COLUMN wiped_at timestamptz,
  ADD CONSTRAINT kept_changes_wiped CHECK ((wiped_at IS NULL) = (kept_sealed IS NOT NULL) AND (wiped_at IS NULL OR found_sealed IS NULL));
CREATE INDEX kept_changes_with_bytes ON kept_changes (vendor_id, id) WHERE wiped_at IS NULL;

ALTER TABLE write_approvals
  ALTER COLUMN body_sealed DROP NOT NULL,
  ADD COLUMN wiped_at timestamptz,
  DROP CONSTRAINT write_approvals_before_whole,
  ADD CONSTRAINT write_approvals_before_whole CHECK (wiped_at IS NOT NULL OR (before_sealed IS NULL) = (before_hash IS NULL)),
  ADD CONSTRAINT write_approvals_wiped CHECK ((wiped_at IS NULL) = (body_sealed IS NOT NULL) AND (wiped_at IS NULL OR before_sealed IS NULL));
CREATE INDEX write_approvals_with_bytes ON write_approvals (vendor_id, asked_at) WHERE wiped_at IS NULL;

-- The program wipes bytes when their time has come, changes nothing else with it, and brings nothing back.
CREATE OR REPLACE FUNCTION kept_changes_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.wiped_at IS NOT NULL OR NEW.wiped_at IS NOT NULL THEN
    IF OLD.wiped_at IS NOT NULL OR OLD.state = 'asked' OR NEW.wiped_at <> app_now()
       OR to_jsonb(NEW) - ARRAY['kept_sealed', 'found_sealed', 'wiped_at'] <> to_jsonb(OLD) - ARRAY['kept_sealed', 'found_sealed', 'wiped_at']
       OR NOT EXISTS (SELECT 1 FROM access_log l JOIN grants g ON g.vendor_id = l.vendor_id AND g.id = l.grant_id
                      WHERE l.vendor_id = OLD.vendor_id AND l.id = OLD.id
                        AND kept_until(l.at, coalesce(g.ended_at, g.valid_until)) <= app_now()) THEN
      RAISE EXCEPTION 'what was kept of % stays', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'kept_changes_end_in_time';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.vendor_id, NEW.grant_id, NEW.customer_organization_id)
     IS DISTINCT FROM (OLD.id, OLD.vendor_id, OLD.grant_id, OLD.customer_organization_id)
     OR OLD.state <> 'kept' AND NEW.kept_sealed IS DISTINCT FROM OLD.kept_sealed THEN
    RAISE EXCEPTION 'what was kept of % stays', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'kept_changes_frozen';
  END IF;
  IF NEW.state = OLD.state AND NEW.state = 'kept' THEN
    RETURN NEW;
  END IF;
  IF NOT (OLD.state IN ('kept', 'differs', 'failed') AND NEW.state = 'asked'
          OR OLD.state = 'asked' AND NEW.state IN ('restored', 'differs', 'gone', 'failed')) THEN
    RAISE EXCEPTION 'kept change % is %', OLD.id, OLD.state USING ERRCODE = 'check_violation', CONSTRAINT = 'kept_changes_one_way';
  END IF;
  IF NEW.state = 'asked' AND NOT (NEW.asked_at = app_now() AND EXISTS (
       SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.customer_organization_id
         AND m.person_id = NEW.asked_by AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'only the customer restores %', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'kept_changes_customer_asks';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION write_approvals_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'waiting' THEN
      RAISE EXCEPTION 'approval % begins by waiting', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'write_approvals_one_way';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.wiped_at IS NOT NULL OR NEW.wiped_at IS NOT NULL THEN
    IF OLD.wiped_at IS NOT NULL OR NEW.wiped_at <> app_now()
       OR to_jsonb(NEW) - ARRAY['body_sealed', 'before_sealed', 'wiped_at', 'state'] <> to_jsonb(OLD) - ARRAY['body_sealed', 'before_sealed', 'wiped_at', 'state']
       OR NEW.state <> (CASE WHEN OLD.state IN ('waiting', 'approved') THEN 'expired' ELSE OLD.state END)
       OR call_kept_until(OLD.state, coalesce(OLD.used_at, OLD.answered_at), coalesce(OLD.use_by, OLD.answer_by)) > app_now() THEN
      RAISE EXCEPTION 'approval % keeps what was asked', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'write_approvals_end_in_time';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state = 'approved' AND NOT (NEW.answered_at = app_now() AND OLD.answer_by > app_now()
      AND NEW.use_by <= app_now() + interval '24 hours' AND EXISTS (
        SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.customer_organization_id
          AND m.person_id = NEW.answered_by AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'only the customer approves %', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'write_approvals_customer_approves';
  END IF;
  IF NEW.state = 'used' AND NOT EXISTS (SELECT 1 FROM access_log l WHERE l.vendor_id = NEW.vendor_id AND l.id = NEW.used_entry_id
      AND l.approval_id = NEW.id AND l.grant_id = NEW.grant_id) THEN
    RAISE EXCEPTION 'approval % is used by its own call', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'write_approvals_own_use';
  END IF;
  IF (to_jsonb(NEW) - ARRAY['state', 'answered_at', 'answered_by', 'note', 'use_by', 'used_at', 'used_entry_id'])
     IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['state', 'answered_at', 'answered_by', 'note', 'use_by', 'used_at', 'used_entry_id']) THEN
    RAISE EXCEPTION 'approval % keeps what was asked', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'write_approvals_frozen';
  END IF;
  IF NOT (OLD.state = 'waiting' AND NEW.state IN ('approved', 'declined', 'withdrawn', 'expired')
          OR OLD.state = 'approved' AND NEW.state IN ('used', 'stale', 'withdrawn', 'expired')) THEN
    RAISE EXCEPTION 'approval % is %', OLD.id, OLD.state USING ERRCODE = 'check_violation', CONSTRAINT = 'write_approvals_one_way';
  END IF;
  IF OLD.state = 'approved' AND (NEW.answered_at, NEW.answered_by, NEW.use_by) IS DISTINCT FROM (OLD.answered_at, OLD.answered_by, OLD.use_by) THEN
    RAISE EXCEPTION 'approval % was answered', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'write_approvals_frozen';
  END IF;
  IF NEW.state = 'used' AND (OLD.state, OLD.use_by > app_now()) IS DISTINCT FROM ('approved', true) THEN
    RAISE EXCEPTION 'approval % came too late', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'write_approvals_in_time';
  END IF;
  RETURN NEW;
END $$;

-- Each program has one job that looks once a day; it writes its successor in the transaction that ends it.
CREATE FUNCTION vendors_wipe_what_was_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
    VALUES (gen_random_uuid(), NEW.id, 'wipe-what-was-kept', '{}', app_now() + interval '1 day');
  RETURN NULL;
END $$;
CREATE TRIGGER vendors_wipe_what_was_kept AFTER INSERT ON vendors FOR EACH ROW EXECUTE FUNCTION vendors_wipe_what_was_kept();
INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
  SELECT gen_random_uuid(), id, 'wipe-what-was-kept', '{}', app_now() + interval '1 day' FROM vendors;

DROP TRIGGER vendors_wipe_what_was_kept ON vendors;
DROP FUNCTION vendors_wipe_what_was_kept();
DELETE FROM jobs WHERE kind = 'wipe-what-was-kept';
CREATE OR REPLACE FUNCTION kept_changes_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
-- What was wiped is gone; its rows hold no bytes from here on.
DROP TRIGGER kept_changes_go_on ON kept_changes;
DROP TRIGGER write_approvals_go_on ON write_approvals;
ALTER TABLE kept_changes DROP CONSTRAINT kept_changes_wiped;
ALTER TABLE write_approvals DROP CONSTRAINT write_approvals_wiped, DROP CONSTRAINT write_approvals_before_whole;
DO $$
DECLARE vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    UPDATE kept_changes SET kept_sealed = '' WHERE kept_sealed IS NULL;
    UPDATE write_approvals SET body_sealed = '', before_sealed = CASE WHEN before_hash IS NOT NULL THEN ''::bytea END
    WHERE body_sealed IS NULL;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;
ALTER TABLE kept_changes ALTER COLUMN kept_sealed SET NOT NULL, DROP COLUMN wiped_at;
ALTER TABLE write_approvals
  ALTER COLUMN body_sealed SET NOT NULL,
  DROP COLUMN wiped_at,
  ADD CONSTRAINT write_approvals_before_whole CHECK ((before_sealed IS NULL) = (before_hash IS NULL));
CREATE TRIGGER kept_changes_go_on BEFORE UPDATE ON kept_changes FOR EACH ROW EXECUTE FUNCTION kept_changes_go_on();
CREATE TRIGGER write_approvals_go_on BEFORE INSERT OR UPDATE ON write_approvals FOR EACH ROW EXECUTE FUNCTION write_approvals_go_on();
DROP FUNCTION kept_until(timestamptz, timestamptz);
DROP FUNCTION call_kept_until(text, timestamptz, timestamptz);

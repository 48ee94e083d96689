ALTER TABLE access_log DROP CONSTRAINT access_log_outcome_known;
ALTER TABLE access_log
  ADD CONSTRAINT access_log_outcome_known CHECK (outcome IN ('begun', 'done', 'refused', 'failed', 'cut')) NOT VALID;
-- A yes that was taken back is one that ran out.
DO $$
DECLARE
  v uuid;
BEGIN
  ALTER TABLE write_approvals DISABLE TRIGGER write_approvals_go_on;
  FOR v IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', v::text, true);
    UPDATE write_approvals SET state = 'expired', recalled_at = NULL, recalled_by = NULL WHERE state = 'recalled';
  END LOOP;
  ALTER TABLE write_approvals ENABLE TRIGGER write_approvals_go_on;
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
ALTER TABLE write_approvals DROP CONSTRAINT write_approvals_recalled, DROP CONSTRAINT write_approvals_state_known,
  DROP COLUMN recalled_at, DROP COLUMN recalled_by,
  ADD CONSTRAINT write_approvals_state_known
    CHECK (state IN ('waiting', 'approved', 'declined', 'withdrawn', 'used', 'stale', 'expired'));

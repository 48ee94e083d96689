-- Calls that the customer says yes to one by one, and budgets that are used up call by call.

-- Whether `later` permits nothing that `earlier` does not: the same application and preset, some of the same operations word for
-- word, every limit kept or tightened, everything still asked that was asked, no budget greater or gone.
CREATE OR REPLACE FUNCTION terms_within(earlier jsonb, later jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT earlier - 'operations' - 'limits' = later - 'operations' - 'limits'
    AND later -> 'operations' <> '{}'
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(later -> 'operations') o WHERE earlier -> 'operations' -> o.key IS DISTINCT FROM o.value)
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(coalesce(earlier #> '{limits,only}', '{}')) l
                    WHERE NOT coalesce(later #> ARRAY['limits', 'only', l.key] <@ l.value, false))
    AND coalesce(earlier #> '{limits,asks}', '[]') <@ coalesce(later #> '{limits,asks}', '[]')
    AND NOT EXISTS (SELECT 1 FROM jsonb_each_text(coalesce(earlier #> '{limits,budgets}', '{}')) b
                    WHERE NOT coalesce((later #>> ARRAY['limits', 'budgets', b.key])::numeric <= b.value::numeric, false))
$$;

-- One request, exactly as it would be sent: the customer's yes is to these bytes and counts once. Body and the object before are
-- sealed; the hash names what is sent.
CREATE TABLE write_approvals (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  grant_id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  partner_organization_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  person_id uuid NOT NULL REFERENCES persons (id),
  operation_id text NOT NULL,
  deed text NOT NULL CONSTRAINT write_approvals_deed_length CHECK (char_length(deed) BETWEEN 1 AND 200),
  risk text NOT NULL,
  method text NOT NULL,
  target text NOT NULL CONSTRAINT write_approvals_target_length CHECK (char_length(target) BETWEEN 1 AND 8192),
  request_hash bytea NOT NULL CONSTRAINT write_approvals_hash_sha256 CHECK (octet_length(request_hash) = 32),
  body_sealed bytea NOT NULL,
  before_sealed bytea,
  before_hash bytea CONSTRAINT write_approvals_before_sha256 CHECK (octet_length(before_hash) = 32),
  cost_unit text CONSTRAINT write_approvals_unit_known CHECK (cost_unit IN ('recipients', 'contacts', 'deletes', 'spend')),
  cost bigint CONSTRAINT write_approvals_cost_counts CHECK (cost >= 0),
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT write_approvals_state_known
    CHECK (state IN ('waiting', 'approved', 'declined', 'withdrawn', 'used', 'stale', 'expired')),
  asked_at timestamptz NOT NULL DEFAULT app_now(),
  answer_by timestamptz NOT NULL,
  answered_at timestamptz,
  answered_by uuid REFERENCES persons (id),
  note text NOT NULL DEFAULT '' CONSTRAINT write_approvals_note_length CHECK (char_length(note) <= 1000),
  use_by timestamptz,
  used_at timestamptz,
  used_entry_id uuid,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT write_approvals_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id),
  CONSTRAINT write_approvals_entry_fkey FOREIGN KEY (vendor_id, used_entry_id) REFERENCES access_log (vendor_id, id),
  CONSTRAINT write_approvals_cost_whole CHECK ((cost_unit IS NULL) = (cost IS NULL)),
  CONSTRAINT write_approvals_before_whole CHECK ((before_sealed IS NULL) = (before_hash IS NULL)),
  CONSTRAINT write_approvals_time_to_answer CHECK (answer_by > asked_at),
  CONSTRAINT write_approvals_answered CHECK ((answered_at IS NULL) = (answered_by IS NULL)
    AND (state IN ('approved', 'declined', 'used', 'stale')) <= (answered_at IS NOT NULL) AND (state <> 'waiting' OR answered_at IS NULL)),
  CONSTRAINT write_approvals_approved CHECK ((state IN ('approved', 'used', 'stale')) <= (use_by IS NOT NULL)),
  CONSTRAINT write_approvals_used CHECK ((state = 'used') = (used_at IS NOT NULL) AND (used_at IS NULL) = (used_entry_id IS NULL))
);
CALL make_tenant_table('write_approvals');
REVOKE DELETE ON write_approvals FROM attache_app;
CREATE UNIQUE INDEX write_approvals_one_open ON write_approvals (vendor_id, grant_id, request_hash) WHERE state IN ('waiting', 'approved');
CREATE UNIQUE INDEX write_approvals_one_use ON write_approvals (vendor_id, used_entry_id) WHERE used_entry_id IS NOT NULL;
CREATE INDEX write_approvals_by_request ON write_approvals (vendor_id, grant_id, request_hash, asked_at DESC);
CREATE INDEX write_approvals_by_customer ON write_approvals (vendor_id, customer_organization_id, asked_at DESC, id DESC);
CREATE INDEX write_approvals_by_partner ON write_approvals (vendor_id, partner_organization_id, asked_at DESC, id DESC);

-- What was asked stays as it was asked; a state only goes on; a yes is an owner's or admin's of the customer, in time, for a day.
CREATE FUNCTION write_approvals_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER write_approvals_go_on BEFORE INSERT OR UPDATE ON write_approvals FOR EACH ROW EXECUTE FUNCTION write_approvals_go_on();

-- What a letter has used up of a budget, day by day or as a whole. Reserved before a call is sent, corrected when it is answered.
CREATE TABLE budget_uses (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  grant_id uuid NOT NULL,
  unit text NOT NULL CONSTRAINT budget_uses_unit_known CHECK (unit IN ('contacts', 'deletes', 'spend')),
  period text NOT NULL,
  used bigint NOT NULL CONSTRAINT budget_uses_never_negative CHECK (used >= 0),
  PRIMARY KEY (vendor_id, grant_id, unit, period),
  CONSTRAINT budget_uses_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id)
);
COMMENT ON COLUMN budget_uses.period IS 'a day in the customer''s zone, or `letter`';
CALL make_tenant_table('budget_uses');
REVOKE DELETE ON budget_uses FROM attache_app;

ALTER TABLE access_log
  ADD COLUMN cost_unit text CONSTRAINT access_log_unit_known CHECK (cost_unit IN ('recipients', 'contacts', 'deletes', 'spend')),
  ADD COLUMN cost bigint CONSTRAINT access_log_cost_counts CHECK (cost >= 0),
  ADD COLUMN approval_id uuid,
  ADD CONSTRAINT access_log_cost_whole CHECK ((cost_unit IS NULL) = (cost IS NULL)),
  ADD CONSTRAINT access_log_approval_fkey FOREIGN KEY (vendor_id, approval_id) REFERENCES write_approvals (vendor_id, id);

DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind LIKE 'access-%' OR NEW.kind LIKE 'write-%'
        OR NEW.kind IN ('connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();

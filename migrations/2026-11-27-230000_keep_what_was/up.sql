-- What a write changed, as it was before, sealed: so that the customer can have it back. The row bears the id of the line that
-- announced the write.
CREATE TABLE kept_changes (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  grant_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  kept_sealed bytea NOT NULL,
  state text NOT NULL DEFAULT 'kept' CONSTRAINT kept_changes_state_known
    CHECK (state IN ('kept', 'asked', 'restored', 'differs', 'gone', 'failed')),
  asked_at timestamptz,
  asked_by uuid REFERENCES persons (id),
  overwrite boolean NOT NULL DEFAULT false,
  tried_at timestamptz,
  found_sealed bytea,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT kept_changes_entry_fkey FOREIGN KEY (vendor_id, id) REFERENCES access_log (vendor_id, id),
  CONSTRAINT kept_changes_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id),
  CONSTRAINT kept_changes_asked CHECK ((asked_at IS NULL) = (asked_by IS NULL) AND (state = 'kept') = (asked_at IS NULL)),
  CONSTRAINT kept_changes_tried CHECK ((state IN ('restored', 'differs', 'gone', 'failed')) <= (tried_at IS NOT NULL)),
  CONSTRAINT kept_changes_found CHECK ((found_sealed IS NULL) OR state IN ('differs', 'asked'))
);
CALL make_tenant_table('kept_changes');
REVOKE DELETE ON kept_changes FROM attache_app;
CREATE INDEX kept_changes_by_grant ON kept_changes (vendor_id, grant_id, id DESC);

-- What was kept stays; only an owner or admin of the customer asks for it back; what is back or gone stays so.
CREATE FUNCTION kept_changes_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER kept_changes_go_on BEFORE UPDATE ON kept_changes FOR EACH ROW EXECUTE FUNCTION kept_changes_go_on();

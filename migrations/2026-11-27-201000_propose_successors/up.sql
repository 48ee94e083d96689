-- A letter names one person. A colleague takes over by the customer's yes to exactly that colleague: a request that names the letter
-- it would follow. The database is the guard: what follows is never wider and never longer than what it follows, which has ended.
ALTER TABLE grants
  ADD COLUMN succeeds_id uuid,
  ADD COLUMN proposed_by uuid REFERENCES persons (id),
  ADD CONSTRAINT grants_succeeds_fkey FOREIGN KEY (vendor_id, succeeds_id) REFERENCES grants (vendor_id, id),
  ADD CONSTRAINT grants_succeeds_another CHECK (succeeds_id <> id),
  ADD CONSTRAINT grants_proposed CHECK ((succeeds_id IS NULL) = (proposed_by IS NULL));
COMMENT ON COLUMN grants.succeeds_id IS 'the letter that this one is asked to follow, or follows';
-- A letter is followed once: who follows next follows the latest, with what is left of it.
CREATE UNIQUE INDEX grants_one_successor ON grants (vendor_id, succeeds_id) WHERE state = 'requested' OR granted_at IS NOT NULL;

CREATE FUNCTION grants_succeed_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  earlier grants;
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.succeeds_id, NEW.proposed_by) IS DISTINCT FROM (OLD.succeeds_id, OLD.proposed_by)
      OR NEW.succeeds_id IS NOT NULL AND (NEW.consultant_id, NEW.connection_id) IS DISTINCT FROM (OLD.consultant_id, OLD.connection_id)) THEN
    RAISE EXCEPTION 'grant % stays whose successor it is', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_succession_frozen';
  END IF;
  IF NEW.succeeds_id IS NULL THEN
    RETURN NEW;
  END IF;
  SELECT * INTO earlier FROM grants g WHERE g.vendor_id = NEW.vendor_id AND g.id = NEW.succeeds_id;
  IF TG_OP = 'INSERT' AND NOT (NEW.state = 'requested' AND earlier.granted_at IS NOT NULL AND NEW.consultant_id <> earlier.consultant_id
      AND (NEW.engagement_id, NEW.customer_organization_id, NEW.partner_organization_id, NEW.connection_id, NEW.upstream)
        = (earlier.engagement_id, earlier.customer_organization_id, earlier.partner_organization_id, earlier.connection_id, earlier.upstream)
      AND EXISTS (SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.partner_organization_id
        AND m.person_id = NEW.proposed_by AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'grant % is no successor of %', NEW.id, NEW.succeeds_id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_succession_proposed';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.state = 'requested' AND NEW.state = 'active'
     AND NOT coalesce(earlier.ended_at IS NOT NULL AND NEW.preset = earlier.preset AND NEW.valid_until <= earlier.valid_until
       AND terms_within(earlier.terms::jsonb, NEW.terms::jsonb) AND NEW.granted_at = app_now() AND EXISTS (
         SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.customer_organization_id
           AND m.person_id = NEW.granted_by AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL), false) THEN
    RAISE EXCEPTION 'grant % is wider or longer than %', NEW.id, NEW.succeeds_id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_succession_within';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grants_succeed_within BEFORE INSERT OR UPDATE ON grants FOR EACH ROW EXECUTE FUNCTION grants_succeed_within();

-- A request that is still written: the partner's own, until it is sent or discarded. It binds nobody, and no customer reads it.
CREATE TABLE grant_drafts (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  partner_organization_id uuid NOT NULL,
  author_id uuid NOT NULL REFERENCES persons (id),
  consultant_id uuid NOT NULL REFERENCES persons (id),
  upstream text NOT NULL CONSTRAINT grant_drafts_upstream_length CHECK (char_length(upstream) BETWEEN 1 AND 100),
  preset text NOT NULL CONSTRAINT grant_drafts_preset_length CHECK (char_length(preset) BETWEEN 1 AND 100),
  wish jsonb NOT NULL CONSTRAINT grant_drafts_wish_object CHECK (jsonb_typeof(wish) = 'object'),
  days integer CONSTRAINT grant_drafts_days_counted CHECK (days BETWEEN 1 AND 180),
  reason text NOT NULL DEFAULT '' CONSTRAINT grant_drafts_reason_length CHECK (char_length(reason) <= 1000),
  version integer NOT NULL DEFAULT 1 CONSTRAINT grant_drafts_version_positive CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT app_now(),
  updated_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT grant_drafts_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id),
  CONSTRAINT grant_drafts_partner_fkey FOREIGN KEY (vendor_id, partner_organization_id) REFERENCES organizations (vendor_id, id)
);
COMMENT ON COLUMN grant_drafts.wish IS 'what of the preset is left out or narrowed, as the program reads it';
CALL make_tenant_table('grant_drafts');
CREATE INDEX grant_drafts_by_partner ON grant_drafts (vendor_id, partner_organization_id, updated_at DESC, id DESC);
CREATE INDEX grant_drafts_by_engagement ON grant_drafts (vendor_id, engagement_id);

-- It is about work of the partner's own, for one of its people, and is written by one of them; a colleague's by a lead.
CREATE FUNCTION grant_drafts_of_the_partner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.id, NEW.engagement_id, NEW.partner_organization_id, NEW.author_id, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.engagement_id, OLD.partner_organization_id, OLD.author_id, OLD.created_at) OR NEW.version <> OLD.version + 1) THEN
    RAISE EXCEPTION 'draft % stays whose it is', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_drafts_stay';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM engagements e JOIN memberships m ON m.vendor_id = e.vendor_id AND m.organization_id = e.partner_organization_id
       WHERE e.vendor_id = NEW.vendor_id AND e.id = NEW.engagement_id AND e.partner_organization_id = NEW.partner_organization_id
         AND m.person_id = NEW.consultant_id AND m.ended_at IS NULL) THEN
    RAISE EXCEPTION 'draft % is for nobody of the partner', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_drafts_for_ones_own';
  END IF;
  IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.partner_organization_id
       AND m.person_id = NEW.author_id AND m.ended_at IS NULL AND (m.person_id = NEW.consultant_id OR m.role IN ('owner', 'admin'))) THEN
    RAISE EXCEPTION 'draft % is written by nobody who may', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_drafts_written_by_partner';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grant_drafts_of_the_partner BEFORE INSERT OR UPDATE ON grant_drafts FOR EACH ROW EXECUTE FUNCTION grant_drafts_of_the_partner();

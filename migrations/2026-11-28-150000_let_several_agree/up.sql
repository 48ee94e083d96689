-- A customer may want that several of its people agree before a letter of access is in force or gains. How many, and for what, is a
-- rule of the organization; without a row one is enough. Only its owner sets it, and never above the number of people who can agree.
CREATE TABLE approver_rules (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  organization_id uuid NOT NULL,
  organization_kind text NOT NULL DEFAULT 'customer' CONSTRAINT approver_rules_of_customers CHECK (organization_kind = 'customer'),
  needed smallint NOT NULL CONSTRAINT approver_rules_needed_known CHECK (needed BETWEEN 1 AND 5),
  about text NOT NULL CONSTRAINT approver_rules_about_known CHECK (about IN ('everything', 'beyond-reading')),
  changed_at timestamptz NOT NULL DEFAULT app_now(),
  changed_by uuid NOT NULL REFERENCES persons (id),
  PRIMARY KEY (vendor_id, organization_id),
  CONSTRAINT approver_rules_organization_fkey FOREIGN KEY (vendor_id, organization_id, organization_kind) REFERENCES organizations (vendor_id, id, kind)
);
CALL make_tenant_table('approver_rules');
REVOKE DELETE ON approver_rules FROM attache_app;

-- Whether a person decides for an organization now.
CREATE FUNCTION decides_for(vendor uuid, organization uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM memberships m WHERE m.vendor_id = decides_for.vendor AND m.organization_id = decides_for.organization
    AND m.person_id = decides_for.person AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL)
$$;

CREATE FUNCTION approver_rules_are_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  people bigint;
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.vendor_id, NEW.organization_id) IS DISTINCT FROM (OLD.vendor_id, OLD.organization_id)
     OR NEW.changed_at IS DISTINCT FROM app_now() OR NOT EXISTS (
       SELECT 1 FROM memberships m WHERE m.vendor_id = NEW.vendor_id AND m.organization_id = NEW.organization_id
         AND m.person_id = NEW.changed_by AND m.role = 'owner' AND m.ended_at IS NULL) THEN
    RAISE EXCEPTION 'the rule of % is its owner''s', NEW.organization_id USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_rules_set_by_owner';
  END IF;
  SELECT count(DISTINCT m.person_id) INTO people FROM memberships m WHERE m.vendor_id = NEW.vendor_id
    AND m.organization_id = NEW.organization_id AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL;
  IF NEW.needed > people THEN
    RAISE EXCEPTION '% cannot agree where % can', NEW.needed, people USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_rules_enough_people';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approver_rules_are_signed BEFORE INSERT OR UPDATE ON approver_rules FOR EACH ROW EXECUTE FUNCTION approver_rules_are_signed();

CREATE FUNCTION terms_beyond_reading(terms jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT terms -> 'operations' IS NULL OR EXISTS (SELECT 1 FROM jsonb_each(terms -> 'operations') o WHERE o.value ->> 'risk' IS DISTINCT FROM 'read')
$$;

-- How many have to agree to these terms now.
CREATE FUNCTION approvers_needed(vendor uuid, organization uuid, terms text) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT CASE WHEN r.needed = 1 THEN 1 WHEN r.about = 'everything' OR terms_beyond_reading(approvers_needed.terms::jsonb)
    THEN r.needed ELSE 1 END FROM approver_rules r WHERE r.vendor_id = approvers_needed.vendor AND r.organization_id = approvers_needed.organization), 1)
$$;

-- What several have to agree to: a letter, more on one, or a successor's, frozen. The database names it by a hash, edition by edition;
-- a yes is to one hash, so an edit takes every yes away. How many are needed never falls below what was needed when it was written.
CREATE TABLE grant_proposals (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT grant_proposals_kind_known CHECK (kind IN ('letter', 'request', 'more', 'successor')),
  grant_id uuid NOT NULL,
  amendment_id uuid,
  engagement_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  consultant_id uuid NOT NULL REFERENCES persons (id),
  preset text NOT NULL,
  terms text NOT NULL,
  terms_hash bytea NOT NULL CONSTRAINT grant_proposals_terms_pinned CHECK (terms_hash = sha256(convert_to(terms, 'UTF8'))),
  before_hash bytea,
  last_day date,
  ends_by timestamptz,
  milestone_id uuid,
  edition integer NOT NULL DEFAULT 1 CONSTRAINT grant_proposals_edition_positive CHECK (edition > 0),
  hash bytea NOT NULL,
  needed smallint NOT NULL CONSTRAINT grant_proposals_needed_known CHECK (needed BETWEEN 1 AND 5),
  proposed_by uuid NOT NULL REFERENCES persons (id),
  proposed_at timestamptz NOT NULL DEFAULT app_now(),
  edited_by uuid NOT NULL REFERENCES persons (id),
  edited_at timestamptz NOT NULL DEFAULT app_now(),
  answer_by timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT grant_proposals_state_known CHECK (state IN ('waiting', 'in-force', 'declined', 'withdrawn', 'lapsed')),
  closed_at timestamptz,
  closed_by uuid REFERENCES persons (id),
  close_reason text NOT NULL DEFAULT '' CONSTRAINT grant_proposals_reason_length CHECK (char_length(close_reason) <= 1000),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT grant_proposals_engagement_fkey FOREIGN KEY (vendor_id, engagement_id, customer_organization_id) REFERENCES engagements (vendor_id, id, customer_organization_id),
  CONSTRAINT grant_proposals_connection_fkey FOREIGN KEY (vendor_id, connection_id, customer_organization_id) REFERENCES connections (vendor_id, id, organization_id),
  CONSTRAINT grant_proposals_amendment_fkey FOREIGN KEY (vendor_id, amendment_id, grant_id) REFERENCES grant_amendments (vendor_id, id, grant_id),
  CONSTRAINT grant_proposals_milestone_fkey FOREIGN KEY (vendor_id, milestone_id, engagement_id) REFERENCES milestones (vendor_id, id, engagement_id),
  CONSTRAINT grant_proposals_of_more CHECK ((kind = 'more') = (amendment_id IS NOT NULL) AND (kind = 'more') = (before_hash IS NOT NULL)),
  CONSTRAINT grant_proposals_of_successors CHECK ((kind = 'successor') = (ends_by IS NOT NULL)),
  CONSTRAINT grant_proposals_closed CHECK ((state = 'waiting') = (closed_at IS NULL)),
  CONSTRAINT grant_proposals_answered CHECK ((state IN ('in-force', 'declined', 'withdrawn')) = (closed_by IS NOT NULL))
);
COMMENT ON COLUMN grant_proposals.grant_id IS 'the letter that gains or comes into force; one that is new has no row before';
COMMENT ON COLUMN grant_proposals.before_hash IS 'the terms beside which more was looked at';
COMMENT ON COLUMN grant_proposals.ends_by IS 'the end of the letter that a successor follows, as it was looked at';
CALL make_tenant_table('grant_proposals');
REVOKE DELETE ON grant_proposals FROM attache_app;
CREATE UNIQUE INDEX grant_proposals_one_a_letter ON grant_proposals (vendor_id, grant_id) WHERE state = 'waiting';
CREATE UNIQUE INDEX grant_proposals_one_a_person ON grant_proposals (vendor_id, engagement_id, connection_id, consultant_id) WHERE state = 'waiting';
CREATE INDEX grant_proposals_by_customer ON grant_proposals (vendor_id, customer_organization_id, proposed_at DESC, id DESC);
CREATE INDEX grant_proposals_by_letter ON grant_proposals (vendor_id, grant_id, proposed_at);
CREATE INDEX grant_proposals_by_amendment ON grant_proposals (vendor_id, amendment_id) WHERE amendment_id IS NOT NULL;
CREATE INDEX grant_proposals_by_milestone ON grant_proposals (vendor_id, milestone_id) WHERE milestone_id IS NOT NULL;

-- Rows come, and neither change nor go: who agreed to what and when.
CREATE TABLE grant_approvals (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  proposal_id uuid NOT NULL,
  hash bytea NOT NULL,
  person_id uuid NOT NULL REFERENCES persons (id),
  agreed_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, proposal_id, hash, person_id),
  CONSTRAINT grant_approvals_proposal_fkey FOREIGN KEY (vendor_id, proposal_id) REFERENCES grant_proposals (vendor_id, id)
);
CALL make_tenant_table('grant_approvals');
REVOKE UPDATE, DELETE ON grant_approvals FROM attache_app;

-- How many of those who agreed to what waits now still decide for the customer.
CREATE FUNCTION proposal_yeses(vendor uuid, proposal uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(DISTINCT a.person_id) FROM grant_proposals p
  JOIN grant_approvals a ON a.vendor_id = p.vendor_id AND a.proposal_id = p.id AND a.hash = p.hash
  WHERE p.vendor_id = proposal_yeses.vendor AND p.id = proposal_yeses.proposal
    AND decides_for(p.vendor_id, p.customer_organization_id, a.person_id)
$$;

CREATE FUNCTION grant_proposals_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rewritten boolean := TG_OP = 'INSERT';
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.state <> 'waiting' THEN
      RAISE EXCEPTION 'proposal % is closed', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_proposals_answer_is_final';
    END IF;
    IF (NEW.id, NEW.kind, NEW.grant_id, NEW.amendment_id, NEW.engagement_id, NEW.customer_organization_id, NEW.consultant_id, NEW.proposed_by, NEW.proposed_at)
       IS DISTINCT FROM (OLD.id, OLD.kind, OLD.grant_id, OLD.amendment_id, OLD.engagement_id, OLD.customer_organization_id, OLD.consultant_id, OLD.proposed_by, OLD.proposed_at) THEN
      RAISE EXCEPTION 'proposal % stays what it is about', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_proposals_frozen';
    END IF;
    rewritten := (NEW.connection_id, NEW.preset, NEW.terms, NEW.terms_hash, NEW.before_hash, NEW.last_day, NEW.ends_by, NEW.edition, NEW.edited_by, NEW.edited_at, NEW.answer_by)
      IS DISTINCT FROM (OLD.connection_id, OLD.preset, OLD.terms, OLD.terms_hash, OLD.before_hash, OLD.last_day, OLD.ends_by, OLD.edition, OLD.edited_by, OLD.edited_at, OLD.answer_by);
    NEW.needed := OLD.needed;
    IF rewritten AND (NEW.edition <> OLD.edition + 1 OR NEW.state <> 'waiting' OR OLD.answer_by <= app_now()) THEN
      RAISE EXCEPTION 'proposal % changes with its edition', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_proposals_frozen';
    END IF;
    IF NEW.state = 'lapsed' AND NEW.closed_at IS DISTINCT FROM app_now() THEN
      RAISE EXCEPTION 'proposal % lapses now', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_proposals_frozen';
    END IF;
    IF NEW.state = 'in-force' AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.vendor_id = NEW.vendor_id AND g.id = NEW.grant_id
         AND g.state = 'active' AND g.terms_hash = NEW.terms_hash) THEN
      RAISE EXCEPTION 'proposal % is not in force', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_proposals_in_force_is_true';
    END IF;
  END IF;
  IF NOT rewritten THEN
    NEW.hash := OLD.hash;
    RETURN NEW;
  END IF;
  IF NOT (NEW.edited_at = app_now() AND decides_for(NEW.vendor_id, NEW.customer_organization_id, NEW.edited_by)
      AND (TG_OP = 'UPDATE' OR NEW.state = 'waiting' AND NEW.edition = 1 AND NEW.proposed_by = NEW.edited_by)
      AND NEW.answer_by > app_now() AND NEW.answer_by <= app_now() + interval '14 days') THEN
    RAISE EXCEPTION 'proposal % is written by who decides for the customer', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_proposals_signed';
  END IF;
  IF NEW.kind <> 'more' AND EXISTS (SELECT 1 FROM grants g WHERE g.vendor_id = NEW.vendor_id AND g.engagement_id = NEW.engagement_id
       AND g.connection_id = NEW.connection_id AND g.consultant_id = NEW.consultant_id AND g.state = 'active') THEN
    RAISE EXCEPTION 'there is a letter already' USING ERRCODE = 'unique_violation', CONSTRAINT = 'grants_one_active';
  END IF;
  IF NEW.last_day IS NOT NULL AND (NEW.last_day + 1)::timestamp AT TIME ZONE
       (SELECT o.zone FROM organizations o WHERE o.vendor_id = NEW.vendor_id AND o.id = NEW.customer_organization_id) <= app_now() THEN
    RAISE EXCEPTION 'the last day is over' USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_valid_after_granted';
  END IF;
  NEW.milestone_id := NULL;
  IF strpos(NEW.terms, '"opens"') > 0 THEN
    NEW.milestone_id := (NEW.terms::jsonb #>> '{opens,milestone}')::uuid;
  END IF;
  NEW.needed := greatest(CASE TG_OP WHEN 'UPDATE' THEN OLD.needed ELSE 1 END, approvers_needed(NEW.vendor_id, NEW.customer_organization_id, NEW.terms));
  NEW.hash := sha256(convert_to(concat_ws(E'\n', 'attache grant proposal 1', NEW.id, NEW.edition, NEW.kind, NEW.grant_id, coalesce(NEW.amendment_id::text, '-'),
    NEW.engagement_id, NEW.customer_organization_id, NEW.consultant_id, NEW.connection_id, NEW.preset, encode(NEW.terms_hash, 'hex'),
    coalesce(encode(NEW.before_hash, 'hex'), '-'), coalesce(to_char(NEW.last_day, 'YYYY-MM-DD'), '-'),
    coalesce(to_char(NEW.ends_by AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '-')), 'UTF8'));
  RETURN NEW;
END $$;
CREATE TRIGGER grant_proposals_are_frozen BEFORE INSERT OR UPDATE ON grant_proposals FOR EACH ROW EXECUTE FUNCTION grant_proposals_are_frozen();

CREATE FUNCTION grant_approvals_are_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.agreed_at IS DISTINCT FROM app_now() OR NOT EXISTS (SELECT 1 FROM grant_proposals p WHERE p.vendor_id = NEW.vendor_id AND p.id = NEW.proposal_id
       AND p.state = 'waiting' AND p.answer_by > app_now() AND p.hash = NEW.hash AND decides_for(p.vendor_id, p.customer_organization_id, NEW.person_id)) THEN
    RAISE EXCEPTION 'who decides for the customer agrees to what waits' USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_approvals_to_what_waits';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grant_approvals_are_signed BEFORE INSERT ON grant_approvals FOR EACH ROW EXECUTE FUNCTION grant_approvals_are_signed();

-- The guard: where several have to agree, a letter is in force or gains only as exactly what enough people agreed to, who decide for
-- the customer at this moment. What waits already counts with the number it was written with, whatever the rule says now.
CREATE FUNCTION grants_agreed_by_enough() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  proposal grant_proposals;
  wanted integer;
  fits boolean;
BEGIN
  SELECT max(p.needed) INTO wanted FROM grant_proposals p WHERE p.vendor_id = NEW.vendor_id AND p.state = 'waiting' AND p.answer_by > app_now()
    AND (p.grant_id = NEW.id OR (p.engagement_id, p.connection_id, p.consultant_id) = (NEW.engagement_id, NEW.connection_id, NEW.consultant_id));
  wanted := greatest(wanted, approvers_needed(NEW.vendor_id, NEW.customer_organization_id, NEW.terms));
  IF wanted <= 1 THEN
    RETURN NEW;
  END IF;
  SELECT * INTO proposal FROM grant_proposals p WHERE p.vendor_id = NEW.vendor_id AND p.grant_id = NEW.id AND p.state = 'waiting' AND p.answer_by > app_now();
  fits := (proposal.engagement_id, proposal.customer_organization_id, proposal.connection_id, proposal.consultant_id, proposal.preset, proposal.terms_hash)
        = (NEW.engagement_id, NEW.customer_organization_id, NEW.connection_id, NEW.consultant_id, NEW.preset, NEW.terms_hash)
    AND (proposal.last_day IS NULL OR NEW.valid_until <= (proposal.last_day + 1)::timestamp AT TIME ZONE
      (SELECT o.zone FROM organizations o WHERE o.vendor_id = NEW.vendor_id AND o.id = NEW.customer_organization_id))
    AND (proposal.ends_by IS NULL OR NEW.valid_until <= proposal.ends_by);
  IF TG_OP = 'UPDATE' AND OLD.state = 'active' THEN
    fits := fits AND proposal.kind = 'more' AND proposal.amendment_id = NEW.amendment_id AND proposal.before_hash = OLD.terms_hash
      AND (proposal.last_day IS NOT NULL OR NEW.valid_until <= OLD.valid_until);
  ELSE
    fits := fits AND proposal.kind <> 'more' AND (proposal.kind = 'successor') = (NEW.succeeds_id IS NOT NULL);
  END IF;
  IF NOT coalesce(fits, false) OR proposal_yeses(NEW.vendor_id, proposal.id) < wanted THEN
    RAISE EXCEPTION 'grant % wants a yes of % people', NEW.id, wanted USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_agreed_by_enough';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grants_agreed_by_enough_at_first BEFORE INSERT ON grants FOR EACH ROW WHEN (NEW.state = 'active') EXECUTE FUNCTION grants_agreed_by_enough();
CREATE TRIGGER grants_agreed_by_enough BEFORE UPDATE ON grants FOR EACH ROW
  WHEN (NEW.state = 'active' AND (OLD.state <> 'active' OR OLD.amendment_id IS DISTINCT FROM NEW.amendment_id)) EXECUTE FUNCTION grants_agreed_by_enough();

-- What waits for several ends with what it is about.
CREATE FUNCTION lapse_grant_proposals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'grants' THEN
    UPDATE grant_proposals SET state = 'lapsed', closed_at = app_now() WHERE vendor_id = NEW.vendor_id AND grant_id = NEW.id AND state = 'waiting';
  ELSE
    UPDATE grant_proposals SET state = 'lapsed', closed_at = app_now() WHERE vendor_id = NEW.vendor_id AND amendment_id = NEW.id AND state = 'waiting';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER grants_end_their_proposals AFTER UPDATE ON grants FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION lapse_grant_proposals();
CREATE TRIGGER grant_amendments_end_their_proposals AFTER UPDATE ON grant_amendments FOR EACH ROW
  WHEN (OLD.state = 'asked' AND NEW.state NOT IN ('asked', 'agreed')) EXECUTE FUNCTION lapse_grant_proposals();

CREATE FUNCTION audit_proposal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  subject jsonb := NEW.facts -> 'of';
BEGIN
  PERFORM append_audit((subject ->> 'customer')::uuid,
    json_build_object('kind', NEW.kind, 'event', NEW.id, 'grant', subject -> 'grant', 'engagement', subject -> 'engagement',
      'proposal', NEW.facts -> 'proposal', 'hash', NEW.facts -> 'hash', 'needed', NEW.facts -> 'needed', 'about', NEW.facts -> 'about',
      'terms', (SELECT encode(p.terms_hash, 'hex') FROM grant_proposals p WHERE p.vendor_id = NEW.vendor_id AND p.id = (NEW.facts ->> 'proposal')::uuid)),
    json_build_object('actor', NEW.actor_id, 'facts', NEW.facts));
  RETURN NULL;
END $$;
CREATE TRIGGER events_of_proposals_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-proposed', 'access-agreed', 'access-proposal-changed', 'access-proposal-closed', 'approver-rule-set'))
  EXECUTE FUNCTION audit_proposal();

CREATE TABLE briefs (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  number bigint NOT NULL,
  organization_id uuid NOT NULL,
  created_by uuid NOT NULL REFERENCES persons (id),
  title text NOT NULL CONSTRAINT briefs_title_length CHECK (char_length(title) BETWEEN 1 AND 120),
  problem text NOT NULL CONSTRAINT briefs_problem_length CHECK (char_length(problem) BETWEEN 1 AND 8000),
  currency text NOT NULL REFERENCES currencies (code),
  budget_min_minor bigint NOT NULL CONSTRAINT briefs_budget_positive CHECK (budget_min_minor >= 0),
  budget_max_minor bigint NOT NULL,
  need_by date NOT NULL,
  languages text[] NOT NULL CONSTRAINT briefs_languages_some CHECK (cardinality(languages) BETWEEN 1 AND 12),
  overlap_minutes integer NOT NULL CONSTRAINT briefs_overlap_range CHECK (overlap_minutes BETWEEN 0 AND 720),
  zone text NOT NULL,
  industry_slug text,
  state text NOT NULL CONSTRAINT briefs_state_known CHECK (state IN ('draft', 'open', 'booked', 'closed')),
  posted_at timestamptz,
  closed_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT briefs_number_key UNIQUE (vendor_id, number),
  CONSTRAINT briefs_organization_key UNIQUE (vendor_id, id, organization_id),
  CONSTRAINT briefs_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT briefs_industry_fkey FOREIGN KEY (vendor_id, industry_slug) REFERENCES industries (vendor_id, slug),
  CONSTRAINT briefs_budget_order CHECK (budget_min_minor <= budget_max_minor),
  CONSTRAINT briefs_posted CHECK (CASE state WHEN 'draft' THEN posted_at IS NULL WHEN 'closed' THEN true ELSE posted_at IS NOT NULL END),
  CONSTRAINT briefs_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CALL make_tenant_table('briefs');
CREATE INDEX briefs_by_organization ON briefs (vendor_id, organization_id, created_at DESC);

CREATE TABLE brief_skills (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  brief_id uuid NOT NULL,
  skill_slug text NOT NULL,
  PRIMARY KEY (vendor_id, brief_id, skill_slug),
  CONSTRAINT brief_skills_brief_fkey FOREIGN KEY (vendor_id, brief_id) REFERENCES briefs (vendor_id, id) ON DELETE CASCADE,
  CONSTRAINT brief_skills_skill_fkey FOREIGN KEY (vendor_id, skill_slug) REFERENCES skills (vendor_id, slug)
);
CALL make_tenant_table('brief_skills');

-- What a customer was shown, as it was shown: points are thousandths, the parts add up to the score.
CREATE TABLE matches (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  brief_id uuid NOT NULL,
  profile_id uuid NOT NULL,
  service_id uuid,
  rank integer NOT NULL CONSTRAINT matches_rank_positive CHECK (rank > 0),
  score_milli integer NOT NULL CONSTRAINT matches_score_range CHECK (score_milli BETWEEN 0 AND 100000),
  factors jsonb NOT NULL,
  watch_out text NOT NULL,
  shown_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT matches_profile_key UNIQUE (vendor_id, brief_id, profile_id),
  CONSTRAINT matches_rank_key UNIQUE (vendor_id, brief_id, rank) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT matches_brief_fkey FOREIGN KEY (vendor_id, brief_id) REFERENCES briefs (vendor_id, id),
  CONSTRAINT matches_profile_fkey FOREIGN KEY (vendor_id, profile_id) REFERENCES profiles (vendor_id, id),
  CONSTRAINT matches_service_fkey FOREIGN KEY (vendor_id, service_id) REFERENCES services (vendor_id, id)
);
CALL make_tenant_table('matches');

CREATE TABLE invitations (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  brief_id uuid NOT NULL,
  profile_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  message text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'sent' CONSTRAINT invitations_state_known CHECK (state IN ('sent', 'proposed', 'declined', 'withdrawn')),
  sent_by uuid NOT NULL REFERENCES persons (id),
  sent_at timestamptz NOT NULL DEFAULT app_now(),
  answered_at timestamptz,
  reason text,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT invitations_profile_key UNIQUE (vendor_id, brief_id, profile_id),
  CONSTRAINT invitations_brief_fkey FOREIGN KEY (vendor_id, brief_id) REFERENCES briefs (vendor_id, id),
  CONSTRAINT invitations_profile_fkey FOREIGN KEY (vendor_id, profile_id, organization_id) REFERENCES profiles (vendor_id, id, organization_id),
  CONSTRAINT invitations_answer CHECK ((state = 'sent') = (answered_at IS NULL))
);
CALL make_tenant_table('invitations');
CREATE INDEX invitations_by_organization ON invitations (vendor_id, organization_id, sent_at DESC);

CREATE TABLE proposals (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  brief_id uuid NOT NULL,
  invitation_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  profile_id uuid NOT NULL,
  service_id uuid,
  title text NOT NULL CONSTRAINT proposals_title_length CHECK (char_length(title) BETWEEN 1 AND 120),
  note text NOT NULL,
  access_preset text NOT NULL CONSTRAINT proposals_access_known CHECK (access_preset IN ('none', 'read-only', 'author-drafts', 'run-campaigns', 'full-operator')),
  currency text NOT NULL REFERENCES currencies (code),
  total_minor bigint NOT NULL CONSTRAINT proposals_total_positive CHECK (total_minor > 0),
  state text NOT NULL DEFAULT 'open' CONSTRAINT proposals_state_known CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
  valid_until timestamptz NOT NULL,
  sent_by uuid NOT NULL REFERENCES persons (id),
  sent_at timestamptz NOT NULL DEFAULT app_now(),
  decided_at timestamptz,
  decided_by uuid REFERENCES persons (id),
  reason text,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT proposals_brief_fkey FOREIGN KEY (vendor_id, brief_id, customer_organization_id) REFERENCES briefs (vendor_id, id, organization_id),
  CONSTRAINT proposals_invitation_fkey FOREIGN KEY (vendor_id, invitation_id) REFERENCES invitations (vendor_id, id),
  CONSTRAINT proposals_profile_fkey FOREIGN KEY (vendor_id, profile_id, organization_id) REFERENCES profiles (vendor_id, id, organization_id),
  CONSTRAINT proposals_decision CHECK ((state = 'open') = (decided_at IS NULL)),
  CONSTRAINT proposals_validity CHECK (valid_until > sent_at)
);
CALL make_tenant_table('proposals');
CREATE UNIQUE INDEX proposals_one_open ON proposals (vendor_id, invitation_id) WHERE state = 'open';
CREATE UNIQUE INDEX proposals_one_accepted ON proposals (vendor_id, brief_id) WHERE state = 'accepted';
CREATE INDEX proposals_by_brief ON proposals (vendor_id, brief_id, sent_at);
CREATE INDEX proposals_by_organization ON proposals (vendor_id, organization_id, sent_at DESC);

CREATE TABLE proposal_milestones (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  proposal_id uuid NOT NULL,
  seq integer NOT NULL CONSTRAINT proposal_milestones_seq_range CHECK (seq BETWEEN 1 AND 12),
  title text NOT NULL CONSTRAINT proposal_milestones_title_length CHECK (char_length(title) BETWEEN 1 AND 120),
  delivers text NOT NULL,
  price_minor bigint NOT NULL CONSTRAINT proposal_milestones_price_range CHECK (price_minor BETWEEN 1 AND 100000000000),
  days integer NOT NULL CONSTRAINT proposal_milestones_days_range CHECK (days BETWEEN 1 AND 365),
  PRIMARY KEY (vendor_id, proposal_id, seq),
  CONSTRAINT proposal_milestones_proposal_fkey FOREIGN KEY (vendor_id, proposal_id) REFERENCES proposals (vendor_id, id) ON DELETE CASCADE
);
CALL make_tenant_table('proposal_milestones');

-- What the price of a milestone is made of; its lines add up to the milestone's price.
CREATE TABLE proposal_lines (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  proposal_id uuid NOT NULL,
  milestone_seq integer NOT NULL,
  seq integer NOT NULL CONSTRAINT proposal_lines_seq_range CHECK (seq BETWEEN 1 AND 40),
  title text NOT NULL CONSTRAINT proposal_lines_title_length CHECK (char_length(title) BETWEEN 1 AND 160),
  amount_minor bigint NOT NULL CONSTRAINT proposal_lines_amount_positive CHECK (amount_minor > 0),
  PRIMARY KEY (vendor_id, proposal_id, milestone_seq, seq),
  CONSTRAINT proposal_lines_milestone_fkey FOREIGN KEY (vendor_id, proposal_id, milestone_seq) REFERENCES proposal_milestones (vendor_id, proposal_id, seq) ON DELETE CASCADE
);
CALL make_tenant_table('proposal_lines');

CREATE FUNCTION proposal_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whole bigint; parts bigint; lines bigint;
BEGIN
  SELECT total_minor INTO whole FROM proposals WHERE vendor_id = NEW.vendor_id AND id = NEW.proposal_id;
  SELECT coalesce(sum(price_minor), 0) INTO parts FROM proposal_milestones WHERE vendor_id = NEW.vendor_id AND proposal_id = NEW.proposal_id;
  SELECT coalesce(sum(amount_minor), 0) INTO lines FROM proposal_lines WHERE vendor_id = NEW.vendor_id AND proposal_id = NEW.proposal_id;
  IF whole IS DISTINCT FROM parts OR parts IS DISTINCT FROM lines THEN
    RAISE EXCEPTION 'proposal % does not add up', NEW.proposal_id USING ERRCODE = 'check_violation', CONSTRAINT = 'proposals_add_up';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER proposals_add_up AFTER INSERT OR UPDATE ON proposal_lines DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION proposal_adds_up();
CREATE CONSTRAINT TRIGGER proposals_add_up AFTER INSERT OR UPDATE ON proposal_milestones DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION proposal_adds_up();

CREATE TABLE engagements (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  number bigint NOT NULL,
  brief_id uuid NOT NULL,
  proposal_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  partner_organization_id uuid NOT NULL,
  profile_id uuid NOT NULL,
  consultant_id uuid NOT NULL REFERENCES persons (id),
  category_slug text,
  title text NOT NULL,
  access_preset text NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  total_minor bigint NOT NULL CONSTRAINT engagements_total_positive CHECK (total_minor > 0),
  state text NOT NULL CONSTRAINT engagements_state_known CHECK (state IN ('contracting', 'signed', 'active', 'paused', 'disputed', 'completed', 'cancelled')),
  created_at timestamptz NOT NULL DEFAULT app_now(),
  signed_at timestamptz,
  active_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT engagements_number_key UNIQUE (vendor_id, number),
  CONSTRAINT engagements_proposal_key UNIQUE (vendor_id, proposal_id),
  CONSTRAINT engagements_customer_key UNIQUE (vendor_id, id, customer_organization_id),
  CONSTRAINT engagements_proposal_fkey FOREIGN KEY (vendor_id, proposal_id) REFERENCES proposals (vendor_id, id),
  CONSTRAINT engagements_brief_fkey FOREIGN KEY (vendor_id, brief_id, customer_organization_id) REFERENCES briefs (vendor_id, id, organization_id),
  CONSTRAINT engagements_profile_fkey FOREIGN KEY (vendor_id, profile_id, partner_organization_id) REFERENCES profiles (vendor_id, id, organization_id),
  CONSTRAINT engagements_parties_differ CHECK (customer_organization_id <> partner_organization_id),
  CONSTRAINT engagements_signed CHECK (state NOT IN ('signed', 'active', 'paused', 'disputed', 'completed') OR signed_at IS NOT NULL),
  CONSTRAINT engagements_active CHECK (state NOT IN ('active', 'paused', 'disputed', 'completed') OR active_at IS NOT NULL),
  CONSTRAINT engagements_ended CHECK ((state IN ('completed', 'cancelled')) = (ended_at IS NOT NULL))
);
CALL make_tenant_table('engagements');
CREATE INDEX engagements_by_customer ON engagements (vendor_id, customer_organization_id, created_at DESC);
CREATE INDEX engagements_by_profile ON engagements (vendor_id, profile_id);
CREATE INDEX engagements_by_time ON engagements (vendor_id, created_at DESC);
CREATE INDEX engagements_by_partner ON engagements (vendor_id, partner_organization_id, created_at DESC);

-- The statement of work: the exact text both sides accept, pinned by its hash, with the fee policy and the lengths of time
-- it was made under: a later change of the program's settings never reaches it. Lengths are whole days.
CREATE TABLE statements_of_work (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  version integer NOT NULL,
  body text NOT NULL,
  body_hash bytea NOT NULL CONSTRAINT statements_of_work_hash_sha256 CHECK (octet_length(body_hash) = 32),
  fee_policy_id uuid NOT NULL,
  reseller_organization_id uuid,
  contracting_days integer NOT NULL CONSTRAINT statements_of_work_contracting_positive CHECK (contracting_days > 0),
  funding_days integer NOT NULL CONSTRAINT statements_of_work_funding_positive CHECK (funding_days > 0),
  acceptance_days integer NOT NULL CONSTRAINT statements_of_work_acceptance_positive CHECK (acceptance_days > 0),
  review_days integer NOT NULL CONSTRAINT statements_of_work_review_positive CHECK (review_days > 0),
  change_requests integer NOT NULL CONSTRAINT statements_of_work_changes_range CHECK (change_requests >= 0),
  accept_by timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT statements_of_work_version_key UNIQUE (vendor_id, engagement_id, version),
  CONSTRAINT statements_of_work_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id),
  CONSTRAINT statements_of_work_fee_policy_fkey FOREIGN KEY (vendor_id, fee_policy_id) REFERENCES fee_policies (vendor_id, id),
  CONSTRAINT statements_of_work_reseller_fkey FOREIGN KEY (vendor_id, reseller_organization_id) REFERENCES organizations (vendor_id, id)
);
CALL make_tenant_table('statements_of_work');

CREATE TABLE sow_acceptances (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  sow_id uuid NOT NULL,
  side text NOT NULL CONSTRAINT sow_acceptances_side_known CHECK (side IN ('customer', 'partner')),
  person_id uuid NOT NULL REFERENCES persons (id),
  body_hash bytea NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, sow_id, side),
  CONSTRAINT sow_acceptances_sow_fkey FOREIGN KEY (vendor_id, sow_id) REFERENCES statements_of_work (vendor_id, id)
);
CALL make_tenant_table('sow_acceptances');

CREATE TABLE milestones (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  seq integer NOT NULL,
  title text NOT NULL,
  delivers text NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  price_minor bigint NOT NULL CONSTRAINT milestones_price_positive CHECK (price_minor > 0),
  days integer NOT NULL,
  state text NOT NULL DEFAULT 'planned' CONSTRAINT milestones_state_known CHECK (state IN ('planned', 'funded', 'submitted', 'changes_requested', 'accepted', 'refunded')),
  funded_at timestamptz,
  due_on date,
  submitted_at timestamptz,
  accepts_itself_at timestamptz,
  accepted_at timestamptz,
  accepted_by uuid REFERENCES persons (id),
  refunded_at timestamptz,
  change_requests integer NOT NULL DEFAULT 0,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT milestones_seq_key UNIQUE (vendor_id, engagement_id, seq),
  CONSTRAINT milestones_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id),
  CONSTRAINT milestones_funded CHECK ((state = 'planned') = (funded_at IS NULL)),
  CONSTRAINT milestones_submitted CHECK (state NOT IN ('submitted', 'changes_requested', 'accepted') OR submitted_at IS NOT NULL),
  CONSTRAINT milestones_clock CHECK ((state = 'submitted') = (accepts_itself_at IS NOT NULL)),
  CONSTRAINT milestones_accepted CHECK ((state = 'accepted') = (accepted_at IS NOT NULL)),
  CONSTRAINT milestones_refunded CHECK ((state = 'refunded') = (refunded_at IS NOT NULL))
);
CALL make_tenant_table('milestones');
CREATE INDEX milestones_accepting ON milestones (vendor_id, accepts_itself_at) WHERE state = 'submitted';

-- Frozen at signing: whole minor units, one row a party, adding up to the milestone's price. The operator has no organization.
CREATE TABLE milestone_shares (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  milestone_id uuid NOT NULL,
  party text NOT NULL CONSTRAINT milestone_shares_party_known CHECK (party IN ('consultant', 'vendor', 'reseller', 'operator')),
  organization_id uuid,
  parts integer NOT NULL CONSTRAINT milestone_shares_parts_range CHECK (parts BETWEEN 0 AND 10000),
  amount_minor bigint NOT NULL CONSTRAINT milestone_shares_amount_positive CHECK (amount_minor >= 0),
  PRIMARY KEY (vendor_id, milestone_id, party),
  CONSTRAINT milestone_shares_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id),
  CONSTRAINT milestone_shares_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT milestone_shares_operator CHECK ((party = 'operator') = (organization_id IS NULL))
);
CALL make_tenant_table('milestone_shares');
REVOKE UPDATE, DELETE ON milestone_shares FROM attache_app;

CREATE FUNCTION shares_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(amount_minor) FROM milestone_shares WHERE vendor_id = NEW.vendor_id AND milestone_id = NEW.milestone_id)
     IS DISTINCT FROM (SELECT price_minor FROM milestones WHERE vendor_id = NEW.vendor_id AND id = NEW.milestone_id) THEN
    RAISE EXCEPTION 'shares of milestone % do not add up', NEW.milestone_id USING ERRCODE = 'check_violation', CONSTRAINT = 'milestone_shares_add_up';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER milestone_shares_add_up AFTER INSERT ON milestone_shares DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shares_add_up();

CREATE TABLE files (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT files_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
  content_type text NOT NULL,
  size_bytes bigint NOT NULL CONSTRAINT files_size_range CHECK (size_bytes BETWEEN 1 AND 26214400),
  sha256 bytea NOT NULL CONSTRAINT files_sha256_length CHECK (octet_length(sha256) = 32),
  uploaded_by uuid NOT NULL REFERENCES persons (id),
  uploaded_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT files_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id),
  CONSTRAINT files_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id)
);
CALL make_tenant_table('files');
CREATE INDEX files_by_engagement ON files (vendor_id, engagement_id, uploaded_at);

CREATE TABLE deliverables (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  version integer NOT NULL,
  text text NOT NULL CONSTRAINT deliverables_text_length CHECK (char_length(text) BETWEEN 1 AND 8000),
  file_id uuid,
  submitted_by uuid NOT NULL REFERENCES persons (id),
  submitted_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT deliverables_version_key UNIQUE (vendor_id, milestone_id, version),
  CONSTRAINT deliverables_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id),
  CONSTRAINT deliverables_file_fkey FOREIGN KEY (vendor_id, file_id) REFERENCES files (vendor_id, id)
);
CALL make_tenant_table('deliverables');

CREATE TABLE change_requests (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  deliverable_id uuid NOT NULL,
  text text NOT NULL CONSTRAINT change_requests_text_length CHECK (char_length(text) BETWEEN 1 AND 8000),
  requested_by uuid NOT NULL REFERENCES persons (id),
  requested_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT change_requests_deliverable_key UNIQUE (vendor_id, deliverable_id),
  CONSTRAINT change_requests_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id),
  CONSTRAINT change_requests_deliverable_fkey FOREIGN KEY (vendor_id, deliverable_id) REFERENCES deliverables (vendor_id, id)
);
CALL make_tenant_table('change_requests');

-- Named persons of the vendor who work along; their seat ends with the engagement.
CREATE TABLE engagement_guests (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  engagement_id uuid NOT NULL,
  person_id uuid NOT NULL REFERENCES persons (id),
  invited_by uuid NOT NULL REFERENCES persons (id),
  reason text NOT NULL DEFAULT '',
  since timestamptz NOT NULL DEFAULT app_now(),
  ended_at timestamptz,
  PRIMARY KEY (vendor_id, engagement_id, person_id),
  CONSTRAINT engagement_guests_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id)
);
CALL make_tenant_table('engagement_guests');

CREATE TABLE messages (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  person_id uuid NOT NULL REFERENCES persons (id),
  text text NOT NULL CONSTRAINT messages_text_length CHECK (char_length(text) BETWEEN 1 AND 8000),
  sent_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT messages_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id),
  CONSTRAINT messages_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id)
);
CALL make_tenant_table('messages');
CREATE INDEX messages_by_engagement ON messages (vendor_id, engagement_id, sent_at);

-- The timeline: one row for each thing that happened, written in the transaction in which it happened.
CREATE TABLE engagement_entries (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  topic text NOT NULL CONSTRAINT engagement_entries_topic_known CHECK (topic IN ('milestone', 'money', 'access', 'agreement', 'people', 'review')),
  kind text NOT NULL,
  facts jsonb NOT NULL DEFAULT '{}',
  person_id uuid REFERENCES persons (id),
  at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT engagement_entries_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id)
);
CALL make_tenant_table('engagement_entries');
CREATE INDEX engagement_entries_by_engagement ON engagement_entries (vendor_id, engagement_id, at DESC);

CREATE TABLE reviews (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  side text NOT NULL CONSTRAINT reviews_side_known CHECK (side IN ('customer', 'partner')),
  outcome smallint NOT NULL CONSTRAINT reviews_outcome_range CHECK (outcome BETWEEN 1 AND 5),
  communication smallint NOT NULL CONSTRAINT reviews_communication_range CHECK (communication BETWEEN 1 AND 5),
  value smallint NOT NULL CONSTRAINT reviews_value_range CHECK (value BETWEEN 1 AND 5),
  text text NOT NULL CONSTRAINT reviews_text_length CHECK (char_length(text) BETWEEN 1 AND 4000),
  root_cause text CONSTRAINT reviews_root_cause_known CHECK (root_cause IN ('product', 'skill', 'brief', 'data', 'process')),
  written_by uuid NOT NULL REFERENCES persons (id),
  written_at timestamptz NOT NULL DEFAULT app_now(),
  publish_at timestamptz NOT NULL,
  published_at timestamptz,
  hidden_at timestamptz,
  hidden_by uuid REFERENCES persons (id),
  hidden_reason text,
  reply text,
  replied_by uuid REFERENCES persons (id),
  replied_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT reviews_side_key UNIQUE (vendor_id, engagement_id, side),
  CONSTRAINT reviews_engagement_fkey FOREIGN KEY (vendor_id, engagement_id) REFERENCES engagements (vendor_id, id),
  CONSTRAINT reviews_hidden CHECK ((hidden_at IS NULL) = (hidden_reason IS NULL) AND (hidden_at IS NULL) = (hidden_by IS NULL)),
  CONSTRAINT reviews_reply CHECK ((reply IS NULL) = (replied_at IS NULL) AND (reply IS NULL) = (replied_by IS NULL)),
  CONSTRAINT reviews_reply_after CHECK (reply IS NULL OR published_at IS NOT NULL)
);
COMMENT ON COLUMN reviews.side IS 'who wrote it';
CALL make_tenant_table('reviews');

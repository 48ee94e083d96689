-- The program's own settings; every length of time is in whole days.
CREATE TABLE programs (
  vendor_id uuid PRIMARY KEY REFERENCES vendors (id),
  currency text NOT NULL REFERENCES currencies (code),
  zone text NOT NULL,
  rules_version integer NOT NULL DEFAULT 1,
  offer_valid_days integer NOT NULL DEFAULT 14 CHECK (offer_valid_days BETWEEN 1 AND 90),
  contracting_days integer NOT NULL DEFAULT 14 CHECK (contracting_days BETWEEN 1 AND 90),
  funding_days integer NOT NULL DEFAULT 7 CHECK (funding_days BETWEEN 1 AND 90),
  acceptance_days integer NOT NULL DEFAULT 14 CHECK (acceptance_days BETWEEN 1 AND 60),
  change_requests integer NOT NULL DEFAULT 2 CHECK (change_requests BETWEEN 0 AND 20),
  review_days integer NOT NULL DEFAULT 14 CHECK (review_days BETWEEN 1 AND 60),
  grant_days integer NOT NULL DEFAULT 180 CHECK (grant_days BETWEEN 1 AND 730),
  reseller_months integer NOT NULL DEFAULT 24 CHECK (reseller_months BETWEEN 0 AND 120)
);
CALL make_tenant_table('programs');

CREATE TABLE fee_policies (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  version integer NOT NULL CONSTRAINT fee_policies_version_positive CHECK (version > 0),
  consultant_parts integer NOT NULL CHECK (consultant_parts >= 0),
  vendor_parts integer NOT NULL CHECK (vendor_parts >= 0),
  reseller_parts integer NOT NULL CHECK (reseller_parts >= 0),
  operator_parts integer NOT NULL CHECK (operator_parts >= 0),
  effective_from timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT fee_policies_version_key UNIQUE (vendor_id, version),
  CONSTRAINT fee_policies_whole CHECK (consultant_parts + vendor_parts + reseller_parts + operator_parts = 10000)
);
CALL make_tenant_table('fee_policies');

CREATE TABLE agreements (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  version text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  body_hash bytea NOT NULL CONSTRAINT agreements_body_hash_sha256 CHECK (octet_length(body_hash) = 32),
  published_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT agreements_version_key UNIQUE (vendor_id, version)
);
CALL make_tenant_table('agreements');

CREATE TABLE applications (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT applications_kind_known CHECK (kind IN ('consultant', 'reseller')),
  specialities text[] NOT NULL,
  client_references jsonb NOT NULL,
  note text NOT NULL DEFAULT '',
  agreement_id uuid NOT NULL,
  agreement_hash bytea NOT NULL,
  submitted_by uuid NOT NULL REFERENCES persons (id),
  submitted_at timestamptz NOT NULL DEFAULT app_now(),
  state text NOT NULL DEFAULT 'submitted' CONSTRAINT applications_state_known CHECK (state IN ('submitted', 'approved', 'rejected', 'withdrawn')),
  decided_at timestamptz,
  decided_by uuid REFERENCES persons (id),
  reason text,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT applications_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT applications_agreement_fkey FOREIGN KEY (vendor_id, agreement_id) REFERENCES agreements (vendor_id, id),
  CONSTRAINT applications_decision CHECK ((state IN ('approved', 'rejected')) = (decided_at IS NOT NULL AND decided_by IS NOT NULL)),
  CONSTRAINT applications_reason CHECK (state <> 'rejected' OR reason IS NOT NULL)
);
CALL make_tenant_table('applications');
CREATE UNIQUE INDEX applications_one_open ON applications (vendor_id, organization_id) WHERE state = 'submitted';
CREATE INDEX applications_by_state ON applications (vendor_id, state, submitted_at);

CREATE TABLE enrollments (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  organization_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT enrollments_kind_known CHECK (kind IN ('consultant', 'reseller')),
  state text NOT NULL DEFAULT 'active' CONSTRAINT enrollments_state_known CHECK (state IN ('active', 'suspended', 'terminated')),
  tier text NOT NULL DEFAULT 'listed' CONSTRAINT enrollments_tier_known CHECK (tier IN ('listed', 'accredited', 'principal')),
  agreement_id uuid NOT NULL,
  since timestamptz NOT NULL DEFAULT app_now(),
  changed_at timestamptz,
  changed_by uuid REFERENCES persons (id),
  change_reason text,
  PRIMARY KEY (vendor_id, organization_id),
  CONSTRAINT enrollments_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT enrollments_agreement_fkey FOREIGN KEY (vendor_id, agreement_id) REFERENCES agreements (vendor_id, id)
);
CALL make_tenant_table('enrollments');
CREATE INDEX enrollments_by_state ON enrollments (vendor_id, state, since, organization_id);

CREATE TABLE service_categories (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  slug text NOT NULL,
  title text NOT NULL,
  line text NOT NULL,
  position integer NOT NULL,
  PRIMARY KEY (vendor_id, slug)
);
CALL make_tenant_table('service_categories');

CREATE TABLE skills (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  slug text NOT NULL,
  title text NOT NULL,
  category_slug text NOT NULL,
  PRIMARY KEY (vendor_id, slug),
  CONSTRAINT skills_category_fkey FOREIGN KEY (vendor_id, category_slug) REFERENCES service_categories (vendor_id, slug)
);
CALL make_tenant_table('skills');

CREATE TABLE industries (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  slug text NOT NULL,
  title text NOT NULL,
  PRIMARY KEY (vendor_id, slug)
);
CALL make_tenant_table('industries');

-- Reseller of record of a customer's account: one open row at a time, history kept.
CREATE TABLE reseller_attributions (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  reseller_organization_id uuid NOT NULL,
  since timestamptz NOT NULL,
  ended_at timestamptz,
  reason text NOT NULL,
  end_reason text,
  set_by uuid REFERENCES persons (id),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT reseller_attributions_end_reason CHECK (ended_at IS NOT NULL OR end_reason IS NULL),
  CONSTRAINT reseller_attributions_customer_fkey FOREIGN KEY (vendor_id, customer_organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT reseller_attributions_reseller_fkey FOREIGN KEY (vendor_id, reseller_organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT reseller_attributions_order CHECK (ended_at IS NULL OR ended_at >= since)
);
CALL make_tenant_table('reseller_attributions');
CREATE UNIQUE INDEX reseller_attributions_one_open ON reseller_attributions (vendor_id, customer_organization_id) WHERE ended_at IS NULL;
CREATE INDEX reseller_attributions_by_customer ON reseller_attributions (vendor_id, customer_organization_id, since);
CREATE INDEX reseller_attributions_by_reseller ON reseller_attributions (vendor_id, reseller_organization_id, since);

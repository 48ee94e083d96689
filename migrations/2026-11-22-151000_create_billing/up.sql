-- Who can be paid: an organization's account at the payment processor, as it was last read there.
CREATE TABLE payout_accounts (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  organization_id uuid NOT NULL,
  stripe_account text CONSTRAINT payout_accounts_stripe_account_key UNIQUE,
  country text NOT NULL CONSTRAINT payout_accounts_country_iso CHECK (country ~ '^[A-Z]{2}$'),
  details_submitted boolean NOT NULL DEFAULT false,
  transfers_active boolean NOT NULL DEFAULT false,
  requirements jsonb NOT NULL DEFAULT '[]',
  disabled_reason text,
  asked_by uuid NOT NULL REFERENCES persons (id),
  created_at timestamptz NOT NULL DEFAULT app_now(),
  read_at timestamptz,
  PRIMARY KEY (vendor_id, organization_id),
  CONSTRAINT payout_accounts_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT payout_accounts_known CHECK (stripe_account IS NOT NULL OR NOT (details_submitted OR transfers_active))
);
CALL make_tenant_table('payout_accounts');

-- A customer's payment of one milestone. Live from the wish to pay on, unless it ran out or came too late and went back;
-- at most one of a milestone is live.
CREATE TABLE payments (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL CONSTRAINT payments_amount_positive CHECK (amount_minor > 0),
  state text NOT NULL DEFAULT 'opening' CONSTRAINT payments_state_known CHECK (state IN ('opening', 'open', 'declined', 'paid', 'returned', 'expired', 'parked')),
  asked_by uuid NOT NULL REFERENCES persons (id),
  checkout_session text CONSTRAINT payments_checkout_session_key UNIQUE,
  checkout_url text,
  expires_at timestamptz,
  payment_intent text CONSTRAINT payments_payment_intent_key UNIQUE,
  charge text CONSTRAINT payments_charge_key UNIQUE,
  trouble text,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  paid_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT payments_milestone_key UNIQUE (vendor_id, id, milestone_id),
  CONSTRAINT payments_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id),
  CONSTRAINT payments_engagement_fkey FOREIGN KEY (vendor_id, engagement_id, customer_organization_id) REFERENCES engagements (vendor_id, id, customer_organization_id),
  CONSTRAINT payments_open CHECK (state NOT IN ('open', 'declined') OR (checkout_session IS NOT NULL AND checkout_url IS NOT NULL AND expires_at IS NOT NULL)),
  CONSTRAINT payments_paid CHECK ((state IN ('paid', 'returned')) = (paid_at IS NOT NULL) AND (paid_at IS NULL OR charge IS NOT NULL)),
  CONSTRAINT payments_troubled CHECK (state NOT IN ('declined', 'parked') OR trouble IS NOT NULL),
  CONSTRAINT payments_ended CHECK ((state IN ('expired', 'returned')) = (ended_at IS NOT NULL))
);
COMMENT ON COLUMN payments.trouble IS 'why the last attempt was declined, or why a person has to look at it';
CALL make_tenant_table('payments');
REVOKE DELETE ON payments FROM attache_app;
CREATE UNIQUE INDEX payments_one_live ON payments (vendor_id, milestone_id) WHERE state NOT IN ('expired', 'returned');
CREATE INDEX payments_by_customer ON payments (vendor_id, customer_organization_id, created_at DESC);
CREATE INDEX payments_parked ON payments (vendor_id, created_at) WHERE state = 'parked';

-- Money on its way back to the customer: the whole of a milestone that was not released, once.
CREATE TABLE refunds (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  payment_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL CONSTRAINT refunds_amount_positive CHECK (amount_minor > 0),
  state text NOT NULL DEFAULT 'asked' CONSTRAINT refunds_state_known CHECK (state IN ('asked', 'paid', 'refused')),
  reason text NOT NULL CONSTRAINT refunds_reason_length CHECK (char_length(reason) BETWEEN 1 AND 2000),
  asked_by uuid REFERENCES persons (id),
  stripe_refund text CONSTRAINT refunds_stripe_refund_key UNIQUE,
  refusal text,
  asked_at timestamptz NOT NULL DEFAULT app_now(),
  ended_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT refunds_payment_key UNIQUE (vendor_id, payment_id),
  CONSTRAINT refunds_payment_fkey FOREIGN KEY (vendor_id, payment_id, milestone_id) REFERENCES payments (vendor_id, id, milestone_id),
  CONSTRAINT refunds_paid CHECK (state <> 'paid' OR stripe_refund IS NOT NULL),
  CONSTRAINT refunds_refused CHECK ((state = 'refused') = (refusal IS NOT NULL)),
  CONSTRAINT refunds_ended CHECK ((state = 'asked') = (ended_at IS NULL))
);
CALL make_tenant_table('refunds');
REVOKE DELETE ON refunds FROM attache_app;

-- A party's share of an accepted milestone on its way to that party. It waits until the party can be paid.
CREATE TABLE transfers (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  party text NOT NULL CONSTRAINT transfers_party_known CHECK (party IN ('consultant', 'vendor', 'reseller')),
  organization_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL CONSTRAINT transfers_amount_positive CHECK (amount_minor > 0),
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT transfers_state_known CHECK (state IN ('waiting', 'asked', 'paid', 'refused')),
  attempt integer NOT NULL DEFAULT 0,
  stripe_transfer text CONSTRAINT transfers_stripe_transfer_key UNIQUE,
  refusal text,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  asked_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT transfers_party_key UNIQUE (vendor_id, milestone_id, party),
  CONSTRAINT transfers_share_fkey FOREIGN KEY (vendor_id, milestone_id, party) REFERENCES milestone_shares (vendor_id, milestone_id, party),
  CONSTRAINT transfers_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT transfers_asked CHECK ((state = 'waiting') = (attempt = 0) AND (attempt = 0) = (asked_at IS NULL)),
  CONSTRAINT transfers_paid CHECK ((state = 'paid') = (stripe_transfer IS NOT NULL)),
  CONSTRAINT transfers_refused CHECK ((state = 'refused') = (refusal IS NOT NULL)),
  CONSTRAINT transfers_ended CHECK ((state IN ('paid', 'refused')) = (ended_at IS NOT NULL))
);
CALL make_tenant_table('transfers');
REVOKE DELETE ON transfers FROM attache_app;
CREATE INDEX transfers_by_organization ON transfers (vendor_id, organization_id, created_at DESC);
CREATE INDEX transfers_to_start ON transfers (vendor_id, organization_id) WHERE state IN ('waiting', 'refused');
CREATE INDEX transfers_asked_now ON transfers (vendor_id, asked_at) WHERE state = 'asked';

-- Everything asked of the payment processor, written down before it is asked. What is asked and under which key never
-- changes afterwards: the program's role may not touch those columns.
CREATE TABLE stripe_calls (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  op text NOT NULL CONSTRAINT stripe_calls_op_known CHECK (op IN ('create_account', 'open_checkout', 'create_transfer', 'create_refund')),
  subject_id uuid NOT NULL,
  params jsonb NOT NULL,
  params_hash bytea NOT NULL CONSTRAINT stripe_calls_hash_sha256 CHECK (octet_length(params_hash) = 32),
  idem_key text NOT NULL CONSTRAINT stripe_calls_idem_key_key UNIQUE CONSTRAINT stripe_calls_idem_key_length CHECK (char_length(idem_key) BETWEEN 8 AND 255),
  state text NOT NULL DEFAULT 'queued' CONSTRAINT stripe_calls_state_known CHECK (state IN ('queued', 'sent', 'unknown', 'done', 'refused', 'needs_human')),
  attempts integer NOT NULL DEFAULT 0,
  first_sent_at timestamptz,
  response jsonb,
  trouble text,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  ended_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT stripe_calls_sent CHECK ((state = 'queued') = (first_sent_at IS NULL)),
  CONSTRAINT stripe_calls_answered CHECK (state <> 'done' OR response IS NOT NULL),
  CONSTRAINT stripe_calls_troubled CHECK (state NOT IN ('refused', 'needs_human') OR trouble IS NOT NULL),
  CONSTRAINT stripe_calls_ended CHECK ((state IN ('done', 'refused')) = (ended_at IS NOT NULL))
);
COMMENT ON COLUMN stripe_calls.subject_id IS 'the payment, transfer, refund or organization it is about';
CALL make_tenant_table('stripe_calls');
REVOKE UPDATE, DELETE ON stripe_calls FROM attache_app;
GRANT UPDATE (state, attempts, first_sent_at, response, trouble, ended_at) ON stripe_calls TO attache_app;
CREATE INDEX stripe_calls_by_subject ON stripe_calls (vendor_id, subject_id, created_at DESC);
CREATE INDEX stripe_calls_open ON stripe_calls (vendor_id, created_at) WHERE state IN ('queued', 'sent', 'unknown', 'needs_human');

-- Movements of money at the payment processor that belong to a milestone. Each begins as pending; from `settled_at` on
-- it is available.
CREATE TABLE balance_transactions (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id text NOT NULL,
  milestone_id uuid NOT NULL,
  source text NOT NULL CONSTRAINT balance_transactions_source_key UNIQUE,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL,
  fee_minor bigint NOT NULL,
  available_on timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  settled_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT balance_transactions_id_key UNIQUE (id),
  CONSTRAINT balance_transactions_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id)
);
COMMENT ON COLUMN balance_transactions.source IS 'the charge, transfer or refund';
CALL make_tenant_table('balance_transactions');
REVOKE DELETE ON balance_transactions FROM attache_app;
CREATE INDEX balance_transactions_unsettled ON balance_transactions (vendor_id, available_on) WHERE settled_at IS NULL;

-- News from the payment processor, byte for byte as it came, kept before it is understood.
CREATE TABLE webhooks (
  id text PRIMARY KEY,
  endpoint text NOT NULL CONSTRAINT webhooks_endpoint_known CHECK (endpoint IN ('platform', 'connect')),
  kind text NOT NULL,
  account text,
  object_id text,
  raw bytea NOT NULL,
  state text NOT NULL DEFAULT 'stored' CONSTRAINT webhooks_state_known CHECK (state IN ('stored', 'done', 'ignored', 'parked')),
  note text,
  vendor_id uuid REFERENCES vendors (id),
  happened_at timestamptz,
  received_at timestamptz NOT NULL DEFAULT app_now(),
  ended_at timestamptz,
  CONSTRAINT webhooks_parked CHECK (state <> 'parked' OR note IS NOT NULL),
  CONSTRAINT webhooks_ended CHECK ((state = 'stored') = (ended_at IS NULL))
);
CALL make_global_table('webhooks');
REVOKE UPDATE, DELETE ON webhooks FROM attache_app;
GRANT UPDATE (state, note, vendor_id, ended_at) ON webhooks TO attache_app;
CREATE INDEX webhooks_parked_now ON webhooks (received_at) WHERE state = 'parked';

-- Which vendor an object at the payment processor belongs to: how a webhook finds its tenant.
CREATE TABLE external_objects (
  id text PRIMARY KEY,
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  subject_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now()
);
COMMENT ON COLUMN external_objects.subject_id IS 'the payment, transfer, refund or organization it stands for';
CALL make_global_table('external_objects');
REVOKE UPDATE, DELETE ON external_objects FROM attache_app;

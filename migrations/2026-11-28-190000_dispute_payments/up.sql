-- A payer's bank disputes a payment: the money and a fee leave at once, and come back if the bank decides so. One row a
-- dispute, as it was last read at the processor; it never goes back to an earlier state.
CREATE TABLE disputes (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  stripe_dispute text NOT NULL CONSTRAINT disputes_stripe_dispute_key UNIQUE CONSTRAINT disputes_stripe_dispute_length CHECK (char_length(stripe_dispute) BETWEEN 4 AND 255),
  payment_id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL CONSTRAINT disputes_amount_positive CHECK (amount_minor > 0),
  fee_minor bigint NOT NULL DEFAULT 0,
  reason text NOT NULL,
  state text NOT NULL CONSTRAINT disputes_state_known CHECK (state IN ('inquiry', 'open', 'won', 'lost', 'closed')),
  frozen boolean NOT NULL DEFAULT false,
  respond_by timestamptz,
  opened_at timestamptz NOT NULL,
  ended_at timestamptz,
  raw jsonb NOT NULL,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT disputes_payment_fkey FOREIGN KEY (vendor_id, payment_id, milestone_id) REFERENCES payments (vendor_id, id, milestone_id),
  CONSTRAINT disputes_engagement_fkey FOREIGN KEY (vendor_id, engagement_id, customer_organization_id) REFERENCES engagements (vendor_id, id, customer_organization_id),
  CONSTRAINT disputes_frozen CHECK (NOT frozen OR state <> 'inquiry'),
  CONSTRAINT disputes_ended CHECK ((state IN ('won', 'lost', 'closed')) = (ended_at IS NOT NULL))
);
COMMENT ON COLUMN disputes.frozen IS 'whether the engagement and its letters were told to rest';
COMMENT ON COLUMN disputes.raw IS 'the object as it came last';
CALL make_tenant_table('disputes');
REVOKE DELETE ON disputes FROM attache_app;
CREATE INDEX disputes_by_milestone ON disputes (vendor_id, milestone_id);
CREATE INDEX disputes_by_engagement ON disputes (vendor_id, engagement_id) WHERE state = 'open';
CREATE INDEX disputes_latest ON disputes (vendor_id, opened_at DESC, id DESC);

-- A dispute moves money twice: away, and back.
ALTER TABLE balance_transactions DROP CONSTRAINT balance_transactions_source_key;
CREATE UNIQUE INDEX balance_transactions_source_key ON balance_transactions (source, (sign(amount_minor)));
COMMENT ON COLUMN balance_transactions.source IS 'the charge, transfer, refund or dispute';

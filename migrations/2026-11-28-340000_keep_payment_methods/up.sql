-- A customer organization as the payment processor knows it: whose cards are kept there. Made once, when the first card is kept.
CREATE TABLE stripe_customers (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  organization_id uuid NOT NULL,
  stripe_customer text CONSTRAINT stripe_customers_stripe_customer_key UNIQUE,
  asked_by uuid NOT NULL REFERENCES persons (id),
  created_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, organization_id),
  CONSTRAINT stripe_customers_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id)
);
CALL make_tenant_table('stripe_customers');
REVOKE DELETE ON stripe_customers FROM attache_app;

-- A card that a customer organization keeps for later payments: of it only what the processor gives to be shown. What was removed
-- stays as a row, since payments name it.
CREATE TABLE payment_methods (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  stripe_method text NOT NULL CONSTRAINT payment_methods_stripe_method_key UNIQUE CONSTRAINT payment_methods_stripe_method_length CHECK (char_length(stripe_method) BETWEEN 4 AND 255),
  brand text NOT NULL CONSTRAINT payment_methods_brand_length CHECK (char_length(brand) BETWEEN 1 AND 40),
  last4 text NOT NULL CONSTRAINT payment_methods_last4_digits CHECK (last4 ~ '^[0-9]{4}$'),
  expires_month integer NOT NULL CONSTRAINT payment_methods_month_of_year CHECK (expires_month BETWEEN 1 AND 12),
  expires_year integer NOT NULL CONSTRAINT payment_methods_year_plausible CHECK (expires_year BETWEEN 2000 AND 2200),
  state text NOT NULL DEFAULT 'kept' CONSTRAINT payment_methods_state_known CHECK (state IN ('kept', 'removed')),
  is_default boolean NOT NULL DEFAULT false,
  saved_by uuid NOT NULL REFERENCES persons (id),
  saved_at timestamptz NOT NULL DEFAULT app_now(),
  warned_at timestamptz,
  removed_by uuid REFERENCES persons (id),
  removed_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT payment_methods_organization_key UNIQUE (vendor_id, id, organization_id),
  CONSTRAINT payment_methods_customer_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES stripe_customers (vendor_id, organization_id),
  CONSTRAINT payment_methods_removed CHECK ((state = 'removed') = (removed_at IS NOT NULL)),
  CONSTRAINT payment_methods_default_kept CHECK (state = 'kept' OR NOT is_default)
);
COMMENT ON COLUMN payment_methods.removed_by IS 'absent when the processor or the bank took it away';
COMMENT ON COLUMN payment_methods.warned_at IS 'when its holder was told that it ends soon; again after its bank renewed it';
CALL make_tenant_table('payment_methods');
REVOKE DELETE ON payment_methods FROM attache_app;
CREATE UNIQUE INDEX payment_methods_one_default ON payment_methods (vendor_id, organization_id) WHERE is_default;
CREATE INDEX payment_methods_kept ON payment_methods (vendor_id, organization_id, saved_at DESC) WHERE state = 'kept';

CREATE FUNCTION payment_methods_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.vendor_id, NEW.id, NEW.organization_id, NEW.stripe_method, NEW.last4, NEW.brand, NEW.saved_by, NEW.saved_at)
     IS DISTINCT FROM (OLD.vendor_id, OLD.id, OLD.organization_id, OLD.stripe_method, OLD.last4, OLD.brand, OLD.saved_by, OLD.saved_at)
     OR OLD.state = 'removed' AND NEW.state <> 'removed' THEN
    RAISE EXCEPTION 'payment method % stays what it was', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_methods_frozen';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_methods_stay BEFORE UPDATE ON payment_methods FOR EACH ROW EXECUTE FUNCTION payment_methods_stay();

-- A page of the processor on which somebody keeps a card without paying.
CREATE TABLE method_setups (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  asked_by uuid NOT NULL REFERENCES persons (id),
  state text NOT NULL DEFAULT 'opening' CONSTRAINT method_setups_state_known CHECK (state IN ('opening', 'open', 'done', 'ended')),
  checkout_session text CONSTRAINT method_setups_checkout_session_key UNIQUE,
  checkout_url text,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT method_setups_customer_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES stripe_customers (vendor_id, organization_id),
  CONSTRAINT method_setups_open CHECK (state <> 'open' OR (checkout_session IS NOT NULL AND checkout_url IS NOT NULL AND expires_at IS NOT NULL))
);
CALL make_tenant_table('method_setups');
REVOKE DELETE ON method_setups FROM attache_app;
CREATE UNIQUE INDEX method_setups_one_live ON method_setups (vendor_id, organization_id, asked_by) WHERE state IN ('opening', 'open');

-- A payment with a card that is kept: it is charged without a page, and only what the customer itself keeps.
ALTER TABLE payments ADD COLUMN method_id uuid,
  ADD COLUMN keeps boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT payments_method_fkey FOREIGN KEY (vendor_id, method_id, customer_organization_id) REFERENCES payment_methods (vendor_id, id, organization_id),
  DROP CONSTRAINT payments_state_known,
  ADD CONSTRAINT payments_state_known CHECK (state IN ('opening', 'open', 'declined', 'charging', 'unconfirmed', 'paid', 'returned', 'expired', 'refused', 'parked')),
  DROP CONSTRAINT payments_troubled,
  ADD CONSTRAINT payments_troubled CHECK (state NOT IN ('declined', 'unconfirmed', 'refused', 'parked') OR trouble IS NOT NULL),
  DROP CONSTRAINT payments_ended,
  ADD CONSTRAINT payments_ended CHECK ((state IN ('expired', 'returned', 'refused')) = (ended_at IS NOT NULL)),
  ADD CONSTRAINT payments_charged CHECK (state NOT IN ('charging', 'unconfirmed', 'refused') OR method_id IS NOT NULL),
  ADD CONSTRAINT payments_unconfirmed CHECK (state <> 'unconfirmed' OR (payment_intent IS NOT NULL AND expires_at IS NOT NULL));
COMMENT ON COLUMN payments.method_id IS 'the kept card that is charged; absent for a payment on the processor''s page';
COMMENT ON COLUMN payments.keeps IS 'whether the payer wants the card kept for later';
DROP INDEX payments_one_live;
CREATE UNIQUE INDEX payments_one_live ON payments (vendor_id, milestone_id) WHERE state NOT IN ('expired', 'returned', 'refused');
CREATE INDEX payments_charging ON payments (vendor_id, method_id) WHERE state IN ('charging', 'unconfirmed');

ALTER TABLE stripe_calls DROP CONSTRAINT stripe_calls_op_known,
  ADD CONSTRAINT stripe_calls_op_known CHECK (op IN ('create_account', 'open_checkout', 'create_transfer', 'create_refund', 'create_reversal',
    'create_customer', 'open_setup', 'charge_saved', 'detach_method'));

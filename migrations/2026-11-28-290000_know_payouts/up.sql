-- Money on its way from a payee's account at the processor to the payee's bank, as it was last read there. It goes in whatever
-- currency the bank account has, which need not be one that the program sells in. Its state only goes on: a bank may send money
-- back that had arrived, so failed comes after paid.
CREATE TABLE payouts (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  stripe_payout text NOT NULL CONSTRAINT payouts_stripe_payout_key UNIQUE CONSTRAINT payouts_stripe_payout_length CHECK (char_length(stripe_payout) BETWEEN 4 AND 255),
  currency text NOT NULL CONSTRAINT payouts_currency_iso CHECK (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint NOT NULL CONSTRAINT payouts_amount_positive CHECK (amount_minor > 0),
  state text NOT NULL CONSTRAINT payouts_state_known CHECK (state IN ('pending', 'in_transit', 'paid', 'canceled', 'failed')),
  arrives_at timestamptz NOT NULL,
  failure text CONSTRAINT payouts_failure_length CHECK (char_length(failure) BETWEEN 1 AND 1000),
  began_at timestamptz NOT NULL,
  read_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT payouts_account_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES payout_accounts (vendor_id, organization_id),
  CONSTRAINT payouts_failure_told CHECK (failure IS NULL OR state = 'failed')
);
COMMENT ON COLUMN payouts.failure IS 'why it failed, in the processor''s code';
CALL make_tenant_table('payouts');
REVOKE DELETE ON payouts FROM attache_app;
CREATE INDEX payouts_latest ON payouts (vendor_id, organization_id, began_at DESC, id DESC);

CREATE FUNCTION payouts_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ranks CONSTANT text[] := ARRAY['pending', 'in_transit', 'paid', 'failed'];
BEGIN
  IF (NEW.vendor_id, NEW.id, NEW.organization_id, NEW.stripe_payout, NEW.currency, NEW.amount_minor)
     IS DISTINCT FROM (OLD.vendor_id, OLD.id, OLD.organization_id, OLD.stripe_payout, OLD.currency, OLD.amount_minor) THEN
    RAISE EXCEPTION 'payout % stays what it was', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_frozen';
  END IF;
  IF NEW.state <> OLD.state AND NOT (NEW.state = 'canceled' AND OLD.state IN ('pending', 'in_transit')
      OR OLD.state <> 'canceled' AND NEW.state <> 'canceled' AND array_position(ranks, NEW.state) > array_position(ranks, OLD.state)) THEN
    RAISE EXCEPTION 'payout % is %', OLD.id, OLD.state USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_one_way';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_go_on BEFORE UPDATE ON payouts FOR EACH ROW EXECUTE FUNCTION payouts_go_on();

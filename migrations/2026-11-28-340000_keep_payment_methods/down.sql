-- A charge that is under way, or waits for its payer, must be concluded before: nobody would hear of its end. What was charged
-- stays paid; an attempt that was refused is an expired one; calls that no program knows any more are gone, and so are their jobs.
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', one.id::text, true);
    IF EXISTS (SELECT FROM payments WHERE state IN ('charging', 'unconfirmed')) THEN
      RAISE EXCEPTION 'kept cards are being charged: conclude these payments first' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE payments SET state = 'expired' WHERE state = 'refused';
    DELETE FROM jobs WHERE kind IN ('warn-of-card', 'cancel-intent') OR kind = 'stripe-call' AND (facts ->> 'call')::uuid IN
      (SELECT id FROM stripe_calls WHERE op IN ('create_customer', 'open_setup', 'charge_saved', 'detach_method'));
    DELETE FROM stripe_calls WHERE op IN ('create_customer', 'open_setup', 'charge_saved', 'detach_method');
  END LOOP;
END $$;
ALTER TABLE stripe_calls DROP CONSTRAINT stripe_calls_op_known,
  ADD CONSTRAINT stripe_calls_op_known CHECK (op IN ('create_account', 'open_checkout', 'create_transfer', 'create_refund', 'create_reversal'));
DROP INDEX payments_charging, payments_one_live;
CREATE UNIQUE INDEX payments_one_live ON payments (vendor_id, milestone_id) WHERE state NOT IN ('expired', 'returned');
ALTER TABLE payments DROP CONSTRAINT payments_unconfirmed,
  DROP CONSTRAINT payments_charged,
  DROP CONSTRAINT payments_ended,
  ADD CONSTRAINT payments_ended CHECK ((state IN ('expired', 'returned')) = (ended_at IS NOT NULL)),
  DROP CONSTRAINT payments_troubled,
  ADD CONSTRAINT payments_troubled CHECK (state NOT IN ('declined', 'parked') OR trouble IS NOT NULL),
  DROP CONSTRAINT payments_state_known,
  ADD CONSTRAINT payments_state_known CHECK (state IN ('opening', 'open', 'declined', 'paid', 'returned', 'expired', 'parked')),
  DROP COLUMN method_id,
  DROP COLUMN keeps;
DROP TABLE method_setups;
DROP TABLE payment_methods;
DROP FUNCTION payment_methods_stay();
DROP TABLE stripe_customers;

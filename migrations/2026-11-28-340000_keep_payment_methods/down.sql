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

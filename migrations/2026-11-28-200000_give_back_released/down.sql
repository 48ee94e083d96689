ALTER TABLE stripe_calls DROP CONSTRAINT stripe_calls_op_known,
  ADD CONSTRAINT stripe_calls_op_known CHECK (op IN ('create_account', 'open_checkout', 'create_transfer', 'create_refund'));
DROP TABLE reversals, nettings, recoveries;
DROP FUNCTION count_reversal(), count_netting();
GRANT UPDATE ON transfers TO attache_app;
ALTER TABLE transfers DROP CONSTRAINT transfers_reversed, DROP CONSTRAINT transfers_netted, DROP CONSTRAINT transfers_state_known,
  DROP CONSTRAINT transfers_asked, DROP CONSTRAINT transfers_ended, DROP COLUMN netted_minor, DROP COLUMN reversed_minor,
  ADD CONSTRAINT transfers_state_known CHECK (state IN ('waiting', 'asked', 'paid', 'refused')),
  ADD CONSTRAINT transfers_asked CHECK ((state = 'waiting') = (attempt = 0) AND (attempt = 0) = (asked_at IS NULL)),
  ADD CONSTRAINT transfers_ended CHECK ((state IN ('paid', 'refused')) = (ended_at IS NOT NULL));
ALTER TABLE refunds DROP CONSTRAINT refunds_milestone_key, DROP CONSTRAINT refunds_state_known, DROP CONSTRAINT refunds_paid,
  DROP CONSTRAINT refunds_refused, DROP COLUMN released,
  ADD CONSTRAINT refunds_state_known CHECK (state IN ('asked', 'paid', 'refused')),
  ADD CONSTRAINT refunds_paid CHECK (state <> 'paid' OR stripe_refund IS NOT NULL),
  ADD CONSTRAINT refunds_refused CHECK ((state = 'refused') = (refusal IS NOT NULL));
CREATE OR REPLACE FUNCTION refunds_within_payment() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  paid record;
BEGIN
  SELECT p.currency, p.amount_minor, p.paid_at INTO paid FROM payments p
    WHERE p.vendor_id = NEW.vendor_id AND p.id = NEW.payment_id FOR NO KEY UPDATE;
  IF NOT FOUND OR paid.paid_at IS NULL OR paid.currency <> NEW.currency OR paid.amount_minor - NEW.amount_minor <
      (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r WHERE r.vendor_id = NEW.vendor_id AND r.payment_id = NEW.payment_id) THEN
    RAISE EXCEPTION 'more would go back than was paid' USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_within_payment';
  END IF;
  RETURN NEW;
END $$;
ALTER TABLE milestones DROP CONSTRAINT milestones_given_back, DROP COLUMN given_back_minor;

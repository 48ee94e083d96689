-- A part of what a customer paid can go back, more than once; what is left stays held for the milestone.
ALTER TABLE milestones ADD COLUMN sent_back_minor bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN milestones.sent_back_minor IS 'of its price; what is left is held, or was released';
DO $$
DECLARE
  vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    UPDATE milestones SET sent_back_minor = price_minor WHERE state = 'refunded';
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;
ALTER TABLE milestones ADD CONSTRAINT milestones_sent_back CHECK (
  sent_back_minor BETWEEN 0 AND price_minor
  AND (state = 'refunded') = (sent_back_minor = price_minor)
  AND (state <> 'planned' OR sent_back_minor = 0));

ALTER TABLE refunds DROP CONSTRAINT refunds_payment_key;
CREATE INDEX refunds_by_payment ON refunds (vendor_id, payment_id);
CREATE INDEX refunds_by_milestone ON refunds (vendor_id, milestone_id, asked_at);
-- What goes back, of which payment, and how much, is never rewritten.
REVOKE UPDATE ON refunds FROM attache_app;
GRANT UPDATE (state, stripe_refund, refusal, ended_at) ON refunds TO attache_app;

-- All refunds of a payment together are at most what was paid, whoever asks for them and however many at once: the
-- payment's row is locked first, so the sum sees what others asked for before. A refused one counts too: its money is
-- the customer's credit.
CREATE FUNCTION refunds_within_payment() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
CREATE TRIGGER refunds_within_payment BEFORE INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION refunds_within_payment();

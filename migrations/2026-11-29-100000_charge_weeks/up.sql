-- A customer's word that a kept card pays the weeks of one engagement as they lock: which card, and the most of a week, in the words
-- that were agreed to. It is never changed; it ends once, for a reason.
CREATE TABLE week_mandates (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  customer_organization_id uuid NOT NULL,
  method_id uuid NOT NULL,
  words text NOT NULL CONSTRAINT week_mandates_words_length CHECK (char_length(words) BETWEEN 1 AND 2000),
  currency text NOT NULL REFERENCES currencies (code),
  most_minor bigint NOT NULL CONSTRAINT week_mandates_most_positive CHECK (most_minor > 0),
  given_by uuid NOT NULL REFERENCES persons (id),
  given_at timestamptz NOT NULL DEFAULT app_now(),
  ended_at timestamptz,
  ended_because text CONSTRAINT week_mandates_because_known CHECK (ended_because IN ('stopped', 'replaced', 'card-removed', 'engagement-ended')),
  ended_by uuid REFERENCES persons (id),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT week_mandates_payment_key UNIQUE (vendor_id, id, engagement_id, method_id),
  CONSTRAINT week_mandates_engagement_fkey FOREIGN KEY (vendor_id, engagement_id, customer_organization_id)
    REFERENCES engagements (vendor_id, id, customer_organization_id),
  CONSTRAINT week_mandates_method_fkey FOREIGN KEY (vendor_id, method_id, customer_organization_id)
    REFERENCES payment_methods (vendor_id, id, organization_id),
  CONSTRAINT week_mandates_ended CHECK (num_nonnulls(ended_at, ended_because) IN (0, 2) AND (ended_at IS NOT NULL OR ended_by IS NULL))
);
COMMENT ON COLUMN week_mandates.words IS 'what was agreed to, word for word';
COMMENT ON COLUMN week_mandates.most_minor IS 'the most that is charged for a week: the agreed rate up to its weekly limit';
COMMENT ON COLUMN week_mandates.ended_by IS 'absent when the processor, the bank or time ended it';
CALL make_tenant_table('week_mandates');
REVOKE UPDATE, DELETE ON week_mandates FROM attache_app;
GRANT UPDATE (ended_at, ended_because, ended_by) ON week_mandates TO attache_app;
CREATE UNIQUE INDEX week_mandates_one_live ON week_mandates (vendor_id, engagement_id) WHERE ended_at IS NULL;
CREATE INDEX week_mandates_by_engagement ON week_mandates (vendor_id, engagement_id, given_at DESC);
CREATE INDEX week_mandates_by_method ON week_mandates (vendor_id, method_id) WHERE ended_at IS NULL;

CREATE FUNCTION week_mandate_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL THEN
      RAISE EXCEPTION 'mandate % stays what it was', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'week_mandates_frozen';
    END IF;
    RETURN NEW;
  END IF;
  PERFORM FROM engagements e WHERE e.vendor_id = NEW.vendor_id AND e.id = NEW.engagement_id
    AND e.currency = NEW.currency AND NEW.most_minor = e.rate_minor * e.cap_minutes / 60
    AND e.state NOT IN ('completed', 'cancelled');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a mandate is for the weeks that were agreed on' USING ERRCODE = 'check_violation', CONSTRAINT = 'week_mandates_of_hours';
  END IF;
  PERFORM FROM payment_methods m WHERE m.vendor_id = NEW.vendor_id AND m.id = NEW.method_id AND m.state = 'kept';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this card is not kept' USING ERRCODE = 'check_violation', CONSTRAINT = 'week_mandates_method_kept';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER week_mandates_fit BEFORE INSERT OR UPDATE ON week_mandates FOR EACH ROW EXECUTE FUNCTION week_mandate_fits();

-- A card that is not kept any more pays nothing: what it was to pay has ended before.
CREATE FUNCTION removed_card_pays_nothing() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM week_mandates w WHERE w.vendor_id = NEW.vendor_id AND w.method_id = NEW.id AND w.ended_at IS NULL;
  IF FOUND THEN
    RAISE EXCEPTION 'payment method % is to pay weeks', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_methods_pays_nothing';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_methods_pays_nothing BEFORE UPDATE ON payment_methods FOR EACH ROW
  WHEN (NEW.state = 'removed' AND OLD.state <> 'removed') EXECUTE FUNCTION removed_card_pays_nothing();

-- A week is charged by a mandate at most once, whatever becomes of it; by the one that holds, with its card, never above its most,
-- and only if it locked after the mandate was given.
ALTER TABLE payments ADD COLUMN mandate_id uuid,
  ADD CONSTRAINT payments_mandate_fkey FOREIGN KEY (vendor_id, mandate_id, engagement_id, method_id)
    REFERENCES week_mandates (vendor_id, id, engagement_id, method_id),
  ADD CONSTRAINT payments_mandate_method CHECK (mandate_id IS NULL OR method_id IS NOT NULL);
COMMENT ON COLUMN payments.mandate_id IS 'the mandate by which it was charged; absent when somebody paid';
CREATE UNIQUE INDEX payments_once_by_mandate ON payments (vendor_id, milestone_id) WHERE mandate_id IS NOT NULL;

CREATE FUNCTION mandate_covers_week() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'payment % stays what it was', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_mandate_stays';
  END IF;
  PERFORM FROM week_mandates w JOIN milestones m ON m.vendor_id = w.vendor_id AND m.engagement_id = w.engagement_id
    WHERE w.vendor_id = NEW.vendor_id AND w.id = NEW.mandate_id AND w.ended_at IS NULL
    AND w.currency = NEW.currency AND NEW.amount_minor <= w.most_minor
    AND m.id = NEW.milestone_id AND week_locks_at(m.week_of) >= w.given_at;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no mandate covers this' USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_mandate_covers';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payments_mandate_covers BEFORE INSERT ON payments FOR EACH ROW
  WHEN (NEW.mandate_id IS NOT NULL) EXECUTE FUNCTION mandate_covers_week();
CREATE TRIGGER payments_mandate_stays BEFORE UPDATE ON payments FOR EACH ROW
  WHEN (OLD.mandate_id IS DISTINCT FROM NEW.mandate_id) EXECUTE FUNCTION mandate_covers_week();

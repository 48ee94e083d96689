-- Money that was released goes back too: each payee gives back its part, which is taken from its account by a reversal of
-- its transfer, or from what it earns next.
ALTER TABLE milestones ADD COLUMN given_back_minor bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT milestones_given_back CHECK (
    given_back_minor BETWEEN 0 AND price_minor - sent_back_minor AND (given_back_minor = 0 OR state = 'accepted'));
COMMENT ON COLUMN milestones.given_back_minor IS 'of what was released; its payees keep the rest';

-- A refund of released money that was refused gives the payees their parts back, so it counts no more. One that the card
-- did not take after it was paid is `failed`: the customer has a credit.
ALTER TABLE refunds ADD COLUMN released boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT refunds_state_known, DROP CONSTRAINT refunds_paid, DROP CONSTRAINT refunds_refused,
  ADD CONSTRAINT refunds_state_known CHECK (state IN ('asked', 'paid', 'refused', 'failed')),
  ADD CONSTRAINT refunds_paid CHECK (state NOT IN ('paid', 'failed') OR stripe_refund IS NOT NULL),
  ADD CONSTRAINT refunds_refused CHECK ((state IN ('refused', 'failed')) = (refusal IS NOT NULL)),
  ADD CONSTRAINT refunds_milestone_key UNIQUE (vendor_id, id, milestone_id);
COMMENT ON COLUMN refunds.released IS 'of money that its payees had already';
CREATE OR REPLACE FUNCTION refunds_within_payment() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  paid record;
BEGIN
  SELECT p.currency, p.amount_minor, p.paid_at INTO paid FROM payments p
    WHERE p.vendor_id = NEW.vendor_id AND p.id = NEW.payment_id FOR NO KEY UPDATE;
  IF NOT FOUND OR paid.paid_at IS NULL OR paid.currency <> NEW.currency OR paid.amount_minor - NEW.amount_minor <
      (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r WHERE r.vendor_id = NEW.vendor_id AND r.payment_id = NEW.payment_id
        AND NOT (r.released AND r.state = 'refused')) THEN
    RAISE EXCEPTION 'more would go back than was paid' USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_within_payment';
  END IF;
  RETURN NEW;
END $$;

-- What of a share never leaves, since it pays what the payee owes, and what comes back. Both are counted by the rows below.
ALTER TABLE transfers ADD COLUMN netted_minor bigint NOT NULL DEFAULT 0, ADD COLUMN reversed_minor bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT transfers_state_known, DROP CONSTRAINT transfers_asked, DROP CONSTRAINT transfers_ended,
  ADD CONSTRAINT transfers_state_known CHECK (state IN ('waiting', 'asked', 'paid', 'refused', 'netted')),
  ADD CONSTRAINT transfers_asked CHECK ((attempt = 0) = (asked_at IS NULL) AND (state = 'netted' OR (state = 'waiting') = (attempt = 0))),
  ADD CONSTRAINT transfers_ended CHECK ((state IN ('paid', 'refused', 'netted')) = (ended_at IS NOT NULL)),
  ADD CONSTRAINT transfers_netted CHECK (netted_minor BETWEEN 0 AND amount_minor AND (state = 'netted') = (netted_minor = amount_minor)),
  ADD CONSTRAINT transfers_reversed CHECK (reversed_minor BETWEEN 0 AND amount_minor - netted_minor AND (reversed_minor = 0 OR state = 'paid'));
REVOKE UPDATE ON transfers FROM attache_app;
GRANT UPDATE (state, attempt, stripe_transfer, refusal, asked_at, ended_at) ON transfers TO attache_app;

-- What a payee has to give back, for one refund or one lost dispute. Due when the customer's refund is confirmed.
CREATE TABLE recoveries (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  refund_id uuid,
  dispute_id uuid,
  party text NOT NULL CONSTRAINT recoveries_party_known CHECK (party IN ('consultant', 'vendor', 'reseller')),
  organization_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL CONSTRAINT recoveries_amount_positive CHECK (amount_minor > 0),
  netted_minor bigint NOT NULL DEFAULT 0,
  reversed_minor bigint NOT NULL DEFAULT 0,
  state text NOT NULL CONSTRAINT recoveries_state_known CHECK (state IN ('asked', 'due', 'void')),
  created_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT recoveries_refund_key UNIQUE (vendor_id, refund_id, party),
  CONSTRAINT recoveries_dispute_key UNIQUE (vendor_id, dispute_id, party),
  CONSTRAINT recoveries_share_fkey FOREIGN KEY (vendor_id, milestone_id, party) REFERENCES milestone_shares (vendor_id, milestone_id, party),
  CONSTRAINT recoveries_refund_fkey FOREIGN KEY (vendor_id, refund_id, milestone_id) REFERENCES refunds (vendor_id, id, milestone_id),
  CONSTRAINT recoveries_dispute_fkey FOREIGN KEY (vendor_id, dispute_id) REFERENCES disputes (vendor_id, id),
  CONSTRAINT recoveries_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT recoveries_cause CHECK (num_nonnulls(refund_id, dispute_id) = 1),
  CONSTRAINT recoveries_within CHECK (
    netted_minor >= 0 AND reversed_minor >= 0 AND netted_minor + reversed_minor <= amount_minor
    AND (state = 'due' OR netted_minor + reversed_minor = 0))
);
COMMENT ON COLUMN recoveries.netted_minor IS 'taken from shares that were not sent';
COMMENT ON COLUMN recoveries.reversed_minor IS 'taken from the account of the payee, or asked of it';
CALL make_tenant_table('recoveries');
REVOKE UPDATE, DELETE ON recoveries FROM attache_app;
GRANT UPDATE (state) ON recoveries TO attache_app;
CREATE INDEX recoveries_by_organization ON recoveries (vendor_id, organization_id, created_at, id);
CREATE INDEX recoveries_open ON recoveries (vendor_id, organization_id, created_at, id) WHERE state <> 'void' AND netted_minor + reversed_minor < amount_minor;
CREATE INDEX recoveries_by_milestone ON recoveries (vendor_id, milestone_id);

-- A share that was not sent pays what its payee owes.
CREATE TABLE nettings (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  recovery_id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL CONSTRAINT nettings_amount_positive CHECK (amount_minor > 0),
  netted_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT nettings_recovery_fkey FOREIGN KEY (vendor_id, recovery_id) REFERENCES recoveries (vendor_id, id),
  CONSTRAINT nettings_transfer_fkey FOREIGN KEY (vendor_id, transfer_id) REFERENCES transfers (vendor_id, id)
);
CALL make_tenant_table('nettings');
REVOKE UPDATE, DELETE ON nettings FROM attache_app;
CREATE INDEX nettings_by_recovery ON nettings (vendor_id, recovery_id);
CREATE INDEX nettings_by_transfer ON nettings (vendor_id, transfer_id);

-- A part of a transfer on its way back from the payee's account.
CREATE TABLE reversals (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  recovery_id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL CONSTRAINT reversals_amount_positive CHECK (amount_minor > 0),
  state text NOT NULL DEFAULT 'asked' CONSTRAINT reversals_state_known CHECK (state IN ('asked', 'paid', 'refused')),
  stripe_reversal text CONSTRAINT reversals_stripe_reversal_key UNIQUE,
  refusal text,
  asked_at timestamptz NOT NULL DEFAULT app_now(),
  ended_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT reversals_recovery_fkey FOREIGN KEY (vendor_id, recovery_id) REFERENCES recoveries (vendor_id, id),
  CONSTRAINT reversals_transfer_fkey FOREIGN KEY (vendor_id, transfer_id) REFERENCES transfers (vendor_id, id),
  CONSTRAINT reversals_paid CHECK ((state = 'paid') = (stripe_reversal IS NOT NULL)),
  CONSTRAINT reversals_refused CHECK ((state = 'refused') = (refusal IS NOT NULL)),
  CONSTRAINT reversals_ended CHECK ((state = 'asked') = (ended_at IS NULL))
);
CALL make_tenant_table('reversals');
REVOKE UPDATE, DELETE ON reversals FROM attache_app;
GRANT UPDATE (state, stripe_reversal, refusal, ended_at) ON reversals TO attache_app;
CREATE INDEX reversals_by_recovery ON reversals (vendor_id, recovery_id);
CREATE INDEX reversals_by_transfer ON reversals (vendor_id, transfer_id);
CREATE INDEX reversals_asked_now ON reversals (vendor_id, asked_at) WHERE state = 'asked';

-- The sums follow the rows, whoever writes them; the constraints above refuse what is too much. They run as the owner,
-- under row-level security, since the program's role may not write sums.
CREATE FUNCTION count_netting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  payee uuid;
BEGIN
  UPDATE recoveries r SET netted_minor = r.netted_minor + NEW.amount_minor
    WHERE r.vendor_id = NEW.vendor_id AND r.id = NEW.recovery_id AND r.currency = NEW.currency RETURNING r.organization_id INTO payee;
  UPDATE transfers t SET netted_minor = t.netted_minor + NEW.amount_minor,
      state = CASE WHEN t.netted_minor + NEW.amount_minor = t.amount_minor THEN 'netted' ELSE t.state END,
      refusal = CASE WHEN t.netted_minor + NEW.amount_minor = t.amount_minor THEN NULL ELSE t.refusal END,
      ended_at = CASE WHEN t.netted_minor + NEW.amount_minor = t.amount_minor THEN app_now() ELSE t.ended_at END
    WHERE t.vendor_id = NEW.vendor_id AND t.id = NEW.transfer_id AND t.currency = NEW.currency AND t.organization_id = payee
      AND t.state IN ('waiting', 'refused');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'only a share of the same payee that was not sent pays what it owes' USING ERRCODE = 'check_violation', CONSTRAINT = 'nettings_of_unsent';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER nettings_counted AFTER INSERT ON nettings FOR EACH ROW EXECUTE FUNCTION count_netting();

CREATE FUNCTION count_reversal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  more bigint := CASE WHEN NEW.state = 'refused' THEN 0 ELSE NEW.amount_minor END;
  owed record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    more := more - CASE WHEN OLD.state = 'refused' THEN 0 ELSE OLD.amount_minor END;
  END IF;
  UPDATE recoveries r SET reversed_minor = r.reversed_minor + more
    WHERE r.vendor_id = NEW.vendor_id AND r.id = NEW.recovery_id AND r.currency = NEW.currency
    RETURNING r.milestone_id, r.party INTO owed;
  UPDATE transfers t SET reversed_minor = t.reversed_minor + more
    WHERE t.vendor_id = NEW.vendor_id AND t.id = NEW.transfer_id AND t.currency = NEW.currency
      AND t.milestone_id = owed.milestone_id AND t.party = owed.party;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a reversal takes back the transfer of the share that is owed' USING ERRCODE = 'check_violation', CONSTRAINT = 'reversals_of_share';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reversals_counted AFTER INSERT OR UPDATE OF state ON reversals FOR EACH ROW EXECUTE FUNCTION count_reversal();
REVOKE ALL ON FUNCTION count_netting(), count_reversal() FROM PUBLIC;

ALTER TABLE stripe_calls DROP CONSTRAINT stripe_calls_op_known,
  ADD CONSTRAINT stripe_calls_op_known CHECK (op IN ('create_account', 'open_checkout', 'create_transfer', 'create_refund', 'create_reversal'));

-- What is at payees' accounts is in the books from now on, so what was sent before is told once; and what lost disputes
-- left to be recovered becomes due.
DO $$
DECLARE
  vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    PERFORM post_journals(jsonb_agg(jsonb_build_object('id', gen_random_uuid(), 'event_key', 'memo:' || t.id, 'kind', 'transfer_paid',
        'milestone', t.milestone_id, 'facts', jsonb_build_object('transfer', t.stripe_transfer), 'lines', jsonb_build_array(
          jsonb_build_object('kind', 'memo_connected', 'organization', t.organization_id, 'currency', t.currency, 'amount', t.amount_minor),
          jsonb_build_object('kind', 'memo_owed', 'organization', t.organization_id, 'currency', t.currency, 'amount', -t.amount_minor)))))
      FROM transfers t WHERE t.state = 'paid' HAVING count(*) > 0;
    INSERT INTO recoveries (vendor_id, id, milestone_id, dispute_id, party, organization_id, currency, amount_minor, state)
      SELECT d.vendor_id, gen_random_uuid(), d.milestone_id, d.id, s.party, s.organization_id, e.currency, e.amount_minor, 'due'
      FROM disputes d
      JOIN journals j ON j.vendor_id = d.vendor_id AND j.event_key = 'dispute:' || d.stripe_dispute || ':lost'
      JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
      JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id AND a.kind = 'recoverable'
      JOIN milestone_shares s ON s.vendor_id = d.vendor_id AND s.milestone_id = d.milestone_id AND s.organization_id = a.organization_id;
    UPDATE milestones m SET given_back_minor = g.minor FROM (
        SELECT j.milestone_id, sum(e.amount_minor) AS minor FROM journals j
        JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
        JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id AND a.kind IN ('recoverable', 'revenue')
        WHERE j.kind = 'dispute_lost' GROUP BY j.milestone_id) g
      WHERE m.id = g.milestone_id;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;

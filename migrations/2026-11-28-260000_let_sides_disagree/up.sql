-- The two sides disagree about a milestone: one row from its filing to its end, and what each proposed. Meanwhile its money
-- stays where it is. (What a payer's bank does is in `disputes`.)
CREATE TABLE disagreements (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  side text NOT NULL CONSTRAINT disagreements_side_known CHECK (side IN ('customer', 'partner')),
  filed_by uuid NOT NULL REFERENCES persons (id),
  reason text NOT NULL CONSTRAINT disagreements_reason_length CHECK (char_length(reason) BETWEEN 1 AND 2000),
  currency text NOT NULL REFERENCES currencies (code),
  asked_minor bigint NOT NULL CONSTRAINT disagreements_asked_range CHECK (asked_minor >= 0),
  filed_at timestamptz NOT NULL DEFAULT app_now(),
  answer_by timestamptz NOT NULL CONSTRAINT disagreements_answer_by_later CHECK (answer_by > filed_at),
  answer text CONSTRAINT disagreements_answer_length CHECK (char_length(answer) BETWEEN 1 AND 2000),
  answered_by uuid REFERENCES persons (id),
  answered_at timestamptz,
  heard_at timestamptz,
  mediation_side text CONSTRAINT disagreements_mediation_known CHECK (mediation_side IN ('customer', 'partner')),
  mediation_by uuid REFERENCES persons (id),
  mediation_at timestamptz,
  state text NOT NULL DEFAULT 'open' CONSTRAINT disagreements_state_known CHECK (state IN ('open', 'agreed', 'decided', 'withdrawn', 'closed')),
  back_minor bigint CONSTRAINT disagreements_back_range CHECK (back_minor >= 0),
  released_minor bigint CONSTRAINT disagreements_released_range CHECK (released_minor >= 0),
  outcome text CONSTRAINT disagreements_outcome_length CHECK (char_length(outcome) BETWEEN 1 AND 2000),
  ended_by uuid REFERENCES persons (id),
  ended_at timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT disagreements_milestone_fkey FOREIGN KEY (vendor_id, milestone_id, engagement_id) REFERENCES milestones (vendor_id, id, engagement_id),
  CONSTRAINT disagreements_answered CHECK (num_nonnulls(answer, answered_by, answered_at) IN (0, 3) AND (answered_at IS NULL OR heard_at IS NOT NULL)),
  CONSTRAINT disagreements_mediated CHECK (num_nonnulls(mediation_side, mediation_by, mediation_at) IN (0, 3)),
  CONSTRAINT disagreements_ended CHECK ((state = 'open') = (ended_at IS NULL) AND (state IN ('open', 'closed')) = (ended_by IS NULL)),
  CONSTRAINT disagreements_split CHECK (num_nonnulls(back_minor, released_minor, outcome) = CASE state
    WHEN 'agreed' THEN 3 WHEN 'decided' THEN 3 WHEN 'closed' THEN 1 ELSE 0 END AND (state <> 'closed' OR outcome IS NOT NULL)),
  -- The program decides when a side asked and the other was heard, or when nobody was heard in time.
  CONSTRAINT disagreements_decided CHECK (state <> 'decided' OR
    (heard_at IS NOT NULL AND mediation_at IS NOT NULL) OR (heard_at IS NULL AND ended_at >= answer_by))
);
COMMENT ON COLUMN disagreements.side IS 'who filed it';
COMMENT ON COLUMN disagreements.asked_minor IS 'how much whoever filed it wanted to go back to the customer';
COMMENT ON COLUMN disagreements.heard_at IS 'when the other side first answered, proposed or asked the program';
COMMENT ON COLUMN disagreements.mediation_side IS 'who asked the program to decide';
COMMENT ON COLUMN disagreements.back_minor IS 'what went back to the customer in the end; released_minor is what the payees got or kept';
CALL make_tenant_table('disagreements');
REVOKE UPDATE, DELETE ON disagreements FROM attache_app;
GRANT UPDATE (answer, answered_by, answered_at, heard_at, mediation_side, mediation_by, mediation_at, state, back_minor, released_minor,
  outcome, ended_by, ended_at) ON disagreements TO attache_app;
-- One of a milestone is open, and one that was carried out is the last.
CREATE UNIQUE INDEX disagreements_one ON disagreements (vendor_id, milestone_id) WHERE state IN ('open', 'agreed', 'decided');
CREATE INDEX disagreements_latest ON disagreements (vendor_id, filed_at DESC, id DESC);
CREATE INDEX disagreements_open ON disagreements (vendor_id, answer_by) WHERE state = 'open';
CREATE INDEX disagreements_by_milestone ON disagreements (vendor_id, milestone_id, filed_at DESC);
CREATE INDEX disagreements_by_engagement ON disagreements (vendor_id, engagement_id, filed_at DESC);

-- What a side proposes: so much back to the customer, the rest to the payees. Its next one takes its place.
CREATE TABLE disagreement_proposals (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  disagreement_id uuid NOT NULL,
  side text NOT NULL CONSTRAINT disagreement_proposals_side_known CHECK (side IN ('customer', 'partner')),
  currency text NOT NULL REFERENCES currencies (code),
  back_minor bigint NOT NULL CONSTRAINT disagreement_proposals_back_range CHECK (back_minor >= 0),
  released_minor bigint NOT NULL CONSTRAINT disagreement_proposals_released_range CHECK (released_minor >= 0),
  note text NOT NULL CONSTRAINT disagreement_proposals_note_length CHECK (char_length(note) BETWEEN 1 AND 2000),
  proposed_by uuid NOT NULL REFERENCES persons (id),
  proposed_at timestamptz NOT NULL DEFAULT app_now(),
  state text NOT NULL DEFAULT 'open' CONSTRAINT disagreement_proposals_state_known CHECK (state IN ('open', 'accepted', 'replaced', 'over')),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT disagreement_proposals_of_something CHECK (back_minor + released_minor > 0),
  CONSTRAINT disagreement_proposals_disagreement_fkey FOREIGN KEY (vendor_id, disagreement_id) REFERENCES disagreements (vendor_id, id)
);
CALL make_tenant_table('disagreement_proposals');
REVOKE UPDATE, DELETE ON disagreement_proposals FROM attache_app;
GRANT UPDATE (state) ON disagreement_proposals TO attache_app;
CREATE UNIQUE INDEX disagreement_proposals_one_open ON disagreement_proposals (vendor_id, disagreement_id, side) WHERE state = 'open';
CREATE UNIQUE INDEX disagreement_proposals_one_accepted ON disagreement_proposals (vendor_id, disagreement_id) WHERE state = 'accepted';
CREATE INDEX disagreement_proposals_by_disagreement ON disagreement_proposals (vendor_id, disagreement_id, proposed_at);

-- Filing takes the lock of the milestone's row, as every movement of its money does, so one of the two comes before the other.
-- It is of money that is held, or was released and is with the payees; not of what is being released.
CREATE FUNCTION disagreement_waits_for_money() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  of record;
BEGIN
  SELECT m.currency, m.state, m.price_minor - m.sent_back_minor - m.released_minor AS rest, m.released_minor - m.given_back_minor AS paid_out
    INTO of FROM milestones m WHERE m.vendor_id = NEW.vendor_id AND m.id = NEW.milestone_id FOR NO KEY UPDATE;
  IF NOT FOUND OR of.currency <> NEW.currency OR NEW.asked_minor > (CASE
      WHEN of.state IN ('funded', 'submitted', 'changes_requested') AND of.rest > 0 THEN of.rest
      WHEN of.state IN ('accepted', 'settled') AND of.rest = 0 AND of.paid_out > 0 THEN of.paid_out
      ELSE -1 END) THEN
    RAISE EXCEPTION 'there is not so much to disagree about' USING ERRCODE = 'check_violation', CONSTRAINT = 'disagreements_of_money';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER disagreements_wait_for_money BEFORE INSERT ON disagreements FOR EACH ROW EXECUTE FUNCTION disagreement_waits_for_money();
CREATE FUNCTION disagreement_stays_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'it has ended' USING ERRCODE = 'check_violation', CONSTRAINT = 'disagreements_stay_ended';
END $$;
CREATE TRIGGER disagreements_stay_ended BEFORE UPDATE ON disagreements FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION disagreement_stays_ended();

-- While the sides disagree nothing of the milestone is accepted, released or sent back, whoever asks. What was asked of Stripe
-- before and is refused may come home: that makes `given_back_minor` less.
CREATE FUNCTION money_waits_for_disagreement() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  of uuid;
BEGIN
  IF TG_TABLE_NAME = 'milestones' THEN
    of := NEW.id;
  ELSE
    of := NEW.milestone_id;
    PERFORM FROM milestones m WHERE m.vendor_id = NEW.vendor_id AND m.id = of FOR NO KEY UPDATE;
  END IF;
  PERFORM FROM disagreements d WHERE d.vendor_id = NEW.vendor_id AND d.milestone_id = of AND d.state = 'open';
  IF FOUND THEN
    RAISE EXCEPTION 'the sides disagree about this milestone' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_waits_for_disagreement';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER milestones_wait BEFORE UPDATE ON milestones FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('accepted', 'refunded', 'settled') OR NEW.sent_back_minor <> OLD.sent_back_minor
    OR NEW.released_minor <> OLD.released_minor OR NEW.given_back_minor > OLD.given_back_minor)
  EXECUTE FUNCTION money_waits_for_disagreement();
CREATE TRIGGER releases_wait BEFORE INSERT ON releases FOR EACH ROW EXECUTE FUNCTION money_waits_for_disagreement();
CREATE TRIGGER refunds_wait BEFORE INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION money_waits_for_disagreement();

-- Above an amount that the program sets for a currency, what its own people do with money waits for a second person: a refund,
-- the award of a disagreement, an explained difference, a looser limit. No row, or an empty limit: one person is enough.
CREATE TABLE money_limits (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  currency text NOT NULL REFERENCES currencies (code),
  limit_minor bigint CONSTRAINT money_limits_range CHECK (limit_minor BETWEEN 0 AND 100000000000000),
  set_by uuid NOT NULL REFERENCES persons (id),
  set_at timestamptz NOT NULL DEFAULT app_now(),
  approval_id uuid,
  PRIMARY KEY (vendor_id, currency)
);
COMMENT ON COLUMN money_limits.limit_minor IS 'up to this one person is enough';
COMMENT ON COLUMN money_limits.approval_id IS 'who agreed, where it was made looser';
CALL make_tenant_table('money_limits');
REVOKE UPDATE, DELETE ON money_limits FROM attache_app;
GRANT UPDATE (limit_minor, set_by, set_at, approval_id) ON money_limits TO attache_app;

CREATE FUNCTION words_in(words text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT cardinality(regexp_split_to_array(btrim(words, E' \n\t'), '\s+'))
$$;

-- What waits, frozen: the terms are never rewritten, and the database names them by a hash.
CREATE TABLE money_approvals (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT money_approvals_kind_known CHECK (kind IN ('refund', 'give_back', 'award', 'explanation', 'limit')),
  milestone_id uuid,
  disagreement_id uuid,
  break_id uuid,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint CONSTRAINT money_approvals_amount_range CHECK (amount_minor >= 0),
  back_minor bigint CONSTRAINT money_approvals_back_range CHECK (back_minor BETWEEN 0 AND amount_minor),
  correction text,
  limit_minor bigint NOT NULL,
  reason text NOT NULL,
  hash bytea NOT NULL,
  asked_by uuid NOT NULL REFERENCES persons (id),
  asked_at timestamptz NOT NULL DEFAULT app_now(),
  answer_by timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT money_approvals_state_known
    CHECK (state IN ('waiting', 'approved', 'declined', 'withdrawn', 'overtaken', 'lapsed')),
  closed_by uuid REFERENCES persons (id),
  closed_at timestamptz,
  words text,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT money_approvals_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id),
  CONSTRAINT money_approvals_disagreement_fkey FOREIGN KEY (vendor_id, disagreement_id) REFERENCES disagreements (vendor_id, id),
  CONSTRAINT money_approvals_break_fkey FOREIGN KEY (vendor_id, break_id) REFERENCES reconciliation_breaks (vendor_id, id),
  CONSTRAINT money_approvals_about CHECK (
    (milestone_id IS NOT NULL) = (kind IN ('refund', 'give_back', 'award')) AND (disagreement_id IS NOT NULL) = (kind = 'award')
    AND (break_id IS NOT NULL) = (kind = 'explanation') AND (back_minor IS NOT NULL) = (kind = 'award')
    AND (kind = 'limit' OR amount_minor > 0) AND (kind = 'explanation' OR correction IS NULL)),
  CONSTRAINT money_approvals_reasoned CHECK (char_length(reason) <= 2000 AND words_in(reason) >= 3),
  -- The author never says yes or no to what the author asked for.
  CONSTRAINT money_approvals_two_persons CHECK (state NOT IN ('approved', 'declined') OR closed_by <> asked_by),
  CONSTRAINT money_approvals_withdrawn CHECK (state <> 'withdrawn' OR closed_by = asked_by),
  CONSTRAINT money_approvals_closed CHECK ((state = 'waiting') = (closed_at IS NULL) AND (state IN ('waiting', 'lapsed')) = (closed_by IS NULL)),
  CONSTRAINT money_approvals_answered CHECK ((state IN ('approved', 'declined', 'overtaken')) = (words IS NOT NULL)
    AND (state NOT IN ('approved', 'declined') OR char_length(words) <= 2000 AND words_in(words) >= 3))
);
COMMENT ON COLUMN money_approvals.amount_minor IS 'what counts; of a limit, the one that is wanted, none when empty';
COMMENT ON COLUMN money_approvals.back_minor IS 'of an award: what goes back to the customer; the payees get the rest';
COMMENT ON COLUMN money_approvals.limit_minor IS 'the limit when it was asked for';
COMMENT ON COLUMN money_approvals.words IS 'the reason of whoever answered, or what did not fit any more';
CALL make_tenant_table('money_approvals');
REVOKE UPDATE, DELETE ON money_approvals FROM attache_app;
GRANT UPDATE (state, closed_by, closed_at, words) ON money_approvals TO attache_app;
CREATE UNIQUE INDEX money_approvals_one_a_milestone ON money_approvals (vendor_id, milestone_id) WHERE state = 'waiting' AND milestone_id IS NOT NULL;
CREATE UNIQUE INDEX money_approvals_one_a_break ON money_approvals (vendor_id, break_id) WHERE state = 'waiting' AND break_id IS NOT NULL;
CREATE UNIQUE INDEX money_approvals_one_a_limit ON money_approvals (vendor_id, currency) WHERE state = 'waiting' AND kind = 'limit';
CREATE INDEX money_approvals_latest ON money_approvals (vendor_id, asked_at DESC, id DESC);
CREATE INDEX money_approvals_waiting ON money_approvals (vendor_id, answer_by) WHERE state = 'waiting';
CREATE INDEX money_approvals_by_milestone ON money_approvals (vendor_id, milestone_id, asked_at) WHERE milestone_id IS NOT NULL;
CREATE INDEX money_approvals_by_disagreement ON money_approvals (vendor_id, disagreement_id) WHERE disagreement_id IS NOT NULL;
CREATE INDEX money_approvals_by_break ON money_approvals (vendor_id, break_id) WHERE break_id IS NOT NULL;

ALTER TABLE money_limits ADD CONSTRAINT money_limits_approval_fkey FOREIGN KEY (vendor_id, approval_id) REFERENCES money_approvals (vendor_id, id);
CREATE INDEX money_limits_by_approval ON money_limits (vendor_id, approval_id) WHERE approval_id IS NOT NULL;
ALTER TABLE refunds ADD COLUMN approval_id uuid, ADD COLUMN disagreement_id uuid, ADD COLUMN alone_at timestamptz,
  ADD CONSTRAINT refunds_approval_fkey FOREIGN KEY (vendor_id, approval_id) REFERENCES money_approvals (vendor_id, id),
  ADD CONSTRAINT refunds_disagreement_fkey FOREIGN KEY (vendor_id, disagreement_id) REFERENCES disagreements (vendor_id, id),
  ADD CONSTRAINT refunds_approval_key UNIQUE (vendor_id, approval_id),
  ADD CONSTRAINT refunds_disagreement_key UNIQUE (vendor_id, disagreement_id);
COMMENT ON COLUMN refunds.approval_id IS 'the yes of a second person that it is carried out by';
COMMENT ON COLUMN refunds.disagreement_id IS 'the disagreement whose split it carries out';
COMMENT ON COLUMN refunds.alone_at IS 'when somebody of the program asked for it without a second person';
CREATE INDEX refunds_alone ON refunds (vendor_id, milestone_id, alone_at) WHERE alone_at IS NOT NULL;
ALTER TABLE disagreements ADD COLUMN approval_id uuid, ADD COLUMN alone_at timestamptz,
  ADD CONSTRAINT disagreements_approval_fkey FOREIGN KEY (vendor_id, approval_id) REFERENCES money_approvals (vendor_id, id),
  ADD CONSTRAINT disagreements_approval_key UNIQUE (vendor_id, approval_id);
COMMENT ON COLUMN disagreements.alone_at IS 'when the program decided it without a second person';
GRANT UPDATE (approval_id) ON disagreements TO attache_app;
ALTER TABLE reconciliation_breaks ADD COLUMN approval_id uuid,
  ADD CONSTRAINT reconciliation_breaks_approval_fkey FOREIGN KEY (vendor_id, approval_id) REFERENCES money_approvals (vendor_id, id),
  ADD CONSTRAINT reconciliation_breaks_approval_key UNIQUE (vendor_id, approval_id);
GRANT UPDATE (approval_id) ON reconciliation_breaks TO attache_app;

-- Whether somebody has a seat of the program now, whatever other seats the person has; and one that may ask and answer.
CREATE FUNCTION is_staff(vendor uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM memberships m WHERE m.vendor_id = is_staff.vendor AND m.person_id = is_staff.person
    AND m.organization_kind = 'vendor' AND m.ended_at IS NULL)
$$;
CREATE FUNCTION answers_for_money(vendor uuid, kind text) RETURNS SETOF uuid LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT m.person_id FROM memberships m
  WHERE m.vendor_id = answers_for_money.vendor AND m.organization_kind = 'vendor' AND m.ended_at IS NULL
    AND m.role IN ('owner', CASE answers_for_money.kind WHEN 'award' THEN 'program_manager' ELSE 'finance' END)
$$;

-- The limit that an amount passes when one person asks for it; null while it does not. What went without a second person out
-- of the same milestone within a day counts with it, so a sum in parts is the sum.
CREATE FUNCTION money_limit_passed(vendor uuid, person uuid, milestone uuid, currency text, minor bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT l.limit_minor FROM money_limits l
  WHERE l.vendor_id = money_limit_passed.vendor AND l.currency = money_limit_passed.currency
    AND is_staff(money_limit_passed.vendor, money_limit_passed.person)
    AND l.limit_minor < money_limit_passed.minor
      + (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r WHERE r.vendor_id = l.vendor_id AND r.milestone_id = money_limit_passed.milestone
          AND r.alone_at > app_now() - interval '24 hours')
      + (SELECT coalesce(sum(d.back_minor + d.released_minor), 0) FROM disagreements d WHERE d.vendor_id = l.vendor_id
          AND d.milestone_id = money_limit_passed.milestone AND d.alone_at > app_now() - interval '24 hours')
$$;

CREATE FUNCTION money_approvals_are_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.asked_at := app_now();
    IF NEW.state <> 'waiting' OR NEW.answer_by <= NEW.asked_at OR NEW.answer_by > NEW.asked_at + interval '7 days' OR NOT is_staff(NEW.vendor_id, NEW.asked_by) THEN
      RAISE EXCEPTION 'somebody of the program asks, and it waits for days' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_approvals_asked';
    END IF;
    NEW.hash := sha256(convert_to(concat_ws(E'\n', 'attache money approval 1', NEW.vendor_id, NEW.id, NEW.kind, coalesce(NEW.milestone_id::text, '-'),
      coalesce(NEW.disagreement_id::text, '-'), coalesce(NEW.break_id::text, '-'), NEW.currency, coalesce(NEW.amount_minor::text, '-'),
      coalesce(NEW.back_minor::text, '-'), coalesce(NEW.correction, '-'), NEW.asked_by, NEW.reason), 'UTF8'));
    RETURN NEW;
  END IF;
  IF OLD.state <> 'waiting' OR to_jsonb(NEW) - ARRAY['state', 'closed_by', 'closed_at', 'words'] IS DISTINCT FROM
      to_jsonb(OLD) - ARRAY['state', 'closed_by', 'closed_at', 'words'] THEN
    RAISE EXCEPTION 'it stays as it was asked for and answered' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_approvals_stay';
  END IF;
  NEW.closed_at := CASE NEW.state WHEN 'waiting' THEN NULL ELSE app_now() END;
  IF (NEW.state = 'lapsed') <> (OLD.answer_by <= app_now()) AND NEW.state IN ('approved', 'declined', 'lapsed') THEN
    RAISE EXCEPTION 'it is answered in time, and lapses after it' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_approvals_in_time';
  END IF;
  IF NEW.state IN ('approved', 'declined') AND NEW.closed_by NOT IN (SELECT answers_for_money(NEW.vendor_id, NEW.kind)) THEN
    RAISE EXCEPTION 'somebody answers who may do it' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_approvals_answered_by_role';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER money_approvals_are_frozen BEFORE INSERT OR UPDATE ON money_approvals FOR EACH ROW EXECUTE FUNCTION money_approvals_are_frozen();

-- Whoever writes it: above the limit nothing is done without a row that another person approved in this very transaction.
CREATE FUNCTION money_wants_two() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a second person has to approve exactly this' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_wants_two';
END $$;

CREATE FUNCTION refund_wants_two() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.alone_at := NULL;
  IF NEW.approval_id IS NOT NULL THEN
    PERFORM FROM money_approvals a WHERE a.vendor_id = NEW.vendor_id AND a.id = NEW.approval_id AND a.state = 'approved' AND a.closed_at = app_now()
      AND (a.kind, a.milestone_id, a.currency, a.amount_minor, a.asked_by) =
        (CASE WHEN NEW.released THEN 'give_back' ELSE 'refund' END, NEW.milestone_id, NEW.currency, NEW.amount_minor, NEW.asked_by);
    IF NOT FOUND THEN PERFORM money_wants_two(); END IF;
  ELSIF NEW.disagreement_id IS NOT NULL THEN
    -- A split that both sides agreed to, or whose award was looked at where it was decided.
    PERFORM FROM disagreements d WHERE d.vendor_id = NEW.vendor_id AND d.id = NEW.disagreement_id AND d.milestone_id = NEW.milestone_id
      AND d.state IN ('agreed', 'decided') AND (d.currency, d.back_minor) = (NEW.currency, NEW.amount_minor);
    IF NOT FOUND THEN PERFORM money_wants_two(); END IF;
  ELSIF EXISTS (SELECT FROM money_limits l WHERE l.vendor_id = NEW.vendor_id AND l.currency = NEW.currency AND l.limit_minor IS NOT NULL) THEN
    IF NEW.asked_by IS NULL THEN
      -- Nobody asked: it was paid after the milestone stopped taking payments.
      PERFORM FROM payments p WHERE p.vendor_id = NEW.vendor_id AND p.id = NEW.payment_id AND p.state = 'returned';
      IF NOT FOUND OR NEW.released THEN PERFORM money_wants_two(); END IF;
    ELSIF is_staff(NEW.vendor_id, NEW.asked_by) THEN
      IF money_limit_passed(NEW.vendor_id, NEW.asked_by, NEW.milestone_id, NEW.currency, NEW.amount_minor) IS NOT NULL THEN PERFORM money_wants_two(); END IF;
      NEW.alone_at := app_now();
    ELSE
      -- The consultant's side gives back what was released, and only that.
      PERFORM FROM milestones m JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id
        JOIN memberships s ON s.vendor_id = e.vendor_id AND s.organization_id = e.partner_organization_id AND s.person_id = NEW.asked_by AND s.ended_at IS NULL
        WHERE m.vendor_id = NEW.vendor_id AND m.id = NEW.milestone_id;
      IF NOT FOUND OR NOT NEW.released THEN PERFORM money_wants_two(); END IF;
    END IF;
  ELSIF is_staff(NEW.vendor_id, NEW.asked_by) THEN
    NEW.alone_at := app_now();
  END IF;
  RETURN NEW;
END $$;
-- Named so that it comes after the locks of milestone and payment.
CREATE TRIGGER refunds_yes_of_two BEFORE INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION refund_wants_two();

CREATE FUNCTION award_wants_two() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.alone_at := NULL;
  IF NEW.state <> 'decided' THEN
    NEW.approval_id := NULL;
  ELSIF NEW.approval_id IS NOT NULL THEN
    PERFORM FROM money_approvals a WHERE a.vendor_id = NEW.vendor_id AND a.id = NEW.approval_id AND a.state = 'approved' AND a.closed_at = app_now()
      AND (a.kind, a.disagreement_id, a.currency, a.amount_minor, a.back_minor, a.asked_by) =
        ('award', NEW.id, NEW.currency, NEW.back_minor + NEW.released_minor, NEW.back_minor, NEW.ended_by);
    IF NOT FOUND THEN PERFORM money_wants_two(); END IF;
  ELSE
    IF EXISTS (SELECT FROM money_limits l WHERE l.vendor_id = NEW.vendor_id AND l.currency = NEW.currency AND l.limit_minor IS NOT NULL)
       AND (NOT is_staff(NEW.vendor_id, NEW.ended_by) OR
        money_limit_passed(NEW.vendor_id, NEW.ended_by, NEW.milestone_id, NEW.currency, NEW.back_minor + NEW.released_minor) IS NOT NULL) THEN
      PERFORM money_wants_two();
    END IF;
    NEW.alone_at := app_now();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER disagreements_yes_of_two BEFORE UPDATE ON disagreements FOR EACH ROW WHEN (OLD.state = 'open') EXECUTE FUNCTION award_wants_two();

-- By how much the books and Stripe differ. A warning of money that is held long differs by nothing.
CREATE FUNCTION break_minor(of reconciliation_breaks) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE (break_minor.of).kind WHEN 'held_long' THEN 0
    ELSE abs(coalesce((break_minor.of).seen_minor, 0) - coalesce((break_minor.of).expected_minor, 0)) END
$$;
CREATE FUNCTION explanation_wants_two() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.approval_id IS NOT NULL THEN
    PERFORM FROM money_approvals a WHERE a.vendor_id = NEW.vendor_id AND a.id = NEW.approval_id AND a.state = 'approved' AND a.closed_at = app_now()
      AND (a.kind, a.break_id, a.currency, a.amount_minor, a.asked_by) = ('explanation', NEW.id, OLD.currency, break_minor(OLD), NEW.explained_by)
      AND a.correction IS NOT DISTINCT FROM NEW.correction;
    IF NOT FOUND THEN PERFORM money_wants_two(); END IF;
  ELSIF NEW.explained_by IS NOT NULL AND money_limit_passed(NEW.vendor_id, NEW.explained_by, NULL, OLD.currency, break_minor(OLD)) IS NOT NULL THEN
    PERFORM money_wants_two();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_breaks_yes_of_two BEFORE UPDATE ON reconciliation_breaks FOR EACH ROW
  WHEN (NEW.state = 'explained' AND OLD.state <> 'explained') EXECUTE FUNCTION explanation_wants_two();

-- A stricter limit is one person's to set, a looser one two persons'; and there are two who may answer each kind.
CREATE FUNCTION money_limit_wants_two() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.set_at := app_now();
  IF NEW.set_by NOT IN (SELECT answers_for_money(NEW.vendor_id, 'limit')) THEN
    RAISE EXCEPTION 'the owner or finance of the program sets it' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_limits_set_by_role';
  END IF;
  IF NEW.limit_minor IS NOT NULL AND ((SELECT count(*) FROM answers_for_money(NEW.vendor_id, 'limit')) < 2
      OR (SELECT count(*) FROM answers_for_money(NEW.vendor_id, 'award')) < 2) THEN
    RAISE EXCEPTION 'nobody could be the second person' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_limits_answerable';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.limit_minor IS NOT NULL AND coalesce(NEW.limit_minor > OLD.limit_minor, true) THEN
    PERFORM FROM money_approvals a WHERE a.vendor_id = NEW.vendor_id AND a.id = NEW.approval_id AND a.state = 'approved' AND a.closed_at = app_now()
      AND (a.kind, a.currency, a.asked_by) = ('limit', NEW.currency, NEW.set_by) AND a.amount_minor IS NOT DISTINCT FROM NEW.limit_minor;
    IF NOT FOUND THEN PERFORM money_wants_two(); END IF;
  ELSE
    NEW.approval_id := NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER money_limits_want_two BEFORE INSERT OR UPDATE ON money_limits FOR EACH ROW EXECUTE FUNCTION money_limit_wants_two();

-- The payment processor lets a platform hold what customers paid for so many days, by the country of the platform's account:
-- two years in the United States, ten days in Thailand, ninety elsewhere. Each start of the program writes the country down.
CREATE TABLE payment_platform (
  one boolean PRIMARY KEY DEFAULT true CONSTRAINT payment_platform_one CHECK (one),
  country text NOT NULL CONSTRAINT payment_platform_country CHECK (country ~ '^[A-Z]{2}$')
);
CALL make_global_table('payment_platform');
CREATE FUNCTION hold_days(country text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE hold_days.country WHEN 'US' THEN 730 WHEN 'TH' THEN 10 ELSE 90 END
$$;

ALTER TABLE milestones ADD COLUMN charged_at timestamptz, ADD COLUMN hold_until timestamptz;
GRANT UPDATE (charged_at) ON milestones TO attache_app;
COMMENT ON COLUMN milestones.charged_at IS 'by the payment processor; news of it may have come later';
COMMENT ON COLUMN milestones.hold_until IS 'what is held has left by then at the latest, counted from its own charge';
CREATE FUNCTION milestone_counts_its_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.funded_at IS DISTINCT FROM OLD.funded_at THEN
    NEW.hold_until := coalesce(NEW.charged_at, NEW.funded_at) + make_interval(days => hold_days((SELECT country FROM payment_platform)));
  ELSE
    NEW.hold_until := OLD.hold_until;
  END IF;
  RETURN NEW;
END $$;

DO $$
DECLARE
  vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    -- What is held since before counts as in most countries. What is over in it warns at once, and goes back in three days.
    UPDATE milestones m SET hold_until = m.funded_at + interval '90 days' WHERE m.funded_at IS NOT NULL;
    INSERT INTO jobs (id, kind, vendor_id, facts, run_at)
      SELECT gen_random_uuid(), 'hold-timer', m.vendor_id,
        jsonb_build_object('milestone', m.id, 'hold_until', to_char(m.hold_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'step', s.step), s.at
      FROM milestones m CROSS JOIN LATERAL (VALUES ('soon', m.hold_until - interval '3 days'),
        ('due', greatest(m.hold_until - interval '1 day', app_now() + interval '3 days'))) AS s (step, at)
      WHERE m.state IN ('funded', 'submitted', 'changes_requested');
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;
CREATE TRIGGER milestones_count_their_hold BEFORE INSERT OR UPDATE ON milestones FOR EACH ROW EXECUTE FUNCTION milestone_counts_its_hold();
ALTER TABLE milestones ADD CONSTRAINT milestones_hold CHECK ((hold_until IS NULL) = (funded_at IS NULL));
CREATE INDEX milestones_held ON milestones (vendor_id, hold_until) WHERE state IN ('funded', 'submitted', 'changes_requested');

-- On the last day what is held goes back although nobody asked, also above a limit of one person.
CREATE FUNCTION hold_is_over(vendor uuid, milestone uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM milestones m WHERE m.vendor_id = hold_is_over.vendor AND m.id = hold_is_over.milestone
    AND m.hold_until <= app_now() + interval '1 day')
$$;
CREATE OR REPLACE FUNCTION refund_wants_two() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
      -- Nobody asked: it was paid after the milestone stopped taking payments, or may be held no longer.
      PERFORM FROM payments p WHERE p.vendor_id = NEW.vendor_id AND p.id = NEW.payment_id
        AND (p.state = 'returned' OR hold_is_over(NEW.vendor_id, NEW.milestone_id));
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

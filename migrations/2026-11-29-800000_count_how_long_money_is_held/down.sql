DELETE FROM jobs WHERE kind = 'hold-timer';
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
DROP FUNCTION hold_is_over(uuid, uuid);
DROP TRIGGER milestones_count_their_hold ON milestones;
ALTER TABLE milestones DROP COLUMN hold_until, DROP COLUMN charged_at;
DROP FUNCTION milestone_counts_its_hold(), hold_days(text);
DROP TABLE payment_platform;

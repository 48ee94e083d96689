-- What waits for several people ends with what it is about, whichever way that ends: the letter, what was asked for, the
-- engagement, the account, the consultant's seat.
CREATE OR REPLACE FUNCTION lapse_grant_proposals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'memberships' THEN
    UPDATE grant_proposals p SET state = 'lapsed', closed_at = app_now() FROM engagements e
      WHERE p.vendor_id = NEW.vendor_id AND p.consultant_id = NEW.person_id AND p.state = 'waiting'
        AND e.vendor_id = p.vendor_id AND e.id = p.engagement_id AND e.partner_organization_id = NEW.organization_id;
  ELSE
    UPDATE grant_proposals p SET state = 'lapsed', closed_at = app_now() WHERE p.vendor_id = NEW.vendor_id AND p.state = 'waiting'
      AND NEW.id = CASE TG_TABLE_NAME WHEN 'grants' THEN p.grant_id WHEN 'grant_amendments' THEN p.amendment_id WHEN 'engagements' THEN p.engagement_id ELSE p.connection_id END;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER engagements_end_their_proposals AFTER UPDATE ON engagements FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION lapse_grant_proposals();
CREATE TRIGGER connections_end_their_proposals AFTER UPDATE ON connections FOR EACH ROW
  WHEN (OLD.state <> 'disconnected' AND NEW.state = 'disconnected') EXECUTE FUNCTION lapse_grant_proposals();
CREATE TRIGGER memberships_end_their_proposals AFTER UPDATE ON memberships FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION lapse_grant_proposals();

CREATE INDEX grant_proposals_waiting_for_account ON grant_proposals (vendor_id, connection_id) WHERE state = 'waiting';
CREATE INDEX grant_proposals_waiting_for_person ON grant_proposals (vendor_id, consultant_id) WHERE state = 'waiting';

-- Whoever wrote it or agreed to it hears that it lapsed, and the trail says so.
CREATE FUNCTION tell_lapsed_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO jobs (id, vendor_id, kind, facts, unique_key)
    VALUES (gen_random_uuid(), NEW.vendor_id, 'tell-lapsed-proposal', jsonb_build_object('customer', NEW.customer_organization_id, 'proposal', NEW.id),
      'tell-lapsed-proposal:' || NEW.id)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER grant_proposals_lapse_is_told AFTER UPDATE ON grant_proposals FOR EACH ROW
  WHEN (OLD.state = 'waiting' AND NEW.state = 'lapsed') EXECUTE FUNCTION tell_lapsed_proposal();

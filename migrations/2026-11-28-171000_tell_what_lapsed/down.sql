DROP TRIGGER grant_proposals_lapse_is_told ON grant_proposals;
DROP FUNCTION tell_lapsed_proposal();
DROP INDEX grant_proposals_waiting_for_account;
DROP INDEX grant_proposals_waiting_for_person;
DROP TRIGGER memberships_end_their_proposals ON memberships;
DROP TRIGGER connections_end_their_proposals ON connections;
DROP TRIGGER engagements_end_their_proposals ON engagements;
CREATE OR REPLACE FUNCTION lapse_grant_proposals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'grants' THEN
    UPDATE grant_proposals SET state = 'lapsed', closed_at = app_now() WHERE vendor_id = NEW.vendor_id AND grant_id = NEW.id AND state = 'waiting';
  ELSE
    UPDATE grant_proposals SET state = 'lapsed', closed_at = app_now() WHERE vendor_id = NEW.vendor_id AND amendment_id = NEW.id AND state = 'waiting';
  END IF;
  RETURN NULL;
END $$;

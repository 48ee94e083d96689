-- Parts that were released cannot be told by the schema before: a milestone with one keeps this from going back.
DO $$
DECLARE
  vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    IF EXISTS (SELECT FROM releases WHERE NOT acceptance) THEN
      RAISE EXCEPTION 'a part of a milestone was released';
    END IF;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;
DROP FUNCTION rest_of_share(uuid, uuid, text);
GRANT UPDATE ON milestones TO attache_app;
DROP INDEX transfers_by_milestone;
ALTER TABLE transfers DROP CONSTRAINT transfers_release_fkey, DROP CONSTRAINT transfers_party_key, DROP COLUMN release_id, DROP COLUMN acceptance,
  ADD CONSTRAINT transfers_party_key UNIQUE (vendor_id, milestone_id, party);
DROP TABLE releases;
DROP FUNCTION count_release();
ALTER TABLE milestones DROP CONSTRAINT milestones_released, DROP CONSTRAINT milestones_settled, DROP CONSTRAINT milestones_given_back,
  DROP CONSTRAINT milestones_state_known, DROP COLUMN released_minor, DROP COLUMN settled_at,
  ADD CONSTRAINT milestones_state_known CHECK (state IN ('planned', 'funded', 'submitted', 'changes_requested', 'accepted', 'refunded')),
  ADD CONSTRAINT milestones_given_back CHECK (
    given_back_minor BETWEEN 0 AND price_minor - sent_back_minor AND (given_back_minor = 0 OR state = 'accepted'));

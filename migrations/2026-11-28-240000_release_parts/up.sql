-- A part of what is held is released before acceptance, as often as the customer wants; acceptance releases the rest. One
-- row a release, that of the acceptance too. A milestone of which parts were released and the rest went back is settled.
ALTER TABLE milestones ADD COLUMN released_minor bigint NOT NULL DEFAULT 0, ADD COLUMN settled_at timestamptz,
  DROP CONSTRAINT milestones_state_known, DROP CONSTRAINT milestones_given_back;
COMMENT ON COLUMN milestones.released_minor IS 'of its price, by its releases; what is neither released nor sent back is held';

CREATE TABLE releases (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  milestone_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  amount_minor bigint NOT NULL CONSTRAINT releases_amount_positive CHECK (amount_minor > 0),
  acceptance boolean NOT NULL,
  reason text NOT NULL DEFAULT '',
  released_by uuid REFERENCES persons (id),
  released_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT releases_acceptance_key UNIQUE (vendor_id, id, milestone_id, acceptance),
  CONSTRAINT releases_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id),
  CONSTRAINT releases_reason CHECK (char_length(reason) <= 2000 AND (acceptance OR reason <> ''))
);
COMMENT ON COLUMN releases.acceptance IS 'the last one, of all that was held then; the others are parts';
CALL make_tenant_table('releases');
REVOKE UPDATE, DELETE ON releases FROM attache_app;
CREATE UNIQUE INDEX releases_one_acceptance ON releases (vendor_id, milestone_id) WHERE acceptance;
CREATE INDEX releases_by_milestone ON releases (vendor_id, milestone_id, released_at, id);

ALTER TABLE transfers ADD COLUMN release_id uuid, ADD COLUMN acceptance boolean NOT NULL DEFAULT true;
-- What was accepted and released before is one release each.
DO $$
DECLARE
  vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    INSERT INTO releases (vendor_id, id, milestone_id, currency, amount_minor, acceptance, released_by, released_at)
      SELECT m.vendor_id, gen_random_uuid(), m.id, m.currency, m.price_minor - m.sent_back_minor, true, m.accepted_by, m.accepted_at
      FROM milestones m WHERE m.state = 'accepted' AND EXISTS (SELECT FROM journals j WHERE j.event_key = 'accept:' || m.id);
    UPDATE milestones m SET released_minor = r.amount_minor FROM releases r WHERE r.vendor_id = m.vendor_id AND r.milestone_id = m.id;
    UPDATE transfers t SET release_id = r.id FROM releases r WHERE r.vendor_id = t.vendor_id AND r.milestone_id = t.milestone_id;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;
ALTER TABLE milestones
  ADD CONSTRAINT milestones_state_known CHECK (state IN ('planned', 'funded', 'submitted', 'changes_requested', 'accepted', 'refunded', 'settled')),
  ADD CONSTRAINT milestones_released CHECK (
    released_minor BETWEEN 0 AND price_minor - sent_back_minor AND (state <> 'planned' OR released_minor = 0)
    AND (state <> 'settled' OR (released_minor > 0 AND released_minor = price_minor - sent_back_minor))),
  ADD CONSTRAINT milestones_given_back CHECK (given_back_minor BETWEEN 0 AND released_minor),
  ADD CONSTRAINT milestones_settled CHECK ((state = 'settled') = (settled_at IS NOT NULL));
ALTER TABLE transfers ALTER release_id SET NOT NULL, ALTER acceptance DROP DEFAULT,
  DROP CONSTRAINT transfers_party_key,
  ADD CONSTRAINT transfers_party_key UNIQUE (vendor_id, release_id, party),
  ADD CONSTRAINT transfers_release_fkey FOREIGN KEY (vendor_id, release_id, milestone_id, acceptance) REFERENCES releases (vendor_id, id, milestone_id, acceptance);
CREATE INDEX transfers_by_milestone ON transfers (vendor_id, milestone_id, party);

-- The sum follows the rows, whoever writes them, under the lock of the milestone's row; `milestones_released` refuses more
-- than is held, however many come at once. The program's role may not write the sum.
REVOKE UPDATE ON milestones FROM attache_app;
GRANT UPDATE (state, funded_at, due_on, submitted_at, accepts_itself_at, accepted_at, accepted_by, refunded_at, settled_at,
  change_requests, sent_back_minor, given_back_minor) ON milestones TO attache_app;
CREATE FUNCTION count_release() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE milestones m SET released_minor = m.released_minor + NEW.amount_minor
    WHERE m.vendor_id = NEW.vendor_id AND m.id = NEW.milestone_id AND m.currency = NEW.currency
      AND CASE WHEN NEW.acceptance THEN m.state = 'accepted' ELSE m.state IN ('funded', 'submitted', 'changes_requested') END;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'only what is held for a milestone is released' USING ERRCODE = 'check_violation', CONSTRAINT = 'releases_of_held';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER releases_counted AFTER INSERT ON releases FOR EACH ROW EXECUTE FUNCTION count_release();
REVOKE ALL ON FUNCTION count_release() FROM PUBLIC;

-- What of a payee's share was not released: what acceptance of all that is held would bring it. Its share of what is kept,
-- rounded down, without what it has. Of a milestone that was refunded it is the whole share.
CREATE FUNCTION rest_of_share(vendor uuid, milestone uuid, share_of text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN m.state = 'refunded' THEN s.amount_minor ELSE greatest(0,
      div(s.amount_minor::numeric * (m.price_minor - m.sent_back_minor - m.given_back_minor), m.price_minor)
      - (SELECT coalesce(sum(t.amount_minor), 0) FROM public.transfers t WHERE t.vendor_id = vendor AND t.milestone_id = m.id AND t.party = share_of)
      + (SELECT coalesce(sum(r.amount_minor), 0) FROM public.recoveries r WHERE r.vendor_id = vendor AND r.milestone_id = m.id AND r.party = share_of
          AND r.state <> 'void'))::bigint END
  FROM public.milestone_shares s JOIN public.milestones m ON m.vendor_id = s.vendor_id AND m.id = s.milestone_id
  WHERE s.vendor_id = vendor AND s.milestone_id = milestone AND s.party = share_of
$$;

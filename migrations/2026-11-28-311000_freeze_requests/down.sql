ALTER TABLE grant_proposals DROP CONSTRAINT grant_proposals_of_more;
DO $$
DECLARE
  v uuid;
BEGIN
  ALTER TABLE grant_proposals DISABLE TRIGGER grant_proposals_are_frozen;
  FOR v IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', v::text, true);
    UPDATE grant_proposals SET before_hash = NULL WHERE kind = 'request';
  END LOOP;
  ALTER TABLE grant_proposals ENABLE TRIGGER grant_proposals_are_frozen;
END $$;
ALTER TABLE grant_proposals ADD CONSTRAINT grant_proposals_of_more
  CHECK ((kind = 'more') = (amendment_id IS NOT NULL) AND (kind = 'more') = (before_hash IS NOT NULL));
DROP TABLE grant_requests;
DROP FUNCTION grant_requests_say_what_was_asked;
CREATE OR REPLACE FUNCTION grants_stay_as_granted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state NOT IN ('requested', 'active') THEN
    RAISE EXCEPTION 'grant % has ended', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_end_is_final';
  END IF;
  IF OLD.state <> 'active' THEN
    RETURN NEW;
  END IF;
  IF (NEW.upstream, NEW.consultant_id, NEW.connection_id, NEW.engagement_id, NEW.granted_at, NEW.granted_by)
     IS DISTINCT FROM (OLD.upstream, OLD.consultant_id, OLD.connection_id, OLD.engagement_id, OLD.granted_at, OLD.granted_by) THEN
    RAISE EXCEPTION 'grant % stays with whom and what it was granted', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_terms_frozen';
  END IF;
  IF (NEW.amendment_id, NEW.amended_at, NEW.amended_by) IS DISTINCT FROM (OLD.amendment_id, OLD.amended_at, OLD.amended_by) THEN
    -- Exactly what was agreed to in this very transaction, beside exactly what held until now.
    IF NEW.amendment_id IS NOT DISTINCT FROM OLD.amendment_id OR NEW.amended_at IS DISTINCT FROM app_now() OR NOT EXISTS (
         SELECT 1 FROM grant_amendments a WHERE a.vendor_id = NEW.vendor_id AND a.id = NEW.amendment_id AND a.grant_id = NEW.id
           AND a.state = 'agreed' AND a.answered_at = NEW.amended_at AND a.answered_by = NEW.amended_by AND a.before_hash = OLD.terms_hash
           AND (a.preset, a.terms, a.terms_hash, a.valid_until) = (NEW.preset, NEW.terms, NEW.terms_hash, NEW.valid_until)) THEN
      RAISE EXCEPTION 'grant % gains only what the customer agreed to', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_amendment_signed';
    END IF;
  ELSIF NEW.preset <> OLD.preset OR NEW.valid_until > OLD.valid_until
      OR NEW.terms <> OLD.terms AND NOT terms_within(OLD.terms::jsonb, NEW.terms::jsonb) THEN
    RAISE EXCEPTION 'grant % can only be narrowed', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_terms_frozen';
  ELSIF (NEW.terms, NEW.valid_until) IS DISTINCT FROM (OLD.terms, OLD.valid_until) AND NEW.narrowed_at IS DISTINCT FROM app_now() THEN
    RAISE EXCEPTION 'grant % says who narrowed it', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_narrowing_signed';
  END IF;
  RETURN NEW;
END $$;

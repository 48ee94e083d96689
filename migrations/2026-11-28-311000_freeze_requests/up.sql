-- What is asked for is frozen when it is asked. A yes may take from it, and have it begin later; what it adds is refused here, whatever the
-- application's catalogue says by then. A colleague who takes a letter over has rules of its own.
CREATE OR REPLACE FUNCTION grants_stay_as_granted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state NOT IN ('requested', 'active') THEN
    RAISE EXCEPTION 'grant % has ended', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_end_is_final';
  END IF;
  IF OLD.state = 'requested' THEN
    IF NEW.state = 'requested' AND OLD.succeeds_id IS NULL AND (NEW.terms, NEW.preset, NEW.upstream, NEW.consultant_id, NEW.engagement_id, NEW.reason, NEW.succeeds_id)
       IS DISTINCT FROM (OLD.terms, OLD.preset, OLD.upstream, OLD.consultant_id, OLD.engagement_id, OLD.reason, OLD.succeeds_id) THEN
      RAISE EXCEPTION 'grant % stays as it was asked for', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_request_frozen';
    END IF;
    IF NEW.state = 'active' AND OLD.succeeds_id IS NULL AND NOT terms_within(
         OLD.terms::jsonb - ARRAY['preset', 'opens', 'starts'], NEW.terms::jsonb - ARRAY['preset', 'opens', 'starts']) THEN
      RAISE EXCEPTION 'grant % allows more than was asked for', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grants_within_request';
    END IF;
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

-- What was asked, kept beside what was granted in its place.
CREATE TABLE grant_requests (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  grant_id uuid NOT NULL,
  terms text NOT NULL,
  terms_hash bytea NOT NULL CONSTRAINT grant_requests_terms_pinned CHECK (terms_hash = sha256(convert_to(terms, 'UTF8'))),
  days integer CONSTRAINT grant_requests_days_counted CHECK (days BETWEEN 1 AND 180),
  asked_at timestamptz NOT NULL DEFAULT app_now(),
  asked_by uuid NOT NULL REFERENCES persons (id),
  PRIMARY KEY (vendor_id, grant_id),
  CONSTRAINT grant_requests_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id)
);
COMMENT ON COLUMN grant_requests.days IS 'for how long it was asked; for as long as the engagement when absent';
CALL make_tenant_table('grant_requests');
REVOKE UPDATE, DELETE ON grant_requests FROM attache_app;

CREATE FUNCTION grant_requests_say_what_was_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.asked_at IS DISTINCT FROM app_now() OR NOT EXISTS (SELECT 1 FROM grants g WHERE g.vendor_id = NEW.vendor_id AND g.id = NEW.grant_id
       AND g.state = 'requested' AND g.requested_at = app_now() AND g.terms = NEW.terms) THEN
    RAISE EXCEPTION 'grant % was asked for otherwise', NEW.grant_id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_requests_true';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grant_requests_say_what_was_asked BEFORE INSERT ON grant_requests FOR EACH ROW EXECUTE FUNCTION grant_requests_say_what_was_asked();

-- What several agree to names the request that it answers, so that each yes is to that too.
ALTER TABLE grant_proposals DROP CONSTRAINT grant_proposals_of_more;
ALTER TABLE grant_proposals ADD CONSTRAINT grant_proposals_of_more
  CHECK ((kind = 'more') = (amendment_id IS NOT NULL) AND (kind = 'more') <= (before_hash IS NOT NULL) AND (before_hash IS NULL OR kind IN ('more', 'request')));
COMMENT ON COLUMN grant_proposals.before_hash IS 'the terms beside which more was looked at, or those that were asked for';

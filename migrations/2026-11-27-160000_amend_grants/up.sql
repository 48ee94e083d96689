-- A consultant may ask for more or longer on a letter in force; the letter gains it only by the yes of a person who decides for the
-- customer. The database is the guard: it takes a wider version of a letter only together with the answered row that names it.
CREATE TABLE grant_amendments (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  grant_id uuid NOT NULL,
  actions text[] NOT NULL,
  last_day date,
  reason text NOT NULL CONSTRAINT grant_amendments_reason_length CHECK (char_length(reason) BETWEEN 1 AND 1000),
  asked_by uuid NOT NULL REFERENCES persons (id),
  asked_at timestamptz NOT NULL DEFAULT app_now(),
  answer_by timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'asked' CONSTRAINT grant_amendments_state_known CHECK (state IN ('asked', 'agreed', 'declined', 'withdrawn', 'lapsed')),
  answered_at timestamptz,
  answered_by uuid REFERENCES persons (id),
  before_hash bytea,
  preset text,
  terms text,
  terms_hash bytea CONSTRAINT grant_amendments_terms_pinned CHECK (terms_hash = sha256(convert_to(terms, 'UTF8'))),
  valid_until timestamptz,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT grant_amendments_of_one_grant UNIQUE (vendor_id, id, grant_id),
  CONSTRAINT grant_amendments_grant_fkey FOREIGN KEY (vendor_id, grant_id) REFERENCES grants (vendor_id, id),
  CONSTRAINT grant_amendments_ask_something CHECK (cardinality(actions) > 0 OR last_day IS NOT NULL),
  CONSTRAINT grant_amendments_closed CHECK ((state = 'asked') = (answered_at IS NULL)),
  CONSTRAINT grant_amendments_answered CHECK ((state IN ('agreed', 'declined', 'withdrawn')) = (answered_by IS NOT NULL)),
  CONSTRAINT grant_amendments_agreed CHECK (num_nonnulls(before_hash, preset, terms, terms_hash, valid_until) = CASE state WHEN 'agreed' THEN 5 ELSE 0 END)
);
COMMENT ON COLUMN grant_amendments.before_hash IS 'the terms beside which the customer looked at what would be gained';
COMMENT ON COLUMN grant_amendments.terms IS 'what the letter says from the yes on; absent until then';
CALL make_tenant_table('grant_amendments');
REVOKE DELETE ON grant_amendments FROM attache_app;
CREATE UNIQUE INDEX grant_amendments_one_open ON grant_amendments (vendor_id, grant_id) WHERE state = 'asked';
CREATE INDEX grant_amendments_by_grant ON grant_amendments (vendor_id, grant_id, asked_at DESC);

-- Only the person whom the letter names asks, nothing asked for changes afterwards, and only who decides for the customer agrees.
CREATE FUNCTION grant_amendments_are_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  letter grants;
BEGIN
  SELECT * INTO letter FROM grants g WHERE g.vendor_id = NEW.vendor_id AND g.id = NEW.grant_id;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'asked' OR letter.state IS DISTINCT FROM 'active' OR NEW.asked_by IS DISTINCT FROM letter.consultant_id THEN
      RAISE EXCEPTION 'more of grant % is asked for by whom it names', NEW.grant_id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_amendments_asked_by_holder';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'asked' THEN
    RAISE EXCEPTION 'amendment % is closed', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_amendments_answer_is_final';
  END IF;
  IF (NEW.grant_id, NEW.actions, NEW.last_day, NEW.reason, NEW.asked_by, NEW.asked_at, NEW.answer_by)
     IS DISTINCT FROM (OLD.grant_id, OLD.actions, OLD.last_day, OLD.reason, OLD.asked_by, OLD.asked_at, OLD.answer_by) THEN
    RAISE EXCEPTION 'amendment % stays as it was asked for', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_amendments_frozen';
  END IF;
  IF NEW.state = 'agreed' AND NOT (NEW.answered_at = app_now() AND OLD.answer_by > app_now() AND EXISTS (
       SELECT 1 FROM memberships m WHERE m.vendor_id = letter.vendor_id AND m.organization_id = letter.customer_organization_id
         AND m.person_id = NEW.answered_by AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'only the customer agrees to amendment %', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_amendments_customer_agrees';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grant_amendments_are_signed BEFORE INSERT OR UPDATE ON grant_amendments FOR EACH ROW EXECUTE FUNCTION grant_amendments_are_signed();

ALTER TABLE grants
  ADD COLUMN amendment_id uuid,
  ADD COLUMN amended_at timestamptz,
  ADD COLUMN amended_by uuid REFERENCES persons (id),
  ADD CONSTRAINT grants_amendment_fkey FOREIGN KEY (vendor_id, amendment_id, id) REFERENCES grant_amendments (vendor_id, id, grant_id),
  ADD CONSTRAINT grants_amended CHECK (num_nonnulls(amendment_id, amended_at, amended_by) IN (0, 3) AND (amended_at IS NULL OR granted_at IS NOT NULL)),
  DROP CONSTRAINT grants_valid_after_granted,
  -- At most 180 days from the last yes.
  ADD CONSTRAINT grants_valid_after_granted CHECK (valid_until > granted_at AND valid_until <= coalesce(amended_at, granted_at) + interval '180 days');

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

-- What was asked for on a letter ends with it.
CREATE FUNCTION lapse_grant_amendments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE grant_amendments SET state = 'lapsed', answered_at = app_now()
  WHERE vendor_id = NEW.vendor_id AND grant_id = NEW.id AND state = 'asked';
  RETURN NULL;
END $$;
CREATE TRIGGER grants_end_their_amendments AFTER UPDATE ON grants FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION lapse_grant_amendments();

ALTER TABLE grant_versions ADD COLUMN amendment_id uuid;
COMMENT ON COLUMN grant_versions.amendment_id IS 'by which the letter gained; absent for what was granted first and for what was narrowed';
CREATE OR REPLACE FUNCTION keep_grant_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO grant_versions (vendor_id, grant_id, version, terms, terms_hash, valid_until, made_by, amendment_id)
  SELECT NEW.vendor_id, NEW.id, coalesce(max(v.version), 0) + 1, NEW.terms, NEW.terms_hash, NEW.valid_until,
         CASE app_now() WHEN NEW.amended_at THEN NEW.amended_by WHEN NEW.narrowed_at THEN NEW.narrowed_by ELSE NEW.granted_by END,
         CASE app_now() WHEN NEW.amended_at THEN NEW.amendment_id END
  FROM grant_versions v WHERE v.vendor_id = NEW.vendor_id AND v.grant_id = NEW.id;
  RETURN NULL;
END $$;

DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-requested', 'access-granted', 'access-narrowed', 'access-declined', 'access-ended',
                     'access-more-asked', 'access-amended', 'access-more-closed',
                     'connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();

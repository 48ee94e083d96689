-- Fees by rules: a row of fee_policies may say for which work it is, and the most specific one counts. Two rules for the
-- same work are never in force at once, one for all work always is, and what was in force stays as it was.
CREATE TYPE fee_scope AS RANGE (subtype = text, collation = "C");
-- One work, as a range of one value: an exclusion constraint compares ranges without an extension.
CREATE FUNCTION fee_scope_of(vendor uuid, category text, tier text, account text) RETURNS fee_scope LANGUAGE sql IMMUTABLE AS $$
  SELECT public.fee_scope(k.word, k.word, '[]')
  FROM (SELECT vendor::text || '/' || coalesce(category, '') || '/' || coalesce(tier, '') || '/' || coalesce(account, '') AS word) k
$$;

ALTER TABLE fee_policies
  ADD COLUMN category_slug text,
  ADD COLUMN tier text CONSTRAINT fee_policies_tier_known CHECK (tier IN ('listed', 'accredited', 'principal')),
  ADD COLUMN account text CONSTRAINT fee_policies_account_known CHECK (account IN ('brought', 'direct')),
  ADD COLUMN words text NOT NULL DEFAULT 'All work' CONSTRAINT fee_policies_words_length CHECK (char_length(words) BETWEEN 1 AND 400),
  ADD COLUMN ends_at timestamptz,
  ADD CONSTRAINT fee_policies_order CHECK (ends_at >= effective_from),
  ADD CONSTRAINT fee_policies_direct CHECK (account IS DISTINCT FROM 'direct' OR reseller_parts = 0),
  ADD CONSTRAINT fee_policies_category_fkey FOREIGN KEY (vendor_id, category_slug) REFERENCES service_categories (vendor_id, slug);
COMMENT ON COLUMN fee_policies.category_slug IS 'the kind of work it is for; all when null, as with the next two';
COMMENT ON COLUMN fee_policies.tier IS 'the standing of the partners it is for';
COMMENT ON COLUMN fee_policies.account IS 'for accounts that a reseller brought, or for the others';
COMMENT ON COLUMN fee_policies.words IS 'how people call it, as statements of work and statements name it';
COMMENT ON COLUMN fee_policies.ends_at IS 'not in force from then on; never in force where it is effective_from';

ALTER TABLE statements_of_work ADD COLUMN fee_tier text;
COMMENT ON COLUMN statements_of_work.fee_tier IS 'the standing of the partner by which the fees were chosen';
ALTER TABLE milestone_shares ADD COLUMN fee_policy_id uuid;
COMMENT ON COLUMN milestone_shares.fee_policy_id IS 'the rule that the parts are from';

-- The versions of before ended when a later one began, or never began.
DO $$
DECLARE
  vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    UPDATE fee_policies p SET ends_at = greatest(p.effective_from, l.begins)
      FROM (SELECT f.version, (SELECT min(x.effective_from) FROM fee_policies x WHERE x.version > f.version) AS begins FROM fee_policies f) l
      WHERE l.version = p.version AND l.begins IS NOT NULL;
    UPDATE statements_of_work w SET fee_tier = n.tier FROM engagements e
      JOIN enrollments n ON n.vendor_id = e.vendor_id AND n.organization_id = e.partner_organization_id
      WHERE e.vendor_id = w.vendor_id AND e.id = w.engagement_id;
    UPDATE milestone_shares s SET fee_policy_id = w.fee_policy_id FROM milestones m
      CROSS JOIN LATERAL (SELECT x.fee_policy_id FROM statements_of_work x
        WHERE x.vendor_id = m.vendor_id AND x.engagement_id = m.engagement_id ORDER BY x.version DESC LIMIT 1) w
      WHERE m.vendor_id = s.vendor_id AND m.id = s.milestone_id;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;

ALTER TABLE milestone_shares ADD CONSTRAINT milestone_shares_fee_policy_fkey
  FOREIGN KEY (vendor_id, fee_policy_id) REFERENCES fee_policies (vendor_id, id);
-- Checked at the commit: a rule that takes another's place is written before the other ends.
ALTER TABLE fee_policies ADD CONSTRAINT fee_policies_one_at_a_time EXCLUDE USING gist (
  fee_scope_of(vendor_id, category_slug, tier, account) WITH =, tstzrange(effective_from, ends_at) WITH &&) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX statements_of_work_by_time ON statements_of_work (vendor_id, created_at);
CREATE INDEX engagements_by_signing ON engagements (vendor_id, signed_at) WHERE signed_at IS NOT NULL;

REVOKE UPDATE, DELETE ON fee_policies FROM attache_app;
GRANT UPDATE (ends_at) ON fee_policies TO attache_app;

-- A rule is written once, begins and ends from now on, and its end only comes closer. A statement of work that was
-- written while this one was on its way chose by the rules of before: then it is the past as well.
CREATE FUNCTION fee_policies_keep_the_past() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  since timestamptz;
BEGIN
  IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
    RAISE EXCEPTION 'a fee rule stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_policies_stay';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NEW IS NOT DISTINCT FROM OLD THEN
      RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'ends_at' IS DISTINCT FROM to_jsonb(OLD) - 'ends_at' THEN
      RAISE EXCEPTION 'a fee rule is never rewritten' USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_policies_stay';
    END IF;
    IF NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at THEN
      RAISE EXCEPTION 'the end of a fee rule only comes closer' USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_policies_end_comes_closer';
    END IF;
    since := NEW.ends_at;
  ELSIF EXISTS (SELECT FROM fee_policies f WHERE f.vendor_id = NEW.vendor_id) THEN
    since := NEW.effective_from;
  ELSE
    RETURN NEW;
  END IF;
  IF since < app_now() OR EXISTS (SELECT FROM statements_of_work w WHERE w.vendor_id = NEW.vendor_id AND w.created_at >= since) THEN
    RAISE EXCEPTION 'fees of the past stay as they were' USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_policies_past_stays';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fee_policies_keep_the_past BEFORE INSERT OR UPDATE OR DELETE ON fee_policies
  FOR EACH ROW EXECUTE FUNCTION fee_policies_keep_the_past();
-- After, so that what else a cascade reaches refuses first, by its own name.
CREATE TRIGGER fee_policies_stay AFTER TRUNCATE ON fee_policies EXECUTE FUNCTION fee_policies_keep_the_past();

-- Where a rule for all work ends, another one for all work goes on.
CREATE FUNCTION fee_policies_have_no_gap() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM fee_policies f WHERE f.vendor_id = NEW.vendor_id AND f.category_slug IS NULL AND f.tier IS NULL
      AND f.account IS NULL AND f.effective_from <= NEW.ends_at AND (f.ends_at IS NULL OR f.ends_at > NEW.ends_at)) THEN
    RAISE EXCEPTION 'no rule for all work follows version %', NEW.version USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_policies_no_gap';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER fee_policies_no_gap AFTER INSERT OR UPDATE ON fee_policies FOR EACH ROW
  WHEN (NEW.ends_at IS NOT NULL AND NEW.category_slug IS NULL AND NEW.tier IS NULL AND NEW.account IS NULL)
  EXECUTE FUNCTION fee_policies_have_no_gap();

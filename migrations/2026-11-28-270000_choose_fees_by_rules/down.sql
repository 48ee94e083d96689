-- Without conditions a rule would be one for all work.
DO $$
DECLARE
  vendor uuid;
BEGIN
  FOR vendor IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', vendor::text, true);
    IF EXISTS (SELECT FROM fee_policies WHERE num_nonnulls(category_slug, tier, account) > 0) THEN
      RAISE EXCEPTION 'there are fee rules for some work only';
    END IF;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;
DROP TRIGGER fee_policies_no_gap ON fee_policies;
DROP TRIGGER fee_policies_stay ON fee_policies;
DROP TRIGGER fee_policies_keep_the_past ON fee_policies;
DROP FUNCTION fee_policies_have_no_gap();
DROP FUNCTION fee_policies_keep_the_past();
REVOKE UPDATE (ends_at) ON fee_policies FROM attache_app;
GRANT UPDATE, DELETE ON fee_policies TO attache_app;
DROP INDEX engagements_by_signing;
DROP INDEX statements_of_work_by_time;
ALTER TABLE milestone_shares DROP COLUMN fee_policy_id;
ALTER TABLE statements_of_work DROP COLUMN fee_tier;
ALTER TABLE fee_policies DROP CONSTRAINT fee_policies_one_at_a_time, DROP COLUMN category_slug, DROP COLUMN tier,
  DROP COLUMN account, DROP COLUMN words, DROP COLUMN ends_at;
DROP FUNCTION fee_scope_of(uuid, text, text, text);
DROP TYPE fee_scope;

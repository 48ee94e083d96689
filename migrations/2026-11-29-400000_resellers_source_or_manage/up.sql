-- A reseller of record sourced an account, and shares for the program's window, or manages it, and shares as long as it
-- does. Rules of the fees may tell the two apart.
ALTER TABLE reseller_attributions ADD COLUMN kind text NOT NULL DEFAULT 'sourced'
  CONSTRAINT reseller_attributions_kind_known CHECK (kind IN ('sourced', 'managed'));
ALTER TABLE reseller_attributions ALTER COLUMN kind DROP DEFAULT;
COMMENT ON COLUMN reseller_attributions.kind IS 'sourced: shares until the window ends; managed: until the attribution does';

ALTER TABLE fee_policies DROP CONSTRAINT fee_policies_account_known;
ALTER TABLE fee_policies ADD CONSTRAINT fee_policies_account_known CHECK (account IN ('brought', 'sourced', 'managed', 'direct'));
COMMENT ON COLUMN fee_policies.account IS 'for accounts that have a reseller, that one sourced, that one manages, or that have none';

ALTER TABLE statements_of_work ADD COLUMN reseller_kind text
  CONSTRAINT statements_of_work_reseller_kind_known CHECK (reseller_kind IN ('sourced', 'managed'));
-- Not of the versions of before: they are of resellers that sourced the account.
ALTER TABLE statements_of_work ADD CONSTRAINT statements_of_work_reseller_has_kind
  CHECK ((reseller_kind IS NULL) = (reseller_organization_id IS NULL)) NOT VALID;
COMMENT ON COLUMN statements_of_work.reseller_kind IS 'what the reseller of record did for the account on that day';

ALTER TABLE statements_of_work DROP COLUMN reseller_kind;
ALTER TABLE fee_policies DROP CONSTRAINT fee_policies_account_known;
-- Refuses while a rule is for one of the two alone: it would have to be rewritten.
ALTER TABLE fee_policies ADD CONSTRAINT fee_policies_account_known CHECK (account IN ('brought', 'direct'));
COMMENT ON COLUMN fee_policies.account IS 'for accounts that a reseller brought, or for the others';
ALTER TABLE reseller_attributions DROP COLUMN kind;

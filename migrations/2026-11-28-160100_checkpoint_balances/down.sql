DELETE FROM jobs WHERE kind = 'checkpoint-balances';
DROP TRIGGER vendors_checkpoint_balances ON vendors;
DROP FUNCTION vendors_checkpoint_balances();
DROP FUNCTION checkpoint_balances(integer);
CREATE OR REPLACE FUNCTION ledger_balance(vendor uuid, account uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(e.amount_minor), 0) FROM public.entries e WHERE e.vendor_id = vendor AND e.account_id = account
$$;
DROP TABLE balance_checkpoints;
DROP FUNCTION sum_checkpoint();

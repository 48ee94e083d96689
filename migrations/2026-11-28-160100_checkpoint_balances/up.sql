-- Checkpoints: what an account had through a point of its history, so that a long history is not read for its balance.
-- The point is a transaction's number: whatever was posted below the oldest transaction that is open is final, and nobody
-- waits for anybody to find it. A balance is its last checkpoint and the entries from there on.
-- Nobody states an amount here: the database writes it, from the checkpoint before and what was posted since.

CREATE TABLE balance_checkpoints (
  vendor_id uuid NOT NULL,
  account_id uuid NOT NULL,
  server bigint NOT NULL,
  through bigint NOT NULL,
  amount_minor bigint NOT NULL,
  entries bigint NOT NULL,
  made_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, account_id, server, through),
  CONSTRAINT balance_checkpoints_account_fkey FOREIGN KEY (vendor_id, account_id) REFERENCES accounts (vendor_id, id)
);
COMMENT ON COLUMN balance_checkpoints.server IS 'whose transaction numbers these are: what another server counted means nothing after a restore';
COMMENT ON COLUMN balance_checkpoints.through IS 'entries posted in transactions below this number are in the amount';
CALL make_tenant_table('balance_checkpoints');
REVOKE INSERT, UPDATE, DELETE ON balance_checkpoints FROM attache_app;
CREATE TRIGGER balance_checkpoints_keep_rows BEFORE UPDATE OR DELETE ON balance_checkpoints FOR EACH ROW EXECUTE FUNCTION ledger_keeps_rows();
CREATE TRIGGER balance_checkpoints_keep_all BEFORE TRUNCATE ON balance_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps_rows();

-- Both looks belong to the moment of the statement that asks: the function is stable.
CREATE OR REPLACE FUNCTION ledger_balance(vendor uuid, account uuid) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE
  last record;
BEGIN
  SELECT c.through, c.amount_minor INTO last FROM public.balance_checkpoints c
    WHERE c.vendor_id = vendor AND c.account_id = account AND c.server = (SELECT system_identifier FROM pg_catalog.pg_control_system())
    ORDER BY c.through DESC LIMIT 1;
  RETURN coalesce(last.amount_minor, 0) + (SELECT coalesce(sum(e.amount_minor), 0) FROM public.entries e
    WHERE e.vendor_id = vendor AND e.account_id = account AND e.posted_in >= coalesce(last.through, 0));
END $$;

CREATE FUNCTION sum_checkpoint() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before record;
BEGIN
  NEW.server := (SELECT system_identifier FROM pg_control_system());
  SELECT c.through, c.amount_minor, c.entries INTO before FROM balance_checkpoints c
    WHERE c.vendor_id = NEW.vendor_id AND c.account_id = NEW.account_id AND c.server = NEW.server ORDER BY c.through DESC LIMIT 1;
  -- One statement: the oldest open transaction and the entries belong to the same moment.
  SELECT o.oldest, coalesce(before.amount_minor, 0) + coalesce(sum(e.amount_minor), 0), coalesce(before.entries, 0) + count(e.amount_minor)
    INTO NEW.through, NEW.amount_minor, NEW.entries
    FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest) o
    LEFT JOIN entries e ON e.vendor_id = NEW.vendor_id AND e.account_id = NEW.account_id AND e.posted_in >= coalesce(before.through, 0) AND e.posted_in < o.oldest
    GROUP BY o.oldest;
  RETURN NEW;
END $$;
CREATE TRIGGER balance_checkpoints_summed BEFORE INSERT ON balance_checkpoints FOR EACH ROW EXECUTE FUNCTION sum_checkpoint();

-- A checkpoint for each account of the vendor to which `fewest` entries or more came since its last one. Accounts of one
-- milestone or week live too short to need any.
CREATE FUNCTION checkpoint_balances(fewest integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  vendor uuid := nullif(current_setting('attache.vendor', true), '')::uuid;
  made bigint;
BEGIN
  INSERT INTO balance_checkpoints (vendor_id, account_id, server, through, amount_minor, entries)
    SELECT a.vendor_id, a.id, 0, 0, 0, 0 FROM accounts a
    LEFT JOIN LATERAL (SELECT c.through FROM balance_checkpoints c
      WHERE c.vendor_id = a.vendor_id AND c.account_id = a.id AND c.server = (SELECT system_identifier FROM pg_control_system())
      ORDER BY c.through DESC LIMIT 1) c ON true
    WHERE a.vendor_id = vendor AND a.milestone_id IS NULL AND a.week_id IS NULL
      AND checkpoint_balances.fewest <= (SELECT count(*) FROM (SELECT FROM entries e
        WHERE e.vendor_id = a.vendor_id AND e.account_id = a.id AND e.posted_in >= coalesce(c.through, 0)
          AND e.posted_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint LIMIT checkpoint_balances.fewest) few)
    ORDER BY a.id
    ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END $$;
REVOKE ALL ON FUNCTION checkpoint_balances(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION checkpoint_balances(integer) TO attache_app;

-- Each program has one job that looks once an hour; it writes its successor in the transaction that ends it.
CREATE FUNCTION vendors_checkpoint_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
    VALUES (gen_random_uuid(), NEW.id, 'checkpoint-balances', '{}', app_now() + interval '1 hour');
  RETURN NULL;
END $$;
CREATE TRIGGER vendors_checkpoint_balances AFTER INSERT ON vendors FOR EACH ROW EXECUTE FUNCTION vendors_checkpoint_balances();
INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
  SELECT gen_random_uuid(), id, 'checkpoint-balances', '{}', app_now() + interval '1 hour' FROM vendors;

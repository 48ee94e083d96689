-- The ledger, harder and wider. What an attack found and what postings cost is mended: every rule holds at the end of
-- the statement that posts, so nothing is left to the end of a transaction; many journals are posted by one statement;
-- a fact has one name in the whole installation. And the chart of accounts grows for clawbacks, disputes, payouts to
-- the operator's bank, money at connected accounts, invoices and hourly weeks.

-- Whose bank, payouts and corrections are the operator's own: a vendor without a program.
INSERT INTO vendors (id, slug, name) VALUES ('00000000-0000-0000-0000-00000000a77a', 'operator', 'The operator');
DELETE FROM jobs WHERE vendor_id = '00000000-0000-0000-0000-00000000a77a';

-- What was kept by foreign keys is kept by the checks below, since accounts and journals never go: a foreign key locks
-- the row it looks up, and the row of a busy account would be locked by every posting.
ALTER TABLE journals DROP CONSTRAINT journals_last_line, DROP CONSTRAINT journals_vendor_id_fkey,
  DROP CONSTRAINT journals_event_key_key, DROP CONSTRAINT journals_kind_known;
ALTER TABLE entries DROP CONSTRAINT entries_account_fkey, DROP CONSTRAINT entries_journal_fkey;

ALTER TABLE accounts DROP CONSTRAINT accounts_currency_key, DROP CONSTRAINT accounts_one_each,
  DROP CONSTRAINT accounts_owner, DROP CONSTRAINT accounts_kind_known, DROP COLUMN normal, DROP COLUMN guarded;
ALTER TABLE accounts ADD COLUMN week_id uuid;
ALTER TABLE accounts
  ADD COLUMN normal text NOT NULL GENERATED ALWAYS AS (CASE WHEN kind IN ('stripe_pending', 'stripe_available', 'payout_inflight', 'bank', 'receivable', 'recoverable', 'dispute_hold', 'memo_connected', 'stripe_fee', 'dispute_fee', 'loss', 'adjustment') THEN 'debit' ELSE 'credit' END) STORED,
  ADD COLUMN guarded boolean NOT NULL GENERATED ALWAYS AS (kind IN ('held', 'payable', 'transfer_inflight', 'refund_inflight', 'credit', 'receivable', 'recoverable', 'dispute_hold', 'payout_inflight')) STORED,
  ADD CONSTRAINT accounts_kind_known CHECK (kind IN ('stripe_pending', 'stripe_available', 'payout_inflight', 'bank', 'receivable', 'recoverable', 'dispute_hold', 'memo_connected', 'stripe_fee', 'dispute_fee', 'loss', 'adjustment', 'held', 'payable', 'transfer_inflight', 'refund_inflight', 'credit', 'revenue', 'memo_owed')),
  ADD CONSTRAINT accounts_one_each UNIQUE NULLS NOT DISTINCT (vendor_id, kind, milestone_id, week_id, organization_id, currency),
  ADD CONSTRAINT accounts_owner CHECK (
    num_nonnulls(milestone_id, week_id, organization_id) <= 1
    AND (kind IN ('held', 'transfer_inflight', 'refund_inflight', 'dispute_hold')) = (num_nonnulls(milestone_id, week_id) = 1)
    AND (kind IN ('payable', 'credit', 'receivable', 'recoverable', 'memo_connected', 'memo_owed')) = (organization_id IS NOT NULL)),
  ADD CONSTRAINT accounts_operators CHECK (
    kind NOT IN ('bank', 'payout_inflight', 'adjustment') OR vendor_id = '00000000-0000-0000-0000-00000000a77a');
COMMENT ON COLUMN accounts.guarded IS 'may never be overdrawn';
COMMENT ON COLUMN accounts.week_id IS 'a week of hourly work';

ALTER TABLE journals ADD COLUMN week_id uuid,
  ADD CONSTRAINT journals_event_key_key UNIQUE (event_key);
-- A domain, because a session reads its long list once; that of a table's constraint it reads with every statement.
CREATE DOMAIN journal_kind AS text CONSTRAINT journals_kind_known CHECK (VALUE IN (
    'charge', 'fee', 'available', 'accept', 'transfer_asked', 'transfer_paid', 'transfer_refused', 'refund_asked', 'refund_paid', 'refund_refused',
    'release', 'clawback', 'reversal_paid', 'netting', 'dispute_opened', 'dispute_won', 'dispute_lost', 'payout_created', 'payout_paid', 'payout_failed', 'connected_payout_paid', 'connected_payout_failed',
    'week_locked', 'week_paid', 'week_released', 'adjustment'));
ALTER TABLE journals ALTER kind TYPE journal_kind;
COMMENT ON CONSTRAINT journals_event_key_key ON journals IS 'in the whole installation: a charge belongs to one vendor';
DROP INDEX journals_by_milestone;
CREATE INDEX journals_by_milestone ON journals (vendor_id, milestone_id, posted_at) WHERE milestone_id IS NOT NULL;
CREATE INDEX journals_by_week ON journals (vendor_id, week_id, posted_at) WHERE week_id IS NOT NULL;

-- Which transaction posted an entry: numbers only grow, and whatever is below the oldest that is still open is final.
ALTER TABLE entries ADD COLUMN posted_in bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
DROP INDEX entries_by_account;
CREATE INDEX entries_by_account ON entries (vendor_id, account_id, posted_in) INCLUDE (amount_minor);

-- What an account has, plus is debit.
CREATE FUNCTION ledger_balance(vendor uuid, account uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(e.amount_minor), 0) FROM public.entries e WHERE e.vendor_id = vendor AND e.account_id = account
$$;

-- A journal comes together with its lines, in one statement.
CREATE FUNCTION check_journals() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  lacking text;
BEGIN
  SELECT j.event_key INTO lacking FROM added j
    WHERE NOT EXISTS (SELECT FROM entries e WHERE e.vendor_id = j.vendor_id AND e.journal_id = j.id AND e.line = j.lines) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal % was posted without its lines', lacking USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_last_line';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER journals_checked AFTER INSERT ON journals REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_journals();

-- Runs at the end of every statement that adds entries, for all of them together. What it looks up must be there: with
-- another vendor set it would see nothing, and refuses. A line's place is its key (1 to as many as its journal states), so
-- lines that are as many as stated, and in one statement, are all there will ever be.
CREATE OR REPLACE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  said record;
  taken uuid[];
  short text;
BEGIN
  -- Two withdrawals at once: the second waits for the account's row, then its next statement sees what the first took.
  -- A snapshot older than the wait would not, and a serializable one is safe only among its own.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'post at read committed' USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_isolation';
  END IF;

  -- One look for everything. Only who takes from a guarded account is `taken`: giving cannot overdraw it.
  SELECT
      (SELECT coalesce(j.event_key, '') FROM (SELECT vendor_id, journal_id, count(*) AS lines, min(line) AS first, max(line) AS last FROM added GROUP BY 1, 2) a
        LEFT JOIN journals j ON j.vendor_id = a.vendor_id AND j.id = a.journal_id
        WHERE j.id IS NULL OR a.lines <> j.lines OR a.first <> 1 OR a.last <> j.lines LIMIT 1) AS misstated,
      (SELECT a.journal_id FROM added a GROUP BY a.vendor_id, a.journal_id, a.currency HAVING sum(a.amount_minor) <> 0 LIMIT 1) AS unbalanced,
      array_agg(k.id) FILTER (WHERE k.guarded AND CASE k.normal WHEN 'credit' THEN a.moved > 0 ELSE a.moved < 0 END) AS taken,
      bool_or(k.id IS NULL) AS lost,
      bool_or(a.wrong_time) AS wrong_time INTO said
    FROM (SELECT vendor_id, account_id, currency, sum(amount_minor) AS moved, bool_or(posted_in <> pg_current_xact_id()::text::bigint) AS wrong_time FROM added GROUP BY 1, 2, 3) a
    LEFT JOIN accounts k ON k.vendor_id = a.vendor_id AND k.id = a.account_id AND k.currency = a.currency;
  IF said.misstated = '' THEN
    RAISE EXCEPTION 'entries were posted that this transaction cannot see' USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_seen';
  ELSIF said.misstated IS NOT NULL THEN
    RAISE EXCEPTION 'journal % has other lines than it states', said.misstated USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_lines_stated';
  ELSIF said.unbalanced IS NOT NULL THEN
    RAISE EXCEPTION 'journal % does not balance', said.unbalanced USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_balanced';
  ELSIF said.lost THEN
    RAISE EXCEPTION 'an entry is in no account of its currency' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entries_account_fkey';
  ELSIF said.wrong_time THEN
    RAISE EXCEPTION 'an entry names another transaction than its own' USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_posted_in';
  ELSIF said.taken IS NULL THEN
    RETURN NULL;
  END IF;

  -- The journals were seen, so the vendor that is set is theirs.
  taken := said.taken;
  PERFORM FROM accounts k WHERE k.vendor_id = nullif(current_setting('attache.vendor', true), '')::uuid AND k.id = ANY (taken) ORDER BY k.id FOR NO KEY UPDATE;
  SELECT k.kind INTO short FROM accounts k
    WHERE k.vendor_id = nullif(current_setting('attache.vendor', true), '')::uuid AND k.id = ANY (taken)
      AND ledger_balance(k.vendor_id, k.id) * CASE k.normal WHEN 'credit' THEN 1 ELSE -1 END > 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'an account of kind % would be overdrawn', short USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_not_overdrawn';
  END IF;
  RETURN NULL;
END $$;

-- The one way to post: any number of journals, all or none, each {id, event_key, kind, milestone, week, facts, lines}, each
-- line {kind, milestone, week, organization, currency, amount}; accounts open themselves. Runs as the owner, under
-- row-level security: the vendor of the transaction is the vendor of every row. One statement, so that the checks at its
-- end see journals, lines and accounts together. An account's id follows from what it is, so that the same facts always
-- make the same ledger.
CREATE FUNCTION post_journals(journals jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  vendor uuid := nullif(current_setting('attache.vendor', true), '')::uuid;
BEGIN
  IF vendor IS NULL THEN
    RAISE EXCEPTION 'no vendor is set: nothing can be posted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  WITH given AS MATERIALIZED (
    SELECT j.id AS journal_id, l.line, l.kind, l.milestone, l.week, l.organization, l.currency, l.amount,
      md5(concat_ws(':', vendor, l.kind, coalesce(l.milestone::text, '-'), coalesce(l.organization::text, '-'), l.currency, l.week))::uuid AS account_id
    FROM jsonb_to_recordset(post_journals.journals) AS j (id uuid, lines jsonb)
    CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(j.lines) AS (kind text, milestone uuid, week uuid, organization uuid, currency text, amount bigint))
      WITH ORDINALITY AS l (kind, milestone, week, organization, currency, amount, line)
  ), opened AS (
    INSERT INTO accounts (vendor_id, id, kind, milestone_id, week_id, organization_id, currency)
      SELECT DISTINCT ON (g.account_id) vendor, g.account_id, g.kind, g.milestone, g.week, g.organization, g.currency FROM given g
      WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.vendor_id = vendor AND a.id = g.account_id)
      ORDER BY g.account_id
      ON CONFLICT DO NOTHING
  ), posted AS (
    INSERT INTO journals (vendor_id, id, event_key, kind, lines, milestone_id, week_id, facts)
      SELECT vendor, j.id, j.event_key, j.kind, jsonb_array_length(j.lines), j.milestone, j.week, coalesce(j.facts, '{}')
      FROM jsonb_to_recordset(post_journals.journals) AS j (id uuid, event_key text, kind text, milestone uuid, week uuid, facts jsonb, lines jsonb)
  )
  INSERT INTO entries (vendor_id, journal_id, line, account_id, currency, amount_minor)
    SELECT vendor, g.journal_id, g.line, g.account_id, g.currency, g.amount FROM given g;
END $$;
REVOKE ALL ON FUNCTION post_journals(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION post_journals(jsonb) TO attache_app;

-- As it was called before, for one journal.
CREATE OR REPLACE FUNCTION post_journal(journal uuid, event_key text, kind text, milestone uuid, facts jsonb, lines jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT post_journals(jsonb_build_array(jsonb_build_object('id', journal, 'event_key', event_key, 'kind', kind, 'milestone', milestone, 'facts', facts, 'lines', lines)))
$$;
DROP FUNCTION ledger_account(uuid, text, uuid, uuid, text);

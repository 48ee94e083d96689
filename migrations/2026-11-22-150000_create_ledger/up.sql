-- The ledger: double entry, append-only, whole minor units; plus is debit. What may never happen is refused here,
-- whoever asks: an unbalanced, empty or one-line journal, a fact posted twice, a changed or removed row, money taken
-- from an account that does not hold it, a line in another currency than its account, a line added afterwards.
-- A balance is the sum of an account's entries: there is no row to grow hot or to go wrong.

CREATE TABLE accounts (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT accounts_kind_known CHECK (kind IN ('stripe_pending', 'stripe_available', 'held', 'payable', 'transfer_inflight', 'refund_inflight', 'credit', 'revenue', 'stripe_fee')),
  milestone_id uuid,
  organization_id uuid,
  currency text NOT NULL REFERENCES currencies (code),
  normal text NOT NULL GENERATED ALWAYS AS (CASE WHEN kind IN ('stripe_pending', 'stripe_available', 'stripe_fee') THEN 'debit' ELSE 'credit' END) STORED,
  guarded boolean NOT NULL GENERATED ALWAYS AS (kind IN ('held', 'payable', 'transfer_inflight', 'refund_inflight', 'credit')) STORED,
  opened_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT accounts_one_each UNIQUE NULLS NOT DISTINCT (vendor_id, kind, milestone_id, organization_id, currency),
  CONSTRAINT accounts_currency_key UNIQUE (vendor_id, id, currency),
  CONSTRAINT accounts_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id),
  CONSTRAINT accounts_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT accounts_owner CHECK (
    (kind IN ('held', 'transfer_inflight', 'refund_inflight')) = (milestone_id IS NOT NULL)
    AND (kind IN ('payable', 'credit')) = (organization_id IS NOT NULL))
);
COMMENT ON COLUMN accounts.guarded IS 'may never be overdrawn';
CALL make_tenant_table('accounts');
REVOKE INSERT, UPDATE, DELETE ON accounts FROM attache_app;

CREATE TABLE journals (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  event_key text NOT NULL CONSTRAINT journals_event_key_length CHECK (char_length(event_key) BETWEEN 3 AND 200),
  kind text NOT NULL CONSTRAINT journals_kind_known CHECK (kind IN ('charge', 'fee', 'available', 'accept', 'transfer_asked', 'transfer_paid', 'transfer_refused', 'refund_asked', 'refund_paid', 'refund_refused')),
  lines smallint NOT NULL CONSTRAINT journals_lines_range CHECK (lines BETWEEN 2 AND 40),
  milestone_id uuid,
  facts jsonb NOT NULL DEFAULT '{}',
  posted_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT journals_event_key_key UNIQUE (vendor_id, event_key),
  CONSTRAINT journals_milestone_fkey FOREIGN KEY (vendor_id, milestone_id) REFERENCES milestones (vendor_id, id)
);
COMMENT ON COLUMN journals.lines IS 'how many entries it has: stated once, so that none can be left out or added';
CALL make_tenant_table('journals');
REVOKE INSERT, UPDATE, DELETE ON journals FROM attache_app;
CREATE INDEX journals_by_milestone ON journals (vendor_id, milestone_id, posted_at);

CREATE TABLE entries (
  vendor_id uuid NOT NULL,
  journal_id uuid NOT NULL,
  line smallint NOT NULL,
  account_id uuid NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CONSTRAINT entries_amount_nonzero CHECK (amount_minor <> 0),
  PRIMARY KEY (vendor_id, journal_id, line),
  CONSTRAINT entries_journal_fkey FOREIGN KEY (vendor_id, journal_id) REFERENCES journals (vendor_id, id),
  CONSTRAINT entries_account_fkey FOREIGN KEY (vendor_id, account_id, currency) REFERENCES accounts (vendor_id, id, currency)
);
COMMENT ON COLUMN entries.amount_minor IS 'plus is debit, minus is credit';
CALL make_tenant_table('entries');
REVOKE INSERT, UPDATE, DELETE ON entries FROM attache_app;
CREATE INDEX entries_by_account ON entries (vendor_id, account_id) INCLUDE (amount_minor);

-- A journal's last line must be there when the transaction ends. A foreign key, because such a check sees every row,
-- whichever role and vendor the transaction ends under.
ALTER TABLE journals ADD CONSTRAINT journals_last_line FOREIGN KEY (vendor_id, id, lines)
  REFERENCES entries (vendor_id, journal_id, line) DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION ledger_keeps_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the ledger only grows: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER accounts_keep_rows BEFORE UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION ledger_keeps_rows();
CREATE TRIGGER journals_keep_rows BEFORE UPDATE OR DELETE ON journals FOR EACH ROW EXECUTE FUNCTION ledger_keeps_rows();
CREATE TRIGGER entries_keep_rows BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION ledger_keeps_rows();
CREATE TRIGGER accounts_keep_all BEFORE TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps_rows();
CREATE TRIGGER journals_keep_all BEFORE TRUNCATE ON journals FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps_rows();
CREATE TRIGGER entries_keep_all BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps_rows();

-- Runs at the end of every statement that adds entries, so all lines of a journal come in one statement. It first makes
-- sure that it sees what was added: with another vendor set it would look at nothing and find nothing wrong. Rows are
-- looked up one by one through indexes, so that the cost does not grow with the ledger, whatever the statistics say.
CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  touched record;
  stated record;
  minor numeric;
BEGIN
  FOR touched IN SELECT vendor_id, journal_id, count(*) AS added FROM added GROUP BY 1, 2 LOOP
    SELECT j.event_key, j.lines INTO stated FROM journals j WHERE j.vendor_id = touched.vendor_id AND j.id = touched.journal_id;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'entries were posted that this transaction cannot see' USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_seen';
    END IF;
    IF touched.added <> stated.lines OR (SELECT (count(*), min(e.line), max(e.line)) IS DISTINCT FROM (stated.lines::bigint, 1::smallint, stated.lines)
        FROM entries e WHERE e.vendor_id = touched.vendor_id AND e.journal_id = touched.journal_id) THEN
      RAISE EXCEPTION 'journal % has other lines than it states', stated.event_key USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_lines_stated';
    END IF;
    IF EXISTS (SELECT FROM entries e WHERE e.vendor_id = touched.vendor_id AND e.journal_id = touched.journal_id
        GROUP BY e.currency HAVING sum(e.amount_minor) <> 0) THEN
      RAISE EXCEPTION 'journal % does not balance', stated.event_key USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_balanced';
    END IF;
  END LOOP;

  FOR touched IN SELECT DISTINCT vendor_id, account_id FROM added ORDER BY account_id LOOP
    -- Two withdrawals at once: the second waits for the row, then its next statement sees what the first took. A
    -- snapshot older than the wait would not.
    SELECT k.kind, k.normal INTO stated FROM accounts k
      WHERE k.vendor_id = touched.vendor_id AND k.id = touched.account_id AND k.guarded FOR NO KEY UPDATE;
    CONTINUE WHEN NOT FOUND;
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
      RAISE EXCEPTION 'post at read committed or serializable' USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_isolation';
    END IF;
    SELECT sum(e.amount_minor) INTO minor FROM entries e WHERE e.vendor_id = touched.vendor_id AND e.account_id = touched.account_id;
    IF (stated.normal = 'credit' AND minor > 0) OR (stated.normal = 'debit' AND minor < 0) THEN
      RAISE EXCEPTION 'an account of kind % would be overdrawn', stated.kind USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_not_overdrawn';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER entries_checked AFTER INSERT ON entries REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_entries();

-- The one way to post. `lines` is an array of {kind, milestone, organization, currency, amount}; accounts open themselves.
-- Runs as the owner, under row-level security: the vendor of the transaction is the vendor of every row.
CREATE FUNCTION post_journal(journal uuid, event_key text, kind text, milestone uuid, facts jsonb, lines jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  vendor uuid := nullif(current_setting('attache.vendor', true), '')::uuid;
BEGIN
  IF vendor IS NULL THEN
    RAISE EXCEPTION 'no vendor is set: nothing can be posted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_class WHERE oid = 'public.entries'::regclass AND relrowsecurity AND relforcerowsecurity) THEN
    RAISE EXCEPTION 'row-level security is off: nothing can be posted' USING ERRCODE = 'insufficient_privilege';
  END IF;

  INSERT INTO accounts (vendor_id, id, kind, milestone_id, organization_id, currency)
    SELECT DISTINCT vendor, ledger_account(vendor, l.kind, l.milestone, l.organization, l.currency), l.kind, l.milestone, l.organization, l.currency
    FROM jsonb_to_recordset(post_journal.lines) AS l (kind text, milestone uuid, organization uuid, currency text, amount bigint)
    ORDER BY 2
    ON CONFLICT DO NOTHING;
  INSERT INTO journals (vendor_id, id, event_key, kind, lines, milestone_id, facts)
    VALUES (vendor, post_journal.journal, post_journal.event_key, post_journal.kind, jsonb_array_length(post_journal.lines), post_journal.milestone, post_journal.facts);
  INSERT INTO entries (vendor_id, journal_id, line, account_id, currency, amount_minor)
    SELECT vendor, post_journal.journal, n, ledger_account(vendor, l.kind, l.milestone, l.organization, l.currency), l.currency, l.amount
    FROM ROWS FROM (jsonb_to_recordset(post_journal.lines) AS (kind text, milestone uuid, organization uuid, currency text, amount bigint))
      WITH ORDINALITY AS l (kind, milestone, organization, currency, amount, n);
END $$;

-- An account's id follows from what it is, so that the same facts always make the same ledger.
CREATE FUNCTION ledger_account(vendor uuid, kind text, milestone uuid, organization uuid, currency text) RETURNS uuid
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT md5(concat_ws(':', vendor, kind, coalesce(milestone::text, '-'), coalesce(organization::text, '-'), currency))::uuid $$;

REVOKE ALL ON FUNCTION post_journal(uuid, text, text, uuid, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION post_journal(uuid, text, text, uuid, jsonb, jsonb) TO attache_app;

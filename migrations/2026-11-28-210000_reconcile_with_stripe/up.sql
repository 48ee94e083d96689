-- What Stripe says of its balances, held against the books, and every difference as a row that is settled by evidence or by a
-- person, never changed. Stripe's balance is the operator's: what it says belongs to the reserved vendor, so no program can
-- see another's through it. Each program has its own postings there, and its own differences.

CREATE TABLE stripe_movements (
  vendor_id uuid NOT NULL REFERENCES vendors (id) CONSTRAINT stripe_movements_operators CHECK (vendor_id = '00000000-0000-0000-0000-00000000a77a'),
  id text NOT NULL CONSTRAINT stripe_movements_id_length CHECK (char_length(id) BETWEEN 4 AND 255),
  account text NOT NULL DEFAULT '',
  kind text NOT NULL,
  source text,
  currency text NOT NULL CONSTRAINT stripe_movements_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint NOT NULL,
  fee_minor bigint NOT NULL,
  net_minor bigint NOT NULL,
  exchanged boolean NOT NULL,
  available boolean NOT NULL,
  available_on timestamptz NOT NULL,
  happened_at timestamptz NOT NULL,
  read_at timestamptz NOT NULL DEFAULT app_now(),
  program_id uuid REFERENCES vendors (id),
  matched_at timestamptz,
  looked_up_at timestamptz,
  PRIMARY KEY (vendor_id, id)
);
COMMENT ON TABLE stripe_movements IS 'balance transactions as Stripe lists them, each once';
COMMENT ON COLUMN stripe_movements.account IS 'a connected account; empty for the operator''s own';
COMMENT ON COLUMN stripe_movements.currency IS 'as Stripe writes it, in capitals: it may be one that the books do not have';
COMMENT ON COLUMN stripe_movements.program_id IS 'whose it is, once that is known';
COMMENT ON COLUMN stripe_movements.matched_at IS 'when the books agreed with it';
COMMENT ON COLUMN stripe_movements.looked_up_at IS 'when the object behind it was last read, because no journal knows it';
CALL make_tenant_table('stripe_movements');
REVOKE DELETE ON stripe_movements FROM attache_app;
CREATE INDEX stripe_movements_open ON stripe_movements (vendor_id, happened_at) WHERE matched_at IS NULL AND account = '';
CREATE INDEX stripe_movements_by_source ON stripe_movements (vendor_id, source);
CREATE INDEX stripe_movements_by_account ON stripe_movements (vendor_id, account, currency, kind) INCLUDE (amount_minor, net_minor);
CREATE INDEX stripe_movements_by_program ON stripe_movements (vendor_id, program_id);

-- How far the list of an account's movements was read: a pass goes from the latest back to `since`, page by page. One that
-- was cut off goes on after `after`; what came since it began is the next one's.
CREATE TABLE stripe_readings (
  vendor_id uuid NOT NULL REFERENCES vendors (id) CONSTRAINT stripe_readings_operators CHECK (vendor_id = '00000000-0000-0000-0000-00000000a77a'),
  account text NOT NULL,
  since timestamptz NOT NULL,
  after text,
  began_at timestamptz NOT NULL,
  ended_at timestamptz,
  leased_until timestamptz,
  balance jsonb,
  PRIMARY KEY (vendor_id, account)
);
COMMENT ON COLUMN stripe_readings.leased_until IS 'of the operator''s own account: so long nobody else reconciles';
COMMENT ON COLUMN stripe_readings.balance IS 'of a payee''s account when its list had been read, by currency';
CALL make_tenant_table('stripe_readings');
REVOKE DELETE ON stripe_readings FROM attache_app;

-- What a journal says that Stripe's balance gained or lost, and which movement there it is of.
CREATE TABLE stripe_postings (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  journal_id uuid NOT NULL,
  currency text NOT NULL REFERENCES currencies (code),
  moved_minor bigint NOT NULL,
  fee_minor bigint NOT NULL,
  transaction_id text,
  source text,
  milestone_id uuid,
  posted_at timestamptz NOT NULL,
  posted_in bigint NOT NULL,
  movement_id text,
  PRIMARY KEY (vendor_id, journal_id, currency),
  CONSTRAINT stripe_postings_journal_fkey FOREIGN KEY (vendor_id, journal_id) REFERENCES journals (vendor_id, id)
);
COMMENT ON COLUMN stripe_postings.transaction_id IS 'the balance transaction that the journal names';
COMMENT ON COLUMN stripe_postings.source IS 'the charge, transfer, refund or other object that the journal names';
CALL make_tenant_table('stripe_postings');
REVOKE UPDATE, DELETE ON stripe_postings FROM attache_app;
GRANT UPDATE (movement_id) ON stripe_postings TO attache_app;
CREATE INDEX stripe_postings_loose ON stripe_postings (vendor_id, posted_at) WHERE movement_id IS NULL;
CREATE INDEX stripe_postings_by_movement ON stripe_postings (vendor_id, movement_id) INCLUDE (moved_minor, fee_minor, posted_in);

-- One look at one program's books, after everything that Stripe says was read.
CREATE TABLE reconciliations (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  began_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT app_now(),
  movements bigint NOT NULL,
  matched bigint NOT NULL,
  booked bigint NOT NULL,
  opened bigint NOT NULL,
  closed bigint NOT NULL,
  open bigint NOT NULL,
  server bigint NOT NULL,
  through bigint NOT NULL,
  PRIMARY KEY (vendor_id, id)
);
COMMENT ON COLUMN reconciliations.booked IS 'movements that no news told of, found and booked by this look';
COMMENT ON COLUMN reconciliations.through IS 'entries posted in transactions of this server below this number were looked at';
CALL make_tenant_table('reconciliations');
REVOKE UPDATE, DELETE ON reconciliations FROM attache_app;
CREATE INDEX reconciliations_latest ON reconciliations (vendor_id, ended_at DESC);

-- Differences. A person explains one with a reason; it closes itself when the next look no longer sees it.
CREATE TABLE reconciliation_breaks (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT reconciliation_breaks_kind_known CHECK (kind IN ('not_in_books', 'type_unknown', 'amount_differs', 'not_at_stripe', 'balance_differs', 'account_differs', 'call_unknown', 'in_flight', 'held_long')),
  subject text NOT NULL,
  stripe_id text,
  journal_id uuid,
  currency text NOT NULL DEFAULT '',
  expected_minor bigint,
  seen_minor bigint,
  detail text NOT NULL DEFAULT '',
  state text NOT NULL CONSTRAINT reconciliation_breaks_state_known CHECK (state IN ('watched', 'open', 'explained', 'closed')),
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  opened_at timestamptz,
  ended_at timestamptz,
  reason text CONSTRAINT reconciliation_breaks_reason_length CHECK (char_length(reason) BETWEEN 3 AND 2000),
  explained_by uuid REFERENCES persons (id),
  explained_as text,
  correction text,
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT reconciliation_breaks_journal_fkey FOREIGN KEY (vendor_id, journal_id) REFERENCES journals (vendor_id, id),
  CONSTRAINT reconciliation_breaks_ended CHECK ((state IN ('explained', 'closed')) = (ended_at IS NOT NULL)),
  CONSTRAINT reconciliation_breaks_opened CHECK (state NOT IN ('open', 'explained') OR opened_at IS NOT NULL),
  CONSTRAINT reconciliation_breaks_explained CHECK ((state = 'explained') = (reason IS NOT NULL) AND (state = 'explained') = (num_nonnulls(explained_by, explained_as) = 1))
);
COMMENT ON COLUMN reconciliation_breaks.subject IS 'what differs: with the kind, the name of a difference';
COMMENT ON COLUMN reconciliation_breaks.state IS 'watched: seen, and young enough to be on its way still';
COMMENT ON COLUMN reconciliation_breaks.explained_as IS 'who explained it where nobody is signed in: at the command line';
COMMENT ON COLUMN reconciliation_breaks.correction IS 'the event key of the journal that settled it';
CALL make_tenant_table('reconciliation_breaks');
REVOKE UPDATE, DELETE ON reconciliation_breaks FROM attache_app;
GRANT UPDATE (expected_minor, seen_minor, detail, state, last_seen_at, opened_at, ended_at, reason, explained_by, explained_as, correction) ON reconciliation_breaks TO attache_app;
CREATE UNIQUE INDEX reconciliation_breaks_one_live ON reconciliation_breaks (vendor_id, kind, subject) WHERE state IN ('watched', 'open');
CREATE INDEX reconciliation_breaks_by_subject ON reconciliation_breaks (vendor_id, kind, subject, ended_at DESC);
CREATE INDEX reconciliation_breaks_latest ON reconciliation_breaks (vendor_id, opened_at DESC, id DESC) WHERE opened_at IS NOT NULL;

-- What has ended stays as it ended; only that it is still seen is noted.
CREATE FUNCTION breaks_keep_their_end() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.state IN ('explained', 'closed') THEN
    OLD.last_seen_at := NEW.last_seen_at;
    IF OLD IS DISTINCT FROM NEW THEN
      RAISE EXCEPTION 'a difference that has ended is not changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'reconciliation_breaks_ended_stay';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_breaks_ended_stay BEFORE UPDATE ON reconciliation_breaks FOR EACH ROW EXECUTE FUNCTION breaks_keep_their_end();

-- One job for the installation, every hour: it writes its successor in the transaction that ends it.
INSERT INTO jobs (id, vendor_id, kind, facts, run_at) VALUES (gen_random_uuid(), NULL, 'reconcile-hourly', '{}', app_now() + interval '1 hour');

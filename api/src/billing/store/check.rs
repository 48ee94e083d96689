//! Questions to the ledger whose right answer is: nothing.

use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// One row that should not be.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Odd {
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub says: String,
}

/// A question by its stable word; each answers `subject` and `says`.
type Question = (&'static str, &'static str);

/// What may never be, at any moment.
const NEVER: &[Question] = &[
    (
        "out-of-balance",
        "SELECT currency AS subject, format('all entries together are %s', sum(amount_minor)) AS says
         FROM entries GROUP BY currency HAVING sum(amount_minor) <> 0",
    ),
    (
        "journal-not-whole",
        "SELECT j.event_key AS subject, format('states %s lines, has %s', j.lines, count(e.line)) AS says
         FROM journals j LEFT JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
         GROUP BY j.vendor_id, j.id, j.event_key, j.lines HAVING count(e.line) <> j.lines",
    ),
    (
        "journal-unbalanced",
        "SELECT j.event_key AS subject, format('%s %s', sum(e.amount_minor), e.currency) AS says
         FROM journals j JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
         GROUP BY j.vendor_id, j.id, j.event_key, e.currency HAVING sum(e.amount_minor) <> 0",
    ),
    (
        "account-overdrawn",
        "SELECT concat_ws(' ', a.kind, a.milestone_id, a.week_id, a.organization_id) AS subject,
                format('%s %s', CASE a.normal WHEN 'credit' THEN -b.minor ELSE b.minor END, a.currency) AS says
         FROM accounts a CROSS JOIN LATERAL (
             SELECT sum(e.amount_minor) AS minor FROM entries e WHERE e.vendor_id = a.vendor_id AND e.account_id = a.id) b
         WHERE a.guarded AND CASE a.normal WHEN 'credit' THEN b.minor > 0 ELSE b.minor < 0 END",
    ),
    (
        "entry-astray",
        "SELECT format('%s line %s', e.journal_id, e.line) AS subject, 'it has no journal, or no account of its currency' AS says
         FROM entries e
         WHERE NOT EXISTS (SELECT FROM journals j WHERE j.vendor_id = e.vendor_id AND j.id = e.journal_id)
            OR NOT EXISTS (SELECT FROM accounts a WHERE a.vendor_id = e.vendor_id AND a.id = e.account_id AND a.currency = e.currency)",
    ),
    (
        "checkpoint-differs",
        "SELECT format('%s through %s', c.account_id, c.through) AS subject,
                format('says %s of %s entries, they are %s of %s', c.amount_minor, c.entries, b.minor, b.entries) AS says
         FROM balance_checkpoints c CROSS JOIN LATERAL (
             SELECT coalesce(sum(e.amount_minor), 0) AS minor, count(*) AS entries FROM entries e
             WHERE e.vendor_id = c.vendor_id AND e.account_id = c.account_id AND e.posted_in < c.through) b
         WHERE c.server = (SELECT system_identifier FROM pg_control_system())
           AND (b.minor, b.entries) IS DISTINCT FROM (c.amount_minor::numeric, c.entries)",
    ),
    (
        "balance-differs",
        "SELECT concat_ws(' ', a.kind, a.milestone_id, a.week_id, a.organization_id) AS subject,
                format('with its checkpoint %s, by its entries %s', ledger_balance(a.vendor_id, a.id), b.minor) AS says
         FROM accounts a CROSS JOIN LATERAL (
             SELECT coalesce(sum(e.amount_minor), 0) AS minor FROM entries e WHERE e.vendor_id = a.vendor_id AND e.account_id = a.id) b
         WHERE b.minor <> ledger_balance(a.vendor_id, a.id)",
    ),
    (
        "held-differs",
        "WITH held AS (
             SELECT a.milestone_id, -sum(e.amount_minor) AS minor
             FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
             WHERE a.kind = 'held' GROUP BY a.milestone_id)
         SELECT m.id::text AS subject, format('%s, holds %s of %s', m.state, coalesce(h.minor, 0), m.price_minor - m.sent_back_minor - m.released_minor) AS says
         FROM milestones m LEFT JOIN held h ON h.milestone_id = m.id
         WHERE coalesce(h.minor, 0) <> CASE m.state WHEN 'planned' THEN 0 ELSE m.price_minor - m.sent_back_minor - m.released_minor END",
    ),
    (
        "released-differs",
        "WITH booked AS (
             SELECT j.milestone_id, sum(e.amount_minor) AS minor
             FROM journals j
             JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
             JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id AND a.kind = 'held'
             WHERE j.kind IN ('accept', 'release') GROUP BY j.milestone_id),
         made AS (SELECT milestone_id, sum(amount_minor) AS minor FROM releases GROUP BY milestone_id)
         SELECT m.id::text AS subject, format('says %s, booked %s, by releases %s', m.released_minor, coalesce(b.minor, 0), coalesce(r.minor, 0)) AS says
         FROM milestones m LEFT JOIN booked b ON b.milestone_id = m.id LEFT JOIN made r ON r.milestone_id = m.id
         WHERE (m.released_minor, m.released_minor) IS DISTINCT FROM (coalesce(b.minor, 0), coalesce(r.minor, 0))",
    ),
    (
        "payable-differs",
        "WITH owed AS (
             SELECT a.organization_id, -sum(e.amount_minor) AS minor
             FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
             WHERE a.kind = 'payable' GROUP BY a.organization_id),
         waiting AS (
             SELECT organization_id, sum(amount_minor - netted_minor) AS minor FROM transfers
             WHERE state IN ('waiting', 'refused') GROUP BY organization_id)
         SELECT coalesce(o.organization_id, w.organization_id)::text AS subject,
                format('owed %s, waiting %s', coalesce(o.minor, 0), coalesce(w.minor, 0)) AS says
         FROM owed o FULL JOIN waiting w ON w.organization_id = o.organization_id
         WHERE coalesce(o.minor, 0) <> coalesce(w.minor, 0)",
    ),
    (
        "inflight-differs",
        "WITH booked AS (
             SELECT a.kind, a.milestone_id, -sum(e.amount_minor) AS minor
             FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
             WHERE a.kind IN ('transfer_inflight', 'refund_inflight') GROUP BY a.kind, a.milestone_id),
         asked AS (
             SELECT 'transfer_inflight' AS kind, milestone_id, sum(amount_minor - netted_minor) AS minor FROM transfers
             WHERE state = 'asked' GROUP BY milestone_id
             UNION ALL
             SELECT 'refund_inflight', milestone_id, sum(amount_minor) FROM refunds
             WHERE state = 'asked' GROUP BY milestone_id)
         SELECT concat_ws(' ', coalesce(b.kind, a.kind), coalesce(b.milestone_id, a.milestone_id)) AS subject,
                format('booked %s, asked %s', coalesce(b.minor, 0), coalesce(a.minor, 0)) AS says
         FROM booked b FULL JOIN asked a ON a.kind = b.kind AND a.milestone_id = b.milestone_id
         WHERE coalesce(b.minor, 0) <> coalesce(a.minor, 0)",
    ),
    (
        "dispute-hold-differs",
        "WITH booked AS (
             SELECT a.milestone_id, sum(e.amount_minor) AS minor
             FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
             WHERE a.kind = 'dispute_hold' GROUP BY a.milestone_id),
         taken AS (
             SELECT milestone_id, sum(amount_minor) AS minor FROM disputes WHERE state = 'open'
               AND EXISTS (SELECT FROM balance_transactions b WHERE b.source = stripe_dispute)
             GROUP BY milestone_id)
         SELECT coalesce(b.milestone_id, t.milestone_id)::text AS subject,
                format('booked %s, with banks %s', coalesce(b.minor, 0), coalesce(t.minor, 0)) AS says
         FROM booked b FULL JOIN taken t ON t.milestone_id = b.milestone_id
         WHERE coalesce(b.minor, 0) <> coalesce(t.minor, 0)",
    ),
    (
        "stripe-differs",
        "WITH booked AS (
             SELECT a.currency, sum(e.amount_minor) AS minor
             FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
             WHERE a.kind IN ('stripe_pending', 'stripe_available') GROUP BY a.currency),
         moved AS (
             SELECT currency, sum(minor) AS minor FROM (
                 SELECT currency, amount_minor AS minor FROM payments WHERE paid_at IS NOT NULL
                 UNION ALL SELECT currency, netted_minor - amount_minor FROM transfers WHERE state = 'paid'
                 UNION ALL SELECT currency, amount_minor FROM reversals WHERE state = 'paid'
                 UNION ALL SELECT currency, -amount_minor FROM refunds WHERE state = 'paid'
                 UNION ALL SELECT b.currency, b.amount_minor FROM balance_transactions b JOIN disputes d ON d.stripe_dispute = b.source
                 UNION ALL SELECT currency, -fee_minor FROM balance_transactions) m GROUP BY currency)
         SELECT coalesce(b.currency, m.currency) AS subject,
                format('booked %s, moved %s', coalesce(b.minor, 0), coalesce(m.minor, 0)) AS says
         FROM booked b FULL JOIN moved m ON m.currency = b.currency
         WHERE coalesce(b.minor, 0) <> coalesce(m.minor, 0)",
    ),
    (
        "recoverable-differs",
        "WITH booked AS (
             SELECT a.organization_id, a.currency, sum(e.amount_minor) AS minor
             FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
             WHERE a.kind = 'recoverable' GROUP BY a.organization_id, a.currency),
         owed AS (
             SELECT r.organization_id, r.currency, sum(r.amount_minor - r.netted_minor - coalesce(v.minor, 0)) AS minor
             FROM recoveries r LEFT JOIN LATERAL (
                 SELECT sum(v.amount_minor) AS minor FROM reversals v WHERE v.recovery_id = r.id AND v.state = 'paid') v ON true
             WHERE r.state <> 'void' GROUP BY r.organization_id, r.currency)
         SELECT concat_ws(' ', coalesce(b.organization_id, o.organization_id), coalesce(b.currency, o.currency)) AS subject,
                format('booked %s, owed %s', coalesce(b.minor, 0), coalesce(o.minor, 0)) AS says
         FROM booked b FULL JOIN owed o ON o.organization_id = b.organization_id AND o.currency = b.currency
         WHERE coalesce(b.minor, 0) <> coalesce(o.minor, 0)",
    ),
    (
        "recovery-differs",
        "SELECT 'recovery ' || r.id AS subject, format('says %s netted and %s reversed, they are %s and %s', r.netted_minor, r.reversed_minor, n.minor, v.minor) AS says
         FROM recoveries r
         CROSS JOIN LATERAL (SELECT coalesce(sum(n.amount_minor), 0) AS minor FROM nettings n WHERE n.recovery_id = r.id) n
         CROSS JOIN LATERAL (SELECT coalesce(sum(v.amount_minor), 0) AS minor FROM reversals v WHERE v.recovery_id = r.id AND v.state <> 'refused') v
         WHERE (r.netted_minor, r.reversed_minor) IS DISTINCT FROM (n.minor, v.minor)
         UNION ALL
         SELECT 'transfer ' || t.id, format('says %s netted and %s reversed, they are %s and %s', t.netted_minor, t.reversed_minor, n.minor, v.minor)
         FROM transfers t
         CROSS JOIN LATERAL (SELECT coalesce(sum(n.amount_minor), 0) AS minor FROM nettings n WHERE n.transfer_id = t.id) n
         CROSS JOIN LATERAL (SELECT coalesce(sum(v.amount_minor), 0) AS minor FROM reversals v WHERE v.transfer_id = t.id AND v.state <> 'refused') v
         WHERE (t.netted_minor, t.reversed_minor) IS DISTINCT FROM (n.minor, v.minor)",
    ),
    (
        "given-back-differs",
        "WITH given AS (
             SELECT j.milestone_id, sum(e.amount_minor) AS minor
             FROM journals j
             JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
             JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id AND a.kind IN ('recoverable', 'revenue')
             WHERE j.kind IN ('clawback', 'refund_refused', 'dispute_lost') GROUP BY j.milestone_id)
         SELECT m.id::text AS subject, format('says %s, booked %s', m.given_back_minor, coalesce(g.minor, 0)) AS says
         FROM milestones m LEFT JOIN given g ON g.milestone_id = m.id
         WHERE m.given_back_minor <> coalesce(g.minor, 0)",
    ),
    (
        "connected-differs",
        "WITH booked AS (
             SELECT a.organization_id, a.kind, a.currency, sum(CASE a.normal WHEN 'debit' THEN e.amount_minor ELSE -e.amount_minor END) AS minor
             FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
             WHERE a.kind IN ('memo_connected', 'memo_owed') GROUP BY a.organization_id, a.kind, a.currency),
         moved AS (
             SELECT t.organization_id, k.kind, t.currency, sum(t.amount_minor - t.netted_minor - coalesce(v.minor, 0)) AS minor
             FROM transfers t CROSS JOIN (VALUES ('memo_connected'), ('memo_owed')) k (kind)
             LEFT JOIN LATERAL (
                 SELECT sum(v.amount_minor) AS minor FROM reversals v WHERE v.transfer_id = t.id AND v.state = 'paid') v ON true
             WHERE t.state = 'paid' GROUP BY t.organization_id, k.kind, t.currency)
         SELECT concat_ws(' ', coalesce(b.kind, m.kind), coalesce(b.organization_id, m.organization_id)) AS subject,
                format('booked %s, sent and not taken back %s', coalesce(b.minor, 0), coalesce(m.minor, 0)) AS says
         FROM booked b FULL JOIN moved m ON m.organization_id = b.organization_id AND m.kind = b.kind AND m.currency = b.currency
         WHERE coalesce(b.minor, 0) <> coalesce(m.minor, 0)",
    ),
];

/// What may be for a while, and has been for longer, or waits for a person.
const OPEN: &[Question] = &[
    (
        "call-needs-human",
        "SELECT idem_key AS subject, trouble AS says FROM stripe_calls WHERE state = 'needs_human'",
    ),
    (
        "call-open",
        "SELECT idem_key AS subject,
                format('%s for %s minutes: %s', state, (extract(epoch FROM app_now() - created_at) / 60)::bigint, trouble) AS says
         FROM stripe_calls WHERE state IN ('queued', 'sent', 'unknown') AND created_at < app_now() - interval '15 minutes'
           AND op IN ('create_transfer', 'create_refund', 'create_reversal')",
    ),
    (
        "transfer-on-its-way",
        "SELECT id::text AS subject, format('%s %s for %s hours', amount_minor, currency, (extract(epoch FROM app_now() - asked_at) / 3600)::bigint) AS says
         FROM transfers WHERE state = 'asked' AND asked_at < app_now() - interval '1 day'",
    ),
    (
        "refund-on-its-way",
        "SELECT id::text AS subject, format('%s %s for %s hours', amount_minor, currency, (extract(epoch FROM app_now() - asked_at) / 3600)::bigint) AS says
         FROM refunds WHERE state = 'asked' AND asked_at < app_now() - interval '1 day'",
    ),
    (
        "refund-refused",
        "SELECT id::text AS subject, format('%s %s owed to the customer: %s', amount_minor, currency, refusal) AS says
         FROM refunds WHERE state = 'failed' OR (state = 'refused' AND NOT released)",
    ),
    (
        "reversal-on-its-way",
        "SELECT id::text AS subject, format('%s %s for %s hours', amount_minor, currency, (extract(epoch FROM app_now() - asked_at) / 3600)::bigint) AS says
         FROM reversals WHERE state = 'asked' AND asked_at < app_now() - interval '1 day'",
    ),
    (
        "owed-by-payee",
        "SELECT r.organization_id::text AS subject, format('%s %s of milestone %s, for %s days', r.amount_minor - r.netted_minor - r.reversed_minor, r.currency,
                r.milestone_id, (extract(epoch FROM app_now() - r.created_at) / 86400)::bigint) AS says
         FROM recoveries r WHERE r.state = 'due' AND r.netted_minor + r.reversed_minor < r.amount_minor",
    ),
    (
        "dispute-open",
        "SELECT stripe_dispute AS subject, format('%s %s, an answer is due by %s', amount_minor, currency, respond_by) AS says
         FROM disputes WHERE state IN ('inquiry', 'open')",
    ),
    (
        "payment-parked",
        "SELECT id::text AS subject, trouble AS says FROM payments WHERE state = 'parked'",
    ),
    (
        "not-released",
        "SELECT m.id::text AS subject, format('accepted %s minutes ago', (extract(epoch FROM app_now() - m.accepted_at) / 60)::bigint) AS says
         FROM milestones m WHERE m.state = 'accepted' AND m.accepted_at < app_now() - interval '15 minutes'
           AND m.released_minor < m.price_minor - m.sent_back_minor",
    ),
    (
        "break-open",
        "SELECT concat_ws(' ', kind, coalesce(stripe_id, subject)) AS subject,
                format('Stripe %s, books %s %s, since %s', coalesce(seen_minor::text, '-'), coalesce(expected_minor::text, '-'), currency, opened_at::timestamp(0)) AS says
         FROM reconciliation_breaks WHERE state = 'open'",
    ),
    (
        "reconciled-late",
        "SELECT 'Stripe' AS subject, format('compared last at %s', coalesce(r.last::timestamp(0)::text, 'no time')) AS says
         FROM vendors v CROSS JOIN LATERAL (SELECT max(ended_at) AS last FROM reconciliations) r
         WHERE v.id = nullif(current_setting('attache.vendor', true), '')::uuid AND v.slug <> 'operator'
           AND coalesce(r.last, v.created_at) < app_now() - interval '3 hours'",
    ),
    (
        "held-long",
        "SELECT id::text AS subject, format('held since %s, until %s at most', funded_at::date, hold_until::date) AS says FROM milestones
         WHERE state IN ('funded', 'submitted', 'changes_requested')
           AND hold_until - (hold_until - coalesce(charged_at, funded_at)) / 9 < app_now()
         UNION ALL
         SELECT t.id::text, format('%s %s of milestone %s was not sent: %s; to leave by %s', t.amount_minor - t.netted_minor, t.currency, m.id,
                coalesce(t.refusal, 'its payee cannot be paid'), m.hold_until::date)
         FROM transfers t JOIN milestones m ON m.vendor_id = t.vendor_id AND m.id = t.milestone_id
         WHERE t.state IN ('waiting', 'refused') AND m.hold_until - (m.hold_until - coalesce(m.charged_at, m.funded_at)) / 9 < app_now()",
    ),
];

/// What keeps the rest from being: asked of the database, not of a program.
const GUARDS: &[Question] = &[
    (
        "guard-missing",
        "SELECT format('%s on %s', g.name, g.tab) AS subject, 'the trigger is gone or switched off' AS says
         FROM (VALUES ('accounts', 'accounts_keep_rows'), ('accounts', 'accounts_keep_all'),
               ('journals', 'journals_keep_rows'), ('journals', 'journals_keep_all'), ('journals', 'journals_checked'),
               ('entries', 'entries_keep_rows'), ('entries', 'entries_keep_all'), ('entries', 'entries_checked'),
               ('balance_checkpoints', 'balance_checkpoints_keep_rows'), ('balance_checkpoints', 'balance_checkpoints_keep_all'),
               ('balance_checkpoints', 'balance_checkpoints_summed'), ('refunds', 'refunds_within_payment'), ('releases', 'releases_counted'),
               ('releases', 'releases_wait'), ('refunds', 'refunds_wait'), ('milestones', 'milestones_wait'),
               ('disagreements', 'disagreements_wait_for_money'), ('disagreements', 'disagreements_stay_ended'),
               ('nettings', 'nettings_counted'), ('reversals', 'reversals_counted'), ('refunds', 'refunds_yes_of_two'),
               ('disagreements', 'disagreements_yes_of_two'), ('reconciliation_breaks', 'reconciliation_breaks_yes_of_two'),
               ('reconciliation_breaks', 'reconciliation_breaks_ended_stay'), ('money_limits', 'money_limits_want_two'),
               ('money_approvals', 'money_approvals_are_frozen'), ('milestones', 'milestones_count_their_hold'),
               ('milestones', 'milestones_week'), ('milestone_shares', 'milestone_shares_add_up'),
               ('payments', 'payments_mandate_covers'), ('payments', 'payments_mandate_stays'), ('week_mandates', 'week_mandates_fit'),
               ('payouts', 'payouts_go_on'), ('fee_policies', 'fee_policies_keep_the_past'), ('fee_policies', 'fee_policies_no_gap'),
               ('fee_policies', 'fee_policies_stay')) AS g (tab, name)
         WHERE NOT EXISTS (SELECT FROM pg_trigger t
             WHERE t.tgrelid = ('public.' || g.tab)::regclass AND t.tgname = g.name AND t.tgenabled IN ('O', 'A'))",
    ),
    (
        "guard-open",
        "SELECT c.relname::text AS subject, 'row-level security is not forced, or the serving role may write' AS says
         FROM pg_class c
         WHERE c.oid IN ('public.accounts'::regclass, 'public.journals'::regclass, 'public.entries'::regclass, 'public.balance_checkpoints'::regclass)
           AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity
             OR has_table_privilege('attache_app', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER'))",
    ),
];

/// Rows that break an invariant, each under its question's word.
pub async fn broken(tx: &mut Tx) -> Result<Vec<(&'static str, Odd)>> {
    ask(tx, NEVER).await
}

/// Rows that wait, each under its question's word.
pub async fn waiting(tx: &mut Tx) -> Result<Vec<(&'static str, Odd)>> {
    ask(tx, OPEN).await
}

/// Guards of the ledger that are not there; global.
pub async fn unguarded(tx: &mut Tx) -> Result<Vec<(&'static str, Odd)>> {
    ask(tx, GUARDS).await
}

/// News that nobody understood; global.
pub async fn parked_news(tx: &mut Tx) -> Result<Vec<(&'static str, Odd)>> {
    let parked = "SELECT id AS subject, format('%s: %s', kind, note) AS says FROM webhooks WHERE state = 'parked'";
    ask(tx, &[("news-parked", parked)]).await
}

async fn ask(tx: &mut Tx, questions: &[Question]) -> Result<Vec<(&'static str, Odd)>> {
    let mut found = Vec::new();
    for (word, sql) in questions {
        let rows: Vec<Odd> = sql_query(*sql).load(tx.conn()).await?;
        found.extend(rows.into_iter().map(|odd| (*word, odd)));
    }
    Ok(found)
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Counted {
    #[diesel(sql_type = BigInt)]
    pub journals: i64,
    #[diesel(sql_type = BigInt)]
    pub entries: i64,
}

pub async fn counted(tx: &mut Tx) -> Result<Counted> {
    let sql = "SELECT (SELECT count(*) FROM journals) AS journals, (SELECT count(*) FROM entries) AS entries";
    Ok(sql_query(sql).get_result(tx.conn()).await?)
}

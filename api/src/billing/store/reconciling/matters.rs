//! What is open for too long in a program, and what was sent to its payees.

use crate::billing::model::{BreakKind, Difference};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

#[derive(QueryableByName)]
struct Matter {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    minor: Option<i64>,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
}

/// Each answers what, how much, in words, and since when.
const QUESTIONS: &[(BreakKind, &str)] = &[
    (
        BreakKind::CallUnknown,
        "SELECT id::text AS subject, '' AS currency, NULL::bigint AS minor, first_sent_at AS since,
            concat(replace(op, '_', ' '), ' (', idem_key, '), ',
              CASE state WHEN 'needs_human' THEN 'waits for a person' ELSE 'asked again' END)
              AS detail
        FROM stripe_calls WHERE state IN ('sent', 'unknown', 'needs_human')
          AND first_sent_at < app_now() - interval '15 minutes'
          AND op NOT IN ('open_checkout', 'create_account')",
    ),
    (
        BreakKind::InFlight,
        "SELECT subject, currency, minor, since, detail FROM (
            SELECT a.id::text AS subject, a.currency, abs(sum(e.amount_minor))::bigint AS minor,
              concat(replace(a.kind, '_', ' '), ' of ', coalesce(a.milestone_id, a.week_id))
                AS detail,
              max(j.posted_at) FILTER (WHERE (e.amount_minor > 0) = (a.normal = 'debit')) AS since
            FROM accounts a
            JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
            JOIN journals j ON j.vendor_id = e.vendor_id AND j.id = e.journal_id
            WHERE a.kind IN ('transfer_inflight', 'refund_inflight', 'payout_inflight')
            GROUP BY a.vendor_id, a.id, a.currency, a.kind, a.milestone_id, a.week_id, a.normal
            HAVING sum(e.amount_minor) <> 0) open
        WHERE since < app_now() - interval '1 day'",
    ),
    (
        BreakKind::HeldLong,
        "SELECT id::text AS subject, currency,
            price_minor - sent_back_minor - released_minor AS minor,
            funded_at AS since, concat('milestone ', id, ', paid on ', funded_at::date) AS detail
        FROM milestones WHERE state IN ('funded', 'submitted', 'changes_requested')
          AND hold_until - (hold_until - coalesce(charged_at, funded_at)) / 9 < app_now()",
    ),
];

/// What the program's own rows show to be open for too long.
pub async fn matters(tx: &mut Tx) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    for (kind, sql) in QUESTIONS {
        let rows: Vec<Matter> = sql_query(*sql).load(tx.conn()).await?;
        found.extend(rows.into_iter().map(|row| Difference {
            kind: *kind,
            subject: row.subject,
            stripe: None,
            journal: None,
            currency: row.currency,
            expected: row.minor,
            seen: None,
            detail: row.detail,
            since: Some(row.since),
        }));
    }
    Ok(found)
}

/// What the books say was sent to a payee's account, less what was taken back.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Account {
    #[diesel(sql_type = Text)]
    pub account: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = BigInt)]
    pub minor: i64,
    /// When something was sent last.
    #[diesel(sql_type = Timestamptz)]
    pub sent_at: DateTime<Utc>,
}

/// Every account to which something was sent, by currency.
pub async fn accounts_of(tx: &mut Tx) -> Result<Vec<Account>> {
    let sql = "WITH sent AS (
            SELECT organization_id, currency, amount_minor - netted_minor AS minor,
              ended_at AS sent_at
            FROM transfers WHERE state = 'paid'
            UNION ALL
            SELECT a.organization_id, a.currency, e.amount_minor, j.posted_at
            FROM journals j
            JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
            JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id
            WHERE j.kind = 'reversal_paid' AND a.organization_id IS NOT NULL
              AND a.kind IN ('recoverable', 'payable'))
        SELECT p.stripe_account AS account, s.currency, sum(s.minor)::bigint AS minor,
          max(s.sent_at) AS sent_at
        FROM sent s JOIN payout_accounts p ON p.organization_id = s.organization_id
        WHERE p.stripe_account IS NOT NULL GROUP BY p.stripe_account, s.currency";
    Ok(sql_query(sql).load(tx.conn()).await?)
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Refunds that Stripe has and has not done yet, by their names there.
pub async fn refunds_under_way(tx: &mut Tx) -> Result<HashSet<String>> {
    let sql = "SELECT stripe_refund AS name FROM refunds
        WHERE state = 'asked' AND stripe_refund IS NOT NULL";
    let rows: Vec<Named> = sql_query(sql).load(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

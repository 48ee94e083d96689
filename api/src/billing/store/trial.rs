//! What the books say, summed: by kind of account, and what is under way.

use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// The accounts of one kind and currency together; plus is debit.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct TrialLine {
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

impl TrialLine {
    pub const fn balance(&self) -> Money {
        Money::new(self.minor, self.currency)
    }
}

/// Every kind of account that was ever used, debits first, currency by currency.
pub async fn trial_balance(tx: &mut Tx) -> Result<Vec<TrialLine>> {
    let sql = "SELECT a.kind, a.currency, sum(e.amount_minor)::bigint AS minor
        FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
        GROUP BY a.currency, a.normal, a.kind ORDER BY a.currency, a.normal DESC, a.kind";
    Ok(sql_query(sql).load(tx.conn()).await?)
}

/// Money that has left one place and not arrived at the other.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct InFlight {
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The milestone or week it is of; empty for the operator's payouts.
    #[diesel(sql_type = Text)]
    pub of: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    minor: i64,
    /// When money was put there last.
    #[diesel(sql_type = Timestamptz)]
    pub since: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    pub minutes: i64,
}

impl InFlight {
    /// Without sign.
    pub const fn amount(&self) -> Money {
        Money::new(self.minor.saturating_abs(), self.currency)
    }
}

/// Everything under way, oldest first.
pub async fn in_flight(tx: &mut Tx) -> Result<Vec<InFlight>> {
    let sql = "SELECT kind, of, currency, minor, since,
            (extract(epoch FROM app_now() - since) / 60)::bigint AS minutes
        FROM (SELECT a.kind, concat_ws(' ', a.milestone_id, a.week_id) AS of, a.currency,
                  sum(e.amount_minor)::bigint AS minor,
                  max(j.posted_at)
                    FILTER (WHERE (e.amount_minor > 0) = (a.normal = 'debit')) AS since
              FROM accounts a
              JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
              JOIN journals j ON j.vendor_id = e.vendor_id AND j.id = e.journal_id
              WHERE a.kind IN
                ('transfer_inflight', 'refund_inflight', 'payout_inflight', 'dispute_hold')
              GROUP BY a.vendor_id, a.id, a.kind, a.milestone_id, a.week_id, a.currency,
                a.normal) open
        WHERE minor <> 0 AND since IS NOT NULL ORDER BY since, kind, of";
    Ok(sql_query(sql).load(tx.conn()).await?)
}

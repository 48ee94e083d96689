//! A party's entries, read from journals.
//!
//! A party's accounts are those of its organization; for a customer also what is held for, or on
//! its way back from, its milestones. Plus is to the party's good, whichever side its account is
//! on.

use crate::billing::model::PartyLine;
use crate::kernel::id::{JournalId, OrganizationId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{BigInt, Date, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

const OWN: &str = "
    WITH own AS (
        SELECT a.vendor_id, a.id, a.kind FROM accounts a
        WHERE (a.organization_id = $1 AND a.kind NOT IN ('memo_connected', 'memo_owed'))
           OR (a.kind IN ('held', 'refund_inflight') AND a.milestone_id IN (
               SELECT m.id FROM milestones m
               JOIN engagements g ON g.vendor_id = m.vendor_id AND g.id = m.engagement_id
               WHERE g.customer_organization_id = $1)))";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    minor: i64,
    #[diesel(sql_type = Text)]
    event_key: String,
    #[diesel(sql_type = SqlUuid, deserialize_as = Uuid)]
    journal: Uuid,
    #[diesel(sql_type = Text)]
    stripe: String,
}

/// The entries of a party from one day up to another, oldest first; their running totals are zero.
pub async fn party_lines(
    tx: &mut Tx,
    party: OrganizationId,
    from: NaiveDate,
    before: NaiveDate,
) -> Result<Vec<PartyLine>> {
    let sql = format!(
        "{OWN}
         SELECT j.posted_at AS at, j.kind::text AS kind, own.kind AS account,
                e.currency, -e.amount_minor AS minor, j.event_key, j.id AS journal,
                coalesce(format('A-%s, milestone %s: %s', g.number, m.seq, m.title), '') AS what,
                coalesce((SELECT string_agg(f.value, ' ' ORDER BY f.key)
                    FROM jsonb_each_text(j.facts) f WHERE f.key IN
                    ('charge', 'transfer', 'refund', 'reversal', 'dispute',
                     'balance_transaction')), '') AS stripe
         FROM own
         JOIN entries e ON e.vendor_id = own.vendor_id AND e.account_id = own.id
         JOIN journals j ON j.vendor_id = e.vendor_id AND j.id = e.journal_id
         LEFT JOIN milestones m ON m.vendor_id = j.vendor_id AND m.id = j.milestone_id
         LEFT JOIN engagements g ON g.vendor_id = m.vendor_id AND g.id = m.engagement_id
         WHERE j.posted_at >= $2::timestamp AT TIME ZONE 'UTC'
           AND j.posted_at < $3::timestamp AT TIME ZONE 'UTC'
         ORDER BY j.posted_at, j.id, e.line"
    );
    let rows: Vec<Row> = sql_query(sql)
        .bind::<SqlUuid, _>(party.0)
        .bind::<Date, _>(from)
        .bind::<Date, _>(before)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

impl Row {
    fn read(self) -> PartyLine {
        PartyLine {
            at: self.at,
            kind: self.kind,
            account: self.account,
            what: self.what,
            amount: Money::new(self.minor, self.currency),
            running: Money::zero(self.currency),
            event_key: self.event_key,
            journal: JournalId(self.journal),
            stripe: self.stripe,
        }
    }
}

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

/// What a party had before a day, currency by currency.
pub async fn party_before(
    tx: &mut Tx,
    party: OrganizationId,
    day: NaiveDate,
) -> Result<Vec<Money>> {
    let sql = format!(
        "{OWN}
         SELECT e.currency, -sum(e.amount_minor)::bigint AS minor
         FROM own
         JOIN entries e ON e.vendor_id = own.vendor_id AND e.account_id = own.id
         JOIN journals j ON j.vendor_id = e.vendor_id AND j.id = e.journal_id
         WHERE j.posted_at < $2::timestamp AT TIME ZONE 'UTC'
         GROUP BY e.currency ORDER BY e.currency"
    );
    let sums: Vec<Sum> =
        sql_query(sql).bind::<SqlUuid, _>(party.0).bind::<Date, _>(day).load(tx.conn()).await?;
    Ok(sums.into_iter().map(|sum| Money::new(sum.minor, sum.currency)).collect())
}

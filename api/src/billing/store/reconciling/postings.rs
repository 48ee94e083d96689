//! Rows of `stripe_postings`: the journals of a program that say money moved at Stripe.

use crate::billing::model::{Booked, Posting};
use crate::kernel::id::{JournalId, MilestoneId};
use crate::kernel::money::Currency;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// Takes over what was posted since a transaction's number, in one statement. A journal names its
/// movement by its event key or facts, or the object behind it by the one that fits closest.
pub async fn project(tx: &mut Tx, from: i64) -> Result<()> {
    let sql = "INSERT INTO stripe_postings (vendor_id, journal_id, currency, moved_minor,
            fee_minor, transaction_id, source, milestone_id, posted_at, posted_in)
        SELECT t.vendor_id, t.journal_id, t.currency, t.moved, coalesce(f.fee, 0),
            CASE WHEN j.event_key LIKE 'bt:%' THEN substr(j.event_key, 4)
              ELSE j.facts ->> 'balance_transaction' END,
            s.source, j.milestone_id, j.posted_at, t.posted_in
        FROM (SELECT e.vendor_id, e.journal_id, e.currency, min(e.posted_in) AS posted_in,
                sum(e.amount_minor)::bigint AS moved
              FROM accounts a
              JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
              WHERE a.kind IN ('stripe_pending', 'stripe_available') AND e.posted_in >= $1
              GROUP BY e.vendor_id, e.journal_id, e.currency
              HAVING sum(e.amount_minor) <> 0) t
        JOIN journals j ON j.vendor_id = t.vendor_id AND j.id = t.journal_id
        LEFT JOIN LATERAL (SELECT sum(e.amount_minor)::bigint AS fee
              FROM entries e
              JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id
              WHERE e.vendor_id = t.vendor_id AND e.journal_id = t.journal_id
                AND e.currency = t.currency AND a.kind IN ('stripe_fee', 'dispute_fee')) f ON true
        LEFT JOIN LATERAL (SELECT v.value AS source FROM jsonb_each_text(j.facts) v
              WHERE v.value ~ '^(trr|fr|pyr|re|du|dp|tu|po|py|tr|ch)_'
              ORDER BY array_position(
                ARRAY['trr', 'fr', 'pyr', 're', 'du', 'dp', 'tu', 'po', 'py', 'tr', 'ch'],
                split_part(v.value, '_', 1)) LIMIT 1) s ON true
        ON CONFLICT (vendor_id, journal_id, currency) DO NOTHING";
    sql_query(sql).bind::<BigInt, _>(from).execute(tx.conn()).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct PostingRow {
    #[diesel(sql_type = SqlUuid)]
    journal_id: Uuid,
    #[diesel(sql_type = Text)]
    event_key: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    moved_minor: i64,
    #[diesel(sql_type = Nullable<Text>)]
    transaction_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    source: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    posted_at: DateTime<Utc>,
}

/// Journals whose movement is not known yet, oldest first.
pub async fn loose_postings(tx: &mut Tx) -> Result<Vec<Posting>> {
    let sql = "SELECT p.journal_id, j.event_key, p.currency, p.moved_minor, p.transaction_id,
          p.source, p.posted_at
        FROM stripe_postings p
        JOIN journals j ON j.vendor_id = p.vendor_id AND j.id = p.journal_id
        WHERE p.movement_id IS NULL ORDER BY p.posted_at, p.journal_id";
    let rows: Vec<PostingRow> = sql_query(sql).load(tx.conn()).await?;
    let posting = |row: PostingRow| Posting {
        journal: JournalId(row.journal_id),
        event_key: row.event_key,
        currency: row.currency,
        moved: row.moved_minor,
        transaction: row.transaction_id,
        source: row.source,
        posted_at: row.posted_at,
    };
    Ok(rows.into_iter().map(posting).collect())
}

/// Notes which movement each journal is of.
pub async fn link(tx: &mut Tx, links: &[(JournalId, Currency, String)]) -> Result<()> {
    let sql = "UPDATE stripe_postings p SET movement_id = l.movement
        FROM unnest($1, $2, $3) AS l (journal, currency, movement)
        WHERE p.journal_id = l.journal AND p.currency = l.currency";
    let journals: Vec<Uuid> = links.iter().map(|(journal, ..)| journal.0).collect();
    let currencies: Vec<&str> = links.iter().map(|(_, currency, _)| currency.code()).collect();
    let movements: Vec<&str> = links.iter().map(|(.., movement)| movement.as_str()).collect();
    sql_query(sql)
        .bind::<Array<SqlUuid>, _>(journals)
        .bind::<Array<Text>, _>(currencies)
        .bind::<Array<Text>, _>(movements)
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct BookedRow {
    #[diesel(sql_type = Text)]
    movement_id: String,
    #[diesel(sql_type = BigInt)]
    moved: i64,
    #[diesel(sql_type = BigInt)]
    fee: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    milestone_id: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    last_posted_at: DateTime<Utc>,
}

/// What the journals say of these movements, together.
pub async fn booked_of(tx: &mut Tx, movements: &[&str]) -> Result<HashMap<String, Booked>> {
    let sql = "SELECT movement_id, sum(moved_minor)::bigint AS moved,
          sum(fee_minor)::bigint AS fee, max(milestone_id::text)::uuid AS milestone_id,
          max(posted_at) AS last_posted_at
        FROM stripe_postings WHERE movement_id = ANY ($1) GROUP BY movement_id";
    let query = sql_query(sql).bind::<Array<Text>, _>(movements);
    let rows: Vec<BookedRow> = query.load(tx.conn()).await?;
    let booked = |row: BookedRow| {
        let booked = Booked {
            moved: row.moved,
            fee: row.fee,
            milestone: row.milestone_id.map(MilestoneId),
            last_posted_at: row.last_posted_at,
        };
        (row.movement_id, booked)
    };
    Ok(rows.into_iter().map(booked).collect())
}

/// What a program's accounts at Stripe have by the ledger, and by what was taken over of it, up to
/// the same transaction: they are one unless somebody changed the ledger behind its guards.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Sums {
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = BigInt)]
    pub ledger: i64,
    #[diesel(sql_type = BigInt)]
    pub postings: i64,
}

/// By currency, of what was posted below a transaction's number.
pub async fn sums(tx: &mut Tx, through: i64) -> Result<Vec<Sums>> {
    let sql = "WITH ledger AS (
            SELECT a.currency, sum(ledger_balance(a.vendor_id, a.id) - coalesce(late.minor, 0))
                ::bigint AS minor
            FROM accounts a LEFT JOIN LATERAL (SELECT sum(e.amount_minor) AS minor FROM entries e
                WHERE e.vendor_id = a.vendor_id AND e.account_id = a.id AND e.posted_in >= $1
              ) late ON true
            WHERE a.kind IN ('stripe_pending', 'stripe_available') GROUP BY a.currency),
        taken AS (
            SELECT currency, sum(moved_minor)::bigint AS minor FROM stripe_postings
            WHERE posted_in < $1 GROUP BY currency)
        SELECT coalesce(l.currency, t.currency) AS currency, coalesce(l.minor, 0) AS ledger,
          coalesce(t.minor, 0) AS postings
        FROM ledger l FULL JOIN taken t ON t.currency = l.currency";
    Ok(sql_query(sql).bind::<BigInt, _>(through).load(tx.conn()).await?)
}

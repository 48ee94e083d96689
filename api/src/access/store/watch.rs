//! What the calls of a program's letters looked like lately, counted from the access log.
//!
//! Each look is one query over the lines that were written since the look before, whenever their
//! calls ended: a line may come late. What an alarm that is not closed tells already, and what came
//! before one was closed, is left out of it.

use crate::access::model::{
    Arrival, BURST_CALLS, BURST_MINUTES, Calls, KnownPlace, NIGHT_CONTACTS, NIGHT_READS, NIGHTS,
    Night, PlaceKind, TOKEN_SHOWN,
};
use crate::kernel::id::GrantId;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// From when on a line `l` counts for an alarm of this kind: never while one is open.
fn counts(kind: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM access_alarms a WHERE a.vendor_id = l.vendor_id
           AND a.grant_id = l.grant_id AND a.kind = '{kind}'
           AND (a.state <> 'closed' OR a.closed_at >= l.at))"
    )
}

#[derive(QueryableByName)]
struct CallsRow {
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = Timestamptz)]
    began_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    last_at: DateTime<Utc>,
}

/// A refused call `l`. One that only waits for a yes, or came too fast for the application, is not
/// one that should not have been made.
const REFUSED: &str = "l.outcome = 'refused'
     AND l.code NOT IN ('approval-wanted', 'upstream-too-fast', 'letter-too-fast',
         'account-too-fast', 'too-many-downloads')";

/// Letters with many refused calls within minutes, at their densest.
pub async fn dense_refusals(tx: &mut Tx, since: DateTime<Utc>) -> Result<Vec<Calls>> {
    let rows: Vec<CallsRow> = sql_query(format!(
        "WITH fresh AS (
           SELECT l.vendor_id, l.grant_id, min(l.at) - make_interval(mins => $2) AS earliest,
                  max(l.at) + make_interval(mins => $2) AS latest
           FROM access_log l WHERE l.written_at > $1 AND {REFUSED}
           GROUP BY l.vendor_id, l.grant_id),
         lately AS (
           SELECT l.grant_id, l.at AS last_at, count(*) OVER w AS calls,
                  min(l.at) OVER w AS began_at
           FROM fresh f
           JOIN access_log l ON l.vendor_id = f.vendor_id AND l.grant_id = f.grant_id
             AND l.at BETWEEN f.earliest AND f.latest
           WHERE {REFUSED} AND {}
           WINDOW w AS (PARTITION BY l.grant_id ORDER BY l.at
             RANGE BETWEEN make_interval(mins => $2) PRECEDING AND CURRENT ROW))
         SELECT DISTINCT ON (grant_id) grant_id, calls, began_at, last_at FROM lately
         WHERE calls >= $3 ORDER BY grant_id, calls DESC, last_at",
        counts("refused-burst")
    ))
    .bind::<Timestamptz, _>(since)
    .bind::<Integer, _>(BURST_MINUTES)
    .bind::<BigInt, _>(BURST_CALLS)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(CallsRow::calls).collect())
}

/// Letters to whose calls the application answered with our token since.
pub async fn shown_tokens(tx: &mut Tx, since: DateTime<Utc>) -> Result<Vec<Calls>> {
    let rows: Vec<CallsRow> = sql_query(format!(
        "SELECT l.grant_id, count(*) AS calls, min(l.at) AS began_at, max(l.at) AS last_at
         FROM access_log l WHERE l.written_at > $1 AND l.code = $2 AND {}
         GROUP BY l.grant_id",
        counts(TOKEN_SHOWN)
    ))
    .bind::<Timestamptz, _>(since)
    .bind::<Text, _>(TOKEN_SHOWN)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(CallsRow::calls).collect())
}

impl CallsRow {
    const fn calls(self) -> Calls {
        let Self { grant_id, calls, began_at, last_at } = self;
        Calls { grant: GrantId(grant_id), calls, began_at, last_at }
    }
}

#[derive(QueryableByName)]
struct NightRow {
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = BigInt)]
    reads: i64,
    #[diesel(sql_type = BigInt)]
    contacts: i64,
    #[diesel(sql_type = BigInt)]
    usual_reads: i64,
    #[diesel(sql_type = BigInt)]
    usual_contacts: i64,
    #[diesel(sql_type = Timestamptz)]
    began_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    last_at: DateTime<Utc>,
}

/// A call `l` that read something, carried out from ten in the evening to six in the morning by the
/// clock of the customer `o`.
const READ_AT_NIGHT: &str = "l.outcome IN ('done', 'cut') AND l.risk IN ('read', 'export')
     AND ((l.at AT TIME ZONE o.zone)::time >= '22:00'
       OR (l.at AT TIME ZONE o.zone)::time < '06:00')";

/// What was read, and how many contacts were taken out.
const READ: &str = "count(*) AS reads,
     coalesce(sum(l.cost) FILTER (WHERE l.cost_unit = 'contacts'), 0)::bigint AS contacts";

/// Nights in which much was read since, beside the busiest of the nights before. How busy those
/// were is looked at for letters alone that read much.
pub async fn busy_nights(tx: &mut Tx, since: DateTime<Utc>) -> Result<Vec<Night>> {
    let counts = counts("night-reads");
    let rows: Vec<NightRow> = sql_query(format!(
        "WITH lately AS (
           SELECT l.vendor_id, l.grant_id, o.zone, max(l.at) AS last_at
           FROM access_log l
           JOIN organizations o ON o.vendor_id = l.vendor_id AND o.id = l.customer_organization_id
           WHERE l.written_at > $1 AND {READ_AT_NIGHT} AND {counts}
           GROUP BY l.vendor_id, l.grant_id, o.zone),
         nights AS (
           SELECT *, (date_trunc('day', last_at AT TIME ZONE zone - interval '6 hours')
                      + interval '22 hours') AT TIME ZONE zone AS began_at
           FROM lately),
         busy AS MATERIALIZED (
           SELECT o.*, n.reads, n.contacts
           FROM nights o
           CROSS JOIN LATERAL (SELECT {READ} FROM access_log l
             WHERE l.vendor_id = o.vendor_id AND l.grant_id = o.grant_id
               AND l.at >= o.began_at AND l.at <= o.last_at AND {READ_AT_NIGHT} AND {counts}) n
           WHERE n.reads >= $2 OR n.contacts >= $3)
         SELECT o.grant_id, o.reads, o.contacts, u.usual_reads, u.usual_contacts, o.began_at,
                o.last_at
         FROM busy o
         CROSS JOIN LATERAL (
           SELECT coalesce(max(b.reads), 0) AS usual_reads,
                  coalesce(max(b.contacts), 0) AS usual_contacts
           FROM (SELECT {READ} FROM access_log l
             WHERE l.vendor_id = o.vendor_id AND l.grant_id = o.grant_id
               AND l.at >= o.began_at - make_interval(days => $4) AND l.at < o.began_at
               AND {READ_AT_NIGHT}
             GROUP BY date_trunc('day', l.at AT TIME ZONE o.zone - interval '6 hours')) b) u",
    ))
    .bind::<Timestamptz, _>(since)
    .bind::<BigInt, _>(NIGHT_READS)
    .bind::<BigInt, _>(NIGHT_CONTACTS)
    .bind::<Integer, _>(NIGHTS)
    .load(tx.conn())
    .await?;
    let night = |row: NightRow| Night {
        grant: GrantId(row.grant_id),
        reads: row.reads,
        contacts: row.contacts,
        usual_reads: row.usual_reads,
        usual_contacts: row.usual_contacts,
        began_at: row.began_at,
        last_at: row.last_at,
    };
    Ok(rows.into_iter().map(night).collect())
}

#[derive(QueryableByName)]
struct ArrivalRow {
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = Text)]
    network: String,
    #[diesel(sql_type = Nullable<Text>)]
    country: Option<String>,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = BigInt)]
    new_calls: i64,
    #[diesel(sql_type = Timestamptz)]
    first_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    last_at: DateTime<Utc>,
}

/// Where calls came from that were written since; `counted` is the look before, up to which they
/// were counted.
pub async fn arrivals(
    tx: &mut Tx,
    (since, counted): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Arrival>> {
    let rows: Vec<ArrivalRow> = sql_query(
        "SELECT l.grant_id, encode(l.network, 'hex') AS network, l.country, count(*) AS calls,
                count(*) FILTER (WHERE l.written_at > $2) AS new_calls, min(l.at) AS first_at,
                max(l.at) AS last_at
         FROM access_log l
         WHERE l.written_at > $1 AND l.network IS NOT NULL AND l.begun_id IS NULL
         GROUP BY l.grant_id, l.network, l.country ORDER BY min(l.at)",
    )
    .bind::<Timestamptz, _>(since)
    .bind::<Timestamptz, _>(counted)
    .load(tx.conn())
    .await?;
    let arrival = |row: ArrivalRow| Arrival {
        grant: GrantId(row.grant_id),
        network: row.network,
        country: row.country,
        calls: row.calls,
        new_calls: row.new_calls,
        first_at: row.first_at,
        last_at: row.last_at,
    };
    Ok(rows.into_iter().map(arrival).collect())
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: PlaceKind,
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = Timestamptz)]
    first_at: DateTime<Utc>,
}

/// The places that these letters were called from before.
pub async fn known_places(tx: &mut Tx, grants: &[GrantId]) -> Result<Vec<KnownPlace>> {
    let ids: Vec<Uuid> = grants.iter().map(|id| id.0).collect();
    let rows: Vec<PlaceRow> = sql_query(
        "SELECT grant_id, kind, place, calls, first_at FROM access_places
         WHERE grant_id = ANY ($1)",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let place = |row: PlaceRow| KnownPlace {
        grant: GrantId(row.grant_id),
        kind: row.kind,
        place: row.place,
        calls: row.calls,
        first_at: row.first_at,
    };
    Ok(rows.into_iter().map(place).collect())
}

/// From now on the letters are known to be called from there.
pub async fn learn_places(tx: &mut Tx, arrivals: &[Arrival]) -> Result<()> {
    let ids: Vec<Uuid> = arrivals.iter().map(|a| a.grant.0).collect();
    let networks: Vec<&str> = arrivals.iter().map(|a| a.network.as_str()).collect();
    let countries: Vec<Option<&str>> = arrivals.iter().map(|a| a.country.as_deref()).collect();
    let calls: Vec<i64> = arrivals.iter().map(|a| a.new_calls).collect();
    let firsts: Vec<DateTime<Utc>> = arrivals.iter().map(|a| a.first_at).collect();
    let lasts: Vec<DateTime<Utc>> = arrivals.iter().map(|a| a.last_at).collect();
    let vendor = tx.vendor()?.0;
    sql_query(
        "INSERT INTO access_places AS p (vendor_id, grant_id, kind, place, calls, first_at, last_at)
         SELECT $1, a.grant_id, k.kind, k.place, sum(a.calls), min(a.first_at), max(a.last_at)
         FROM unnest($2, $3, $4, $5, $6, $7) AS a (grant_id, network, country, calls, first_at,
              last_at)
         CROSS JOIN LATERAL (VALUES ('network', a.network), ('country', a.country)) k (kind, place)
         WHERE k.place IS NOT NULL
         GROUP BY a.grant_id, k.kind, k.place
         ON CONFLICT (vendor_id, grant_id, kind, place) DO UPDATE
           SET calls = p.calls + excluded.calls, last_at = greatest(p.last_at, excluded.last_at)",
    )
    .bind::<SqlUuid, _>(vendor)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(networks)
    .bind::<Array<Nullable<Text>>, _>(countries)
    .bind::<Array<BigInt>, _>(calls)
    .bind::<Array<Timestamptz>, _>(firsts)
    .bind::<Array<Timestamptz>, _>(lasts)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct WatchedRow {
    #[diesel(sql_type = Bool)]
    watched: bool,
}

/// Whether there is anything to look after: a letter in force, or calls with the key of one that
/// has ended.
pub async fn has_letters(tx: &mut Tx, since: DateTime<Utc>) -> Result<bool> {
    let row: WatchedRow = sql_query(
        "SELECT EXISTS (SELECT 1 FROM grants WHERE state = 'active')
             OR EXISTS (SELECT 1 FROM access_log WHERE written_at > $1) AS watched",
    )
    .bind::<Timestamptz, _>(since)
    .get_result(tx.conn())
    .await?;
    Ok(row.watched)
}

//! What a letter was used for, and a letter that loses part of what it allows.

use super::granting::end_of_day;
use crate::access::model::{Called, USAGE_DAYS};
use crate::kernel::check::Invalid;
use crate::kernel::id::{GrantId, PersonId};
use crate::platform::db::{Tx, constraint};
use crate::platform::refusal::Result;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    BigInt, Bool, Bytea, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct CalledRow {
    #[diesel(sql_type = Text)]
    operation_id: String,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = Timestamptz)]
    last: DateTime<Utc>,
}

/// The calls that were let through in the last days, by operation.
pub async fn calls_by_operation(tx: &mut Tx, grant: GrantId) -> Result<Vec<Called>> {
    let rows: Vec<CalledRow> = sql_query(
        "SELECT operation_id, count(*) AS calls, max(at) AS last FROM access_log l
         WHERE grant_id = $1 AND at >= app_now() - make_interval(days => $2)
           AND (outcome IN ('done', 'failed', 'cut') OR outcome = 'begun' AND NOT EXISTS (
                SELECT FROM access_log o WHERE o.vendor_id = l.vendor_id AND o.begun_id = l.id))
           AND operation_id IS NOT NULL
         GROUP BY operation_id",
    )
    .bind::<SqlUuid, _>(grant.0)
    .bind::<Integer, _>(USAGE_DAYS)
    .load(tx.conn())
    .await?;
    let called =
        |row: CalledRow| Called { operation: row.operation_id, calls: row.calls, last: row.last };
    Ok(rows.into_iter().map(called).collect())
}

/// Terms that a letter goes on with.
#[derive(Debug, Clone)]
pub struct Narrower {
    pub terms: String,
    pub terms_hash: [u8; 32],
    /// An earlier last day in the customer's zone; as before when absent.
    pub last_day: Option<NaiveDate>,
    pub by: PersonId,
}

#[derive(QueryableByName)]
struct EndRow {
    #[diesel(sql_type = Timestamptz)]
    until: DateTime<Utc>,
}

/// Narrows a locked letter; answers its end. The database itself refuses terms that gain anything.
///
/// Errors: `invalid` for a last day that lies behind or beyond its end.
pub async fn narrow(tx: &mut Tx, id: GrantId, to: &Narrower) -> Result<DateTime<Utc>> {
    let end = end_of_day("$4", "grants.customer_organization_id");
    let row = sql_query(format!(
        "UPDATE grants SET terms = $2, terms_hash = $3, narrowed_at = app_now(), narrowed_by = $5,
                valid_until = CASE WHEN $4::date IS NULL THEN valid_until ELSE {end} END
         WHERE id = $1 RETURNING valid_until AS until"
    ))
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(&to.terms)
    .bind::<Bytea, _>(to.terms_hash.to_vec())
    .bind::<Nullable<Date>, _>(to.last_day)
    .bind::<SqlUuid, _>(to.by.0)
    .get_result::<EndRow>(tx.conn())
    .await;
    row.map(|row| row.until).map_err(|error| match constraint(&error) {
        Some("grants_terms_frozen" | "grants_valid_after_granted") if to.last_day.is_some() => {
            Invalid::field("last_day", "Choose a day from today to its last day").into()
        }
        _ => error.into(),
    })
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = Bool)]
    changed: bool,
}

/// Whether a letter was narrowed or shortened after a moment.
pub async fn changed_since(tx: &mut Tx, id: GrantId, moment: DateTime<Utc>) -> Result<bool> {
    let row: Option<Changed> =
        sql_query("SELECT coalesce(narrowed_at >= $2, false) AS changed FROM grants WHERE id = $1")
            .bind::<SqlUuid, _>(id.0)
            .bind::<Timestamptz, _>(moment)
            .get_result(tx.conn())
            .await
            .optional()?;
    Ok(row.is_some_and(|row| row.changed))
}

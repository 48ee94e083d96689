//! Letters that people let rest and let work again.

use crate::kernel::id::{GrantId, PersonId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// Lets a locked letter work again, and its time without a call begins anew.
pub async fn restore(tx: &mut Tx, id: GrantId, by: PersonId) -> Result<()> {
    sql_query(
        "UPDATE grants SET rests_at = app_now() + letters_rest_after(), restored_at = app_now(),
                restored_by = $2
         WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(by.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Rested {
    #[diesel(sql_type = Timestamptz)]
    rested_at: DateTime<Utc>,
}

/// Lets a locked letter rest, and answers since when; the program says why, the customer need not.
pub async fn rest(
    tx: &mut Tx,
    id: GrantId,
    by: PersonId,
    program_reason: Option<&str>,
) -> Result<DateTime<Utc>> {
    let rested: Rested = sql_query(
        "WITH rested AS (
           UPDATE grants SET rests_at = app_now() WHERE id = $1 RETURNING vendor_id, id, rests_at)
         INSERT INTO grant_rests (vendor_id, grant_id, rested_at, rested_by, program_reason)
         SELECT vendor_id, id, rests_at, $2, $3 FROM rested RETURNING rested_at",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(by.0)
    .bind::<Nullable<Text>, _>(program_reason)
    .get_result(tx.conn())
    .await?;
    Ok(rested.rested_at)
}

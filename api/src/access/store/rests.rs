//! Letters that people let rest and let work again.

use crate::kernel::id::{GrantId, PersonId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_query;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
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

/// Lets a locked letter rest; the program says why, the customer need not.
pub async fn rest(
    tx: &mut Tx,
    id: GrantId,
    by: PersonId,
    program_reason: Option<&str>,
) -> Result<()> {
    sql_query(
        "WITH rested AS (
           UPDATE grants SET rests_at = app_now() WHERE id = $1 RETURNING vendor_id, id, rests_at)
         INSERT INTO grant_rests (vendor_id, grant_id, rested_at, rested_by, program_reason)
         SELECT vendor_id, id, rests_at, $2, $3 FROM rested",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(by.0)
    .bind::<Nullable<Text>, _>(program_reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}

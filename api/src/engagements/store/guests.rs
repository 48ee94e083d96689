//! Rows of `engagement_guests`.

use crate::kernel::id::EngagementId;
use crate::platform::db::Tx;
use crate::platform::db::schema::engagement_guests as guests;
use crate::platform::refusal::Result;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

/// Ends every open seat of the engagement's guests.
pub async fn end_guests(tx: &mut Tx, engagement: EngagementId) -> Result<()> {
    let open = guests::table
        .filter(guests::engagement_id.eq(engagement.0))
        .filter(guests::ended_at.is_null());
    diesel::update(open)
        .set(guests::ended_at.eq(diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()")))
        .execute(tx.conn())
        .await?;
    Ok(())
}

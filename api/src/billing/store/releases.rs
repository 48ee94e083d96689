//! Rows of `releases`. What they come to is counted by the database, on the milestone.

use crate::billing::model::Release;
use crate::kernel::id::{MilestoneId, PersonId, ReleaseId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::releases;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = releases)]
struct ReleaseRow {
    id: Uuid,
    milestone_id: Uuid,
    currency: Currency,
    amount_minor: i64,
    acceptance: bool,
    reason: String,
    released_by: Option<Uuid>,
    released_at: DateTime<Utc>,
}

impl From<ReleaseRow> for Release {
    fn from(row: ReleaseRow) -> Self {
        Self {
            id: ReleaseId(row.id),
            milestone: MilestoneId(row.milestone_id),
            amount: Money::new(row.amount_minor, row.currency),
            acceptance: row.acceptance,
            reason: row.reason,
            by: row.released_by.map(PersonId),
            at: row.released_at,
        }
    }
}

/// The database refuses it unless so much is held (`milestones_released`, `releases_of_held`).
pub async fn insert_release(tx: &mut Tx, release: &Release) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(releases::table)
        .values((
            releases::vendor_id.eq(vendor.0),
            releases::id.eq(release.id.0),
            releases::milestone_id.eq(release.milestone.0),
            releases::currency.eq(release.amount.currency()),
            releases::amount_minor.eq(release.amount.minor()),
            releases::acceptance.eq(release.acceptance),
            releases::reason.eq(&release.reason),
            releases::released_by.eq(release.by.map(|person| person.0)),
            releases::released_at.eq(release.at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The releases of a milestone, oldest first.
pub async fn releases_of(tx: &mut Tx, milestone: MilestoneId) -> Result<Vec<Release>> {
    let rows: Vec<ReleaseRow> = releases::table
        .filter(releases::milestone_id.eq(milestone.0))
        .order((releases::released_at, releases::id))
        .select(ReleaseRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Release::from).collect())
}

//! What a profile has proven, told by the features that know.
//!
//! Called from reactions to events, which run once each, in the event's own transaction.

use crate::directory::store;
use crate::kernel::check::Invalid;
use crate::kernel::id::ProfileId;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;

/// A review gives three marks of 1 to 5 points.
const POINTS: std::ops::RangeInclusive<i32> = 3..=15;

/// Counts an engagement that ended with accepted work; `category` is absent for work of none.
pub async fn job_completed(tx: &mut Tx, profile: ProfileId, category: Option<&str>) -> Result<()> {
    store::count_job(tx, profile, category.unwrap_or_default()).await
}

/// Counts a review of the consultant that everyone can read from now on; `points` is the sum of
/// its three marks, 3 to 15.
pub async fn review_published(tx: &mut Tx, profile: ProfileId, points: i32) -> Result<()> {
    within(points)?;
    store::count_review(tx, profile, 1, points).await
}

/// Takes a review out of the count again, with the points it was counted with.
pub async fn review_hidden(tx: &mut Tx, profile: ProfileId, points: i32) -> Result<()> {
    within(points)?;
    store::count_review(tx, profile, -1, -points).await
}

fn within(points: i32) -> Result<()> {
    if POINTS.contains(&points) {
        return Ok(());
    }
    Err(Invalid::field("points", "A review has 3 to 15 points").into())
}

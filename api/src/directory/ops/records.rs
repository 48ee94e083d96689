//! What a profile has proven, told by the features that know.
//!
//! Called from reactions to events, which run once each, in the event's own transaction.

use crate::directory::store;
use crate::kernel::check::Invalid;
use crate::kernel::id::ProfileId;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};

/// A review gives three marks of 1 to 5 points.
const POINTS: std::ops::RangeInclusive<i32> = 3..=15;

/// Counts an engagement that ended with accepted work; `category` is absent for work of none.
pub async fn job_completed(tx: &mut Tx, profile: ProfileId, category: Option<&str>) -> Result<()> {
    store::count_job(tx, profile, category.unwrap_or_default()).await
}

/// Counts a review of the consultant that everyone can read from now on; `points` is the sum of
/// its three marks, 3 to 15.
pub async fn review_published(tx: &mut Tx, profile: ProfileId, points: i32) -> Result<()> {
    count(tx, profile, (1, points)).await
}

/// Takes a review out of the count again, with the points it was counted with.
///
/// Errors: a fault while its publication is not counted yet; the reaction is then tried again.
pub async fn review_hidden(tx: &mut Tx, profile: ProfileId, points: i32) -> Result<()> {
    count(tx, profile, (-1, -points)).await
}

async fn count(tx: &mut Tx, profile: ProfileId, (reviews, points): (i32, i32)) -> Result<()> {
    if !POINTS.contains(&points.abs()) {
        return Err(Invalid::field("points", "A review has 3 to 15 points").into());
    }
    if store::count_review(tx, profile, reviews, points).await? {
        return Ok(());
    }
    Err(Error::fault("the hidden review is not counted yet"))
}

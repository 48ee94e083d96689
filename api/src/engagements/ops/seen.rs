//! The engagement at hand and how the caller stands to it: the first step of every operation.

use crate::engagements::model::{Engagement, Milestone};
use crate::engagements::policy::{Sight, sight};
use crate::engagements::store;
use crate::kernel::id::{EngagementId, MilestoneId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Result};

/// Errors with 404 when the caller may not know of it.
pub async fn seen(tx: &mut Tx, caller: &Caller, id: EngagementId) -> Result<(Engagement, Sight)> {
    let engagement = store::engagement(tx, id).await?;
    let sight = of_caller(tx, caller, &engagement, "engagement").await?;
    Ok((engagement, sight))
}

/// As [`seen`], with the engagement locked until the transaction ends.
pub async fn lock_seen(
    tx: &mut Tx,
    caller: &Caller,
    id: EngagementId,
) -> Result<(Engagement, Sight)> {
    let engagement = store::lock_engagement(tx, id).await?;
    let sight = of_caller(tx, caller, &engagement, "engagement").await?;
    Ok((engagement, sight))
}

/// A milestone with its engagement; errors with 404 when the caller may not know of it.
pub async fn seen_milestone(
    tx: &mut Tx,
    caller: &Caller,
    id: MilestoneId,
) -> Result<(Engagement, Milestone, Sight)> {
    let milestone = store::milestone(tx, id).await?;
    let engagement = store::engagement(tx, milestone.engagement).await?;
    let sight = of_caller(tx, caller, &engagement, "milestone").await?;
    Ok((engagement, milestone, sight))
}

/// As [`seen_milestone`], with both locked until the transaction ends.
pub async fn lock_seen_milestone(
    tx: &mut Tx,
    caller: &Caller,
    id: MilestoneId,
) -> Result<(Engagement, Milestone, Sight)> {
    let (engagement, milestone) = store::lock_milestone(tx, id).await?;
    let sight = of_caller(tx, caller, &engagement, "milestone").await?;
    Ok((engagement, milestone, sight))
}

/// How the caller stands to an engagement; errors with 404 for `what` otherwise.
pub async fn of_caller(
    tx: &mut Tx,
    caller: &Caller,
    engagement: &Engagement,
    what: &'static str,
) -> Result<Sight> {
    let guests = store::open_guests(tx, engagement.id).await?;
    Ok(sight(caller, engagement, &guests).ok_or(Common::NotFound(what))?)
}

//! The charge of a week that nobody has to press.
//!
//! It begins in the reaction to what makes a week payable, in one transaction with the end of that
//! reaction's job: the payment, and the call that a worker carries out. The database lets a mandate
//! charge a week once, whatever becomes of the charge.

use crate::app::App;
use crate::billing::model::{Mandate, today};
use crate::billing::ops::charge::{Owed, charge_saved};
use crate::billing::ops::pay::fundable;
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone, MilestoneState};
use crate::kernel::id::{EngagementId, MilestoneId};
use crate::platform::db::Tx;
use crate::platform::failpoint;
use crate::platform::refusal::{Error, Result};

/// What came of a week that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeekCharge {
    /// No mandate pays it now: somebody pays by hand.
    ByHand,
    /// It is being charged.
    Begun(MilestoneId),
    /// The card of the mandate, so called, is past its last month.
    CardOver(String),
}

/// Reaction: charges the first week of an engagement that is owed, if a mandate covers it and did
/// not charge it before. Weeks are paid in their order; one that cannot be paid now, for an earlier
/// one or a disagreement, is charged when that is over.
pub async fn charge_week(app: &App, tx: &mut Tx, id: EngagementId) -> Result<WeekCharge> {
    if !store::has_mandate(tx, id).await? {
        return Ok(WeekCharge::ByHand);
    }
    let engagement = engagements::lock_engagement(tx, id).await?;
    let weeks = engagements::milestones(tx, id).await?;
    let Some(week) = weeks.iter().find(|week| week.state == MilestoneState::Planned) else {
        return Ok(WeekCharge::ByHand);
    };
    match fundable(tx, &engagement, week).await {
        Ok(()) => charge(app, tx, (&engagement, week)).await,
        Err(Error::Refused(_)) => Ok(WeekCharge::ByHand),
        Err(error) => Err(error),
    }
}

async fn charge(
    app: &App,
    tx: &mut Tx,
    (engagement, week): (&Engagement, &Milestone),
) -> Result<WeekCharge> {
    store::lock_customer(tx, engagement.customer).await?;
    let mandate = store::lock_mandate(tx, engagement.id).await?;
    let covers = |mandate: &Mandate| week.week.is_some_and(|of| mandate.covers(of.week));
    let Some(mandate) = mandate.filter(covers) else { return Ok(WeekCharge::ByHand) };
    if store::is_begun(tx, week.id).await? {
        return Ok(WeekCharge::ByHand);
    }
    let card = store::method(tx, mandate.method).await?;
    if card.is_over(today(app.clock.now())) {
        return Ok(WeekCharge::CardOver(card.label()));
    }
    let payer = mandate.given_by;
    let by = Some(mandate.id);
    let owed = Owed { engagement, milestone: week, payer, waits: false, mandate: by };
    charge_saved(app, tx, &owed, Some(mandate.method)).await?;
    failpoint::passed(&["crash_point_19"]);
    Ok(WeekCharge::Begun(week.id))
}

//! Letting work rest, going on with it, and ending it early.

use super::deliver::set_clock;
use super::finish::{End, end};
use super::note::{Note, note};
use super::seen::lock_seen;
use super::weeks::end_hours;
use crate::app::App;
use crate::engagements::model::{
    Engagement, EngagementRested, EngagementResumed, EngagementState, EngagementStep,
    MilestoneState, Topic,
};
use crate::engagements::policy::RestEngagement;
use crate::engagements::{EngagementError, store};
use crate::identity::allow;
use crate::kernel::check::Checks;
use crate::kernel::id::{EngagementId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;

/// Pauses an active engagement; either side may. Held money stays held, no delivery accepts
/// itself meanwhile.
///
/// Errors: `engagement-state`.
pub async fn pause_engagement(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    reason: &str,
) -> Result<Engagement> {
    let allowed = allow::<RestEngagement>(caller)?;
    let reason = words(reason)?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, sight) = lock_seen(&mut tx, caller, id).await?;
    let side = sight.side()?;
    let reason = format!("The {side} paused it: {reason}");
    let step = Step { step: EngagementStep::Pause, reason: &reason, by: Some(allowed.person) };
    let engagement = rest(app, &mut tx, &engagement, step).await?;
    tx.commit().await?;
    Ok(engagement)
}

/// Lets a paused engagement go on; either side may. A delivery that waits gets the whole time of
/// acceptance again.
///
/// Errors: `engagement-state`.
pub async fn resume_engagement(app: &App, caller: &Caller, id: EngagementId) -> Result<Engagement> {
    let allowed = allow::<RestEngagement>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, sight) = lock_seen(&mut tx, caller, id).await?;
    let reason = format!("The {} resumed it.", sight.side()?);
    let step = Step { step: EngagementStep::Resume, reason: &reason, by: Some(allowed.person) };
    let engagement = go_on(app, &mut tx, &engagement, step).await?;
    tx.commit().await?;
    Ok(engagement)
}

/// Lets work rest because money is disputed; called by the feature that learned of the dispute,
/// in its transaction.
///
/// Errors: `engagement-state` unless it is active or paused.
pub async fn dispute_engagement(
    app: &App,
    tx: &mut Tx,
    id: EngagementId,
    reason: &str,
) -> Result<Engagement> {
    let engagement = store::lock_engagement(tx, id).await?;
    let step = Step { step: EngagementStep::Dispute, reason, by: None };
    rest(app, tx, &engagement, step).await
}

/// Ends a dispute: work goes on, or rests by the pause that was there before.
///
/// Errors: `engagement-state` unless it is disputed.
pub async fn settle_engagement(
    app: &App,
    tx: &mut Tx,
    id: EngagementId,
    reason: &str,
) -> Result<Engagement> {
    let engagement = store::lock_engagement(tx, id).await?;
    if engagement.pause_stands {
        let step = Step { step: EngagementStep::SettlePaused, reason, by: None };
        return rest(app, tx, &engagement, step).await;
    }
    let step = Step { step: EngagementStep::Settle, reason, by: None };
    go_on(app, tx, &engagement, step).await
}

/// Ends an engagement before all its milestones are over; either side may, once no money is held.
/// It is completed when work was accepted, else cancelled. By the hour it is the hours that end:
/// what was worked until then is still locked, paid and accepted.
///
/// Errors: `money-held`, `engagement-state`; `hours-ended`, `week-unpaid`.
pub async fn end_engagement(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    reason: &str,
) -> Result<Engagement> {
    let allowed = allow::<RestEngagement>(caller)?;
    let reason = words(reason)?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, sight) = lock_seen(&mut tx, caller, id).await?;
    let side = sight.side()?;
    if engagement.state == EngagementState::Disputed {
        // What they disagree about is decided first, also where nothing is held any more.
        return Err(EngagementError::AtRest(engagement.state).into());
    }
    if engagement.hourly.is_some() && engagement.signed_at.is_some() {
        let reason = format!("The {side} ended the hours: {reason}");
        end_hours(app, &mut tx, &engagement, (side, &reason, allowed.person)).await?;
        let engagement = store::engagement(&mut tx, id).await?;
        tx.commit().await?;
        return Ok(engagement);
    }
    let milestones = store::milestones(&mut tx, id).await?;
    if milestones.iter().any(|m| m.state.is_held()) {
        return Err(EngagementError::MoneyHeld.into());
    }
    let worked = milestones.iter().any(|m| m.state.is_paid_out());
    let step = if worked { EngagementStep::Complete } else { EngagementStep::Cancel };
    let reason = format!("The {side} ended it: {reason}");
    let how = End { step, reason: &reason, actor: Some(allowed.person) };
    end(app, &mut tx, &engagement, how).await?;
    let engagement = store::engagement(&mut tx, id).await?;
    tx.commit().await?;
    Ok(engagement)
}

struct Step<'a> {
    step: EngagementStep,
    reason: &'a str,
    by: Option<PersonId>,
}

async fn rest(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    step: Step<'_>,
) -> Result<Engagement> {
    move_on(app, tx, engagement, &step).await?;
    let fact = EngagementRested {
        of: engagement.parties(),
        disputed: step.step == EngagementStep::Dispute,
        reason: step.reason.to_owned(),
    };
    event::state(tx, &app.ids, step.by, &fact).await?;
    store::engagement(tx, engagement.id).await
}

async fn go_on(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    step: Step<'_>,
) -> Result<Engagement> {
    move_on(app, tx, engagement, &step).await?;
    for milestone in store::milestones(tx, engagement.id).await? {
        if milestone.state == MilestoneState::Submitted {
            set_clock(app, tx, engagement, &milestone).await?;
        }
    }
    let fact = EngagementResumed { of: engagement.parties() };
    event::state(tx, &app.ids, step.by, &fact).await?;
    store::engagement(tx, engagement.id).await
}

async fn move_on(app: &App, tx: &mut Tx, engagement: &Engagement, step: &Step<'_>) -> Result<()> {
    let state = engagement.state.after(step.step)?;
    store::set_state(tx, engagement.id, state).await?;
    let kind = match step.step {
        EngagementStep::Pause => "engagement-paused",
        EngagementStep::Dispute => "engagement-disputed",
        EngagementStep::Settle | EngagementStep::SettlePaused => "engagement-settled",
        _ => "engagement-resumed",
    };
    let line = format!("{} is {state}. {}", engagement.label(), step.reason);
    note(app, tx, engagement.id, Note::new(Topic::Agreement, kind, line).by(step.by)).await
}

fn words(reason: &str) -> Result<String> {
    let mut checks = Checks::new();
    let words = checks.text("reason", reason, "a reason", (1, 500));
    checks.finish()?;
    Ok(words)
}

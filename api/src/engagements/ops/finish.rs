//! The end of an engagement.

use super::note::{Note, note};
use super::timers::{Timer, set_timer};
use crate::app::App;
use crate::engagements::model::{
    Engagement, EngagementCompleted, EngagementEnded, EngagementState, EngagementStep, Topic,
    after_days, step_after, step_after_hours,
};
use crate::engagements::store;
use crate::kernel::id::PersonId;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use crate::program;

/// Ends the engagement when all its milestones are over, and its hours have ended if it is by the
/// hour; the engagement must be locked.
pub async fn finish(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    actor: Option<PersonId>,
) -> Result<()> {
    let states: Vec<_> =
        store::milestones(tx, engagement.id).await?.iter().map(|m| m.state).collect();
    let next = match engagement.hourly {
        Some(hourly) => {
            let used = states.len() >= usize::try_from(hourly.weeks).unwrap_or_default();
            let goes_on = !used && engagement.hours_end_on.is_none();
            if goes_on || store::has_open_time(tx, engagement.id).await? {
                return Ok(());
            }
            step_after_hours(&states)
        }
        None => step_after(&states),
    };
    match next {
        None => Ok(()),
        Some((step, reason)) => end(app, tx, engagement, End { step, reason, actor }).await,
    }
}

/// How and why an engagement ends.
pub struct End<'a> {
    pub step: EngagementStep,
    /// A sentence for both sides.
    pub reason: &'a str,
    pub actor: Option<PersonId>,
}

/// Ends a locked engagement: guests leave, the timeline says so, `EngagementEnded` is stated, and
/// `EngagementCompleted` with it when work was accepted.
pub async fn end(app: &App, tx: &mut Tx, engagement: &Engagement, end: End<'_>) -> Result<()> {
    let state = engagement.state.after(end.step)?;
    store::set_ended(tx, engagement.id, state, end.reason).await?;
    store::end_guests(tx, engagement.id).await?;
    let kind = match state {
        EngagementState::Completed => "engagement-completed",
        _ => "engagement-cancelled",
    };
    let line = format!("{} is {state}. {}", engagement.label(), end.reason);
    let entry = Note::new(Topic::Agreement, kind, line).by(end.actor);
    note(app, tx, engagement.id, entry).await?;
    let of = engagement.parties();
    let completed = state == EngagementState::Completed;
    if completed {
        let fact = EngagementCompleted { of: of.clone(), category: engagement.category.clone() };
        event::state(tx, &app.ids, end.actor, &fact).await?;
        let days = store::statement(tx, engagement.id).await?.terms.review_days;
        let zone = program::settings(tx).await?.zone;
        let close_at = after_days(store::now(tx).await?, days, zone);
        let timer = Timer::ReviewsClose { engagement: engagement.id };
        set_timer(app, tx, timer, close_at).await?;
    }
    let fact = EngagementEnded { of, completed, reason: end.reason.to_owned() };
    event::state(tx, &app.ids, end.actor, &fact).await
}

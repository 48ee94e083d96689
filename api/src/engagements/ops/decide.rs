//! The customer's decision on a delivery, or that of silence.

use super::finish::finish;
use super::note::{Note, note};
use super::seen::lock_seen_milestone;
use crate::app::App;
use crate::engagements::model::{
    ChangesRequested, Engagement, EngagementState, Milestone, MilestoneAccepted, MilestoneState,
    MilestoneStep, Side, Topic,
};
use crate::engagements::policy::DecideDeliverable;
use crate::engagements::{EngagementError, store};
use crate::identity::allow;
use crate::kernel::check::Checks;
use crate::kernel::id::{MilestoneId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use serde_json::json;

/// Accepts a delivered milestone: its held price is due to the payees. The last one completes the
/// engagement. `version` is the delivery that was read: who read an earlier one is told, and
/// nothing is released.
///
/// Errors: `delivered-anew`; `already-accepted` for a second time, `milestone-state`,
/// `engagement-at-rest`.
pub async fn accept_deliverable(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
    version: i32,
) -> Result<(Engagement, Milestone)> {
    let allowed = allow::<DecideDeliverable>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, milestone, sight) = lock_seen_milestone(&mut tx, caller, id).await?;
    sight.on(Side::Customer)?;
    milestone.state.after(MilestoneStep::Accept)?;
    engagement.works()?;
    is_latest(&milestone, version)?;
    accept(app, &mut tx, &engagement, &milestone, Some(allowed.person)).await?;
    let engagement = store::engagement(&mut tx, engagement.id).await?;
    let milestone = store::milestone(&mut tx, id).await?;
    tx.commit().await?;
    Ok((engagement, milestone))
}

fn is_latest(milestone: &Milestone, version: i32) -> Result<()> {
    if version == milestone.version() {
        return Ok(());
    }
    Err(EngagementError::DeliveredAnew.into())
}

/// The timer of a delivery: nothing happens when it was decided, delivered anew or rests.
pub async fn accept_by_silence(
    app: &App,
    tx: &mut Tx,
    id: MilestoneId,
    at: DateTime<Utc>,
) -> Result<()> {
    let (engagement, milestone) = store::lock_milestone(tx, id).await?;
    let waits = milestone.state == MilestoneState::Submitted
        && milestone.accepts_itself_at == Some(at)
        && engagement.state == EngagementState::Active;
    if !waits {
        return Ok(());
    }
    accept(app, tx, &engagement, &milestone, None).await
}

async fn accept(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    milestone: &Milestone,
    by: Option<PersonId>,
) -> Result<()> {
    milestone.state.after(MilestoneStep::Accept)?;
    store::set_accepted(tx, milestone.id, by).await?;
    let Milestone { id, seq, .. } = *milestone;
    let price = milestone.rest();
    let how = if by.is_some() { "is accepted" } else { "accepted itself" };
    let line = format!("Milestone {seq}, {}, {how}; {price} released.", milestone.title);
    let entry = Note::new(Topic::Milestone, "milestone-accepted", line)
        .facts(json!({ "milestone": id, "seq": seq, "price": price }))
        .by(by);
    note(app, tx, engagement.id, entry).await?;
    let fact = MilestoneAccepted {
        of: engagement.parties(),
        milestone: id,
        seq,
        milestone_title: milestone.title.clone(),
        price,
        by,
    };
    event::state(tx, &app.ids, by, &fact).await?;
    finish(app, tx, engagement, by).await
}

/// Returns a delivered milestone with notes on the `version` that was read; the clock of
/// acceptance stops.
///
/// Errors: `week-not-returned`; `delivered-anew`; `no-changes-left` after as many returns as were
/// agreed; `milestone-state`, `engagement-at-rest`.
pub async fn request_changes(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
    (version, text): (i32, &str),
) -> Result<Milestone> {
    let allowed = allow::<DecideDeliverable>(caller)?;
    let mut checks = Checks::new();
    let text = checks.text("text", text, "what should change", (1, 8000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, milestone, sight) = lock_seen_milestone(&mut tx, caller, id).await?;
    sight.on(Side::Customer)?;
    engagement.works()?;
    if milestone.week.is_some() {
        return Err(EngagementError::WeekNotReturned.into());
    }
    milestone.state.after(MilestoneStep::RequestChanges)?;
    is_latest(&milestone, version)?;
    let agreed = store::statement(&mut tx, engagement.id).await?.terms.change_requests;
    if milestone.change_requests >= agreed {
        return Err(EngagementError::NoChangesLeft(agreed).into());
    }
    let request = app.ids.next();
    store::insert_change_request(&mut tx, id, (request, &text, allowed.person)).await?;
    store::set_changes_requested(&mut tx, id).await?;
    let Milestone { seq, title, .. } = milestone;
    let line = format!("Milestone {seq}, {title}, is returned with notes.");
    let entry = Note::new(Topic::Milestone, "changes-requested", line)
        .facts(json!({ "milestone": id, "seq": seq }))
        .by(allowed.person);
    note(app, &mut tx, engagement.id, entry).await?;
    let fact =
        ChangesRequested { of: engagement.parties(), milestone: id, seq, milestone_title: title };
    event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    let milestone = store::milestone(&mut tx, id).await?;
    tx.commit().await?;
    Ok(milestone)
}

//! Handing over: deliverables with or without a file, and files beside the talk.

use super::files::{Upload, keep};
use super::note::{Note, note};
use super::seen::{lock_seen_milestone, seen_milestone};
use super::timers::{Timer, set_timer};
use crate::app::App;
use crate::engagements::model::{
    DeliverableSubmitted, Engagement, Milestone, MilestoneState, MilestoneStep, Side, Stretch,
    Topic, after_days, stretches,
};
use crate::engagements::policy::SubmitDeliverable;
use crate::engagements::store::{self, Deliverable, NewDeliverable};
use crate::identity::allow;
use crate::kernel::check::Checks;
use crate::kernel::id::{DeliverableId, EngagementId, MilestoneId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use crate::program;
use chrono::{DateTime, Duration, Utc};
use serde_json::json;

/// Days before the end of silence on which the customer is reminded.
const REMINDERS: [i64; 3] = [7, 2, 1];

/// Delivers a funded or returned milestone: a text, and a file when there is one. The clock of
/// acceptance starts; its length is the statement of work's.
///
/// Errors: `milestone-state`, `engagement-at-rest`, `wrong-side`; those of a file.
pub async fn submit_deliverable(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
    text: &str,
    file: Option<Upload>,
) -> Result<Deliverable> {
    let allowed = allow::<SubmitDeliverable>(caller)?;
    let mut checks = Checks::new();
    let text = checks.text("text", text, "what you deliver", (1, 8000));
    checks.finish()?;
    // The bytes are kept before the rows are locked; what they belong to is checked again after.
    let kept = match file {
        Some(file) => {
            let mut tx = app.db.read(caller).await?;
            let (engagement, milestone, sight) = seen_milestone(&mut tx, caller, id).await?;
            sight.on(Side::Partner)?;
            engagement.works()?;
            milestone.state.after(MilestoneStep::Submit)?;
            drop(tx);
            Some(keep(app, caller, engagement.id, file).await?)
        }
        None => None,
    };
    let mut tx = app.db.write(caller).await?;
    let (engagement, milestone, sight) = lock_seen_milestone(&mut tx, caller, id).await?;
    sight.on(Side::Partner)?;
    engagement.works()?;
    milestone.state.after(MilestoneStep::Submit)?;
    if let Some(file) = &kept {
        store::insert_file(&mut tx, file).await?;
    }
    let file = kept.map(|file| file.id);
    let new = NewDeliverable { id: app.ids.next(), milestone: id, text, file, by: allowed.person };
    store::insert_deliverable(&mut tx, &new).await?;
    start_clock(app, &mut tx, &engagement, &milestone, (new.id, allowed.person)).await?;
    let delivered = store::deliverable(&mut tx, new.id).await?;
    tx.commit().await?;
    Ok(delivered)
}

async fn start_clock(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    milestone: &Milestone,
    (deliverable, person): (DeliverableId, PersonId),
) -> Result<()> {
    let at = set_clock(app, tx, engagement, milestone).await?;
    let Milestone { id, seq, .. } = *milestone;
    let price = milestone.rest();
    let line = format!("Milestone {seq}, {}, is delivered; {price} stay held.", milestone.title);
    let entry = Note::new(Topic::Milestone, "milestone-submitted", line)
        .facts(json!({ "milestone": id, "seq": seq, "deliverable": deliverable }))
        .by(person);
    note(app, tx, engagement.id, entry).await?;
    let fact = DeliverableSubmitted {
        of: engagement.parties(),
        milestone: id,
        seq,
        milestone_title: milestone.title.clone(),
        price,
        deliverable,
        accepts_itself_at: at,
    };
    event::state(tx, &app.ids, Some(person), &fact).await
}

/// Lets the clock of acceptance run from now, for a milestone that is delivered or was; answers
/// the instant of acceptance by silence. Timers of an earlier clock find another instant.
pub async fn set_clock(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    milestone: &Milestone,
) -> Result<DateTime<Utc>> {
    let days = store::statement(tx, engagement.id).await?.terms.acceptance_days;
    let zone = program::settings(tx).await?.zone;
    let now = store::now(tx).await?;
    let at = match milestone.week {
        Some(of) => of.week.accepts_at(now),
        None => after_days(now, days, zone),
    };
    if milestone.state == MilestoneState::Submitted {
        store::set_accepts_itself(tx, milestone.id, at).await?;
    } else {
        store::set_submitted(tx, milestone.id, at).await?;
    }
    for days in REMINDERS {
        let remind_at = at - Duration::days(days);
        if remind_at > now {
            let soon = Timer::AcceptsSoon { milestone: milestone.id, accepts_itself_at: at, days };
            set_timer(app, tx, soon, remind_at).await?;
        }
    }
    let itself = Timer::AcceptsItself { milestone: milestone.id, accepts_itself_at: at };
    set_timer(app, tx, itself, at).await?;
    Ok(at)
}

/// A milestone's deliveries, latest first, each with the time that counts for it.
///
/// Errors: as [`list_deliverables`].
pub async fn deliverables_in_time(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
) -> Result<(EngagementId, Vec<(Deliverable, Vec<Stretch>)>)> {
    let mut tx = app.db.read(caller).await?;
    let (engagement, _, sight) = seen_milestone(&mut tx, caller, id).await?;
    sight.reads()?;
    let made = store::deliverables(&mut tx, id).await?;
    let courses = store::courses(&mut tx, engagement.id).await?;
    let all = stretches(&courses);
    let of = |d: &Deliverable| {
        let its = |s: &&Stretch| s.milestone == id && s.version == d.version;
        all.iter().filter(its).copied().collect()
    };
    let pairs = made.into_iter().map(|d| (of(&d), d)).map(|(time, d)| (d, time)).collect();
    Ok((engagement.id, pairs))
}

/// A milestone's deliveries, latest first, each with what was asked to be changed in it.
pub async fn list_deliverables(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
) -> Result<Vec<Deliverable>> {
    let mut tx = app.db.read(caller).await?;
    let (_, _, sight) = seen_milestone(&mut tx, caller, id).await?;
    sight.reads()?;
    store::deliverables(&mut tx, id).await
}

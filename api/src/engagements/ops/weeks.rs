//! A week of hours from its lock to its last day, and the end of the hours.

use super::finish::{End, end, finish};
use super::note::{Note, note};
use super::timers::{Timer, set_timer, set_timer_once};
use crate::app::App;
use crate::engagements::EngagementError;
use crate::engagements::model::{
    Engagement, EngagementStep, HoursEnded, Milestone, MilestoneState, Payees, Side, Topic, Week,
    WeekLocked, WeekUnpaid, WeekWork, freeze, worked,
};
use crate::engagements::store::{self, NewDeliverable, Statement};
use crate::kernel::id::{EngagementId, MilestoneId, PersonId};
use crate::kernel::money::Money;
use crate::matching::Hourly;
use crate::platform::db::Tx;
use crate::platform::failpoint;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};
use crate::program;
use serde_json::json;

/// Sets the clock of a week's lock, once, when its first time is written.
pub async fn set_lock(app: &App, tx: &mut Tx, of: EngagementId, week: Week) -> Result<()> {
    let key = format!("week-locks:{of}:{}", week.monday());
    let timer = Timer::WeekLocks { engagement: of, week };
    set_timer_once(app, tx, timer, (week.locks_at(), key)).await
}

/// Monday noon: what was worked is frozen and owed. A second time, and a week without time, charge
/// nothing.
pub async fn lock_week(app: &App, tx: &mut Tx, id: EngagementId, week: Week) -> Result<()> {
    let engagement = store::lock_engagement(tx, id).await?;
    let Some(hourly) = engagement.hourly.filter(|_| !engagement.state.is_over()) else {
        return Ok(());
    };
    if store::now(tx).await? < week.locks_at() {
        return set_timer(app, tx, Timer::WeekLocks { engagement: id, week }, week.locks_at())
            .await;
    }
    let milestones = store::milestones(tx, id).await?;
    if milestones.iter().any(|m| m.week.is_some_and(|of| of.week == week)) {
        return Ok(());
    }
    let entries = store::time_entries(tx, id, week).await?;
    let minutes = entries.iter().map(|entry| entry.minutes).sum();
    let (charged_minutes, price) = hourly.charge(minutes);
    if price.minor() == 0 {
        return finish(app, tx, &engagement, None).await;
    }
    let seq = i32::try_from(milestones.len()).unwrap_or(i32::MAX).saturating_add(1);
    let work = WeekWork { week, minutes, charged_minutes };
    let milestone = charged(app, &engagement, (seq, price), (&hourly, work));
    keep(app, tx, &engagement, &milestone).await?;
    failpoint::passed(&["crash_point_19"]);
    owe(app, tx, &engagement, &milestone).await
}

fn charged(
    app: &App,
    engagement: &Engagement,
    (seq, price): (i32, Money),
    (hourly, work): (&Hourly, WeekWork),
) -> Milestone {
    let delivers = worked(hourly, work.minutes, work.charged_minutes);
    let id = app.ids.next();
    let week = Some(work);
    let planned = Milestone::planned(id, engagement.id, seq, price);
    Milestone { title: work.week.title(), delivers, days: 7, week, ..planned }
}

/// The rows of a week: its shares are by the fees of the signing, and its time sheet is its
/// delivery.
async fn keep(app: &App, tx: &mut Tx, engagement: &Engagement, week: &Milestone) -> Result<()> {
    store::insert_milestones(tx, std::slice::from_ref(week)).await?;
    let statement = store::statement(tx, engagement.id).await?;
    freeze_shares(tx, engagement, (&statement, std::slice::from_ref(week))).await?;
    let sheet = NewDeliverable {
        id: app.ids.next(),
        milestone: week.id,
        text: week.delivers.clone(),
        file: None,
        by: engagement.consultant,
    };
    store::insert_deliverable(tx, &sheet).await
}

/// Freezes the shares of milestones by the fees that the statement of work names.
pub async fn freeze_shares(
    tx: &mut Tx,
    engagement: &Engagement,
    (statement, milestones): (&Statement, &[Milestone]),
) -> Result<()> {
    if milestones.is_empty() {
        return Ok(());
    }
    let fees = program::fee_rule(tx, statement.fee_rule).await?;
    let named = store::named_organizations(tx, &[]).await?;
    let payees = Payees {
        partner: engagement.partner,
        vendor: named.vendor.id,
        reseller: statement.reseller.map(|(reseller, _)| reseller),
    };
    let frozen = milestones
        .iter()
        .map(|m| Ok((m.id, freeze(m.price, fees.parts, payees)?)))
        .collect::<Result<Vec<_>, crate::kernel::split::SplitError>>()
        .map_err(Error::fault)?;
    store::insert_shares(tx, &frozen, fees.id).await
}

/// A week is locked and owed. The customer pays it as any milestone; a charge by a mandate begins
/// as a reaction to `WeekLocked`, which is stated here and nowhere else.
async fn owe(app: &App, tx: &mut Tx, engagement: &Engagement, milestone: &Milestone) -> Result<()> {
    let Some(work) = milestone.week else { return Ok(()) };
    let Milestone { id, price, .. } = *milestone;
    let line = format!("{} is locked: {price} owed. {}", milestone.title, milestone.delivers);
    let entry = Note::new(Topic::Milestone, "week-locked", line)
        .facts(json!({ "milestone": id, "seq": milestone.seq, "price": price }));
    note(app, tx, engagement.id, entry).await?;
    let due = Timer::WeekDue { milestone: id };
    set_timer(app, tx, due, work.week.due_at()).await?;
    let of = engagement.parties();
    let worked = milestone.delivers.clone();
    let fact = WeekLocked { of, milestone: id, week: work.week, worked, price };
    event::state(tx, &app.ids, None, &fact).await
}

/// Friday is over: a week that is not paid stops the hours, and letters rest.
pub async fn week_due(app: &App, tx: &mut Tx, id: MilestoneId) -> Result<()> {
    let (engagement, milestone) = store::lock_milestone(tx, id).await?;
    let Some(work) = milestone.week else { return Ok(()) };
    if milestone.state != MilestoneState::Planned || engagement.state.is_over() {
        return Ok(());
    }
    let Milestone { price, .. } = milestone;
    let line = format!("{} is unpaid: no more hours until it is paid.", milestone.title);
    let entry = Note::new(Topic::Money, "week-unpaid", line)
        .facts(json!({ "milestone": id, "seq": milestone.seq, "price": price }));
    note(app, tx, engagement.id, entry).await?;
    let of = engagement.parties();
    let fact = WeekUnpaid { of, milestone: id, week: work.week, price };
    event::state(tx, &app.ids, None, &fact).await
}

/// A side ends the hours of a locked engagement. With nothing left to lock, pay or accept it is
/// over; else once that is done. The partner may then give up what nobody paid.
///
/// Errors: `hours-ended` while time waits for its lock; `money-held`; `week-unpaid` for the
/// customer.
pub async fn end_hours(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    (side, reason, actor): (Side, &str, PersonId),
) -> Result<()> {
    let milestones = store::milestones(tx, engagement.id).await?;
    let open = store::has_open_time(tx, engagement.id).await?;
    let left = milestones.iter().any(|m| !m.state.is_over());
    if engagement.hours_end_on.is_some() {
        may_give_up(&milestones, (side, open))?;
    } else if open || left {
        return stop_hours(app, tx, engagement, (reason, actor)).await;
    }
    let worked = milestones.iter().any(|m| m.state.is_paid_out());
    let step = if worked { EngagementStep::Complete } else { EngagementStep::Cancel };
    end(app, tx, engagement, End { step, reason, actor: Some(actor) }).await
}

fn may_give_up(milestones: &[Milestone], (side, open): (Side, bool)) -> Result<()> {
    if open {
        return Err(EngagementError::HoursEnded.into());
    }
    if milestones.iter().any(|m| m.state.is_held()) {
        return Err(EngagementError::MoneyHeld.into());
    }
    match side {
        Side::Partner => Ok(()),
        Side::Customer => Err(EngagementError::WeekUnpaid.into()),
    }
}

async fn stop_hours(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    (reason, actor): (&str, PersonId),
) -> Result<()> {
    let last = store::now(tx).await?.date_naive();
    store::set_hours_end(tx, engagement.id, last).await?;
    let line = format!("{reason} The last day with time is {}.", last.format("%-d %B %Y"));
    let entry = Note::new(Topic::Agreement, "hours-ended", line).by(actor);
    note(app, tx, engagement.id, entry).await?;
    let fact = HoursEnded { of: engagement.parties(), reason: reason.to_owned(), last };
    event::state(tx, &app.ids, Some(actor), &fact).await
}

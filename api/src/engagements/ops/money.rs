//! What money does to a milestone; called by the feature that moves it, in its transaction.

use super::deliver::set_clock;
use super::finish::finish;
use super::note::{Note, note};
use crate::app::App;
use crate::engagements::model::{
    Engagement, EngagementActivated, EngagementState, EngagementStep, Milestone, MilestoneFunded,
    MilestoneRefunded, MilestoneSettled, MilestoneStep, Topic, after_days,
};
use crate::engagements::store;
use crate::kernel::id::{MilestoneId, PersonId};
use crate::kernel::money::Money;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};
use crate::program;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

/// Marks a milestone funded and, with the first one, its engagement active; states
/// `MilestoneFunded` and `EngagementActivated`. Answers the two as they are then.
///
/// A week of hours is delivered already: its customer reviews it from then on.
///
/// Errors: `already-funded`, `milestone-state`, `engagement-state` (a lapsed or ended engagement:
/// the money must go back). Days to delivery count from `paid_at` in the program's zone, those
/// of holding from the charge.
pub async fn fund_milestone(
    app: &App,
    tx: &mut Tx,
    id: MilestoneId,
    (paid_at, charged_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(Engagement, Milestone)> {
    let (engagement, milestone) = store::lock_milestone(tx, id).await?;
    milestone.state.after(MilestoneStep::Fund)?;
    engagement.state.after(EngagementStep::Fund)?;
    let due_on = due_on(tx, &milestone, paid_at).await?;
    store::set_funded(tx, id, (paid_at, charged_at), due_on).await?;
    let week = milestone.week.map(|of| of.week);
    if week.is_some() {
        set_clock(app, tx, &engagement, &milestone).await?;
    }
    let Milestone { seq, title, price, .. } = milestone;
    let line = format!("Milestone {seq}, {title}, is funded: {price} held.");
    let entry = Note::new(Topic::Money, "milestone-funded", line)
        .facts(json!({ "milestone": id, "seq": seq, "price": price }));
    note(app, tx, engagement.id, entry).await?;
    let of = engagement.parties();
    if engagement.state == EngagementState::Signed {
        store::set_active(tx, engagement.id, paid_at).await?;
        event::state(tx, &app.ids, None, &EngagementActivated { of: of.clone() }).await?;
    }
    let fact = MilestoneFunded { of, milestone: id, seq, milestone_title: title, price, week };
    event::state(tx, &app.ids, None, &fact).await?;
    Ok((store::engagement(tx, engagement.id).await?, store::milestone(tx, id).await?))
}

async fn due_on(tx: &mut Tx, milestone: &Milestone, from: DateTime<Utc>) -> Result<NaiveDate> {
    if let Some(of) = milestone.week {
        return Ok(of.week.friday());
    }
    let zone = program::settings(tx).await?.zone;
    Ok(after_days(from, milestone.days, zone).with_timezone(&zone.tz()).date_naive())
}

/// A part of what is held for a milestone goes back to the customer. When nothing is left, the
/// milestone is refunded (see [`refund_milestone`]), or settled if parts of it were released (see
/// [`settle_milestone`]); else it goes on with what is left.
///
/// Errors: `milestone-state` when nothing is held for it. The caller made sure that so much is.
pub async fn send_back_part(
    app: &App,
    tx: &mut Tx,
    id: MilestoneId,
    part: Money,
    actor: Option<PersonId>,
) -> Result<()> {
    let (engagement, milestone) = store::lock_milestone(tx, id).await?;
    let left = milestone.rest().checked_sub(part).map_err(Error::fault)?;
    if left.minor() == 0 && milestone.released.minor() > 0 {
        return settle_milestone(app, tx, id, part, actor).await;
    }
    if left.minor() == 0 {
        return refund_milestone(app, tx, id, actor).await.map(|_| ());
    }
    milestone.state.after(MilestoneStep::Refund)?;
    store::set_sent_back(tx, id, part).await?;
    let Milestone { seq, title, .. } = milestone;
    let line = format!(
        "Milestone {seq}, {title}: {part} go back to the customer, {left} stay held for it."
    );
    let entry = Note::new(Topic::Money, "milestone-part-refunded", line)
        .facts(json!({ "milestone": id, "seq": seq, "part": part, "left": left }))
        .by(actor);
    note(app, tx, engagement.id, entry).await
}

/// Nothing is held any more for a milestone of which parts were released: its last part, which may
/// be nothing, goes back. States `MilestoneSettled`, and ends the engagement when it was the last.
///
/// Errors: `milestone-state` when nothing is held for it. The money itself is the caller's affair.
pub async fn settle_milestone(
    app: &App,
    tx: &mut Tx,
    id: MilestoneId,
    back: Money,
    actor: Option<PersonId>,
) -> Result<()> {
    let (engagement, milestone) = store::lock_milestone(tx, id).await?;
    milestone.state.after(MilestoneStep::Settle)?;
    store::set_settled(tx, id, back).await?;
    let released = milestone.with_payees();
    let Milestone { seq, title, .. } = milestone;
    let goes = if back.minor() == 0 {
        "nothing is held any more".to_owned()
    } else {
        format!("{back} go back to the customer")
    };
    let line = format!("Milestone {seq}, {title}, is settled: {released} were released, {goes}.");
    let entry = Note::new(Topic::Money, "milestone-settled", line)
        .facts(json!({ "milestone": id, "seq": seq, "part": back, "released": released }))
        .by(actor);
    note(app, tx, engagement.id, entry).await?;
    let of = engagement.parties();
    let fact = MilestoneSettled { of, milestone: id, seq, milestone_title: title, released, back };
    event::state(tx, &app.ids, actor, &fact).await?;
    finish(app, tx, &engagement, actor).await
}

/// A part of what was released goes back to the customer; the work stays accepted. The caller made
/// sure that so much is left; the database refuses more (`milestones_given_back`).
pub async fn give_back(
    app: &App,
    tx: &mut Tx,
    id: MilestoneId,
    (part, why): (Money, &str),
    actor: Option<PersonId>,
) -> Result<()> {
    let (engagement, Milestone { seq, title, .. }) = store::lock_milestone(tx, id).await?;
    store::add_given_back(tx, id, part).await?;
    let line = format!(
        "Milestone {seq}, {title}: {part} of what was released go back to the customer. {why}"
    );
    let entry = Note::new(Topic::Money, "milestone-given-back", line)
        .facts(json!({ "milestone": id, "seq": seq, "part": part }))
        .by(actor);
    note(app, tx, engagement.id, entry).await
}

/// What should have gone back after release stays with the payees: it was refused.
pub async fn keep_after_all(app: &App, tx: &mut Tx, id: MilestoneId, part: Money) -> Result<()> {
    let (engagement, Milestone { seq, title, .. }) = store::lock_milestone(tx, id).await?;
    let less = Money::new(part.minor().saturating_neg(), part.currency());
    store::add_given_back(tx, id, less).await?;
    let line = format!("Milestone {seq}, {title}: {part} could not go back and stay released.");
    let entry = Note::new(Topic::Money, "milestone-kept", line)
        .facts(json!({ "milestone": id, "seq": seq, "part": part }));
    note(app, tx, engagement.id, entry).await
}

/// Marks a held milestone refunded, states `MilestoneRefunded`, and ends the engagement when it
/// was the last one: completed if work was accepted, else cancelled.
///
/// Errors: `milestone-state` when nothing is held for it. The money itself is the caller's affair.
pub async fn refund_milestone(
    app: &App,
    tx: &mut Tx,
    id: MilestoneId,
    actor: Option<PersonId>,
) -> Result<(Engagement, Milestone)> {
    let (engagement, milestone) = store::lock_milestone(tx, id).await?;
    milestone.state.after(MilestoneStep::Refund)?;
    store::set_refunded(tx, id).await?;
    let left = milestone.left();
    let Milestone { seq, title, price, .. } = milestone;
    let line = format!("Milestone {seq}, {title}, is refunded: {left} go back to the customer.");
    let entry = Note::new(Topic::Money, "milestone-refunded", line)
        .facts(json!({ "milestone": id, "seq": seq, "price": price }))
        .by(actor);
    note(app, tx, engagement.id, entry).await?;
    let of = engagement.parties();
    let fact = MilestoneRefunded { of, milestone: id, seq, milestone_title: title, price };
    event::state(tx, &app.ids, actor, &fact).await?;
    finish(app, tx, &engagement, actor).await?;
    Ok((store::engagement(tx, engagement.id).await?, store::milestone(tx, id).await?))
}

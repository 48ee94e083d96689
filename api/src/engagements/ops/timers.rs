//! What time does to engagements: jobs at their instant. A timer that finds the state changed, or
//! that comes too early for what it was set for, does nothing.

use super::decide::accept_by_silence;
use super::finish::{End, end};
use super::messages::tell_unanswered;
use super::reviews::publish_reviews;
use super::weeks::{lock_week, week_due};
use crate::app::App;
use crate::engagements::model::{
    EngagementState, EngagementStep, MilestoneAcceptsSoon, MilestoneState, Side, Week,
};
use crate::engagements::store;
use crate::kernel::id::{EngagementId, MessageId, MilestoneId, SowId};
use crate::platform::db::Tx;
use crate::platform::jobs::{Job, NewJob, enqueue, event};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The kind of job that carries a timer.
pub const TIMER_JOB: &str = "engagement-timer";

/// Something that happens by itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "timer", rename_all = "kebab-case")]
pub enum Timer {
    /// The statement of work was not accepted in time.
    StatementLapses { engagement: EngagementId, statement: SowId },
    /// Nothing was funded in time.
    FundingLapses { engagement: EngagementId },
    /// A delivery accepts itself in so many days.
    AcceptsSoon { milestone: MilestoneId, accepts_itself_at: DateTime<Utc>, days: i64 },
    /// Silence accepts the delivery.
    AcceptsItself { milestone: MilestoneId, accepts_itself_at: DateTime<Utc> },
    /// The time for reviews is over.
    ReviewsClose { engagement: EngagementId },
    /// Noon of the Monday after a week with time.
    WeekLocks { engagement: EngagementId, week: Week },
    /// The last instant at which a week is paid in time.
    WeekDue { milestone: MilestoneId },
    /// A message may still be waiting for an answer.
    Unanswered { engagement: EngagementId, message: MessageId, side: Side },
}

/// Sets a timer, in the transaction that makes it necessary.
pub async fn set_timer(app: &App, tx: &mut Tx, timer: Timer, at: DateTime<Utc>) -> Result<()> {
    let vendor = tx.vendor()?;
    enqueue(tx, &app.ids, NewJob::new(TIMER_JOB, &timer)?.for_vendor(vendor).at(at)).await
}

/// As [`set_timer`], once for this key.
pub async fn set_timer_once(
    app: &App,
    tx: &mut Tx,
    timer: Timer,
    (at, key): (DateTime<Utc>, String),
) -> Result<()> {
    let vendor = tx.vendor()?;
    let job = NewJob::new(TIMER_JOB, &timer)?.for_vendor(vendor).at(at).once(key);
    enqueue(tx, &app.ids, job).await
}

/// Carries out a timer whose time has come.
pub async fn ring(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    match job.read::<Timer>()? {
        Timer::StatementLapses { engagement, statement } => {
            lapse_statement(app, tx, engagement, statement).await
        }
        Timer::FundingLapses { engagement } => lapse_funding(app, tx, engagement).await,
        Timer::AcceptsSoon { milestone, accepts_itself_at, days } => {
            remind(app, tx, milestone, (accepts_itself_at, days)).await
        }
        Timer::AcceptsItself { milestone, accepts_itself_at } => {
            accept_by_silence(app, tx, milestone, accepts_itself_at).await
        }
        Timer::WeekLocks { engagement, week } => lock_week(app, tx, engagement, week).await,
        Timer::WeekDue { milestone } => week_due(app, tx, milestone).await,
        Timer::ReviewsClose { engagement } => publish_reviews(app, tx, engagement).await,
        Timer::Unanswered { engagement, message, side } => {
            tell_unanswered(app, tx, engagement, (message, side)).await
        }
    }
}

async fn lapse_statement(app: &App, tx: &mut Tx, id: EngagementId, of: SowId) -> Result<()> {
    let engagement = store::lock_engagement(tx, id).await?;
    let waits = engagement.state == EngagementState::Contracting;
    if !waits || store::statement(tx, id).await?.id != of {
        return Ok(());
    }
    let reason = "The statement of work was not accepted by both sides in time.";
    end(app, tx, &engagement, End { step: EngagementStep::Lapse, reason, actor: None }).await
}

async fn lapse_funding(app: &App, tx: &mut Tx, id: EngagementId) -> Result<()> {
    let engagement = store::lock_engagement(tx, id).await?;
    if engagement.state != EngagementState::Signed {
        return Ok(());
    }
    let reason = "No milestone was funded in time.";
    end(app, tx, &engagement, End { step: EngagementStep::Lapse, reason, actor: None }).await
}

async fn remind(
    app: &App,
    tx: &mut Tx,
    id: MilestoneId,
    (at, days): (DateTime<Utc>, i64),
) -> Result<()> {
    let milestone = store::milestone(tx, id).await?;
    let engagement = store::engagement(tx, milestone.engagement).await?;
    let waits = milestone.state == MilestoneState::Submitted
        && milestone.accepts_itself_at == Some(at)
        && engagement.state == EngagementState::Active;
    if !waits {
        return Ok(());
    }
    let fact = MilestoneAcceptsSoon {
        of: engagement.parties(),
        milestone: id,
        seq: milestone.seq,
        price: milestone.rest(),
        milestone_title: milestone.title,
        accepts_itself_at: at,
        days,
        week: milestone.week.map(|of| of.week),
    };
    event::state(tx, &app.ids, None, &fact).await
}

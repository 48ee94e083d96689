//! How long money is held: warnings before the limit, and what is done on the last day when nobody
//! decided. The clock is the database's; a timer that finds nothing held does nothing.
//!
//! What nobody decided goes back to the customer. While the two sides disagree nothing moves by
//! itself: the program has to decide, and hears of it every day.

use super::refund;
use crate::app::App;
use crate::billing::model::{HoldStep, Holding, HoldingMoved, PaymentState, RefundOrigin};
use crate::billing::policy::SeeHoldings;
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone, MilestoneFunded};
use crate::identity::allow;
use crate::kernel::id::MilestoneId;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::{Tx, nodes};
use crate::platform::jobs::{NewJob, enqueue, event};
use crate::platform::refusal::{Error, Result};
use crate::program::{self, HoldLimit};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The kind of job that carries a timer.
pub const HOLD_JOB: &str = "hold-timer";

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ring {
    /// A warning.
    Soon,
    /// The last day.
    Due,
}

#[derive(Serialize, Deserialize)]
pub struct HoldTimer {
    milestone: MilestoneId,
    hold_until: DateTime<Utc>,
    step: Ring,
}

/// Sets the clock of what was paid for a milestone just now.
pub async fn watch_holding(app: &App, tx: &mut Tx, fact: &MilestoneFunded) -> Result<()> {
    let milestone = engagements::milestone(tx, fact.milestone).await?;
    let Some(end) = milestone.hold_until else { return Ok(()) };
    let limit = program::hold_limit(tx).await?;
    for at in limit.warnings(end) {
        set(app, tx, (milestone.id, end), (Ring::Soon, at)).await?;
    }
    set(app, tx, (milestone.id, end), (Ring::Due, HoldLimit::acts_at(end))).await
}

async fn set(
    app: &App,
    tx: &mut Tx,
    (milestone, hold_until): (MilestoneId, DateTime<Utc>),
    (step, at): (Ring, DateTime<Utc>),
) -> Result<()> {
    let timer = HoldTimer { milestone, hold_until, step };
    let job = NewJob::new(HOLD_JOB, &timer)?.for_vendor(tx.vendor()?).at(at);
    enqueue(tx, &app.ids, job).await
}

/// Carries out a timer whose time has come.
pub async fn ring_holding(app: &App, tx: &mut Tx, timer: HoldTimer) -> Result<()> {
    let (engagement, milestone) = engagements::lock_milestone(tx, timer.milestone).await?;
    let end = timer.hold_until;
    if milestone.hold_until != Some(end) || milestone.held().minor() == 0 {
        return Ok(());
    }
    match timer.step {
        Ring::Soon => tell(app, tx, (&engagement, &milestone, end), HoldStep::Soon).await,
        Ring::Due => last_day(app, tx, (&engagement, &milestone, end)).await,
    }
}

async fn last_day(
    app: &App,
    tx: &mut Tx,
    of: (&Engagement, &Milestone, DateTime<Utc>),
) -> Result<()> {
    let (engagement, milestone, end) = of;
    let id = milestone.id;
    let disagreed = store::is_disagreed(tx, id).await?;
    if disagreed || store::is_with_bank(tx, id).await? {
        // A bank has the money, so nothing of it is held here meanwhile.
        if disagreed {
            tracing::error!(milestone = %id, hold_until = %end, "held money waits for a decision");
            tell(app, tx, of, HoldStep::Undecided).await?;
        }
        let tomorrow = nodes::now(tx).await?.checked_add_signed(TimeDelta::days(1));
        let tomorrow = tomorrow.ok_or_else(|| Error::fault("the calendar has ended"))?;
        return set(app, tx, (id, end), (Ring::Due, tomorrow)).await;
    }
    let payment = store::live_payment(tx, id).await?;
    let payment = payment.filter(|payment| payment.state == PaymentState::Paid);
    let payment = payment.ok_or_else(|| Error::fault("money is held that nobody paid"))?;
    let held = milestone.held();
    let reason = "Nobody decided, and the payment processor does not let it be held any longer.";
    let back = (held, reason);
    refund::start(app, tx, (engagement, &payment), back, RefundOrigin::NOBODY).await?;
    tell(app, tx, of, HoldStep::SentBack).await?;
    engagements::send_back_part(app, tx, id, held, None).await
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    (engagement, milestone, hold_until): (&Engagement, &Milestone, DateTime<Utc>),
    step: HoldStep,
) -> Result<()> {
    let fact = HoldingMoved {
        of: engagement.parties(),
        milestone: milestone.id,
        seq: milestone.seq,
        milestone_title: milestone.title.clone(),
        step,
        amount: milestone.held(),
        acts_at: HoldLimit::acts_at(hold_until),
        hold_until,
        vendor: store::vendor_organization(tx).await?,
    };
    event::state(tx, &app.ids, None, &fact).await
}

/// What has to leave soon, the first first: all of the program for its leads and finance, their own
/// for the leads of the two sides. Nothing for everybody else.
pub async fn holdings_ending(app: &App, caller: &Caller, limit: i64) -> Result<Vec<Holding>> {
    if allow::<SeeHoldings>(caller).is_err() {
        return Ok(Vec::new());
    }
    let own = (caller.kind != OrganizationKind::Vendor).then_some(caller.organization);
    let mut tx = app.db.read(caller).await?;
    store::holdings_ending(&mut tx, own, limit).await
}

/// The same for who asks for it by name. Errors: `not-permitted`.
pub async fn list_holdings(app: &App, caller: &Caller) -> Result<Vec<Holding>> {
    allow::<SeeHoldings>(caller)?;
    holdings_ending(app, caller, 100).await
}

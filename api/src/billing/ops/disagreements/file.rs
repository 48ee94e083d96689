//! The beginning of a disagreement, and its end by whoever filed it.

use super::timers::set_timers;
use super::{Moved, SplitWish, Under, passing};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{
    ANSWER_DAYS, Disagreement, DisagreementState, DisagreementStep, REMINDER_DAYS, SplitProposal,
    SplitState, may_file,
};
use crate::billing::policy::Disagree;
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone, MilestoneState};
use crate::identity::allow;
use crate::kernel::id::{DisagreementId, MilestoneId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::{Tx, nodes};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};

/// Says that the caller's side disagrees about a milestone's money, and how it wants it split. That
/// is its first proposal. The money rests until it is over, and so do the work and its letters of
/// access.
///
/// Errors: 404; `not-permitted`; `nothing-to-disagree-about`; `disagreement-open`; `split-already`;
/// `being-released`; `refund-locked-by-dispute`; `not-at-stake`; `invalid` without a reason.
pub async fn file_disagreement(
    app: &App,
    caller: &Caller,
    milestone: MilestoneId,
    wish: SplitWish<'_>,
) -> Result<Disagreement> {
    let by = allow::<Disagree>(caller)?.person;
    let reason = wish.checked("reason", "a reason")?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, milestone) = engagements::lock_milestone(&mut tx, milestone).await?;
    let side = engagement.side_of(caller.organization).ok_or(Common::NotFound("milestone"))?;
    let now = nodes::now(&mut tx).await?;
    is_free(&mut tx, &milestone, now).await?;
    let split = wish.split(&milestone)?;
    let zone = store::zone_of(&mut tx, engagement.organization(side.other())).await?;
    let later = |days| engagements::after_business_days(now, days, zone);
    let of = Disagreement {
        id: app.ids.next(),
        milestone: milestone.id,
        engagement: engagement.id,
        side,
        filed_by: by,
        reason,
        asked: split.back,
        filed_at: now,
        answer_by: later(ANSWER_DAYS),
        answer: None,
        answered_at: None,
        heard_at: None,
        mediation: None,
        state: DisagreementState::Open,
        split: None,
        outcome: String::new(),
        ended_at: None,
    };
    let asks = SplitProposal {
        id: app.ids.next(),
        disagreement: of.id,
        side,
        split,
        note: of.reason.clone(),
        proposed_by: by,
        proposed_at: now,
        state: SplitState::Open,
    };
    store::insert_disagreement(&mut tx, &of).await?;
    store::insert_proposal(&mut tx, &asks).await?;
    set_timers(app, &mut tx, &of, later(REMINDER_DAYS)).await?;
    rest(app, &mut tx, &engagement, &milestone).await?;
    let under = Under { engagement, milestone, of, now };
    let moved = Moved::new(DisagreementStep::Filed, &under.of.reason).of(side, by).with(split);
    under.tell(app, &mut tx, moved).await?;
    tx.commit().await?;
    Ok(under.of)
}

/// Whether a milestone's money can be disagreed about at `now`: it is there, and nothing else is
/// being done with it.
async fn is_free(tx: &mut Tx, milestone: &Milestone, now: DateTime<Utc>) -> Result<()> {
    match store::disagreement_before(tx, milestone.id).await? {
        Some(DisagreementState::Open) => return Err(BillingError::DisagreementOpen.into()),
        Some(_) => return Err(BillingError::SplitAlready.into()),
        None => {}
    }
    if milestone.state == MilestoneState::Accepted && milestone.rest().minor() > 0 {
        return Err(BillingError::BeingReleased.into());
    }
    may_file(milestone, now)?;
    if store::is_with_bank(tx, milestone.id).await? {
        return Err(BillingError::LockedByDispute.into());
    }
    Ok(())
}

/// Work rests. When it has ended, or is disputed for something else, it rests already.
async fn rest(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    milestone: &Milestone,
) -> Result<()> {
    let why = format!("The two sides disagree about milestone {}.", milestone.seq);
    passing(engagements::dispute_engagement(app, tx, engagement.id, &why).await.map(drop))
}

/// Who filed it takes it back: money, work and letters go on as before.
///
/// Errors: 404; `not-permitted`; `disagreement-ended`; `other-side`.
pub async fn withdraw_disagreement(
    app: &App,
    caller: &Caller,
    id: DisagreementId,
) -> Result<Disagreement> {
    let by: PersonId = allow::<Disagree>(caller)?.person;
    let mut tx = app.db.write(caller).await?;
    let mut under = Under::lock(&mut tx, id).await?;
    let side = under.side(caller)?;
    under.of.may_withdraw(side)?;
    under.end(&mut tx, DisagreementState::Withdrawn, (Some(by), None)).await?;
    under.go_on(app, &mut tx, "The disagreement was taken back.").await?;
    under.tell(app, &mut tx, Moved::new(DisagreementStep::Withdrawn, "").of(side, by)).await?;
    tx.commit().await?;
    Ok(under.of)
}

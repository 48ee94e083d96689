//! A yes, a no, taking it back, and time.

use super::{limits, tell};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{
    MoneyApproval, MoneyApprovalState as State, MoneyTerms, reason_of_two,
};
use crate::billing::ops::{disagreements, reconciling, refund_wish};
use crate::billing::policy::{SeeMoneyApprovals, may_answer};
use crate::billing::store;
use crate::engagements;
use crate::identity::allow;
use crate::kernel::id::{MoneyApprovalId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::{Tx, nodes};
use crate::platform::refusal::{Error, Result};
use serde::{Deserialize, Serialize};

/// The kind of job that ends what nobody answered.
pub const APPROVAL_JOB: &str = "money-approval-timer";

#[derive(Serialize, Deserialize)]
pub struct ApprovalTimer {
    pub approval: MoneyApprovalId,
}

/// Says yes to what a colleague asked for, which is carried out at once, exactly as it was asked
/// for. What does not fit the money as it is now is overtaken, and nothing is done.
///
/// Errors: 404; `not-permitted`; `own-approval`; `approval-ended`; `other-terms`;
/// `approval-overtaken`; `being-released`; `invalid` without a reason.
pub async fn approve_money(
    app: &App,
    caller: &Caller,
    id: MoneyApprovalId,
    (hash, reason): (&str, &str),
) -> Result<MoneyApproval> {
    let mut tx = app.db.write(caller).await?;
    let (of, by) = answerable(&mut tx, caller, id, hash).await?;
    let words = reason_of_two("reason", reason)?;
    store::close_money_approval(&mut tx, id, State::Approved, (Some(by), Some(&words))).await?;
    match carry_out(app, &mut tx, caller, &of).await {
        Ok(()) => {
            let of = store::money_approval(&mut tx, id).await?;
            tell(app, &mut tx, &of, Some(by)).await?;
            tx.commit().await?;
            Ok(of)
        }
        // In a moment it may fit again.
        Err(error) if error.code() == Some("being-released") => Err(error),
        Err(Error::Refused(why)) => {
            drop(tx);
            overtake(app, caller, id, &why.to_string()).await
        }
        Err(error) => Err(error),
    }
}

/// Says no to what a colleague asked for.
///
/// Errors: 404; `not-permitted`; `own-approval`; `approval-ended`; `other-terms`; `invalid` without
/// a reason.
pub async fn decline_money(
    app: &App,
    caller: &Caller,
    id: MoneyApprovalId,
    (hash, reason): (&str, &str),
) -> Result<MoneyApproval> {
    let mut tx = app.db.write(caller).await?;
    let (_, by) = answerable(&mut tx, caller, id, hash).await?;
    let words = reason_of_two("reason", reason)?;
    end(app, tx, id, (State::Declined, Some(by), Some(&words))).await
}

/// Takes back what the caller asked for.
///
/// Errors: 404; `not-permitted`; `not-author`; `approval-ended`.
pub async fn withdraw_money(
    app: &App,
    caller: &Caller,
    id: MoneyApprovalId,
) -> Result<MoneyApproval> {
    allow::<SeeMoneyApprovals>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let of = store::lock_money_approval(&mut tx, id).await?;
    of.may_be_withdrawn(caller.person)?;
    end(app, tx, id, (State::Withdrawn, Some(caller.person), None)).await
}

/// Ends what nobody answered in time. Once: it does nothing to what has ended.
pub async fn lapse_money_approval(app: &App, tx: &mut Tx, timer: ApprovalTimer) -> Result<()> {
    let of = store::lock_money_approval(tx, timer.approval).await?;
    if of.state != State::Waiting {
        return Ok(());
    }
    store::close_money_approval(tx, of.id, State::Lapsed, (None, None)).await?;
    let of = store::money_approval(tx, of.id).await?;
    tell(app, tx, &of, None).await
}

/// Locks what it is about and then the approval, and finds whether the caller may answer it.
async fn answerable(
    tx: &mut Tx,
    caller: &Caller,
    id: MoneyApprovalId,
    hash: &str,
) -> Result<(MoneyApproval, PersonId)> {
    allow::<SeeMoneyApprovals>(caller)?;
    let found = store::money_approval(tx, id).await?;
    let by = may_answer(caller, found.terms.kind())?;
    match &found.terms {
        MoneyTerms::Refund { milestone, .. } | MoneyTerms::Award { milestone, .. } => {
            engagements::lock_milestone(tx, *milestone).await?;
        }
        MoneyTerms::Explanation { difference, .. } => {
            store::reconciling::break_called(tx, *difference).await?;
        }
        MoneyTerms::Limit { currency, .. } => {
            store::lock_money_limit(tx, *currency).await?;
        }
    }
    let of = store::lock_money_approval(tx, id).await?;
    of.may_be_answered((by, hash), nodes::now(tx).await?)?;
    Ok((of, by))
}

async fn carry_out(app: &App, tx: &mut Tx, caller: &Caller, of: &MoneyApproval) -> Result<()> {
    match &of.terms {
        MoneyTerms::Refund { .. } => refund_wish::refund_approved(app, tx, caller, of).await,
        MoneyTerms::Award { .. } => disagreements::decide_approved(app, tx, of).await,
        MoneyTerms::Explanation { .. } => reconciling::explain_approved(app, tx, of).await,
        MoneyTerms::Limit { .. } => limits::set_approved(app, tx, of).await,
    }
}

/// It did not fit; what the yes had begun is undone already.
async fn overtake(
    app: &App,
    caller: &Caller,
    id: MoneyApprovalId,
    why: &str,
) -> Result<MoneyApproval> {
    let mut tx = app.db.write(caller).await?;
    let of = store::lock_money_approval(&mut tx, id).await?;
    if of.state != State::Waiting {
        return Err(BillingError::ApprovalEnded.into());
    }
    end(app, tx, id, (State::Overtaken, Some(caller.person), Some(why))).await?;
    Err(BillingError::ApprovalOvertaken(why.to_owned()).into())
}

async fn end(
    app: &App,
    mut tx: Tx,
    id: MoneyApprovalId,
    (state, by, words): (State, Option<PersonId>, Option<&str>),
) -> Result<MoneyApproval> {
    store::close_money_approval(&mut tx, id, state, (by, words)).await?;
    let of = store::money_approval(&mut tx, id).await?;
    tell(app, &mut tx, &of, by).await?;
    tx.commit().await?;
    Ok(of)
}

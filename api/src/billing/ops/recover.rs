//! Taking from payees what a refund or a lost dispute left to be given back.
//!
//! Shares that were not sent pay first, in the books. Then the transfer of the same share is
//! reversed at Stripe, as far as it goes. What the account does not have stays owed, and the next
//! share of the payee pays it.

use super::calls::{keep, tags};
use super::posting::post_once;
use super::{release, settle};
use crate::app::App;
use crate::billing::model::{
    Call, Cause, Journal, Recovery, RecoveryState, Reversal, ReversalState, ReversalStep,
    ShareOwed, Transfer, plan_nettings, plan_reversals, shares_given_back, what_each_has,
};
use crate::billing::store::{self, NewCall};
use crate::engagements::{self, Engagement, Milestone, Share};
use crate::kernel::id::{ReversalId, StripeCallId};
use crate::kernel::money::Money;
use crate::outside::payments::{Ask, NewReversal, Reversal as Taken};
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};

/// What each party gives when so much of what was released goes back. The milestone is locked.
pub async fn parts_of(tx: &mut Tx, milestone: &Milestone, back: Money) -> Result<Vec<Share>> {
    let frozen = engagements::shares(tx, milestone.id).await?;
    let have = each_has(tx, milestone, &frozen).await?;
    let rest = milestone.with_payees().checked_sub(back).map_err(Error::fault)?;
    shares_given_back(&frozen, &have, (rest, back)).map_err(Error::fault)
}

/// What each party has of what was released, without what it gives back.
pub async fn each_has(tx: &mut Tx, milestone: &Milestone, frozen: &[Share]) -> Result<Vec<Share>> {
    let got = store::transfers_of(tx, milestone.id).await?;
    let debts = store::recoveries_of(tx, milestone.id).await?;
    what_each_has(frozen, milestone.with_payees(), (&got, &debts)).map_err(Error::fault)
}

/// What each payee owes of these parts; the operator owes nobody.
pub fn debts_of(
    app: &App,
    milestone: &Milestone,
    (cause, state): (Cause, RecoveryState),
    parts: &[Share],
) -> Vec<Recovery> {
    let owed = |share: &Share| {
        let organization = share.organization.filter(|_| share.amount.minor() > 0)?;
        let nothing = Money::zero(share.amount.currency());
        Some(Recovery {
            id: app.ids.next(),
            milestone: milestone.id,
            cause,
            party: share.party,
            organization,
            amount: share.amount,
            netted: nothing,
            reversed: nothing,
            state,
        })
    };
    parts.iter().filter_map(owed).collect()
}

/// Begins to take what is due, one job a payee, and tells each.
pub async fn begin(
    app: &App,
    tx: &mut Tx,
    of: (&Engagement, &Milestone),
    due: &[Recovery],
    reason: &str,
) -> Result<()> {
    let (engagement, milestone) = of;
    for debt in due {
        release::queue_start(app, tx, debt.organization, false).await?;
        let fact = ShareOwed {
            of: engagement.parties(),
            milestone: milestone.id,
            seq: milestone.seq,
            milestone_title: milestone.title.clone(),
            organization: debt.organization,
            amount: debt.amount,
            reason: reason.to_owned(),
        };
        event::state(tx, &app.ids, None, &fact).await?;
    }
    Ok(())
}

/// Lets shares that were not sent pay what their payees owe; answers the journals. The debts are
/// locked, then the shares.
pub async fn net(
    app: &App,
    tx: &mut Tx,
    debts: &mut [Recovery],
    shares: &mut [Transfer],
) -> Result<Vec<Journal>> {
    let planned = plan_nettings(debts, shares);
    if planned.is_empty() {
        return Ok(Vec::new());
    }
    let new: Vec<_> = planned.into_iter().map(|netting| (app.ids.next(), netting)).collect();
    store::insert_nettings(tx, &new).await?;
    let journal = |(id, netting): &(_, _)| {
        let netting: &crate::billing::model::NewNetting = netting;
        let share = shares.iter().find(|share| share.id == netting.transfer)?;
        let whose = (share.party, share.organization);
        Some(Journal::netting(*id, share.milestone, whose, netting))
    };
    Ok(new.iter().filter_map(journal).collect())
}

/// Asks Stripe for what is owed still, of the transfers of the same shares.
pub async fn reverse(app: &App, tx: &mut Tx, mut debts: Vec<Recovery>) -> Result<()> {
    debts.retain(|debt| debt.open().minor() > 0);
    if debts.is_empty() {
        return Ok(());
    }
    let (may, mut sent) = store::sent_for(tx, &debts).await?;
    debts.retain(|debt| may.contains(&debt.id));
    let planned = plan_reversals(&mut debts, &mut sent);
    let mut rows = Vec::new();
    let mut calls = Vec::new();
    for (id, from) in planned {
        let Some(debt) = debts.iter().find(|debt| debt.id == id) else { continue };
        let reversal = asked(app, debt, &from);
        calls.push(call(app, tx, &reversal, from.stripe_transfer)?);
        rows.push(reversal);
    }
    if rows.is_empty() {
        return Ok(());
    }
    store::insert_reversals(tx, &rows, app.clock.now()).await?;
    for new in &calls {
        keep(app, tx, new, true).await?;
    }
    Ok(())
}

fn asked(app: &App, debt: &Recovery, from: &crate::billing::model::Sent) -> Reversal {
    Reversal {
        id: app.ids.next(),
        recovery: debt.id,
        transfer: from.transfer,
        milestone: debt.milestone,
        organization: debt.organization,
        amount: from.left,
        state: ReversalState::Asked,
        stripe_reversal: None,
        refusal: None,
    }
}

fn call(app: &App, tx: &Tx, reversal: &Reversal, transfer: String) -> Result<NewCall> {
    let id: StripeCallId = app.ids.next();
    let marks = [("attache_milestone", reversal.milestone.to_string())];
    let tags = tags(tx, id, &marks)?;
    let ask = Ask::CreateReversal(NewReversal { transfer, amount: reversal.amount, tags });
    Ok(NewCall { id, subject: reversal.id.0, ask, key: format!("rev:{}:1", reversal.id) })
}

/// Stripe took the money back from the payee's account.
pub async fn confirmed(app: &App, tx: &mut Tx, call: &Call, taken: Taken) -> Result<()> {
    let (mut reversal, party) = store::lock_reversal(tx, ReversalId(call.subject)).await?;
    let Some(state) = reversal.state.after(ReversalStep::Confirm) else { return Ok(()) };
    let amount = Money::new(taken.amount, taken.currency);
    if amount != reversal.amount {
        let what = format!("reversal {} took {amount}, not {}", taken.id, reversal.amount);
        return Err(Error::fault(what));
    }
    post_once(app, tx, &Journal::reversal_paid(&reversal, party, &taken.id)).await?;
    reversal.state = state;
    reversal.stripe_reversal = Some(taken.id.clone());
    store::set_reversal(tx, &reversal, app.clock.now()).await?;
    store::keep_object(tx, &taken.id, reversal.id.0).await?;
    if let Some(movement) = &taken.balance_transaction {
        settle::follow(app, tx, reversal.milestone, (movement.id(), &taken.id)).await?;
    }
    Ok(())
}

/// Stripe said no for good, mostly since the account has too little: it stays owed, and what the
/// payee earns next pays it.
pub async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    let (mut reversal, _) = store::lock_reversal(tx, ReversalId(call.subject)).await?;
    let Some(state) = reversal.state.after(ReversalStep::Refuse) else { return Ok(()) };
    tracing::warn!(reversal = %reversal.id, why, "a reversal was refused: it stays owed");
    reversal.state = state;
    reversal.refusal = Some(why.to_owned());
    store::set_reversal(tx, &reversal, app.clock.now()).await?;
    release::queue_start(app, tx, reversal.organization, false).await
}

//! Sending a milestone's money back to the customer, in whole or in part: what is held, or what was
//! released. Of released money the refund comes first; once it is confirmed, payees give their
//! parts.

use super::deeds::{write, write_of};
use super::{calls, recover};
use crate::app::App;
use crate::billing::engine::Deed;
use crate::billing::engine::refunds::{self as engine, Turn, Whose};
use crate::billing::model::{
    Call, Creditor, Payment, Recovery, Refund, RefundFailed, RefundOrigin, RefundPaid, RefundState,
};
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone};
use crate::kernel::id::{RefundId, VendorId};
use crate::kernel::money::Money;
use crate::outside::payments::Refund as Sent;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};

/// Puts a part of released money on its way back: the operator's part out of its revenue, the
/// payees' owed by them from now on and taken once Stripe has confirmed the refund.
pub async fn give_back(
    app: &App,
    tx: &mut Tx,
    of: (&Engagement, &Payment),
    milestone: &Milestone,
    (amount, reason, origin): (Money, &str, RefundOrigin),
) -> Result<Refund> {
    let parts = recover::parts_of(tx, milestone, amount).await?;
    let refund = engine::new(&app.ids, of.1, (amount, reason), true, app.clock.now());
    let deeds = engine::of_released(&app.ids, whose(tx, of)?, &refund, &parts);
    write_of(app, tx, deeds, origin).await?;
    engagements::give_back(app, tx, milestone.id, (amount, reason), origin.by).await?;
    Ok(refund)
}

/// Puts a paid amount on its way back: the journal, the call and its job are one transaction.
pub async fn start(
    app: &App,
    tx: &mut Tx,
    of: (&Engagement, &Payment),
    back: (Money, &str),
    origin: RefundOrigin,
) -> Result<Refund> {
    let refund = engine::new(&app.ids, of.1, back, false, app.clock.now());
    let deeds = engine::of_held(&app.ids, whose(tx, of)?, &refund);
    write_of(app, tx, deeds, origin).await?;
    Ok(refund)
}

fn whose<'a>(tx: &Tx, of: (&Engagement, &'a Payment)) -> Result<Whose<'a>> {
    let charge = of.1.charge.as_deref().ok_or_else(|| Error::fault("nothing was charged"))?;
    Ok(Whose { vendor: tx.vendor()?, engagement: of.0.id, charge })
}

/// Stripe answered with the refund, which may be done, under way, or failed.
pub async fn answered(app: &App, tx: &mut Tx, call: &Call, sent: Sent) -> Result<()> {
    seen(app, tx, RefundId(call.subject), sent).await
}

/// News of a refund: reads it at Stripe and writes down what follows.
pub async fn sync_refund(app: &App, vendor: VendorId, id: RefundId, name: &str) -> Result<()> {
    let sent = app.payments.refund(name).await;
    let sent = sent.map_err(|error| calls::not_read("a refund", error))?.object;
    let mut tx = app.db.write(vendor).await?;
    seen(app, &mut tx, id, sent).await?;
    tx.commit().await
}

async fn seen(app: &App, tx: &mut Tx, id: RefundId, sent: Sent) -> Result<()> {
    let mut refund = store::lock_refund(tx, id).await?;
    let of = creditor(tx, &refund).await?;
    let (deeds, turns) = engine::seen(&mut refund, of, &sent, app.clock.now())?;
    write_and_tell(app, tx, &refund, (deeds, turns, of)).await
}

/// Whose credit it is if it does not arrive. While no bank kept any of its payment that is all of
/// it.
async fn creditor(tx: &mut Tx, refund: &Refund) -> Result<Creditor> {
    let payment = store::payment(tx, refund.payment).await?;
    let customer = payment.customer;
    let kept = store::bank_kept(tx, payment.id).await?;
    if kept.lost == 0 {
        return Ok(Creditor { customer, due: refund.amount });
    }
    let (_, milestone) = engagements::lock_milestone(tx, refund.milestone).await?;
    let others = store::refunds_of(tx, milestone.id).await?;
    let stays = engine::stays(payment.state, &milestone);
    Ok(Creditor { customer, due: engine::due(refund, &payment, stays, (&others, kept)) })
}

/// Stripe said no for good.
pub async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    let mut refund = store::lock_refund(tx, RefundId(call.subject)).await?;
    let of = creditor(tx, &refund).await?;
    let (deeds, turns) = engine::refused(&mut refund, of, why, app.clock.now());
    write_and_tell(app, tx, &refund, (deeds, turns, of)).await
}

async fn write_and_tell(
    app: &App,
    tx: &mut Tx,
    refund: &Refund,
    (deeds, turns, of): (Vec<Deed>, Vec<Turn>, Creditor),
) -> Result<()> {
    let due = write(app, tx, deeds).await?;
    if turns.is_empty() {
        return Ok(());
    }
    let milestone = engagements::milestone(tx, refund.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    for turn in turns {
        match turn {
            Turn::Paid => paid(app, tx, (&engagement, &milestone), (refund, &due)).await?,
            Turn::Refused(why) | Turn::Failed(why) => {
                did_not_arrive(app, tx, (&engagement, &milestone), (refund, of, why)).await?;
            }
        }
    }
    Ok(())
}

async fn paid(
    app: &App,
    tx: &mut Tx,
    (engagement, milestone): (&Engagement, &Milestone),
    (refund, due): (&Refund, &[Recovery]),
) -> Result<()> {
    recover::tell(app, tx, (engagement, milestone), due, &refund.reason).await?;
    let fact = RefundPaid {
        of: engagement.parties(),
        milestone: milestone.id,
        seq: milestone.seq,
        milestone_title: milestone.title.clone(),
        amount: refund.amount,
        reason: refund.reason.clone(),
    };
    event::state(tx, &app.ids, None, &fact).await
}

async fn did_not_arrive(
    app: &App,
    tx: &mut Tx,
    (engagement, milestone): (&Engagement, &Milestone),
    (refund, of, why): (&Refund, Creditor, String),
) -> Result<()> {
    let state = refund.state;
    tracing::error!(refund = %refund.id, %state, why, "a refund did not reach the card");
    let fact = RefundFailed {
        of: engagement.parties(),
        milestone: milestone.id,
        seq: milestone.seq,
        milestone_title: milestone.title.clone(),
        amount: refund.amount,
        why,
        credit: (!refund.released || state == RefundState::Failed) && of.due.minor() > 0,
        by_bank: Some(of.due.minor() == 0),
        vendor: store::vendor_organization(tx).await?,
    };
    event::state(tx, &app.ids, None, &fact).await
}

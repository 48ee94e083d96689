//! Taking from payees what a refund or a lost dispute left to be given back.
//!
//! Shares that were not sent pay first, in the books. Then the transfer of the same share is
//! reversed at Stripe, as far as it goes. What the account does not have stays owed, and the next
//! share of the payee pays it.

use super::deeds::write;
use crate::app::App;
use crate::billing::engine::recoveries as engine;
use crate::billing::model::{Call, Recovery, ShareOwed, Transfer, what_each_has};
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone, Share};
use crate::kernel::id::{MilestoneId, ReversalId};
use crate::kernel::money::Money;
use crate::outside::payments::Reversal as Taken;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};

/// What each party gives when so much of what was released goes back. The milestone is locked.
pub async fn parts_of(tx: &mut Tx, milestone: &Milestone, back: Money) -> Result<Vec<Share>> {
    let frozen = engagements::shares(tx, milestone.id).await?;
    let (got, debts) = moved(tx, milestone.id).await?;
    engine::parts_of(milestone, &frozen, (&got, &debts), back).map_err(Error::fault)
}

/// What was released of a milestone, and what of it is given back.
pub async fn moved(tx: &mut Tx, id: MilestoneId) -> Result<(Vec<Transfer>, Vec<Recovery>)> {
    Ok((store::transfers_of(tx, id).await?, store::recoveries_of(tx, id).await?))
}

/// What each party has of what was released, without what it gives back.
pub async fn each_has(tx: &mut Tx, milestone: &Milestone, frozen: &[Share]) -> Result<Vec<Share>> {
    let (got, debts) = moved(tx, milestone.id).await?;
    what_each_has(frozen, milestone.with_payees(), (&got, &debts)).map_err(Error::fault)
}

/// Tells each payee what is due; a job each takes it.
pub async fn tell(
    app: &App,
    tx: &mut Tx,
    of: (&Engagement, &Milestone),
    due: &[Recovery],
    reason: &str,
) -> Result<()> {
    let (engagement, milestone) = of;
    for debt in due {
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

/// Asks Stripe for what is owed still, of the transfers of the same shares.
pub async fn reverse(app: &App, tx: &mut Tx, mut debts: Vec<Recovery>) -> Result<()> {
    debts.retain(|debt| debt.open().minor() > 0);
    if debts.is_empty() {
        return Ok(());
    }
    let (may, mut sent) = store::sent_for(tx, &debts).await?;
    let deeds = engine::reverse(&app.ids, tx.vendor()?, debts, (&may, &mut sent));
    write(app, tx, deeds).await.map(drop)
}

/// Stripe took the money back from the payee's account.
pub async fn confirmed(app: &App, tx: &mut Tx, call: &Call, taken: Taken) -> Result<()> {
    let (reversal, party) = store::lock_reversal(tx, ReversalId(call.subject)).await?;
    write(app, tx, engine::confirmed(reversal, party, &taken)?).await.map(drop)
}

/// Stripe said no for good, mostly since the account has too little: it stays owed, and what the
/// payee earns next pays it.
pub async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    let (reversal, _) = store::lock_reversal(tx, ReversalId(call.subject)).await?;
    tracing::warn!(reversal = %reversal.id, why, "a reversal was refused: it stays owed");
    write(app, tx, engine::refused(reversal, why)).await.map(drop)
}

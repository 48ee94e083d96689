//! Writing down what a decision of the engine comes to, in the transaction that decided it.

use super::calls::keep;
use super::posting::{post_each_once, post_once};
use super::release::{queue_start, start_again_at};
use super::settle;
use crate::app::App;
use crate::billing::engine::{Deed, Unfit};
use crate::billing::model::{Journal, Recovery, Refund, RefundOrigin};
use crate::billing::store;
use crate::engagements;
use crate::kernel::id::OrganizationId;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};

impl From<Unfit> for Error {
    fn from(why: Unfit) -> Self {
        Self::fault(why)
    }
}

/// Writes deeds in their order, the journals among them with one statement; answers the debts that
/// became due.
pub async fn write(app: &App, tx: &mut Tx, deeds: Vec<Deed>) -> Result<Vec<Recovery>> {
    write_of(app, tx, deeds, RefundOrigin::NOBODY).await
}

/// The same for what somebody asked to send back.
pub async fn write_of(
    app: &App,
    tx: &mut Tx,
    deeds: Vec<Deed>,
    origin: RefundOrigin,
) -> Result<Vec<Recovery>> {
    let mut journals: Vec<Journal> = Vec::new();
    let mut due = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Post(journal) => journals.push(journal),
            Deed::AddRefund(refund) => store::insert_refund(tx, &refund, origin).await?,
            Deed::MakeDue(refund) => {
                due = store::make_due(tx, refund).await?;
                for debt in &due {
                    start(app, tx, (debt.organization, false)).await?;
                }
            }
            row => write_row(app, tx, row).await?,
        }
    }
    post_each_once(app, tx, &journals).await?;
    Ok(due)
}

async fn write_row(app: &App, tx: &mut Tx, deed: Deed) -> Result<()> {
    let now = app.clock.now();
    match deed {
        Deed::Call(new) => keep(app, tx, &new, true).await,
        Deed::SetTransfer(share) => store::set_transfer(tx, &share, now).await,
        Deed::SetRefund(refund) => store::set_refund(tx, &refund).await,
        Deed::SetReversal(reversal) => store::set_reversal(tx, &reversal, now).await,
        Deed::AddReversals(rows) => store::insert_reversals(tx, &rows, now).await,
        Deed::AddRecoveries(debts) => store::insert_recoveries(tx, &debts).await,
        Deed::AddNettings(rows) => store::insert_nettings(tx, &rows).await,
        Deed::KeepAfterAll(refund) => keep_after_all(app, tx, &refund).await,
        Deed::Name { object, of } => store::keep_object(tx, &object, of).await,
        Deed::Follow { milestone, transaction, source } => {
            settle::follow(app, tx, milestone, (&transaction, &source)).await
        }
        Deed::Start { organization, again } => start(app, tx, (organization, again)).await,
        Deed::StartAgain { organization, at } => start_again_at(app, tx, organization, at).await,
        Deed::StartIfOwing(payee) if store::owes(tx, payee).await? => {
            start(app, tx, (payee, false)).await
        }
        Deed::StartIfOwing(_) => Ok(()),
        Deed::Post(_) | Deed::AddRefund(_) | Deed::MakeDue(_) => {
            Err(Error::fault("a deed that is no row"))
        }
    }
}

async fn start(
    app: &App,
    tx: &mut Tx,
    (organization, again): (OrganizationId, bool),
) -> Result<()> {
    queue_start(app, tx, organization, again).await
}

async fn keep_after_all(app: &App, tx: &mut Tx, refund: &Refund) -> Result<()> {
    let Refund { id, milestone, amount, .. } = *refund;
    // The milestone's lock comes before those of accounts, as everywhere.
    engagements::keep_after_all(app, tx, milestone, amount).await?;
    let owed = store::void_recoveries(tx, id).await?;
    post_once(app, tx, &Journal::clawback_refused(id, milestone, amount, &owed)).await?;
    Ok(())
}

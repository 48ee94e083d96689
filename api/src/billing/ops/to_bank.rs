//! Payouts of payees, from their accounts at the processor to their banks. The processor makes
//! them by itself; here they are read when news of one comes, and told when a bank refuses.
//!
//! The ledger does not follow them: it ends where money is the payee's own, and a payout may hold
//! what came from elsewhere, in another currency.

use super::calls;
use crate::app::App;
use crate::billing::model::{Payout, PayoutFailed, PayoutState};
use crate::billing::policy::SeeStatement;
use crate::billing::store;
use crate::identity::allow;
use crate::kernel::id::{OrganizationId, VendorId};
use crate::kernel::page::Position;
use crate::outside::payments::Payout as Object;
use crate::platform::caller::Caller;
use crate::platform::failpoint;
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};
use chrono::DateTime;

/// The caller's organization's payouts, latest first; none for who is not paid.
///
/// Errors: `not-permitted`.
pub async fn list_payouts(
    app: &App,
    caller: &Caller,
    page: PageWanted,
) -> Result<(Vec<Payout>, Option<Position>)> {
    allow::<SeeStatement>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::list_payouts(&mut tx, caller.organization, page).await
}

/// Reads a payout of an organization's account at the processor and writes down what follows.
pub async fn sync_payout(
    app: &App,
    vendor: VendorId,
    (organization, account): (OrganizationId, &str),
    name: &str,
) -> Result<()> {
    let read = app.payments.payout(account, name).await;
    let seen = read.map_err(|error| calls::not_read("a payout", error))?.object;
    failpoint::passed(&["crash_point_21"]);
    let mut tx = app.db.write(vendor).await?;
    // What else is read of the account waits here, so that the later reading is not overtaken.
    store::lock_account(&mut tx, organization).await?;
    let known = store::payout_called(&mut tx, &seen.id).await?;
    let before = known.as_ref().map(|payout| payout.state);
    let payout = learnt(app, organization, (known, seen))?;
    store::keep_payout(&mut tx, &payout, app.clock.now()).await?;
    if payout.state == PayoutState::Failed && before != Some(PayoutState::Failed) {
        let fact = PayoutFailed {
            organization,
            amount: payout.amount_words(),
            arrived: before == Some(PayoutState::Paid),
            why: payout.failure_words().to_owned(),
        };
        event::state(&mut tx, &app.ids, None, &fact).await?;
    }
    tx.commit().await
}

fn learnt(
    app: &App,
    organization: OrganizationId,
    (known, seen): (Option<Payout>, Object),
) -> Result<Payout> {
    let state = PayoutState::parse(&seen.status)
        .ok_or_else(|| Error::fault(format!("payout {} is {}", seen.id, seen.status)))?;
    let moment = |seconds: i64| {
        DateTime::from_timestamp(seconds, 0).ok_or_else(|| Error::fault("a payout of no time"))
    };
    let (arrives_at, began_at) = (moment(seen.arrival_date)?, moment(seen.created)?);
    let state = known.as_ref().map_or(state, |known| known.state.or_later(state));
    let failure = seen.failure_code.or_else(|| known.as_ref().and_then(|k| k.failure.clone()));
    Ok(Payout {
        id: known.map_or_else(|| app.ids.next(), |known| known.id),
        organization,
        stripe_payout: seen.id,
        currency: seen.currency.to_uppercase(),
        minor: seen.amount,
        state,
        arrives_at,
        failure: failure.filter(|_| state == PayoutState::Failed),
        began_at,
    })
}

//! What a customer sees of what it spent: by engagement, by payment, and each payment's receipt.

use super::calls::not_read;
use super::money::see_payment;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{Received, Spent, SpentOn};
use crate::billing::policy::SeeStatement;
use crate::billing::store;
use crate::identity::allow;
use crate::kernel::id::PaymentId;
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;
use crate::program;

/// A page of engagements with their money, and the sums of all.
#[derive(Debug, Clone)]
pub struct Spending {
    pub engagements: Vec<SpentOn>,
    pub next: Option<Position>,
    pub all: Spent,
}

/// What the caller's organization spent as a customer: nothing, where it is none.
///
/// Errors: `not-permitted`.
pub async fn spending(app: &App, caller: &Caller, page: PageWanted) -> Result<Spending> {
    allow::<SeeStatement>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let currency = program::settings(&mut tx).await?.currency;
    let (engagements, next) = store::spent_on(&mut tx, caller.organization, page).await?;
    let all = store::spent(&mut tx, caller.organization, currency).await?;
    Ok(Spending { engagements, next, all })
}

/// Payments of the caller's organization whose money came, latest first. Errors: `not-permitted`.
pub async fn list_received(
    app: &App,
    caller: &Caller,
    page: PageWanted,
) -> Result<(Vec<Received>, Option<Position>)> {
    allow::<SeeStatement>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::received(&mut tx, caller.organization, page).await
}

/// Where the payment processor shows the receipt of a payment. Asked for each time: such addresses
/// end after a while.
///
/// Errors: 404 for whom the payment is none of theirs; `no-receipt` while it is not paid; 503 when
/// the processor does not answer.
pub async fn receipt_of(app: &App, caller: &Caller, id: PaymentId) -> Result<String> {
    let payment = see_payment(app, caller, id).await?;
    let charge = payment.charge.filter(|_| payment.paid_at.is_some());
    let charge = charge.ok_or(BillingError::NoReceipt)?;
    let read = app.payments.charge(&charge).await;
    let read = read.map_err(|error| not_read("the charge of a payment", error))?;
    Ok(read.object.receipt_url.ok_or(BillingError::NoReceipt)?)
}

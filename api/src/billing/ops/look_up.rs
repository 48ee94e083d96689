//! Looking at Stripe for what a call asks for; [`engine::look_up`] says what there is of it.
//!
//! [`engine::look_up`]: crate::billing::engine::look_up

use crate::app::App;
use crate::billing::engine::look_up::{
    Found, There, call_of, charge, detached, first, judge, only_marked, own as made_by, refund,
    reversal, transfer,
};
use crate::billing::model::Call;
use crate::billing::store;
use crate::kernel::id::VendorId;
use crate::outside::payments::{Account, Ask, CallError, Checkout, Customer, Reply};
use crate::platform::refusal::Result;
use chrono::Duration;
use serde_json::Value;

/// How far the clocks of the two sides may differ.
const CLOCKS_DIFFER: Duration = Duration::minutes(10);

/// Intents are looked for among all of a customer: whatever of them paid counts.
const BEGINNING: i64 = 0;

/// Looks at Stripe for what a call asks for. The inner error is Stripe's.
pub async fn look_up(
    app: &App,
    vendor: VendorId,
    call: &Call,
) -> Result<std::result::Result<Found, CallError>> {
    let there = match list(app, call).await {
        Ok(there) => there,
        Err(error) => return Ok(Err(error)),
    };
    let there = match first(call, there) {
        Ok(found) => return Ok(Ok(found)),
        Err(there) => there,
    };
    let calls: Vec<_> = there.iter().filter_map(|one| call_of(&one.tags)).collect();
    let objects: Vec<&str> = there.iter().map(|one| one.id.as_str()).collect();
    let mut tx = app.db.read(vendor).await?;
    let known = store::known_among(&mut tx, &calls, &objects).await?;
    drop(tx);
    Ok(Ok(judge(call, there, &known)))
}

/// What the call itself made, whatever came of it.
pub async fn own(app: &App, call: &Call) -> std::result::Result<Option<Value>, CallError> {
    Ok(made_by(call, list(app, call).await?))
}

async fn list(app: &App, call: &Call) -> std::result::Result<Vec<There>, CallError> {
    let payments = &app.payments;
    Ok(match &call.ask {
        Ask::CreateTransfer(new) => {
            let all = payments.transfers_of(&new.transfer_group).await?;
            all.into_iter().filter_map(|sent| transfer(new, sent)).collect()
        }
        Ask::CreateRefund(new) => {
            let all = payments.refunds_of(&new.charge).await?;
            all.into_iter().filter_map(|sent| refund((new, call), sent)).collect()
        }
        Ask::CreateReversal(new) => {
            let all = payments.reversals_of(&new.transfer).await?;
            all.into_iter().filter_map(|taken| reversal(new, taken)).collect()
        }
        Ask::ChargeSaved(new) => {
            let all = payments.intents_of(&new.customer, BEGINNING).await?;
            all.into_iter().filter_map(|made| charge((new, call), made)).collect()
        }
        Ask::CreateCustomer(_) => {
            let all = payments.customers_since(earliest(app, call)).await?;
            let made = |Reply { object, raw }: Reply<Customer>| (object.id, object.metadata, raw);
            all.into_iter().map(made).map(only_marked).collect()
        }
        Ask::DetachMethod(of) => detached(payments.method(&of.method).await?, call),
        Ask::OpenCheckout(_) | Ask::OpenSetup(_) => {
            let all = payments.checkouts_since(earliest(app, call)).await?;
            let page = |Reply { object, raw }: Reply<Checkout>| (object.id, object.metadata, raw);
            all.into_iter().map(page).map(only_marked).collect()
        }
        Ask::CreateAccount(_) => {
            let all = payments.accounts_since(earliest(app, call)).await?;
            let made = |Reply { object, raw }: Reply<Account>| (object.id, object.metadata, raw);
            all.into_iter().map(made).map(only_marked).collect()
        }
    })
}

/// The second before which a call made nothing, by Stripe's clock.
fn earliest(app: &App, call: &Call) -> i64 {
    let sent = call.first_sent_at.unwrap_or_else(|| app.clock.now());
    (sent - CLOCKS_DIFFER).timestamp()
}

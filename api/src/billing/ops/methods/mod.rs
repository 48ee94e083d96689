//! Cards that a customer organization keeps at the processor: kept, shown, chosen and removed.
//!
//! Here stands only what may be shown of them. Whoever changes what is kept holds the lock of the
//! organization's row, so that there is one default.

mod customer;
mod keep;
mod setup;

pub use customer::{customer_made, ensure_customer};
pub use keep::{KEEP_WARN_JOB, keep_method, sync_method, warn_of_end};
pub use setup::{begin_setup, setup_opened, setup_refused, sync_setup};

use super::calls::{keep as keep_call, tags};
use super::mandates::end_with_card;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{KeptMethod, MethodState, PaymentMethod};
use crate::billing::policy::KeepMethods;
use crate::billing::store::{self, NewCall};
use crate::identity::allow;
use crate::kernel::id::{OrganizationId, PaymentMethodId, PersonId};
use crate::outside::payments::{Ask, Detachment};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Result};

/// What the caller's organization keeps, the latest first. Errors: `not-permitted`.
pub async fn list_methods(app: &App, caller: &Caller) -> Result<Vec<KeptMethod>> {
    allow::<KeepMethods>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let kept = store::kept_methods(&mut tx, caller.organization).await?;
    let people: Vec<PersonId> = kept.iter().map(|method| method.saved_by).collect();
    let mut names = store::person_names(&mut tx, &people).await?;
    let paid = store::weeks_paid_by(&mut tx, caller.organization).await?;
    let named = kept.into_iter().map(|method| {
        let saved_by = names.entry(method.saved_by).or_default().clone();
        let own = paid.iter().filter(|(card, _)| *card == method.id);
        let pays = own.map(|(_, of)| of.clone()).collect();
        KeptMethod { method, saved_by, pays }
    });
    Ok(named.collect())
}

/// Makes a card the one that is charged when none is named. Errors: `not-permitted`, 404.
pub async fn choose_method(
    app: &App,
    caller: &Caller,
    id: PaymentMethodId,
) -> Result<PaymentMethod> {
    allow::<KeepMethods>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let mut method = lock_own(&mut tx, caller.organization, id).await?;
    store::set_default(&mut tx, caller.organization, Some(id)).await?;
    tx.commit().await?;
    method.is_default = true;
    Ok(method)
}

/// Takes a card away, here at once and at the processor by a job. If it was the default, the one
/// that was kept last takes its place; weeks that it paid are paid by hand from now on.
///
/// Errors: `not-permitted`, 404; `method-in-use` while a payment with it is under way.
pub async fn remove_method(app: &App, caller: &Caller, id: PaymentMethodId) -> Result<()> {
    let allowed = allow::<KeepMethods>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let method = lock_own(&mut tx, caller.organization, id).await?;
    if store::is_charging(&mut tx, id).await? {
        return Err(BillingError::MethodInUse.into());
    }
    end_with_card(app, &mut tx, &method, Some(allowed.person)).await?;
    store::set_removed(&mut tx, id, Some(allowed.person), app.clock.now()).await?;
    next_default(&mut tx, &method).await?;
    let call = app.ids.next();
    let ask = Detachment { method: method.stripe_method, tags: tags(&tx, call, &[])? };
    let key = format!("detach:{id}:1");
    let new = NewCall { id: call, subject: id.0, ask: Ask::DetachMethod(ask), key };
    keep_call(app, &mut tx, &new, true).await?;
    tx.commit().await
}

/// A kept card of an organization, and only its own; whoever changes its cards waits here.
async fn lock_own(
    tx: &mut Tx,
    organization: OrganizationId,
    id: PaymentMethodId,
) -> Result<PaymentMethod> {
    store::lock_customer(tx, organization).await?;
    let method = store::lock_method(tx, id).await?;
    let own = method.organization == organization && method.state == MethodState::Kept;
    if own { Ok(method) } else { Err(Common::NotFound("payment method").into()) }
}

async fn next_default(tx: &mut Tx, removed: &PaymentMethod) -> Result<()> {
    if !removed.is_default {
        return Ok(());
    }
    let left = store::kept_methods(tx, removed.organization).await?;
    store::set_default(tx, removed.organization, left.first().map(|method| method.id)).await
}

//! An organization as the processor knows it: made once, before its first card is kept.

use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{Call, CallState};
use crate::billing::ops::calls::{carry_out, keep, tags};
use crate::billing::store::{self, NewCall};
use crate::kernel::id::{OrganizationId, StripeCallId};
use crate::outside::payments::{Ask, Customer, NewCustomer};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};

/// The caller's organization at the processor; made if it is not there.
///
/// Errors: `payment-refused` when the processor does not want it.
pub async fn ensure_customer(app: &App, caller: &Caller) -> Result<String> {
    let call = match prepare(app, caller).await? {
        Ok(known) => return Ok(known),
        Err(call) => call,
    };
    let concluded = carry_out(app, caller.vendor, caller.vendor, call).await?;
    if concluded.state == CallState::Refused {
        let why = concluded.trouble.unwrap_or_default();
        return Err(BillingError::PaymentRefused(why).into());
    }
    let mut tx = app.db.write(caller.vendor).await?;
    let made = store::lock_customer(&mut tx, caller.organization).await?;
    made.ok_or_else(|| Error::Unavailable("The payment processor".to_owned()))
}

/// The customer, or the call that makes it.
async fn prepare(app: &App, caller: &Caller) -> Result<std::result::Result<String, StripeCallId>> {
    let organization = caller.organization;
    let mut tx = app.db.write(caller.vendor).await?;
    store::add_customer(&mut tx, organization, caller.person).await?;
    if let Some(known) = store::lock_customer(&mut tx, organization).await? {
        return Ok(Ok(known));
    }
    let earlier = store::last_call_of(&mut tx, organization.0).await?;
    if let Some(call) = earlier.filter(|call| call.state != CallState::Refused) {
        return Ok(Err(call.id));
    }
    let call: StripeCallId = app.ids.next();
    let (name, _) = store::name_and_country(&mut tx, organization).await?;
    let email = store::email_of(&mut tx, caller.person).await?;
    let marks = [("attache_organization", organization.to_string())];
    let ask = NewCustomer { name, email, tags: tags(&tx, call, &marks)? };
    let key = format!("cus:{call}");
    let new = NewCall { id: call, subject: organization.0, ask: Ask::CreateCustomer(ask), key };
    keep(app, &mut tx, &new, false).await?;
    tx.commit().await?;
    Ok(Err(call))
}

/// The processor knows the organization now.
pub async fn customer_made(tx: &mut Tx, call: &Call, made: Customer) -> Result<()> {
    let organization = OrganizationId(call.subject);
    store::set_customer(tx, organization, &made.id).await?;
    store::keep_object(tx, &made.id, organization.0).await
}

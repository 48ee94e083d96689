//! Keeping a card without paying: a page of the processor, and what came of it.

use super::customer::ensure_customer;
use super::keep::keep_method;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{Call, CallState, MethodSetup, SetupState};
use crate::billing::ops::calls::{self, carry_out, keep, tags};
use crate::billing::policy::KeepMethods;
use crate::billing::store::{self, NewCall};
use crate::identity::{Allowed, allow};
use crate::kernel::id::{MethodSetupId, StripeCallId, VendorId};
use crate::outside::payments::{Ask, Checkout, NewSetup};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};
use crate::program;
use chrono::DateTime;

/// The page on which the caller keeps a card for their organization; one that was not used is
/// given again. Errors: `not-permitted`, `payment-opening`, `payment-refused`.
pub async fn begin_setup(app: &App, caller: &Caller) -> Result<String> {
    let allowed = allow::<KeepMethods>(caller)?;
    let customer = ensure_customer(app, caller).await?;
    let (setup, call) = match prepare(app, &allowed, &customer).await? {
        Prepared::Open(url) => return Ok(url),
        Prepared::Opening(setup, call) => (setup, call),
    };
    let concluded = carry_out(app, caller, caller.vendor, call).await?;
    match concluded.state {
        CallState::Refused => {
            let why = concluded.trouble.unwrap_or_default();
            Err(BillingError::PaymentRefused(why).into())
        }
        CallState::Sent => Err(BillingError::Opening.into()),
        _ => {
            let mut tx = app.db.read(caller.vendor).await?;
            let url = store::setup(&mut tx, setup).await?.checkout_url;
            url.ok_or_else(|| Error::Unavailable("The payment processor".to_owned()))
        }
    }
}

enum Prepared {
    Open(String),
    Opening(MethodSetupId, StripeCallId),
}

async fn prepare(app: &App, allowed: &Allowed<KeepMethods>, customer: &str) -> Result<Prepared> {
    let (organization, person) = (allowed.organization, allowed.person);
    let mut tx = app.db.write(allowed.vendor).await?;
    store::lock_customer(&mut tx, organization).await?;
    if let Some(mut live) = store::live_setup(&mut tx, organization, person).await? {
        let call = store::last_call_of(&mut tx, live.id.0).await?;
        let in_time = live.expires_at.is_some_and(|at| at > app.clock.now());
        match (live.state, &live.checkout_url, call) {
            (SetupState::Open, Some(url), _) if in_time => return Ok(Prepared::Open(url.clone())),
            (SetupState::Opening, _, Some(call)) if !calls::is_aged(app, &call) => {
                return Ok(Prepared::Opening(live.id, call.id));
            }
            _ => {
                live.state = SetupState::Ended;
                store::set_setup(&mut tx, &live).await?;
            }
        }
    }
    let setup = MethodSetup {
        id: app.ids.next(),
        organization,
        asked_by: person,
        state: SetupState::Opening,
        checkout_session: None,
        checkout_url: None,
        expires_at: None,
    };
    store::insert_setup(&mut tx, &setup).await?;
    let call: StripeCallId = app.ids.next();
    let slug = program::settings(&mut tx).await?.slug;
    let back = app.site.link(&format!("/p/{slug}/methods"));
    let marks = [("attache_setup", setup.id.to_string())];
    let ask = NewSetup {
        customer: customer.to_owned(),
        success_url: format!("{back}?from=kept"),
        cancel_url: format!("{back}?from=cancelled"),
        tags: tags(&tx, call, &marks)?,
    };
    let key = format!("setup:{}:1", setup.id);
    let new = NewCall { id: call, subject: setup.id.0, ask: Ask::OpenSetup(ask), key };
    keep(app, &mut tx, &new, false).await?;
    tx.commit().await?;
    Ok(Prepared::Opening(setup.id, call))
}

/// The page is there.
pub async fn setup_opened(tx: &mut Tx, call: &Call, page: Checkout) -> Result<()> {
    let mut setup = store::lock_setup(tx, MethodSetupId(call.subject)).await?;
    if setup.state != SetupState::Opening {
        return Ok(());
    }
    note_page(&mut setup, &page)?;
    setup.state = SetupState::Open;
    store::set_setup(tx, &setup).await?;
    store::keep_object(tx, &page.id, setup.id.0).await
}

fn note_page(setup: &mut MethodSetup, page: &Checkout) -> Result<()> {
    let ends = DateTime::from_timestamp(page.expires_at, 0)
        .ok_or_else(|| Error::fault("a page that ends at no time"))?;
    setup.checkout_session = Some(page.id.clone());
    setup.checkout_url = page.url.clone();
    setup.expires_at = Some(ends);
    Ok(())
}

/// There will be no page.
pub async fn setup_refused(tx: &mut Tx, call: &Call) -> Result<()> {
    let mut setup = store::lock_setup(tx, MethodSetupId(call.subject)).await?;
    if setup.state == SetupState::Opening {
        setup.state = SetupState::Ended;
        store::set_setup(tx, &setup).await?;
    }
    Ok(())
}

/// Reads a page at the processor and keeps the card that was given there. `session` is what news
/// calls it, for one whose own answer was lost.
pub async fn sync_setup(
    app: &App,
    vendor: VendorId,
    id: MethodSetupId,
    session: Option<&str>,
) -> Result<()> {
    let mut tx = app.db.read(vendor).await?;
    let setup = store::setup(&mut tx, id).await?;
    drop(tx);
    let Some(session) = setup.checkout_session.as_deref().or(session) else { return Ok(()) };
    let page = app.payments.checkout(session).await;
    let page = page.map_err(|error| calls::not_read("a checkout", error))?.object;
    if page.metadata.get("attache_setup") != Some(&id.to_string()) {
        return Err(Error::fault(format!("checkout {session} is not of setup {id}")));
    }
    let mut tx = app.db.write(vendor).await?;
    store::lock_customer(&mut tx, setup.organization).await?;
    let mut setup = store::lock_setup(&mut tx, id).await?;
    if setup.state == SetupState::Done {
        return Ok(());
    }
    let given = page.setup_intent.as_ref().and_then(|intent| intent.object());
    let given = given.filter(|intent| intent.status == "succeeded");
    match given.and_then(|intent| intent.payment_method.as_ref()?.object()) {
        Some(method) => {
            keep_method(app, &mut tx, (setup.organization, setup.asked_by), method).await?;
            setup.state = SetupState::Done;
        }
        None if page.status.as_deref() == Some("expired") => setup.state = SetupState::Ended,
        None => return Ok(()),
    }
    store::set_setup(&mut tx, &setup).await?;
    tx.commit().await
}

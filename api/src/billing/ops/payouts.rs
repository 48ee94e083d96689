//! Becoming payable: an account at Stripe, its onboarding, and what is read of it.

use super::calls::{self, carry_out, keep, tags};
use super::release::queue_start;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{Call, CallState, PayoutAccount, PayoutStage, PayoutsReady};
use crate::billing::policy::{SeeStatement, StartOnboarding};
use crate::billing::store::{self, NewCall};
use crate::identity::{Allowed, allow};
use crate::kernel::id::{OrganizationId, StripeCallId, VendorId};
use crate::outside::payments::{Account, Ask, NewAccount};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};
use crate::program;
use chrono::{DateTime, Utc};

/// Whether an organization can be paid, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payouts {
    pub stage: PayoutStage,
    /// Absent before onboarding was begun.
    pub account: Option<PayoutAccount>,
}

impl Payouts {
    pub(super) fn of(account: Option<PayoutAccount>) -> Self {
        let stage = account.as_ref().map_or(PayoutStage::NotStarted, PayoutAccount::stage);
        Self { stage, account }
    }
}

/// The page on which the organization gives its details to Stripe; it works once and for minutes,
/// so it is asked for anew each time.
///
/// Errors: `country-not-paid` when Stripe cannot pay to the organization's country.
pub async fn begin_onboarding(app: &App, caller: &Caller) -> Result<String> {
    let allowed = allow::<StartOnboarding>(caller)?;
    let (known, slug, call) = prepare(app, &allowed).await?;
    let account = match (known, call) {
        (Some(account), _) => account,
        (None, Some(call)) => make_account(app, caller, call).await?,
        (None, None) => return Err(Error::fault("an account without a call to make it")),
    };
    let page = app.site.link(&format!("/p/{slug}/payouts"));
    let (back, again) = (format!("{page}?from=onboarding"), format!("{page}?from=expired"));
    let link = app.payments.account_link(&account, &back, &again).await;
    Ok(link.map_err(|error| calls::not_read("an onboarding link", error))?.object.url)
}

type Prepared = (Option<String>, String, Option<StripeCallId>);

/// The organization's account, or the call that makes it.
async fn prepare(app: &App, allowed: &Allowed<StartOnboarding>) -> Result<Prepared> {
    let mut tx = app.db.write(allowed.vendor).await?;
    let slug = program::settings(&mut tx).await?.slug;
    let (name, country) = store::name_and_country(&mut tx, allowed.organization).await?;
    store::add_account(&mut tx, allowed.organization, &country, allowed.person).await?;
    let account = store::lock_account(&mut tx, allowed.organization).await?;
    if let Some(account) = account.and_then(|account| account.stripe_account) {
        return Ok((Some(account), slug, None));
    }
    let earlier = store::last_call_of(&mut tx, allowed.organization.0).await?;
    let call = match earlier.filter(|call| call.state != CallState::Refused) {
        Some(call) => call.id,
        None => {
            let id: StripeCallId = app.ids.next();
            let email = store::email_of(&mut tx, allowed.person).await?;
            let marks = [("attache_organization", allowed.organization.to_string())];
            let recipient = country != app.payments_setup.country;
            let tags = tags(&tx, id, &marks)?;
            let ask = NewAccount { country, email, business_name: name, recipient, tags };
            let (subject, key) = (allowed.organization.0, format!("acct:{id}"));
            let new = NewCall { id, subject, ask: Ask::CreateAccount(ask), key };
            keep(app, &mut tx, &new, false).await?;
            id
        }
    };
    tx.commit().await?;
    Ok((None, slug, Some(call)))
}

async fn make_account(app: &App, caller: &Caller, call: StripeCallId) -> Result<String> {
    let concluded = carry_out(app, caller, caller.vendor, call).await?;
    if concluded.state == CallState::Refused {
        let why = concluded.trouble.unwrap_or_default();
        return Err(BillingError::CountryNotPaid(why).into());
    }
    let mut tx = app.db.read(caller.vendor).await?;
    let account = store::payout_account(&mut tx, caller.organization).await?;
    let made = account.and_then(|account| account.stripe_account);
    made.ok_or_else(|| Error::Unavailable("The payment processor".to_owned()))
}

/// Stripe made the account.
pub async fn account_made(app: &App, tx: &mut Tx, call: &Call, made: Account) -> Result<()> {
    let organization = OrganizationId(call.subject);
    let Some(mut account) = store::lock_account(tx, organization).await? else {
        return Err(Error::fault("an account that nobody asked for"));
    };
    account.stripe_account = Some(made.id.clone());
    store::keep_object(tx, &made.id, organization.0).await?;
    learn(app, tx, account, (&made, app.clock.now())).await
}

/// Where the caller's organization stands.
pub async fn payouts(app: &App, caller: &Caller) -> Result<Payouts> {
    allow::<SeeStatement>(caller)?;
    let mut tx = app.db.read(caller).await?;
    Ok(Payouts::of(store::payout_account(&mut tx, caller.organization).await?))
}

/// Reads the account at Stripe first: for the person who comes back from there.
pub async fn refresh_payouts(app: &App, caller: &Caller) -> Result<Payouts> {
    allow::<StartOnboarding>(caller)?;
    let mut tx = app.db.read(caller.vendor).await?;
    let account = store::payout_account(&mut tx, caller.organization).await?;
    drop(tx);
    let known = account.and_then(|account| account.stripe_account);
    if known.is_none() {
        return Err(BillingError::NotOnboarding.into());
    }
    sync_account(app, caller.vendor, caller.organization).await?;
    payouts(app, caller).await
}

/// Reads an organization's account at Stripe and writes down what follows: transfers that waited
/// for it begin.
pub async fn sync_account(app: &App, vendor: VendorId, organization: OrganizationId) -> Result<()> {
    let mut tx = app.db.read(vendor).await?;
    let known = store::payout_account(&mut tx, organization).await?;
    drop(tx);
    let Some(id) = known.and_then(|account| account.stripe_account) else { return Ok(()) };
    let asked_at = app.clock.now();
    let seen = app.payments.account(&id).await;
    let seen = seen.map_err(|error| calls::not_read("an account", error))?.object;
    let mut tx = app.db.write(vendor).await?;
    // Who asked later and was faster knows better.
    let account = store::lock_account(&mut tx, organization).await?;
    if let Some(account) = account.filter(|one| one.read_at.is_none_or(|at| at <= asked_at)) {
        learn(app, &mut tx, account, (&seen, asked_at)).await?;
    }
    tx.commit().await
}

async fn learn(
    app: &App,
    tx: &mut Tx,
    mut account: PayoutAccount,
    (seen, asked_at): (&Account, DateTime<Utc>),
) -> Result<()> {
    let was_ready = account.transfers_active;
    account.details_submitted = seen.details_submitted;
    account.transfers_active = seen.transfers_active();
    account.requirements = seen.requirements.currently_due.clone();
    account.disabled_reason = seen.requirements.disabled_reason.clone();
    account.read_at = Some(asked_at);
    store::set_account(tx, &account).await?;
    if !account.transfers_active {
        return Ok(());
    }
    if !was_ready {
        let fact = PayoutsReady { organization: account.organization };
        event::state(tx, &app.ids, None, &fact).await?;
    }
    queue_start(app, tx, account.organization, true).await
}

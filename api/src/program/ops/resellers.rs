//! Resellers of record.

use crate::app::App;
use crate::identity;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{AttributionId, OrganizationId};
use crate::kernel::page::Position;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use crate::program::ProgramError;
use crate::program::model::{
    Account, Attribution, NewAttribution, Page, ResellerAttributed, follow,
};
use crate::program::policy::{AttributeReseller, SeeProgram};
use crate::program::store::{self, Concerning, NewRow};

/// Names the reseller of record of a customer's account; an earlier one ends at that instant.
///
/// Errors: 404 when customer or reseller is none of this program; 422 when the reseller is no
/// partner or the instant is another's; `attribution-changed`.
pub async fn attribute_reseller(
    app: &App,
    caller: &Caller,
    new: NewAttribution,
) -> Result<Attribution> {
    identity::allow::<AttributeReseller>(caller)?;
    let reason = checked_reason(&new.reason)?;
    let now = app.clock.now();
    let since = new.since.unwrap_or(now);
    let mut tx = app.db.write(caller).await?;
    refuse_unfit(&mut tx, &new).await?;
    let latest = store::lock_latest(&mut tx, new.customer).await?;
    let ended = follow(latest, (new.reseller, new.kind), since, now)?;
    if let Some(open) = ended {
        store::end_attribution(&mut tx, open.id, since, &reason).await?;
    }
    let id: AttributionId = app.ids.next();
    let NewAttribution { customer, reseller, kind, .. } = new;
    let row = NewRow { id, customer, reseller, kind, since, reason: &reason, by: caller.person };
    store::insert_attribution(&mut tx, row).await?;
    let written = existing(store::attribution(&mut tx, id).await?)?;
    let fact = ResellerAttributed {
        attribution: id,
        customer,
        customer_name: written.customer_name.clone(),
        reseller: Some(reseller),
        reseller_name: written.reseller_name.clone(),
        earlier: ended.map(|open| open.reseller),
        reason,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(written)
}

async fn refuse_unfit(tx: &mut Tx, new: &NewAttribution) -> Result<()> {
    if store::kind_of(tx, new.customer).await? != Some(OrganizationKind::Customer) {
        return Err(Common::NotFound("customer").into());
    }
    if store::kind_of(tx, new.reseller).await? != Some(OrganizationKind::Reseller) {
        return Err(Common::NotFound("reseller").into());
    }
    if !store::is_enrolled(tx, new.reseller).await? {
        return Err(Invalid::field("reseller", "This reseller is no partner now").into());
    }
    Ok(())
}

/// Ends an attribution now; the account has no reseller of record until another is named.
///
/// Errors: `attribution-ended`; 404.
pub async fn end_attribution(
    app: &App,
    caller: &Caller,
    id: AttributionId,
    reason: &str,
) -> Result<Attribution> {
    identity::allow::<AttributeReseller>(caller)?;
    let reason = checked_reason(reason)?;
    let mut tx = app.db.write(caller).await?;
    let open = existing(store::attribution(&mut tx, id).await?)?;
    if !store::end_attribution(&mut tx, id, app.clock.now(), &reason).await? {
        return Err(ProgramError::AttributionEnded.into());
    }
    let fact = ResellerAttributed {
        attribution: id,
        customer: open.customer,
        customer_name: open.customer_name,
        reseller: None,
        reseller_name: open.reseller_name,
        earlier: Some(open.reseller),
        reason,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    let ended = existing(store::attribution(&mut tx, id).await?)?;
    tx.commit().await?;
    Ok(ended)
}

/// Customers' accounts for the vendor's people, latest first, each with its reseller of record.
pub async fn list_accounts(
    app: &App,
    caller: &Caller,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<Page<Account>> {
    identity::allow::<SeeProgram>(caller)?;
    let list = format!("accounts:{}", caller.vendor);
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    let mut items = store::accounts(&mut tx, wanted).await?;
    let position = |a: &Account| Position { at: a.since, id: a.customer.0 };
    let next = cut(&mut items, wanted.limit, position).map(|p| app.cursors.seal(&list, p));
    Ok(Page { items, next })
}

/// One customer's account for the vendor's people; 404 when it is no customer.
pub async fn see_account(app: &App, caller: &Caller, customer: OrganizationId) -> Result<Account> {
    identity::allow::<SeeProgram>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let account = store::account(&mut tx, customer).await?;
    account.ok_or_else(|| Common::NotFound("customer").into())
}

/// Attributions, latest first, those that have ended too: the vendor's people see all, a reseller
/// the accounts it brought, a customer its own. `customer` narrows to one account.
pub async fn list_attributions(
    app: &App,
    caller: &Caller,
    customer: Option<OrganizationId>,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<Page<Attribution>> {
    let concerning = concerning(caller, customer)?;
    let list = format!("attributions:{}:{}", caller.vendor, caller.organization);
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    let mut items = store::attributions(&mut tx, concerning, wanted).await?;
    let position = |a: &Attribution| Position { at: a.since, id: a.id.0 };
    let next = cut(&mut items, wanted.limit, position).map(|p| app.cursors.seal(&list, p));
    Ok(Page { items, next })
}

fn concerning(caller: &Caller, customer: Option<OrganizationId>) -> Result<Concerning> {
    match caller.kind {
        OrganizationKind::Vendor => Ok(Concerning { customer, reseller: None }),
        OrganizationKind::Reseller => {
            Ok(Concerning { customer, reseller: Some(caller.organization) })
        }
        OrganizationKind::Customer if customer.is_none_or(|c| c == caller.organization) => {
            Ok(Concerning { customer: Some(caller.organization), reseller: None })
        }
        OrganizationKind::Customer => Err(Common::NotFound("customer").into()),
        OrganizationKind::Partner => {
            let detail =
                "Who brought an account is shown to the vendor, the reseller and the customer.";
            Err(Common::NotPermitted(detail.to_owned()).into())
        }
    }
}

fn checked_reason(text: &str) -> Result<String, Error> {
    let mut checks = Checks::new();
    let reason = checks.text("reason", text, "a reason", (3, 500));
    checks.finish()?;
    Ok(reason)
}

fn existing(attribution: Option<Attribution>) -> Result<Attribution> {
    attribution.ok_or_else(|| Common::NotFound("attribution").into())
}

//! A customer's address for the checkpoints of its audit trail: set, looked at, tried, taken away.
//! Who sets it or takes it away says so in the trail and to the customer's owners and admins.

use super::audit::ExportAuditTrail;
use super::delivery::{self, Parcel};
use crate::access::AccessError;
use crate::access::model::{
    AuditWebhook, CheckpointAddressEnded, CheckpointAddressSet, OfTrail, host_of,
};
use crate::access::store::{self, NewWebhook};
use crate::app::App;
use crate::identity::{self, Allowed};
use crate::kernel::check::Invalid;
use crate::kernel::id::AuditWebhookId;
use crate::platform::caller::Caller;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};
use crate::platform::seal;
use serde_json::json;
use url::Url;

/// Prefix by which secret scanners know these secrets.
const PREFIX: &str = "ahs_";

const MOST_CHARACTERS: usize = 2000;

/// The address, if there is one; never its secret.
///
/// Errors: 403 for whoever may not have the trail.
pub async fn audit_webhook(app: &App, caller: &Caller) -> Result<Option<AuditWebhook>> {
    let _: Allowed<ExportAuditTrail> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    let row = store::webhook(&mut tx, caller.organization).await?;
    Ok(row.map(AuditWebhook::from))
}

/// Has checkpoints sent to this address from now on, instead of to the one before; answers the
/// secret that signs them, which is told this once.
///
/// Errors: 403, 422 for an address that cannot be reached from here.
pub async fn set_audit_webhook(app: &App, caller: &Caller, url: &str) -> Result<String> {
    let _: Allowed<ExportAuditTrail> = identity::allow(caller)?;
    let url = fit(app, url)?;
    let id: AuditWebhookId = app.ids.next();
    let secret = format!("{PREFIX}{}", hex::encode(app.ids.secret()));
    let (key, place) = (delivery::key(app), delivery::place(id));
    let sealed = seal::seal(&key, &app.ids, place.as_bytes(), secret.as_bytes())?;
    let customer = caller.organization;
    let new =
        NewWebhook { id, customer, url: url.as_str(), secret_sealed: &sealed, by: caller.person };
    let mut tx = app.db.write(caller).await?;
    let before = store::set_webhook(&mut tx, &new).await?;
    let fact = CheckpointAddressSet {
        of: OfTrail { customer },
        host: host_of(url.as_str()),
        before: before.url.as_deref().map(host_of),
        by: caller.person,
        by_name: before.by_name,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    // What did not arrive at an earlier address goes to this one.
    delivery::send_soon(app, &mut tx, (customer, false)).await?;
    tx.commit().await?;
    Ok(secret)
}

/// An address as it is called, if it may be called at all.
fn fit(app: &App, url: &str) -> Result<Url> {
    let text = url.trim();
    let say = |message: &str| Invalid::field("url", message);
    if text.chars().count() > MOST_CHARACTERS {
        return Err(say("At most 2000 characters").into());
    }
    let parsed = Url::parse(text).ok().filter(|url| url.has_host() && url.fragment().is_none());
    let url = parsed.ok_or_else(|| say("A whole address, like https://example.com/checkpoints"))?;
    if !app.upstreams.client().reach().allows_url(&url) {
        let what = "An https address of a public server, without a name or password in it";
        return Err(say(what).into());
    }
    Ok(url)
}

/// Nothing is sent any more; the secret is gone.
///
/// Errors: 403, 404.
pub async fn end_audit_webhook(app: &App, caller: &Caller) -> Result<()> {
    let _: Allowed<ExportAuditTrail> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let (customer, by) = (caller.organization, caller.person);
    let before = store::delete_webhook(&mut tx, customer, by).await?.ok_or_else(none)?;
    let host = host_of(&before.url.unwrap_or_default());
    let of = OfTrail { customer };
    let fact = CheckpointAddressEnded { of, host, by, by_name: before.by_name };
    event::state(&mut tx, &app.ids, Some(by), &fact).await?;
    tx.commit().await
}

/// Sends a test, signed as checkpoints are; answers why it did not arrive, if it did not. One that
/// arrives has what waits sent at once.
///
/// Errors: 403, 404, `too-soon` within ten seconds of another.
pub async fn test_audit_webhook(app: &App, caller: &Caller) -> Result<Option<String>> {
    let _: Allowed<ExportAuditTrail> = identity::allow(caller)?;
    let customer = caller.organization;
    let mut tx = app.db.write(caller).await?;
    let row = store::webhook(&mut tx, customer).await?.ok_or_else(none)?;
    if !store::begin_test(&mut tx, customer).await? {
        return Err(AccessError::TooSoon.into());
    }
    tx.commit().await?;
    let id: AuditWebhookId = app.ids.next();
    let body = json!({ "test": id, "customer": customer, "at": app.clock.now() }).to_string();
    let parcel = Parcel { event: "test", id: id.to_string(), body };
    let sent = delivery::send(app, &row, &parcel).await?;
    if sent.is_ok() {
        let mut tx = app.db.write(caller).await?;
        delivery::send_soon(app, &mut tx, (customer, false)).await?;
        tx.commit().await?;
    }
    Ok(sent.err())
}

fn none() -> crate::platform::refusal::Error {
    Common::NotFound("address for checkpoints").into()
}

//! News from Stripe: believed by its signature, kept as it came, then looked up at the source.
//!
//! News carries no facts of ours: it names an object, and the object is read at Stripe. What is not
//! understood is kept all the same.

use super::calls::{self, call_of, carry_out};
use super::capture::sync_payment;
use super::{disputes, methods, payouts, refund, to_bank};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::store::{self, NewWebhook, Webhook};
use crate::kernel::id::{
    MethodSetupId, OrganizationId, PaymentId, PaymentMethodId, RefundId, StripeCallId, VendorId,
};
use crate::outside::payments::{Tags, check_signature};
use crate::platform::db::Scope;
use crate::platform::failpoint;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::Result;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The kind of job that works through one piece of news.
pub const WEBHOOK_JOB: &str = "stripe-webhook";

#[derive(Serialize, Deserialize)]
pub struct WebhookJob {
    pub webhook: String,
}

/// The parts of an event that we read.
#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    livemode: bool,
    created: i64,
    account: Option<String>,
    data: EventBody,
}

#[derive(Deserialize)]
struct EventBody {
    object: EventObject,
}

#[derive(Deserialize)]
struct EventObject {
    id: Option<String>,
    /// `setup` for a page on which a card is kept and nothing is paid.
    mode: Option<String>,
    payment_intent: Option<serde_json::Value>,
    charge: Option<serde_json::Value>,
    #[serde(default)]
    metadata: Option<Tags>,
}

/// What became of news at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    New,
    /// It was here before: nothing more is done.
    Again,
    /// Signed by Stripe and not to be understood: kept for a person.
    Parked,
}

/// Takes news in: `connect` says through which door it came. Kept and queued in one transaction.
///
/// Errors: `bad-signature` when it is not Stripe's, too old, or signed with another secret;
/// `other-mode` when it is of test money and ours is real, or the other way round.
pub async fn take_webhook(
    app: &App,
    connect: bool,
    signature: Option<&str>,
    raw: &[u8],
) -> Result<Taken> {
    let hooks = &app.payments_setup.hooks;
    let secrets = if connect { &hooks.connect } else { &hooks.platform };
    let now = app.clock.now();
    if let Err(error) = check_signature(secrets, signature, raw, now) {
        tracing::warn!(connect, %error, "news that is not Stripe's was refused");
        return Err(BillingError::BadSignature(error.to_string()).into());
    }
    let Ok(event) = serde_json::from_slice::<Event>(raw) else {
        let id = format!("unreadable:{}", hex::encode(Sha256::digest(raw)));
        tracing::error!(alarm = true, id, "ALARM: news from Stripe cannot be read");
        let why = Some("It cannot be read.");
        let (kind, account, object, happened_at) = ("unknown", None, None, None);
        let new = NewWebhook {
            id: &id,
            connect,
            kind,
            account,
            object,
            raw,
            happened_at,
            parked: why,
            now,
        };
        let mut tx = app.db.write(Scope::GLOBAL).await?;
        let new = store::keep_webhook(&mut tx, &new).await?;
        tx.commit().await?;
        return Ok(if new { Taken::Parked } else { Taken::Again });
    };
    if event.livemode != app.payments_setup.live {
        tracing::warn!(event = event.id, livemode = event.livemode, "news of the other mode");
        return Err(BillingError::OtherMode.into());
    }
    keep(app, connect, &event, raw).await
}

async fn keep(app: &App, connect: bool, event: &Event, raw: &[u8]) -> Result<Taken> {
    let new = NewWebhook {
        id: &event.id,
        connect,
        kind: &event.kind,
        account: event.account.as_deref(),
        object: event.data.object.id.as_deref(),
        raw,
        happened_at: DateTime::from_timestamp(event.created, 0),
        parked: None,
        now: app.clock.now(),
    };
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    if !store::keep_webhook(&mut tx, &new).await? {
        return Ok(Taken::Again);
    }
    let job = NewJob::new(WEBHOOK_JOB, &WebhookJob { webhook: event.id.clone() })?;
    enqueue(&mut tx, &app.ids, job.once(format!("{WEBHOOK_JOB}:{}", event.id))).await?;
    tx.commit().await?;
    failpoint::passed(&["crash_point_08"]);
    Ok(Taken::New)
}

/// What news is about.
enum About {
    Payment,
    /// The intent of a kept card; others are told by their checkout.
    Charge,
    Method,
    Refund,
    Dispute,
    Call,
    Account,
    Payout,
    Nothing,
}

/// One kind of news a fact: a payment is told by its checkout or by the intent of a kept card, a
/// decline by its intent, a charge's
/// movement by `charge.updated`. Everything else is kept and left alone.
fn about(kind: &str) -> About {
    match kind {
        "checkout.session.completed"
        | "checkout.session.expired"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "payment_intent.payment_failed"
        | "charge.updated" => About::Payment,
        "payment_intent.succeeded"
        | "payment_intent.processing"
        | "payment_intent.requires_action"
        | "payment_intent.canceled" => About::Charge,
        "payment_method.updated"
        | "payment_method.automatically_updated"
        | "payment_method.detached" => About::Method,
        "refund.created" | "refund.updated" | "refund.failed" => About::Refund,
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated"
        | "charge.dispute.closed" => About::Dispute,
        "transfer.created" => About::Call,
        "account.updated" => About::Account,
        "payout.created" | "payout.updated" | "payout.paid" | "payout.failed"
        | "payout.canceled" => About::Payout,
        _ => About::Nothing,
    }
}

/// What became of news that was worked through.
enum Done {
    Of(VendorId),
    Ignored(&'static str),
    Parked(&'static str),
}

/// Job: works through one piece of news. Safe to repeat: it reads the object at Stripe, and what
/// follows is the same however often it is read.
pub async fn process_webhook(app: &App, id: &str) -> Result<()> {
    failpoint::passed(&["crash_point_09"]);
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let news = store::webhook(&mut tx, id).await?;
    drop(tx);
    let event: Event = serde_json::from_slice(&news.raw)?;
    let done = match work_through(app, &news, &event).await {
        Err(error) if error.code() == Some(NOT_FOUND) => Done::Ignored("It is about nothing here."),
        other => other?,
    };
    let (outcome, vendor) = match done {
        Done::Of(vendor) => (("done", None), Some(vendor)),
        Done::Ignored(note) => (("ignored", Some(note)), None),
        Done::Parked(note) => {
            tracing::error!(alarm = true, id, note, "ALARM: news from Stripe waits for a person");
            (("parked", Some(note)), None)
        }
    };
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    store::ended(&mut tx, id, outcome, vendor, app.clock.now()).await?;
    tx.commit().await
}

/// The code of [`Common::NotFound`](crate::platform::refusal::Common).
const NOT_FOUND: &str = "not-found";

async fn work_through(app: &App, news: &Webhook, event: &Event) -> Result<Done> {
    let kind = about(&news.kind);
    let told = matches!(kind, About::Charge) && !is_of_kept_card(event);
    if told || matches!(kind, About::Nothing) {
        return Ok(Done::Ignored("Nothing is done with news of this kind."));
    }
    let Some((vendor, subject)) = whose(app, &kind, event).await? else {
        return Ok(match kind {
            About::Refund => Done::Parked("A refund that was not asked for here."),
            About::Dispute => Done::Parked("A dispute of a payment that was not asked for here."),
            _ => Done::Ignored("It belongs to no program here."),
        });
    };
    match (kind, subject) {
        (About::Payment, Subject::Row(id)) if event.data.object.mode.as_deref() == SETUP => {
            let session = event.data.object.id.as_deref();
            methods::sync_setup(app, vendor, MethodSetupId(id), session).await?;
        }
        (About::Payment | About::Charge, Subject::Row(id)) => {
            sync_payment(app, vendor, PaymentId(id), event.data.object.id.as_deref()).await?;
        }
        (About::Method, Subject::Row(id)) => {
            methods::sync_method(app, vendor, PaymentMethodId(id)).await?;
        }
        (About::Account, Subject::Row(id)) => {
            payouts::sync_account(app, vendor, OrganizationId(id)).await?;
        }
        (About::Payout, Subject::Row(id)) => {
            let name = event.data.object.id.as_deref().unwrap_or_default();
            let account = event.account.as_deref().unwrap_or_default();
            to_bank::sync_payout(app, vendor, (OrganizationId(id), account), name).await?;
        }
        (About::Refund, Subject::Row(id)) => {
            let name = event.data.object.id.as_deref().unwrap_or_default();
            refund::sync_refund(app, vendor, RefundId(id), name).await?;
        }
        (About::Dispute, Subject::Row(id)) => {
            let name = event.data.object.id.as_deref().unwrap_or_default();
            disputes::sync_dispute(app, vendor, PaymentId(id), name).await?;
        }
        (kind @ (About::Refund | About::Call), Subject::Call(call)) => {
            carry_out(app, vendor, vendor, call).await?;
            if matches!(kind, About::Refund) {
                see_refund_as_it_is(app, event).await?;
            }
        }
        _ => {}
    }
    Ok(Done::Of(vendor))
}

/// An answer that was kept for a key, or read a while ago, tells how a refund began; it may have
/// failed since, and this may be the last news of that.
async fn see_refund_as_it_is(app: &App, event: &Event) -> Result<()> {
    let name = event.data.object.id.as_deref().unwrap_or_default();
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let found = store::subject_of(&mut tx, name).await?;
    drop(tx);
    match found {
        Some((vendor, id)) => refund::sync_refund(app, vendor, RefundId(id), name).await,
        None => Ok(()),
    }
}

/// The mode of a page on which a card is kept.
const SETUP: Option<&str> = Some("setup");

fn is_of_kept_card(event: &Event) -> bool {
    event.data.object.metadata.as_ref().is_some_and(|tags| tags.contains_key("attache_method"))
}

/// What an object at Stripe stands for here.
enum Subject {
    Row(Uuid),
    /// Made by a call whose answer may not be here yet.
    Call(StripeCallId),
}

/// By the object's id, else by the marks we put on it. Marks are ours, since the news is signed;
/// the rows they name are still looked up in that vendor's tables only.
async fn whose(app: &App, kind: &About, event: &Event) -> Result<Option<(VendorId, Subject)>> {
    let object = &event.data.object;
    // A refund names its payment too, which is another thing here; a dispute is of its charge.
    let other = match kind {
        About::Payment => object.payment_intent.as_ref().and_then(|intent| intent.as_str()),
        About::Account | About::Payout => event.account.as_deref(),
        About::Dispute => object.charge.as_ref().and_then(|charge| charge.as_str()),
        _ => None,
    };
    let own = object.id.as_deref().filter(|_| !matches!(kind, About::Dispute | About::Payout));
    let names = [own, other];
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    for name in names.into_iter().flatten() {
        if let Some((vendor, subject)) = store::subject_of(&mut tx, name).await? {
            return Ok(Some((vendor, Subject::Row(subject))));
        }
    }
    drop(tx);
    let tags = match (kind, other) {
        // It carries no marks of ours, and its payment may not be told yet: the charge has them.
        (About::Dispute, Some(charge)) => {
            let read = app.payments.charge(charge).await;
            Some(read.map_err(|error| calls::not_read("a charge", error))?.object.metadata)
        }
        _ => object.metadata.clone(),
    };
    let Some(tags) = &tags else { return Ok(None) };
    let Some(vendor) = tags.get("attache_vendor").and_then(|id| VendorId::parse(id)) else {
        return Ok(None);
    };
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    if !store::knows_vendor(&mut tx, vendor).await? {
        return Ok(None);
    }
    let row = ["attache_payment", "attache_setup", "attache_organization"]
        .iter()
        .find_map(|name| Uuid::try_parse(tags.get(*name)?).ok());
    let subject = row.map(Subject::Row).or_else(|| call_of(tags).map(Subject::Call));
    Ok(subject.map(|subject| (vendor, subject)))
}

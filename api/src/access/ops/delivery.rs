//! Checkpoints on their way to a customer's address: one at a time, the oldest first, tried until
//! they arrive. Nothing is sent while a transaction is open.
//!
//! One job at a time goes on: each takes a turn in the row, and a job whose turn has passed does
//! nothing more. An address that was changed or taken away has another id, or none.

use crate::access::audit::{Line, signature};
use crate::access::model::{CheckpointsUndelivered, TOLD_AFTER, host_of, pause};
use crate::access::store::{self, WebhookRow};
use crate::app::App;
use crate::kernel::id::{AuditWebhookId, OrganizationId};
use crate::outside::upstream::{Question, Trouble};
use crate::platform::db::Tx;
use crate::platform::jobs::{Job, NewJob, enqueue, event};
use crate::platform::refusal::{Error, Result};
use crate::platform::seal;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// The kind of job that sends a checkpoint.
pub const DELIVERY_JOB: &str = "deliver-checkpoint";

const WITHIN: Duration = Duration::from_secs(10);

const SIGNATURE: HeaderName = HeaderName::from_static("attache-signature");
const EVENT: HeaderName = HeaderName::from_static("attache-event");
const DELIVERY: HeaderName = HeaderName::from_static("attache-delivery");

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Deliver {
    customer: OrganizationId,
    webhook: AuditWebhookId,
    turn: i64,
}

/// Something to be sent.
pub struct Parcel {
    /// `checkpoint` or `test`.
    pub event: &'static str,
    /// The same whenever the same thing is sent again.
    pub id: String,
    pub body: String,
}

/// Writes the job that sends what waits for the customer's address; nothing without one. Where
/// `rested`, a next try that is set already stays as it is.
pub async fn send_soon(
    app: &App,
    tx: &mut Tx,
    (customer, rested): (OrganizationId, bool),
) -> Result<()> {
    let Some((webhook, turn)) = store::take_turn(tx, customer, rested).await? else {
        return Ok(());
    };
    next(app, tx, Deliver { customer, webhook, turn }, None).await
}

async fn next(app: &App, tx: &mut Tx, facts: Deliver, at: Option<DateTime<Utc>>) -> Result<()> {
    let job = NewJob::new(DELIVERY_JOB, &facts)?.for_vendor(tx.vendor()?);
    let job = NewJob { run_at: at, ..job };
    enqueue(tx, &app.ids, job).await
}

/// Sends the oldest checkpoint that did not arrive yet. It may arrive twice, with the same id.
pub async fn deliver_checkpoint(app: &App, job: &Job) -> Result<()> {
    let facts: Deliver = job.read()?;
    let vendor = job.vendor.ok_or_else(|| Error::fault("a customer belongs to a vendor"))?;
    let mut tx = app.db.read(vendor).await?;
    let row = store::webhook(&mut tx, facts.customer).await?;
    let row = row.filter(|row| (row.id(), row.turn) == (facts.webhook, facts.turn));
    let Some(row) = row else { return Ok(()) };
    let waits = store::audit_checkpoint_after(&mut tx, facts.customer, row.sent_seq).await?;
    drop(tx);
    let Some(checkpoint) = waits else { return Ok(()) };
    let seq = checkpoint.checkpoint;
    let body = serde_json::to_string(&Line::Checkpoint(checkpoint))?;
    let parcel = Parcel { event: "checkpoint", id: format!("{}-{seq}", facts.customer), body };
    let sent = send(app, &row, &parcel).await?;
    let mut tx = app.db.write(vendor).await?;
    match sent {
        Ok(()) => arrived(app, &mut tx, facts, seq).await?,
        Err(reason) => failed(app, &mut tx, (facts, &row), reason).await?,
    }
    tx.commit().await
}

async fn arrived(app: &App, tx: &mut Tx, facts: Deliver, seq: i64) -> Result<()> {
    let turn = store::delivered(tx, facts.webhook, seq).await?;
    if turn != Some(facts.turn) {
        return Ok(());
    }
    match store::audit_checkpoint_after(tx, facts.customer, seq).await? {
        Some(_) => send_soon(app, tx, (facts.customer, true)).await,
        None => Ok(()),
    }
}

async fn failed(
    app: &App,
    tx: &mut Tx,
    (facts, row): (Deliver, &WebhookRow),
    reason: String,
) -> Result<()> {
    let whose = (facts.webhook, facts.turn);
    let spans = (pause(row.failures + 1), TOLD_AFTER);
    let Some(after) = store::undelivered(tx, whose, &reason, spans).await? else { return Ok(()) };
    next(app, tx, Deliver { turn: after.turn, ..facts }, Some(after.next_try_at)).await?;
    if !after.tell {
        return Ok(());
    }
    let Deliver { customer, webhook, .. } = facts;
    let (host, since) = (host_of(&row.url), after.failing_since);
    let fact = CheckpointsUndelivered { customer, webhook, host, since, reason };
    event::state(tx, &app.ids, None, &fact).await
}

/// Sends one thing, signed; answers why it did not arrive, in plain words.
///
/// Errors only when it could not even be tried.
pub async fn send(
    app: &App,
    row: &WebhookRow,
    parcel: &Parcel,
) -> Result<std::result::Result<(), String>> {
    let place = place(row.id());
    let secret = seal::open(&key(app), place.as_bytes(), &row.secret_sealed)?;
    let secret = std::str::from_utf8(&secret).map_err(|_| seal::does_not_open())?;
    let at = app.clock.now().timestamp();
    let signed = signature(secret, at, &parcel.body).ok_or_else(seal::does_not_open)?;
    let text = |text: &str| HeaderValue::from_str(text).map_err(Error::fault);
    let headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (SIGNATURE, text(&signed)?),
        (EVENT, HeaderValue::from_static(parcel.event)),
        (DELIVERY, text(&parcel.id)?),
    ]);
    let question = Question {
        method: Method::POST,
        url: Url::parse(&row.url).map_err(Error::fault)?,
        headers,
        body: parcel.body.clone().into_bytes(),
        most: 0,
        within: WITHIN,
    };
    // Only the head counts; whatever the body says is not read.
    Ok(match app.upstreams.client().open(question).await {
        Ok(answer) => judged(answer.status),
        Err(trouble) => Err(troubled(trouble).to_owned()),
    })
}

fn judged(status: StatusCode) -> std::result::Result<(), String> {
    let code = status.as_u16();
    match code {
        200..=299 => Ok(()),
        300..=399 => {
            Err(format!("It answered {code} and points elsewhere, which is not followed."))
        }
        _ => Err(format!("It answered {code}.")),
    }
}

fn troubled(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Forbidden => "Its name leads to an address that is not public: nothing was sent.",
        Trouble::Unreachable => "It could not be reached.",
        Trouble::Late => "It did not answer within ten seconds.",
        Trouble::TooLarge | Trouble::Broken => "The connection broke.",
    }
}

pub(super) fn key(app: &App) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(app.keys.of("webhook secrets"))
}

pub(super) fn place(id: AuditWebhookId) -> String {
    format!("webhook 1\0{id}\0secret\0")
}

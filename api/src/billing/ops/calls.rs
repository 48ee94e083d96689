//! Carrying out what was written down to be asked of Stripe, once, whatever goes wrong.
//!
//! What moves money is looked up at Stripe before it is sent, the first time too: the database may
//! be younger than what it asks for. It is always sent with the same key and the same words. After
//! 23 hours a key may be forgotten there, so a call that is older and not found is not sent any
//! more: a person decides.

use super::look_up::{self, look_up};
use super::{capture, methods, pay, payouts, recover, refund, release};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::engine::calls::{
    Answered, Begun, Follows, ON_ITS_WAY, Outcome, answered, begin, declined, looked, resolved,
};
pub use crate::billing::engine::look_up::call_of;
use crate::billing::engine::{calls as engine, look_up as marks};
use crate::billing::model::{Call, CallState};
use crate::billing::store::{self, NewCall};
use crate::kernel::id::{StripeCallId, TransferId, VendorId};
use crate::outside::payments::{Ask, CallError, Tags};
use crate::platform::db::{Scope, Tx};
use crate::platform::failpoint;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of job that carries a call out.
pub const CALL_JOB: &str = "stripe-call";

#[derive(Serialize, Deserialize)]
pub struct CallJob {
    pub call: StripeCallId,
}

/// Marks for whatever a call makes.
pub fn tags(tx: &Tx, call: StripeCallId, of: &[(&str, String)]) -> Result<Tags> {
    Ok(marks::tags(tx.vendor()?, call, of))
}

/// Writes a call down; with `by_job` a worker carries it out, else the caller does.
pub async fn keep(app: &App, tx: &mut Tx, new: &NewCall, by_job: bool) -> Result<()> {
    let worker = if by_job { CallWorker::AtOnce } else { CallWorker::Never };
    keep_with(app, tx, new, worker).await
}

/// When a worker carries a call out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum CallWorker {
    AtOnce,
    /// A person waits who does; if their process dies, a worker does.
    IfNobodyDoes,
    Never,
}

/// Writes a call down, and who carries it out.
pub async fn keep_with(app: &App, tx: &mut Tx, new: &NewCall, worker: CallWorker) -> Result<()> {
    store::insert_call(tx, new).await?;
    match worker {
        CallWorker::AtOnce => queue(app, tx, new.id, 0, None).await,
        CallWorker::IfNobodyDoes => {
            let at = app.clock.now() + ON_ITS_WAY + Duration::seconds(5);
            queue(app, tx, new.id, 0, Some(at)).await
        }
        CallWorker::Never => Ok(()),
    }
}

/// Job: carries a call out; one that somebody else sent a moment ago is looked at again later.
pub async fn carry_out_queued(app: &App, vendor: VendorId, call: StripeCallId) -> Result<()> {
    match carry_out(app, vendor, vendor, call).await?.state {
        CallState::Sent => Err(Error::Unavailable("The payment processor".to_owned())),
        _ => Ok(()),
    }
}

async fn queue(
    app: &App,
    tx: &mut Tx,
    call: StripeCallId,
    attempts: i32,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    let job = NewJob::new(CALL_JOB, &CallJob { call })?.for_vendor(tx.vendor()?);
    let job = job.once(format!("{CALL_JOB}:{call}:{attempts}"));
    enqueue(tx, &app.ids, NewJob { run_at: at, ..job }).await
}

/// An answer was read and is not stored; and one is stored, and nothing followed.
const ANSWERED: &[&str] = &["crash_point_04", "crash_point_14", "crash_point_16", "crash_point_17"];
const CONCLUDED: &[&str] = &["crash_point_05", "crash_point_06", "crash_point_12"];

/// Carries a call out and writes down what follows. Safe to repeat; a call that has ended is left
/// alone, and so is one that a person waits for and somebody else sent a moment ago. `scope` is
/// whose effect it is when something was made: the vendor's, or a caller's with their idempotency
/// record. A call that made nothing is nobody's effect, so the same request may come again.
pub async fn carry_out(
    app: &App,
    scope: impl Into<Scope>,
    vendor: VendorId,
    id: StripeCallId,
) -> Result<Concluded> {
    failpoint::passed(&["crash_point_11"]);
    let mut tx = app.db.write(vendor).await?;
    let mut call = store::lock_call(&mut tx, id).await?;
    let begun = begin(&mut call, app.clock.now());
    if begun == Begun::LeftAlone {
        return Ok(Concluded::of(call));
    }
    store::set_call(&mut tx, &call, None).await?;
    tx.commit().await?;
    failpoint::passed(&["crash_point_22"]);
    let outcome = match begun {
        Begun::LookFirst => look_up_or_send(app, vendor, &call).await?,
        _ => send(app, &call).await,
    };
    failpoint::passed(ANSWERED);
    let scope = if matches!(outcome, Outcome::Made(_)) { scope.into() } else { vendor.into() };
    let concluded = conclude(app, scope, id, outcome).await?;
    failpoint::passed(CONCLUDED);
    Ok(concluded)
}

/// A person decides on a call that was too old to be sent again, or in whose place something else
/// is: it is looked for once more, and when it is not at Stripe it counts as refused, so that a
/// transfer begins anew under a new key.
///
/// Errors: `not-lost` unless the call waits for a person; `another-there` for a transfer in whose
/// place another one is still.
pub async fn resolve_lost(app: &App, vendor: VendorId, id: StripeCallId) -> Result<Concluded> {
    let mut tx = app.db.write(vendor).await?;
    let call = store::lock_call(&mut tx, id).await?;
    drop(tx);
    if call.state != CallState::NeedsHuman {
        return Err(BillingError::NotLost.into());
    }
    let found = look_up(app, vendor, &call).await?.map_err(|error| not_read("a call", error))?;
    let outcome = resolved(&call, found).map_err(BillingError::AnotherThere)?;
    conclude(app, vendor.into(), id, outcome).await
}

/// The same where nobody is signed in, by the call's key.
///
/// Errors: 404 in every program; the rest as [`resolve_lost`].
pub async fn resolve_at_console(app: &App, key: &str) -> Result<Concluded> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let vendors = store::vendors(&mut tx).await?;
    drop(tx);
    for (vendor, _) in vendors {
        let mut tx = app.db.read(vendor).await?;
        let found = store::call_by_key(&mut tx, key).await?;
        drop(tx);
        if let Some(call) = found {
            return resolve_lost(app, vendor, call).await;
        }
    }
    Err(Common::NotFound("call").into())
}

/// An object at Stripe names the call that made it: whatever was known of the call here, also when
/// an older state of the database was restored, it was made.
pub async fn found(app: &App, vendor: VendorId, id: StripeCallId, object: Value) -> Result<()> {
    conclude(app, vendor.into(), id, Outcome::Made(object)).await.map(drop)
}

/// Where a call stands after an attempt.
pub struct Concluded {
    pub state: CallState,
    /// Why it was refused, or has no answer.
    pub trouble: Option<String>,
}

impl Concluded {
    fn of(call: Call) -> Self {
        Self { state: call.state, trouble: call.trouble }
    }
}

async fn send(app: &App, call: &Call) -> Outcome {
    match answered(call, app.payments.ask(&call.ask, &call.key).await) {
        Answered::Known(outcome) => outcome,
        Answered::Declined(refused) => declined(refused, look_up::own(app, call).await),
    }
}

async fn look_up_or_send(app: &App, vendor: VendorId, call: &Call) -> Result<Outcome> {
    let found = look_up(app, vendor, call).await?;
    match looked(call, found, app.clock.now()) {
        Some(outcome) => Ok(outcome),
        None => Ok(send(app, call).await),
    }
}

/// Whether a call is so old that its key may be forgotten at Stripe.
pub fn is_aged(app: &App, call: &Call) -> bool {
    engine::is_aged(call, app.clock.now())
}

async fn conclude(
    app: &App,
    scope: Scope,
    id: StripeCallId,
    outcome: Outcome,
) -> Result<Concluded> {
    let mut tx = app.db.write(scope).await?;
    let mut call = store::lock_call(&mut tx, id).await?;
    let Some(follows) = engine::conclude(&mut call, outcome, app.clock.now()) else {
        // Another worker, or news from Stripe, was here first.
        return Ok(Concluded::of(call));
    };
    write_down(app, &mut tx, &call, follows).await?;
    tx.commit().await?;
    Ok(Concluded::of(call))
}

async fn write_down(app: &App, tx: &mut Tx, call: &Call, follows: Follows) -> Result<()> {
    let now = app.clock.now();
    let why = call.trouble.as_deref().unwrap_or_default();
    match follows {
        Follows::Made(object) => {
            made(app, tx, call, &object).await?;
            store::set_answered(tx, call, &object, now).await
        }
        Follows::Refused { why, anew } => {
            refused(app, tx, call, &why).await?;
            if anew {
                release::start_again(app, tx, TransferId(call.subject)).await?;
            }
            store::set_call(tx, call, Some(now)).await
        }
        Follows::Again(at) => {
            tracing::warn!(call = %call.id, why, "a call to Stripe has no answer yet");
            store::set_call(tx, call, None).await?;
            queue(app, tx, call.id, call.attempts, Some(at)).await
        }
        Follows::Nothing => {
            tracing::warn!(call = %call.id, why, "a call to Stripe has no answer yet");
            store::set_call(tx, call, None).await
        }
        Follows::Lost => {
            tracing::error!(alarm = true, call = %call.id,
                "ALARM: a call to Stripe is too old to repeat and not found");
            store::set_call(tx, call, None).await
        }
        Follows::Stopped => {
            tracing::error!(alarm = true, call = %call.id, why,
                "ALARM: money is not sent, since Stripe has something else in its place");
            store::set_call(tx, call, None).await
        }
    }
}

async fn made(app: &App, tx: &mut Tx, call: &Call, object: &Value) -> Result<()> {
    match &call.ask {
        Ask::OpenCheckout(_) => pay::opened(app, tx, call, read(object)?).await,
        Ask::CreateAccount(_) => payouts::account_made(app, tx, call, read(object)?).await,
        Ask::CreateTransfer(_) => release::confirmed(app, tx, call, read(object)?).await,
        Ask::CreateRefund(_) => refund::answered(app, tx, call, read(object)?).await,
        Ask::CreateReversal(_) => recover::confirmed(app, tx, call, read(object)?).await,
        Ask::CreateCustomer(_) => methods::customer_made(tx, call, read(object)?).await,
        Ask::OpenSetup(_) => methods::setup_opened(tx, call, read(object)?).await,
        Ask::ChargeSaved(_) => capture::charge_answered(app, tx, call, &read(object)?).await,
        Ask::DetachMethod(_) => Ok(()),
    }
}

async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    match &call.ask {
        Ask::OpenCheckout(_) => pay::refused(app, tx, call, why).await,
        Ask::CreateAccount(_) => Ok(()),
        Ask::CreateTransfer(_) => release::refused(app, tx, call, why).await,
        Ask::CreateRefund(_) => refund::refused(app, tx, call, why).await,
        Ask::CreateReversal(_) => recover::refused(app, tx, call, why).await,
        Ask::OpenSetup(_) => methods::setup_refused(tx, call).await,
        Ask::ChargeSaved(_) => capture::charge_refused(app, tx, call, why).await,
        // It is not kept there either, or there is no such card: here it is gone anyway.
        Ask::CreateCustomer(_) | Ask::DetachMethod(_) => Ok(()),
    }
}

fn read<T: serde::de::DeserializeOwned>(object: &Value) -> Result<T> {
    Ok(serde_json::from_value(object.clone())?)
}

/// A read at Stripe that brought nothing: gone, or not now.
pub fn not_read(what: &str, error: CallError) -> Error {
    match error {
        CallError::Refused { .. } => Error::fault(format!("{what}: {error}")),
        CallError::NotNow(_) | CallError::Unknown(_) => {
            tracing::warn!(what, %error, "Stripe cannot be read");
            Error::Unavailable("The payment processor".to_owned())
        }
    }
}

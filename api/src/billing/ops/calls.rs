//! Carrying out what was written down to be asked of Stripe, once, whatever goes wrong.
//!
//! What moves money is looked up at Stripe before it is sent, the first time too: the database may
//! be younger than what it asks for. It is always sent with the same key and the same words. After
//! 23 hours a key may be forgotten there, so a call that is older and not found is not sent any
//! more: a person decides.

use super::look_up::{self, Found, look_up};
use super::{capture, methods, pay, payouts, recover, refund, release};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{Call, CallState, CallStep};
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

/// How long after it was first sent a call may still be sent again.
const RESEND_WITHIN: Duration = Duration::hours(23);

/// A call sent so short a time ago is on its way still: longer than one may take.
const ON_ITS_WAY: Duration = Duration::seconds(25);

/// The mark by which an object at Stripe names the call that made it.
pub const CALL_TAG: &str = "attache_call";

/// Marks for whatever a call makes.
pub fn tags(tx: &Tx, call: StripeCallId, of: &[(&str, String)]) -> Result<Tags> {
    let mut tags = Tags::from([
        ("attache_vendor".to_owned(), tx.vendor()?.to_string()),
        (CALL_TAG.to_owned(), call.to_string()),
    ]);
    tags.extend(of.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Ok(tags)
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

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// The object, made now or before.
    Made(Value),
    /// A definite no.
    Refused { code: String, message: String },
    /// Not known, or not now: try again later.
    Later(String),
    /// Too old to send, and not there.
    Lost,
    /// Something else is there in its place.
    Stopped(String),
    /// A person says that it is not to be sent any more.
    GivenUp(String),
}

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
    let Some(state) = call.state.after(CallStep::Send) else { return Ok(Concluded::of(call)) };
    if is_on_its_way(app, &call) {
        return Ok(Concluded::of(call));
    }
    let sent_before = call.state != CallState::Queued;
    call.state = state;
    call.attempts += 1;
    call.first_sent_at = call.first_sent_at.or_else(|| Some(app.clock.now()));
    store::set_call(&mut tx, &call, None).await?;
    tx.commit().await?;
    failpoint::passed(&["crash_point_22"]);
    let outcome = if sent_before || call.ask.moves_money() {
        look_up_or_send(app, vendor, &call).await?
    } else {
        send(app, &call).await
    };
    failpoint::passed(ANSWERED);
    let scope = if matches!(outcome, Outcome::Made(_)) { scope.into() } else { vendor.into() };
    let concluded = conclude(app, scope, id, outcome).await?;
    failpoint::passed(CONCLUDED);
    Ok(concluded)
}

/// Whether somebody else waits for the first answer to this call at this moment. Pages and accounts
/// are asked for while a person waits, who asks again; so are charges of kept cards, which a job
/// looks after. The rest is carried out by jobs.
fn is_on_its_way(app: &App, call: &Call) -> bool {
    let fresh = |at| app.clock.now() - at < ON_ITS_WAY;
    call.state == CallState::Sent
        && call.ask.is_waited_for()
        && call.first_sent_at.is_some_and(fresh)
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
    let outcome = match (found, &call.ask) {
        (Found::Made(object), _) => Outcome::Made(object),
        (Found::Nothing, _) => Outcome::GivenUp("It was never found at Stripe.".to_owned()),
        (Found::Differs(why), Ask::CreateTransfer(_)) => {
            return Err(BillingError::AnotherThere(why).into());
        }
        (Found::Differs(why), _) => Outcome::GivenUp(why),
    };
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
    match app.payments.ask(&call.ask, &call.key).await {
        Ok(object) => Outcome::Made(object),
        Err(CallError::Refused { code, message, status }) => {
            let refused = Outcome::Refused { code, message };
            let declined = status == DECLINED && matches!(call.ask, Ask::ChargeSaved(_));
            if declined { read_declined(app, call, refused).await } else { refused }
        }
        Err(error) => Outcome::Later(error.to_string()),
    }
}

/// The status by which a card is declined.
const DECLINED: u16 = 402;

/// A card that is declined leaves an intent behind, which says why.
async fn read_declined(app: &App, call: &Call, refused: Outcome) -> Outcome {
    match look_up::own(app, call).await {
        Ok(Some(object)) => Outcome::Made(object),
        Ok(None) => refused,
        Err(error) => Outcome::Later(format!("declined, and not read: {error}")),
    }
}

async fn look_up_or_send(app: &App, vendor: VendorId, call: &Call) -> Result<Outcome> {
    let found = match look_up(app, vendor, call).await? {
        Ok(found) => found,
        Err(error) => return Ok(Outcome::Later(format!("not looked up: {error}"))),
    };
    Ok(match found {
        Found::Made(object) => Outcome::Made(object),
        Found::Differs(why) => Outcome::Stopped(why),
        Found::Nothing if may_be_sent(app, call) => send(app, call).await,
        Found::Nothing => Outcome::Lost,
    })
}

/// Whether a call is so old that its key may be forgotten at Stripe.
pub fn is_aged(app: &App, call: &Call) -> bool {
    call.first_sent_at.is_some_and(|at| app.clock.now() - at > RESEND_WITHIN)
}

/// Whether its key is remembered at Stripe for as long as it may take, or does not matter.
fn may_be_sent(app: &App, call: &Call) -> bool {
    let sent = call.first_sent_at.unwrap_or_else(|| app.clock.now());
    !call.ask.moves_money() || app.clock.now() - sent < RESEND_WITHIN
}

async fn conclude(
    app: &App,
    scope: Scope,
    id: StripeCallId,
    outcome: Outcome,
) -> Result<Concluded> {
    let mut tx = app.db.write(scope).await?;
    let mut call = store::lock_call(&mut tx, id).await?;
    let step = match &outcome {
        Outcome::Made(_) => CallStep::Answer,
        Outcome::Refused { .. } | Outcome::GivenUp(_) => CallStep::Refuse,
        Outcome::Later(_) => CallStep::Miss,
        Outcome::Lost | Outcome::Stopped(_) => CallStep::GiveUp,
    };
    // Another worker, or news from Stripe, was here first.
    let Some(state) = call.state.after(step) else { return Ok(Concluded::of(call)) };
    call.state = state;
    write_down(app, &mut tx, &mut call, outcome).await?;
    tx.commit().await?;
    Ok(Concluded::of(call))
}

async fn write_down(app: &App, tx: &mut Tx, call: &mut Call, outcome: Outcome) -> Result<()> {
    let now = app.clock.now();
    match outcome {
        Outcome::Made(object) => {
            call.trouble = None;
            made(app, tx, call, &object).await?;
            store::set_answered(tx, call, &object, now).await
        }
        Outcome::Refused { code, message } => {
            let why = if message.is_empty() { code } else { message };
            refused(app, tx, call, &why).await?;
            call.trouble = Some(why);
            store::set_call(tx, call, Some(now)).await
        }
        Outcome::GivenUp(why) => {
            refused(app, tx, call, &why).await?;
            if matches!(call.ask, Ask::CreateTransfer(_)) {
                release::start_again(app, tx, TransferId(call.subject)).await?;
            }
            call.trouble = Some(why);
            store::set_call(tx, call, Some(now)).await
        }
        Outcome::Later(why) => {
            tracing::warn!(call = %call.id, why, "a call to Stripe has no answer yet");
            call.trouble = Some(why);
            store::set_call(tx, call, None).await?;
            let seconds = 2_i64.saturating_pow(call.attempts.clamp(1, 12).unsigned_abs()).min(3600);
            if call.ask.is_tried_again() {
                let at = now + Duration::seconds(seconds);
                queue(app, tx, call.id, call.attempts, Some(at)).await?;
            }
            Ok(())
        }
        Outcome::Lost => {
            tracing::error!(call = %call.id, "a call to Stripe is too old to repeat and not found");
            call.trouble = Some("Sent more than 23 hours ago and not found at Stripe.".to_owned());
            store::set_call(tx, call, None).await
        }
        Outcome::Stopped(why) => {
            tracing::error!(alarm = true, call = %call.id, why,
                "ALARM: money is not sent, since Stripe has something else in its place");
            call.trouble = Some(why);
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

/// The call that an object at Stripe names, if it names one.
pub fn call_of(tags: &Tags) -> Option<StripeCallId> {
    tags.get(CALL_TAG).and_then(|id| StripeCallId::parse(id))
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

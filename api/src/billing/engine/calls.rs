//! What an answer, no answer, or a look at Stripe means for a call, and whether it is sent.
//!
//! What moves money is looked for before it is sent. It is sent with one key and one wording, and
//! after 23 hours, when the key may be forgotten at Stripe, not any more.

use super::look_up::Found;
use super::planted::planted;
use crate::billing::model::{Call, CallState, CallStep};
use crate::outside::payments::{Ask, CallError};
use chrono::{DateTime, Duration, Utc};
use serde_json::Value;

/// How long after it was first sent a call may still be sent again.
pub const RESEND_WITHIN: Duration = Duration::hours(23);

/// A call sent so short a time ago is on its way still: longer than one may take.
pub const ON_ITS_WAY: Duration = Duration::seconds(25);

/// The status by which a card is declined.
const DECLINED: u16 = 402;

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
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

/// How an attempt begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It has ended, or somebody else waits for its answer: there is nothing to do.
    LeftAlone,
    LookFirst,
    Send,
}

/// Begins an attempt; the call is written down as it is then before anything is sent.
pub fn begin(call: &mut Call, now: DateTime<Utc>) -> Begun {
    let Some(state) = call.state.after(CallStep::Send) else { return Begun::LeftAlone };
    if is_on_its_way(call, now) {
        return Begun::LeftAlone;
    }
    let sent_before = call.state != CallState::Queued;
    call.state = state;
    call.attempts += 1;
    call.first_sent_at = call.first_sent_at.or(Some(now));
    if planted!(NewKeyOnResend) && sent_before {
        call.key = format!("{}:{}", call.key, call.attempts);
    }
    if planted!(SentUnlooked) && sent_before {
        return Begun::Send;
    }
    if sent_before || call.ask.moves_money() { Begun::LookFirst } else { Begun::Send }
}

/// Whether somebody else waits for the first answer to this call at this moment. Pages and accounts
/// are asked for while a person waits, who asks again; so are charges of kept cards, which a job
/// looks after. The rest is carried out by jobs.
fn is_on_its_way(call: &Call, now: DateTime<Utc>) -> bool {
    call.state == CallState::Sent
        && call.ask.is_waited_for()
        && call.first_sent_at.is_some_and(|at| now - at < ON_ITS_WAY)
}

/// What a look at Stripe says; `None` when nothing is there and it is to be sent.
pub fn looked(call: &Call, found: Result<Found, CallError>, now: DateTime<Utc>) -> Option<Outcome> {
    match found {
        Err(error) => Some(Outcome::Later(format!("not looked up: {error}"))),
        Ok(Found::Made(object)) => Some(Outcome::Made(object)),
        Ok(Found::Differs(why)) => Some(Outcome::Stopped(why)),
        Ok(Found::Nothing) if may_be_sent(call, now) => None,
        Ok(Found::Nothing) => Some(Outcome::Lost),
    }
}

/// Whether a call is so old that its key may be forgotten at Stripe.
pub fn is_aged(call: &Call, now: DateTime<Utc>) -> bool {
    call.first_sent_at.is_some_and(|at| now - at > RESEND_WITHIN)
}

/// Whether its key is remembered at Stripe for as long as it may take, or does not matter.
fn may_be_sent(call: &Call, now: DateTime<Utc>) -> bool {
    let sent = call.first_sent_at.unwrap_or(now);
    planted!(AgedIsResent) || !call.ask.moves_money() || now - sent < RESEND_WITHIN
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    Known(Outcome),
    /// A card that is declined leaves an intent behind, which says why: it is read first, and
    /// [`declined`] says what came of that.
    Declined(Outcome),
}

pub fn answered(call: &Call, answer: Result<Value, CallError>) -> Answered {
    match answer {
        Ok(object) => Answered::Known(Outcome::Made(object)),
        Err(CallError::Refused { code, message, status }) => {
            let refused = Outcome::Refused { code, message };
            let declined = status == DECLINED && matches!(call.ask, Ask::ChargeSaved(_));
            if declined { Answered::Declined(refused) } else { Answered::Known(refused) }
        }
        Err(CallError::Unknown(message)) if planted!(UnknownIsRefused) => {
            Answered::Known(Outcome::Refused { code: String::new(), message })
        }
        Err(error) => Answered::Known(Outcome::Later(error.to_string())),
    }
}

/// What became of a declined charge, by what it left behind.
pub fn declined(refused: Outcome, left: Result<Option<Value>, CallError>) -> Outcome {
    match left {
        Ok(Some(object)) => Outcome::Made(object),
        Ok(None) => refused,
        Err(error) => Outcome::Later(format!("declined, and not read: {error}")),
    }
}

/// What a person's decision on a lost call comes to, by what is at Stripe; the words of what stands
/// in the way of it when it cannot be decided so.
pub fn resolved(call: &Call, found: Found) -> Result<Outcome, String> {
    match (found, &call.ask) {
        (Found::Made(object), _) => Ok(Outcome::Made(object)),
        (Found::Nothing, _) => Ok(Outcome::GivenUp("It was never found at Stripe.".to_owned())),
        (Found::Differs(why), Ask::CreateTransfer(_)) => Err(why),
        (Found::Differs(why), _) => Ok(Outcome::GivenUp(why)),
    }
}

/// What an outcome has written, beside the call itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Follows {
    /// What comes of the object.
    Made(Value),
    /// What comes of the refusal; a transfer that a person gave up begins anew.
    Refused { why: String, anew: bool },
    /// Another attempt at this time, by a job.
    Again(DateTime<Utc>),
    /// A person decides, since it is too old to be sent again.
    Lost,
    /// A person decides, since something else is there in its place.
    Stopped,
    /// Whoever waits for it asks again.
    Nothing,
}

/// Concludes an attempt; `None` when another worker, or news, was here first.
pub fn conclude(call: &mut Call, outcome: Outcome, now: DateTime<Utc>) -> Option<Follows> {
    let step = match &outcome {
        Outcome::Made(_) => CallStep::Answer,
        Outcome::Refused { .. } | Outcome::GivenUp(_) => CallStep::Refuse,
        Outcome::Later(_) => CallStep::Miss,
        Outcome::Lost | Outcome::Stopped(_) => CallStep::GiveUp,
    };
    call.state = call.state.after(step)?;
    let (follows, trouble) = match outcome {
        Outcome::Made(object) => (Follows::Made(object), None),
        Outcome::Refused { code, message } => {
            let why = if message.is_empty() { code } else { message };
            (Follows::Refused { why: why.clone(), anew: false }, Some(why))
        }
        Outcome::GivenUp(why) => {
            let anew = matches!(call.ask, Ask::CreateTransfer(_));
            (Follows::Refused { why: why.clone(), anew }, Some(why))
        }
        Outcome::Later(why) => (again(call, now), Some(why)),
        Outcome::Lost => {
            let why = "Sent more than 23 hours ago and not found at Stripe.";
            (Follows::Lost, Some(why.to_owned()))
        }
        Outcome::Stopped(why) => (Follows::Stopped, Some(why)),
    };
    call.trouble = trouble;
    Some(follows)
}

fn again(call: &Call, now: DateTime<Utc>) -> Follows {
    let seconds = 2_i64.saturating_pow(call.attempts.clamp(1, 12).unsigned_abs()).min(3600);
    match call.ask.is_tried_again() {
        true => Follows::Again(now + Duration::seconds(seconds)),
        false => Follows::Nothing,
    }
}

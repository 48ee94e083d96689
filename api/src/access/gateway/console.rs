//! A call that the person of a letter puts together on our page.
//!
//! It is written as a program would send it, byte for byte, and goes through the very same gateway:
//! the same decision, the same budget and the same yes of the customer, the same line in the log,
//! which says that no key was used.

use super::entrance::Entrance;
use super::headers::{FORM, JSON};
use super::visit::{Head, carry_out, enter_by};
use super::{Refusal, Reply};
use crate::access::model::{Grant, Outcome};
use crate::access::ops;
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::id::{AccessEntryId, GrantId, WriteApprovalId};
use crate::platform::caller::Caller;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::{Common, Result};
use crate::upstreams::Risk;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use std::time::Instant;

pub struct TryCall;

impl Command for TryCall {
    const DEED: Deed = Deed::UseAccess;
}

/// An operation of the catalogue with what was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    pub operation: String,
    pub params: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    /// As it is sent; the gateway reads it, and refuses what two readers could read in two ways.
    pub body: Option<String>,
}

/// A call as it goes to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub title: String,
    pub risk: Risk,
    pub method: Method,
    /// Below the letter's address; begins with a slash.
    pub path: String,
    pub query: Option<String>,
    /// What the body is called, when there is one.
    pub kind: Option<&'static str>,
    pub body: Option<String>,
}

/// Why a call cannot even be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// The application has no such operation.
    Operation,
    /// This parameter of the path is missing, or cannot stand in an address.
    Param(String),
}

/// What came of it.
#[derive(Debug)]
pub struct TrialResult {
    pub told: Told,
    pub took_ms: u64,
    /// Its line in the log; every call that gets this far has one.
    pub entry: Option<AccessEntryId>,
}

#[derive(Debug)]
pub enum Told {
    /// The application's answer, as a program would get it.
    Answer { status: u16, headers: HeaderMap, body: Vec<u8> },
    /// The gateway's own.
    Refused {
        code: &'static str,
        status: u16,
        detail: String,
        outcome: Outcome,
        approval: Option<WriteApprovalId>,
    },
}

/// Writes the call; whether the letter permits it is for the gateway to say.
pub fn write_call(app: &App, grant: &Grant, trial: &Trial) -> std::result::Result<Written, Unfit> {
    let upstream = app.upstreams.get(&grant.upstream).ok_or(Unfit::Operation)?;
    let operation = upstream.operation(&trial.operation).ok_or(Unfit::Operation)?;
    let path = operation.path.build(&trial.params).ok_or_else(|| {
        let stands = |name: &&str| {
            let filled = |(known, value): &(String, String)| known == name && !value.is_empty();
            trial.params.iter().any(filled)
        };
        let names: Vec<&str> = operation.path.params().collect();
        let missing = names.iter().find(|name| !stands(name)).or(names.first());
        Unfit::Param(missing.copied().unwrap_or_default().to_owned())
    })?;
    let query = (!trial.query.is_empty()).then(|| {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&trial.query).finish()
    });
    let body = trial.body.clone().filter(|body| !body.is_empty());
    let kind = if operation.form { FORM } else { JSON };
    Ok(Written {
        title: operation.title.clone(),
        risk: operation.risk,
        method: operation.method.clone(),
        path,
        query,
        kind: body.as_ref().map(|_| kind),
        body,
    })
}

/// Sends it in the name of the signed-in person, for whom the letter has to be.
///
/// Errors: 403 for everybody but the person whom the letter names. What the gateway says is no
/// error but the result.
pub async fn try_call(
    app: &App,
    caller: &Caller,
    grant: GrantId,
    (call, request_id): (&Written, &str),
) -> Result<TrialResult> {
    let _: Allowed<TryCall> = identity::allow(caller)?;
    let started = Instant::now();
    let head = head(grant, call, request_id);
    let entrance = Entrance::InPerson { grant, caller: caller.clone() };
    let visit = match enter_by(app, head, |_| Some(entrance)).await {
        Ok(visit) => visit,
        Err(Refusal::UnknownKey) => {
            let only = "Only the person whom a letter of access names tries its calls.";
            return Err(Common::NotPermitted(only.to_owned()).into());
        }
        Err(refusal) => return Ok(result(Told::from(refusal), started, None)),
    };
    let body = call.body.clone().unwrap_or_default().into_bytes();
    let told = match carry_out(app, visit, Ok(body)).await {
        Ok(reply) => Told::from(reply),
        Err(refusal) => Told::from(refusal),
    };
    // The call is done by now, whatever becomes of looking for its line.
    let lines = ops::list_log(app, caller, Some(grant), PageWanted::first(20)).await;
    let lines = lines.inspect_err(|error| tracing::warn!(%error, "a call's line was not found"));
    let entry = lines.unwrap_or_default().into_iter().find(|line| line.request_id == request_id);
    Ok(result(told, started, entry.map(|line| line.id)))
}

fn result(told: Told, started: Instant, entry: Option<AccessEntryId>) -> TrialResult {
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    TrialResult { told, took_ms, entry }
}

/// The head of the request that a program would have sent, less its key.
fn head(grant: GrantId, call: &Written, request_id: &str) -> Head {
    let mut headers = HeaderMap::new();
    if let Some(kind) = call.kind {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    Head {
        grant: grant.to_string(),
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.query.clone(),
        headers,
        astray: None,
        request_id: request_id.to_owned(),
        // A person at our page is known by their session.
        peer: None,
    }
}

impl From<Reply> for Told {
    fn from(reply: Reply) -> Self {
        // Only a key gets a file in pieces, so here the answer is always whole.
        let body = reply.body.whole().to_vec();
        Self::Answer { status: reply.status.as_u16(), headers: reply.headers, body }
    }
}

impl From<Refusal> for Told {
    fn from(refusal: Refusal) -> Self {
        let approval = match refusal {
            Refusal::ApprovalWanted(id) => Some(id),
            _ => None,
        };
        Self::Refused {
            code: refusal.code(),
            status: refusal.status(),
            detail: refusal.to_string(),
            outcome: refusal.outcome(),
            approval,
        }
    }
}

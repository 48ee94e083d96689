//! What the gateway tells of itself to a key of the letter: `/openapi.json`, what the letter
//! allows, for a program to be made from; `/approvals/{approval}`, how an asked call stands.
//!
//! Nothing of the account is touched, so it leaves no line in the log. An application that has one
//! of these very paths keeps it.

use super::answer::{Payload, Reply};
use super::refusal::Refusal;
use super::visit::{Visit, ours};
use crate::access::model::Terms;
use crate::access::ops::{self, description, gateway_of};
use crate::app::App;
use crate::kernel::id::{GrantId, WriteApprovalId};
use crate::upstreams::Upstream;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

const PATH: &str = "/openapi.json";
const APPROVALS: &str = "/approvals/";

/// The description, when that is what was asked for by a key of the letter; `None` leaves the
/// request to the gateway, which carries it out or refuses it.
///
/// Errors: `letter-too-fast`.
pub fn describe(app: &App, visit: &Visit) -> Result<Option<Reply>, Refusal> {
    let asked = asked_of_us(app, visit).filter(|_| visit.head.path == PATH);
    let terms = Terms::read(&visit.passage.terms).ok();
    let Some((upstream, terms)) = asked.zip(terms) else { return Ok(None) };
    keep_pace(app, visit, &upstream)?;
    let (grant, given) = (visit.passage.whose.grant, Some(visit.passage.scopes.as_slice()));
    let described = description(&terms, (&upstream, given), &gateway_of(app, grant));
    Ok(Some(told(&described).answering(&visit.head.method)))
}

/// How a call stands, when that is what was asked for.
///
/// Errors: `nothing-asked` for an approval of another letter or none, `letter-too-fast`,
/// `unavailable`.
pub async fn tell_approval(app: &App, visit: &Visit) -> Result<Option<Reply>, Refusal> {
    let Some(id) = visit.head.path.strip_prefix(APPROVALS) else { return Ok(None) };
    let Some(upstream) = asked_of_us(app, visit) else { return Ok(None) };
    keep_pace(app, visit, &upstream)?;
    let grant = visit.passage.whose.grant;
    let id = WriteApprovalId::parse(id).ok_or(Refusal::OtherApproval)?;
    let found = ops::asked(app, visit.vendor, grant, (Some(id), &[0; 32])).await;
    let found = found.map_err(|e| ours(&e))?.ok_or(Refusal::NothingAsked)?;
    let hash = hex::encode(&found.request_hash);
    let said = json!({ "approval": id, "state": found.state, "request_hash": hash });
    Ok(Some(told(&said).answering(&visit.head.method)))
}

/// These count as calls of the letter, so that nobody reads here without end.
fn keep_pace(app: &App, visit: &Visit, upstream: &Upstream) -> Result<(), Refusal> {
    let taken = app.upstreams.paces().letter(visit.passage.whose.grant, upstream.rates.pace);
    taken.map_err(|left| Refusal::LetterTooFast(left.as_secs() + 1))
}

/// The application of the letter, when a plain GET or HEAD of one of its keys asks for a path that
/// the application does not have itself.
fn asked_of_us(app: &App, visit: &Visit) -> Option<Arc<Upstream>> {
    let head = &visit.head;
    let reads = [Method::GET, Method::HEAD].contains(&head.method);
    let plain = reads && head.query.is_none() && head.astray.is_none();
    let own = GrantId::parse(&head.grant) == Some(visit.passage.whose.grant);
    if !plain || !own || visit.doubt.is_some() || !visit.passage.standing.is_open() {
        return None;
    }
    let upstream = app.upstreams.get(&visit.passage.upstream)?;
    let segments: Vec<String> = head.path.split('/').skip(1).map(str::to_owned).collect();
    upstream.find(&Method::GET, &segments).is_none().then(|| Arc::clone(upstream))
}

fn told(value: &Value) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Reply { status: StatusCode::OK, headers, body: Payload::Whole(value.to_string().into_bytes()) }
}

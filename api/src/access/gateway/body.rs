//! The body of a call: how long it may be, and what it says.

use super::refusal::Refusal;
use super::visit::Visit;
use super::{form, headers, strict_json, target};
use crate::access::model::Terms;
use crate::app::App;
use crate::upstreams::{Operation, USUAL_BODY};
use serde_json::Value;

/// The most bytes of a body that may mean anything here: what the letter permits of the operations
/// at this address and method, and the usual of what it does not have.
pub fn most_body(app: &App, visit: &Visit) -> usize {
    let Some(upstream) = app.upstreams.get(&visit.passage.upstream) else { return USUAL_BODY };
    let Ok(segments) = target::read_path(&visit.head.path) else { return USUAL_BODY };
    let Some((found, _)) = upstream.find(&visit.head.method, &segments) else { return USUAL_BODY };
    let terms = Terms::known(&visit.passage.terms).ok();
    let most = |operation: &Operation| {
        let pinned = terms.as_ref().and_then(|terms| terms.operations.get(&operation.id));
        pinned.map_or(operation.most_body.min(USUAL_BODY), |pinned| pinned.most_body(operation))
    };
    let here = upstream.operations.iter().filter(|other| other.same_address(found));
    here.map(most).max().unwrap_or(USUAL_BODY)
}

/// What it says; the caller's own text is at fault where nobody could be sure.
pub fn read(
    visit: &Visit,
    operation: &Operation,
    bytes: Vec<u8>,
) -> Result<Option<Value>, Refusal> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (kind, read, unreadable): Reading = if operation.form {
        (headers::FORM, form::read, "The body is no form that everybody reads alike.")
    } else {
        let what = "The body is no JSON that everybody reads alike: one value, no name twice.";
        (headers::JSON, strict_json::read, what)
    };
    headers::check_body(&visit.head.headers, kind)?;
    read(&bytes).map(Some).map_err(|()| Refusal::Malformed(unreadable))
}

type Reading = (&'static str, fn(&[u8]) -> Result<Value, ()>, &'static str);

/// An object without a field says nothing.
pub fn is_nothing(body: &Value) -> bool {
    body.as_object().is_some_and(serde_json::Map::is_empty)
}

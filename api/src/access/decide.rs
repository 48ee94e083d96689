//! Whether the terms of a grant permit a call: pure, total, and no unless everything says yes.

use super::model::{Pinned, Terms};
use crate::upstreams::Operation;
use serde_json::Value;
use std::collections::BTreeSet;

/// A call, matched with the catalogue and read.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The application of the grant's connection.
    pub upstream: &'a str,
    pub operation: &'a Operation,
    /// Path parameters; a parameter's name is the kind of thing it names.
    pub params: &'a [(String, String)],
    pub query: &'a [(String, String)],
    pub body: Option<&'a Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Allow,
    Deny(Reason),
}

/// Why a call is not permitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("the letter of access is for another application")]
    OtherUpstream,
    #[error("the letter of access does not include it")]
    NotGranted,
    #[error("the application's description changed since it was granted: ask for it again")]
    Changed,
    #[error("it does not take the query parameter {0}")]
    Query(String),
    #[error("it does not take the field {0}")]
    Field(String),
    #[error("its body must be a JSON object of the permitted fields")]
    Body,
    #[error("the letter of access names the {0} it is for, and this is not one of them")]
    Limited(String),
}

/// Decides. Every part of the call has to be permitted by the terms and known to the catalogue;
/// what neither names is refused.
pub fn decide(terms: &Terms, call: &Call) -> Decision {
    match refusal(terms, call) {
        None => Decision::Allow,
        Some(reason) => Decision::Deny(reason),
    }
}

fn refusal(terms: &Terms, call: &Call) -> Option<Reason> {
    if terms.upstream != call.upstream {
        return Some(Reason::OtherUpstream);
    }
    let Some(pinned) = terms.operations.get(&call.operation.id) else {
        return Some(Reason::NotGranted);
    };
    if !is_unchanged(pinned, call.operation) {
        return Some(Reason::Changed);
    }
    query(pinned, call)
        .or_else(|| fields(pinned, call))
        .or_else(|| terms.limits.only.iter().find_map(|(kind, ids)| limit(kind, ids, call)))
}

fn is_unchanged(pinned: &Pinned, operation: &Operation) -> bool {
    pinned.action == operation.action
        && pinned.risk == operation.risk
        && pinned.method == operation.method.as_str()
        && pinned.path == operation.path.as_str()
}

fn query(pinned: &Pinned, call: &Call) -> Option<Reason> {
    let mut seen = BTreeSet::new();
    let known = |name: &String| pinned.query.contains(name) && call.operation.query.contains(name);
    let unknown = call.query.iter().map(|(name, _)| name).find(|n| !known(n) || !seen.insert(*n));
    unknown.map(|name| Reason::Query(name.clone()))
}

fn fields(pinned: &Pinned, call: &Call) -> Option<Reason> {
    let body = call.body?;
    let Some(object) = body.as_object() else { return Some(Reason::Body) };
    if call.operation.fields.is_empty() {
        return Some(Reason::Body);
    }
    let known =
        |name: &String| pinned.fields.contains(name) && call.operation.fields.contains(name);
    object.keys().find(|name| !known(name)).map(|name| Reason::Field(name.clone()))
}

/// A limit names the things of one kind that may be touched. Every value of that kind has to be
/// among them, and an operation about such things has to name one.
fn limit(kind: &str, ids: &BTreeSet<String>, call: &Call) -> Option<Reason> {
    let limited = || Some(Reason::Limited(kind.to_owned()));
    let Some(named) = named(kind, call) else { return limited() };
    if named.iter().any(|id| !ids.contains(*id)) {
        return limited();
    }
    let is_about = call.operation.about.as_deref() == Some(kind);
    let in_path = call.params.iter().any(|(name, _)| name == kind);
    if is_about && !in_path { limited() } else { None }
}

/// Every value of the call that names a thing of this kind; `None` when one is no text.
fn named<'a>(kind: &str, call: &Call<'a>) -> Option<Vec<&'a str>> {
    let is_of_kind = |name: &str| call.operation.names.get(name).is_some_and(|k| k == kind);
    let mut named: Vec<&str> = Vec::new();
    named.extend(call.params.iter().filter(|(name, _)| name == kind).map(|(_, v)| v.as_str()));
    named.extend(call.query.iter().filter(|(n, _)| is_of_kind(n)).map(|(_, v)| v.as_str()));
    let object = call.body.and_then(Value::as_object);
    for (_, value) in object.into_iter().flatten().filter(|(name, _)| is_of_kind(name)) {
        match value {
            Value::String(id) => named.push(id),
            Value::Array(ids) => {
                for id in ids {
                    named.push(id.as_str()?);
                }
            }
            _ => return None,
        }
    }
    Some(named)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;

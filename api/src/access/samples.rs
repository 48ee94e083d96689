//! The built-in application and terms over it, for the tests of the pure parts.

use super::belonging::Belonging;
use super::decide::{Call, Decision, decide};
use super::model::{Limits, Terms, Without};
use crate::upstreams::{Reach, Upstream, Values, load, placeholders};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn larkfield() -> Arc<Upstream> {
    static ONCE: std::sync::OnceLock<Arc<Upstream>> = std::sync::OnceLock::new();
    Arc::clone(ONCE.get_or_init(read_larkfield))
}

/// All that are shipped.
pub(super) fn every() -> Vec<Arc<Upstream>> {
    let value = |name: String| {
        let address = name.ends_with("_URL");
        let said = if name.ends_with("_OFFERED") { "yes" } else { "something" };
        let said = if address { "http://127.0.0.1:4100" } else { said };
        (name, said.to_owned())
    };
    let values: Values = placeholders(None).unwrap().into_iter().map(value).collect();
    let known = load(None, &values, Reach { loopback: true }).unwrap();
    known.iter().map(Arc::clone).collect()
}

fn read_larkfield() -> Arc<Upstream> {
    let pairs = [
        ("SANDBOX_MARKETING_URL", "http://127.0.0.1:4100"),
        ("SANDBOX_MARKETING_CLIENT_ID", "attache"),
        ("SANDBOX_MARKETING_CLIENT_SECRET", "secret"),
    ];
    let values: Values = pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let upstreams = load(None, &values, Reach { loopback: true }).unwrap();
    Arc::clone(upstreams.get("larkfield").unwrap())
}

pub(super) fn terms(upstream: &Upstream, preset: &str) -> Terms {
    let preset = upstream.preset(preset).unwrap();
    Terms::of(upstream, preset, &Without::default(), None, Limits::default())
}

/// What the terms say to a call that changes a thing which belongs to what bears this name.
pub(super) fn decide_about(terms: &Terms, call: &Call, id: &str) -> Decision {
    let mut thing = Value::Null;
    for field in call.operation.belongs.values() {
        *field.iter().fold(&mut thing, |at, part| &mut at[part]) = json!(id);
    }
    let belonging = Belonging::of(terms, call.operation).refused(Some(&thing));
    match (decide(terms, call), belonging) {
        (Decision::Deny(reason), _) | (_, Some(reason)) => Decision::Deny(reason),
        (decision, None) => decision,
    }
}

/// A call that an operation takes, with a value for each parameter, no query, and one field.
pub(super) struct Sample {
    pub params: Vec<(String, String)>,
    pub body: Option<Value>,
}

impl Sample {
    pub fn of(operation: &crate::upstreams::Operation) -> Self {
        let value = |name: &str| (name.to_owned(), format!("{name}_000001"));
        let field = operation.fields.iter().next();
        let is_list = |name: &str| name.ends_with("_ids");
        Self {
            params: operation.path.params().map(value).collect(),
            body: field.map(|name| {
                let value = if is_list(name) { json!(["x"]) } else { json!("x") };
                json!({ name: value })
            }),
        }
    }

    pub fn call<'a>(
        &'a self,
        upstream: &'a str,
        operation: &'a crate::upstreams::Operation,
    ) -> Call<'a> {
        let body = self.body.as_ref();
        Call { upstream, operation, params: &self.params, query: &[], body }
    }
}

/// The operation that a request of method and path means.
pub(super) fn find<'a>(
    upstream: &'a Upstream,
    method: &Method,
    path: &str,
) -> Option<&'a crate::upstreams::Operation> {
    let segments: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
    upstream.find(method, &segments).map(|(operation, _)| operation)
}

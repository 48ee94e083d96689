//! What the description says about each path: methods and query parameters, for refusals.

use poem::http::Method;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Methods and query names by path template, read from the OpenAPI document itself.
pub struct RouteTable {
    routes: Vec<Route>,
    schemas: BTreeMap<String, Value>,
}

struct Route {
    segments: Vec<Option<String>>,
    methods: BTreeMap<String, Operation>,
}

struct Operation {
    query: BTreeSet<String>,
    /// Schema of a JSON body.
    body: Option<Value>,
    /// Whether it takes a credential.
    guarded: bool,
}

impl RouteTable {
    /// `document` is the OpenAPI description; paths are taken as they stand in it.
    pub fn from_description(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let routes = paths.into_iter().flatten().map(|(path, item)| Route::read(path, item));
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let named = schemas.into_iter().flatten();
        let named = named.map(|(name, s)| (format!("#/components/schemas/{name}"), s.clone()));
        Self { routes: routes.collect(), schemas: named.collect() }
    }

    /// The same with a path that the description leaves out, for the methods it allows.
    pub fn and(mut self, method: &Method, path: &str) -> Self {
        let item = serde_json::json!({ (method.as_str()): { "operationId": path } });
        self.routes.push(Route::read(path, &item));
        self
    }

    /// Methods that the path knows; empty when no template fits.
    pub fn allowed(&self, path: &str) -> BTreeSet<&str> {
        self.serving(path).into_iter().flat_map(|r| r.methods.keys().map(String::as_str)).collect()
    }

    /// Query names that the operation knows; `None` when there is no such operation.
    pub fn query_names(&self, method: &Method, path: &str) -> Option<&BTreeSet<String>> {
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        self.serving(path).and_then(|r| r.methods.get(method)).map(|operation| &operation.query)
    }

    /// Schema of the operation's JSON body, if it takes one.
    pub fn body(&self, method: &Method, path: &str) -> Option<&Value> {
        self.serving(path)?.methods.get(method.as_str())?.body.as_ref()
    }

    /// Whether only somebody signed in may ask for the operation.
    pub fn is_guarded(&self, method: &Method, path: &str) -> bool {
        let route = self.serving(path).and_then(|r| r.methods.get(method.as_str()));
        route.is_some_and(|operation| operation.guarded)
    }

    /// A schema by its reference, as in `#/components/schemas/Money`.
    pub fn schema(&self, reference: &str) -> Option<&Value> {
        self.schemas.get(reference)
    }

    /// Where several templates fit, the router takes the one with fewer holes.
    fn serving(&self, path: &str) -> Option<&Route> {
        let wanted: Vec<&str> = path.trim_matches('/').split('/').collect();
        let fitting = self.routes.iter().filter(|route| route.fits(&wanted));
        fitting.min_by_key(|route| route.segments.iter().filter(|s| s.is_none()).count())
    }
}

impl Route {
    fn read(path: &str, item: &Value) -> Self {
        let segments = path
            .trim_matches('/')
            .split('/')
            .map(|s| (!s.starts_with('{')).then(|| s.to_owned()))
            .collect();
        let methods = item
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, operation)| operation.get("operationId").is_some())
            .map(|(method, operation)| (method.to_ascii_uppercase(), Operation::read(operation)))
            .collect();
        Self { segments, methods }
    }

    fn fits(&self, wanted: &[&str]) -> bool {
        self.segments.len() == wanted.len()
            && self
                .segments
                .iter()
                .zip(wanted)
                .all(|(have, want)| have.as_ref().is_none_or(|h| h == want))
    }
}

impl Operation {
    fn read(operation: &Value) -> Self {
        let body = operation.get("requestBody").and_then(|b| b.get("content"));
        let body = body.and_then(|c| c.as_object()).and_then(|content| {
            let json = content.iter().find(|(kind, _)| kind.starts_with("application/json"));
            json.and_then(|(_, facts)| facts.get("schema").cloned())
        });
        // An empty list says that nobody needs to be known.
        let security = operation.get("security").and_then(Value::as_array);
        let guarded = security.is_some_and(|schemes| !schemes.is_empty());
        Self { query: query_names(operation), body, guarded }
    }
}

fn query_names(operation: &Value) -> BTreeSet<String> {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters
        .into_iter()
        .flatten()
        .filter(|p| p.get("in").and_then(Value::as_str) == Some("query"))
        .filter_map(|p| p.get("name").and_then(Value::as_str).map(str::to_owned))
        .collect()
}

//! A number is no text: the framework would take `7` or `true` for a string, the description does
//! not, so such bodies are refused before they are read.

use super::Problem;
use super::problem::ProblemField;
use super::route_table::RouteTable;
use poem::http::StatusCode;
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use serde_json::Value;
use std::sync::Arc;

/// Checks the strings of JSON bodies against the description of their operation.
pub struct StrictBody(pub Arc<RouteTable>);

pub struct StrictBodied<E>(E, Arc<RouteTable>);

impl<E: Endpoint> Middleware<E> for StrictBody {
    type Output = StrictBodied<E>;

    fn transform(&self, inner: E) -> Self::Output {
        StrictBodied(inner, Arc::clone(&self.0))
    }
}

impl<E: Endpoint> Endpoint for StrictBodied<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let path = request.original_uri().path();
        let Some(schema) = self.1.body(request.method(), path).cloned() else {
            return Ok(self.0.call(request).await?.into_response());
        };
        let bytes = request.take_body().into_bytes().await?;
        let mut faults = Vec::new();
        if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
            let walk = Walk { routes: &self.1, depth: 0 };
            walk.look(&schema, &value, "", &mut faults);
        }
        if !faults.is_empty() {
            let detail = "The body has a part that cannot be read.";
            let mut problem = Problem::new(StatusCode::BAD_REQUEST, "unreadable-body", detail);
            problem.errors = faults;
            return Ok(problem.into_response());
        }
        request.set_body(Body::from_bytes(bytes));
        Ok(self.0.call(request).await?.into_response())
    }
}

struct Walk<'a> {
    routes: &'a RouteTable,
    depth: u8,
}

/// Deeper than any body of ours; a description that refers to itself ends here.
const DEEPEST: u8 = 24;

impl Walk<'_> {
    fn look(&self, schema: &Value, value: &Value, field: &str, faults: &mut Vec<ProblemField>) {
        if self.depth > DEEPEST {
            return;
        }
        let deeper = Walk { routes: self.routes, depth: self.depth + 1 };
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            if let Some(target) = self.routes.schema(name) {
                deeper.look(target, value, field, faults);
            }
            return;
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            deeper.look(part, value, field, faults);
        }
        let text = schema.get("type").and_then(Value::as_str) == Some("string");
        if text && (value.is_number() || value.is_boolean()) {
            let message = "Send text in quotation marks".to_owned();
            faults.push(ProblemField { field: field.to_owned(), message });
        }
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    let Some(part) = schema.get("properties").and_then(|p| p.get(name)) else {
                        continue;
                    };
                    let dot = if field.is_empty() { "" } else { "." };
                    deeper.look(part, value, &format!("{field}{dot}{name}"), faults);
                }
            }
            Value::Array(list) => {
                let Some(part) = schema.get("items") else { return };
                for (place, value) in list.iter().enumerate() {
                    deeper.look(part, value, &format!("{field}[{place}]"), faults);
                }
            }
            _ => {}
        }
    }
}

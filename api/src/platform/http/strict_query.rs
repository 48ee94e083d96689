//! Unknown and repeated query parameters are refused: a misspelt filter must not answer everything.

use super::Problem;
use super::problem::ProblemField;
use super::route_table::RouteTable;
use poem::http::StatusCode;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Checks the query of every request against the description of its operation.
pub struct StrictQuery(pub Arc<RouteTable>);

pub struct StrictQueried<E>(E, Arc<RouteTable>);

impl<E: Endpoint> Middleware<E> for StrictQuery {
    type Output = StrictQueried<E>;

    fn transform(&self, inner: E) -> Self::Output {
        StrictQueried(inner, Arc::clone(&self.0))
    }
}

impl<E: Endpoint> Endpoint for StrictQueried<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let path = request.original_uri().path();
        if let Some(names) = self.1.query_names(request.method(), path) {
            let query = request.original_uri().query().unwrap_or_default();
            let faults = faults(query, names);
            if !faults.is_empty() {
                let detail = "The query has parameters that this operation does not take.";
                let mut problem = Problem::new(StatusCode::BAD_REQUEST, "bad-query", detail);
                problem.errors = faults;
                return Ok(problem.into_response());
            }
        }
        Ok(self.0.call(request).await?.into_response())
    }
}

fn faults(query: &str, names: &BTreeSet<String>) -> Vec<ProblemField> {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
        let name = name.into_owned();
        if !names.contains(&name) {
            let known = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            let message = if known.is_empty() {
                "This operation takes no query parameters".to_owned()
            } else {
                format!("Unknown; this operation takes {known}")
            };
            faults.push(ProblemField { field: name, message });
        } else if !seen.insert(name.clone()) {
            faults.push(ProblemField { field: name, message: "Send it once".to_owned() });
        }
    }
    faults
}

//! JSON bodies are held to the description before they are read, so that a refusal names each
//! field at fault in the caller's words and all of them at once.

use super::Problem;
use super::body_faults::body_faults;
use super::credential::Credential;
use super::route_table::RouteTable;
use poem::http::StatusCode;
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use std::sync::Arc;

/// Checks JSON bodies against the description of their operation.
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
        // Who is nobody is told that first.
        let nobody =
            Credential::of(&request).is_none() && self.1.is_guarded(request.method(), path);
        let schema = self.1.body(request.method(), path).filter(|_| !nobody);
        let Some(schema) = schema.cloned() else {
            return Ok(self.0.call(request).await?.into_response());
        };
        let bytes = request.take_body().into_bytes().await?;
        let body = serde_json::from_slice(&bytes);
        let faults = body.map(|body| body_faults(&self.1, &schema, &body)).unwrap_or_default();
        if !faults.is_empty() {
            let detail = "The body is not as described; errors names each field.";
            let mut problem = Problem::new(StatusCode::BAD_REQUEST, "unreadable-body", detail);
            problem.errors = faults;
            return Ok(problem.into_response());
        }
        request.set_body(Body::from_bytes(bytes));
        Ok(self.0.call(request).await?.into_response())
    }
}

//! The last stop of every request to the API: whatever was raised becomes a problem, once.

use super::Problem;
use super::problem::ProblemField;
use super::route_table::RouteTable;
use crate::platform::clock::Ids;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use poem_openapi::error::{
    ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError,
    ParseRequestPayloadError,
};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tracing::Instrument;
use uuid::Uuid;

pub const REQUEST_ID: &str = "x-request-id";

/// The id of the request at hand, in the request's extensions and in every answer.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives a request its id and its log line, catches panics, turns every error into a problem.
#[derive(Clone)]
pub struct Edge {
    pub ids: Ids,
    pub routes: Arc<RouteTable>,
}

pub struct Edged<E> {
    inner: E,
    edge: Edge,
}

impl<E: Endpoint> Middleware<E> for Edge {
    type Output = Edged<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Edged { inner, edge: self.clone() }
    }
}

impl<E: Endpoint> Endpoint for Edged<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = self.edge.ids.next::<Uuid>().simple().to_string();
        request.extensions_mut().insert(RequestId(id.clone()));
        let method = request.method().clone();
        let path = request.original_uri().path().to_owned();
        let span = tracing::info_span!("request", id, %method, path);
        let mut response = self.answer(request, &method, &path).instrument(span.clone()).await;
        if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
            response = with_request_id(response, &id);
        }
        if let Ok(value) = HeaderValue::try_from(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let status = response.status().as_u16().to_string();
        metrics::counter!("http_responses_total", "status" => status).increment(1);
        span.in_scope(|| tracing::debug!(status = response.status().as_u16(), "answered"));
        Ok(response)
    }
}

impl<E: Endpoint> Edged<E> {
    async fn answer(&self, request: Request, method: &Method, path: &str) -> Response {
        if method == Method::OPTIONS {
            let allowed = self.edge.allow(path);
            if !allowed.is_empty() {
                return Response::builder()
                    .status(StatusCode::NO_CONTENT)
                    .header(header::ALLOW, allowed)
                    .finish();
            }
        }
        let call = AssertUnwindSafe(self.inner.call(request));
        let outcome = match futures::FutureExt::catch_unwind(call).await {
            Ok(outcome) => outcome,
            Err(_) => {
                tracing::error!("a handler panicked");
                return Problem::fault().into_response();
            }
        };
        match outcome {
            Ok(response) => response.into_response(),
            Err(error) if error.is_from_response() => error.into_response(),
            Err(error) => self.edge.problem(&error, path),
        }
    }
}

impl Edge {
    fn allow(&self, path: &str) -> String {
        let mut methods = self.routes.allowed(path);
        if methods.contains("GET") {
            methods.insert("HEAD");
        }
        methods.into_iter().collect::<Vec<_>>().join(", ")
    }

    fn problem(&self, error: &poem::Error, path: &str) -> Response {
        let problem = describe(error);
        let status = problem.status();
        let mut response = problem.into_response();
        if status == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(allow) = HeaderValue::try_from(self.allow(path))
        {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }
}

/// Our own words for what the framework raised; its texts would leak type names.
pub fn describe(error: &poem::Error) -> Problem {
    if let Some(param) = error.downcast_ref::<ParseParamError>() {
        return parameter(param);
    }
    if error.is::<ParsePathError>() {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing at this address.",
        );
    }
    if let Some(payload) = error.downcast_ref::<ParseRequestPayloadError>() {
        return unreadable_body(&payload.reason);
    }
    if let Some(part) = error.downcast_ref::<ParseMultipartError>() {
        return unreadable_body(&part.reason);
    }
    if error.is::<ContentTypeError>() {
        let detail = "Send the body in a content type that this operation describes.";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail);
    }
    by_status(error)
}

fn by_status(error: &poem::Error) -> Problem {
    let (code, detail) = match error.status() {
        StatusCode::BAD_REQUEST => ("bad-request", "The request cannot be read."),
        StatusCode::UNAUTHORIZED => ("unauthenticated", "Sign in, or send a valid token."),
        StatusCode::NOT_FOUND => ("not-found", "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method-not-allowed", "This address does not know this method; see Allow.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "The body is over the limit."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "unsupported-media-type",
            "Send the body in a content type that this operation describes.",
        ),
        status if status.is_client_error() => ("bad-request", "The request cannot be carried out."),
        _ => {
            tracing::error!(%error, "fault");
            return Problem::fault();
        }
    };
    Problem::new(error.status(), code, detail)
}

fn parameter(error: &ParseParamError) -> Problem {
    let mut problem = Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-parameter",
        format!("The parameter {} is missing or cannot be read.", error.name),
    );
    let message = if error.name.eq_ignore_ascii_case("idempotency-key") {
        problem.code = "idempotency-key-wanted".to_owned();
        problem.kind = "/problems/idempotency-key-wanted".to_owned();
        "This operation moves money: send an Idempotency-Key, a new one for each new request"
    } else {
        "Send a value of the described type"
    };
    let field = ProblemField { field: error.name.to_owned(), message: message.to_owned() };
    problem.errors = vec![field];
    problem
}

/// poem-openapi's reason tells of types of ours that it was parsing: those are not the caller's.
fn unreadable_body(reason: &str) -> Problem {
    let plain = reason.rsplit_once("\": ").map_or(reason, |(_, tail)| tail);
    let message = plain.split(" (occurred").next().unwrap_or(plain).to_owned();
    let detail = "The body cannot be read as the description says.";
    let mut problem = Problem::new(StatusCode::BAD_REQUEST, "unreadable-body", detail);
    problem.errors = vec![ProblemField { field: "body".to_owned(), message }];
    problem
}

fn with_request_id(response: Response, id: &str) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let mut problem = problem.clone();
    problem.request_id = Some(id.to_owned());
    problem.into_response()
}

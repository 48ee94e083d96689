//! `ANY /gw/{grant}/{path}`: bytes in, bytes out; everything is decided in `access::gateway`.

use crate::access::gateway::{self, Head, MOST_BODY, Payload, Refusal, Reply};
use crate::app::App;
use crate::kernel::id::WriteApprovalId;
use crate::platform::http::Problem;
use crate::platform::http::edge::RequestId;
use poem::error::ReadBodyError;
use poem::http::{StatusCode, Version, header};
use poem::{Body, Endpoint, IntoResponse, Request, Response, Result};
use serde_json::json;

/// Serves everything below `/gw/`.
pub struct Gateway(pub App);

impl Endpoint for Gateway {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let grant = head(&request).grant;
        let outcome = self.pass(&mut request).await;
        Ok(match outcome {
            Ok(reply) => response(reply),
            Err(Refusal::ApprovalWanted(id)) => self.wanted(&grant, id),
            Err(refusal) => problem(&refusal),
        })
    }
}

impl Gateway {
    async fn pass(&self, request: &mut Request) -> Result<Reply, Refusal> {
        let visit = gateway::enter(&self.0, head(request)).await?;
        if let Some(description) = gateway::describe(&self.0, &visit) {
            return Ok(description);
        }
        if let Some(told) = gateway::tell_approval(&self.0, &visit).await? {
            return Ok(told);
        }
        let body = match request.take_body().into_bytes_limit(MOST_BODY).await {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(ReadBodyError::PayloadTooLarge) => Err(Refusal::TooLarge),
            Err(_) => Err(Refusal::Malformed("The body broke off.")),
        };
        gateway::carry_out(&self.0, visit, body).await
    }
}

impl Gateway {
    /// Accepted, not done: where the caller learns whether the customer said yes.
    fn wanted(&self, grant: &str, id: WriteApprovalId) -> Response {
        let refusal = Refusal::ApprovalWanted(id);
        let place = self.0.site.link(&format!("/gw/{grant}/approvals/{id}"));
        let told = json!({
            "approval": id, "state": "waiting", "status": place,
            "code": refusal.code(), "detail": refusal.to_string(),
        });
        Response::builder()
            .status(StatusCode::ACCEPTED)
            .header(header::LOCATION, place)
            .header(header::CACHE_CONTROL, "no-store")
            .content_type("application/json")
            .body(told.to_string())
    }
}

/// The request as it came over the wire, before any router decoded or split it.
fn head(request: &Request) -> Head {
    let uri = request.original_uri();
    let below = uri.path().strip_prefix("/gw/").unwrap_or_default();
    let (grant, path) = match below.find('/') {
        Some(at) => below.split_at(at),
        None => (below, ""),
    };
    let names_host = uri.scheme().is_some() || uri.authority().is_some();
    Head {
        grant: grant.to_owned(),
        method: request.method().clone(),
        path: path.to_owned(),
        query: uri.query().map(str::to_owned),
        headers: request.headers().clone(),
        // HTTP/2 always names the host beside the path; before, only a proxy's client does.
        absolute: names_host && request.version() < Version::HTTP_2,
        request_id: request
            .extensions()
            .get::<RequestId>()
            .map(|r| r.0.clone())
            .unwrap_or_default(),
        peer: request.remote_addr().as_socket_addr().map(std::net::SocketAddr::ip),
    }
}

fn response(reply: Reply) -> Response {
    let body = match reply.body {
        Payload::Whole(bytes) => Body::from_vec(bytes),
        Payload::Pieces(pieces) => Body::from_bytes_stream(pieces.into_stream()),
    };
    let mut response = Response::builder().status(reply.status).body(body);
    *response.headers_mut() = reply.headers;
    response
}

fn problem(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut problem = Problem::new(status, refusal.code(), refusal.to_string());
    problem.retry_after = refusal.retry_after();
    let mut response = problem.into_response();
    if let Some(challenge) = refusal.challenge().and_then(|text| text.try_into().ok()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

//! `ANY /gw/{grant}/{path}`: bytes in, bytes out; everything is decided in `access::gateway`.

use crate::access::gateway::{self, Head, Payload, Refusal, Reply};
use crate::app::App;
use crate::kernel::id::WriteApprovalId;
use crate::platform::http::Problem;
use crate::platform::http::body_limit::read_away;
use crate::platform::http::edge::RequestId;
use poem::http::uri::Authority;
use poem::http::{StatusCode, header};
use poem::{Body, Endpoint, IntoResponse, Request, Response, Result};
use serde_json::json;
use std::net::{IpAddr, SocketAddr};
use tokio::io::AsyncReadExt;

/// Serves everything below `/gw/`.
pub struct Gateway(pub App);

impl Endpoint for Gateway {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let grant = self.head(&request).grant;
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
        let visit = gateway::enter(&self.0, self.head(request)).await?;
        if let Some(description) = gateway::describe(&self.0, &visit)? {
            return Ok(description);
        }
        if let Some(told) = gateway::tell_approval(&self.0, &visit).await? {
            return Ok(told);
        }
        let most = gateway::most_body(&self.0, &visit);
        gateway::carry_out(&self.0, visit, read(request, most).await).await
    }
}

/// The whole body, of which never more than the limit is held. One that is announced as larger is
/// not taken in at all, and whoever waits to be told to send it is not told to.
async fn read(request: &mut Request, most: usize) -> Result<Vec<u8>, Refusal> {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let waits = request.headers().contains_key(header::EXPECT);
    let mut reader = request.take_body().into_async_read();
    if length.is_none_or(|length| length <= most) {
        let mut bytes = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let whole = (&mut reader).take(limit).read_to_end(&mut bytes).await;
        whole.map_err(|_| Refusal::Malformed("The body broke off."))?;
        if bytes.len() <= most {
            return Ok(bytes);
        }
    } else if waits {
        return Err(Refusal::TooLarge(most));
    }
    read_away(reader).await;
    Err(Refusal::TooLarge(most))
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

impl Gateway {
    /// The request as it came over the wire, before any router decoded or split it.
    fn head(&self, request: &Request) -> Head {
        let uri = request.original_uri();
        let below = uri.path().strip_prefix("/gw/").unwrap_or_default();
        let (grant, path) = match below.find('/') {
            Some(at) => below.split_at(at),
            None => (below, ""),
        };
        Head {
            grant: grant.to_owned(),
            method: request.method().clone(),
            path: path.to_owned(),
            query: uri.query().map(str::to_owned),
            headers: request.headers().clone(),
            astray: astray(&self.0, request),
            request_id: request
                .extensions()
                .get::<RequestId>()
                .map(|r| r.0.clone())
                .unwrap_or_default(),
            peer: request.remote_addr().as_socket_addr().map(SocketAddr::ip),
        }
    }
}

/// Why a request is not for this installation. Only HTTP/1.1 is spoken here: only a proxy's client
/// names a scheme or host in the request line, and `Host` is there once (RFC 9112 section 3.2).
fn astray(app: &App, request: &Request) -> Option<&'static str> {
    let uri = request.original_uri();
    if uri.scheme().is_some() || uri.authority().is_some() {
        return Some("Name the path alone in the request line.");
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (host, more) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next());
    let host = host.filter(|host| more.is_none() && !host.contains('@'));
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    let here = request.local_addr().as_socket_addr().map(SocketAddr::ip);
    let ours = host.is_some_and(|host| is_ours(host.host(), app, here));
    (!ours).then_some("Name this installation in the header Host, once and without a user.")
}

/// The address that people use, or the one that this process listens on: a proxy in front names
/// either.
fn is_ours(host: &str, app: &App, here: Option<IpAddr>) -> bool {
    let named = |own: &str| host.eq_ignore_ascii_case(own);
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    app.site.base.host_str().is_some_and(named)
        || here.is_some_and(|here| {
            (here.is_loopback() && named("localhost"))
                || address.is_some_and(|address| here.is_unspecified() || address == here)
        })
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

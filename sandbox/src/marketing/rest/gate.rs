//! What every call of a program passes: it is noted, ordered failures strike, the token is
//! looked up, calls are counted, due campaigns go out.

use std::sync::Arc;

use poem::{
    Body, Endpoint, IntoResponse, Request, Response,
    http::{HeaderValue, StatusCode, header},
};
use sha2::{Digest, Sha256};

use super::{caller::Caller, refusal::Refusal};
use crate::{
    clock,
    marketing::{
        app::App,
        control::hits::{Hit, telling},
        limits::CALLS_A_MINUTE,
        oauth::{grants::Bearer, hash},
    },
};

const MOST_BODY_BYTES: usize = 1024 * 1024;

/// The gate of `/api/v1`.
pub(crate) async fn api<E: Endpoint>(
    app: Arc<App>,
    inner: Arc<E>,
    mut req: Request,
) -> poem::Result<Response> {
    let given = bearer_token(&req).map(str::to_owned);
    let now = clock::now();
    let bearer = given.as_deref().and_then(|t| app.oauth.read(|o| o.grants.bearer(t, now)));
    note(&app, &mut req, (given.as_deref(), bearer.as_ref()), true).await?;
    if app.faults.now().down {
        return Err(Refusal::Down.into());
    }
    if let Some(answer) = app.faults.strike(true).await {
        return Ok(answer);
    }
    // Looked up again: the wait may have been long enough for the grant to end.
    let bearer =
        given.as_deref().and_then(|t| app.oauth.read(|o| o.grants.bearer(t, clock::now())));
    let Some(bearer) = bearer else {
        return Err(Refusal::Unauthorized { given: given.is_some() }.into());
    };
    let standing = app.limits.count(&bearer.grant.id, now);
    let answer = if standing.allowed {
        app.send_due(&bearer.grant.account_id, now).map_err(Refusal::from)?;
        req.extensions_mut().insert(Caller { app, bearer });
        inner.call(req).await.map(IntoResponse::into_response)
    } else {
        Err(Refusal::TooMany(standing.reset_seconds).into())
    };
    let mut response = match answer {
        Ok(response) => response,
        Err(error) => super::refusal::in_our_words(error).await,
    };
    let headers = response.headers_mut();
    headers.insert("x-ratelimit-limit", CALLS_A_MINUTE.into());
    headers.insert("x-ratelimit-remaining", standing.remaining.into());
    headers.insert("x-ratelimit-reset", standing.reset_seconds.into());
    Ok(private(response))
}

/// The gate of the OAuth endpoints that programs call.
pub(crate) async fn oauth<E: Endpoint>(
    app: Arc<App>,
    inner: Arc<E>,
    mut req: Request,
) -> poem::Result<Response> {
    note(&app, &mut req, (None, None), false).await?;
    if app.faults.now().down {
        return Ok(private(Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).finish()));
    }
    if let Some(answer) = app.faults.strike(false).await {
        return Ok(answer);
    }
    match inner.call(req).await {
        Ok(answer) => Ok(private(answer.into_response())),
        Err(error) => Ok(private(error.into_response())),
    }
}

/// Reads the body, notes the call, and puts the body back.
async fn note(
    app: &App,
    req: &mut Request,
    (token, bearer): (Option<&str>, Option<&Bearer>),
    with_body: bool,
) -> poem::Result<()> {
    let body = req.take_body().into_bytes_limit(MOST_BODY_BYTES).await;
    let body = body.map_err(|_| Refusal::TooLarge)?;
    app.hits.note(Hit {
        at: clock::now(),
        method: req.method().to_string(),
        // What came over the wire, before the router took its prefix away.
        path: req.original_uri().path().to_owned(),
        query: req.original_uri().query().map(str::to_owned),
        account: bearer.map(|bearer| bearer.grant.account_id.clone()),
        grant: bearer.map(|bearer| bearer.grant.id.clone()),
        token: token.map(|token| hash(token).chars().take(12).collect()),
        headers: telling(req.headers()),
        body_bytes: body.len(),
        body_sha256: with_body.then(|| hex::encode(Sha256::digest(&body))),
    });
    req.set_body(Body::from_bytes(body));
    Ok(())
}

/// Only the header counts; a token in the address would end up in logs (RFC 6750 section 2.3).
fn bearer_token(req: &Request) -> Option<&str> {
    let value = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

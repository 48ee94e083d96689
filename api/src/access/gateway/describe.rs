//! `GET /gw/{grant}/openapi.json`: what this letter allows, for a program to be made from.
//!
//! Nothing of the account is touched, so it leaves no line in the log.

use super::answer::Reply;
use super::visit::Visit;
use crate::access::model::{Standing, Terms};
use crate::access::ops::{description, gateway_of};
use crate::app::App;
use crate::kernel::id::GrantId;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use reqwest::{Method, StatusCode};

const PATH: &str = "/openapi.json";

/// The description, when that is what was asked for by a key of the letter; `None` leaves the
/// request to the gateway, which carries it out or refuses it. An application that has this very
/// path keeps it.
pub fn describe(app: &App, visit: &Visit) -> Option<Reply> {
    let head = &visit.head;
    let asked = head.method == Method::GET && head.path == PATH && head.query.is_none();
    let grant = visit.passage.whose.grant;
    let known = [Standing::InForce, Standing::Suspended, Standing::NeedsReconnect];
    let own = GrantId::parse(&head.grant) == Some(grant);
    if !asked || head.absolute || !own || !known.contains(&visit.passage.standing) {
        return None;
    }
    let upstream = app.upstreams.get(&visit.passage.upstream)?;
    if upstream.find(&Method::GET, &["openapi.json".to_owned()]).is_some() {
        return None;
    }
    let terms = Terms::read(&visit.passage.terms).ok()?;
    let described = description(&terms, upstream, &gateway_of(app, grant));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Some(Reply { status: StatusCode::OK, headers, body: described.to_string().into_bytes() })
}

//! Sending: the request is put together anew, with the token that counts now.

use super::actor::{self, Claims};
use super::answer::{self, Reply};
use super::flow::Flowing;
use super::given::given;
use super::refusal::Refusal;
use super::visit::{FRESH, Visit, ours};
use super::{MOST_ANSWER, form, headers};
use crate::access::decide::Reason;
use crate::access::model::Sha;
use crate::access::ops::tokens::{self, NoToken, Token, Wanted};
use crate::app::App;
use crate::outside::upstream::{AccountApi, Answer, Faults, Opened, Question, Trouble};
use crate::platform::refusal::Error;
use crate::upstreams::{Operation, Risk, Upstream};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
    WWW_AUTHENTICATE,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// A call that is permitted, read and ready.
pub struct Order<'a> {
    pub upstream: &'a Upstream,
    /// The application as this account reaches it.
    pub api: AccountApi,
    pub operation: &'a Operation,
    pub params: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// Whether the caller's own headers go along; not when the gateway itself looks something up.
    pub callers: bool,
    /// The version of what it changes that was looked at.
    pub if_match: Option<HeaderValue>,
}

/// An order to look something up beside another.
pub fn asking<'a>(
    order: &Order<'a>,
    operation: &'a Operation,
    params: Vec<(String, String)>,
) -> Order<'a> {
    let names: Vec<&str> = operation.path.params().collect();
    let params = params.into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect();
    Order {
        upstream: order.upstream,
        api: order.api.clone(),
        operation,
        params,
        query: operation.look_query(order.body.as_ref()),
        body: None,
        callers: false,
        if_match: None,
    }
}

/// A weak validator never matches in `If-Match` (RFC 9110 section 13.1.1).
pub fn is_strong(etag: &HeaderValue) -> bool {
    !etag.as_bytes().starts_with(b"W/")
}

/// From the first byte out to the last byte in.
const WITHIN: Duration = Duration::from_secs(30);
/// An answer that took longer is handed on only if the letter still holds, as a file would be.
const SLOW: Duration = Duration::from_secs(1);

/// Sends the order, at most twice: again only when the token turned out to be too old and the
/// application surely did nothing, or when it was never reached and repeating is harmless.
pub async fn send(app: &App, visit: &mut Visit, order: &Order<'_>) -> Result<Carried, Refusal> {
    let (opened, token) = exchange(app, visit, order).await?;
    if visit.seat.is_some() && answer::flows(order, opened.status, &opened.headers) {
        let headers = answer::head(app, visit, order, (&opened, &token))?;
        let (status, body) = (opened.status, opened.body);
        return Ok(Carried::Flow(Flowing { status, headers, body, token }));
    }
    let answer = whole(order, opened).await?;
    if visit.looked.elapsed() > SLOW && only_tells(order.operation) {
        visit.check_again(app).await.map_err(|why| Refusal::Stopped(Box::new(why)))?;
    }
    answer::reply(app, visit, order, (answer, &token)).map(Carried::Whole)
}

/// Whether what it brings is all that it does. Of anything else the caller hears how it ended.
fn only_tells(operation: &Operation) -> bool {
    matches!(operation.risk, Risk::Read | Risk::Export)
}

/// What an order brought.
pub enum Carried {
    Whole(Reply),
    /// A file whose body is still to come.
    Flow(Flowing),
}

pub(super) async fn whole(order: &Order<'_>, opened: Opened) -> Result<Answer, Refusal> {
    opened.whole().await.map_err(|trouble| no_answer(order, trouble))
}

pub(super) async fn exchange(
    app: &App,
    visit: &mut Visit,
    order: &Order<'_>,
) -> Result<(Opened, Token), Refusal> {
    let token = first_token(app, visit).await?;
    given(&visit.passage, order.operation)?;
    let answer = ask(app, visit, order, &token).await?;
    if answer.status != StatusCode::UNAUTHORIZED || !may_repeat(order, &answer) {
        return Ok((answer, token));
    }
    let token = tokens::newer(app, wanted(visit), token.generation).await.map_err(no_token)?;
    visit.check_again(app).await?;
    given(&visit.passage, order.operation)?;
    let answer = ask(app, visit, order, &token).await?;
    Ok((answer, token))
}

/// The token at hand, or a newer one. Where getting it took time, be it from the application or
/// from whoever keeps our keys, the grant is looked at again right before sending.
pub(super) async fn first_token(app: &App, visit: &mut Visit) -> Result<Token, Refusal> {
    let held = visit.passage.token.clone();
    if held.fresh && held.sealed.is_some() {
        let token = tokens::open(app, wanted(visit), &held).await.map_err(no_token)?;
        if visit.looked.elapsed() > FRESH {
            visit.check_again(app).await?;
        }
        return Ok(token);
    }
    let token = tokens::newer(app, wanted(visit), held.generation).await.map_err(no_token)?;
    visit.check_again(app).await?;
    Ok(token)
}

fn wanted(visit: &Visit) -> Wanted<'_> {
    Wanted {
        vendor: visit.vendor,
        connection: visit.passage.whose.connection,
        customer: visit.passage.whose.customer,
        upstream: &visit.passage.upstream,
    }
}

fn no_token(why: NoToken) -> Refusal {
    match why {
        NoToken::NeedsReconnect => Refusal::NeedsReconnect,
        NoToken::Server(trouble) => {
            tracing::warn!(%trouble, "no token for a call");
            Refusal::Unreachable
        }
        NoToken::Ours(error) => ours(&error),
    }
}

pub(super) async fn ask(
    app: &App,
    visit: &Visit,
    order: &Order<'_>,
    token: &Token,
) -> Result<Opened, Refusal> {
    let client = app.upstreams.client();
    let first = client.open(question(app, visit, order, token)?).await;
    let answer = match first {
        Err(trouble) if trouble.nothing_sent() && order.operation.idempotent => {
            // Not being reached may have taken seconds.
            visit.look_again(app).await?;
            client.open(question(app, visit, order, token)?).await
        }
        other => other,
    };
    let answer = match (answer, &order.upstream.faults) {
        (Ok(opened), Some(faults)) if !order.operation.download => told(faults, opened).await,
        (answer, _) => answer,
    };
    if let Ok(answer) = &answer {
        let rates = &order.upstream.rates;
        let wait = rates.wait(answer.status, &answer.headers, app.clock.now());
        if let Some(wait) = wait {
            app.upstreams.holds().hold(visit.passage.whose.connection, wait);
        }
    }
    answer.map_err(|trouble| no_answer(order, trouble))
}

/// The answer with a status that says what its body does.
async fn told(faults: &Faults, opened: Opened) -> Result<Opened, Trouble> {
    let (mut opened, body) = opened.read().await?;
    if let Some(fault) = faults.read(opened.status, &body) {
        fault.mark(&mut opened.status, &mut opened.headers);
    }
    Ok(opened)
}

pub fn no_answer(order: &Order<'_>, trouble: Trouble) -> Refusal {
    tracing::warn!(upstream = order.upstream.slug, %trouble, "a call got no answer");
    match trouble {
        Trouble::Forbidden | Trouble::Unreachable => Refusal::Unreachable,
        Trouble::Late | Trouble::Broken => Refusal::UpstreamLate,
        Trouble::TooLarge => Refusal::UpstreamAnswer("it is larger than 5 MiB"),
    }
}

/// Where the request goes: written anew from what was read.
pub fn address(order: &Order<'_>) -> Result<Url, Refusal> {
    let path = order.operation.path.build(&order.params).ok_or(Refusal::NoOperation)?;
    let mut url = order.api.url(&path);
    if !order.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&order.query);
    }
    Ok(url)
}

/// The request that goes out for a caller, in whose name it says so.
fn question(
    app: &App,
    visit: &Visit,
    order: &Order<'_>,
    token: &Token,
) -> Result<Question, Refusal> {
    let passed = order.callers.then(|| headers::passed(&visit.head.headers));
    let mut question = bare(order, token, passed.unwrap_or_default())?;
    if let Some(line) = sign(app, visit, order) {
        question.headers.insert(actor::HEADER, line);
    }
    Ok(question)
}

/// A request. Path, query and body are written anew from what was read.
pub fn bare(order: &Order<'_>, token: &Token, passed: HeaderMap) -> Result<Question, Refusal> {
    let url = address(order)?;
    let mut all = HeaderMap::new();
    for (name, value) in &order.api.headers {
        let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = pair {
            all.insert(name, value);
        }
    }
    all.extend(passed);
    all.remove(CONTENT_TYPE);
    // A caller who names a version of its own means that one; any version is none.
    let named = all.get(IF_MATCH).is_some_and(|value| !headers::is_any(value));
    if let Some(version) = order.if_match.as_ref().filter(|_| !named) {
        all.insert(IF_MATCH, version.clone());
    }
    all.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let (kind, body) = written(order)?;
    if let Some(kind) = kind {
        all.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    all.insert(AUTHORIZATION, bearer(token)?);
    let method = order.operation.method.clone();
    Ok(Question { method, url, headers: all, body, most: MOST_ANSWER, within: WITHIN })
}

/// Cleared once it is sent, and never printed.
fn bearer(token: &Token) -> Result<HeaderValue, Refusal> {
    let text = Zeroizing::new(["Bearer ", token.secret.expose_secret()].concat().into_bytes());
    let value = HeaderValue::from_maybe_shared(Bytes::from_owner(text));
    let mut value = value.map_err(|_| Refusal::NeedsReconnect)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The body that goes out, and what it is called: written anew, with what the description sets.
pub fn written(order: &Order<'_>) -> Result<(Option<&'static str>, Vec<u8>), Refusal> {
    let Some(value) = order.operation.body(order.body.as_ref()) else {
        return Ok((None, Vec::new()));
    };
    if order.operation.form {
        let body = form::write(&value).ok_or(Refusal::Denied(Reason::Body))?;
        return Ok((Some(headers::FORM), body));
    }
    let body = serde_json::to_vec(&value).map_err(|error| ours(&Error::from(error)))?;
    Ok((Some(headers::JSON), body))
}

/// The SHA-256 of the body that goes out; nothing without one.
pub fn hash_of_sent(order: &Order<'_>) -> Result<Option<Sha>, Refusal> {
    let (kind, body) = written(order)?;
    Ok(kind.map(|_| Sha256::digest(&body).into()))
}

fn sign(app: &App, visit: &Visit, order: &Order<'_>) -> Option<HeaderValue> {
    let whose = &visit.passage.whose;
    let claims = Claims {
        issuer: app.site.base.as_str().trim_end_matches('/'),
        upstream: &order.upstream.slug,
        account: &visit.passage.account,
        consultant: whose.person.to_string(),
        grant: whose.grant.to_string(),
        engagement: whose.engagement.to_string(),
        operation: &order.operation.id,
        request: &visit.head.request_id,
        at: app.clock.now(),
    };
    actor::sign(&claims, &app.actor_key)
}

/// A refused token means that nothing was done only when the application says that the token is
/// at fault (RFC 6750 section 3.1); otherwise only what is idempotent is sent again.
fn may_repeat(order: &Order<'_>, answer: &Opened) -> bool {
    let challenge = answer.headers.get(WWW_AUTHENTICATE).and_then(|v| v.to_str().ok());
    let token_at_fault = challenge.is_some_and(|text| text.contains("error=\"invalid_token\""));
    order.operation.idempotent || token_at_fault
}

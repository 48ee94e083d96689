//! The application's answer on its way back: few headers pass, links lead to the gateway, and an
//! answer that shows our token is stopped.

use super::flow::Pieces;
use super::forward::Order;
use super::refusal::Refusal;
use super::visit::Visit;
use crate::access::ops::tokens::Token;
use crate::access::withholding::Withholding;
use crate::app::App;
use crate::kernel::id::GrantId;
use crate::outside::upstream::{Answer, Opened};
use crate::upstreams::Upstream;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, LOCATION, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

/// What goes back to the consultant.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Payload,
}

impl Reply {
    /// Less what the letter withholds.
    ///
    /// Errors: `upstream-answer` for one that is no JSON, in which nobody can find it.
    pub fn without(mut self, withholding: &Withholding) -> Result<Self, Refusal> {
        if !withholding.reads_answers() || self.body.whole().is_empty() {
            return Ok(self);
        }
        let json =
            is_json(&self.headers).then(|| withholding.take_out(self.body.whole())).flatten();
        let what = "the letter withholds parts of it, and it is no JSON in which to find them";
        self.body = Payload::Whole(json.ok_or(Refusal::UpstreamAnswer(what))?);
        Ok(self)
    }

    /// As it goes back to a request of this method: `HEAD` gets what `GET` would, less the body.
    pub fn answering(mut self, method: &Method) -> Self {
        let length = self.body.whole().len();
        if *method == Method::HEAD && length > 0 {
            self.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
            self.body = Payload::Whole(Vec::new());
        }
        self
    }
}

/// Its body.
pub enum Payload {
    Whole(Vec<u8>),
    /// A file on its way.
    Pieces(Pieces),
}

impl Payload {
    /// The bytes; none of a file on its way.
    pub fn whole(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Pieces(_) => &[],
        }
    }
}

/// Headers of an answer that pass for every application.
const PASSED: &[HeaderName] =
    &[CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, RETRY_AFTER];

/// Errors: `upstream-failed` for errors of its own, `upstream-answer` for what cannot be handed
/// on.
pub fn reply(
    app: &App,
    visit: &Visit,
    order: &Order<'_>,
    (answer, token): (Answer, &Token),
) -> Result<Reply, Refusal> {
    let status = answer.status;
    passable(status, &answer.headers)?;
    let gateway = Gateway::of(app, visit, order);
    let headers = gateway.headers(status, &answer.headers);
    let body = gateway.body(&headers, answer.body);
    refuse_shown(visit, order, (&headers, &body, token))?;
    Ok(Reply { status, headers, body: Payload::Whole(body) })
}

/// Whether an answer is handed on piece by piece: a file, and not one whose links have to be led
/// through the gateway.
pub fn flows(order: &Order<'_>, status: StatusCode, headers: &HeaderMap) -> bool {
    let linked = is_json(headers) && !order.upstream.link_fields.is_empty();
    order.operation.download && status.is_success() && !linked
}

/// The headers that go out before a file.
///
/// Errors: as [`reply`].
pub fn head(
    app: &App,
    visit: &Visit,
    order: &Order<'_>,
    (answer, token): (&Opened, &Token),
) -> Result<HeaderMap, Refusal> {
    passable(answer.status, &answer.headers)?;
    let mut headers = Gateway::of(app, visit, order).headers(answer.status, &answer.headers);
    if let Some(length) = answer.headers.get(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, length.clone());
    }
    refuse_shown(visit, order, (&headers, &[], token))?;
    Ok(headers)
}

fn passable(status: StatusCode, headers: &HeaderMap) -> Result<(), Refusal> {
    if status.is_server_error() {
        return Err(Refusal::UpstreamFailed(status.as_u16()));
    }
    if status == StatusCode::UNAUTHORIZED {
        return Err(Refusal::UpstreamAnswer("it does not take our token"));
    }
    let redirects = status.is_redirection() && status != StatusCode::NOT_MODIFIED;
    if redirects || status.is_informational() {
        return Err(Refusal::UpstreamAnswer("it leads elsewhere, and the gateway does not follow"));
    }
    let encoding = headers.get(CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return Err(Refusal::UpstreamAnswer("it is compressed though it was asked not to be"));
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let told = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

/// How many answers were stopped because they show our token; any is an alarm.
pub const TOKENS_SHOWN: &str = "gateway_tokens_shown_total";

/// The tripwire: an answer that shows our token goes nowhere.
pub fn refuse_shown(
    visit: &Visit,
    order: &Order<'_>,
    (headers, body, token): (&HeaderMap, &[u8], &Token),
) -> Result<(), Refusal> {
    if !shows(headers, body, token.secret.expose_secret().as_bytes()) {
        return Ok(());
    }
    metrics::counter!(TOKENS_SHOWN).increment(1);
    tracing::error!(
        upstream = order.upstream.slug,
        operation = order.operation.id,
        request = visit.head.request_id,
        "ALARM: an application's answer shows our token; it was stopped"
    );
    Err(Refusal::TokenShown)
}

struct Gateway<'a> {
    upstream: &'a Upstream,
    base: &'a Url,
    app: &'a App,
    grant: GrantId,
}

impl<'a> Gateway<'a> {
    fn of(app: &'a App, visit: &Visit, order: &'a Order<'_>) -> Self {
        let grant = visit.passage.whose.grant;
        Self { upstream: order.upstream, base: &order.api.base, app, grant }
    }

    fn headers(&self, status: StatusCode, from: &HeaderMap) -> HeaderMap {
        let mut kept = HeaderMap::new();
        let own = self.upstream.pass_headers.iter().filter_map(|n| HeaderName::try_from(n).ok());
        for name in PASSED.iter().cloned().chain(own) {
            if let Some(value) = from.get(&name) {
                kept.insert(name, value.clone());
            }
        }
        let place = from.get(LOCATION).filter(|_| status == StatusCode::CREATED);
        let place = place.and_then(|v| v.to_str().ok()).and_then(|text| self.link(text));
        if let Some(Ok(place)) = place.map(HeaderValue::try_from) {
            kept.insert(LOCATION, place);
        }
        kept.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        kept.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        kept
    }

    /// The body, with the links that are described leading through the gateway; a link that leads
    /// anywhere else is emptied. Any other body stays as it is, byte by byte.
    fn body(&self, headers: &HeaderMap, body: Vec<u8>) -> Vec<u8> {
        if !is_json(headers) || self.upstream.link_fields.is_empty() {
            return body;
        }
        let Ok(mut whole) = serde_json::from_slice::<Value>(&body) else { return body };
        let mut changed = false;
        for path in &self.upstream.link_fields {
            self.lead_home(&mut whole, path, &mut changed);
        }
        if !changed {
            return body;
        }
        serde_json::to_vec(&whole).unwrap_or_default()
    }

    /// Rewrites the links at a path, through lists.
    fn lead_home(&self, value: &mut Value, path: &[String], changed: &mut bool) {
        match (value, path) {
            (Value::Array(items), _) => {
                items.iter_mut().for_each(|item| self.lead_home(item, path, changed));
            }
            (Value::Object(object), [first, rest @ ..]) => {
                if let Some(inner) = object.get_mut(first) {
                    self.lead_home(inner, rest, changed);
                }
            }
            (value, []) => {
                let Some(text) = value.as_str() else { return };
                *value = self.link(text).map_or(Value::Null, Value::String);
                *changed = true;
            }
            _ => {}
        }
    }

    /// The gateway's address for an address of the application's API; `None` for any other.
    fn link(&self, text: &str) -> Option<String> {
        let base = self.base;
        let url = base.join(text).ok()?;
        let same = url.origin() == base.origin() && url.username().is_empty();
        let below = path_below(base, &url).filter(|_| same)?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(self.app.site.link(&format!("/gw/{}{below}{query}", self.grant)))
    }
}

fn path_below<'a>(base: &Url, url: &'a Url) -> Option<&'a str> {
    let below = url.path().strip_prefix(base.path().trim_end_matches('/'))?;
    below.starts_with('/').then_some(below)
}

fn shows(headers: &HeaderMap, body: &[u8], secret: &[u8]) -> bool {
    let inside = |bytes: &[u8]| memchr::memmem::find(bytes, secret).is_some();
    let plainly = inside(body) || headers.values().any(|v| inside(v.as_bytes()));
    !secret.is_empty() && (plainly || plain(body).is_some_and(|body| inside(&body)))
}

/// JSON without the escapes that could hide a token from whoever looks at its bytes; nothing where
/// there are none.
fn plain(body: &[u8]) -> Option<Vec<u8>> {
    let hides = |escape: &str| memchr::memmem::find(body, escape.as_bytes()).is_some();
    if !hides("\\u") && !hides("\\/") {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    serde_json::to_vec(&value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_39_only_what_is_below_the_base_is_a_link() {
        let base = Url::parse("https://api.example/v1").unwrap();
        let below = |text: &str| {
            let url = Url::parse(text).unwrap();
            path_below(&base, &url).map(str::to_owned)
        };
        assert_eq!(below("https://api.example/v1/campaigns?x=1").as_deref(), Some("/campaigns"));
        assert_eq!(below("https://api.example/v10/campaigns"), None);
        assert_eq!(below("https://api.example/admin"), None);
        assert_eq!(below("https://api.example/v1/../admin"), None);
        assert_eq!(below("https://api.example/v1"), None);
    }

    #[test]
    fn attack_19_a_shown_token_is_found() {
        let mut headers = HeaderMap::new();
        assert!(shows(&headers, b"{\"echo\":\"Bearer lka_canary\"}", b"lka_canary"));
        assert!(!shows(&headers, b"{\"echo\":\"lka_other\"}", b"lka_canary"));
        let written = b"{\"echo\":\"\\u006cka_can\\u0061ry\"}";
        assert!(shows(&headers, written, b"lka_canary"), "as an escape too");
        assert!(shows(&headers, b"[\"lka\\/canary\"]", b"lka/canary"));
        assert!(!shows(&headers, b"{\"echo\":\"\\u006cka_other\"}", b"lka_canary"));
        headers.insert(ETAG, "\"lka_canary\"".parse().unwrap());
        assert!(shows(&headers, b"", b"lka_canary"));
    }
}

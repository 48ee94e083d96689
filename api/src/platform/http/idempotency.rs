//! `Idempotency-Key`: the same request twice has its effect once.
//!
//! A key belongs to one caller and one operation for 24 hours. The record is marked in the
//! transaction that commits the effect, so a crash before the answer was kept leads to 409, never
//! to a second effect. Follows draft-ietf-httpapi-idempotency-key-header-07; keys may be quoted
//! (a structured-field string) or bare.

mod store;

use super::Problem;
use super::credential::Credential;
use crate::kernel::id::IdempotencyId;
use crate::platform::clock::Ids;
use crate::platform::db::{Db, Scope};
use crate::platform::refusal::Error;
use crate::platform::seal;
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};
use store::{Answer, Begun, Claim};
use zeroize::Zeroizing;

/// Set on the request while its effect runs; the security scheme copies it to the caller.
#[derive(Debug, Clone, Copy)]
pub struct RecordOf(pub IdempotencyId);

/// Set on an answer that only shows something: its key stays free, so that what was sent may be
/// changed and sent again.
#[derive(Debug, Clone, Copy)]
pub struct WithoutEffect;

/// Name of the hidden form field that carries the key of a page's form.
pub const FORM_FIELD: &str = "idempotency_key";

/// Runs POST requests that carry a key at most once.
#[derive(Clone)]
pub struct Idempotency {
    pub db: Db,
    pub ids: Ids,
    /// Answers may hold secrets, such as a new token, so they are kept sealed by this key.
    pub key: Zeroizing<[u8; 32]>,
    /// How long a repeat waits for the answer of a first request that is still running, before it
    /// is refused. A person who clicks twice reads the second answer, so pages wait.
    pub patience: Duration,
}

pub struct Idempotent<E> {
    inner: E,
    own: Idempotency,
}

/// How often a repeat that waits looks for the first answer.
const LOOK_EVERY: Duration = Duration::from_millis(150);

impl<E: Endpoint> Middleware<E> for Idempotency {
    type Output = Idempotent<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Idempotent { inner, own: self.clone() }
    }
}

impl<E: Endpoint> Endpoint for Idempotent<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        if request.method() != Method::POST {
            return Ok(self.inner.call(request).await?.into_response());
        }
        let body = request.take_body().into_bytes().await?;
        let claim = read_claim(&request, &body);
        request.set_body(Body::from_bytes(body));
        match claim {
            Err(problem) => Ok(problem.into_response()),
            Ok(None) => Ok(self.inner.call(request).await?.into_response()),
            Ok(Some(claim)) => self.once(request, claim).await,
        }
    }
}

impl<E: Endpoint> Idempotent<E> {
    async fn once(&self, mut request: Request, claim: Claim) -> Result<Response> {
        let id: IdempotencyId = self.own.ids.next();
        match self.own.begin_or_wait(id, &claim).await {
            Err(error) => return Ok(super::Failure::from(error).into_response()),
            Ok(Begun::Fresh) => {}
            Ok(other) => return Ok(answer_repeat(other)),
        }
        request.extensions_mut().insert(RecordOf(id));
        let mut response = match self.inner.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) if error.is_from_response() => error.into_response(),
            Err(error) => {
                // Nothing took effect, and the edge has the words for what was raised.
                self.own.keep(id, &mut error.status().into_response()).await;
                return Err(error);
            }
        };
        self.own.keep(id, &mut response).await;
        Ok(response)
    }
}

impl Idempotency {
    /// A first request that fails leaves its key free: then the repeat that waits is the first.
    async fn begin_or_wait(&self, id: IdempotencyId, claim: &Claim) -> Result<Begun, Error> {
        let until = Instant::now() + self.patience;
        loop {
            match self.begin(id, claim).await? {
                Begun::Running if Instant::now() < until => tokio::time::sleep(LOOK_EVERY).await,
                other => return Ok(other),
            }
        }
    }

    async fn begin(&self, id: IdempotencyId, claim: &Claim) -> Result<Begun, Error> {
        let mut tx = self.db.write(Scope::GLOBAL).await?;
        let begun = store::begin(&mut tx, id, claim).await?;
        tx.commit().await?;
        self.opened(begun)
    }

    /// A kept answer as it was given. One that was sealed by a key of the past is lost.
    fn opened(&self, begun: Begun) -> Result<Begun, Error> {
        let Begun::Answered(kept) = begun else { return Ok(begun) };
        let Ok(body) = seal::open(&self.key, kept.id.0.as_bytes(), &kept.body) else {
            return Ok(Begun::Lost);
        };
        Ok(Begun::Answered(Answer { body: body.to_vec(), ..kept }))
    }

    /// Keeps the answer of an effect; forgets a request that had none, so that it may be mended
    /// and sent again. When neither can be written the record's lease decides later.
    async fn keep(&self, id: IdempotencyId, response: &mut Response) {
        let went_well = response.status().is_success() || response.status().is_redirection();
        let done = went_well && response.extensions().get::<WithoutEffect>().is_none();
        let body = response.take_body().into_bytes().await.unwrap_or_default();
        response.set_body(Body::from_bytes(body.clone()));
        let outcome = async {
            let mut tx = self.db.write(Scope::GLOBAL).await?;
            if done {
                let sealed = seal::seal(&self.key, &self.ids, id.0.as_bytes(), &body)?;
                store::keep(&mut tx, id, (response.status(), response.headers()), &sealed).await?;
            } else {
                store::forget(&mut tx, id).await?;
            }
            tx.commit().await
        };
        if let Err(error) = outcome.await {
            tracing::warn!(%error, record = %id, "the answer to a key was not kept");
        }
    }
}

fn answer_repeat(begun: Begun) -> Response {
    let problem = |status, code, detail: &str| Problem::new(status, code, detail).into_response();
    match begun {
        Begun::Answered(Answer { status, headers, body, .. }) => {
            let mut response = Response::builder().status(status).body(body);
            *response.headers_mut() = headers;
            response
        }
        Begun::Mismatch => problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
        ),
        Begun::Lost => problem(
            StatusCode::CONFLICT,
            "already-done",
            "The first request with this key took effect, but its answer was lost. Read the thing \
             it changed; do not send it again.",
        ),
        Begun::Running | Begun::Fresh => {
            let mut problem = Problem::new(
                StatusCode::CONFLICT,
                "still-running",
                "The first request with this key is still running. Send the same request again in a \
                 moment.",
            );
            problem.retry_after = Some(1);
            problem.into_response()
        }
    }
}

/// The claim a request makes, if it carries a key and a credential.
fn read_claim(request: &Request, body: &[u8]) -> Result<Option<Claim>, Problem> {
    let Some(key) = read_key(request.headers(), request, body)? else { return Ok(None) };
    let Some(credential) = Credential::of(request) else { return Ok(None) };
    let path = request.original_uri().path();
    let mut hash = Sha256::new();
    hash.update(path.as_bytes());
    hash.update([0]);
    hash.update(request.content_type().unwrap_or_default().as_bytes());
    hash.update([0]);
    hash.update(body);
    Ok(Some(Claim {
        caller: hex::encode(credential.hash()),
        operation: path.to_owned(),
        key,
        request_hash: hash.finalize().to_vec(),
    }))
}

fn read_key(
    headers: &HeaderMap,
    request: &Request,
    body: &[u8],
) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(form_key(request, body));
    };
    let key = value.to_str().unwrap_or_default().trim();
    let key = key.strip_prefix('"').and_then(|k| k.strip_suffix('"')).unwrap_or(key);
    let fits = (1..=255).contains(&key.len()) && key.bytes().all(|b| (0x20..=0x7e).contains(&b));
    if fits { Ok(Some(key.to_owned())) } else { Err(bad_key()) }
}

/// A page's form carries its key as a hidden field, or in the query when it carries a file.
fn form_key(request: &Request, body: &[u8]) -> Option<String> {
    let kind = request.content_type().unwrap_or_default();
    let pairs = if kind.starts_with("application/x-www-form-urlencoded") {
        body
    } else {
        request.original_uri().query().unwrap_or_default().as_bytes()
    };
    url::form_urlencoded::parse(pairs)
        .find(|(name, _)| name == FORM_FIELD)
        .map(|(_, key)| key.into_owned())
        .filter(|key| (1..=255).contains(&key.len()))
}

fn bad_key() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-idempotency-key",
        "Send an Idempotency-Key of 1 to 255 visible ASCII characters.",
    )
}

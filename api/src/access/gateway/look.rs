//! Looking something of the account up for a call, with the token and the client of the call; the
//! log says that the gateway looked.

use super::answer;
use super::forward::{self, Order};
use super::given::given;
use super::line::{asked_operation, readable};
use super::refusal::Refusal;
use super::visit::Visit;
use crate::access::model::{Asked, Ended, NewEntry, Outcome};
use crate::access::ops::tokens::Token;
use crate::app::App;
use crate::outside::upstream::Answer;
use crate::upstreams::Operation;
use futures::future::join_all;
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderValue};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Instant;

/// What looking something up brought.
pub enum Looked {
    Seen(Seen),
    /// There is no such thing.
    Gone,
    /// The account's permission does not reach it.
    Unseen,
}

/// An object of the application, as it is now.
pub struct Seen {
    pub value: Value,
    /// SHA-256 of the object, told as JSON.
    pub hash: [u8; 32],
    pub etag: Option<HeaderValue>,
}

/// Longest version of an object that is kept and shown.
const MOST_ETAG: usize = 300;

impl Seen {
    /// Its version as people read it; nothing for one that is no text, or too long to be shown.
    pub fn version(&self) -> Option<&str> {
        let text = self.etag.as_ref()?.to_str().ok()?;
        (1..=MOST_ETAG).contains(&text.len()).then_some(text)
    }

    /// Its version, where it can stand in `If-Match`.
    pub fn strong(&self) -> Option<&HeaderValue> {
        self.etag.as_ref().filter(|etag| forward::is_strong(etag))
    }
}

/// Looks an object up for the gateway itself.
///
/// Errors: as for a call; `upstream-answer` for one that shows our token.
pub async fn look(app: &App, visit: &mut Visit, order: &Order<'_>) -> Result<Looked, Refusal> {
    let started = Instant::now();
    match forward::exchange(app, visit, order).await {
        Ok((opened, token)) => {
            let answer = forward::whole(order, opened).await;
            looked(app, visit, order, (answer, &token, started))
        }
        Err(refusal) => {
            visit.note_look(app, order, Err(&refusal), started);
            Err(refusal)
        }
    }
}

/// Most objects that are looked up at the same moment.
const BESIDE: usize = 4;

/// Looks several objects up, some of them beside each other.
///
/// Errors: as for one of them.
pub async fn look_beside(
    app: &App,
    visit: &mut Visit,
    orders: &[Order<'_>],
) -> Result<Vec<Looked>, Refusal> {
    let mut all = Vec::with_capacity(orders.len());
    for some in orders.chunks(BESIDE) {
        let token = forward::first_token(app, visit).await?;
        let shared: &Visit = visit;
        let asked = some.iter().map(|order| async {
            let started = Instant::now();
            (once(app, shared, order, &token).await, started)
        });
        for (order, (answer, started)) in some.iter().zip(join_all(asked).await) {
            let stale = answer.as_ref().is_ok_and(|a| a.status == StatusCode::UNAUTHORIZED);
            all.push(match stale {
                // The token was too old before its time: a newer one is fetched there.
                true => look(app, visit, order).await,
                false => looked(app, visit, order, (answer, &token, started)),
            });
        }
    }
    all.into_iter().collect()
}

async fn once(
    app: &App,
    visit: &Visit,
    order: &Order<'_>,
    token: &Token,
) -> Result<Answer, Refusal> {
    given(&visit.passage, order.operation)?;
    forward::whole(order, forward::ask(app, visit, order, token).await?).await
}

/// What an answer tells.
fn looked(
    app: &App,
    visit: &mut Visit,
    order: &Order<'_>,
    (answer, token, started): (Result<Answer, Refusal>, &Token, Instant),
) -> Result<Looked, Refusal> {
    let told = answer.as_ref().map(|answer| (answer.status.as_u16(), answer.body.len()));
    visit.note_look(app, order, told, started);
    let answer = answer?;
    answer::refuse_shown(visit, order, (&answer.headers, &answer.body, token))?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Looked::Gone),
        StatusCode::FORBIDDEN => return Ok(Looked::Unseen),
        other => return Err(Refusal::UpstreamFailed(other.as_u16())),
    }
    let value: Value = serde_json::from_slice(&answer.body)
        .map_err(|_| Refusal::UpstreamAnswer("what the call is about cannot be read"))?;
    let hash = Sha256::digest(value.to_string().as_bytes()).into();
    Ok(Looked::Seen(Seen { value, hash, etag: answer.headers.get(ETAG).cloned() }))
}

impl Visit {
    /// The line of something that the gateway looked up for this call: the status of the answer and
    /// how many bytes it had, or why there was none. What never left has no line.
    fn note_look(
        &mut self,
        app: &App,
        order: &Order<'_>,
        answer: Result<(u16, usize), &Refusal>,
        started: Instant,
    ) {
        let (status, bytes) = match answer {
            Ok(told) => told,
            Err(refusal) if refusal.outcome() == Outcome::Failed => (refusal.status(), 0),
            Err(_) => return,
        };
        let operation: &Operation = order.operation;
        let path = operation.path.build(&order.params).unwrap_or_default();
        let asked = Asked {
            method: operation.method.to_string(),
            target: readable(&path),
            operation: Some(asked_operation(operation)),
            request_id: self.head.request_id.clone(),
            from: self.asked.from,
        };
        let ended = Ended {
            outcome: Outcome::Looked,
            code: None,
            status: Some(status),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            // What the gateway looks at for itself is passed on to nobody.
            answer_hash: None,
            duration_ms: i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX),
        };
        let (id, whose) = (app.ids.next(), self.passage.whose);
        let (approval, uses, sent_hash, undo) = (None, None, None, false);
        let begun = None;
        let entry = NewEntry { id, begun, whose, asked, approval, uses, sent_hash, ended, undo };
        self.looks.push(entry);
    }
}

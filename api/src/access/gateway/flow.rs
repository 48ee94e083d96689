//! A file on its way to the caller, piece by piece; it stops when the letter does.
//!
//! Nothing is kept of it: as much is read from the application as the caller takes. Its line in
//! the log is begun before anything is sent, and ended with how many bytes had passed.

use super::answer::{Payload, Reply, TOKENS_SHOWN};
use super::refusal::Refusal;
use super::tripwire::Tripwire;
use super::visit::Visit;
use super::watch;
use crate::access::model::{Ended, Outcome, TOKEN_SHOWN};
use crate::access::ops::tokens::Token;
use crate::app::App;
use crate::outside::upstream::{Cut, Flow, Running, Seat, Trouble};
use bytes::Bytes;
use futures::Stream;
use futures::stream::unfold;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::io;
use std::time::Duration;
use tokio::sync::{mpsc, watch as signal};

/// An answer whose head is here and passes.
pub struct Flowing {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Flow,
    pub token: Token,
}

/// So long the application may say nothing in the middle.
const PATIENCE: Duration = Duration::from_secs(30);
/// No file takes longer, and none is larger: 2 hours, 16 GiB.
const LONGEST: Duration = Duration::from_secs(2 * 60 * 60);
const MOST: u64 = 16 * 1024 * 1024 * 1024;

/// Takes one of the account's places for files under way. Nobody signed in at a page gets one: what
/// is shown there is read whole, and capped.
///
/// Errors: `too-many-downloads`.
pub fn take_seat(app: &App, visit: &Visit) -> Result<Option<Seat>, Refusal> {
    let Some(key_hash) = visit.entrance.key() else { return Ok(None) };
    let of = Running {
        vendor: visit.vendor,
        connection: visit.passage.whose.connection,
        grant: visit.passage.whose.grant,
        key_hash,
        terms: visit.passage.terms.clone(),
    };
    let entered = app.upstreams.flows().enter(of);
    let (seat, begins) = entered.map_err(|_| Refusal::TooManyDownloads)?;
    if begins {
        tokio::spawn(watch::watch(app.clone()));
    }
    Ok(Some(seat))
}

/// Begins to hand it on.
pub fn hand_on(app: &App, mut visit: Visit, flowing: Flowing) -> Result<Reply, Refusal> {
    let seat = visit.seat.take().ok_or(Refusal::Ours)?;
    let (sender, receiver) = mpsc::channel(2);
    let pieces = Pieces { receiver, cut: seat.signal() };
    let (status, headers) = (flowing.status, flowing.headers.clone());
    tokio::spawn(pump(app.clone(), visit, (flowing, seat), sender));
    Ok(Reply { status, headers, body: Payload::Pieces(pieces) })
}

enum Piece {
    Bytes(Bytes),
    /// Whole; without it, what came is a part.
    End,
}

/// What the client's connection takes from.
pub struct Pieces {
    receiver: mpsc::Receiver<Piece>,
    cut: signal::Receiver<Option<Cut>>,
}

impl Pieces {
    /// The body; an error in it says that it was stopped, whatever still waited to be sent.
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> {
        unfold(Some(self), |pieces| async {
            let mut pieces = pieces?;
            let next = pieces.receiver.recv().await;
            let stopped = pieces.cut.borrow().is_some();
            match next {
                Some(Piece::Bytes(bytes)) if !stopped => Some((Ok(bytes), Some(pieces))),
                Some(Piece::End) if !stopped => None,
                _ => Some((Err(io::Error::other("the answer was stopped")), None)),
            }
        })
    }
}

/// Why it did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broke {
    Cut(Cut),
    CallerLeft,
    Upstream(Trouble),
    Shown,
    TooLarge,
    TooLong,
}

impl Broke {
    fn code(self) -> &'static str {
        match self {
            Self::Cut(Cut::Ended(code)) => code,
            Self::Cut(Cut::Unconfirmed) => "unconfirmed",
            Self::Cut(Cut::Stopping) => "gateway-stopping",
            Self::CallerLeft => "caller-left",
            Self::Upstream(Trouble::Late) => "upstream-late",
            Self::Upstream(_) => "upstream-broke",
            Self::Shown => TOKEN_SHOWN,
            Self::TooLarge => "too-large",
            Self::TooLong => "too-long",
        }
    }
}

async fn pump(
    app: App,
    visit: Visit,
    (mut flowing, mut seat): (Flowing, Seat),
    sender: mpsc::Sender<Piece>,
) {
    let mut passed = Passed::default();
    let wanted = visit.head.method != Method::HEAD;
    let passing = async {
        if wanted {
            pass_on(&mut flowing, (&sender, &mut passed)).await?;
        }
        Ok(())
    };
    let end = tokio::select! {
        biased;
        cut = seat.stopped() => Err(Broke::Cut(cut)),
        end = tokio::time::timeout(LONGEST, passing) => end.unwrap_or(Err(Broke::TooLong)),
    };
    // The connection to the application ends here, and so does the caller's unless all is there.
    let status = flowing.status;
    drop(flowing);
    let whole = end.is_ok().then_some(sender);
    if end == Err(Broke::Shown) {
        let request = &visit.head.request_id;
        metrics::counter!(TOKENS_SHOWN).increment(1);
        tracing::error!(request, "ALARM: a file shows our token; it was stopped before");
    }
    visit.end_flow(&app, ended(end, status, passed)).await;
    if let Some(sender) = whole {
        // A caller who has gone meanwhile misses nothing but the end.
        let _ = sender.send(Piece::End).await;
    }
    drop(seat);
}

/// What of a file the caller was given, as far as it came.
#[derive(Default)]
struct Passed {
    bytes: u64,
    hash: Sha256,
}

async fn pass_on(
    flowing: &mut Flowing,
    (sender, so_far): (&mpsc::Sender<Piece>, &mut Passed),
) -> Result<(), Broke> {
    let mut tripwire = Tripwire::new(flowing.token.secret.expose_secret().as_bytes());
    loop {
        let next = tokio::select! {
            () = sender.closed() => return Err(Broke::CallerLeft),
            next = flowing.body.next(PATIENCE) => next.map_err(Broke::Upstream)?,
        };
        let Some(piece) = next else { break };
        let passed = tripwire.pass(piece).ok_or(Broke::Shown)?;
        give(sender, so_far, passed).await?;
    }
    give(sender, so_far, tripwire.rest()).await
}

async fn give(
    sender: &mpsc::Sender<Piece>,
    passed: &mut Passed,
    bytes: Bytes,
) -> Result<(), Broke> {
    if bytes.is_empty() {
        return Ok(());
    }
    let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let so_far = passed.bytes.saturating_add(count);
    if so_far > MOST {
        return Err(Broke::TooLarge);
    }
    sender.send(Piece::Bytes(bytes.clone())).await.map_err(|_| Broke::CallerLeft)?;
    passed.hash.update(&bytes);
    passed.bytes = so_far;
    Ok(())
}

fn ended(end: Result<(), Broke>, status: StatusCode, passed: Passed) -> Ended {
    let outcome = match end {
        Ok(()) => Outcome::Done,
        Err(Broke::Shown) => Outcome::Failed,
        Err(_) => Outcome::Cut,
    };
    Ended {
        outcome,
        code: end.err().map(|broke| broke.code().to_owned()),
        status: Some(status.as_u16()),
        bytes: i64::try_from(passed.bytes).unwrap_or(i64::MAX),
        answer_hash: Some(passed.hash.finalize().into()),
        duration_ms: 0,
    }
}

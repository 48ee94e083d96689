//! Bodies on their way: a request's has to come on, an answer's keeps its connection at work.

use super::Limits;
use super::seats::Turn;
use api::platform::http::Problem;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::try_unfold;
use hyper::body::{Body, Frame, SizeHint};
use poem::http::header;
use poem::http::{HeaderValue, StatusCode};
use poem::{IntoResponse, Request, Response};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Whether a request's body came too slowly.
pub(super) struct Watched(Arc<AtomicBool>);

impl Watched {
    pub(super) fn was_too_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Sets a deadline on the request's body that moves on with what has come.
pub(super) fn watch(request: &mut Request, limits: Limits) -> Watched {
    let too_slow = Arc::new(AtomicBool::new(false));
    let body = request.take_body();
    if body.is_empty() {
        return Watched(too_slow);
    }
    let (began, flag) = (Instant::now(), Arc::clone(&too_slow));
    let start = (Box::pin(body.into_bytes_stream()), 0);
    let paced = try_unfold(start, move |(mut stream, bytes)| {
        let flag = Arc::clone(&flag);
        async move {
            let until = began + allowed(limits, bytes);
            let Ok(chunk) = timeout_at(until, stream.next()).await else {
                flag.store(true, Ordering::Relaxed);
                return Err(io::Error::new(ErrorKind::TimedOut, "the body came too slowly"));
            };
            let chunk = chunk.transpose()?;
            let more = |chunk: &Bytes| u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            Ok(chunk.map(|chunk| {
                let bytes = bytes + more(&chunk);
                (chunk, (stream, bytes))
            }))
        }
    });
    request.set_body(poem::Body::from_bytes_stream::<_, Bytes, io::Error>(paced));
    Watched(too_slow)
}

/// How long a body may have taken by the time `bytes` of it are here.
fn allowed(limits: Limits, bytes: u64) -> Duration {
    let earned = bytes / u64::from(limits.body_bytes_a_second.max(1));
    (limits.body + Duration::from_secs(earned)).min(limits.longest_body)
}

/// What is answered to a body that came too slowly: the page of whoever noticed, else a problem.
/// The rest of the body would be taken for the next request, so the connection ends.
pub(super) fn too_slow(noticed: Response) -> Response {
    let mut answer = if noticed.status() == StatusCode::REQUEST_TIMEOUT {
        noticed
    } else {
        let detail = "The body came too slowly. Send the request again over a better connection.";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", detail).into_response()
    };
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// An answer's body. Until it is sent or given up, its connection is at work.
pub(super) struct Answering {
    body: AnyBody,
    _turn: Turn,
}

type AnyBody = Pin<Box<dyn Body<Data = Bytes, Error = io::Error> + Send>>;

impl Answering {
    pub(super) fn new<B>(body: B, turn: Turn) -> Self
    where
        B: Body<Data = Bytes, Error = io::Error> + Send + 'static,
    {
        Self { body: Box::pin(body), _turn: turn }
    }
}

impl Body for Answering {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.body.as_mut().poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_earns_time_with_what_it_brings() {
        let limits = Limits::default();
        assert_eq!(allowed(limits, 0), limits.body);
        assert_eq!(allowed(limits, 10 * 1024), limits.body + Duration::from_secs(10));
        assert_eq!(allowed(limits, u64::MAX), limits.longest_body);
    }
}

//! A limit on every body, read whole before anything else looks at it.

use super::Problem;
use poem::http::{StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use std::io::{self, ErrorKind};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Refuses bodies over the limit with 413, announced or chunked.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit {
    /// Bytes of an ordinary body.
    pub usual: usize,
    /// Bytes of a body that carries a file.
    pub multipart: usize,
}

pub struct BodyLimited<E> {
    inner: E,
    usual: usize,
    multipart: usize,
}

impl<E: Endpoint> Middleware<E> for BodyLimit {
    type Output = BodyLimited<E>;

    fn transform(&self, inner: E) -> Self::Output {
        BodyLimited { inner, usual: self.usual, multipart: self.multipart }
    }
}

impl<E: Endpoint> Endpoint for BodyLimited<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let headers = request.headers();
        let announced = headers.get(header::CONTENT_LENGTH);
        if announced.is_none() && !headers.contains_key(header::TRANSFER_ENCODING) {
            return Ok(self.inner.call(request).await?.into_response());
        }
        let limit = self.limit(&request);
        let length = announced.and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
        let mut reader = request.take_body().into_async_read();
        let mut bytes = Vec::new();
        if length.is_none_or(|length| length <= limit) {
            let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
            if let Err(error) = (&mut reader).take(most).read_to_end(&mut bytes).await {
                return Ok(not_whole(&error));
            }
            if bytes.len() <= limit {
                request.set_body(bytes);
                return Ok(self.inner.call(request).await?.into_response());
            }
        }
        drop(bytes);
        read_away(reader).await;
        Ok(too_large(limit))
    }
}

/// Many clients read the answer only after they have sent everything, so a while of listening
/// lets them see the 413 instead of a broken connection.
pub async fn read_away(reader: impl AsyncRead + Unpin) {
    const MOST: u64 = 64 * 1024 * 1024;
    let (mut rest, mut sink) = (reader.take(MOST), tokio::io::sink());
    let reading = tokio::io::copy(&mut rest, &mut sink);
    // Whether it ended, failed or took too long: the answer is the same.
    let _ = tokio::time::timeout(Duration::from_secs(10), reading).await;
}

impl<E> BodyLimited<E> {
    fn limit(&self, request: &Request) -> usize {
        let carries_file = request
            .content_type()
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"));
        if carries_file { self.multipart } else { self.usual }
    }
}

/// A body that stalled until the server's patience ended, or that broke off.
fn not_whole(error: &io::Error) -> Response {
    let (status, code, detail) = if timed_out(error) {
        let detail = "The body came too slowly. Send it again over a better connection.";
        (StatusCode::REQUEST_TIMEOUT, "too-slow", detail)
    } else {
        (StatusCode::BAD_REQUEST, "unreadable-body", "The body did not come whole.")
    };
    Problem::new(status, code, detail).into_response()
}

/// Whether the server's patience ended it, however often that error was wrapped.
fn timed_out(error: &io::Error) -> bool {
    let inner = || error.get_ref()?.downcast_ref::<io::Error>();
    error.kind() == ErrorKind::TimedOut || inner().is_some_and(timed_out)
}

fn too_large(limit: usize) -> Response {
    let detail = format!("The body is over the limit of {} kB.", limit / 1024);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use poem::{Body, EndpointExt, endpoint::make_sync};

    async fn answer(error: ErrorKind) -> StatusCode {
        let pieces = [Ok("some"), Err(io::Error::new(error, "no more"))];
        let body = Body::from_bytes_stream(stream::iter(pieces));
        let request = Request::builder().header(header::CONTENT_LENGTH, 1000).body(body);
        let limit = BodyLimit { usual: 2000, multipart: 2000 };
        let endpoint = make_sync(|_| "taken").with(limit);
        endpoint.call(request).await.map_or_else(|error| error.status(), |answer| answer.status())
    }

    #[tokio::test]
    async fn a_body_that_stalls_is_told_from_one_that_breaks_off() {
        assert_eq!(answer(ErrorKind::TimedOut).await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(answer(ErrorKind::ConnectionReset).await, StatusCode::BAD_REQUEST);
    }
}

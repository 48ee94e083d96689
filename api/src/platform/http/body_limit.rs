//! A limit on every body, read whole before anything else looks at it.

use super::Problem;
use poem::error::BadRequest;
use poem::http::{StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
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
            (&mut reader).take(most).read_to_end(&mut bytes).await.map_err(BadRequest)?;
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
async fn read_away(reader: impl AsyncRead + Unpin) {
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

fn too_large(limit: usize) -> Response {
    let detail = format!("The body is over the limit of {} kB.", limit / 1024);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail).into_response()
}

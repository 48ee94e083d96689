//! A limit on every body, read whole before anything else looks at it.

use super::Problem;
use poem::http::{StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

/// Refuses bodies over the limit with 413, announced or chunked.
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
        if length.is_some_and(|bytes| bytes > limit) {
            return Ok(too_large(limit));
        }
        match request.take_body().into_bytes_limit(limit).await {
            Ok(bytes) => request.set_body(bytes),
            Err(poem::error::ReadBodyError::PayloadTooLarge) => return Ok(too_large(limit)),
            Err(error) => return Err(error.into()),
        }
        Ok(self.inner.call(request).await?.into_response())
    }
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

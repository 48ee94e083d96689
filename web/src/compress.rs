//! Packs pages on their way out. Only whole texts: a stream of events stays a stream, an answer
//! that is packed already (assets) stays as it is, a short one is not worth it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};

use crate::assets::takes_gzip;

/// Packs answers of at least `LEAST_BYTES` with gzip for browsers that take it. It never touches
/// what a request carries, so no small body can unpack into a large one here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gzip;

/// Shorter answers are sent as they are.
pub const LEAST_BYTES: usize = 1_024;

impl<E: Endpoint> Middleware<E> for Gzip {
    type Output = GzipEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        GzipEndpoint { inner }
    }
}

/// The endpoint that `Gzip` makes.
pub struct GzipEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for GzipEndpoint<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        let wanted = takes_gzip(req.headers());
        let mut answer = self.inner.call(req).await?.into_response();
        if !is_text(&answer) {
            return Ok(answer);
        }
        answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        if !wanted || answer.headers().contains_key(header::CONTENT_ENCODING) {
            return Ok(answer);
        }
        let body = answer.take_body().into_bytes().await;
        let body = body.map_err(poem::error::InternalServerError)?;
        match pack(&body) {
            Some(packed) => {
                let gzip = HeaderValue::from_static("gzip");
                answer.headers_mut().insert(header::CONTENT_ENCODING, gzip);
                answer.headers_mut().remove(header::CONTENT_LENGTH);
                answer.set_body(packed);
            }
            None => answer.set_body(body),
        }
        Ok(answer)
    }
}

const TEXTS: [&str; 7] = [
    "text/html",
    "text/plain",
    "text/csv",
    "application/jsonl",
    "text/markdown",
    "application/json",
    "application/problem+json",
];

fn is_text(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    answer.status() != StatusCode::PARTIAL_CONTENT && TEXTS.contains(&kind)
}

fn pack(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < LEAST_BYTES {
        return None;
    }
    let mut to = GzEncoder::new(Vec::new(), Compression::new(4));
    to.write_all(body).and_then(|()| to.finish()).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use poem::endpoint::make_sync;
    use poem::test::{TestClient, TestResponse};
    use poem::web::Html;
    use poem::{EndpointExt, Route};

    use super::*;

    async fn get(path: &str, accept: &str) -> TestResponse {
        let long = || "held, released. ".repeat(200);
        let stream = || Response::builder().content_type("text/event-stream").body("data: x\n\n");
        let packed = move || {
            let reply = Response::builder().content_type("text/html");
            reply.header("content-encoding", "br").body(vec![1; 4_000])
        };
        let route = Route::new()
            .at("/long", make_sync(move |_| Html(long())))
            .at("/short", make_sync(|_| Html("short")))
            .at("/stream", make_sync(move |_| stream()))
            .at("/packed", make_sync(move |_| packed()))
            .with(Gzip);
        TestClient::new(route).get(path).header("accept-encoding", accept).send().await
    }

    #[tokio::test]
    async fn a_page_is_packed_for_those_who_take_it() {
        let page = get("/long", "br, gzip;q=0.8").await;
        page.assert_header("content-encoding", "gzip");
        page.assert_header("vary", "accept-encoding");
        let bytes = page.0.into_body().into_vec().await.unwrap();
        let mut text = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        assert!(bytes.len() < 200 && text.starts_with("held") && text.len() == 3_200);
        for accept in ["", "br", "gzip;q=0"] {
            get("/long", accept).await.assert_header_is_not_exist("content-encoding");
        }
    }

    #[tokio::test]
    async fn short_packed_and_streamed_answers_stay() {
        let short = get("/short", "gzip").await;
        short.assert_header_is_not_exist("content-encoding");
        short.assert_text("short").await;
        get("/stream", "gzip").await.assert_header_is_not_exist("content-encoding");
        get("/packed", "gzip").await.assert_header("content-encoding", "br");
    }
}

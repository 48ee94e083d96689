//! `GET /.well-known/jwks.json`: what applications verify the gateway's `Attache-Actor` with.

use crate::app::App;
use poem::http::header;
use poem::web::Data;
use poem::{Response, handler};
use serde_json::json;

/// A JWK Set (RFC 7517 section 5), for everybody.
#[handler]
pub fn actor_keys(app: Data<&App>) -> Response {
    let set = json!({ "keys": [app.actor_key.jwk()] });
    Response::builder()
        .header(header::CACHE_CONTROL, "public, max-age=3600")
        .content_type("application/jwk-set+json")
        .body(set.to_string())
}

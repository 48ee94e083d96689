//! `POST /oauth/revoke` (RFC 7009) and `POST /oauth/introspect` (RFC 7662)

use std::sync::Arc;

use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde_json::json;

use super::{
    client::authenticate,
    error::TokenError,
    token::{read, required},
};
use crate::{
    clock,
    marketing::{app::App, scope},
};

/// Ends a token; a refresh token takes its whole grant along. Unknown tokens get the same answer.
#[handler]
pub(crate) fn revoke(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    body: String,
) -> Result<StatusCode, TokenError> {
    let fields = read(req, &body)?;
    let client_id = authenticate(&app.config, req.headers(), &fields)?;
    let token = required(&fields, "token")?;
    app.oauth.write(|oauth| oauth.grants.revoke(token, &client_id, clock::now()))?;
    Ok(StatusCode::OK)
}

/// Says what a token stands for. A token that is no good, for whatever reason, is just inactive.
#[handler]
pub(crate) fn introspect(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    body: String,
) -> Result<Response, TokenError> {
    let fields = read(req, &body)?;
    let client_id = authenticate(&app.config, req.headers(), &fields)?;
    let token = required(&fields, "token")?;
    let bearer = app.oauth.read(|oauth| oauth.grants.introspect(token, clock::now()));
    let answer = match bearer.filter(|bearer| bearer.grant.client_id == client_id) {
        None => json!({ "active": false }),
        Some(bearer) => json!({
            "active": true,
            "token_type": bearer.kind,
            "client_id": bearer.grant.client_id,
            "sub": bearer.grant.user_id,
            "account_id": bearer.grant.account_id,
            "scope": scope::print(&bearer.scopes),
            "iss": app.issuer(),
            "iat": bearer.issued_at.timestamp(),
            "exp": bearer.expires_at.timestamp(),
        }),
    };
    Ok(Response::builder().content_type("application/json").body(answer.to_string()))
}

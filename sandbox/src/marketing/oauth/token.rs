//! `POST /oauth/token`

use std::sync::Arc;

use chrono::Duration;
use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Data,
};
use serde_json::json;

use super::{
    client::authenticate,
    error::TokenError,
    form::Fields,
    grants::{Issued, Pair, Proof, Refused},
};
use crate::{
    chance, clock,
    marketing::{app::App, scope},
};

/// Exchanges a code or a refresh token for a pair of tokens.
#[handler]
pub(crate) fn issue(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    body: String,
) -> Result<Response, TokenError> {
    let faults = app.faults.now();
    if let Some(code) = faults.token_endpoint_error {
        return Err(TokenError::Ordered(code));
    }
    let mut fields = read(req, &body)?;
    if let Some(scope) = faults.refresh_scope.filter(|_| fields.get("refresh_token").is_some()) {
        fields.set("scope", scope);
    }
    let client_id = authenticate(&app.config, req.headers(), &fields)?;
    let life = faults.access_token_seconds.map(|seconds| Duration::seconds(seconds.into()));
    let pair = Pair {
        access: format!("lka_{}", chance::secret()),
        refresh: format!("lkr_{}", chance::secret()),
        access_life: life.unwrap_or(app.config.access_token_life),
    };
    let rotate = !faults.refresh_without_rotation;
    let (issued, refresh) = match required(&fields, "grant_type")? {
        "authorization_code" => (exchange(app, &client_id, &fields, &pair)?, Some(&pair.refresh)),
        "refresh_token" => {
            let issued = refresh(app, (&client_id, rotate), &fields, &pair)?;
            (issued, rotate.then_some(&pair.refresh))
        }
        _ => return Err(TokenError::UnsupportedGrantType),
    };
    if faults.token_answer_lost {
        return Ok(Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR).finish());
    }
    let mut answer = json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": pair.access_life.num_seconds(),
        "scope": scope::print(&issued.scopes),
    });
    if let (Some(token), Some(answer)) = (refresh, answer.as_object_mut()) {
        answer.insert("refresh_token".into(), token.as_str().into());
    }
    Ok(Response::builder().content_type("application/json").body(answer.to_string()))
}

/// Reads the form of an endpoint that programs call.
///
/// # Errors
/// Another content type, or a field that is there twice.
pub(crate) fn read(req: &Request, body: &str) -> Result<Fields, TokenError> {
    let media = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let form = media.is_some_and(|media| {
        let kind = media.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    if !form {
        let wanted = "the body must be application/x-www-form-urlencoded";
        return Err(TokenError::InvalidRequest(wanted.into()));
    }
    Fields::parse(body).map_err(|name| TokenError::InvalidRequest(format!("{name} is there twice")))
}

/// A field that must be there.
pub(crate) fn required<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, TokenError> {
    fields.get(name).ok_or_else(|| TokenError::InvalidRequest(format!("{name} is missing")))
}

fn exchange(
    app: &App,
    client_id: &str,
    fields: &Fields,
    pair: &Pair,
) -> Result<Issued, TokenError> {
    let code = required(fields, "code")?;
    let redirect_uri = required(fields, "redirect_uri")?;
    let verifier = required(fields, "code_verifier")?;
    let verifier = (!app.faults.now().pkce_unchecked).then_some(verifier);
    let proof = Proof { client_id, redirect_uri, verifier };
    let now = clock::now();
    Ok(app.oauth.write(|oauth| oauth.grants.exchange(code, &proof, pair, now))??)
}

fn refresh(
    app: &App,
    (client_id, rotate): (&str, bool),
    fields: &Fields,
    pair: &Pair,
) -> Result<Issued, TokenError> {
    let token = required(fields, "refresh_token")?;
    let unknown = |word| TokenError::InvalidScope(format!("{word} is no scope"));
    let scopes = fields.get("scope").map(scope::parse).transpose().map_err(unknown)?;
    let wanted = (client_id, scopes.as_ref(), rotate);
    let now = clock::now();
    if app.faults.now().replay_spares && app.oauth.read(|oauth| oauth.grants.is_used(token)) {
        return Err(Refused::UsedBefore.into());
    }
    Ok(app.oauth.write(|oauth| oauth.grants.refresh(token, wanted, pair, now))??)
}

//! Making ourselves known to a server that takes clients as they come (RFC 7591).

use super::subject::Subject;
use anyhow::{Context, Result};
use api::outside::upstream::ClientAuth;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

/// Registers a client where the server's own metadata (RFC 8414, OpenID Connect Discovery) offers
/// it, and goes on as that client. Answers whether it did.
///
/// # Errors
/// The server offers it and does not do it.
pub async fn register(subject: &mut Subject) -> Result<bool> {
    let Some(endpoint) = endpoint(subject).await else { return Ok(false) };
    let oauth = &subject.upstream.oauth;
    let auth = match oauth.client_auth {
        ClientAuth::Basic => "client_secret_basic",
        ClientAuth::Body => "client_secret_post",
    };
    let wanted = json!({
        "client_name": "Attaché, probing",
        "redirect_uris": [subject.callback.as_str()],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": auth,
        "scope": oauth.scopes.join(" "),
    });
    let made = subject.document(endpoint, Some(&wanted)).await;
    let made = made.context("the server offers registration and refused it")?;
    let text = |name: &str| made.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = text("client_id").context("the registration brought no client_id")?;
    let secret = text("client_secret").context("the registration brought no client_secret")?;
    let server = &mut subject.server;
    if text("token_endpoint_auth_method").as_deref() == Some("client_secret_post") {
        server.client_auth = ClientAuth::Body;
    }
    server.client_id = id;
    server.client_secret = SecretString::from(secret);
    Ok(true)
}

async fn endpoint(subject: &Subject) -> Option<Url> {
    let issuer = Url::parse(&subject.server.issuer).ok()?;
    let path = issuer.path().trim_end_matches('/').to_owned();
    let places = [
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ];
    for place in places {
        let mut url = issuer.clone();
        url.set_path(&place);
        let Ok(document) = subject.document(url, None).await else { continue };
        let said = document.get("issuer").and_then(Value::as_str).unwrap_or_default();
        let offered = document.get("registration_endpoint").and_then(Value::as_str);
        // Another issuer's document says nothing of this server.
        if said.trim_end_matches('/') == subject.server.issuer
            && let Some(url) = offered.and_then(|text| Url::parse(text).ok())
        {
            return Some(url);
        }
    }
    None
}

//! `GET /oauth/authorize`: reading and checking what a client asks for.

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Data,
};
use url::{Url, form_urlencoded};

use super::{consent, form::Fields};
use crate::marketing::{
    MarketingConfig,
    app::App,
    fault::Fault,
    pages,
    scope::{self, Scopes},
    session::Visitor,
};

/// What a client asks for, checked.
pub(crate) struct Asked {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Scopes,
    pub(crate) state: Option<String>,
    pub(crate) challenge: String,
}

/// Why a request is refused, and who learns of it.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// The person alone: the address to go back to is not to be trusted.
    Here(&'static str),
    /// The client, at its own address.
    Back { to: Box<Url>, state: Option<String>, error: &'static str, reason: String },
}

/// Shows the consent page, or the sign-in page before it.
#[handler]
pub(crate) fn authorize(Data(app): Data<&Arc<App>>, req: &Request) -> Result<Response, Fault> {
    let query = req.uri().query().unwrap_or_default();
    let visitor = Visitor::of(app, req);
    match read(&app.config, query) {
        Err(wrong) => answer(app, &visitor, wrong),
        Ok(_) if visitor.user.is_none() => {
            let next = format!("/oauth/authorize?{query}");
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            Ok(see_other(&format!("/sign-in?next={next}")))
        }
        Ok(asked) => consent::ask(app, req, &visitor, (&asked, query)),
    }
}

/// Reads and checks a request. Nothing is sent back to a client before its address is known.
pub(crate) fn read(config: &MarketingConfig, query: &str) -> Result<Asked, Wrong> {
    let fields = Fields::parse(query).map_err(|_| Wrong::Here("It says one thing twice."))?;
    if fields.get("client_id") != Some(config.client_id.as_str()) {
        return Err(Wrong::Here("It comes from an application that Larkfield does not know."));
    }
    let redirect_uri = fields.get("redirect_uri").unwrap_or_default();
    let known = config.redirect_uris.iter().any(|known| known == redirect_uri);
    let (true, Ok(to)) = (known, Url::parse(redirect_uri)) else {
        return Err(Wrong::Here(
            "It would send you to an address that the application did not register.",
        ));
    };
    let state = fields.get("state").map(str::to_owned);
    let back = |error, reason: &str| Wrong::Back {
        to: Box::new(to.clone()),
        state: state.clone(),
        error,
        reason: reason.into(),
    };
    if fields.get("response_type") != Some("code") {
        return Err(back("unsupported_response_type", "response_type must be code"));
    }
    if fields.get("code_challenge_method") != Some("S256") {
        return Err(back("invalid_request", "code_challenge_method must be S256"));
    }
    let challenge = fields.get("code_challenge").unwrap_or_default();
    if !is_challenge(challenge) {
        return Err(back("invalid_request", "code_challenge must be 43 base64url characters"));
    }
    let scopes = scope::parse(fields.get("scope").unwrap_or_default())
        .map_err(|word| back("invalid_scope", &format!("{word} is no scope")))?;
    if scopes.is_empty() {
        return Err(back("invalid_scope", "scope is missing"));
    }
    Ok(Asked {
        client_id: config.client_id.clone(),
        redirect_uri: redirect_uri.into(),
        scopes,
        state,
        challenge: challenge.into(),
    })
}

/// Tells whoever is to learn of it.
pub(crate) fn answer(app: &App, visitor: &Visitor, wrong: Wrong) -> Result<Response, Fault> {
    match wrong {
        Wrong::Here(reason) => {
            let title = "This request is not safe to follow";
            pages::message(app, visitor, StatusCode::BAD_REQUEST, (title, reason))
        }
        Wrong::Back { to, state, error, reason } => {
            let said = [("error", error), ("error_description", reason.as_str())];
            Ok(callback(app, *to, &said, state.as_deref()))
        }
    }
}

/// Back to the client, with the issuer (RFC 9207) so that it knows whose answer this is.
pub(crate) fn callback(
    app: &App,
    mut to: Url,
    said: &[(&str, &str)],
    state: Option<&str>,
) -> Response {
    to.query_pairs_mut()
        .extend_pairs(said)
        .extend_pairs(state.map(|state| ("state", state)))
        .append_pair("iss", app.issuer());
    see_other(to.as_str())
}

/// 303, so that a browser never repeats a form at the new address (RFC 9700 section 4.12).
pub(crate) fn see_other(to: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, to)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .finish()
}

fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

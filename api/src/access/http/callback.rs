//! `GET /oauth/callback`: people come back from an application's consent page.

use crate::access::AccessError;
use crate::access::ops::{self, Returned};
use crate::app::App;
use crate::identity;
use crate::platform::http::Failure;
use crate::platform::http::address::host;
use crate::platform::http::credential::{Credential, Secret, session_cookie};
use crate::platform::refusal::{Error, Result};
use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Request, Response, handler};
use secrecy::SecretString;
use std::collections::BTreeMap;

/// Leads to the program's page of connections, with how it went. A return that is not of this
/// session connects nothing: a program gets 400, a browser is led to the same page.
#[handler]
pub async fn oauth_callback(app: Data<&App>, request: &Request) -> Response {
    match finish(&app, request).await {
        Ok(place) => see_other(&place),
        Err(error) => match refused_place(&app, request, &error).await {
            Some(place) => see_other(&place),
            None => Failure::from(error).into_response(),
        },
    }
}

/// Where a browser learns why nothing was connected.
async fn refused_place(app: &App, request: &Request, error: &Error) -> Option<String> {
    let accept = request.header(header::ACCEPT).unwrap_or_default();
    if !accept.contains("text/html") {
        return None;
    }
    let outcome = match error.code()? {
        "connect-unknown" => "unknown",
        "connect-mixed-up" => "mixed-up",
        "not-permitted" => "not-permitted",
        _ => return None,
    };
    let programs = identity::programs_of(app, &host(request)).await.ok()?;
    let slug = match session_cookie(request) {
        Some(secret) => program_of(app, secret).await,
        None => None,
    };
    let slug = slug.or_else(|| programs.into_iter().next().map(|(slug, _)| slug))?;
    Some(format!("/p/{slug}/connections?outcome={outcome}"))
}

/// The program that the session at hand acts in.
async fn program_of(app: &App, secret: Secret) -> Option<String> {
    let signed_in = identity::authenticate(app, &Credential::Session(secret)).await.ok()??;
    let caller = signed_in.caller?;
    let seats = identity::seats(app, caller.person).await.ok()?;
    let seat = seats.into_iter().find(|seat| seat.membership == caller.membership);
    seat.map(|seat| seat.vendor_slug)
}

async fn finish(app: &App, request: &Request) -> Result<String> {
    let returned = read(request.original_uri().query().unwrap_or_default())?;
    let signed_in = match session_cookie(request) {
        Some(secret) => identity::authenticate(app, &Credential::Session(secret)).await?,
        None => None,
    };
    let done = ops::finish_connect(app, signed_in.as_ref(), returned).await?;
    let connection = done.connection.map(|id| format!("&connection={id}")).unwrap_or_default();
    let path = format!("/p/{}/connections?outcome={}{connection}", done.vendor_slug, done.outcome);
    Ok(path)
}

/// Errors when one thing is said twice: then it is not clear what was said.
fn read(query: &str) -> Result<Returned, AccessError> {
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if said.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(AccessError::ConnectUnknown);
        }
    }
    Ok(Returned {
        state: said.remove("state"),
        code: said.remove("code").map(SecretString::from),
        error: said.remove("error"),
        issuer: said.remove("iss"),
    })
}

/// 303 without the address of this request, which holds the code.
fn see_other(place: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, place)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .finish()
}

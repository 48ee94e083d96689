//! `/sign-in` and `/sign-out`

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Form},
};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::{Page, message};
use crate::marketing::{
    SAMPLE_PASSWORD,
    app::App,
    fault::Fault,
    model::UserState,
    oauth::{authorize::see_other, client::CLIENT_NAME, hash},
    session::{self, Visitor},
};

/// `GET /sign-in?next=`
#[handler]
pub(crate) fn form(Data(app): Data<&Arc<App>>, req: &Request) -> Result<Response, Fault> {
    show(app, req, ("", &next_of(req)), None)
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    token: String,
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`
#[handler]
pub(crate) fn sign_in(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    Form(given): Form<Credentials>,
) -> Result<Response, Fault> {
    let next = local(&given.next);
    let visitor = Visitor::of(app, req);
    if !visitor.sent_from_our_page(app, &given.token) {
        let again = "This page was open for too long. Please try once more.";
        return show(app, req, (&given.email, next), Some(again));
    }
    let known = app.world.read(|world| {
        let user = world.user_by_email(given.email.trim());
        user.filter(|user| user.state == UserState::Active).map(|user| user.id.clone())
    });
    let right = hash(SAMPLE_PASSWORD).as_bytes().ct_eq(hash(&given.password).as_bytes());
    match known.filter(|_| bool::from(right)) {
        Some(user_id) => {
            session::begin(app, req, &user_id)?;
            Ok(see_other(next))
        }
        None => {
            let wrong = "We know nobody with this address and password.";
            show(app, req, (&given.email, next), Some(wrong))
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Leaving {
    token: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-out`
#[handler]
pub(crate) fn sign_out(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    Form(given): Form<Leaving>,
) -> Result<Response, Fault> {
    let visitor = Visitor::of(app, req);
    if !visitor.sent_from_our_page(app, &given.token) {
        let said = ("You are still signed in", "The page was too old. Please try once more.");
        return message(app, &visitor, StatusCode::FORBIDDEN, said);
    }
    session::end(app, req)?;
    Ok(see_other(local(&given.next)))
}

fn show(
    app: &App,
    req: &Request,
    (email, next): (&str, &str),
    wrong: Option<&str>,
) -> Result<Response, Fault> {
    let next = local(next);
    let mut page = Page::new("sign_in.html");
    if wrong.is_some() {
        page.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    page.insert("email", email);
    page.insert("next", next);
    page.insert("next_quoted", &quoted(next));
    page.insert("wrong", &wrong);
    page.insert("client", &connecting(next));
    // The decision on the consent page leads to the client; this form leads to that page alone.
    page.show(app, req, &Visitor::of(app, req))
}

/// Where to go afterwards, as the address says.
pub(super) fn next_of(req: &Request) -> String {
    let query = req.uri().query().unwrap_or_default();
    let next = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next");
    next.map_or_else(|| "/".into(), |(_, value)| value.into_owned())
}

/// `next` as it stands in the query of a link.
pub(super) fn quoted(next: &str) -> String {
    form_urlencoded::byte_serialize(next.as_bytes()).collect()
}

/// The client, when it waits for an account to be connected.
pub(super) fn connecting(next: &str) -> Option<&'static str> {
    next.starts_with("/oauth/authorize").then_some(CLIENT_NAME)
}

/// Our own pages only: an address of another host would make us a signpost for thieves.
pub(super) fn local(next: &str) -> &str {
    let bytes = next.as_bytes();
    let inside = bytes.first() == Some(&b'/') && !matches!(bytes.get(1), Some(b'/' | b'\\'));
    let plain = !next.bytes().any(|byte| byte.is_ascii_control());
    if inside && plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_follow_a_sign_in() {
        assert_eq!(local("/campaigns?x=1"), "/campaigns?x=1");
        for foreign in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/\n/x"] {
            assert_eq!(local(foreign), "/", "{foreign:?}");
        }
    }
}

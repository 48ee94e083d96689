//! Signing in and out, and changing from one role to another.

use api::identity::{self, SessionFacts, session_cookie_value};
use api::kernel::id::MembershipId;
use api::platform::http::address::{host, peer};
use api::platform::http::credential::session_cookie;
use poem::http::{HeaderValue, header};
use poem::{Request, Route, get, handler, post};
use serde::Serialize;

use super::send_again::{after_signing_in, ended, ended_with_a_form};
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Form, Held, Labels, PageError, Visit, Waiting, is_inside};
use crate::view::{Errors, Notice};

/// The sign-in page.
#[derive(Debug, Default, Serialize)]
pub struct SignIn {
    /// As typed.
    pub email: String,
    /// A path inside the program to go to afterwards.
    pub next: String,
    /// A form that waits, as it is carried on; empty when none does.
    pub held: String,
    /// That an earlier sign-in had ended, and what became of what was sent.
    pub ended: Option<Notice>,
    pub errors: Errors,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "identity/sign_in.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = Self { email: "petra@fjordhaus.example".into(), ..Self::default() };
        wrong.errors.add("email", "The address or the password is wrong.");
        let ended = Self { ended: Some(ended()), ..Self::default() };
        let held = "{}".to_owned();
        let kept = Self { held, ended: Some(ended_with_a_form()), ..Self::default() };
        vec![("usual", Self::default()), ("wrong", wrong), ("ended", ended), ("kept", kept)]
    }
}

pub fn samples() -> Vec<Sample> {
    SignIn::sample_list()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/sign-in", get(sign_in_form).post(sign_in))
        .at("/sign-out", post(sign_out))
        .at("/act-as", post(act_as))
}

#[handler]
async fn sign_in_form(visit: Visit, form: Form, request: &Request) -> Answer {
    let next = inside(form.get("next")).to_owned();
    if visit.signed_in().is_some() {
        return Ok(visit.go(&next));
    }
    let ended = session_cookie(request).map(|_| ended());
    visit.page(&SignIn { next, ended, ..SignIn::default() })
}

#[handler]
async fn sign_in(visit: Visit, form: Form, request: &Request) -> Answer {
    let facts = facts(request);
    let email = form.get("email").to_owned();
    let next = inside(form.get("next")).to_owned();
    let held = Held::carried(&form);
    if let Some(held) = held.as_ref().filter(|_| !form.ticked("password")) {
        // Back from asking for a new password.
        let (held, ended) = (held.carry(), Some(ended_with_a_form()));
        return visit.desk(&SignIn { next, held, ended, ..SignIn::default() });
    }
    let password = form.get("password").to_owned();
    match identity::sign_in(visit.app(), &email, password, facts).await {
        Ok(session) => {
            let mut response = match held {
                Some(held) => {
                    let waiting = Waiting { held, session: session.secret.clone(), email };
                    let mut page = after_signing_in(&visit, &waiting, &Labels::default())?;
                    // The edge tells it again in the words of its page, which that person may see.
                    page.extensions_mut().insert(waiting);
                    page
                }
                None => visit.go(&next),
            };
            set_session(&visit, &mut response, Some(&session.secret))?;
            Ok(response)
        }
        Err(error) if matches!(error.code(), Some("wrong-sign-in" | "too-many-tries")) => {
            let ended = held.as_ref().map(|_| ended_with_a_form());
            let held = held.map(|held| held.carry()).unwrap_or_default();
            let mut page = SignIn { email, next, held, ended, errors: Errors::default() };
            page.errors.add("email", &error.to_string());
            visit.again(&page)
        }
        Err(error) => Err(error.into()),
    }
}

#[handler]
async fn sign_out(visit: Visit) -> Answer {
    if let Some(signed_in) = visit.signed_in() {
        identity::sign_out(visit.app(), signed_in).await?;
    }
    let mut response = visit.go("/sign-in");
    set_session(&visit, &mut response, None)?;
    // What the browser kept for going back, such as forms being written.
    let kept = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert("clear-site-data", kept);
    Ok(response)
}

#[handler]
async fn act_as(visit: Visit, form: Form) -> Answer {
    let wanted = MembershipId::parse(form.get("membership"));
    let wanted = wanted.ok_or(identity::IdentityError::NoSuchSeat)?;
    identity::act_as(visit.app(), visit.person()?, wanted).await?;
    let seat = visit.seats().iter().find(|seat| seat.membership == wanted);
    let home = seat.map_or_else(|| visit.link("/"), |seat| format!("/p/{}/", seat.vendor_slug));
    Ok(crate::site::see_other(&home))
}

/// Where a sign-in comes from.
pub(super) fn facts(request: &Request) -> SessionFacts {
    SessionFacts {
        host: host(request),
        user_agent: request.header("user-agent").unwrap_or_default().to_owned(),
        address: peer(request),
    }
}

pub(super) fn set_session(
    visit: &Visit,
    response: &mut poem::Response,
    secret: Option<&str>,
) -> Result<(), PageError> {
    let cookie = session_cookie_value(&visit.app().site, secret);
    let cookie = HeaderValue::try_from(cookie).map_err(api::platform::refusal::Error::fault)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(())
}

/// A path inside the program, or its start.
fn inside(next: &str) -> &str {
    if is_inside(next) { next } else { "/" }
}

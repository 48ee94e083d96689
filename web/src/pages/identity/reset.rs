//! Forgotten passwords: asking for a link, choosing a new password, and what still works.

use api::identity::{self, OpenToken};
use api::platform::http::address::peer;
use poem::{Request, Route, get, handler};
use serde::Serialize;

use super::choices::refused;
use super::letters::spent;
use super::send_again::link_sent;
use super::sign_in::{SignIn, set_session};
use crate::format;
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Form, Held, Visit};
use crate::view::{Errors, Link};

/// The form to ask for a link.
#[derive(Debug, Default, Serialize)]
pub struct Forgotten {
    pub email: String,
    /// A form that waits for the sign-in, as it is carried on; empty when none does.
    pub held: String,
    pub errors: Errors,
}

impl Page for Forgotten {
    const TEMPLATE: &'static str = "identity/forgotten.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let errors = [("email", "Enter a mail address, such as name@company.com")];
        let errors = errors.into_iter().collect();
        let wrong = Self { email: "petra".into(), errors, ..Self::default() };
        let kept = Self { held: "{}".into(), ..Self::default() };
        vec![("usual", Self::default()), ("wrong", wrong), ("kept", kept)]
    }
}

/// The page behind the link.
#[derive(Debug, Serialize)]
pub struct Reset {
    pub token: String,
    pub errors: Errors,
}

impl Page for Reset {
    const TEMPLATE: &'static str = "identity/reset.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("usual", Self { token: "5ec7e7".into(), errors: Errors::default() })]
    }
}

/// After a new password: what still works.
#[derive(Debug, Serialize)]
pub struct ResetDone {
    /// "reporting, made on 12 May 2026, read only".
    pub tokens: Vec<String>,
}

impl Page for ResetDone {
    const TEMPLATE: &'static str = "identity/reset_done.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let tokens = vec!["reporting, made on 12 May 2026, may read".into()];
        vec![("tokens", Self { tokens }), ("none", Self { tokens: Vec::new() })]
    }
}

pub fn samples() -> Vec<Sample> {
    let all = [Forgotten::sample_list(), Reset::sample_list(), ResetDone::sample_list()];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/forgotten", get(forgotten_form).post(forgotten))
        .at("/reset", get(reset_form).post(reset))
}

#[handler]
async fn forgotten_form(visit: Visit) -> Answer {
    visit.page(&Forgotten::default())
}

#[handler]
async fn forgotten(visit: Visit, form: Form, request: &Request) -> Answer {
    let email = form.get("email");
    let held = Held::carried(&form).map(|held| held.carry()).unwrap_or_default();
    if !held.is_empty() && !form.ticked("email") {
        return visit.desk(&Forgotten { held, ..Forgotten::default() });
    }
    match identity::ask_to_reset(visit.app(), visit.vendor(), email, &peer(request)).await {
        Ok(()) if held.is_empty() => Ok(visit.go("/forgotten/sent")),
        // The page itself keeps what was written: no address and no link in a mail carries it.
        Ok(()) => {
            let ended = Some(link_sent(email));
            visit.desk(&SignIn { email: email.to_owned(), held, ended, ..SignIn::default() })
        }
        Err(error) => {
            let errors = refused(error, "email")?;
            visit.again(&Forgotten { email: email.to_owned(), held, errors })
        }
    }
}

#[handler]
async fn reset_form(visit: Visit, form: Form) -> Answer {
    let token = form.get("token");
    match identity::reset_behind(visit.app(), token).await {
        Ok(()) => visit.page(&Reset { token: token.to_owned(), errors: Errors::default() }),
        Err(error) if error.code() == Some("no-such-link") => link_spent(&visit),
        Err(error) => Err(error.into()),
    }
}

fn link_spent(visit: &Visit) -> Answer {
    let way = Link::new("Ask for a new link", &visit.link("/forgotten"));
    spent(visit, "Links to a new password work once, for one hour.", way)
}

#[handler]
async fn reset(visit: Visit, form: Form) -> Answer {
    let (token, password) = (form.get("token"), form.get("password").to_owned());
    match identity::reset_password(visit.app(), token, password).await {
        Ok(tokens) => {
            let tokens = tokens.iter().map(token_line).collect();
            let mut response = visit.page(&ResetDone { tokens })?;
            set_session(&visit, &mut response, None)?;
            Ok(response)
        }
        Err(error) if error.code() == Some("no-such-link") => link_spent(&visit),
        Err(error) => {
            let errors = refused(error, "password")?;
            visit.again(&Reset { token: token.to_owned(), errors })
        }
    }
}

fn token_line(token: &OpenToken) -> String {
    let made = format::date(token.created_at.date_naive());
    format!("{}, made on {made}, may {}", token.name, token.scope)
}

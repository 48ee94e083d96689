//! Accepting a colleague's invitation, with a new account or the one at hand.

use api::identity::{self, Joining};
use poem::{Request, Route, get, handler, post};
use serde::Serialize;

use super::choices::{refused, role_label, zones};
use super::letters::spent;
use super::sign_in::{facts, set_session};
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Flash, Form, Visit};
use crate::view::{Choice, Errors, Link};

/// How the person at hand may accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Signed in with the address that was invited.
    Fits,
    /// Signed in with another address.
    Other,
    /// Not signed in, with an account.
    SignIn,
    /// No account yet.
    New,
}

/// The page behind an invitation.
#[derive(Debug, Serialize)]
pub struct Join {
    pub token: String,
    pub organization: String,
    pub invited_by: String,
    pub role: String,
    pub email: String,
    pub standing: Standing,
    pub name: String,
    pub zones: Vec<Choice>,
    /// The sign-in page, and back here.
    pub sign_in: String,
    pub errors: Errors,
}

impl Page for Join {
    const TEMPLATE: &'static str = "identity/join.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |standing| Self {
            token: "5ec7e7".into(),
            organization: "Fjordhaus Outdoor".into(),
            invited_by: "Petra Lindqvist".into(),
            role: "Member".into(),
            email: "jonas@fjordhaus.example".into(),
            standing,
            name: String::new(),
            zones: zones("Europe/Stockholm"),
            sign_in: "/p/larkfield/sign-in?next=%2Fjoin".into(),
            errors: Errors::default(),
        };
        let mut wrong = page(Standing::New);
        wrong.errors.add("name", "Enter your name");
        vec![
            ("new", page(Standing::New)),
            ("wrong", wrong),
            ("fits", page(Standing::Fits)),
            ("other", page(Standing::Other)),
            ("sign-in", page(Standing::SignIn)),
        ]
    }
}

pub fn samples() -> Vec<Sample> {
    Join::sample_list()
}

pub fn routes(routes: Route) -> Route {
    routes.at("/join", get(join_form).post(join)).at("/join/new", post(join_anew))
}

#[handler]
async fn join_form(visit: Visit, form: Form) -> Answer {
    page(&visit, &form, Errors::default()).await
}

async fn page(visit: &Visit, form: &Form, errors: Errors) -> Answer {
    let token = form.get("token");
    let behind = match identity::invitation_behind(visit.app(), token).await {
        Ok(behind) => behind,
        Err(error) if error.code() == Some("no-such-link") => return link_spent(visit),
        Err(error) => return Err(error.into()),
    };
    let standing = match visit.signed_in() {
        Some(signed_in) if signed_in.person.email == behind.email => Standing::Fits,
        Some(_) => Standing::Other,
        None if behind.has_account => Standing::SignIn,
        None => Standing::New,
    };
    let next = format!("/join?token={token}");
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let again = !errors.is_empty();
    let page = Join {
        token: token.to_owned(),
        organization: behind.organization,
        invited_by: behind.invited_by,
        role: role_label(behind.role).to_owned(),
        email: behind.email,
        standing,
        name: form.get("name").to_owned(),
        zones: zones(form.given("zone").unwrap_or(&behind.zone)),
        sign_in: visit.link(&format!("/sign-in?next={next}")),
        errors,
    };
    if again { visit.again(&page) } else { visit.page(&page) }
}

fn link_spent(visit: &Visit) -> Answer {
    let way = Link::new("Sign in", &visit.link("/sign-in"));
    let text = "Invitations work once, for 7 days, and may be withdrawn. If you accepted it \
                already, sign in; else ask your colleague for another.";
    spent(visit, text, way)
}

#[handler]
async fn join(visit: Visit, form: Form) -> Answer {
    match identity::join(visit.app(), visit.person()?, form.get("token")).await {
        Ok(_) => Ok(visit.go_telling("/", &welcome())),
        Err(error) if error.code() == Some("no-such-link") => link_spent(&visit),
        Err(error) => Err(error.into()),
    }
}

#[handler]
async fn join_anew(visit: Visit, form: Form, request: &Request) -> Answer {
    let who = Joining {
        name: form.get("name").to_owned(),
        password: form.get("password").to_owned(),
        zone: Some(form.get("zone").to_owned()),
    };
    match identity::join_anew(visit.app(), form.get("token"), who, facts(request)).await {
        Ok(session) => {
            let mut response = visit.go_telling("/", &welcome());
            set_session(&visit, &mut response, Some(&session.secret))?;
            Ok(response)
        }
        Err(error) if error.code() == Some("no-such-link") => link_spent(&visit),
        Err(error) => page(&visit, &form, refused(error, "name")?).await,
    }
}

fn welcome() -> Flash {
    Flash::done("You hold a seat now").saying("Your colleagues were told.")
}

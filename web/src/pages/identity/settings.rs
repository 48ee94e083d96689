//! Settings of a person: name and zone, theme, address, password.

use api::identity;
use poem::http::{HeaderValue, header};
use poem::{Route, get, handler, post};
use serde::Serialize;

use super::choices::{refused, zones};
use super::letters::spent;
use crate::render::Page;
use crate::samples::Sample;
use crate::shell::Theme;
use crate::site::{Answer, Flash, Form, PageError, Visit, role_words};
use crate::view::{Choice, Errors, Link, Tab};

/// The pages of the settings, the one at hand marked.
pub fn tabs(home: &str, at: &str) -> Vec<Tab> {
    const PAGES: &[(&str, &str)] = &[
        ("You", "/settings"),
        ("Address", "/settings/email"),
        ("Password", "/settings/password"),
        ("Sessions", "/settings/sessions"),
        ("API tokens", "/settings/tokens"),
        ("Mail", "/settings/mail"),
    ];
    let tab =
        |(label, path): &(&str, &str)| Tab::new(label, &format!("{home}{path}"), None, *path == at);
    PAGES.iter().map(tab).collect()
}

/// Name, zone, theme, and the organizations of the person.
#[derive(Debug, Serialize)]
pub struct You {
    pub tabs: Vec<Tab>,
    pub name: String,
    pub zones: Vec<Choice>,
    pub themes: Vec<Choice>,
    /// "Fjordhaus Outdoor, Customer · admin".
    pub seats: Vec<String>,
    pub errors: Errors,
}

impl Page for You {
    const TEMPLATE: &'static str = "identity/settings.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |errors| Self {
            tabs: tabs("/p/larkfield", "/settings"),
            name: "Petra Lindqvist".into(),
            zones: zones("Europe/Stockholm"),
            themes: themes(None),
            seats: vec!["Fjordhaus Outdoor, Customer".into()],
            errors,
        };
        let wrong = [("name", "Enter your name")].into_iter().collect();
        vec![("usual", page(Errors::default())), ("wrong", page(wrong))]
    }
}

/// Another address.
#[derive(Debug, Serialize)]
pub struct Address {
    pub tabs: Vec<Tab>,
    /// The one in force.
    pub now: String,
    pub email: String,
    pub errors: Errors,
}

impl Page for Address {
    const TEMPLATE: &'static str = "identity/email.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |errors| Self {
            tabs: tabs("/p/larkfield", "/settings/email"),
            now: "petra@fjordhaus.example".into(),
            email: String::new(),
            errors,
        };
        let wrong = [("password", "The password is wrong.")].into_iter().collect();
        vec![("usual", page(Errors::default())), ("wrong", page(wrong))]
    }
}

/// The page behind the link that went to the new address.
#[derive(Debug, Serialize)]
pub struct ConfirmAddress {
    pub token: String,
    pub email: String,
}

impl Page for ConfirmAddress {
    const TEMPLATE: &'static str = "identity/confirm_email.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let email = "petra@new.example".into();
        vec![("usual", Self { token: "5ec7e7".into(), email })]
    }
}

/// Another password.
#[derive(Debug, Serialize)]
pub struct Password {
    pub tabs: Vec<Tab>,
    pub errors: Errors,
}

impl Page for Password {
    const TEMPLATE: &'static str = "identity/password.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let tabs = tabs("/p/larkfield", "/settings/password");
        vec![("usual", Self { tabs, errors: Errors::default() })]
    }
}

pub fn samples() -> Vec<Sample> {
    let all = [
        You::sample_list(),
        Address::sample_list(),
        ConfirmAddress::sample_list(),
        Password::sample_list(),
    ];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/settings", get(you_form).post(you))
        .at("/settings/theme", post(theme))
        .at("/settings/email", get(address_form).post(address))
        .at("/settings/email/confirm", get(confirm_form).post(confirm))
        .at("/settings/password", get(password_form).post(set_password))
}

#[handler]
async fn you_form(visit: Visit) -> Answer {
    let person = &visit.person()?.person;
    let page = you_page(&visit, &person.name, &person.zone, Errors::default());
    visit.page(&page)
}

fn you_page(visit: &Visit, name: &str, zone: &str, errors: Errors) -> You {
    let seat = |seat: &identity::Seat| {
        format!("{}, {}", seat.organization_name, role_words(seat.kind, seat.role))
    };
    You {
        tabs: tabs(&visit.link(""), "/settings"),
        name: name.to_owned(),
        zones: zones(zone),
        themes: themes(visit.shell().theme),
        seats: visit.seats().iter().map(seat).collect(),
        errors,
    }
}

fn themes(chosen: Option<Theme>) -> Vec<Choice> {
    vec![
        Choice::new("system", "As the system", chosen.is_none()),
        Choice::new("light", "Light", chosen == Some(Theme::Light)),
        Choice::new("dark", "Dark", chosen == Some(Theme::Dark)),
    ]
}

#[handler]
async fn you(visit: Visit, form: Form) -> Answer {
    let (name, zone) = (form.get("name"), form.get("zone"));
    match identity::set_profile(visit.app(), visit.person()?, name, zone).await {
        Ok(()) => Ok(visit.go_telling("/settings", &Flash::done("Saved"))),
        Err(error) => visit.again(&you_page(&visit, name, zone, refused(error, "name")?)),
    }
}

/// The theme is the browser's, not the person's: a cookie that the frame reads.
#[handler]
async fn theme(visit: Visit, form: Form) -> Answer {
    let (value, age) = match Theme::from_cookie(form.get("theme")) {
        Some(Theme::Light) => ("light", 365 * 24 * 3600),
        Some(Theme::Dark) => ("dark", 365 * 24 * 3600),
        None => ("", 0),
    };
    let mut response = visit.go_telling("/settings", &Flash::done("Saved"));
    let cookie = format!("theme={value}; Path=/; SameSite=Lax; Max-Age={age}");
    let cookie = HeaderValue::try_from(cookie).map_err(api::platform::refusal::Error::fault)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn address_page(visit: &Visit, email: &str, errors: Errors) -> Result<Address, PageError> {
    Ok(Address {
        tabs: tabs(&visit.link(""), "/settings/email"),
        now: visit.person()?.person.email.clone(),
        email: email.to_owned(),
        errors,
    })
}

#[handler]
async fn address_form(visit: Visit) -> Answer {
    visit.page(&address_page(&visit, "", Errors::default())?)
}

#[handler]
async fn address(visit: Visit, form: Form) -> Answer {
    let (email, password) = (form.get("email"), form.get("password").to_owned());
    let (app, vendor, signed_in) = (visit.app(), visit.vendor(), visit.person()?);
    match identity::ask_to_change_email(app, vendor, signed_in, email, password).await {
        Ok(()) => {
            let told = Flash::note(
                "Look at the mail of the new address",
                "The link in it works once, for 24 hours. Until then nothing changes.",
            );
            Ok(visit.go_telling("/settings/email", &told))
        }
        Err(error) => visit.again(&address_page(&visit, email, refused(error, "email")?)?),
    }
}

#[handler]
async fn confirm_form(visit: Visit, form: Form) -> Answer {
    let token = form.get("token");
    match identity::email_change_behind(visit.app(), token).await {
        Ok(email) => visit.page(&ConfirmAddress { token: token.to_owned(), email }),
        Err(error) if error.code() == Some("no-such-link") => link_spent(&visit),
        Err(error) => Err(error.into()),
    }
}

fn link_spent(visit: &Visit) -> Answer {
    let way = Link::new("Open settings", &visit.link("/settings/email"));
    spent(visit, "Links to another address work once, for 24 hours.", way)
}

#[handler]
async fn confirm(visit: Visit, form: Form) -> Answer {
    match identity::change_email(visit.app(), form.get("token")).await {
        Ok(()) => {
            let told = Flash::done("Your new address is in force");
            let to = if visit.signed_in().is_some() { "/settings/email" } else { "/sign-in" };
            Ok(visit.go_telling(to, &told))
        }
        Err(error) if error.code() == Some("no-such-link") => link_spent(&visit),
        Err(error) => Err(error.into()),
    }
}

#[handler]
async fn password_form(visit: Visit) -> Answer {
    visit.person()?;
    let tabs = tabs(&visit.link(""), "/settings/password");
    visit.page(&Password { tabs, errors: Errors::default() })
}

#[handler]
async fn set_password(visit: Visit, form: Form) -> Answer {
    let (old, new) = (form.get("password").to_owned(), form.get("new_password").to_owned());
    let signed_in = visit.person()?;
    match identity::change_password(visit.app(), visit.vendor(), signed_in, old, new).await {
        Ok(()) => {
            let told = Flash::done("Your password is changed").saying("Other sessions were ended.");
            Ok(visit.go_telling("/settings/password", &told))
        }
        Err(error) => {
            let errors = refused(error, "password")?;
            let tabs = tabs(&visit.link(""), "/settings/password");
            visit.again(&Password { tabs, errors })
        }
    }
}

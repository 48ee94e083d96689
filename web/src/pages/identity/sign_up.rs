//! Signing up with an organization, confirming the address, and adding another organization.

use api::identity::{self, IdentityError, OrganizationWanted, SignUp as Wanted};
use api::platform::caller::OrganizationKind;
use api::platform::http::address::peer;
use poem::{Request, Route, get, handler};
use serde::Serialize;

use super::choices::{countries, industries, kinds, refused, zones};
use super::letters::spent;
use super::sign_in::{facts, set_session};
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, Errors, Link};

/// The fields of an organization, as typed.
#[derive(Debug, Serialize)]
pub struct OrganizationFields {
    pub organization_name: String,
    pub city: String,
    pub kinds: Vec<Choice>,
    pub countries: Vec<Choice>,
    pub zones: Vec<Choice>,
    pub industries: Vec<Choice>,
}

impl OrganizationFields {
    async fn of(visit: &Visit, form: &Form) -> Result<Self, PageError> {
        Ok(Self {
            organization_name: form.get("organization_name").to_owned(),
            city: form.get("city").to_owned(),
            kinds: kinds(form.get("kind"), &visit.shell().program.vendor),
            countries: countries(form.get("country")),
            zones: zones(form.get("zone")),
            industries: industries(visit, form.get("industry")).await?,
        })
    }

    fn sample(kind: &str) -> Self {
        Self {
            organization_name: "Fjordhaus Outdoor".into(),
            city: "Malmö".into(),
            kinds: kinds(kind, "Larkfield"),
            countries: countries("SE"),
            zones: zones("Europe/Stockholm"),
            industries: vec![Choice::new("outdoor", "Outdoor and sport", true)],
        }
    }
}

/// The form to sign up.
#[derive(Debug, Serialize)]
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub organization: OrganizationFields,
    pub errors: Errors,
}

impl Page for SignUp {
    const TEMPLATE: &'static str = "identity/sign_up.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |kind: &str, errors: Errors| Self {
            name: "Petra Lindqvist".into(),
            email: "petra@fjordhaus.example".into(),
            organization: OrganizationFields::sample(kind),
            errors,
        };
        let wrong = [
            ("kind", "Choose customer, partner or reseller"),
            ("password", "Use at least 12 characters; a sentence is fine"),
        ];
        vec![
            ("usual", page("customer", Errors::default())),
            ("wrong", page("", wrong.into_iter().collect())),
        ]
    }
}

/// The same for someone who is signed in.
#[derive(Debug, Serialize)]
pub struct AddOrganization {
    pub name: String,
    pub organization: OrganizationFields,
    pub errors: Errors,
}

impl Page for AddOrganization {
    const TEMPLATE: &'static str = "identity/add_organization.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let organization = OrganizationFields::sample("partner");
        let name = "Petra Lindqvist".into();
        vec![("usual", Self { name, organization, errors: Errors::default() })]
    }
}

/// The page behind the link of a sign-up.
#[derive(Debug, Serialize)]
pub struct ConfirmSignUp {
    pub token: String,
    pub email: String,
    pub organization: String,
    pub errors: Errors,
}

impl Page for ConfirmSignUp {
    const TEMPLATE: &'static str = "identity/confirm_sign_up.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |errors| Self {
            token: "5ec7e7".into(),
            email: "petra@fjordhaus.example".into(),
            organization: "Fjordhaus Outdoor".into(),
            errors,
        };
        let wrong = [("password", "The password is wrong.")].into_iter().collect();
        vec![("usual", page(Errors::default())), ("wrong", page(wrong))]
    }
}

pub fn samples() -> Vec<Sample> {
    let all = [SignUp::sample_list(), AddOrganization::sample_list(), ConfirmSignUp::sample_list()];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/sign-up", get(sign_up_form).post(sign_up))
        .at("/sign-up/confirm", get(confirm_form).post(confirm))
}

#[handler]
async fn sign_up_form(visit: Visit, form: Form) -> Answer {
    page(&visit, &form, Errors::default(), false).await
}

async fn page(visit: &Visit, form: &Form, errors: Errors, again: bool) -> Answer {
    let organization = OrganizationFields::of(visit, form).await?;
    if let Some(signed_in) = visit.signed_in() {
        let name = signed_in.person.name.clone();
        let page = AddOrganization { name, organization, errors };
        return if again { visit.again(&page) } else { visit.page(&page) };
    }
    let (name, email) = (form.get("name").to_owned(), form.get("email").to_owned());
    let page = SignUp { name, email, organization, errors };
    if again { visit.again(&page) } else { visit.page(&page) }
}

/// The fields as typed; an industry counts for a customer only, since the box of it may hold a
/// word from before another kind was chosen. A kind that is none becomes the one nobody may choose,
/// which is refused by name together with all other faults.
fn organization(form: &Form) -> OrganizationWanted {
    let kind = OrganizationKind::parse(form.get("kind")).unwrap_or(OrganizationKind::Vendor);
    let industry = form.given("industry").filter(|_| kind == OrganizationKind::Customer);
    OrganizationWanted {
        kind,
        name: form.get("organization_name").to_owned(),
        city: form.get("city").to_owned(),
        country: form.get("country").to_owned(),
        zone: form.get("zone").to_owned(),
        industry: industry.map(str::to_owned),
    }
}

#[handler]
async fn sign_up(visit: Visit, form: Form, request: &Request) -> Answer {
    if visit.signed_in().is_some() {
        return add_organization(&visit, &form).await;
    }
    let wanted = Wanted {
        name: form.get("name").to_owned(),
        email: form.get("email").to_owned(),
        password: form.get("password").to_owned(),
        organization: organization(&form),
    };
    let asked = identity::ask_to_sign_up(visit.app(), visit.vendor(), wanted, &peer(request)).await;
    match asked {
        Ok(()) => Ok(visit.go("/sign-up/sent")),
        Err(error) => {
            let mut errors = refused(error, "email")?;
            if form.given("password").is_some() && !errors.on.contains_key("password") {
                errors.add("password", "Enter the password again: a page never carries it back");
            }
            page(&visit, &form, errors, true).await
        }
    }
}

async fn add_organization(visit: &Visit, form: &Form) -> Answer {
    let wanted = organization(form);
    let signed_in = visit.person()?;
    let added = identity::add_organization(visit.app(), visit.vendor(), signed_in, &wanted).await;
    match added {
        Ok(_) => {
            let told = Flash::done(&format!("{} is in the program", wanted.name.trim()));
            Ok(visit.go_telling("/", &told.saying("You act for it now, as its owner.")))
        }
        Err(error) => {
            let errors = refused(error, "organization_name")?;
            page(visit, form, errors, true).await
        }
    }
}

#[handler]
async fn confirm_form(visit: Visit, form: Form) -> Answer {
    confirm_page(&visit, form.get("token"), Errors::default(), false).await
}

async fn confirm_page(visit: &Visit, token: &str, errors: Errors, again: bool) -> Answer {
    let behind = match identity::sign_up_behind(visit.app(), token).await {
        Ok(behind) => behind,
        Err(error) if error.code() == Some("no-such-link") => return link_spent(visit),
        Err(error) => return Err(error.into()),
    };
    let (email, organization) = (behind.email, behind.organization);
    let page = ConfirmSignUp { token: token.to_owned(), email, organization, errors };
    if again { visit.again(&page) } else { visit.page(&page) }
}

fn link_spent(visit: &Visit) -> Answer {
    let way = Link::new("Sign in", &visit.link("/sign-in"));
    spent(visit, "If you confirmed your address already, sign in. Else sign up again.", way)
}

#[handler]
async fn confirm(visit: Visit, form: Form, request: &Request) -> Answer {
    let (token, password) = (form.get("token"), form.get("password").to_owned());
    match identity::confirm_sign_up(visit.app(), token, password, facts(request)).await {
        Ok(session) => {
            let told = Flash::done("Your address is confirmed").saying("You are signed in.");
            let mut response = visit.go_telling("/", &told);
            set_session(&visit, &mut response, Some(&session.secret))?;
            Ok(response)
        }
        Err(error) if error.code() == Some("no-such-link") => link_spent(&visit),
        Err(error) if error.code() == Some("address-taken") => {
            let told = Flash::note("Sign in", &IdentityError::AddressTaken.to_string());
            Ok(visit.go_telling("/sign-in", &told))
        }
        Err(error) => confirm_page(&visit, token, refused(error, "password")?, true).await,
    }
}

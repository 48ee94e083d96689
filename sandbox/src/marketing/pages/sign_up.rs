//! `/sign-up`: an account of one's own, filled with sample data, for whoever tries the product.

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};

use super::{
    Page,
    sign_in::{connecting, local, next_of, quoted},
};
use crate::clock;
use crate::marketing::{
    app::App,
    fault::Fault,
    model::{Role, World},
    oauth::authorize::see_other,
    seed,
    session::{self, Visitor},
};

/// The sample whose lists and campaigns a new account begins with.
const LIKE: &str = "fjordhaus";
const LONGEST: usize = 80;

#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Wanted {
    #[serde(default, skip_serializing)]
    token: String,
    company: String,
    name: String,
    email: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-up?next=`
#[handler]
pub(crate) fn form(Data(app): Data<&Arc<App>>, req: &Request) -> Result<Response, Fault> {
    show(app, req, Wanted { next: next_of(req), ..Wanted::default() }, None)
}

/// `POST /sign-up`: opens the account, signs its owner in and goes on where they came from.
#[handler]
pub(crate) fn sign_up(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Fault> {
    if !Visitor::of(app, req).sent_from_our_page(app, &wanted.token) {
        let again = "This page was open for too long. Please try once more.";
        return show(app, req, wanted, Some(again));
    }
    let when = (app.config.seed, clock::now());
    let opened = app.world.write(|world| match fault(world, &wanted) {
        Some(wrong) => Ok(Err(wrong)),
        None => open(world, &wanted, when).map(Ok),
    })??;
    match opened {
        Err(wrong) => show(app, req, wanted, Some(wrong)),
        Ok(user_id) => {
            session::begin(app, req, &user_id)?;
            Ok(see_other(local(&wanted.next)))
        }
    }
}

fn fault(world: &World, wanted: &Wanted) -> Option<&'static str> {
    let filled = |text: &str| !text.trim().is_empty() && text.chars().count() <= LONGEST;
    let (before, after) = wanted.email.trim().split_once('@').unwrap_or_default();
    if !filled(&wanted.company) || !filled(&wanted.name) {
        return Some("Enter the company and your name, each of at most 80 characters.");
    }
    if before.is_empty() || !after.contains('.') || !filled(&wanted.email) {
        return Some("Enter a mail address, such as name@company.example.");
    }
    let known = world.user_by_email(wanted.email.trim()).is_some();
    known.then_some("Somebody has an account with this address. Sign in instead.")
}

/// The id of the new account's owner.
fn open(
    world: &mut World,
    wanted: &Wanted,
    when: (u64, chrono::DateTime<chrono::Utc>),
) -> anyhow::Result<String> {
    let email = wanted.email.trim().to_owned();
    let name = wanted.name.trim().to_owned();
    let owner = seed::Person { email: email.clone(), name, role: Role::Owner };
    seed::open(world, LIKE, (wanted.company.trim(), owner), when)?;
    let user = world.user_by_email(&email).map(|user| user.id.clone());
    user.ok_or_else(|| anyhow::anyhow!("the new owner is nobody"))
}

fn show(
    app: &App,
    req: &Request,
    mut typed: Wanted,
    wrong: Option<&str>,
) -> Result<Response, Fault> {
    typed.next = local(&typed.next).to_owned();
    let mut page = Page::new("sign_up.html");
    if wrong.is_some() {
        page.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    page.insert("client", &connecting(&typed.next));
    page.insert("next_quoted", &quoted(&typed.next));
    page.insert("typed", &typed);
    page.insert("wrong", &wrong);
    page.show(app, req, &Visitor::of(app, req))
}

//! The consent page and `POST /oauth/authorize`, the decision on it.

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    authorize::{Asked, Wrong, answer, callback, read, see_other},
    client::CLIENT_NAME,
    grants::Consent,
};
use crate::{
    chance, clock,
    marketing::{
        app::App,
        fault::Fault,
        model::{Role, User},
        pages::{self, Page},
        scope::{Scope, Scopes},
        session::Visitor,
    },
};

/// Shows what the client asks for. The query travels along in the form and is checked again.
pub(crate) fn ask(
    app: &App,
    req: &Request,
    visitor: &Visitor,
    (asked, query): (&Asked, &str),
) -> Result<Response, Fault> {
    let Some(user) = &visitor.user else { return Ok(see_other("/sign-in")) };
    let client = Url::parse(&asked.redirect_uri).map_err(anyhow::Error::from)?;
    let mut page = Page::new("consent.html");
    page.insert("client", CLIENT_NAME);
    page.insert("client_host", &host(&client));
    page.insert("user_name", &user.name);
    page.insert("user_email", &user.email);
    page.insert("request", query);
    page.insert("choices", &choices(app, user, &asked.scopes));
    let words = |risky| {
        let of_kind = asked.scopes.iter().filter(|scope| scope.is_risky() == risky);
        of_kind.map(|scope| scope.in_plain_words()).collect::<Vec<_>>()
    };
    page.insert("sees", &words(false));
    page.insert("does", &words(true));
    let unasked = Scope::ALL.into_iter().filter(|scope| !asked.scopes.contains(scope));
    let cannot: Vec<_> = unasked.map(Scope::in_plain_words).collect();
    page.insert("cannot", &cannot);
    page.form_may_go_to(&client.origin().ascii_serialization());
    page.show(app, req, visitor)
}

#[derive(Deserialize)]
pub(crate) struct Decision {
    token: String,
    request: String,
    #[serde(default)]
    account: String,
    decision: String,
}

/// Follows the decision: back to the client with a code or with `access_denied`.
#[handler]
pub(crate) fn decide(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    Form(decision): Form<Decision>,
) -> Result<Response, Fault> {
    let visitor = Visitor::of(app, req);
    let asked = match read(&app.config, &decision.request) {
        Ok(asked) => asked,
        Err(wrong) => return answer(app, &visitor, wrong),
    };
    let Some(user) = visitor.user.clone() else { return Ok(see_other("/sign-in")) };
    if !visitor.sent_from_our_page(app, &decision.token) {
        let said = ("This form is too old", "Please go back to the application and begin again.");
        return pages::message(app, &visitor, StatusCode::FORBIDDEN, said);
    }
    let to = Url::parse(&asked.redirect_uri).map_err(anyhow::Error::from)?;
    let scopes = match user.roles.get(&decision.account) {
        Some(role) => may_give(*role, &asked.scopes),
        None => Scopes::new(),
    };
    if decision.decision != "allow" || scopes.is_empty() {
        let reason = "The person did not allow it".to_owned();
        let wrong =
            Wrong::Back { to: Box::new(to), state: asked.state, error: "access_denied", reason };
        return answer(app, &visitor, wrong);
    }
    let code = format!("lkc_{}", chance::secret());
    let consent = Consent {
        client_id: asked.client_id,
        user_id: user.id,
        account_id: decision.account,
        scopes,
        redirect_uri: asked.redirect_uri,
        challenge: asked.challenge,
    };
    app.oauth.write(|oauth| oauth.grants.consent(consent, &code, clock::now()))?;
    Ok(callback(app, to, &[("code", &code)], asked.state.as_deref()))
}

/// One account that the person may open to the client.
#[derive(Serialize)]
struct Choice {
    id: String,
    name: String,
    role: Role,
    /// What is asked for but is not this person's to give.
    withheld: Vec<&'static str>,
}

fn choices(app: &App, user: &User, asked: &Scopes) -> Vec<Choice> {
    app.world.read(|world| {
        let of = |(id, role): (&String, &Role)| {
            let account = world.accounts.get(id)?;
            let withheld = asked.iter().filter(|scope| !role.may_give(**scope));
            Some(Choice {
                id: id.clone(),
                name: account.name.clone(),
                role: *role,
                withheld: withheld.map(|scope| scope.in_plain_words()).collect(),
            })
        };
        user.roles.iter().filter_map(of).collect()
    })
}

fn may_give(role: Role, asked: &Scopes) -> Scopes {
    asked.iter().copied().filter(|scope| role.may_give(*scope)).collect()
}

/// Host and port, as a person compares them.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

//! `/connected-apps`: which applications may act, and the end of that.

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Form, Path},
};
use serde::{Deserialize, Serialize};

use super::{
    Page, message,
    overview::{chosen, insert_accounts},
    words,
};
use crate::{
    clock,
    marketing::{
        app::App,
        fault::Fault,
        oauth::{authorize::see_other, client::CLIENT_NAME, grants::Grant},
        session::Visitor,
    },
};

/// `GET /connected-apps`: what this person granted, in all their accounts.
#[handler]
pub(crate) fn all(Data(app): Data<&Arc<App>>, req: &Request) -> Result<Response, Fault> {
    let visitor = Visitor::of(app, req);
    let Some(user) = &visitor.user else { return Ok(see_other("/sign-in?next=/connected-apps")) };
    let mut page = Page::new("connected.html");
    page.insert("here", "connected");
    insert_accounts(app, &mut page, user, &chosen(req, user));
    let grants = app.oauth.read(|oauth| oauth.grants.of_user(&user.id, clock::now()));
    let shown: Vec<Shown> = grants.into_iter().map(|grant| show(app, grant)).collect();
    page.insert("grants", &shown);
    page.show(app, req, &visitor)
}

#[derive(Deserialize)]
pub(crate) struct Ending {
    token: String,
}

/// `POST /connected-apps/{grant}/disconnect`: the next call of the application is refused.
#[handler]
pub(crate) fn disconnect(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    Path(grant_id): Path<String>,
    Form(given): Form<Ending>,
) -> Result<Response, Fault> {
    let visitor = Visitor::of(app, req);
    let Some(user) = &visitor.user else { return Ok(see_other("/sign-in?next=/connected-apps")) };
    if !visitor.sent_from_our_page(app, &given.token) {
        let said = ("Nothing was changed", "The page was too old. Please try once more.");
        return message(app, &visitor, StatusCode::FORBIDDEN, said);
    }
    let now = clock::now();
    let own = app.oauth.read(|oauth| oauth.grants.of_user(&user.id, now));
    if own.iter().any(|grant| grant.id == grant_id) {
        app.oauth.write(|oauth| oauth.grants.end(&grant_id, now))?;
    }
    Ok(see_other("/connected-apps"))
}

#[derive(Serialize)]
struct Shown {
    id: String,
    client: &'static str,
    account: String,
    since: String,
    until: String,
    last_used: Option<String>,
    scopes: Vec<&'static str>,
}

fn show(app: &App, grant: Grant) -> Shown {
    let name = app.world.read(|world| {
        let account = world.accounts.get(&grant.account_id);
        account.map_or_else(String::new, |account| account.name.clone())
    });
    let last_used = app.hits.last_of(&grant.id).or(grant.last_used_at);
    Shown {
        client: CLIENT_NAME,
        account: name,
        since: words::moment(grant.created_at),
        until: words::day(grant.expires_at),
        last_used: last_used.map(words::moment),
        scopes: grant.scopes.iter().map(|scope| scope.in_plain_words()).collect(),
        id: grant.id,
    }
}

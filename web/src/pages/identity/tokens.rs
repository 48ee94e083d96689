//! Settings of what signs in: sessions and API tokens.

use api::identity::{self, ApiToken, SessionRow};
use api::kernel::id::{ApiTokenId, SessionId};
use api::platform::caller::TokenScope;
use api::platform::refusal::Common;
use chrono::{DateTime, Utc};
use poem::web::Path;
use poem::{Route, get, handler, post};
use serde::Serialize;

use super::choices::refused;
use super::settings::tabs;
use crate::format;
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, Errors, State, Tab, Tone};

/// A session in words.
#[derive(Debug, Serialize)]
pub struct SessionLine {
    pub id: String,
    pub browser: String,
    /// "from 192.0.2.7, since Tuesday 12 May, 18:00".
    pub facts: String,
    pub seen: String,
    pub current: bool,
}

/// Where the person is signed in.
#[derive(Debug, Serialize)]
pub struct Sessions {
    pub tabs: Vec<Tab>,
    pub sessions: Vec<SessionLine>,
    pub others: bool,
}

impl Page for Sessions {
    const TEMPLATE: &'static str = "identity/sessions.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |id: &str, current| SessionLine {
            id: id.into(),
            browser: "Firefox on Linux".into(),
            facts: "from 192.0.2.7, since Tuesday 12 May, 18:00".into(),
            seen: "20 minutes ago".into(),
            current,
        };
        let tabs = tabs("/p/larkfield", "/settings/sessions");
        let sessions = vec![line("s-1", true), line("s-2", false)];
        vec![("usual", Self { tabs, sessions, others: true })]
    }
}

/// A token in words.
#[derive(Debug, Serialize)]
pub struct TokenLine {
    pub id: String,
    pub name: String,
    pub may: String,
    pub used: String,
    pub until: String,
    pub state: State,
    pub open: bool,
}

/// The tokens of the membership at hand, and the one just made.
#[derive(Debug, Serialize)]
pub struct Tokens {
    pub tabs: Vec<Tab>,
    pub organization: String,
    /// Shown this once; empty otherwise.
    pub secret: String,
    pub tokens: Vec<TokenLine>,
    pub name: String,
    pub scopes: Vec<Choice>,
    pub days: Vec<Choice>,
    pub errors: Errors,
}

impl Page for Tokens {
    const TEMPLATE: &'static str = "identity/tokens.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let token = |name: &str, open: bool| TokenLine {
            id: format!("t-{name}"),
            name: name.into(),
            may: "May read".into(),
            used: "20 minutes ago".into(),
            until: "12 August 2026".into(),
            state: if open { works() } else { State::ENDED },
            open,
        };
        let page = |secret: &str, tokens| Self {
            tabs: tabs("/p/larkfield", "/settings/tokens"),
            organization: "Fjordhaus Outdoor".into(),
            secret: secret.into(),
            tokens,
            name: String::new(),
            scopes: scopes("read"),
            days: days("90"),
            errors: Errors::default(),
        };
        let some = vec![token("reporting", true), token("old", false)];
        vec![
            ("none", page("", Vec::new())),
            ("made", page("att_0f6c", vec![token("reporting", true)])),
            ("some", page("", some)),
        ]
    }
}

pub fn samples() -> Vec<Sample> {
    [Sessions::sample_list(), Tokens::sample_list()].into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/settings/sessions", get(show_sessions))
        .at("/settings/sessions/end-others", post(end_others))
        .at("/settings/sessions/:session/end", post(end_session))
        .at("/settings/tokens", get(show_tokens).post(make_token))
        .at("/settings/tokens/:token/end", post(end_token))
}

#[handler]
async fn show_sessions(visit: Visit) -> Answer {
    let signed_in = visit.person()?;
    let rows = identity::list_sessions(visit.app(), signed_in).await?;
    let now = visit.app().clock.now();
    let line = |row: &SessionRow| SessionLine {
        id: row.id.to_string(),
        browser: browser(&row.user_agent),
        facts: format!(
            "from {}, since {}",
            row.address,
            format::instant(row.created_at, visit.zone(), now)
        ),
        seen: format::ago(row.seen_at, now),
        current: signed_in.session == Some(row.id),
    };
    let sessions: Vec<SessionLine> = rows.iter().map(line).collect();
    let others = sessions.iter().any(|session| !session.current);
    visit.page(&Sessions { tabs: tabs(&visit.link(""), "/settings/sessions"), sessions, others })
}

#[handler]
async fn end_session(visit: Visit, Path(session): Path<String>) -> Answer {
    let session = SessionId::parse(&session).ok_or(Common::NotFound("session"))?;
    identity::sign_out_of(visit.app(), visit.person()?, session).await?;
    Ok(visit.go_telling("/settings/sessions", &Flash::done("The session has ended")))
}

#[handler]
async fn end_others(visit: Visit) -> Answer {
    let signed_in = visit.person()?;
    let keep = signed_in.session;
    identity::end_all_sessions(visit.app(), signed_in.person.id, keep).await?;
    Ok(visit.go_telling("/settings/sessions", &Flash::done("Your other sessions have ended")))
}

#[handler]
async fn show_tokens(visit: Visit) -> Answer {
    let page = tokens_page(&visit, &Form::default(), String::new(), Errors::default()).await?;
    visit.page(&page)
}

async fn tokens_page(
    visit: &Visit,
    form: &Form,
    secret: String,
    errors: Errors,
) -> Result<Tokens, PageError> {
    let rows = identity::list_tokens(visit.app(), visit.caller()?).await?;
    let now = visit.app().clock.now();
    let seat = visit.seat().map(|seat| seat.organization_name.clone());
    Ok(Tokens {
        tabs: tabs(&visit.link(""), "/settings/tokens"),
        organization: seat.unwrap_or_default(),
        secret,
        tokens: rows.iter().map(|row| token_line(row, visit, now)).collect(),
        name: form.get("name").to_owned(),
        scopes: scopes(form.given("scope").unwrap_or("read")),
        days: days(form.given("days").unwrap_or("90")),
        errors,
    })
}

fn token_line(row: &ApiToken, visit: &Visit, now: DateTime<Utc>) -> TokenLine {
    let open = row.revoked_at.is_none() && row.expires_at > now;
    let state = match row.revoked_at {
        Some(_) => State::ENDED,
        None if open => works(),
        None => State::LAPSED,
    };
    let may = match row.scope {
        TokenScope::Read => "May read",
        TokenScope::Write => "May read and change",
    };
    let used = row.used_at.map_or_else(|| "never".to_owned(), |at| format::ago(at, now));
    let until = format::date(row.expires_at.with_timezone(&visit.zone()).date_naive());
    let (id, name) = (row.id.to_string(), row.name.clone());
    TokenLine { id, name, may: may.to_owned(), used, until, state, open }
}

fn works() -> State {
    State::new(Tone::Good, "key", "Works")
}

fn scopes(chosen: &str) -> Vec<Choice> {
    let scope = |scope: TokenScope, label: &str| {
        Choice::new(scope.as_str(), label, scope.as_str() == chosen)
    };
    vec![scope(TokenScope::Read, "Read"), scope(TokenScope::Write, "Read and change")]
}

fn days(chosen: &str) -> Vec<Choice> {
    let choices = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "one year")];
    choices.map(|(value, label)| Choice::new(value, label, value == chosen)).into()
}

/// The secret is in this answer and nowhere else; the page is not kept by browsers.
#[handler]
async fn make_token(visit: Visit, form: Form) -> Answer {
    let scope = TokenScope::parse(form.get("scope")).unwrap_or(TokenScope::Read);
    let days = form.get("days").parse().unwrap_or(0);
    let made =
        identity::make_token(visit.app(), visit.person()?, form.get("name"), scope, days).await;
    match made {
        Ok(new) => {
            let secret = new.secret;
            let page = tokens_page(&visit, &Form::default(), secret, Errors::default()).await?;
            visit.page(&page)
        }
        Err(error) => {
            let errors = refused(error, "name")?;
            visit.again(&tokens_page(&visit, &form, String::new(), errors).await?)
        }
    }
}

#[handler]
async fn end_token(visit: Visit, Path(token): Path<String>) -> Answer {
    let token = ApiTokenId::parse(&token).ok_or(Common::NotFound("token"))?;
    identity::revoke_token(visit.app(), visit.person()?, token).await?;
    Ok(visit.go_telling("/settings/tokens", &Flash::done("The token has ended")))
}

/// What a browser calls itself, in two words where they can be told.
fn browser(agent: &str) -> String {
    const NAMES: &[(&str, &str)] =
        &[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    const SYSTEMS: &[(&str, &str)] = &[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (find(NAMES), find(SYSTEMS)) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ => "A program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_by_their_names() {
        let edge =
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120";
        assert_eq!(browser(edge), "Edge on Windows");
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604.1";
        assert_eq!(browser(phone), "Safari on iPhone");
        assert_eq!(browser("curl/8.5"), "A program");
    }
}

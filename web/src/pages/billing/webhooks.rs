//! What Stripe told: looked through, opened, and worked through once more.

use api::billing::{self, WebhookNews, WebhookState, WebhooksWanted};
use api::platform::http::paging::PageWanted;
use poem::handler;
use poem::web::Path;
use serde::Serialize;
use url::form_urlencoded::Serializer;

use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Figure, Notice, Pager, State, Tab, Tone};

/// Rows a page.
const ROWS: i64 = 50;

/// One piece of news.
#[derive(Debug, Serialize)]
pub struct Row {
    pub kind: String,
    /// Stripe's id of what it is about.
    pub object: String,
    pub href: String,
    pub came: String,
    pub state: State,
    pub note: String,
}

/// News, narrowed or not.
#[derive(Debug, Serialize)]
pub struct Webhooks {
    pub money: Vec<Tab>,
    pub here: String,
    pub search: String,
    pub search_error: Option<String>,
    /// The state that is looked at; empty for all.
    pub state: String,
    pub tabs: Vec<Tab>,
    pub notice: Option<Notice>,
    pub rows: Vec<Row>,
    pub empty: [&'static str; 2],
    pub pager: Option<Pager>,
}

/// One piece of news as it came.
#[derive(Debug, Serialize)]
pub struct WebhookPage {
    pub list: String,
    pub kind: String,
    pub state: State,
    pub note: String,
    pub facts: Vec<Figure>,
    /// Names at Stripe.
    pub names: Vec<Figure>,
    pub body: String,
    /// Where it is worked through again; empty where nothing can be read.
    pub replay: String,
    /// News about the same object.
    pub same: String,
}

#[handler]
pub async fn show_webhooks(visit: Visit, query: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let search = query.given("search").map(str::trim).filter(|text| !text.is_empty());
    let state = query.given("state").and_then(WebhookState::parse);
    let wanted = WebhooksWanted { state, search: search.map(str::to_owned) };
    let here = visit.link("/webhooks");
    let mut page = Webhooks::narrowed(&here, &wanted);
    page.money = words::money_tabs(&visit, "/webhooks");
    let list = format!("webhooks-page:{}:{wanted:?}", caller.vendor);
    let rows = PageWanted::read(&app.cursors, &list, Some(ROWS), query.given("cursor"))?;
    let news = match billing::list_webhooks(app, caller, &wanted, rows).await {
        Ok(news) => news,
        Err(error) => {
            let errors = PageError::from(error).into_errors(str::to_owned)?;
            page.search_error = errors.on.get("search").cloned();
            return visit.page(&page);
        }
    };
    page.notice = parked(news.parked);
    page.rows = news.items.iter().map(|one| row(&visit, one)).collect();
    let with = |cursor: &str| format!("{}&cursor={cursor}", address(&here, &wanted));
    let paged = rows.after.is_some() || news.next.is_some();
    page.pager = paged.then(|| Pager {
        shown: format!("{} shown", page.rows.len()),
        earlier: rows.after.map(|_| address(&here, &wanted)),
        later: news.next.map(|next| with(&app.cursors.seal(&list, next))),
    });
    visit.page(&page)
}

#[handler]
pub async fn show_webhook(visit: Visit, Path(id): Path<String>) -> Answer {
    let (news, body) = billing::see_webhook(visit.app(), visit.caller()?, &id).await?;
    let page = WebhookPage::of(&visit, &news, &body);
    visit.page(&page)
}

#[handler]
pub async fn replay_webhook(visit: Visit, Path(id): Path<String>) -> Answer {
    let path = format!("/webhooks/{id}");
    let flash = match billing::replay_webhook(visit.app(), visit.caller()?, &id).await {
        Ok(_) => Flash::done("It is being worked through")
            .saying("What it is about is read at Stripe again. Look again in a moment."),
        Err(error) if error.code() == Some("webhook-unreadable") => {
            Flash::note("It cannot be read", "So there is nothing to work through.")
        }
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling(&path, &flash))
}

/// The list's address with what narrows it; always with a query.
fn address(here: &str, wanted: &WebhooksWanted) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("state", wanted.state.map_or("", WebhookState::as_str));
    if let Some(search) = &wanted.search {
        query.append_pair("search", search);
    }
    format!("{here}?{}", query.finish())
}

impl Webhooks {
    fn narrowed(here: &str, wanted: &WebhooksWanted) -> Self {
        let tab = |label: &str, state: Option<WebhookState>| {
            let of = WebhooksWanted { state, search: wanted.search.clone() };
            Tab::new(label, &address(here, &of), None, state == wanted.state)
        };
        let by_state = |state| tab(&state_of(state).word, Some(state));
        let states =
            [WebhookState::Parked, WebhookState::Stored, WebhookState::Done, WebhookState::Ignored];
        Self {
            money: Vec::new(),
            here: here.to_owned(),
            search: wanted.search.clone().unwrap_or_default(),
            search_error: None,
            state: wanted.state.map(|state| state.to_string()).unwrap_or_default(),
            tabs: std::iter::once(tab("All", None)).chain(states.map(by_state)).collect(),
            notice: None,
            rows: Vec::new(),
            empty: match (wanted.search.is_some(), wanted.state) {
                (true, _) => ["Nothing fits", "Look for a whole id, or the first words of a kind."],
                (_, Some(_)) => ["Nothing here", "No news is in this state."],
                (_, None) => {
                    ["No news yet", "What Stripe tells of payments and payouts comes here."]
                }
            },
            pager: None,
        }
    }
}

fn parked(count: i64) -> Option<Notice> {
    let n = u64::try_from(count).ok().filter(|n| *n > 0)?;
    let title = format!("{} for a person", crate::format::count(n, "piece waits", "pieces wait"));
    Some(Notice::bad(&title, "Each says why. Put it right at Stripe, then work through it again."))
}

fn state_of(state: WebhookState) -> State {
    match state {
        WebhookState::Stored => State::new(Tone::Held, "hourglass", "Waiting"),
        WebhookState::Done => State::new(Tone::Good, "done", "Done"),
        WebhookState::Ignored => State::new(Tone::Plain, "x", "Left alone"),
        WebhookState::Parked => State::new(Tone::Bad, "alert", "For a person"),
    }
}

fn row(visit: &Visit, of: &WebhookNews) -> Row {
    Row {
        kind: of.kind.clone(),
        object: of.object.clone().unwrap_or_default(),
        href: visit.link(&format!("/webhooks/{}", of.id)),
        came: words::moment(visit, of.received_at),
        state: state_of(of.state),
        note: of.note.clone().unwrap_or_default(),
    }
}

impl WebhookPage {
    fn of(visit: &Visit, news: &WebhookNews, body: &str) -> Self {
        let when = |label, at: Option<_>| Some(Figure::new(label, words::moment(visit, at?)));
        let facts = [
            when("Happened", news.happened_at),
            when("Came", Some(news.received_at)),
            when("Worked through", news.ended_at),
        ];
        let door = if news.connect { "Connected accounts" } else { "The platform" };
        let name = |label, id: &Option<String>| Some(Figure::new(label, id.clone()?));
        let names = [
            name("About", &news.object),
            name("Account", &news.account),
            name("Event", &Some(news.id.clone())),
        ];
        let mut facts: Vec<Figure> = facts.into_iter().flatten().collect();
        facts.push(Figure::new("Door", door));
        let list = visit.link("/webhooks");
        let same = news.object.as_ref().map(|id| {
            let of = WebhooksWanted { state: None, search: Some(id.clone()) };
            address(&list, &of)
        });
        Self {
            kind: news.kind.clone(),
            state: state_of(news.state),
            note: news.note.clone().unwrap_or_default(),
            facts,
            names: names.into_iter().flatten().collect(),
            body: readable(body),
            replay: match news.is_readable() {
                true => visit.link(&format!("/webhooks/{}/replay", news.id)),
                false => String::new(),
            },
            same: same.unwrap_or_default(),
            list,
        }
    }
}

/// JSON with a line for each value; anything else as it is.
fn readable(body: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(body).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or(body.to_owned())
}

fn sample_row(kind: &str, state: WebhookState, note: &str) -> Row {
    Row {
        kind: kind.into(),
        object: "ch_3PzSAbCdEfGhIjKlMnOpQrSt".into(),
        href: "/p/larkfield/webhooks/evt_1".into(),
        came: "3 November 2026, 14:02".into(),
        state: state_of(state),
        note: note.into(),
    }
}

impl Page for Webhooks {
    const TEMPLATE: &'static str = "billing/webhooks.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let here = "/p/larkfield/webhooks";
        let all = WebhooksWanted::default();
        let mut usual = Self::narrowed(here, &all);
        usual.money = words::sample_money_tabs();
        usual.notice = parked(1);
        usual.rows = vec![
            sample_row(
                "charge.dispute.created",
                WebhookState::Parked,
                "A dispute of a payment that was not asked for here.",
            ),
            sample_row("checkout.session.completed", WebhookState::Done, ""),
            sample_row("customer.updated", WebhookState::Ignored, "Nothing is done with it."),
        ];
        usual.pager = Some(Pager {
            shown: "3 shown".into(),
            earlier: None,
            later: Some(format!("{here}?state=&cursor=x")),
        });
        let found = WebhooksWanted { state: None, search: Some("ch_1".into()) };
        let mut long = Self::narrowed(here, &found);
        long.search_error = Some("Look for at most 255 characters".into());
        vec![
            ("usual", usual),
            ("no news yet", Self::narrowed(here, &all)),
            ("nothing fits", Self::narrowed(here, &found)),
            ("too long a search", long),
        ]
    }
}

impl Page for WebhookPage {
    const TEMPLATE: &'static str = "billing/webhook.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let sample = |state, note: &str| Self {
            list: "/p/larkfield/webhooks".into(),
            kind: "charge.dispute.created".into(),
            state: state_of(state),
            note: note.into(),
            facts: vec![Figure::new("Came", "3 November 2026, 14:02")],
            names: vec![Figure::new("About", "dp_1PzSAbCdEfGhIjKlMnOpQrSt")],
            body: readable("{\"id\":\"evt_1\",\"type\":\"charge.dispute.created\"}"),
            replay: "/p/larkfield/webhooks/evt_1/replay".into(),
            same: "/p/larkfield/webhooks?state=&search=dp_1".into(),
        };
        let mut unreadable = sample(WebhookState::Parked, "It cannot be read.");
        (unreadable.replay, unreadable.same) = (String::new(), String::new());
        vec![("worked through", sample(WebhookState::Done, "")), ("cannot be read", unreadable)]
    }
}

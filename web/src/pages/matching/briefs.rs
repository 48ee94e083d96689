//! The briefs of one's organization.

use api::matching::{self, Brief, BriefState};
use api::platform::caller::OrganizationKind;
use poem::handler;
use serde::Serialize;

use super::words as told;
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Link, Pager, State, Tab};

/// One brief in the list.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub title: String,
    pub href: String,
    /// "B-318 · Petra Lindqvist".
    pub by: String,
    pub state: State,
    pub budget: String,
    pub need_by: String,
    /// "3 invited, 1 proposal".
    pub answers: String,
}

/// All briefs of the organization.
#[derive(Debug, Serialize)]
pub struct Briefs {
    pub tabs: Vec<Tab>,
    pub rows: Vec<Row>,
    pub new: Link,
    pub empty_title: String,
    pub empty_text: String,
    pub pager: Option<Pager>,
}

const STATES: [(&str, &str); 5] = [
    ("", "All"),
    ("draft", "Drafts"),
    ("open", "Open"),
    ("booked", "Booked"),
    ("closed", "Closed"),
];

#[handler]
pub async fn list_briefs(visit: Visit, form: Form) -> Answer {
    if visit.caller()?.kind == OrganizationKind::Partner {
        return Ok(visit.go("/invitations"));
    }
    let caller = told::customer(&visit)?;
    let state = BriefState::parse(form.get("state"));
    let cursor = form.given("cursor");
    let list = matching::list_briefs(visit.app(), caller, state, None, cursor).await?;
    let chosen = state.map_or("", BriefState::as_str);
    let link = |state: &str| match state {
        "" => visit.link("/briefs"),
        state => format!("{}?state={state}", visit.link("/briefs")),
    };
    let tab = |(word, label): &(&str, &str)| Tab::new(label, &link(word), None, *word == chosen);
    let paged = cursor.is_some() || list.next.is_some();
    let pager = paged.then(|| Pager {
        shown: format!("{} shown", list.items.len()),
        earlier: cursor.map(|_| link(chosen)),
        later: list.next.map(|c| format!("{}?state={chosen}&cursor={c}", visit.link("/briefs"))),
    });
    let (title, text) = match state {
        None => (
            "No brief yet",
            "A brief says what you need, for how much and by when. You get a ranked list of \
             people who fit, each with the reasons.",
        ),
        Some(_) => ("None here", "No brief of yours stands there now."),
    };
    visit.page(&Briefs {
        tabs: STATES.iter().map(tab).collect(),
        rows: list.items.iter().map(|brief| row(&visit, brief)).collect(),
        new: Link::new("Write a brief", &visit.link("/briefs/new")),
        empty_title: title.to_owned(),
        empty_text: text.to_owned(),
        pager,
    })
}

fn row(visit: &Visit, brief: &Brief) -> Row {
    let answers = match (brief.state, brief.invited) {
        (BriefState::Draft, _) => "not posted".to_owned(),
        (_, 0) => "nobody invited".to_owned(),
        (_, invited) => {
            let proposals = told::count(brief.proposed, "proposal", "proposals");
            format!("{invited} invited, {proposals}")
        }
    };
    Row {
        title: brief.title.clone(),
        href: visit.link(&format!("/briefs/{}", brief.id)),
        by: format!("{} · {}", brief.label(), brief.author),
        state: told::brief_state(brief.state),
        budget: told::budget(brief.budget_min, brief.budget_max),
        need_by: crate::format::day(brief.need_by, told::today(visit)),
        answers,
    }
}

impl Page for Briefs {
    const TEMPLATE: &'static str = "matching/briefs.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |title: &str, state: BriefState, answers: &str| Row {
            title: title.into(),
            href: "/p/larkfield/briefs/b-1".into(),
            by: "B-318 · Petra Lindqvist".into(),
            state: told::brief_state(state),
            budget: "€7,000 to €9,500".into(),
            need_by: "12 May".into(),
            answers: answers.into(),
        };
        let page = |rows: Vec<Row>| Self {
            tabs: vec![
                Tab::new("All", "/p/larkfield/briefs", None, true),
                Tab::new("Open", "/p/larkfield/briefs?state=open", None, false),
            ],
            rows,
            new: Link::new("Write a brief", "/p/larkfield/briefs/new"),
            empty_title: "No brief yet".into(),
            empty_text: "A brief says what you need, for how much and by when.".into(),
            pager: Some(Pager { shown: "2 shown".into(), earlier: None, later: None }),
        };
        let usual = vec![
            row("Dealer leads go cold", BriefState::Open, "3 invited, 1 proposal"),
            row("One welcome a family", BriefState::Draft, "not posted"),
        ];
        vec![("usual", page(usual)), ("empty", page(Vec::new()))]
    }
}

//! The vendor's queue of applications, by state.

use api::program::{self, Application, ApplicationState};
use poem::handler;
use serde::Serialize;

use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Avatar, Pager, Tab};

/// One application in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub name: String,
    pub href: String,
    pub avatar: Avatar,
    /// "Consultant · Leeds, United Kingdom".
    pub who: String,
    /// "5 days", how long it waits or waited.
    pub age: String,
    pub when: String,
    pub references: String,
    /// Who decided it; empty while it waits.
    pub by: String,
}

impl Row {
    pub fn of(visit: &Visit, it: &Application) -> Self {
        let now = visit.app().clock.now();
        let until = it.decision.as_ref().map_or(now, |decision| decision.at);
        let references = u64::try_from(it.references.len()).unwrap_or_default();
        let by =
            it.decision.as_ref().map(|d| format!("{}, {}", d.by_name, words::date(visit, d.at)));
        Self {
            name: it.organization_name.clone(),
            href: visit.link(&format!("/program/applications/{}", it.id)),
            avatar: Avatar::of(&it.organization_name),
            who: format!("{} · {}", words::kind(it.kind), format::place(&it.city, &it.country)),
            age: format::span_words(until - it.submitted_at),
            when: words::date(visit, it.submitted_at),
            references: format::count(references, "reference", "references"),
            by: by.unwrap_or_default(),
        }
    }

    pub fn sample(name: &str, who: &str, age: &str) -> Self {
        Self {
            name: name.into(),
            href: "/p/larkfield/program/applications/a-1".into(),
            avatar: Avatar::of(name),
            who: who.into(),
            age: age.into(),
            when: "2 May 2026".into(),
            references: "2 references".into(),
            by: String::new(),
        }
    }
}

/// The applications in one state.
#[derive(Debug, Serialize)]
pub struct Applications {
    pub program: String,
    pub tabs: Vec<Tab>,
    /// Whether these wait for a decision.
    pub open: bool,
    pub rows: Vec<Row>,
    pub empty: [String; 2],
    pub pager: Option<Pager>,
}

#[handler]
pub async fn list_applications(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    let app = visit.app();
    let state = ApplicationState::parse(form.get("state")).unwrap_or(ApplicationState::Submitted);
    let cursor = form.given("cursor");
    let list = program::list_applications(app, caller, state, None, cursor).await?;
    let waiting = program::see_figures(app, caller).await?.open_applications;
    let here = visit.link(&format!("/program/applications?state={state}"));
    let paged = cursor.is_some() || list.next.is_some();
    let pager = paged.then(|| Pager {
        shown: format!("{} shown", list.items.len()),
        earlier: cursor.map(|_| here.clone()),
        later: list.next.as_ref().map(|next| format!("{here}&cursor={next}")),
    });
    visit.page(&Applications {
        program: visit.link("/program"),
        tabs: tabs(&visit.link("/program/applications"), state, waiting),
        open: state == ApplicationState::Submitted,
        rows: list.items.iter().map(|it| Row::of(&visit, it)).collect(),
        empty: nobody(state),
        pager,
    })
}

fn tabs(here: &str, current: ApplicationState, waiting: i64) -> Vec<Tab> {
    let tab = |state: &ApplicationState| {
        let open = *state == ApplicationState::Submitted;
        let n = if open { u64::try_from(waiting).ok() } else { None };
        let label = words::application_state(*state).word;
        Tab::new(&label, &format!("{here}?state={state}"), n, *state == current)
    };
    ApplicationState::ALL.iter().map(tab).collect()
}

fn nobody(state: ApplicationState) -> [String; 2] {
    let [title, text] = match state {
        ApplicationState::Submitted => {
            ["Nobody waits", "New applications stand here, the one that waits longest first."]
        }
        ApplicationState::Approved => {
            ["Nobody was admitted yet", "Who is admitted becomes a partner at once."]
        }
        ApplicationState::Rejected => {
            ["Nobody was refused", "Refusals stand here with their reasons."]
        }
        ApplicationState::Withdrawn => {
            ["Nobody withdrew", "Applications that were taken back stand here."]
        }
    };
    [title.to_owned(), text.to_owned()]
}

impl Page for Applications {
    const TEMPLATE: &'static str = "program/applications.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |state, rows, pager| Self {
            program: "/p/larkfield/program".into(),
            tabs: tabs("/p/larkfield/program/applications", state, 2),
            open: state == ApplicationState::Submitted,
            rows,
            empty: nobody(state),
            pager,
        };
        let mut decided =
            Row::sample("Blitzleads Baltic", "Consultant · Tallinn, Estonia", "4 days");
        decided.by = "Samir Haddad, 6 May 2026".into();
        let rows = vec![
            Row::sample("Brannock & Vale", "Consultant · Leeds, United Kingdom", "5 days"),
            Row::sample("Datenwerk Süd GmbH", "Reseller · Augsburg, Germany", "2 days"),
        ];
        let later = Some("/p/larkfield/program/applications?cursor=c".into());
        let pager = Pager { shown: "20 shown".into(), earlier: None, later };
        vec![
            ("waiting", page(ApplicationState::Submitted, rows, Some(pager))),
            ("refused", page(ApplicationState::Rejected, vec![decided], None)),
            ("empty", page(ApplicationState::Submitted, Vec::new(), None)),
        ]
    }
}

//! What waits for a second person, and what was answered, for those who decide about money.

use api::billing::{self, MoneyApproval, MoneyApprovalKind, MoneyApprovalState};
use api::platform::http::paging::PageWanted;
use poem::handler;
use serde::Serialize;

use super::words;
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Link, State, Tab};

const ROWS: i64 = 50;

/// The list.
#[derive(Debug, Serialize)]
pub struct MoneyApprovals {
    pub money: Vec<Tab>,
    pub tabs: Vec<Tab>,
    pub limits: Link,
    pub rows: Vec<Row>,
    /// Title and text where nothing is there.
    pub empty: (&'static str, &'static str),
    /// The page of earlier ones; empty on the last.
    pub earlier: String,
}

/// One of the list.
#[derive(Debug, Serialize)]
pub struct Row {
    pub line: String,
    pub about: String,
    pub href: String,
    pub who: String,
    pub when: String,
    pub until: String,
    pub state: State,
}

#[handler]
pub async fn show_money_approvals(visit: Visit, form: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let all = form.get("state") == "all";
    let state = (!all).then_some(MoneyApprovalState::Waiting);
    let list = format!("money-approvals-page:{}:{all}", caller.vendor);
    let wanted = PageWanted::read(&app.cursors, &list, Some(ROWS), form.given("from"))?;
    let (found, next) = billing::list_money_approvals(app, caller, state, wanted).await?;
    let here = visit.link("/money-approvals");
    let next = next.map(|position| app.cursors.seal(&list, position));
    let word = if all { "all" } else { "waiting" };
    visit.page(&MoneyApprovals {
        money: words::money_tabs(&visit, "/money-approvals"),
        tabs: tabs(&here, all),
        limits: Link::new("What one person decides", &visit.link("/money-limits")),
        rows: found.iter().map(|of| row(&visit, of)).collect(),
        empty: nothing(all),
        earlier: next.map_or_else(String::new, |from| format!("{here}?state={word}&from={from}")),
    })
}

fn tabs(here: &str, all: bool) -> Vec<Tab> {
    let tab = |label, word: &str, current| {
        Tab::new(label, &format!("{here}?state={word}"), None, current)
    };
    vec![tab("Waiting", "waiting", !all), tab("All", "all", all)]
}

const fn nothing(all: bool) -> (&'static str, &'static str) {
    if all {
        let text = "Above the limit of one person, what is asked for stands here with both names.";
        ("Nothing was asked for yet", text)
    } else {
        let text = "What passes the limit of one person stands here until somebody else says yes \
                    or no.";
        ("Nothing waits for a second person", text)
    }
}

fn row(visit: &Visit, of: &MoneyApproval) -> Row {
    Row {
        line: of.terms.line(),
        about: about(of),
        href: visit.link(&format!("/money-approvals/{}", of.id)),
        who: of.asked_by_name.clone(),
        when: words::moment(visit, of.asked_at),
        until: match of.state {
            MoneyApprovalState::Waiting => words::moment(visit, of.answer_by),
            _ => String::new(),
        },
        state: state(of.state),
    }
}

/// What it is about, in a few words.
pub(super) fn about(of: &MoneyApproval) -> String {
    match of.terms.kind() {
        MoneyApprovalKind::Explanation => "The books and Stripe".to_owned(),
        MoneyApprovalKind::Limit => "What one person decides".to_owned(),
        MoneyApprovalKind::Refund | MoneyApprovalKind::GiveBack | MoneyApprovalKind::Award => {
            of.about.clone()
        }
    }
}

pub(super) fn state(of: MoneyApprovalState) -> State {
    match of {
        MoneyApprovalState::Waiting => State::WAITING,
        MoneyApprovalState::Approved => State::ACCEPTED,
        MoneyApprovalState::Declined => State::DECLINED,
        MoneyApprovalState::Withdrawn => State::WITHDRAWN,
        MoneyApprovalState::Overtaken => State::REFUSED,
        MoneyApprovalState::Lapsed => State::LAPSED,
    }
}

impl Page for MoneyApprovals {
    const TEMPLATE: &'static str = "billing/money_approvals.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let here = "/p/larkfield/money-approvals";
        let row = |state: State, until: &str| Row {
            line: "Send €3,240.00 back to the customer".into(),
            about: "A-2041, milestone 2".into(),
            href: format!("{here}/m"),
            who: "Priscila Okonjo-Lund".into(),
            when: "3 November 2026, 14:02".into(),
            until: until.into(),
            state,
        };
        let page = |all: bool, rows: Vec<Row>| Self {
            money: words::sample_money_tabs(),
            tabs: tabs(here, all),
            limits: Link::new("What one person decides", "/p/larkfield/money-limits"),
            earlier: if all { format!("{here}?state=all&from=x") } else { String::new() },
            rows,
            empty: nothing(all),
        };
        let until = "10 November 2026, 14:02";
        vec![
            ("usual", page(false, vec![row(State::WAITING, until)])),
            ("all", page(true, vec![row(State::WAITING, until), row(State::ACCEPTED, "")])),
            ("none", page(false, Vec::new())),
        ]
    }
}

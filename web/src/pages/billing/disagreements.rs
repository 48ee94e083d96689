//! Disagreements of the two sides, latest first; what waits for the reader stands above.

use api::billing::{self, DisagreementLine, DisagreementState};
use api::engagements::Side;
use api::identity::Deed;
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::http::paging::PageWanted;
use poem::handler;
use serde::Serialize;

use super::{disagreement, words};
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{State, Tab};

/// Rows a page, and rows that wait at most.
const ROWS: i64 = 50;

/// The list of disagreements.
#[derive(Debug, Serialize)]
pub struct Disagreements {
    pub money: Vec<Tab>,
    pub kinds: Vec<Tab>,
    /// What the reader is waited for.
    pub waits: Vec<Row>,
    pub waits_title: String,
    pub rows: Vec<Row>,
    /// The page of earlier ones; empty on the last.
    pub earlier: String,
}

/// One disagreement of the list.
#[derive(Debug, Serialize)]
pub struct Row {
    pub what: String,
    pub who: String,
    pub href: String,
    pub asked: String,
    pub filed: String,
    pub until: String,
    /// Whether the program was asked.
    pub mediation: String,
    pub state: State,
}

#[handler]
pub async fn show_disagreements(visit: Visit, form: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let list = format!("disagreements-page:{}:{}", caller.vendor, caller.organization);
    let cursor = Some(form.get("from")).filter(|cursor| !cursor.is_empty());
    let is_first = cursor.is_none();
    let wanted = PageWanted::read(&app.cursors, &list, Some(ROWS), cursor)?;
    let (all, waits) = futures::try_join!(
        billing::list_disagreements(app, caller, wanted),
        billing::waiting_disagreements(app, caller, ROWS),
    )?;
    let (all, next) = all;
    let earlier = next.map(|position| app.cursors.seal(&list, position));
    let earlier = earlier.map(|cursor| visit.link(&format!("/disagreements?from={cursor}")));
    let waits = waits.iter().filter(|_| is_first).map(|one| row(&visit, one)).collect();
    let title = match caller.kind {
        OrganizationKind::Vendor => "Waiting for your decision",
        _ => "Waiting for your answer",
    };
    visit.page(&Disagreements {
        money: words::money_tabs(&visit, tab_of(caller)),
        kinds: kinds(&visit, "/disagreements"),
        waits,
        waits_title: title.to_owned(),
        rows: all.iter().map(|one| row(&visit, one)).collect(),
        earlier: earlier.unwrap_or_default(),
    })
}

/// Which page of money it stands below: those who see banks' disputes find both there.
fn tab_of(caller: &Caller) -> &'static str {
    if words::may(caller, Deed::SeeStatements) { "/disputes" } else { "/disagreements" }
}

/// The two kinds of disputes beside each other, for those who see both.
pub(super) fn kinds(visit: &Visit, here: &str) -> Vec<Tab> {
    let Ok(caller) = visit.caller() else { return Vec::new() };
    let banks = matches!(caller.kind, OrganizationKind::Vendor | OrganizationKind::Customer);
    let both = [Deed::SeeStatements, Deed::SeeDisagreements];
    if !banks || !both.iter().all(|deed| words::may(caller, *deed)) {
        return Vec::new();
    }
    let tab = |(label, path): (&str, &str)| Tab::new(label, &visit.link(path), None, path == here);
    KINDS.map(tab).into()
}

const KINDS: [(&str, &str); 2] =
    [("With banks", "/disputes"), ("Between the two sides", "/disagreements")];

fn row(visit: &Visit, line: &DisagreementLine) -> Row {
    let of = &line.of;
    let open = of.state == DisagreementState::Open;
    let by = match of.side {
        Side::Customer => "The customer filed it",
        Side::Partner => "The consultant filed it",
    };
    Row {
        what: format!("{}, milestone {}", line.label, line.seq),
        who: format!("{}. {by}", line.title),
        href: visit.link(&format!("/milestones/{}/disagreement", of.milestone)),
        asked: words::amount(of.asked),
        filed: words::moment(visit, of.filed_at),
        until: match (open, of.heard_at) {
            (true, None) => words::moment(visit, of.answer_by),
            (true, Some(_)) => "Answered".to_owned(),
            (false, _) => "Over".to_owned(),
        },
        mediation: match of.mediation {
            Some(_) if open => "The program is asked to decide".to_owned(),
            _ => String::new(),
        },
        state: disagreement::state(of.state),
    }
}

impl Page for Disagreements {
    const TEMPLATE: &'static str = "billing/disagreements.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |state: State, mediation: &str| Row {
            what: "A-2041, milestone 2".into(),
            who: "Drafts. The customer filed it".into(),
            href: "/p/larkfield/milestones/m/disagreement".into(),
            asked: "€1,000.00".into(),
            filed: "3 November 2026, 14:02".into(),
            until: "10 November 2026, 14:02".into(),
            mediation: mediation.into(),
            state,
        };
        let kinds = |(label, path): (&str, &str)| {
            Tab::new(label, &format!("/p/larkfield{path}"), None, path == "/disagreements")
        };
        let asked = "The program is asked to decide";
        let none = || Self {
            money: Vec::new(),
            kinds: Vec::new(),
            waits: Vec::new(),
            waits_title: "Waiting for your decision".into(),
            rows: Vec::new(),
            earlier: String::new(),
        };
        let usual = Self {
            money: words::sample_money_tabs(),
            kinds: KINDS.map(kinds).into(),
            waits: vec![row(State::DISPUTED, asked)],
            rows: vec![row(State::DISPUTED, asked), row(State::SETTLED, "")],
            earlier: "/p/larkfield/disagreements?from=x".into(),
            ..none()
        };
        vec![("usual", usual), ("none", none())]
    }
}

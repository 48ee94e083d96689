//! Calls that were asked for by themselves: what waits for a yes, and what became of the others.

use api::access::{self, Approval, ApprovalState};
use api::platform::caller::OrganizationKind;
use api::platform::http::paging::PageWanted;
use poem::handler;
use serde::Serialize;

use super::{approval, approval_words, words};
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Pager, State};

/// A call as a line.
#[derive(Debug, Clone, Serialize)]
pub struct CallLine {
    pub title: String,
    pub place: String,
    pub href: String,
    pub state: State,
    pub when: String,
}

/// All calls that the visitor may see.
#[derive(Debug, Default, Serialize)]
pub struct ApprovalsPage {
    pub customer: bool,
    pub open: Vec<CallLine>,
    pub past: Vec<CallLine>,
    pub pager: Option<Pager>,
    pub letters: String,
}

#[handler]
pub async fn list_calls(visit: Visit, query: Form) -> Answer {
    let caller = visit.caller()?;
    let (app, cursor) = (visit.app(), query.given("cursor"));
    let open = access::list_open_approvals(app, caller, None).await?;
    let list = format!("approvals-past:{}:{}", caller.vendor, caller.organization);
    let page = PageWanted::read(&app.cursors, &list, None, cursor)?;
    let mut past = access::list_approvals(app, caller, (None, false), page).await?;
    let next = api::platform::http::paging::cut(&mut past, page.limit, |a| {
        api::kernel::page::Position { at: a.asked_at, id: a.id.0 }
    });
    let next = next.map(|position| app.cursors.seal(&list, position));
    let is_open =
        |a: &Approval| matches!(a.state, ApprovalState::Waiting | ApprovalState::Approved);
    let here = visit.link("/approvals");
    let paged = cursor.is_some() || next.is_some();
    let past: Vec<CallLine> =
        past.iter().filter(|a| !is_open(a)).map(|a| line(&visit, a)).collect();
    visit.page(&ApprovalsPage {
        customer: caller.kind == OrganizationKind::Customer,
        open: open.iter().map(|a| line(&visit, a)).collect(),
        pager: paged.then(|| Pager {
            shown: format!("{} shown", past.len()),
            earlier: cursor.map(|_| here.clone()),
            later: next.map(|c| format!("{here}?cursor={c}#past")),
        }),
        past,
        letters: visit.link("/access"),
    })
}

fn line(visit: &Visit, call: &Approval) -> CallLine {
    let when = match call.state {
        ApprovalState::Waiting => format!("waits until {}", words::short(visit, call.answer_by)),
        ApprovalState::Approved => {
            let until = call.use_by.map(|at| words::short(visit, at)).unwrap_or_default();
            format!("holds until {until}")
        }
        _ => words::short(visit, call.used_at.or(call.answered_at).unwrap_or(call.answer_by)),
    };
    CallLine {
        title: approval::title(call),
        place: format!("{}, for {}", call.account_name, call.engagement_label()),
        href: visit.link(&format!("/approvals/{}", call.id)),
        state: approval_words::state_of(call),
        when,
    }
}

impl Page for ApprovalsPage {
    const TEMPLATE: &'static str = "access/approvals.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let usual = Self {
            open: vec![sample(ApprovalState::Waiting), sample(ApprovalState::Approved)],
            past: vec![sample(ApprovalState::Used), sample(ApprovalState::Stale)],
            pager: Some(Pager { shown: "20 shown".into(), earlier: None, later: None }),
            ..bare()
        };
        vec![
            ("usual", usual),
            ("empty", bare()),
            ("consultant", Self { customer: false, ..bare() }),
        ]
    }
}

fn bare() -> ApprovalsPage {
    let letters = "/p/larkfield/access".into();
    ApprovalsPage { customer: true, letters, ..ApprovalsPage::default() }
}

fn sample(state: ApprovalState) -> CallLine {
    CallLine {
        title: "Ines asks to send a campaign".into(),
        place: "Fjordhaus Outdoor EU, for A-2041".into(),
        href: "/p/larkfield/approvals/a-1".into(),
        state: approval_words::state(state),
        when: "waits until 12 May, 18:00".into(),
    }
}

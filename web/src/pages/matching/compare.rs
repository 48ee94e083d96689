//! The proposals of a brief side by side, one column each.

use api::identity::Deed;
use api::kernel::money::Money;
use api::matching::{self, Brief, BriefState, Compared, InvitationState, ProposalState};
use chrono::Days;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::words as told;
use super::write_brief::find;
use crate::format;
use crate::pages::directory::words;
use crate::render::Page;
use crate::site::{Answer, Visit};
use crate::view::{Link, Notice, State, Step};

/// Whose proposal a column holds.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    pub name: String,
    /// Said before each cell on a phone.
    pub first_name: String,
    pub partner: String,
    pub title: String,
    pub href: String,
    pub state: State,
    /// Where it is accepted, while it can be.
    pub accept: Option<String>,
}

/// What one proposal says on one row.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cell {
    pub strong: String,
    pub text: String,
    pub items: Vec<String>,
}

/// One thing to compare by.
#[derive(Debug, Clone, Serialize)]
pub struct CompareRow {
    pub label: String,
    /// "The lowest is Ines"; may be empty.
    pub note: String,
    pub cells: Vec<Cell>,
}

/// The proposals of a brief.
#[derive(Debug, Serialize)]
pub struct Compare {
    pub heading: String,
    pub brief: Link,
    pub briefs: String,
    pub steps: Vec<Step>,
    pub budget: String,
    pub columns: Vec<Column>,
    pub rows: Vec<CompareRow>,
    pub notice: Option<Notice>,
    pub waiting: String,
    pub matches: Link,
}

const MOST: i64 = 20;

#[handler]
pub async fn compare_proposals(visit: Visit, Path(id): Path<String>) -> Answer {
    let brief = find(&visit, &id).await?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let list = matching::compare_proposals(app, caller, brief.id, Some(MOST), None).await?;
    let sent = (Some(brief.id), Some(InvitationState::Sent));
    let asked = matching::list_invitations(app, caller, sent, Some(MOST), None).await?;
    let here = visit.link(&format!("/briefs/{}", brief.id));
    let decides = told::may(caller, Deed::DecideProposals) && brief.state == BriefState::Open;
    let mut items = list.items;
    items.sort_by_key(|c| (rank(c.proposal.state), c.proposal.total.minor()));
    let n = items.len();
    let heading = match n {
        0 => "No proposal yet".to_owned(),
        n => told::count(i64::try_from(n).unwrap_or(MOST), "proposal", "proposals"),
    };
    visit.page(&Compare {
        heading: format!("{heading} for “{}”", brief.title),
        brief: Link::new(&brief.label(), &here),
        briefs: visit.link("/briefs"),
        steps: told::way(brief.state, true),
        budget: told::budget(brief.budget_min, brief.budget_max),
        columns: items.iter().map(|c| column(&visit, c, decides)).collect(),
        rows: rows(&visit, &items, &brief),
        notice: notice(brief.state, told::may(caller, Deed::DecideProposals)),
        waiting: match asked.items.len() {
            0 => String::new(),
            n => {
                let n = told::count(i64::try_from(n).unwrap_or(MOST), "consultant", "consultants");
                format!("{n} more asked, no answer yet.")
            }
        },
        matches: Link::new("Who fits, and why", &format!("{here}/matches")),
    })
}

/// What can be decided on stands first.
fn rank(state: ProposalState) -> u8 {
    match state {
        ProposalState::Accepted => 0,
        ProposalState::Open => 1,
        ProposalState::Expired => 2,
        ProposalState::Declined | ProposalState::Withdrawn => 3,
    }
}

fn notice(state: BriefState, decides: bool) -> Option<Notice> {
    match state {
        BriefState::Booked => Some(Notice::good("Booked", "One of these was accepted.")),
        BriefState::Closed => {
            Some(Notice::info("The brief is closed", "None of these can be accepted any more."))
        }
        BriefState::Draft | BriefState::Open if !decides => Some(Notice::info(
            "An owner or admin decides",
            "Your role drafts briefs. Your owner or an admin accepts and declines.",
        )),
        BriefState::Draft | BriefState::Open => None,
    }
}

fn column(visit: &Visit, compared: &Compared, decides: bool) -> Column {
    let proposal = &compared.proposal;
    let href = visit.link(&format!("/proposals/{}", proposal.id));
    let open = decides && proposal.state == ProposalState::Open;
    Column {
        name: proposal.consultant_name.clone(),
        first_name: told::first_name(&proposal.consultant_name),
        partner: proposal.partner_name.clone(),
        title: proposal.title.clone(),
        accept: open.then(|| format!("{href}/accept")),
        href,
        state: told::proposal_state(proposal.state),
    }
}

fn rows(visit: &Visit, items: &[Compared], brief: &Brief) -> Vec<CompareRow> {
    let row = |label: &str, cell: &dyn Fn(&Compared) -> Cell| CompareRow {
        label: label.to_owned(),
        note: String::new(),
        cells: items.iter().map(cell).collect(),
    };
    let text = |text: String| Cell { text, ..Cell::default() };
    let list = |items: Option<&Vec<String>>| Cell {
        items: items.cloned().unwrap_or_default(),
        ..Cell::default()
    };
    let mut rows = vec![row("Total, fees included", &|c| total(c, brief))];
    let longest = items.iter().map(|c| c.proposal.milestones.len()).max().unwrap_or(0);
    for at in 0..longest {
        rows.push(row(&format!("Milestone {}", at + 1), &|c| milestone(c, at)));
    }
    if items.iter().any(|c| c.proposal.hourly.is_some()) {
        rows.push(row("By the hour", &by_hour));
    }
    let today = told::today(visit);
    rows.push(row("Takes", &|c| Cell {
        strong: words::length(c.days),
        text: finish(today, c.days),
        ..Cell::default()
    }));
    rows.push(row("Access it asks for", &|c| Cell {
        strong: words::access(c.proposal.access_preset).to_owned(),
        text: c.access.clone(),
        ..Cell::default()
    }));
    let scope = [
        row("Included", &|c| list(c.service.as_ref().map(|s| &s.includes))),
        row("Not included", &|c| list(c.service.as_ref().map(|s| &s.excludes))),
        row("Needed from you", &|c| list(c.service.as_ref().map(|s| &s.prerequisites))),
    ];
    rows.extend(scope.into_iter().filter(|r| r.cells.iter().any(|c| !c.items.is_empty())));
    rows.push(row("Rating", &|c| text(c.rating.map(words::rating).unwrap_or_default())));
    rows.push(row("Verified jobs", &|c| {
        text(c.verified_jobs.map(|n| format::number(n.into())).unwrap_or_default())
    }));
    rows.push(row("May be accepted until", &|c| text(told::moment(visit, c.proposal.valid_until))));
    note_lowest(&mut rows, items);
    rows
}

fn total(compared: &Compared, brief: &Brief) -> Cell {
    let total = compared.proposal.total;
    let over = total.minor() - brief.budget_max.minor();
    let text = if over > 0 {
        format!("{} above your range", words::amount(Money::new(over, total.currency())))
    } else if total.minor() < brief.budget_min.minor() {
        "below your range".to_owned()
    } else {
        "within your range".to_owned()
    };
    Cell { strong: words::amount(total), text, items: Vec::new() }
}

fn milestone(compared: &Compared, at: usize) -> Cell {
    let Some(milestone) = compared.proposal.milestones.get(at) else { return Cell::default() };
    Cell {
        strong: words::amount(milestone.price),
        text: format!("{}, {}", milestone.title, words::length(milestone.days)),
        items: Vec::new(),
    }
}

fn by_hour(compared: &Compared) -> Cell {
    let Some(hourly) = &compared.proposal.hourly else { return Cell::default() };
    let cap = api::engagements::hours(hourly.cap_minutes);
    Cell {
        strong: format!("{} an hour", words::amount(hourly.rate)),
        text: format!("at most {} for {cap} a week", words::amount(hourly.most_a_week())),
        items: Vec::new(),
    }
}

fn finish(today: chrono::NaiveDate, days: i32) -> String {
    let days = u64::try_from(days).unwrap_or_default();
    match today.checked_add_days(Days::new(days)) {
        Some(day) => format!("by {} if funded today", format::day(day, today)),
        None => String::new(),
    }
}

/// Says in words which total is the lowest of those that can be decided on.
fn note_lowest(rows: &mut [CompareRow], items: &[Compared]) {
    let open = items.iter().filter(|c| c.proposal.state == ProposalState::Open);
    let totals: Vec<&Compared> = open.collect();
    let lowest = totals.iter().min_by_key(|c| c.proposal.total.minor());
    let (Some(lowest), Some(first), true) = (lowest, rows.first_mut(), totals.len() > 1) else {
        return;
    };
    first.note = format!("{} is lowest", told::first_name(&lowest.proposal.consultant_name));
}

impl Page for Compare {
    const TEMPLATE: &'static str = "matching/compare.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let column = |name: &str, accept: bool| Column {
            name: name.into(),
            first_name: told::first_name(name),
            partner: "Brandt Lifecycle Studio".into(),
            title: "Dealer lead flow".into(),
            href: "/p/larkfield/proposals/p-1".into(),
            state: State::WAITING,
            accept: accept.then(|| "/p/larkfield/proposals/p-1/accept".into()),
        };
        let cell = |strong: &str, text: &str| Cell {
            strong: strong.into(),
            text: text.into(),
            items: vec!["Routing".into()],
        };
        let row = |label: &str| CompareRow {
            label: label.into(),
            note: "Tomasz is lowest".into(),
            cells: vec![cell("€9,000.00", "within your range"), Cell::default()],
        };
        let usual = Self {
            columns: vec![column("Ines Oyelaran-Brandt", true), column("Tomasz Wójcik", false)],
            rows: vec![row("Total, fees included"), row("Included")],
            ..sample()
        };
        let notice = Some(Notice::info("The brief is closed", "None can be accepted."));
        vec![("usual", usual), ("empty", Self { notice, ..sample() })]
    }
}

fn sample() -> Compare {
    Compare {
        heading: "2 proposals for “Dealer leads go cold”".into(),
        brief: Link::new("B-318", "/p/larkfield/briefs/b-1"),
        briefs: "/p/larkfield/briefs".into(),
        steps: told::way(BriefState::Open, true),
        budget: "€7,000 to €9,500".into(),
        columns: Vec::new(),
        rows: Vec::new(),
        notice: None,
        waiting: "1 consultant more asked, no answer yet.".into(),
        matches: Link::new("Who fits, and why", "/p/larkfield/briefs/b-1/matches"),
    }
}

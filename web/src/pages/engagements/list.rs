//! The list of engagements: whose turn it is in each, where its money is, what comes next.

use api::engagements::{self, EngagementOverview, EngagementState, Side, Sight};
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::http::paging::PageWanted;
use poem::handler;
use serde::Serialize;

use super::standpoint::Standpoint;
use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Link, Pager, State, Tab, Tone};

/// One engagement in the list.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub title: String,
    pub href: String,
    /// "A-2041 · Ines Oyelaran-Brandt, Brandt Lifecycle Studio".
    pub with: String,
    pub state: State,
    /// "Your turn", where it is.
    pub turn: Option<State>,
    pub next: String,
    pub until: String,
    pub total: String,
    /// "€3,240.00 held"; may be empty.
    pub money: String,
}

/// What is said where there is nothing.
#[derive(Debug, Clone, Serialize)]
pub struct Nothing {
    pub title: String,
    pub text: String,
    pub act: Option<Link>,
}

/// The engagements of whoever asks.
#[derive(Debug, Serialize)]
pub struct Engagements {
    pub lede: String,
    pub tabs: Vec<Tab>,
    pub rows: Vec<Row>,
    pub nothing: Nothing,
    pub pager: Option<Pager>,
}

#[handler]
pub async fn list_engagements(visit: Visit, form: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let state = form.given("state").and_then(EngagementState::parse);
    let list = format!("engagements-page:{}:{:?}", caller.organization, state);
    let cursor = form.given("cursor");
    let page = PageWanted::read(&app.cursors, &list, None, cursor)?;
    let (counts, (rows, next)) = futures::try_join!(
        engagements::count_engagements(app, caller),
        engagements::list_engagements(app, caller, state, page),
    )?;
    let here = |query: &str| format!("{}{query}", visit.link("/engagements"));
    let of_state = state.map(|s| format!("state={s}&")).unwrap_or_default();
    let paged = cursor.is_some() || next.is_some();
    let shown = format::count(u64::try_from(rows.len()).unwrap_or_default(), "shown", "shown");
    let pager = paged.then(|| Pager {
        shown,
        earlier: cursor.map(|_| here(&format!("?{of_state}"))),
        later: next.map(|at| here(&format!("?{of_state}cursor={}", app.cursors.seal(&list, at)))),
    });
    visit.page(&Engagements {
        lede: lede(caller).to_owned(),
        tabs: tabs(&visit, &counts, state),
        rows: rows.iter().map(|of| row(&visit, caller, of)).collect(),
        nothing: nothing(&visit, caller, state),
        pager,
    })
}

const fn lede(caller: &Caller) -> &'static str {
    match caller.kind {
        OrganizationKind::Customer => "Work you ordered: what waits for you comes with a date.",
        OrganizationKind::Partner => "Work you took on: what waits for you comes with a date.",
        OrganizationKind::Vendor => {
            "All work of the program. Messages and deliveries stay between its two sides."
        }
        OrganizationKind::Reseller => "Work happens between a customer and a consultant.",
    }
}

fn tabs(
    visit: &Visit,
    counts: &[(EngagementState, i64)],
    current: Option<EngagementState>,
) -> Vec<Tab> {
    let home = visit.link("/engagements");
    let number = |n: i64| Some(u64::try_from(n).unwrap_or_default());
    let all = counts.iter().map(|(_, n)| n).sum();
    let some = |state: &EngagementState| {
        let n = counts.iter().find(|(of, _)| of == state).map_or(0, |(_, n)| *n);
        let shown = n > 0 || current == Some(*state);
        let word = words::state(*state).word;
        shown.then(|| {
            let href = format!("{home}?state={state}");
            Tab::new(&word, &href, number(n), current == Some(*state))
        })
    };
    let first = Tab::new("All", &home, number(all), current.is_none());
    std::iter::once(first).chain(EngagementState::ALL.iter().filter_map(some)).collect()
}

fn row(visit: &Visit, caller: &Caller, of: &EngagementOverview) -> Row {
    let side = of.engagement.side_of(caller.organization);
    let stand = Standpoint::new(visit, of, side.map_or(Sight::Program, Sight::Side));
    let names = &of.names;
    let with = match side {
        Some(Side::Customer) => format!("{}, {}", names.consultant, names.partner),
        Some(Side::Partner) => names.customer.clone(),
        None => format!("{} with {}", names.customer, names.consultant),
    };
    let own = stand.own_turns().first().copied();
    let first = own.or_else(|| of.turns.first());
    let next = match (own, first) {
        (Some(turn), _) => stand.task(turn),
        (None, Some(turn)) => format!("{}: {}", stand.name(turn.side), stand.task(turn)),
        (None, None) => String::new(),
    };
    let held = of.totals.held;
    Row {
        title: of.engagement.title.clone(),
        href: stand.link(""),
        with: format!("{} · {with}", of.engagement.label()),
        state: words::state(of.engagement.state),
        turn: own.map(|_| State::new(Tone::Held, "hourglass", "Your turn")),
        next,
        until: first.and_then(|t| t.until).map(|u| stand.until(u)).unwrap_or_default(),
        total: words::amount(of.engagement.total),
        money: if held.minor() > 0 {
            format!("{} held", words::amount(held))
        } else {
            String::new()
        },
    }
}

fn nothing(visit: &Visit, caller: &Caller, state: Option<EngagementState>) -> Nothing {
    if let Some(state) = state {
        let word = words::state(state).word.to_lowercase();
        return Nothing {
            title: format!("None is {word}"),
            text: "Another tab holds the rest.".into(),
            act: Some(Link::new("Show all", &visit.link("/engagements"))),
        };
    }
    let (title, text, act) = match caller.kind {
        OrganizationKind::Customer => (
            "No engagement yet",
            "Accept a proposal, and its milestones, messages and money stand here.",
            Some(Link::new("Write a brief", &visit.link("/briefs/new"))),
        ),
        OrganizationKind::Partner => (
            "No engagement yet",
            "A customer who accepts your proposal brings the work here.",
            Some(Link::new("See invitations", &visit.link("/invitations"))),
        ),
        OrganizationKind::Vendor => {
            ("No engagement yet", "The first accepted proposal of the program appears here.", None)
        }
        OrganizationKind::Reseller => (
            "Engagements are not for resellers",
            "Your share of your accounts’ work stands in your statements.",
            Some(Link::new("See statements", &visit.link("/statements"))),
        ),
    };
    Nothing { title: title.into(), text: text.into(), act }
}

impl Page for Engagements {
    const TEMPLATE: &'static str = "engagements/list.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |title: &str, state: State, turn: Option<State>, next: &str| Row {
            title: title.into(),
            href: "/p/larkfield/engagements/1".into(),
            with: "A-2041 · Ines Oyelaran-Brandt, Brandt Lifecycle Studio".into(),
            state,
            turn,
            next: next.into(),
            until: "Tuesday 12 May, 18:00 Stockholm time".into(),
            total: "€9,000.00".into(),
            money: "€3,240.00 held".into(),
        };
        let yours = Some(State::new(Tone::Held, "hourglass", "Your turn"));
        let nothing = Nothing {
            title: "No engagement yet".into(),
            text: "Accept a proposal.".into(),
            act: Some(Link::new("Write a brief", "/p/larkfield/briefs/new")),
        };
        let page = |rows| Self {
            lede: "Work you ordered.".into(),
            tabs: vec![Tab::new("All", "/p/larkfield/engagements", Some(2), true)],
            rows,
            nothing: nothing.clone(),
            pager: Some(Pager { shown: "2 shown".into(), earlier: None, later: None }),
        };
        let rows = vec![
            row("Dealer nurture redesign", State::ACTIVE, yours, "Accept milestone 2"),
            row("Welcome path", State::COMPLETED, None, ""),
        ];
        vec![("usual", page(rows)), ("empty", Self { pager: None, ..page(Vec::new()) })]
    }
}

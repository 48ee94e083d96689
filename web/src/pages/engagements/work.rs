//! The milestones of an engagement with their money, and what was agreed, frozen at signing.

use api::billing::{shares_of_rest, shares_released};
use api::engagements::{MilestoneState, MilestoneView, Party, Totals};
use api::identity::Deed;
use api::kernel::money::Money;
use serde::Serialize;

use super::mandate::Payer;
use super::standpoint::Standpoint;
use super::words;
use crate::format;
use crate::view::{Bar, BarKey, Figure, Fill, Link, State, Sum, SumLine};

/// One milestone in the table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// "2 Design in drafts".
    pub title: String,
    pub href: String,
    pub line: String,
    pub due: String,
    pub state: State,
    /// "Fund €2,760.00", for who may and when it makes sense.
    pub fund: Option<Link>,
    pub price: String,
}

/// All milestones with the bar of their money.
#[derive(Debug, Clone, Serialize)]
pub struct Work {
    pub rows: Vec<Row>,
    pub bar: Bar,
    pub keys: Vec<BarKey>,
    pub total: String,
    /// For work by the hour: its time sheet, and what was agreed on.
    pub hours: Option<Hours>,
}

/// Work by the hour beside its weeks.
#[derive(Debug, Clone, Serialize)]
pub struct Hours {
    pub open: Link,
    /// "€90.00 an hour, at most 20 h a week."
    pub line: String,
    /// Who pays the weeks, for those who choose that.
    pub payer: Option<Payer>,
}

pub fn work(stand: &Standpoint<'_>) -> Work {
    let of = stand.of;
    let next = of.milestones.iter().find(|m| m.state == MilestoneState::Planned).map(|m| m.id);
    let row = |m: &api::engagements::Milestone| {
        let path = words::milestone_path(m.id);
        let due = match (m.due_on, m.accepted_at) {
            (_, Some(at)) => words::day_of(stand.visit, at),
            (Some(day), None) => words::day(stand.visit, day),
            (None, None) => match m.week {
                Some(of) => words::day(stand.visit, of.week.friday()),
                None => format!("{} after funding", words::days(m.days)),
            },
        };
        let may = next == Some(m.id) && stand.may(Deed::FundMilestones) && may_be_funded(stand);
        let price = words::amount(m.price);
        Row {
            title: if m.week.is_some() {
                m.title.clone()
            } else {
                format!("{} {}", m.seq, m.title)
            },
            href: stand.visit.link(&path),
            line: words::milestone_line(stand.visit, m),
            due,
            state: words::money_state(m),
            fund: may.then(|| {
                let deed = if m.week.is_some() { "Pay" } else { "Fund" };
                Link::new(&format!("{deed} {price}"), &stand.visit.link(&format!("{path}/fund")))
            }),
            price,
        }
    };
    let (bar, keys) = bar(&of.totals, of.engagement.total);
    let rows = of.milestones.iter().map(row).collect();
    let hours = of.engagement.hourly.map(|hourly| {
        let cap = api::engagements::hours(hourly.cap_minutes);
        let rate = words::amount(hourly.rate);
        let line = format!("{rate} an hour, at most {cap} a week. Weeks are of UTC.");
        Hours { open: Link::new("Open the time sheet", &stand.link("/hours")), line, payer: None }
    });
    Work { rows, bar, keys, total: words::amount(of.engagement.total), hours }
}

fn may_be_funded(stand: &Standpoint<'_>) -> bool {
    use api::engagements::EngagementState as State;
    stand.side().is_some() && matches!(stand.of.engagement.state, State::Signed | State::Active)
}

/// Released, held, given back and not funded, from left to right.
fn bar(totals: &Totals, whole: Money) -> (Bar, Vec<BarKey>) {
    let size = |money: Money| u64::try_from(money.minor()).unwrap_or_default();
    let parts = [
        (Fill::Shade(1), totals.released, "Released"),
        (Fill::Held, totals.held, "Held"),
        (Fill::Shade(6), totals.refunded, "Refunded"),
        (Fill::Nothing, totals.planned, "Not funded"),
    ];
    let there: Vec<_> = parts.into_iter().filter(|(_, money, _)| money.minor() > 0).collect();
    let said: Vec<String> = there
        .iter()
        .map(|(_, m, word)| format!("{} {}", word.to_lowercase(), words::amount(*m)))
        .collect();
    let label = format!("Of {}: {}", words::amount(whole), said.join(", "));
    let drawn: Vec<(Fill, u64)> = there.iter().map(|(fill, m, _)| (*fill, size(*m))).collect();
    let key = |(fill, m, word): &(Fill, Money, &str)| {
        BarKey::new(*fill, &format!("{word} {}", words::amount(*m)))
    };
    (Bar::of(&drawn, size(whole), &label), there.iter().map(key).collect())
}

/// What both sides signed, and what holds because of it.
#[derive(Debug, Clone, Serialize)]
pub struct Agreed {
    pub figures: Vec<Figure>,
    pub shares: Vec<Figure>,
    pub read: Link,
    pub links: Vec<Link>,
}

/// `sample` is any milestone of it: every one has the same parts.
pub fn agreed(stand: &Standpoint<'_>, sample: Option<&MilestoneView>) -> Agreed {
    let of = stand.of;
    let terms = of.statement.terms;
    let signed = match of.engagement.signed_at {
        Some(at) => format::date(words::local(stand.visit, at)),
        None => "not yet".to_owned(),
    };
    let shares = sample.map(parts).unwrap_or_default();
    let reseller = sample.and_then(|m| m.shares.iter().find(|s| s.party == Party::Reseller));
    let mut figures = vec![
        Figure::new("Signed", signed),
        Figure::new("Text", format!("version {}", of.statement.version)),
    ];
    figures.extend(match &of.engagement.hourly {
        Some(hourly) => crate::pages::matching::hours(hourly),
        None => vec![
            Figure::new("Accepts itself after", words::days(terms.acceptance_days)),
            Figure::new("Returns allowed", terms.change_requests.to_string()),
        ],
    });
    if let Some(sample) = sample.filter(|m| !m.shares.is_empty()) {
        let name = reseller.map(|s| payee(sample, s.party, s.organization));
        figures.push(Figure::new("Reseller of record", name.unwrap_or_else(|| "none".to_owned())));
    }
    let mut links = vec![Link::new("People of the program", &stand.link("/guests"))];
    links.push(Link::new(end_words(stand), &stand.link("/end")));
    if of.engagement.state == api::engagements::EngagementState::Completed {
        links.push(Link::new("Reviews", &stand.link("/reviews")));
    }
    Agreed {
        figures,
        shares,
        read: Link::new("Read the statement of work", &stand.link("/sow")),
        links,
    }
}

fn end_words(stand: &Standpoint<'_>) -> &'static str {
    if stand.of.engagement.state.is_over() {
        return "How it ended";
    }
    if stand.side().is_some() { "Pause or end it" } else { "Pausing and ending" }
}

fn payee(
    of: &MilestoneView,
    party: Party,
    organization: Option<api::kernel::id::OrganizationId>,
) -> String {
    let name = organization.and_then(|id| of.payees.get(&id)).cloned();
    match party {
        Party::Operator => "Attaché".to_owned(),
        _ => name.unwrap_or_default(),
    }
}

fn parts(of: &MilestoneView) -> Vec<Figure> {
    let part = |s: &api::engagements::Share| {
        let share = format::basis_points(i64::from(s.parts));
        Figure::new(&payee(of, s.party, s.organization), share)
    };
    of.shares.iter().map(part).collect()
}

/// What acceptance would bring each party after parts were released.
fn of_held(of: &MilestoneView) -> Option<Vec<api::engagements::Share>> {
    let m = &of.milestone;
    let have = shares_of_rest(&of.shares, m.with_payees()).ok()?;
    shares_released(&of.shares, &have, (m.kept(), m.held())).ok()
}

/// The frozen shares of one milestone, adding up to its price; `None` before signing.
pub fn sum(of: &MilestoneView) -> Option<Sum> {
    if of.shares.is_empty() {
        return None;
    }
    let line = |s: &api::engagements::Share| {
        let share = format::basis_points(i64::from(s.parts));
        let note = match s.party {
            Party::Consultant => share,
            Party::Vendor => format!("{share}, program fee"),
            Party::Reseller => format!("{share}, reseller of record"),
            Party::Operator => format!("{share}, running the marketplace"),
        };
        SumLine::new(&payee(of, s.party, s.organization), words::amount(s.amount)).with_note(&note)
    };
    let m = &of.milestone;
    let parted = m.state.is_held() && m.released.minor() > 0;
    let shared = if parted { m.held() } else { m.shared() };
    // Frozen shares add up to the price, so the rest can be shared by them.
    let shares = if parted { of_held(of) } else { shares_of_rest(&of.shares, shared).ok() };
    let shares = shares.unwrap_or_else(|| of.shares.clone());
    let of_what = match (parted, shared == m.price) {
        (true, _) => "What is held still",
        (_, true) => "The price of this milestone",
        _ => "What is left of its price",
    };
    Some(Sum {
        lines: shares.iter().map(line).collect(),
        total: SumLine::new(of_what, words::amount(shared)),
    })
}

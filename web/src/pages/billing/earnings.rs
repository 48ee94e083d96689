//! What the organization has earned: waiting, held, on its way, paid out; each amount opens.

use api::billing::{self, LineState, StatementLine};
use api::engagements::{self, MilestoneState};
use api::kernel::money::Money;
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::http::paging::PageWanted;
use api::platform::refusal::Common;
use chrono::{DateTime, Utc};
use poem::handler;
use serde::Serialize;

use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Amount, Entry, Link, Notice, State, Sum, SumLine, Tab};

/// The money of a payee by where it is, and every share behind it.
#[derive(Debug, Serialize)]
pub struct Earnings {
    /// The other pages of money; empty where it stands alone.
    pub money: Vec<Tab>,
    pub eyebrow: Vec<String>,
    pub available: Sum,
    pub held: Sum,
    /// What comes next, in a sentence; the date alone in `next_day`.
    pub next_day: String,
    pub next: String,
    pub notices: Vec<Notice>,
    /// Where failures and waiting shares are mended.
    pub payouts: Link,
    pub statements: String,
    pub tabs: Vec<Tab>,
    pub entries: Vec<EntryRow>,
}

/// A share with the page of its milestone's money.
#[derive(Debug, Serialize)]
pub struct EntryRow {
    pub entry: Entry,
    pub money: String,
}

const TABS: &[(&str, &str)] =
    &[("", "All"), ("held", "Held"), ("waiting", "Not sent yet"), ("paid", "Paid out")];

#[handler]
pub async fn show_earnings(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    if caller.kind == OrganizationKind::Customer {
        let text = "Customers pay here and earn nothing. What you paid is in your statements.";
        return Err(Common::NotPermitted(text.to_owned()).into());
    }
    let totals = billing::earnings(visit.app(), caller).await?;
    let statement = billing::statement(visit.app(), caller, None, None).await?;
    let lines = &statement.lines;
    let chosen = form.get("show");
    let shown = lines.iter().rev().filter(|line| fits(line.state, chosen));
    let (next_day, next) = next(&visit, caller).await?;
    let page = Earnings {
        money: words::money_tabs(&visit, "/earnings"),
        eyebrow: vec![
            statement.organization_name.clone(),
            format!("as of {}", words::moment(&visit, visit.app().clock.now())),
        ],
        available: opened("Waits for you", totals.available, lines, LineState::Payable),
        held: opened("Held", totals.on_hold, lines, LineState::Held),
        next_day,
        next,
        notices: notices(&totals, lines),
        payouts: Link::new("Open payouts", &visit.link("/payouts")),
        statements: visit.link("/statements"),
        tabs: tabs(&visit, lines, chosen),
        entries: shown.map(|line| entry(&visit, line)).collect(),
    };
    visit.page(&page)
}

fn fits(state: LineState, chosen: &str) -> bool {
    match chosen {
        "held" => state == LineState::Held,
        "waiting" => matches!(state, LineState::Payable | LineState::OnTheWay),
        "paid" => state == LineState::Paid,
        _ => true,
    }
}

fn tabs(visit: &Visit, lines: &[StatementLine], chosen: &str) -> Vec<Tab> {
    let known = TABS.iter().any(|(word, _)| *word == chosen);
    let tab = |(word, label): &(&str, &str)| {
        let n = lines.iter().filter(|line| fits(line.state, word)).count();
        let query = if word.is_empty() { String::new() } else { format!("?show={word}") };
        let current = *word == chosen || !known && word.is_empty();
        let href = visit.link(&format!("/earnings{query}"));
        Tab::new(label, &href, u64::try_from(n).ok(), current)
    };
    TABS.iter().map(tab).collect()
}

/// The total with the shares it is made of; what lies before the year is one line.
fn opened(label: &str, total: Money, lines: &[StatementLine], state: LineState) -> Sum {
    let of = lines.iter().rev().filter(|line| line.state == state);
    let there = |line: &StatementLine| {
        let there = line.amount.minor().saturating_sub(line.netted.minor());
        Money::new(there, line.amount.currency())
    };
    let counted: i64 = of.clone().map(|line| there(line).minor()).sum();
    let mut sum: Vec<SumLine> = of
        .map(|line| {
            SumLine::new(&line.what, words::amount(there(line))).with_note(&line.engagement_label)
        })
        .collect();
    let rest = total.minor() - counted;
    if rest != 0 {
        let rest = Money::new(rest, total.currency());
        sum.push(SumLine::new("More than a year ago", words::amount(rest)));
    }
    Sum { lines: sum, total: SumLine::new(label, words::amount(total)) }
}

fn notices(totals: &billing::Earnings, lines: &[StatementLine]) -> Vec<Notice> {
    let billing::Earnings { available, on_the_way, owed, .. } = *totals;
    let refused = lines.iter().filter_map(|line| Some((line, line.refusal.as_deref()?)));
    let mut notices: Vec<Notice> = refused
        .map(|(line, why)| {
            let title = format!(
                "{} of {} could not be sent",
                words::amount(line.amount),
                line.engagement_label
            );
            let text = format!(
                "{why} Mend your payout account; then it is sent again by itself. The money is \
                 safe and owed to you."
            );
            Notice::held(&title, &text)
        })
        .collect();
    if notices.is_empty() && available.minor() > 0 {
        let title = format!("{} waits for your payout account", words::amount(available));
        let text = "It is yours and is sent by itself once the account is ready.";
        notices.push(Notice::held(&title, text));
    }
    if owed.minor() > 0 {
        let title = format!("You give back {} still", words::amount(owed));
        let text = "It went back to a customer, and your account did not have it. The next shares \
                    you earn pay it; nothing else is asked of you.";
        notices.push(Notice::info(&title, text));
    }
    if on_the_way.minor() > 0 {
        let title = format!("{} is on its way", words::amount(on_the_way));
        notices.push(Notice::info(&title, "It was handed to the payment processor."));
    }
    notices
}

/// When the next held share is released by itself, as far as that is known.
async fn next(visit: &Visit, caller: &Caller) -> Result<(String, String), PageError> {
    let nothing = || {
        let text = "No delivery waits for acceptance now. Held money is released when work is \
                    accepted.";
        ("No date yet".to_owned(), text.to_owned())
    };
    if caller.kind != OrganizationKind::Partner {
        return Ok(nothing());
    }
    let page = PageWanted::first(50);
    let (list, _) = engagements::list_engagements(visit.app(), caller, None, page).await?;
    let due = list.iter().flat_map(|of| of.milestones.iter().map(move |m| (of, m)));
    let due = due.filter(|(_, m)| m.state == MilestoneState::Submitted);
    let first = due.filter_map(|(of, m)| Some((m.accepts_itself_at?, of, m))).min_by_key(|d| d.0);
    let Some((at, of, milestone)) = first else { return Ok(nothing()) };
    let zone = visit.zone();
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let text = format!(
        "Milestone {} of {} accepts itself at {} ({}), unless {} answers before.",
        milestone.seq,
        of.engagement.label(),
        format::hour(at, zone),
        format::zone_city(zone),
        of.names.customer
    );
    Ok((format::day(local(at), local(visit.app().clock.now())), text))
}

pub(super) fn entry(visit: &Visit, line: &StatementLine) -> EntryRow {
    let day = line.at.with_timezone(&visit.zone()).date_naive();
    let today = visit.app().clock.now().with_timezone(&visit.zone()).date_naive();
    let sum = match line.party {
        Some(_) if line.amount.minor() < 0 => words::back_sum(line),
        Some(_) => words::net_sum(line.gross, &line.split, line.party, line.amount),
        None => paid_sum(line),
    };
    let state = match line.party {
        Some(_) if line.refusal.is_some() => State::RETURNED,
        Some(_) => words::line_state(line.state),
        None => words::payment_state(line.state),
    };
    let entry = Entry {
        machine: format::machine_date(day),
        when: format::day(day, today),
        title: line.what.clone(),
        note: line.engagement_label.clone(),
        state,
        amount: Amount::new(words::amount(line.amount)),
        sum,
        foot: line.refusal.clone().unwrap_or_else(|| netted(line)),
        open: false,
    };
    EntryRow { entry, money: visit.link(&format!("/milestones/{}/money", line.milestone)) }
}

fn netted(line: &StatementLine) -> String {
    match line.netted.minor() {
        0 => String::new(),
        _ => format!("{} of it paid what you gave back.", words::amount(line.netted)),
    }
}

/// What a customer's payment goes to.
fn paid_sum(line: &StatementLine) -> Sum {
    let part = |part: &billing::Part| {
        SumLine::new(words::party(part.party), words::amount(part.amount))
            .with_note(&words::rule(part.parts))
    };
    Sum {
        lines: line.split.iter().map(part).collect(),
        total: SumLine::new("Price, all you pay", words::amount(line.amount)),
    }
}

impl Page for Earnings {
    const TEMPLATE: &'static str = "billing/earnings.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self {
            available: sum("Waits for you", &[], "€0.00"),
            held: sum("Held", &[], "€0.00"),
            notices: Vec::new(),
            entries: Vec::new(),
            ..sample()
        };
        vec![("usual", sample()), ("empty", empty)]
    }
}

fn sum(label: &str, lines: &[(&str, &str)], total: &str) -> Sum {
    let lines = lines.iter().map(|(label, amount)| SumLine::new(label, *amount)).collect();
    Sum { lines, total: SumLine::new(label, total) }
}

pub(super) fn sample_entry() -> EntryRow {
    EntryRow {
        entry: Entry {
            machine: "2026-05-07".into(),
            when: "7 May".into(),
            title: "Milestone 2: Dealer nurture".into(),
            note: "A-2041".into(),
            state: State::HELD,
            amount: Amount::new("€2,592.00"),
            sum: sum("Yours", &[("Price", "€3,240.00"), ("Program fee", "−€648.00")], "€2,592.00"),
            foot: String::new(),
            open: false,
        },
        money: "/p/larkfield/milestones/m/money".into(),
    }
}

fn sample() -> Earnings {
    Earnings {
        eyebrow: vec!["Brandt Lifecycle Studio".into(), "as of Thursday 7 May, 11:41".into()],
        available: sum("Waits for you", &[("Milestone 1: Map", "€1,530.00")], "€1,530.00"),
        held: sum("Held", &[("Milestone 2: Drafts", "€2,592.00")], "€2,592.00"),
        next_day: "12 May".into(),
        next: "Milestone 2 of A-2041 accepts itself at 18:00 (Lisbon).".into(),
        notices: vec![Notice::held("€1,530.00 waits for your payout account", "It is yours.")],
        payouts: Link::new("Open payouts", "/p/larkfield/payouts"),
        money: words::sample_money_tabs(),
        statements: "/p/larkfield/statements".into(),
        tabs: vec![Tab::new("All", "/p/larkfield/earnings", Some(1), true)],
        entries: vec![sample_entry()],
    }
}

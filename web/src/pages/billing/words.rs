//! Amounts, parties and states of money in the product's words, and the sums they open.

use api::billing::{LineState, Part, SplitLine, StatementLine, TakenHow, TransferState};
use api::engagements::{MilestoneState, Party};
use api::identity::Deed;
use api::kernel::money::Money;
use api::platform::caller::{Caller, OrganizationKind};
use chrono::{DateTime, Utc};

use crate::format;
use crate::site::Visit;
use crate::view::{Amount, State, Sum, SumLine, Tab, Tone};

/// An amount in full: "€1,800.00".
pub fn amount(money: Money) -> String {
    money.to_string()
}

/// An amount taken away: "−€180.00".
pub fn taken(money: Money) -> String {
    amount(Money::new(-money.minor(), money.currency()))
}

/// A moment with its hour and city: "Tuesday 12 May, 18:00 (Stockholm)".
pub fn moment(visit: &Visit, at: DateTime<Utc>) -> String {
    let zone = visit.zone();
    let told = format::instant(at, zone, visit.app().clock.now());
    format!("{told} ({})", format::zone_city(zone))
}

/// The pages of money beside each other, for those who have several: the program's people, and
/// customers. Nothing for payees, whose pages lead to each other.
pub fn money_tabs(visit: &Visit, here: &str) -> Vec<Tab> {
    let Ok(caller) = visit.caller() else { return Vec::new() };
    let pages: &[(&str, &str)] = match caller.kind {
        OrganizationKind::Vendor if may(caller, Deed::Reconcile) => PROGRAM_PAGES,
        OrganizationKind::Vendor if may(caller, Deed::SeeMoneyApprovals) => MANAGER_PAGES,
        OrganizationKind::Customer => CUSTOMER_PAGES,
        _ => return Vec::new(),
    };
    let tab =
        |(label, path): &(&str, &str)| Tab::new(label, &visit.link(path), None, *path == here);
    pages.iter().map(tab).collect()
}

const PROGRAM_PAGES: &[(&str, &str)] = &[
    ("Statements", "/statements"),
    ("Earnings", "/earnings"),
    ("Payouts", "/payouts"),
    ("Disputes", "/disputes"),
    ("Second person", "/money-approvals"),
    ("Reconciliation", "/reconciliation"),
    ("Webhooks", "/webhooks"),
];
/// Those who decide between two sides, and look after no books.
const MANAGER_PAGES: &[(&str, &str)] =
    &[("Disagreements", "/disagreements"), ("Second person", "/money-approvals")];
const CUSTOMER_PAGES: &[(&str, &str)] = &[
    ("Statements", "/statements"),
    ("Spend", "/spend"),
    ("Receipts", "/receipts"),
    ("Cards", "/methods"),
    ("Disputes", "/disputes"),
];

/// What a party gets its part for.
pub fn party(party: Party) -> &'static str {
    match party {
        Party::Consultant => "Consultant’s share",
        Party::Vendor => "Program fee",
        Party::Reseller => "Reseller of record",
        Party::Operator => "Attaché",
    }
}

/// "80 %, fixed at signing".
pub fn rule(parts: i32) -> String {
    format!("{}, fixed at signing", format::basis_points(i64::from(parts)))
}

/// Where a milestone's money is.
pub fn held_state(state: MilestoneState) -> State {
    match state {
        MilestoneState::Planned => State::NOT_FUNDED,
        MilestoneState::Accepted | MilestoneState::Settled => State::RELEASED,
        MilestoneState::Refunded => State::REFUNDED,
        MilestoneState::Funded | MilestoneState::Submitted | MilestoneState::ChangesRequested => {
            State::HELD
        }
    }
}

/// Where the money of a statement's line is, as a payee reads it.
pub fn line_state(state: LineState) -> State {
    match state {
        LineState::Held => State::HELD,
        LineState::Payable => State::new(Tone::Held, "hourglass", "Waits for payouts"),
        LineState::OnTheWay => State::new(Tone::Review, "send", "On its way"),
        LineState::Paid => State::PAID_OUT,
        LineState::Refunded => State::REFUNDED,
        LineState::Owed => State::new(Tone::Held, "hourglass", "To be taken"),
        LineState::GivenBack => State::new(Tone::Plain, "undo", "Given back"),
    }
}

/// The same as the customer who paid reads it.
pub fn payment_state(state: LineState) -> State {
    match state {
        LineState::Held => State::HELD,
        LineState::Refunded => State::REFUNDED,
        LineState::Payable
        | LineState::OnTheWay
        | LineState::Paid
        | LineState::Owed
        | LineState::GivenBack => State::RELEASED,
    }
}

/// Where a share is: while something is held it goes with its milestone.
pub fn share_state(line: &SplitLine, milestone: MilestoneState) -> State {
    match line.transfer.filter(|_| !milestone.is_held()) {
        Some(TransferState::Waiting) => line_state(LineState::Payable),
        Some(TransferState::Asked) => line_state(LineState::OnTheWay),
        Some(TransferState::Paid) => State::PAID_OUT,
        Some(TransferState::Refused) => State::RETURNED,
        Some(TransferState::Netted) => State::new(Tone::Good, "done", "Paid what was owed"),
        None => held_state(milestone),
    }
}

/// Who gets what of a price, down to the price.
pub fn price_sum(split: &[SplitLine], price: Money) -> Sum {
    let line = |of: &SplitLine| {
        let note = match of.party {
            Party::Operator => rule(of.parts),
            _ => format!("{}, {}", of.name, rule(of.parts)),
        };
        SumLine::new(party(of.party), amount(of.amount)).with_note(&note)
    };
    Sum {
        lines: split.iter().map(line).collect(),
        total: SumLine::new("Price, all you pay", amount(price)),
    }
}

/// What is left for one party of a price, fee by fee.
pub fn net_sum(gross: Money, split: &[Part], own: Option<Party>, net: Money) -> Sum {
    let price = SumLine::new("Price", amount(gross)).with_note("paid by the customer");
    let others = split.iter().filter(|part| Some(part.party) != own);
    // A fee is no loss: only what goes back is in wax.
    let fee = |part: &Part| SumLine {
        amount: Amount { text: taken(part.amount), minus: false },
        ..SumLine::new(party(part.party), "").with_note(&rule(part.parts))
    };
    let mine = split.iter().find(|part| Some(part.party) == own);
    let total = SumLine::new("Yours", amount(net));
    let total = match mine {
        Some(part) => total.with_note(&rule(part.parts)),
        None => total,
    };
    Sum { lines: std::iter::once(price).chain(others.map(fee)).collect(), total }
}

/// What a payee gives back, and how it is taken; what is left is owed.
pub fn back_sum(line: &StatementLine) -> Sum {
    let mut left = line.amount.minor();
    let taken = line.taken.iter().map(|taken| {
        left = left.saturating_add(taken.amount.minor());
        let (label, note) = match taken.how {
            TakenHow::Netting => ("Paid by a share", taken.what.clone()),
            TakenHow::Reversing => ("Being taken from your account", String::new()),
            TakenHow::Reversal => ("Taken from your account", String::new()),
        };
        let day = format::date(taken.at.date_naive());
        let note = if note.is_empty() { day } else { format!("{note}; {day}") };
        SumLine::new(label, amount(taken.amount)).with_note(&note)
    });
    let mut lines: Vec<SumLine> = taken.collect();
    if left != 0 {
        let open = Money::new(left.saturating_neg(), line.amount.currency());
        lines.push(SumLine::new("Paid by the next shares", amount(open)));
    }
    let back = Money::new(line.amount.minor().saturating_neg(), line.amount.currency());
    Sum { lines, total: SumLine::new("You give back", amount(back)) }
}

/// Whether the caller may do this by their role.
pub fn may(caller: &Caller, deed: api::identity::Deed) -> bool {
    deed.allows(caller.kind, caller.role)
}

pub(super) fn sample_customer_tabs() -> Vec<Tab> {
    sample_tabs(CUSTOMER_PAGES)
}

pub(super) fn sample_money_tabs() -> Vec<Tab> {
    sample_tabs(PROGRAM_PAGES)
}

fn sample_tabs(pages: &[(&str, &str)]) -> Vec<Tab> {
    let tab = |(label, path): &(&str, &str)| {
        Tab::new(label, &format!("/p/larkfield{path}"), None, *path == "/disputes")
    };
    pages.iter().map(tab).collect()
}

//! Engagements on the pages of a day: whose turn it is in words, and rows of what goes on.

use api::billing::{DisagreementLine, Holding};
use api::engagements::{
    EngagementOverview, EngagementState, MilestoneState, Side, Task, Totals, Turn, Until,
};
use api::kernel::money::{Currency, Money};

use super::today::{Cell, Empty, List, Row, columns};
use super::waiting::Waits;
use crate::format;
use crate::site::Visit;
use crate::view::{Link, State};

/// "€3,240.00".
pub fn amount(money: Money) -> String {
    money.to_string()
}

/// Sums of several currencies, one after the other; "€0.00" of `usual` when there is none.
pub fn amounts(sums: &[Money], usual: Option<Currency>) -> String {
    let some: Vec<String> =
        sums.iter().filter(|sum| sum.minor() != 0).map(|sum| amount(*sum)).collect();
    match (some.is_empty(), usual) {
        (false, _) => some.join(" and "),
        (true, Some(currency)) => amount(Money::zero(currency)),
        (true, None) => "nothing".to_owned(),
    }
}

/// One part of the totals of these engagements, a sum a currency.
pub fn sums(list: &[EngagementOverview], part: fn(&Totals) -> Money) -> Vec<Money> {
    let mut sums: Vec<Money> = Vec::new();
    for money in list.iter().map(|overview| part(&overview.totals)) {
        match sums.iter_mut().find(|sum| sum.currency() == money.currency()) {
            Some(sum) => {
                *sum = Money::new(sum.minor().saturating_add(money.minor()), sum.currency());
            }
            None => sums.push(money),
        }
    }
    sums
}

/// What waits for this side of what its role `does`, most pressing first in each engagement.
pub fn turns_of(
    side: Side,
    list: &[EngagementOverview],
    visit: &Visit,
    does: impl Fn(Task) -> bool,
) -> Vec<Waits> {
    let mut found = Vec::new();
    for overview in list {
        let mine = overview.turns.iter().filter(|turn| turn.side == side && does(turn.task));
        found.extend(mine.map(|turn| waits(turn, overview, visit)));
    }
    found
}

/// A disagreement that waits for this person's answer, until its time is over, or decision.
pub fn disagreement(line: &DisagreementLine, deed: &str, visit: &Visit) -> Waits {
    let title = format!("{deed} about milestone {} of {}", line.seq, line.label);
    let path = format!("/milestones/{}/disagreement", line.of.milestone);
    let act = Link::new("Read what is said", &visit.link(&path));
    let text = format!("The two sides disagree about {}.", line.title);
    let waits = Waits::new(&title, act).saying(&text);
    let ends = line.of.answer_by;
    if ends > visit.app().clock.now() { waits.until(ends, visit) } else { waits }
}

/// Held money that has to leave soon.
pub fn holding(of: &Holding, visit: &Visit) -> Waits {
    let title =
        format!("Decide about the {} held for milestone {} of {}", of.held, of.seq, of.label);
    let path = if of.disagreed { "disagreement" } else { "money" };
    let path = format!("/milestones/{}/{path}", of.milestone);
    let act = Link::new("See the money", &visit.link(&path));
    let text = if of.disagreed {
        "It may not be held any longer, and the two sides disagree about it."
    } else {
        "It may not be held any longer: then it goes back to the customer."
    };
    Waits::new(&title, act).saying(text).until(of.acts_at, visit)
}

fn waits(turn: &Turn, of: &EngagementOverview, visit: &Visit) -> Waits {
    let engagement = format!("/engagements/{}", of.engagement.id);
    let path = match (turn.task, turn.milestone) {
        (Task::FundMilestone | Task::PayWeek, Some((id, _))) => format!("/milestones/{id}/fund"),
        (_, Some((id, _))) => format!("/milestones/{id}"),
        (Task::AcceptStatement, None) => format!("{engagement}/sow"),
        (Task::WriteReview, None) => format!("{engagement}/reviews"),
        (_, None) => engagement,
    };
    let (title, text, act) = words(turn, of);
    // Kept together: a number alone on a line says nothing.
    let place = format!("{}\u{a0}·\u{a0}{}", other(turn.side, of), of.engagement.label());
    let text = format!("{text} {place}");
    let waits = Waits::new(&title, Link::new(act, &visit.link(&path))).saying(text.trim_start());
    match turn.until {
        Some(Until::Instant(at)) => waits.until(at, visit),
        Some(Until::Day(day)) => waits.by_day(day, visit),
        None => waits,
    }
}

/// The deed, what happens if nobody acts, and the word on its button.
fn words(turn: &Turn, of: &EngagementOverview) -> (String, String, &'static str) {
    let milestone = turn.milestone.and_then(|(id, _)| of.milestones.iter().find(|m| m.id == id));
    let named = milestone.map_or_else(String::new, |m| format!("{}: {}", m.seq, m.title));
    let price = milestone.map_or_else(String::new, |m| amount(m.price));
    let title = &of.engagement.title;
    let week = milestone.map_or_else(String::new, |m| format!("the {}", lower(&m.title)));
    match turn.task {
        Task::AcceptStatement => (
            format!("Accept the statement of work: {title}"),
            "It lapses when both have not accepted it by then.".to_owned(),
            "Read and accept",
        ),
        Task::FundMilestone => (
            format!("Fund milestone {named}"),
            format!("{price} is held until you accept the work."),
            "Fund it",
        ),
        Task::PayWeek => (
            format!("Pay {week}: {title}"),
            format!("{price} is held until you accept the week. Unpaid, it stops the hours."),
            "Pay it",
        ),
        Task::ReviewWeek => (
            format!("Accept {week}, or disagree: {title}"),
            format!("Without an answer it accepts itself, and {price} is released."),
            "See the week",
        ),
        Task::Deliver => (format!("Deliver milestone {named}"), String::new(), "Deliver"),
        Task::DeliverAgain => (
            format!("Deliver milestone {named} again"),
            "Changes are asked for.".to_owned(),
            "See what is asked",
        ),
        Task::DecideDelivery => (
            format!("Accept milestone {named}, or return it with notes"),
            format!("Without an answer it accepts itself, and {price} is released."),
            "See the work",
        ),
        Task::Resume => (
            format!("Resume {title}, or let it rest"),
            "Work is paused; what is held stays held.".to_owned(),
            "Open it",
        ),
        Task::WriteReview => (
            format!("Review the work on {title}"),
            "Both reviews appear together.".to_owned(),
            "Write a review",
        ),
    }
}

fn lower(title: &str) -> String {
    title.replacen('W', "w", 1)
}

fn other(side: Side, of: &EngagementOverview) -> &str {
    match side {
        Side::Customer => &of.names.consultant,
        Side::Partner => &of.names.customer,
    }
}

pub fn state(state: EngagementState) -> State {
    match state {
        EngagementState::Contracting => State::CONTRACTING,
        EngagementState::Signed => State::SIGNED,
        EngagementState::Active => State::ACTIVE,
        EngagementState::Paused => State::PAUSED,
        EngagementState::Disputed => State::DISPUTED,
        EngagementState::Completed => State::COMPLETED,
        EngagementState::Cancelled => State::CANCELLED,
    }
}

/// What goes on, for one side of it or, without a side, for the vendor; at most eight rows.
pub fn going_on(
    side: Option<Side>,
    list: &[EngagementOverview],
    visit: &Visit,
    act: Option<Link>,
) -> List {
    let open = list.iter().filter(|overview| !overview.engagement.state.is_over());
    let row = |overview: &EngagementOverview| {
        let engagement = &overview.engagement;
        let with = match side {
            Some(side) => other(side, overview).to_owned(),
            None => format!("{} with {}", overview.names.customer, overview.names.consultant),
        };
        Row {
            text: engagement.title.clone(),
            sub: format!("{} · {with}", engagement.label()),
            href: visit.link(&format!("/engagements/{}", engagement.id)),
            cells: vec![
                Cell::of_state(state(engagement.state)),
                next(side, overview, visit),
                Cell::words(amount(overview.totals.held), ""),
            ],
        }
    };
    List {
        id: "going-on".into(),
        title: "What goes on".into(),
        link: Some(Link::new("All engagements", &visit.link("/engagements"))),
        columns: columns(&["Engagement", "State", "Next", "*Held"]),
        rows: open.take(8).map(row).collect(),
        empty: Empty {
            title: "No engagement goes on".into(),
            text: "Each stands here with whose turn it is, the next date and what is held.".into(),
            icon: "flag",
            act,
        },
    }
}

/// Whose turn is next and until when; without a turn, what the work waits for.
fn next(side: Option<Side>, overview: &EngagementOverview, visit: &Visit) -> Cell {
    let own = overview.turns.iter().find(|turn| Some(turn.side) == side);
    let Some(turn) = own.or_else(|| overview.turns.first()) else {
        let submitted = overview.milestones.iter().any(|m| m.state == MilestoneState::Submitted);
        let words = match overview.engagement.state {
            EngagementState::Disputed => "The sides disagree",
            EngagementState::Paused => "It rests",
            _ if submitted => "Work is delivered",
            _ => "Nobody’s turn",
        };
        return Cell::words(words, "");
    };
    let whose = if Some(turn.side) == side {
        "Your turn".to_owned()
    } else {
        match turn.side {
            Side::Customer => overview.names.customer.clone(),
            Side::Partner => overview.names.consultant.clone(),
        }
    };
    let seq = turn.milestone.map(|(_, seq)| seq);
    Cell::words(format!("{whose}: {}", deed(turn.task, seq)), end(turn, visit))
}

fn deed(task: Task, seq: Option<i32>) -> String {
    let milestone = seq.map_or_else(|| "it".to_owned(), |seq| format!("milestone {seq}"));
    match task {
        Task::AcceptStatement => "accept the statement of work".to_owned(),
        Task::FundMilestone => format!("fund {milestone}"),
        Task::Deliver => format!("deliver {milestone}"),
        Task::DeliverAgain => format!("deliver {milestone} again"),
        Task::DecideDelivery => format!("accept or return {milestone}"),
        Task::PayWeek => "pay a week".to_owned(),
        Task::ReviewWeek => "accept a week or disagree".to_owned(),
        Task::Resume => "resume the work".to_owned(),
        Task::WriteReview => "write a review".to_owned(),
    }
}

fn end(turn: &Turn, visit: &Visit) -> String {
    let (zone, now) = (visit.zone(), visit.app().clock.now());
    match turn.until {
        Some(Until::Instant(at)) => format!("until {}", format::instant(at, zone, now)),
        Some(Until::Day(day)) => format!("due {}", format::day_word(day, now.date_naive())),
        None => String::new(),
    }
}

//! Who is told that money waits for a second person: those who may answer; whoever asked hears what
//! became of it.

use crate::app::App;
use crate::billing::{MoneyApprovalKind, MoneyApprovalMoved, MoneyApprovalState, MoneyLimitSet};
use crate::kernel::moment::moment;
use crate::notices::{News, tell_person, tell_roles};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<MoneyLimitSet>()? {
        let Some(vendor) = fact.vendor else { return Ok(()) };
        return tell_roles(app, tx, vendor, ALL, &limit(&fact)).await;
    }
    let Some(fact) = event.read::<MoneyApprovalMoved>()? else { return Ok(()) };
    let Some(vendor) = fact.vendor else { return Ok(()) };
    if fact.state == MoneyApprovalState::Waiting {
        return tell_roles(app, tx, vendor, answering(fact.kind), &waits(&fact)).await;
    }
    tell_person(app, tx, fact.asked_by, vendor, &ended(&fact)).await
}

/// Everybody of the program who decides about money.
const ALL: &[Role] = &[Role::Owner, Role::ProgramManager, Role::Finance];

const fn answering(kind: MoneyApprovalKind) -> &'static [Role] {
    match kind {
        MoneyApprovalKind::Award => &[Role::Owner, Role::ProgramManager],
        MoneyApprovalKind::Refund
        | MoneyApprovalKind::GiveBack
        | MoneyApprovalKind::Explanation
        | MoneyApprovalKind::Limit => &[Role::Owner, Role::Finance],
    }
}

fn waits(fact: &MoneyApprovalMoved) -> News {
    let body = format!(
        "{}{}. The reason: {} Nothing is done before somebody other than {} says yes, until {}.",
        fact.line,
        about(fact),
        sentence(&fact.reason),
        fact.asked_by_name,
        moment(fact.answer_by)
    );
    news(format!("{} asks for a second person", fact.asked_by_name), body, fact)
}

fn ended(fact: &MoneyApprovalMoved) -> News {
    let title = match fact.state {
        MoneyApprovalState::Approved => "A second person said yes: it is carried out",
        MoneyApprovalState::Declined => "A second person said no: nothing was done",
        MoneyApprovalState::Withdrawn => "You took it back: nothing was done",
        MoneyApprovalState::Overtaken => "It does not fit any more: nothing was done",
        MoneyApprovalState::Lapsed | MoneyApprovalState::Waiting => {
            "Nobody answered in time: nothing was done"
        }
    };
    let words = fact.words.as_deref().map(|words| format!(" {}", sentence(words)));
    let body = format!("{}{}.{}", fact.line, about(fact), words.unwrap_or_default());
    news(title.to_owned(), body, fact)
}

fn limit(fact: &MoneyLimitSet) -> News {
    let title = match fact.limit {
        Some(limit) => format!("Above {limit} two people decide now"),
        None => format!("One person decides any amount in {} now", fact.currency),
    };
    let before = match fact.before {
        Some(before) => format!("It was {before}."),
        None => "There was no limit.".to_owned(),
    };
    let how = if fact.approval.is_some() { " Two of you agreed to it." } else { "" };
    let body = format!("{before}{how} The reason: {}", sentence(&fact.reason));
    News { kind: "money", title, body, link: "/money-limits".to_owned() }
}

fn about(fact: &MoneyApprovalMoved) -> String {
    if fact.about.is_empty() { String::new() } else { format!(", {}", fact.about) }
}

fn sentence(words: &str) -> String {
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

fn news(title: String, body: String, fact: &MoneyApprovalMoved) -> News {
    News { kind: "money", title, body, link: format!("/money-approvals/{}", fact.approval) }
}

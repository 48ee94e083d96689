//! What access asks of the visitor in an engagement: an answer, an account to connect again, or
//! the letter that the statement of work announces and nobody has written yet.

use api::access::{Grant, GrantState, Standing};
use api::engagements::{EngagementState, Side, Task};
use api::identity::Deed;
use api::matching::AccessPreset;

use super::standpoint::{Line, Standpoint, TurnPanel, lower};
use super::words;
use crate::view::Link;

/// The panel with what access asks put in: first where the work asks for nothing or only for the
/// next money, otherwise among what is also for the visitor.
pub fn with_access(
    stand: &Standpoint<'_>,
    work: Option<TurnPanel>,
    grants: &[Grant],
) -> Option<TurnPanel> {
    let Some(access) = panel(stand, grants) else { return work };
    let Some(mut work) = work else { return Some(access) };
    if stand.own_turns().first().is_some_and(|turn| turn.task != Task::FundMilestone) {
        work.also.extend(as_link(&access));
        return Some(work);
    }
    let funding = as_link(&work).into_iter().chain(work.also);
    Some(TurnPanel { also: funding.collect(), ..access })
}

fn as_link(panel: &TurnPanel) -> Option<Link> {
    panel.main.as_ref().map(|main| Link::new(&lower(&panel.title), &main.href))
}

fn panel(stand: &Standpoint<'_>, grants: &[Grant]) -> Option<TurnPanel> {
    if stand.side() != Some(Side::Customer) || !stand.may(Deed::GrantAccess) {
        return None;
    }
    let of = |standing: Standing| grants.iter().find(|grant| grant.standing == standing);
    if let Some(asked) = of(Standing::Requested) {
        return Some(answer(stand, asked));
    }
    if let Some(more) = grants.iter().find(|grant| grant.more_until.is_some()) {
        return Some(answer_more(stand, more));
    }
    if let Some(resting) = of(Standing::NeedsReconnect) {
        return Some(reconnect(stand, resting));
    }
    announced(stand, grants).then(|| grant(stand))
}

/// Whether both sides signed that there will be access, work is paid for, and nothing came of it.
fn announced(stand: &Standpoint<'_>, grants: &[Grant]) -> bool {
    let of = &stand.of.engagement;
    let granted = grants.iter().any(|grant| grant.state != GrantState::Requested);
    of.state == EngagementState::Active && of.access_preset != AccessPreset::None && !granted
}

fn answer(stand: &Standpoint<'_>, grant: &Grant) -> TurnPanel {
    let who = stand.name(Side::Partner);
    let mut lines =
        vec![Line::plain(format!("Nothing is granted yet. {who} waits for your word."))];
    if let Some(at) = grant.answer_by {
        lines.push(Line::new("The request lapses on ", words::when(stand.visit, at), "."));
    }
    let href = stand.visit.link(&format!("/grants/{}", grant.id));
    TurnPanel {
        title: format!("Answer {who}’s request for access"),
        lines,
        main: Some(Link::new("Read it and answer", &href)),
        ..TurnPanel::default()
    }
}

fn answer_more(stand: &Standpoint<'_>, grant: &Grant) -> TurnPanel {
    let who = stand.name(Side::Partner);
    let mut lines = vec![Line::plain("The letter goes on as it is until you say yes.".to_owned())];
    if let Some(at) = grant.more_until {
        lines.push(Line::new("The request lapses on ", words::when(stand.visit, at), "."));
    }
    let href = stand.visit.link(&format!("/grants/{}/more", grant.id));
    TurnPanel {
        title: format!("Answer {who}’s request for more access"),
        lines,
        main: Some(Link::new("See what is new", &href)),
        ..TurnPanel::default()
    }
}

fn reconnect(stand: &Standpoint<'_>, grant: &Grant) -> TurnPanel {
    let account = grant.account_name.clone().unwrap_or_else(|| "the account".to_owned());
    let text = "The application no longer takes our key, so every call is refused until then.";
    TurnPanel {
        title: format!("Connect {account} again"),
        lines: vec![Line::plain(text)],
        main: Some(Link::new("Connect it again", &stand.visit.link("/connections"))),
        ..TurnPanel::default()
    }
}

fn grant(stand: &Standpoint<'_>) -> TurnPanel {
    let text = "The statement of work announces access to your account. You choose what it allows, \
                and end it whenever you like.";
    TurnPanel {
        title: format!("Grant {} access", stand.name(Side::Partner)),
        lines: vec![Line::plain(text)],
        main: Some(Link::new("Grant access", &stand.link("/access"))),
        ..TurnPanel::default()
    }
}

//! What is said of a call that the customer was asked about.

use super::words;
use crate::site::Visit;
use crate::view::{State, Tone};
use api::access::{Approval, ApprovalState, Became, Outcome};
use api::upstreams::Risk;

/// Where a call stands, and what became of one that was sent.
pub fn state_of(call: &Approval) -> State {
    match (call.state, &call.became) {
        (ApprovalState::Used, None) => State::new(Tone::Held, "alert", "Sent, no answer kept"),
        (ApprovalState::Used, Some(became)) if became.is_overtaken() => state(ApprovalState::Stale),
        (ApprovalState::Used, Some(became)) if !became.is_done() => {
            State::new(Tone::Held, "alert", "Sent, not done")
        }
        (other, _) => state(other),
    }
}

/// Where a call stands.
pub fn state(state: ApprovalState) -> State {
    match state {
        ApprovalState::Waiting => State::WAITING,
        ApprovalState::Approved => State::new(Tone::Good, "done", "Approved, not sent yet"),
        ApprovalState::Declined => State::DECLINED,
        ApprovalState::Withdrawn => State::new(Tone::Plain, "ban", "Taken back"),
        ApprovalState::Recalled => State::new(Tone::Plain, "ban", "Yes taken back"),
        ApprovalState::Used => State::new(Tone::Good, "done", "Sent"),
        ApprovalState::Stale => State::new(Tone::Held, "alert", "Overtaken"),
        ApprovalState::Expired => State::LAPSED,
    }
}

/// Where a call stands, in a sentence.
pub fn standing(visit: &Visit, call: &Approval) -> String {
    let at = |at| words::moment(visit, at);
    let by = call.answered_by_name.as_deref().unwrap_or_default();
    let text = match call.state {
        ApprovalState::Waiting => {
            format!("Nothing was sent. It waits until {}.", at(call.answer_by))
        }
        ApprovalState::Approved => {
            let until = call.use_by.map(at).unwrap_or_default();
            format!("{by} said yes. The same request goes out once, until {until}.")
        }
        ApprovalState::Declined => format!("{by} said no. Nothing was sent."),
        ApprovalState::Withdrawn => "It was taken back. Nothing was sent.".to_owned(),
        ApprovalState::Recalled => {
            let who = call.recalled_by_name.as_deref().unwrap_or_default();
            format!("{by} said yes, and {who} took the yes back. Nothing was sent.")
        }
        ApprovalState::Used => {
            let when = call.used_at.map(at).unwrap_or_default();
            format!("{by} said yes, and it went out on {when}. {}", became(call))
        }
        ApprovalState::Stale => {
            "What it is about was changed after the yes, so nothing was sent.".to_owned()
        }
        ApprovalState::Expired => "Its time ran out. Nothing was sent.".to_owned(),
    };
    if call.note.is_empty() { text } else { format!("{text} “{}”", call.note) }
}

/// What the application made of a call that went out; nothing to say where it simply did it.
fn became(call: &Approval) -> String {
    let Some(became) = &call.became else {
        return "No answer was kept, so nobody here knows whether it was done.".to_owned();
    };
    match (became.is_done(), became.status) {
        (true, _) => String::new(),
        _ if became.is_overtaken() => "The application refused it, since what it is about was \
            changed after the yes. Nothing was done; the same request asks anew."
            .to_owned(),
        (_, Some(status)) if became.outcome == Outcome::Done => {
            format!("The application refused it ({status}): nothing was done.")
        }
        _ => "The application did not answer as it should: whether it was done is not known."
            .to_owned(),
    }
}

/// What stands above the fields that a call changes.
pub fn heading(call: &Approval, nothing: bool) -> &'static str {
    let became = call.became.as_ref();
    let sent = call.state == ApprovalState::Used && became.is_none_or(Became::is_done);
    let open = matches!(call.state, ApprovalState::Waiting | ApprovalState::Approved);
    match (call.risk, nothing) {
        (Risk::Delete, false) if sent => "This was deleted, for good.",
        (_, false) if sent => "What it changed: struck through is what was there before.",
        (Risk::Send, true) if sent => "It went out as it stood then:",
        (_, true) if sent => "It changed no field of a thing that was there.",
        (_, false) if !open => "What it would have changed.",
        (Risk::Send, true) if !open => "What would have gone out:",
        (Risk::Delete, false) => "This will be gone, for good.",
        (_, false) => "What changes: struck through is what is there now.",
        (Risk::Send, true) => "It goes out as it stands now:",
        (_, true) => "It changes no field of a thing that is there.",
    }
}

//! States, outcomes and refusals of access in plain words.

use api::access::{
    self, Connection, ConnectionState, Entry, Grant, HoldCause, Outcome, Revocation, Stage,
    Standing,
};
use api::app::App;
use api::upstreams::{self, Caution, Upstream};
use chrono::{DateTime, Utc};

use crate::format;
use crate::site::Visit;
use crate::view::{State, Tone};

/// "Ines" of "Ines Oyelaran-Brandt".
pub fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// The application as people call it.
pub fn application(app: &App, slug: &str) -> String {
    app.upstreams.get(slug).map_or_else(|| slug.to_owned(), |upstream| upstream.name.clone())
}

/// The preset's name, such as "Author drafts".
pub fn preset(app: &App, slug: &str, id: &str) -> String {
    let upstream = app.upstreams.get(slug);
    let preset = upstream.and_then(|upstream| upstream.preset(id));
    preset.map_or_else(|| id.to_owned(), |preset| preset.name.clone())
}

/// The account a letter is for, or the application while none is chosen.
pub fn place(app: &App, grant: &Grant) -> String {
    grant.account_name.clone().unwrap_or_else(|| application(app, &grant.upstream))
}

/// A moment in the visitor's day, with the city whose hour it is.
pub fn moment(visit: &Visit, at: DateTime<Utc>) -> String {
    let zone = visit.zone();
    let told = format::instant(at, zone, visit.app().clock.now());
    format!("{told} ({})", format::zone_city(zone))
}

/// A moment without its city, for columns and facts.
pub fn short(visit: &Visit, at: DateTime<Utc>) -> String {
    let (zone, now) = (visit.zone(), visit.app().clock.now());
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    format!("{}, {}", format::day(local(at), local(now)), format::hour(at, zone))
}

/// A time of day to the second, in the visitor's zone.
pub fn second(visit: &Visit, at: DateTime<Utc>) -> String {
    at.with_timezone(&visit.zone()).format("%H:%M:%S").to_string()
}

pub fn ago(visit: &Visit, at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| format::ago(at, visit.app().clock.now()))
}

pub fn standing(standing: Standing) -> State {
    match standing {
        Standing::Requested => State::WAITING,
        Standing::InForce => State::IN_FORCE,
        Standing::Suspended => State::new(Tone::Held, "hourglass", "Rests"),
        Standing::NeedsReconnect => State::new(Tone::Held, "alert", "Account away"),
        Standing::NotBegun => State::new(Tone::Good, "hourglass", "Agreed, not begun"),
        Standing::Unfunded => State::new(Tone::Good, "hourglass", "Agreed, waits for the money"),
        Standing::Unused => State::new(Tone::Held, "hourglass", "At rest"),
        Standing::Expired => State::new(Tone::Plain, "clock", "Ran out"),
        Standing::Ended => State::ENDED,
    }
}

/// Where a letter is, with how far several people are with a request.
pub fn stage(grant: &Grant) -> State {
    match (Stage::of(grant), grant.counted) {
        (Stage::Approving, Some(counted)) => {
            let word = format!("{} of {} agreed", counted.agreed, counted.needed);
            State::new(Tone::Held, "hourglass", word)
        }
        (Stage::Declined, _) => State::DECLINED,
        (Stage::Withdrawn, _) => State::new(Tone::Plain, "ban", "Taken back"),
        (Stage::Completed, _) => State::new(Tone::Plain, "done", "Ended with the work"),
        (Stage::Expired, _) if grant.granted_at.is_none() => State::LAPSED,
        _ => standing(grant.standing),
    }
}

/// "Agreed, begins on 5 December 2026."
pub fn agreed(grant: &Grant) -> String {
    match grant.awaits() {
        Some(when) => format!("Agreed, {when}."),
        None => "Agreed, works once its milestone is funded.".to_owned(),
    }
}

/// A cause for which letters rest, as the name of a fact.
pub fn hold(cause: HoldCause) -> &'static str {
    match cause {
        HoldCause::Pause => "Paused",
        HoldCause::Dispute => "Disputed",
        HoldCause::Payment => "Payment disputed",
        HoldCause::Unpaid => "Week unpaid",
    }
}

/// Why a letter rests, as a clause.
pub fn held_by(grant: &Grant) -> String {
    let causes: Vec<HoldCause> = grant.holds.iter().map(|hold| hold.cause).collect();
    if causes.is_empty() { "the engagement rests".to_owned() } else { access::clauses(&causes) }
}

pub fn connection(connection: &Connection) -> State {
    match (connection.state, connection.revocation) {
        (ConnectionState::Active, _) if !connection.lost_scopes.is_empty() => {
            State::new(Tone::Bad, "alert", "Connected, for less")
        }
        (ConnectionState::Active, _) => State::new(Tone::Good, "done", "Connected"),
        (ConnectionState::NeedsReconnect, _) => State::new(Tone::Bad, "alert", "Connect it again"),
        (ConnectionState::Disconnected, Revocation::Done) => {
            State::new(Tone::Plain, "done", "Ended on both sides")
        }
        (ConnectionState::Disconnected, Revocation::Trying) => {
            State::new(Tone::Held, "hourglass", "Ended here, telling the application")
        }
        (ConnectionState::Disconnected, Revocation::NotOffered) => {
            State::new(Tone::Held, "alert", "Ended here, yours to end there")
        }
        (ConnectionState::Disconnected, _) => {
            State::new(Tone::Bad, "alert", "Ended here, not confirmed there")
        }
    }
}

/// Where the customer ends our access at the application, in a sentence.
pub fn removal(app: &App, upstream: &str) -> String {
    let known = access::removal_of(app, upstream);
    known.unwrap_or_else(|| "End our access there too, under its connected apps.".to_owned())
}

/// How a call ended, in one word.
pub fn outcome(entry: &Entry) -> State {
    match (entry.outcome, entry.status) {
        (Outcome::Done, Some(status)) if status >= 400 => {
            State::new(Tone::Held, "alert", "Application said no")
        }
        (Outcome::Done, _) => State::new(Tone::Good, "done", "Done"),
        (Outcome::Refused, _) if entry.code.as_deref() == Some("approval-wanted") => {
            State::new(Tone::Held, "hourglass", "Asked first")
        }
        (Outcome::Refused, _) => State::new(Tone::Bad, "ban", "Refused"),
        (Outcome::Failed, _) => State::new(Tone::Held, "alert", "Failed"),
        (Outcome::Undone, Some(status)) if status < 400 => {
            State::new(Tone::Plain, "undo", "To take a change back")
        }
        (Outcome::Undone, _) => State::new(Tone::Held, "undo", "Not taken back"),
        (Outcome::Looked, _) => State::new(Tone::Plain, "eye", "Looked up by the gateway"),
        (Outcome::Cut, _) => State::new(Tone::Held, "ban", "Stopped on its way"),
        (Outcome::Begun, _) => State::new(Tone::Held, "help", "Not known"),
    }
}

/// Why a call ended as it did; empty when there is nothing to say.
pub fn why(entry: &Entry) -> String {
    let Some(code) = entry.code.as_deref() else {
        return match (entry.outcome, entry.status) {
            (Outcome::Begun, _) => "Sent; no answer was kept".to_owned(),
            (_, Some(status)) if status >= 400 => format!("It answered {status}"),
            _ => String::new(),
        };
    };
    let told = match code {
        "operation-denied" => "More than the letter allows",
        "no-such-operation" => "No such operation",
        "grant-ended" => "The letter had ended",
        "expired" => "The letter had run out",
        "suspended" => "The work rested",
        "not-begun" => "The letter had not begun",
        "unfunded" => "Its milestone was not funded yet",
        "approval-wanted" => "It waits for the customer's yes",
        "approval-recalled" => "The customer had taken the yes back",
        "approval-declined" => "The customer had said no",
        "approval-mismatch" => "The yes was to another call",
        "approval-used" | "approval-over" => "The yes did not count any more",
        "version-mismatch" => "It named another version than the customer is asked about",
        "approval-stale" => "What it is about was changed after the yes",
        "too-many-approvals" => "Too many calls waited for a yes",
        "too-many-approvals-today" => "Too many calls were asked for within a day",
        "nothing-there" => "The application has no such thing",
        "budget-spent" => "Over the letter's budget",
        "budget-unknown" => "Nobody could tell how much it uses up",
        "caller-left" => "The consultant's program broke off",
        "letter-changed" => "The letter was changed meanwhile",
        "unknown-key" => "The key had been ended",
        "unconfirmed" => "Whether the letter held could not be read",
        "gateway-stopping" => "The gateway was restarted",
        "upstream-broke" => "The application broke off",
        "too-long" => "It took longer than two hours",
        "too-many-downloads" => "Too many files were on their way",
        "unused" => "The letter rested",
        "not-found" => "The key was for another letter",
        "needs-reconnect" => "The account had to be connected again",
        "malformed" => "The request could not be read",
        "too-large" => "The request was too large",
        "unsupported-media-type" => "Not sent as JSON",
        "upstream-unreachable" => "The application was not reached; nothing was sent",
        "upstream-failed" => "The application failed",
        "token-shown" => "The application’s answer showed the account’s key and was stopped",
        "upstream-answer" => "The application’s answer could not be handed on",
        "upstream-late" => "The application did not answer in time",
        "unavailable" => "The gateway was away",
        other => other,
    };
    told.to_owned()
}

fn was_not_done(entry: &Entry) -> bool {
    let answered_no = entry.status.is_some_and(|status| status >= 400);
    entry.outcome == Outcome::Refused || entry.outcome == Outcome::Done && answered_no
}

/// What was asked, in plain words.
pub fn deed(entry: &Entry) -> String {
    match &entry.operation {
        Some(operation) if was_not_done(entry) => format!("Not done: {operation}"),
        Some(operation) => operation.clone(),
        None => "Something that is no operation".to_owned(),
    }
}

/// What a customer should know before they connect an account, as sentences.
pub fn cautions(upstream: &Upstream) -> Vec<String> {
    let name = &upstream.name;
    let sentence = |caution: Caution| match caution {
        Caution::AnyBrowser => format!(
            "{name} does not check who brings its answer back. Begin here each time, and never \
             open a connect link that somebody sends you."
        ),
        Caution::NoRefresh => format!(
            "{name} gives permission for a while only. We tell you when to connect it again."
        ),
        Caution::OutlivesDisconnect => format!(
            "{name} takes a while to forget a permission after you disconnect. Our keys are \
             shredded at once; to be sure, end our access there too."
        ),
        Caution::EndsOnReplay => format!(
            "{name} ends the whole connection when it sees a key of ours twice. We send each one \
             once; should it happen all the same, you are asked to connect again."
        ),
        Caution::TakesOldKeys => format!(
            "{name} goes on taking a key that was renewed. Ours are kept encrypted and shown to \
             nobody; if you ever fear that one was copied, disconnect and end our access there too."
        ),
        Caution::ReadsSlashes => format!(
            "{name} cannot tell a slash inside a name from one between names. Calls that hold one \
             are refused here, so that nobody reaches behind what a letter allows."
        ),
    };
    upstreams::cautions(upstream).into_iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_is_the_first_word() {
        assert_eq!(first_name("Ines Oyelaran-Brandt"), "Ines");
        assert_eq!(first_name("Cher"), "Cher");
        assert_eq!(first_name(""), "");
    }

    #[test]
    fn every_standing_has_its_own_word() {
        let words: std::collections::BTreeSet<_> =
            Standing::ALL.iter().map(|s| standing(*s).word.into_owned()).collect();
        assert_eq!(words.len(), Standing::ALL.len());
    }
}

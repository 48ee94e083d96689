//! The figures, states and moments of engagements in the product's words.

use api::engagements::{EngagementState, Milestone, MilestoneState};
use api::kernel::id::{EngagementId, MilestoneId};
use api::kernel::money::Money;
use api::platform::refusal::{Class, Error};
use chrono::{DateTime, NaiveDate, Utc};

use crate::format;
use crate::site::{Answer, Flash, PageError, Visit};
use crate::view::{Errors, State, Tone};

/// Money in a column: "€1,800.00".
pub fn amount(money: Money) -> String {
    money.to_string()
}

/// A moment that matters, with the city whose clock it is read from: "Tuesday 12 May, 18:00
/// Stockholm time".
pub fn when(visit: &Visit, at: DateTime<Utc>) -> String {
    let zone = visit.zone();
    let city = match zone {
        chrono_tz::Tz::UTC => "UTC".to_owned(),
        named => format!("{} time", format::zone_city(named)),
    };
    format!("{} {city}", format::instant(at, zone, visit.app().clock.now()))
}

/// "today at 09:12", "on Monday 4 May, 16:40".
pub fn then(visit: &Visit, at: DateTime<Utc>) -> String {
    let (zone, now) = (visit.zone(), visit.app().clock.now());
    let (day, today) = (local(visit, at), local(visit, now));
    match format::day_word(day, today) {
        word if day == today || Some(day) == today.pred_opt() => {
            format!("{word} at {}", format::hour(at, zone))
        }
        _ => format!("on {}", format::instant(at, zone, now)),
    }
}

/// The day of a moment where the visitor is.
pub fn local(visit: &Visit, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&visit.zone()).date_naive()
}

/// A day in a column: "12 May".
pub fn day(visit: &Visit, day: NaiveDate) -> String {
    format::day(day, local(visit, visit.app().clock.now()))
}

/// The day of a moment in a column.
pub fn day_of(visit: &Visit, at: DateTime<Utc>) -> String {
    day(visit, local(visit, at))
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

/// Where a milestone's money is.
pub fn money_state(of: &Milestone) -> State {
    match of.state {
        MilestoneState::Planned => State::NOT_FUNDED,
        _ if of.given_back.minor() > 0 && of.with_payees().minor() == 0 => State::REFUNDED,
        _ if of.given_back.minor() > 0 => State::new(Tone::Held, "undo", "Partly sent back"),
        MilestoneState::Accepted | MilestoneState::Settled => State::RELEASED,
        MilestoneState::Refunded => State::REFUNDED,
        held if held.is_held() => State::HELD,
        _ => State::WAITING,
    }
}

/// Where the work of a milestone stands.
pub fn work_state(state: MilestoneState) -> State {
    match state {
        MilestoneState::Planned => State::NOT_FUNDED,
        MilestoneState::Funded => State::ACTIVE,
        MilestoneState::Submitted => State::DELIVERED,
        MilestoneState::ChangesRequested => State::CHANGES_ASKED,
        MilestoneState::Accepted => State::ACCEPTED,
        MilestoneState::Refunded => State::REFUNDED,
        MilestoneState::Settled => State::SETTLED,
    }
}

/// What happened last to a milestone, under its title.
pub fn milestone_line(visit: &Visit, milestone: &Milestone) -> String {
    let on = |at: Option<DateTime<Utc>>| {
        at.map(|at| format!(" {}", day_of(visit, at))).unwrap_or_default()
    };
    match milestone.state {
        MilestoneState::Planned => "Starts when funded".to_owned(),
        MilestoneState::Funded => format!("At work since{}", on(milestone.funded_at)),
        MilestoneState::Submitted => {
            format!("Delivered{}, waits for an answer", on(milestone.submitted_at))
        }
        MilestoneState::ChangesRequested => "Returned with notes".to_owned(),
        MilestoneState::Accepted if milestone.accepted_by.is_none() => {
            format!("Accepted itself{}", on(milestone.accepted_at))
        }
        MilestoneState::Accepted => format!("Accepted{}", on(milestone.accepted_at)),
        MilestoneState::Refunded => format!("Refunded{}", on(milestone.refunded_at)),
        MilestoneState::Settled => format!("Settled{}", on(milestone.settled_at)),
    }
}

/// "Ines" of "Ines Oyelaran-Brandt".
pub fn first_name(name: &str) -> String {
    name.split_whitespace().next().unwrap_or(name).to_owned()
}

/// What people wrote, a paragraph a line that holds something.
pub fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

/// "one day", "14 days".
pub fn days(count: i32) -> String {
    format::count(u64::try_from(count).unwrap_or_default(), "day", "days")
}

/// How often a delivery may still be returned: "once more", "2 more times".
pub fn times(count: i32) -> String {
    match count {
        1 => "once more".to_owned(),
        more => format!("{more} more times"),
    }
}

pub fn engagement_path(id: EngagementId) -> String {
    format!("/engagements/{id}")
}

pub fn milestone_path(id: MilestoneId) -> String {
    format!("/milestones/{id}")
}

/// What was refused because of where things stand is told on the page that shows how they stand;
/// every other refusal stays what it is.
pub fn told(visit: &Visit, path: &str, title: &str, error: Error) -> Answer {
    match &error {
        Error::Refused(refusal) if refusal.class() == Class::Conflict => {
            Ok(visit.go_telling(path, &Flash::note(title, &error.to_string())))
        }
        _ => Err(error.into()),
    }
}

/// The faults of a form, by the ids of its controls; what is wrong with a file stands beside the
/// control `file`.
pub fn faults(error: Error, id_of: impl Fn(&str) -> String) -> Result<Errors, PageError> {
    faults_or(error, id_of).map_err(PageError::from)
}

/// As [`faults`]; the error itself when it is about no control.
pub fn faults_or(error: Error, id_of: impl Fn(&str) -> String) -> Result<Errors, Error> {
    let mut errors = Errors::default();
    let of_file = |code: &str| code.starts_with("file-") || code.starts_with("picture-");
    if error.code().is_some_and(of_file) {
        errors.add("file", &error.to_string());
    } else if let Error::Refused(refusal) = &error {
        refusal.fields().iter().for_each(|f| errors.add(&id_of(&f.field), &f.message));
    }
    if errors.is_empty() { Err(error) } else { Ok(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::kernel::money::Currency;

    #[test]
    fn names_and_paragraphs() {
        assert_eq!(first_name("Ines Oyelaran-Brandt"), "Ines");
        assert_eq!(first_name(""), "");
        assert_eq!(paragraphs("One.\n\n  Two. \n"), ["One.", "Two."]);
        assert_eq!(amount(Money::new(324_000, Currency::Eur)), "€3,240.00");
        assert_eq!((times(1), times(2)), ("once more".to_owned(), "2 more times".to_owned()));
    }
}

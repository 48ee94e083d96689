//! Matching's states, money and times in the product's words, and who may be here.

use api::identity::Deed;
use api::kernel::money::Money;
use api::matching::{BriefState, InvitationState, ProposalState};
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::refusal::Common;
use chrono::{DateTime, NaiveDate, Utc};

use crate::format;
use crate::pages::directory::words;
use crate::site::{PageError, Visit};
use crate::view::{State, Step, Tone};

pub fn brief_state(state: BriefState) -> State {
    match state {
        BriefState::Draft => State::DRAFT,
        BriefState::Open => State::new(Tone::Review, "eye", "Open"),
        BriefState::Booked => State::new(Tone::Good, "done", "Booked"),
        BriefState::Closed => State::new(Tone::Plain, "ban", "Closed"),
    }
}

pub fn invitation_state(state: InvitationState) -> State {
    match state {
        InvitationState::Sent => State::WAITING,
        InvitationState::Proposed => State::new(Tone::Review, "file", "Proposal sent"),
        InvitationState::Declined => State::DECLINED,
        InvitationState::Withdrawn => State::WITHDRAWN,
    }
}

pub fn proposal_state(state: ProposalState) -> State {
    match state {
        ProposalState::Open => State::WAITING,
        ProposalState::Expired => State::LAPSED,
        ProposalState::Accepted => State::ACCEPTED,
        ProposalState::Declined => State::DECLINED,
        ProposalState::Withdrawn => State::WITHDRAWN,
    }
}

/// How far a brief has come, as steps.
pub fn way(state: BriefState, proposals: bool) -> Vec<Step> {
    let at = match (state, proposals) {
        (BriefState::Draft, _) => 0,
        (BriefState::Open | BriefState::Closed, false) => 1,
        (BriefState::Open | BriefState::Closed, true) => 2,
        (BriefState::Booked, _) => 3,
    };
    Step::way(&["Brief", "Matches", "Proposals", "Signed", "At work"], at)
}

/// "€7,000 to €9,500", "up to €9,500".
pub fn budget(min: Money, max: Money) -> String {
    let most = words::price(max);
    match min.minor() {
        0 => format!("up to {most}"),
        low if low == max.minor() => most,
        _ => format!("{} to {most}", words::price(min)),
    }
}

/// "Tuesday 12 May, 18:00 in Stockholm".
pub fn moment(visit: &Visit, at: DateTime<Utc>) -> String {
    let zone = visit.zone();
    let when = format::instant(at, zone, visit.app().clock.now());
    match zone {
        chrono_tz::UTC => format!("{when} UTC"),
        _ => format!("{when} in {}", format::zone_city(zone)),
    }
}

/// The day where this person is.
pub fn today(visit: &Visit) -> NaiveDate {
    visit.app().clock.now().with_timezone(&visit.zone()).date_naive()
}

/// The short day of a moment where this person is: "12 May".
pub fn day(visit: &Visit, at: DateTime<Utc>) -> String {
    format::day(at.with_timezone(&visit.zone()).date_naive(), today(visit))
}

/// "84.4" for 84,400 thousandths of a point.
pub fn points(milli: i32) -> String {
    format!("{}.{}", milli / 1000, milli.unsigned_abs() % 1000 / 100)
}

/// "Ines" of "Ines Oyelaran-Brandt".
pub fn first_name(name: &str) -> String {
    name.split_whitespace().next().unwrap_or(name).to_owned()
}

/// A text's paragraphs.
pub fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

/// Whole numbers of the database as counts.
pub fn count(n: i64, one: &str, many: &str) -> String {
    format::count(n.unsigned_abs(), one, many)
}

/// The caller of a customer's page; a consultant is told whose it is.
pub fn customer(visit: &Visit) -> Result<&Caller, PageError> {
    side(
        visit,
        OrganizationKind::Customer,
        "Briefs belong to customers, and you act for another kind of organization here.",
    )
}

/// The caller of a consultant's page.
pub fn partner(visit: &Visit) -> Result<&Caller, PageError> {
    let words =
        "Proposals are written by consultants, and you act for another kind of organization here.";
    side(visit, OrganizationKind::Partner, words)
}

fn side<'a>(
    visit: &'a Visit,
    kind: OrganizationKind,
    words: &str,
) -> Result<&'a Caller, PageError> {
    let caller = visit.caller()?;
    if caller.kind == kind {
        return Ok(caller);
    }
    Err(Common::NotPermitted(words.to_owned()).into())
}

/// Whether the caller's role may do this.
pub fn may(caller: &Caller, deed: Deed) -> bool {
    deed.allows(caller.kind, caller.role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::kernel::money::Currency;

    #[test]
    fn budgets_and_reasons_read_like_all_money() {
        let euros = |minor| Money::new(minor, Currency::Eur);
        assert_eq!(budget(euros(0), euros(950_000)), "up to €9,500");
        assert_eq!(budget(euros(700_000), euros(950_050)), "€7,000 to €9,500.50");
        assert_eq!(budget(euros(700_000), euros(700_000)), "€7,000");
        assert_eq!(points(84_400), "84.4");
        assert_eq!(points(0), "0.0");
    }
}

//! The letters of access of an engagement, as its workspace shows them.

use api::access::{self, Grant, GrantState, Standing, clauses};
use api::engagements::Side;
use api::identity::Deed;
use serde::Serialize;

use super::standpoint::Standpoint;
use super::words;
use crate::site::Visit;
use crate::view::{Avatar, Figure, Letter, LetterStanding, Link};

/// Sentences shown here; the letter's own page has all of them.
const CAN: usize = 4;
const CANNOT: usize = 2;

/// A letter with the way to its page.
#[derive(Debug, Clone, Serialize)]
pub struct Paper {
    pub letter: Letter,
    pub open: Link,
}

/// Everything of access in an engagement.
#[derive(Debug, Clone, Serialize)]
pub struct Access {
    pub papers: Vec<Paper>,
    /// Said where there is no letter.
    pub none: String,
    /// Where access is granted or asked for.
    pub act: Option<Link>,
    pub in_force: usize,
}

pub fn access_of(stand: &Standpoint<'_>, grants: &[Grant]) -> Access {
    let over = stand.of.engagement.state.is_over();
    let in_force = grants.iter().filter(|g| g.standing == Standing::InForce).count();
    let open = grants.iter().any(|g| matches!(g.state, GrantState::Requested | GrantState::Active));
    let label = match stand.side() {
        Some(Side::Customer) if !over && !open => Some("Grant access"),
        Some(Side::Partner) if !over && !open => Some("Ask for access"),
        Some(_) if !over => Some("Access of this engagement"),
        _ => None,
    };
    let none = match (stand.side(), over) {
        (Some(_), true) => "No letter of access was written.",
        (Some(_), false) => "No letter of access yet. It ends with this engagement at the latest.",
        (None, _) => "Letters of access are shown to the two sides only.",
    };
    Access {
        papers: grants.iter().map(|grant| paper(stand, grant)).collect(),
        none: none.to_owned(),
        act: label.map(|label| Link::new(label, &stand.link("/access"))),
        in_force,
    }
}

fn paper(stand: &Standpoint<'_>, grant: &Grant) -> Paper {
    let visit = stand.visit;
    let standing = match grant.standing {
        Standing::Requested => LetterStanding::NotYetSigned,
        Standing::InForce => LetterStanding::InForce,
        Standing::NotBegun | Standing::Unfunded => LetterStanding::Agreed,
        Standing::Suspended | Standing::NeedsReconnect | Standing::Unused => {
            LetterStanding::Resting
        }
        Standing::Expired | Standing::Ended => LetterStanding::Ended,
    };
    let place = match &grant.account_name {
        Some(account) if grant.standing == Standing::Requested => {
            format!("would take over in {account}")
        }
        Some(account) => format!("works in {account}"),
        None => "asks for access".to_owned(),
    };
    let ended = standing == LetterStanding::Ended;
    let may = stand.may(Deed::RevokeAccess) || stand.may(Deed::UseAccess);
    let open = grant.standing.is_open();
    let ends = may && open;
    let (can, cannot) = if ended { (Vec::new(), Vec::new()) } else { sentences(visit, grant) };
    let letter = Letter {
        standing,
        holder: grant.consultant_name.clone(),
        avatar: Avatar::of(&grant.consultant_name),
        place,
        can,
        cannot,
        facts: if ended { Vec::new() } else { facts(visit, grant) },
        code: code(grant),
        end_href: ends.then(|| visit.link(&format!("/grants/{}/end", grant.id))),
        stub: stub(visit, grant),
    };
    let label = match (standing, stand.side()) {
        (LetterStanding::NotYetSigned, Some(Side::Customer)) => "Read it and answer",
        _ => "Open the letter",
    };
    Paper { letter, open: Link::new(label, &visit.link(&format!("/grants/{}", grant.id))) }
}

fn sentences(visit: &Visit, grant: &Grant) -> (Vec<String>, Vec<String>) {
    let Some(consent) = access::consent_of(visit.app(), grant) else { return Default::default() };
    let can: Vec<String> =
        consent.can.into_iter().flat_map(|g| g.sentences).map(|s| s.text).collect();
    let cannot: Vec<String> =
        consent.cannot.into_iter().map(|s| format!("cannot {}", s.text)).collect();
    (short(can, CAN), short(cannot, CANNOT))
}

/// The first sentences, and how many more there are.
fn short(mut all: Vec<String>, most: usize) -> Vec<String> {
    let more = all.len().saturating_sub(most);
    if more > 1 {
        all.truncate(most);
        all.push(format!("and {more} more, in the letter"));
    }
    all
}

fn facts(visit: &Visit, grant: &Grant) -> Vec<Figure> {
    let day = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| words::day_of(visit, at));
    let ends = format!("with {}", grant.engagement_label());
    let used = if grant.granted_at.is_some() { "not yet" } else { "" };
    let rows = [
        ("Granted", day(grant.granted_at)),
        ("Asked for", day(grant.requested_at.filter(|_| grant.granted_at.is_none()))),
        ("Ends", grant.granted_at.map(|_| ends)),
        ("Latest", day(grant.valid_until)),
        ("Last used", day(grant.used_at).or_else(|| Some(used.to_owned()))),
    ];
    let there = rows.into_iter().filter_map(|(label, value)| Some((label, value?)));
    there.filter(|(_, value)| !value.is_empty()).map(|(l, v)| Figure::new(l, v)).collect()
}

/// "G-7F3C91B2 · terms 9f86d081": the letter's number and the beginning of its terms' hash.
fn code(grant: &Grant) -> String {
    let id = grant.id.0.simple().to_string().to_uppercase();
    let tail = id.get(24..).unwrap_or_default().to_owned();
    let hash = hex::encode(&grant.terms_hash);
    format!("G-{tail} · terms {}", hash.get(..8).unwrap_or_default())
}

fn stub(visit: &Visit, grant: &Grant) -> String {
    match grant.standing {
        Standing::Requested => match grant.answer_by {
            Some(at) => format!("Nothing is granted yet. It lapses on {}.", words::when(visit, at)),
            None => "Nothing is granted yet.".to_owned(),
        },
        Standing::InForce => "The next call fails. No reason needed.".to_owned(),
        Standing::Suspended => match grant.holds.as_slice() {
            [] => "It rests while the engagement rests: calls are refused.".to_owned(),
            holds => {
                let causes: Vec<_> = holds.iter().map(|hold| hold.cause).collect();
                format!("It rests, because {}: calls are refused.", clauses(&causes))
            }
        },
        Standing::NotBegun | Standing::Unfunded => match grant.awaits() {
            Some(when) => format!("Agreed, {when}. Until then calls are refused."),
            None => "It works once its milestone is funded.".to_owned(),
        },
        Standing::NeedsReconnect => {
            "The account has to be connected again before calls go through.".to_owned()
        }
        Standing::Unused if grant.rests_by_deed() => {
            "It rests, stopped for now: calls are refused.".to_owned()
        }
        Standing::Unused => "It rests, because it was not used: calls are refused.".to_owned(),
        Standing::Expired | Standing::Ended => ended(visit, grant),
    }
}

fn ended(visit: &Visit, grant: &Grant) -> String {
    // Its latest day tells when it ended only where that day ended it.
    let ran_out = grant.valid_until.filter(|_| grant.standing == Standing::Expired);
    let when = grant.ended_at.or(ran_out).map(|at| words::then(visit, at));
    ended_words(when.as_deref(), grant.end_reason.as_deref())
}

/// An engagement's end closes its letters at once; a moment later they say when and why.
fn ended_words(when: Option<&str>, reason: Option<&str>) -> String {
    match (when, reason) {
        (Some(when), Some(reason)) => format!("Ended {when}: {reason}."),
        (Some(when), None) => format!("Ended {when}."),
        (None, _) => "Ended just now: the next call is refused.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{ended_words, short};

    #[test]
    fn a_letter_that_only_just_ended_names_no_day_to_come() {
        let just_now = "Ended just now: the next call is refused.";
        assert_eq!(ended_words(None, None), just_now);
        assert_eq!(
            ended_words(Some("14 Jun"), Some("its time was over")),
            "Ended 14 Jun: its time was over."
        );
    }

    #[test]
    fn long_lists_say_how_many_more() {
        let all = || (1..=5).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(short(all(), 4).len(), 5, "one more is shown, not counted");
        assert_eq!(short(all(), 2), ["1", "2", "and 3 more, in the letter"]);
    }
}

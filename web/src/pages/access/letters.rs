//! A grant as the letter that people read: the same on every page that shows one.

use api::access::{self, Consent, Grant, Standing};
use api::platform::caller::OrganizationKind;

use super::words;
use crate::format;
use crate::site::{PageError, Visit};
use crate::view::{Avatar, Figure, Letter, LetterStanding};

/// The letter with everything it says.
pub fn whole(visit: &Visit, grant: &Grant) -> Result<Letter, PageError> {
    let consent = access::consent_of(visit.app(), grant);
    let mut letter = frame(visit, grant)?;
    match consent {
        Some(consent) => {
            letter.can = can(&consent);
            letter.cannot = consent.cannot.into_iter().map(|s| s.text).collect();
        }
        None => letter.cannot = vec!["be used: its terms cannot be read".to_owned()],
    }
    Ok(letter)
}

/// The letter in short, for a list: how much of each kind, not every sentence.
pub fn short(visit: &Visit, grant: &Grant) -> Result<Letter, PageError> {
    let mut letter = frame(visit, grant)?;
    let consent = access::consent_of(visit.app(), grant);
    let counted = consent.iter().flat_map(kinds).collect::<Vec<_>>();
    letter.facts.splice(0..0, counted);
    letter.code = String::new();
    Ok(letter)
}

/// "Look: 4 things" for each kind of doing.
pub fn kinds(consent: &Consent) -> Vec<Figure> {
    let things = |n: usize| format::count(u64::try_from(n).unwrap_or(0), "thing", "things");
    let figure = |group: &access::Group| Figure::new(group.heading, things(group.sentences.len()));
    consent.can.iter().map(figure).collect()
}

fn can(consent: &Consent) -> Vec<String> {
    let sentences = consent.can.iter().flat_map(|group| &group.sentences);
    sentences.map(|sentence| sentence.text.clone()).collect()
}

/// The small line that names exactly these terms.
pub fn code(hash: &str, signed: bool) -> String {
    let part = |from: usize| hash.get(from..from + 4).unwrap_or_default().to_owned();
    let signed = if signed { "signed" } else { "not signed" };
    format!("Terms {}·{}·{} · {signed}", part(0), part(4), part(8))
}

fn frame(visit: &Visit, grant: &Grant) -> Result<Letter, PageError> {
    let standing = match grant.standing {
        Standing::Requested => LetterStanding::NotYetSigned,
        Standing::InForce => LetterStanding::InForce,
        Standing::NotBegun | Standing::Unfunded => LetterStanding::Agreed,
        Standing::Suspended | Standing::NeedsReconnect | Standing::Unused => {
            LetterStanding::Resting
        }
        Standing::Expired | Standing::Ended => LetterStanding::Ended,
    };
    let ends = grant.standing.is_open();
    let end = visit.link(&format!("/grants/{}/end", grant.id));
    Ok(Letter {
        standing,
        holder: grant.consultant_name.clone(),
        avatar: Avatar::of(&grant.consultant_name),
        place: place(visit, grant)?,
        can: Vec::new(),
        cannot: Vec::new(),
        facts: facts(visit, grant),
        code: code(&hex::encode(&grant.terms_hash), grant.granted_at.is_some()),
        end_href: ends.then_some(end),
        stub: stub(visit, grant),
    })
}

fn place(visit: &Visit, grant: &Grant) -> Result<String, PageError> {
    let place = words::place(visit.app(), grant);
    let label = grant.engagement_label();
    let of = match visit.caller()?.kind {
        OrganizationKind::Customer => String::new(),
        _ if place == grant.customer_name => String::new(),
        _ => format!(" of {}", grant.customer_name),
    };
    Ok(format!("in {place}{of}, for {label}"))
}

fn facts(visit: &Visit, grant: &Grant) -> Vec<Figure> {
    let preset = words::preset(visit.app(), &grant.upstream, &grant.preset);
    let mut facts = vec![Figure::new("Made from", preset)];
    if let Some(at) = grant.granted_at {
        facts.push(Figure::new("Since", words::short(visit, at)));
        // Which of the customer's people it was is the customer's own.
        let own = visit.caller().is_ok_and(|c| c.kind == OrganizationKind::Customer);
        if let Some(by) = grant.granted_by_name.as_deref().filter(|_| own) {
            let you = visit.caller().is_ok_and(|c| Some(c.person) == grant.granted_by);
            facts.push(Figure::new("Granted by", if you { "You" } else { by }));
        }
        facts.push(Figure::new("Last used", words::ago(visit, grant.used_at)));
    }
    match (grant.ended_at, grant.valid_until, grant.answer_by) {
        (Some(at), ..) => facts.push(Figure::new("Ended", words::short(visit, at))),
        (None, Some(at), _) if grant.standing == Standing::Expired => {
            facts.push(Figure::new("Ran out", words::short(visit, at)));
        }
        // Its engagement ended a moment ago: calls are refused, and its row is still to say when.
        (None, Some(_), _) if grant.standing == Standing::Ended => {
            facts.push(Figure::new("Ended", "just now"));
        }
        (None, Some(at), _) => {
            facts.push(Figure::new("Ends at the latest", words::short(visit, at)));
        }
        (None, None, Some(at)) => facts.push(Figure::new("Waits until", words::short(visit, at))),
        (None, None, None) => {}
    }
    let held = grant.holds.iter().map(|hold| {
        let (label, at) = (words::hold(hold.cause), words::short(visit, hold.since));
        Figure::new(label, format!("since {at}"))
    });
    facts.extend(held);
    if let Some(at) = grant.starts_at {
        facts.push(Figure::new("Begins", words::short(visit, at)));
    }
    if let Some(opening) = grant.opens() {
        facts.push(Figure::new("Opens with", format!("milestone {}", opening.seq)));
    }
    facts.extend(rest(visit, grant));
    facts
}

/// When it rests for want of use, unless it ends before.
fn rest(visit: &Visit, grant: &Grant) -> Option<Figure> {
    let at = grant.rests_at.filter(|at| grant.valid_until.is_some_and(|end| *at < end))?;
    match grant.standing {
        Standing::Unused => Some(Figure::new("Rests since", words::short(visit, at))),
        Standing::Unfunded | Standing::NotBegun => None,
        standing if standing.is_open() => {
            Some(Figure::new("If not used, rests on", words::short(visit, at)))
        }
        _ => None,
    }
}

/// What stands below the perforation.
fn stub(visit: &Visit, grant: &Grant) -> String {
    match grant.standing {
        Standing::Requested => {
            let until = grant.answer_by.map(|at| words::short(visit, at)).unwrap_or_default();
            format!("Waits for {} until {until}", grant.customer_name)
        }
        Standing::InForce => "The next call is refused. Nothing else is lost.".to_owned(),
        Standing::Suspended => format!("Rests: {}.", words::held_by(grant)),
        Standing::NeedsReconnect => "Rests until the account is connected again.".to_owned(),
        Standing::NotBegun | Standing::Unfunded => words::agreed(grant),
        Standing::Unused if grant.program_reason.is_some() => {
            "Rests: stopped by the program for now.".to_owned()
        }
        Standing::Unused if grant.rests_by_deed() => "Rests: stopped for now.".to_owned(),
        Standing::Unused => "Rests: it was not used for 30 days.".to_owned(),
        Standing::Expired if grant.granted_at.is_none() => "Nobody answered in time.".to_owned(),
        Standing::Expired => "Its time is over.".to_owned(),
        Standing::Ended => ended(grant),
    }
}

/// Why it ended, as a sentence.
fn ended(grant: &Grant) -> String {
    let reason = grant.end_reason.as_deref().unwrap_or("with its engagement");
    let mut letters = reason.trim().chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let text = format!("{first}{}", letters.as_str());
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_named_by_the_head_of_their_hash() {
        assert_eq!(code("8c1ef04a99ab", true), "Terms 8c1e·f04a·99ab · signed");
        assert_eq!(code("", false), "Terms ·· · not signed");
    }
}

//! What would change a candidate's place: the candidate is scored again with one fact changed.

use super::measure::{IndustryFit, Measured, measure};
use super::rank::{Standing, standing};
use super::{Candidate, FactorKey, Hours, Need, words};
use crate::kernel::money::Money;
use serde::{Deserialize, Serialize};

/// The one change that adds most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The sentence for people.
    pub line: String,
    /// What adds the points; absent when nothing would.
    pub key: Option<FactorKey>,
    /// Thousandths of a point that it adds.
    pub gain_milli: i32,
    /// The place that the changed candidate would have.
    pub place: usize,
}

/// Tries each change and keeps the one that adds most, of equal ones the earlier part's. `all` are
/// the standings of every candidate, this one among them, in order.
pub(super) fn change(need: &Need, candidate: &Candidate, all: &[Standing]) -> Change {
    let now = measure(need, candidate);
    let here = place(all, &standing(need, candidate), candidate);
    let tried = FactorKey::ALL.iter().flat_map(|key| changed(need, candidate, &now, *key));
    let best = tried
        .map(|(key, condition, changed)| {
            let gain = measure(need, &changed).score() - now.score();
            (gain, key, condition, changed)
        })
        .filter(|(gain, ..)| *gain > 0)
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    let Some((gain, key, condition, changed)) = best else {
        let line = match level(all, &standing(need, candidate), candidate) {
            Some(why) => format!("No change would add points. Of equal points, {why}."),
            None => "Nothing: no change would add points.".to_owned(),
        };
        return Change { line, key: None, gain_milli: 0, place: here };
    };
    let then = standing(need, &changed);
    let place = place(all, &then, candidate);
    let total = words::points(now.score() + gain);
    let effect = if place == here {
        format!("and keep place {here} with {total}")
    } else {
        format!("and lift them from place {here} to place {place} with {total}")
    };
    let level = level(all, &then, candidate);
    let level = level.map(|why| format!(", level with the place before: {why}"));
    let level = level.unwrap_or_default();
    let line = format!("{condition} would add {} {effect}{level}.", words::points(gain));
    Change { line, key: Some(key), gain_milli: gain, place }
}

/// The place among all others of somebody who stands there.
fn place(all: &[Standing], standing: &Standing, candidate: &Candidate) -> usize {
    let others = all.iter().filter(|other| other.3 != candidate.profile);
    others.filter(|other| *other < standing).count() + 1
}

/// Why somebody with the very same points stands right before, when somebody does and there is a
/// reason to it.
fn level(all: &[Standing], own: &Standing, candidate: &Candidate) -> Option<&'static str> {
    let others = all.iter().filter(|other| other.3 != candidate.profile);
    let before = others.filter(|other| *other < own).max()?;
    if before.0 != own.0 {
        None
    } else if before.1 != own.1 {
        Some("who finished more jobs here stands first")
    } else if before.2 != own.2 {
        Some("whose profile was published earlier stands first")
    } else {
        None
    }
}

type Changed = (FactorKey, String, Candidate);

/// The candidate with one fact of that part as it would have to be, and the condition in words.
fn changed(need: &Need, candidate: &Candidate, now: &Measured<'_>, key: FactorKey) -> Vec<Changed> {
    let mut other = candidate.clone();
    let condition = match key {
        FactorKey::SameWork => return more_work(need, candidate, now),
        FactorKey::Industry => match (&need.industry, now.industry) {
            (Some(asked), IndustryFit::NotListed) => {
                other.industries.insert(asked.slug.clone());
                format!("{} among their industries", asked.title)
            }
            _ => return Vec::new(),
        },
        FactorKey::Budget => match now.offer {
            Some(offer) if now.over_minor > 0 => {
                let fits = other.offers.iter_mut().filter(|o| o.service == offer.service);
                fits.for_each(|o| o.price_minor = need.budget_max.minor());
                let most = Money::new(need.budget_max.minor(), offer.currency);
                format!("{} at {most}", offer.title)
            }
            _ => return Vec::new(),
        },
        FactorKey::Hours => {
            let office = Hours::office(need.zone);
            other.zone = need.zone;
            (other.works_from, other.works_until) = (office.from, office.until);
            let wanted = words::duration(need.overlap_minutes.into());
            format!("{wanted} a day shared with {}", words::city(need.zone))
        }
        FactorKey::Start => {
            other.free_from = None;
            format!("A start by {}", words::date(need.need_by.max(need.today)))
        }
        FactorKey::Language => {
            other.languages.extend(now.unspoken.iter().map(|tag| (*tag).to_owned()));
            format!("Work in {}", words::names(&now.unspoken))
        }
    };
    vec![(key, condition, other)]
}

/// The skills that are missing, or one more finished job.
fn more_work(need: &Need, candidate: &Candidate, now: &Measured<'_>) -> Vec<Changed> {
    let mut ways = Vec::new();
    if !now.missing.is_empty() {
        let mut other = candidate.clone();
        other.skills.extend(now.missing.iter().map(|skill| skill.slug.clone()));
        let titles: Vec<&str> = now.missing.iter().map(|skill| skill.title.as_str()).collect();
        let condition = format!("{} among their skills", words::listed(&titles));
        ways.push((FactorKey::SameWork, condition, other));
    }
    if let Some(first) = need.skills.first() {
        let mut other = candidate.clone();
        let jobs = other.jobs.entry(first.category.slug.clone()).or_default();
        *jobs = jobs.saturating_add(1);
        let condition = format!("One more finished job in {}", first.category.title);
        ways.push((FactorKey::SameWork, condition, other));
    }
    ways
}

//! The numbers behind a match, without words: cheap enough for every candidate of a program.

use super::hours::{Hours, shared_minutes};
use super::language::same_language;
use super::{
    Candidate, FactorKey, JOBS_COUNTED, JOBS_MILLI, Need, Offer, SKILLS_MILLI, SkillWanted,
};
use chrono::NaiveDate;

/// One candidate measured against one need.
pub struct Measured<'a> {
    /// Skills asked for that the profile lists, and the others.
    pub covered: Vec<&'a SkillWanted>,
    pub missing: Vec<&'a SkillWanted>,
    /// Verified jobs in the brief's categories, and in all.
    pub jobs: i64,
    pub jobs_anywhere: i64,
    pub industry: IndustryFit,
    pub offer: Option<&'a Offer>,
    /// Minor units by which the offer is above the range.
    pub over_minor: i64,
    pub shared_minutes: i64,
    /// The first day on which the candidate is free, today at the earliest.
    pub free: NaiveDate,
    pub late_days: i64,
    /// Languages asked for that the profile lists, and the others.
    pub spoken: Vec<&'a str>,
    pub unspoken: Vec<&'a str>,
    pub reviews: i64,
    points: Points,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndustryFit {
    NotAsked,
    Listed,
    NotListed,
}

struct Points {
    skills: i32,
    jobs: i32,
    industry: i32,
    budget: i32,
    hours: i32,
    start: i32,
    language: i32,
}

impl Measured<'_> {
    /// From 0 to the key's `of_milli`.
    pub const fn points(&self, key: FactorKey) -> i32 {
        match key {
            FactorKey::SameWork => self.points.skills + self.points.jobs,
            FactorKey::Industry => self.points.industry,
            FactorKey::Budget => self.points.budget,
            FactorKey::Hours => self.points.hours,
            FactorKey::Start => self.points.start,
            FactorKey::Language => self.points.language,
        }
    }

    /// The sum of all parts.
    pub fn score(&self) -> i32 {
        FactorKey::ALL.iter().map(|key| self.points(*key)).sum()
    }

    /// What the skills alone, and the jobs alone, lose of their halves.
    pub const fn lost_by_skills(&self) -> i32 {
        SKILLS_MILLI - self.points.skills
    }

    pub const fn lost_by_jobs(&self) -> i32 {
        JOBS_MILLI - self.points.jobs
    }
}

pub fn measure<'a>(need: &'a Need, candidate: &'a Candidate) -> Measured<'a> {
    let (covered, missing): (Vec<_>, Vec<_>) =
        need.skills.iter().partition(|skill| candidate.skills.contains(&skill.slug));
    let (spoken, unspoken): (Vec<&str>, Vec<&str>) =
        need.languages.iter().map(String::as_str).partition(|wanted| speaks(candidate, wanted));
    let wants = |category: &str| need.skills.iter().any(|s| s.category.slug == category);
    let jobs = sum(candidate.jobs.iter().filter(|(c, _)| wants(c.as_str())).map(|(_, n)| *n));
    let industry = industry_fit(need, candidate);
    let offer = best_offer(need, candidate);
    let over_minor = offer.map_or(0, |offer| over(need, offer));
    let shared_minutes = shared(need, candidate);
    let free = candidate.free_from.map_or(need.today, |day| day.max(need.today));
    let late_days = free.signed_duration_since(need.need_by).num_days().max(0);
    let points = Points {
        skills: part(SKILLS_MILLI, count(&covered), count(&need.skills)),
        jobs: part(JOBS_MILLI, jobs, JOBS_COUNTED),
        industry: full_if(FactorKey::Industry, industry != IndustryFit::NotListed),
        budget: offer.map_or(0, |_| budget_points(need, over_minor)),
        hours: part(FactorKey::Hours.of_milli(), shared_minutes, need.overlap_minutes.into()),
        start: part(FactorKey::Start.of_milli(), LATE_AT_MOST - late_days, LATE_AT_MOST),
        language: part(FactorKey::Language.of_milli(), count(&spoken), count(&need.languages)),
    };
    Measured {
        covered,
        missing,
        jobs,
        jobs_anywhere: sum(candidate.jobs.values().copied()),
        industry,
        offer,
        over_minor,
        shared_minutes,
        free,
        late_days,
        spoken,
        unspoken,
        reviews: candidate.reviews,
        points,
    }
}

/// Days late at which nothing is left of the points for the start.
const LATE_AT_MOST: i64 = 10;

/// The part of `of` that `have` is of `want`, cut to full tenths of a point. Nothing wanted is all
/// of it.
fn part(of: i32, have: i64, want: i64) -> i32 {
    if want <= 0 {
        return of;
    }
    let exact = i128::from(of) * i128::from(have.clamp(0, want)) / i128::from(want);
    i32::try_from(exact / 100 * 100).unwrap_or(0)
}

fn count<T>(things: &[T]) -> i64 {
    i64::try_from(things.len()).unwrap_or(i64::MAX)
}

/// Counts below zero are none; the sum stays within 64 bits.
fn sum(counts: impl Iterator<Item = i64>) -> i64 {
    counts.fold(0, |all, n| all.saturating_add(n.max(0)))
}

const fn full_if(key: FactorKey, holds: bool) -> i32 {
    if holds { key.of_milli() } else { 0 }
}

fn speaks(candidate: &Candidate, wanted: &str) -> bool {
    candidate.languages.iter().any(|spoken| same_language(spoken, wanted))
}

fn industry_fit(need: &Need, candidate: &Candidate) -> IndustryFit {
    match &need.industry {
        None => IndustryFit::NotAsked,
        Some(asked) if candidate.industries.contains(&asked.slug) => IndustryFit::Listed,
        Some(_) => IndustryFit::NotListed,
    }
}

/// The offer for this kind of work that leaves the range least, then the one whose category has
/// more of the skills asked for, then the cheaper one.
fn best_offer<'a>(need: &Need, candidate: &'a Candidate) -> Option<&'a Offer> {
    let asked = |offer: &Offer| {
        need.skills.iter().filter(|skill| skill.category.slug == offer.category).count()
    };
    candidate
        .offers
        .iter()
        .filter(|offer| offer.currency == need.budget_max.currency())
        .filter(|offer| asked(offer) > 0)
        .min_by_key(|offer| {
            let skills = std::cmp::Reverse(asked(offer));
            (over(need, offer), skills, offer.price_minor, offer.service)
        })
}

fn over(need: &Need, offer: &Offer) -> i64 {
    offer.price_minor.saturating_sub(need.budget_max.minor()).max(0)
}

/// All of it within the range or below, nothing from half above the range on.
fn budget_points(need: &Need, over_minor: i64) -> i32 {
    let most = need.budget_max.minor().max(0);
    if over_minor == 0 {
        return FactorKey::Budget.of_milli();
    }
    let left = most.saturating_sub(over_minor.saturating_mul(2));
    if most == 0 { 0 } else { part(FactorKey::Budget.of_milli(), left, most) }
}

fn shared(need: &Need, candidate: &Candidate) -> i64 {
    let theirs =
        Hours { zone: candidate.zone, from: candidate.works_from, until: candidate.works_until };
    shared_minutes(need.need_by, &Hours::office(need.zone), &theirs)
}

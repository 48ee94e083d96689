//! How a candidate fits a need: one pure function over plain facts.
//!
//! Whole thousandths of a point, always full tenths so that what pages show adds up as well; the
//! parts add up to the score exactly, and the most is 100,000. The order of candidates, and of
//! whatever a candidate lists, changes nothing. No clock, no chance, no paid place.

mod change;
mod hours;
mod language;
mod measure;
mod rank;
mod words;

pub use change::Change;
pub use language::{language_name, language_named};
pub use rank::{MOST_RANKED, Ranked, rank};

use crate::directory::Named;
use crate::kernel::id::{ProfileId, ServiceId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::zone::Zone;
use crate::text_enum;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use hours::Hours;
use measure::measure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A skill that a brief asks for, with the category of work it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillWanted {
    pub slug: String,
    pub title: String,
    pub category: Named,
}

/// What a brief asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub skills: Vec<SkillWanted>,
    pub industry: Option<Named>,
    pub budget_min: Money,
    pub budget_max: Money,
    /// The day by which somebody is needed.
    pub need_by: NaiveDate,
    /// The day on which this is computed, in the brief's zone.
    pub today: NaiveDate,
    /// Language tags.
    pub languages: Vec<String>,
    /// Minutes a day to be shared with office hours in `zone`.
    pub overlap_minutes: i32,
    pub zone: Zone,
}

/// What a consultant's profile says and what is proven of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub profile: ProfileId,
    pub published_at: DateTime<Utc>,
    pub skills: BTreeSet<String>,
    pub industries: BTreeSet<String>,
    /// Language tags.
    pub languages: BTreeSet<String>,
    pub zone: Zone,
    pub works_from: NaiveTime,
    pub works_until: NaiveTime,
    pub free_from: Option<NaiveDate>,
    /// Finished jobs in this program by category of work, proven by engagements.
    pub jobs: BTreeMap<String, i64>,
    /// Published services.
    pub offers: Vec<Offer>,
    /// Published reviews.
    pub reviews: i64,
}

/// A published service with the sum of its milestones' prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub service: ServiceId,
    pub category: String,
    pub title: String,
    pub currency: Currency,
    pub price_minor: i64,
}

text_enum! {
    /// A part of the score.
    pub enum FactorKey {
        /// Verified jobs in the brief's categories, and the skills asked for.
        SameWork = "same-work",
        Industry = "industry",
        /// The best fitting published service against the range.
        Budget = "budget",
        /// Working hours shared with the brief's zone.
        Hours = "hours",
        /// The first free day against the day by which somebody is needed.
        Start = "start",
        Language = "language",
    }
}

impl FactorKey {
    /// The most it gives, in thousandths of a point. All together give 100,000.
    pub const fn of_milli(self) -> i32 {
        match self {
            Self::SameWork => SKILLS_MILLI + JOBS_MILLI,
            Self::Industry => 20_000,
            Self::Budget | Self::Hours => 15_000,
            Self::Start => 10_000,
            Self::Language => 5_000,
        }
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SameWork => "Same work before",
            Self::Industry => "Your industry",
            Self::Budget => "Within budget",
            Self::Hours => "Shared hours",
            Self::Start => "Can start",
            Self::Language => "Language",
        }
    }
}

/// The two halves of [`FactorKey::SameWork`]; a job is worth three points, up to five jobs.
const SKILLS_MILLI: i32 = 20_000;
const JOBS_MILLI: i32 = 15_000;
const JOBS_COUNTED: i64 = 5;

/// Minutes of office hours that a brief's zone is taken to have a day, from nine to five.
pub const OFFICE_MINUTES: i32 = 480;

/// One part of a score with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    pub key: FactorKey,
    pub points_milli: i32,
    pub of_milli: i32,
    /// The reason in plain words.
    pub reason: String,
    /// What the reason says, for programs.
    pub facts: Value,
}

/// How one candidate fits one need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Match {
    /// From 0 to 100,000; the sum of the factors' points.
    pub score_milli: i32,
    /// One of each key, in the order of [`FactorKey::ALL`].
    pub factors: Vec<Factor>,
    /// What speaks most against it, in words; what is unknown when nothing does.
    pub watch_out: String,
    /// No finished job here yet. A label: it changes no points.
    pub newcomer: bool,
    /// The service whose price was looked at.
    pub service: Option<ServiceId>,
}

/// How the candidate fits the need. Total: every pair has an answer.
pub fn score(need: &Need, candidate: &Candidate) -> Match {
    let measured = measure(need, candidate);
    let factors: Vec<Factor> = FactorKey::ALL
        .iter()
        .map(|key| Factor {
            key: *key,
            points_milli: measured.points(*key),
            of_milli: key.of_milli(),
            reason: words::reason(need, &measured, *key),
            facts: words::facts(need, &measured, *key),
        })
        .collect();
    Match {
        score_milli: measured.score(),
        factors,
        watch_out: words::watch_out(need, &measured),
        newcomer: measured.jobs_anywhere == 0,
        service: measured.offer.map(|offer| offer.service),
    }
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;

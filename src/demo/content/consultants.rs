//! Partner organizations: who they are, when they work, and what they sell: packages and hours.

use api::kernel::zone::Zone;
use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, de};

use super::Content;
use super::check::Place;
use super::people::{self, PartnerRole, Person};
use super::prose::Prose;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consultant {
    pub slug: String,
    pub name: String,
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    #[serde(deserialize_with = "people::zone")]
    pub zone: Zone,
    pub headline: String,
    pub about: Prose,
    pub skills: Vec<String>,
    pub industries: Vec<String>,
    pub languages: Vec<String>,
    pub accepting_clients: bool,
    /// Hours of all people of the organization together.
    pub hours_per_week: u8,
    pub working_hours: WorkingHours,
    /// The first one is the owner and the one whom the profile shows.
    pub people: Vec<Person<PartnerRole>>,
    /// Packages, a fixed price for a named outcome, and hours.
    pub services: Vec<Service>,
}

/// Monday to Friday, on the clock of the consultant's zone.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    #[serde(deserialize_with = "time_of_day")]
    pub start: NaiveTime,
    #[serde(deserialize_with = "time_of_day")]
    pub end: NaiveTime,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub slug: String,
    pub title: String,
    pub category: String,
    pub outcome: Prose,
    pub includes: Vec<Prose>,
    pub excludes: Vec<Prose>,
    pub prerequisites: Vec<Prose>,
    pub access: Access,
    #[serde(default)]
    pub milestones: Vec<Milestone>,
    /// For work by the hour, instead of milestones.
    pub hourly: Option<Hours>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// What the customer pays for an hour, fees included, in the program's currency.
    pub rate_minor: i64,
    /// More than that is not charged.
    pub hours_a_week: u8,
    pub weeks: u8,
}

impl Hours {
    /// The most that all weeks cost.
    fn total_minor(self) -> i64 {
        self.rate_minor * i64::from(self.hours_a_week) * i64::from(self.weeks)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    pub title: String,
    pub delivers: Prose,
    /// What the customer pays, fees included, in the program's currency.
    pub price_minor: i64,
    /// Working time from funding to submission.
    pub days: u16,
}

/// The preset of the letter of access that a piece of work asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    None,
    ReadOnly,
    AuthorDrafts,
    RunCampaigns,
    FullOperator,
}

impl Access {
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ReadOnly => "read-only",
            Self::AuthorDrafts => "author-drafts",
            Self::RunCampaigns => "run-campaigns",
            Self::FullOperator => "full-operator",
        }
    }
}

impl Service {
    /// The price of all milestones together, or the most that all weeks cost.
    pub fn total_minor(&self) -> i64 {
        if let Some(hours) = self.hourly {
            return hours.total_minor();
        }
        self.milestones.iter().map(|m| m.price_minor).sum()
    }
}

impl Consultant {
    pub fn service(&self, slug: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.slug == slug)
    }

    pub(super) fn check(&self, content: &Content, at: &mut Place<'_>) {
        at.slug("slug", &self.slug);
        at.country("country", &self.country);
        at.chars("headline", &self.headline, 20..=90);
        at.words("about", &self.about, 60..=140);
        at.skills("skills", &self.skills, content);
        at.languages("languages", &self.languages, content);
        at.count("industries", self.industries.len(), 1..=6);
        for slug in &self.industries {
            let known = content.taxonomy.has_industry(slug);
            at.require("industries", known, format_args!("no industry is called {slug:?}"));
        }
        at.require("hours_per_week", self.hours_per_week > 0, "at least one");
        let forward = self.working_hours.start < self.working_hours.end;
        at.require("working_hours", forward, "the end comes after the start");
        at.count("people", self.people.len(), 1..=2);
        at.people(&self.people);
        let owned = self.people.first().is_some_and(|p| p.role == PartnerRole::Owner);
        at.require("people.role", owned, "the first person is the owner");
        at.count("services", self.services.len(), 1..=4);
        for service in &self.services {
            service.check(content, &mut at.inside(&format!("service {}", service.slug)));
        }
    }
}

impl Service {
    fn check(&self, content: &Content, at: &mut Place<'_>) {
        at.slug("slug", &self.slug);
        at.chars("title", &self.title, 3..=60);
        let known = content.taxonomy.has_category(&self.category);
        at.require("category", known, format_args!("no category is called {:?}", self.category));
        at.chars("outcome", self.outcome.as_str(), 30..=160);
        at.count("includes", self.includes.len(), 3..=6);
        at.count("excludes", self.excludes.len(), 1..=3);
        at.count("prerequisites", self.prerequisites.len(), 1..=3);
        let wanted = if self.hourly.is_some() { 0..=0 } else { 2..=2 };
        at.count("milestones", self.milestones.len(), wanted);
        if let Some(hours) = self.hourly {
            let fits = (1..=168).contains(&hours.hours_a_week) && (1..=52).contains(&hours.weeks);
            at.require("hourly", fits, "a week has 168 hours, and a year 52 weeks");
        }
        for milestone in &self.milestones {
            at.chars("milestones.title", &milestone.title, 3..=60);
            at.words("milestones.delivers", &milestone.delivers, 5..=60);
            at.require("milestones.price_minor", milestone.price_minor > 0, "is above nothing");
            at.require("milestones.days", (1..=365).contains(&milestone.days), "1 to 365");
        }
        let total = self.total_minor();
        let fits = (48_000..=1_200_000).contains(&total);
        at.require("milestones.price_minor", fits, format_args!("{total} in all is out of range"));
    }
}

fn time_of_day<'de, D: Deserializer<'de>>(source: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(source)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_| de::Error::custom(format!("{text:?} is no time of day such as 09:30")))
}

//! Briefs over HTTP.

use crate::kernel::id::BriefId;
use crate::kernel::money::Money;
use crate::matching::model::{Brief, BriefFields, BriefState, Page};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;

/// A brief to be saved.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct BriefBody {
    /// In a few words, at most 120 characters.
    pub title: String,
    /// What is wrong or wanted, at most 8,000 characters.
    pub problem: String,
    /// Slugs of one to eight skills.
    #[oai(validator(max_items = 100))]
    pub skills: Vec<String>,
    /// Slug of your industry.
    pub industry: Option<String>,
    /// Lower end of the budget, in the program's currency; nothing when absent.
    pub budget_min: Option<Money>,
    /// Upper end of the budget, in the program's currency.
    pub budget_max: Money,
    /// The day by which you need somebody, in the brief's zone.
    pub need_by: NaiveDate,
    /// Tags of one to twelve languages, such as en or pt-BR.
    #[oai(validator(max_items = 100))]
    pub languages: Vec<String>,
    /// Minutes a day to be shared with office hours (nine to five) in the zone, from 0 to 480.
    pub overlap_minutes: i32,
    /// IANA zone, such as Europe/Stockholm.
    pub zone: String,
}

impl From<BriefBody> for BriefFields {
    fn from(body: BriefBody) -> Self {
        Self {
            title: body.title,
            problem: body.problem,
            skills: body.skills,
            industry: body.industry,
            budget_min: body.budget_min.unwrap_or(Money::zero(body.budget_max.currency())),
            budget_max: body.budget_max,
            need_by: body.need_by,
            languages: body.languages,
            overlap_minutes: body.overlap_minutes,
            zone: body.zone,
        }
    }
}

/// A skill that a brief asks for.
#[derive(Object)]
pub struct BriefSkillView {
    /// The skill.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// The kind of work it belongs to.
    pub category: String,
}

/// A brief.
#[derive(Object)]
pub struct BriefView {
    /// The brief.
    pub id: BriefId,
    /// Its number as people read it, such as B-318.
    pub number: String,
    /// Whose need it is.
    pub customer: String,
    /// Who wrote it.
    pub author: String,
    /// In a few words.
    pub title: String,
    /// What is wrong or wanted.
    pub problem: String,
    /// The skills asked for.
    pub skills: Vec<BriefSkillView>,
    /// Slug of the industry.
    pub industry: Option<String>,
    /// Lower end of the budget.
    pub budget_min: Money,
    /// Upper end of the budget.
    pub budget_max: Money,
    /// The day by which somebody is needed.
    pub need_by: NaiveDate,
    /// Language tags.
    pub languages: Vec<String>,
    /// Minutes a day to be shared with office hours in the zone.
    pub overlap_minutes: i32,
    /// IANA zone.
    pub zone: String,
    /// Where it stands.
    pub state: BriefState,
    /// When it was first saved.
    pub created_at: DateTime<Utc>,
    /// When it was posted.
    pub posted_at: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// How many consultants were invited; 0 for whoever is not its customer.
    pub invited: i64,
    /// How many of them sent a proposal; 0 for whoever is not its customer.
    pub proposed: i64,
    /// The version, as in ETag.
    pub version: i32,
}

impl From<Brief> for BriefView {
    fn from(brief: Brief) -> Self {
        let number = brief.label();
        let skills = brief.skills.into_iter().map(|skill| BriefSkillView {
            slug: skill.slug,
            title: skill.title,
            category: skill.category.slug,
        });
        Self {
            id: brief.id,
            number,
            customer: brief.customer_name,
            author: brief.author,
            title: brief.title,
            problem: brief.problem,
            skills: skills.collect(),
            industry: brief.industry.map(|industry| industry.slug),
            budget_min: brief.budget_min,
            budget_max: brief.budget_max,
            need_by: brief.need_by,
            languages: brief.languages,
            overlap_minutes: brief.overlap_minutes,
            zone: brief.zone,
            state: brief.state,
            created_at: brief.created_at,
            posted_at: brief.posted_at,
            closed_at: brief.closed_at,
            invited: brief.invited,
            proposed: brief.proposed,
            version: brief.version,
        }
    }
}

/// A page of briefs.
#[derive(Object)]
pub struct BriefPageView {
    /// Latest first.
    pub items: Vec<BriefView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

impl From<Page<Brief>> for BriefPageView {
    fn from(page: Page<Brief>) -> Self {
        Self { items: page.items.into_iter().map(BriefView::from).collect(), next: page.next }
    }
}

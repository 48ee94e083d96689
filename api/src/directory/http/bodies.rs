//! What the directory's operations take.

use super::hourly::HourlyBody;
use crate::directory::model::{AccessPreset, Hourly, MilestoneDraft, ProfileDraft, ServiceDraft};
use crate::kernel::id::ProfileId;
use chrono::NaiveDate;
use poem_openapi::Object;

/// Your profile, whole.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct OwnProfileBody {
    /// What you offer, in one line of 1 to 120 characters.
    pub headline: String,
    /// What you do, and for whom; at most 4,000 characters.
    pub about: String,
    /// Slugs of the program's skills, at most 20.
    #[oai(validator(max_items = 100))]
    pub skills: Vec<String>,
    /// Slugs of the program's industries, at most 12.
    #[oai(validator(max_items = 100))]
    pub industries: Vec<String>,
    /// Language tags (BCP 47) that you work in, 1 to 12.
    #[oai(validator(max_items = 100))]
    pub languages: Vec<String>,
    /// Your time zone by its IANA name.
    pub zone: String,
    /// When your working day begins on the clock of the zone, such as 09:00.
    pub works_from: String,
    /// When it ends, such as 17:30.
    pub works_until: String,
    /// Whether you take clients.
    pub accepting_clients: bool,
    /// Not before this day, if you know one.
    pub free_from: Option<NaiveDate>,
}

impl From<OwnProfileBody> for ProfileDraft {
    fn from(body: OwnProfileBody) -> Self {
        Self {
            headline: body.headline,
            about: body.about,
            skills: body.skills,
            industries: body.industries,
            languages: body.languages,
            zone: body.zone,
            works_from: body.works_from,
            works_until: body.works_until,
            accepting_clients: body.accepting_clients,
            free_from: body.free_from,
        }
    }
}

/// A step of the work with its own price.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct MilestoneBody {
    /// Its name, 1 to 120 characters.
    pub title: String,
    /// What the customer gets, 1 to 1,000 characters.
    pub delivers: String,
    /// Its price in minor units of the program's currency, fees included.
    pub price_minor: i64,
    /// Days from funding to submission, 1 to 365.
    pub days: i32,
}

impl From<MilestoneBody> for MilestoneDraft {
    fn from(body: MilestoneBody) -> Self {
        Self {
            title: body.title,
            delivers: body.delivers,
            price_minor: Some(body.price_minor),
            days: Some(body.days),
        }
    }
}

/// What a service is, whole.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ServiceBody {
    /// Its name, 1 to 120 characters.
    pub title: String,
    /// Slug of one of the program's categories.
    pub category: String,
    /// What the customer has afterwards, 1 to 400 characters.
    pub outcome: String,
    /// What is included, a line each; at most 20 lines of 200 characters.
    #[oai(validator(max_items = 100))]
    pub includes: Vec<String>,
    /// What is not included, a line each.
    #[oai(validator(max_items = 100))]
    pub excludes: Vec<String>,
    /// What the customer must have or do before, a line each.
    #[oai(validator(max_items = 100))]
    pub prerequisites: Vec<String>,
    /// The access to the customer's account that the work asks for.
    pub access: AccessPreset,
    /// The steps in order, 1 to 12; none for work by the hour.
    #[oai(validator(max_items = 100))]
    pub milestones: Vec<MilestoneBody>,
    /// For work by the hour, instead of steps.
    pub hourly: Option<HourlyBody>,
}

impl From<ServiceBody> for ServiceDraft {
    fn from(body: ServiceBody) -> Self {
        Self {
            title: body.title,
            category: body.category,
            outcome: body.outcome,
            includes: body.includes,
            excludes: body.excludes,
            prerequisites: body.prerequisites,
            access: Some(body.access),
            milestones: body.milestones.into_iter().map(MilestoneDraft::from).collect(),
            hourly: body.hourly.map(Hourly::from),
        }
    }
}

/// A new service.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct NewServiceBody {
    /// The profile of your organization that offers it; your own when absent.
    pub profile: Option<ProfileId>,
    /// What it is.
    pub service: ServiceBody,
}

//! One's own profile and services as JSON.

use super::hourly::HourlyView;
use crate::directory::model::{AccessPreset, Profile, Service, ServiceMilestone, ServiceState};
use crate::kernel::check::FieldError;
use crate::kernel::id::{OrganizationId, ProfileId, ServiceId};
use crate::kernel::money::Currency;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use poem_openapi::Object;

pub(super) fn clock(hour: NaiveTime) -> String {
    hour.format("%H:%M").to_string()
}

/// Your own profile.
#[derive(Object)]
pub struct ProfileView {
    /// The profile.
    pub id: ProfileId,
    /// Its word in addresses of the directory.
    pub slug: String,
    /// Your name.
    pub name: String,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// What you offer, in one line.
    pub headline: String,
    /// What you do, and for whom.
    pub about: String,
    /// Slugs of skills.
    pub skills: Vec<String>,
    /// Slugs of industries.
    pub industries: Vec<String>,
    /// Language tags (BCP 47).
    pub languages: Vec<String>,
    /// Time zone by its IANA name.
    pub zone: String,
    /// When the working day begins on the clock of the zone.
    pub works_from: String,
    /// When it ends.
    pub works_until: String,
    /// Whether clients are taken.
    pub accepting_clients: bool,
    /// Not before this day, if one is known.
    pub free_from: Option<NaiveDate>,
    /// Since when everyone can find it; absent while it is hidden.
    pub published_at: Option<DateTime<Utc>>,
    /// Send it in If-Match, quoted, to edit.
    pub version: i32,
    /// Fields to fill before it can be published.
    pub missing: Vec<MissingView>,
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        let missing = profile.fields.missing().into_iter().map(MissingView::from).collect();
        let fields = profile.fields;
        Self {
            id: profile.id,
            slug: profile.slug,
            name: profile.name,
            organization: profile.organization,
            headline: fields.headline,
            about: fields.about,
            skills: fields.skills,
            industries: fields.industries,
            languages: fields.languages,
            zone: fields.zone.name().to_owned(),
            works_from: clock(fields.works_from),
            works_until: clock(fields.works_until),
            accepting_clients: fields.accepting_clients,
            free_from: fields.free_from,
            published_at: profile.published_at,
            version: profile.version,
            missing,
        }
    }
}

/// A field that is still to be filled.
#[derive(Object)]
pub struct MissingView {
    /// The field.
    pub field: String,
    /// What to write.
    pub message: String,
}

impl From<FieldError> for MissingView {
    fn from(fault: FieldError) -> Self {
        Self { field: fault.field, message: fault.message }
    }
}

/// A step of the work with its own price.
#[derive(Object)]
pub struct ServiceMilestoneView {
    /// Its name.
    pub title: String,
    /// What the customer gets.
    pub delivers: String,
    /// Its price in minor units of the service's currency, fees included.
    pub price_minor: i64,
    /// Days from funding to submission.
    pub days: i32,
}

impl From<ServiceMilestone> for ServiceMilestoneView {
    fn from(milestone: ServiceMilestone) -> Self {
        Self {
            title: milestone.title,
            delivers: milestone.delivers,
            price_minor: milestone.price.minor(),
            days: milestone.days,
        }
    }
}

/// A service, offered or not.
#[derive(Object)]
pub struct ServiceView {
    /// The service.
    pub id: ServiceId,
    /// The profile that offers it.
    pub profile: ProfileId,
    /// Its word in addresses of the directory.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Slug of its category.
    pub category: String,
    /// What the customer has afterwards.
    pub outcome: String,
    /// What is included.
    pub includes: Vec<String>,
    /// What is not included.
    pub excludes: Vec<String>,
    /// What the customer must have or do before.
    pub prerequisites: Vec<String>,
    /// The access to the customer's account that the work asks for.
    pub access: AccessPreset,
    /// The currency of its prices.
    pub currency: Currency,
    /// The steps in order; none for work by the hour.
    pub milestones: Vec<ServiceMilestoneView>,
    /// For work by the hour.
    pub hourly: Option<HourlyView>,
    /// The price of all steps together, or the most that all weeks cost, in minor units.
    pub price_minor: i64,
    /// The days of all steps together, or of all weeks.
    pub days: i32,
    /// Whether it is offered.
    pub state: ServiceState,
    /// When it was first offered.
    pub published_at: Option<DateTime<Utc>>,
    /// Send it in If-Match, quoted, to edit.
    pub version: i32,
}

impl From<Service> for ServiceView {
    fn from(service: Service) -> Self {
        let days = service.days();
        let fields = service.fields;
        Self {
            id: service.id,
            profile: service.profile,
            slug: service.slug,
            title: fields.title,
            category: fields.category,
            outcome: fields.outcome,
            includes: fields.includes,
            excludes: fields.excludes,
            prerequisites: fields.prerequisites,
            access: fields.access,
            currency: service.currency,
            hourly: fields.hourly.map(HourlyView::from),
            price_minor: match &fields.hourly {
                Some(hourly) => hourly.most().minor(),
                None => fields.milestones.iter().map(|m| m.price.minor()).sum(),
            },
            milestones: fields.milestones.into_iter().map(ServiceMilestoneView::from).collect(),
            days,
            state: service.state,
            published_at: service.published_at,
            version: service.version,
        }
    }
}

/// A page of your organization's services.
#[derive(Object)]
pub struct ServicePageView {
    /// The newest first.
    pub items: Vec<ServiceView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

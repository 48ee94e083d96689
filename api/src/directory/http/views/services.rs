//! Views of services.

use crate::directory::model::{AccessPreset, MilestoneDraft, Service, ServiceDraft, ServiceState};
use crate::kernel::id::{ProfileId, ServiceId};
use crate::kernel::money::Money;
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// A service: a fixed price for a named outcome.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ServiceBody {
    /// What it is called.
    pub title: String,
    /// Word of a category.
    pub category: String,
    /// What the customer has at the end.
    pub outcome: String,
    /// What is in it, at most 12 lines.
    #[oai(validator(max_items = 50))]
    pub includes: Vec<String>,
    /// What is not in it, at most 12 lines.
    #[oai(validator(max_items = 50))]
    pub excludes: Vec<String>,
    /// What the customer has to bring, at most 12 lines.
    #[oai(validator(max_items = 50))]
    pub prerequisites: Vec<String>,
    /// The letter of access that the work asks for.
    pub access: AccessPreset,
    /// The steps of the work in order, at most 12; an offer has at least one.
    #[oai(validator(max_items = 50))]
    pub milestones: Vec<MilestoneBody>,
}

/// A step of the work.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct MilestoneBody {
    /// What it is called.
    pub title: String,
    /// What the customer gets.
    pub delivers: String,
    /// What the customer pays, fees included, in minor units of the program's currency.
    pub price_minor: i64,
    /// Days from funding to submission, 1 to 365.
    pub days: i32,
}

impl From<ServiceBody> for ServiceDraft {
    fn from(body: ServiceBody) -> Self {
        let milestone = |m| {
            let MilestoneBody { title, delivers, price_minor, days } = m;
            MilestoneDraft { title, delivers, price_minor, days }
        };
        Self {
            title: body.title,
            category: body.category,
            outcome: body.outcome,
            includes: body.includes,
            excludes: body.excludes,
            prerequisites: body.prerequisites,
            access: body.access,
            milestones: body.milestones.into_iter().map(milestone).collect(),
        }
    }
}

/// A service.
#[derive(Object)]
pub struct ServiceView {
    /// The service.
    pub id: ServiceId,
    /// The profile that offers it.
    pub profile: ProfileId,
    /// Its word in addresses.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// Word of its category.
    pub category: String,
    /// What the customer has at the end.
    pub outcome: String,
    /// What is in it.
    pub includes: Vec<String>,
    /// What is not in it.
    pub excludes: Vec<String>,
    /// What the customer has to bring.
    pub prerequisites: Vec<String>,
    /// The letter of access that the work asks for.
    pub access: AccessPreset,
    /// All milestones together, fees included.
    pub price: Money,
    /// All milestones together.
    pub days: i32,
    /// The steps of the work in order.
    pub milestones: Vec<MilestoneView>,
    /// Whether it is offered.
    pub state: ServiceState,
    /// When it was last published.
    pub published_at: Option<DateTime<Utc>>,
}

/// A step of the work.
#[derive(Object)]
#[oai(rename = "ServiceMilestoneView")]
pub struct MilestoneView {
    /// Its place, from 1.
    pub seq: u32,
    /// What it is called.
    pub title: String,
    /// What the customer gets.
    pub delivers: String,
    /// What the customer pays, fees included.
    pub price: Money,
    /// Days from funding to submission.
    pub days: i32,
}

impl ServiceView {
    /// Errors as a fault when the prices do not add up to an amount.
    pub fn new(service: Service) -> Result<Self> {
        let price = service.price().map_err(Error::fault)?;
        let days = service.days();
        let fields = service.fields;
        let numbered = fields.milestones.into_iter().zip(1..);
        let milestone =
            |(m, seq): (crate::directory::model::ServiceMilestone, u32)| MilestoneView {
                seq,
                title: m.title,
                delivers: m.delivers,
                price: m.price,
                days: m.days,
            };
        Ok(Self {
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
            price,
            days,
            milestones: numbered.map(milestone).collect(),
            state: service.state,
            published_at: service.published_at,
        })
    }
}

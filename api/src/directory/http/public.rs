//! What everyone may see of consultants, as JSON.

use super::hourly::HourlyView;
use super::views::{ServiceView, clock};
use crate::directory::model::{
    AccessPreset, Expert, ExpertList, ExpertPage, Jobs, Named, Offer, Rating,
};
use crate::kernel::id::{ProfileId, ServiceId};
use crate::kernel::money::Currency;
use crate::program::Tier;
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;

/// A word of the program's taxonomy.
#[derive(Object)]
pub struct NamedView {
    /// The word as filters take it.
    pub slug: String,
    /// The word as people read it.
    pub title: String,
}

impl From<Named> for NamedView {
    fn from(named: Named) -> Self {
        Self { slug: named.slug, title: named.title }
    }
}

/// Published reviews in sum.
#[derive(Object)]
pub struct RatingView {
    /// How many there are.
    pub reviews: i32,
    /// Their average in hundredths, 100 to 500; absent without a review.
    pub average_hundredths: Option<i32>,
}

impl From<Rating> for RatingView {
    fn from(rating: Rating) -> Self {
        Self { reviews: rating.reviews, average_hundredths: rating.average_hundredths() }
    }
}

/// Completed, paid engagements of one category.
#[derive(Object)]
pub struct JobsView {
    /// Slug of the category; absent for work of none.
    pub category: Option<String>,
    /// How many.
    pub jobs: i32,
}

impl From<Jobs> for JobsView {
    fn from(jobs: Jobs) -> Self {
        Self { category: Some(jobs.category).filter(|c| !c.is_empty()), jobs: jobs.jobs }
    }
}

/// A published service in one line.
#[derive(Object)]
pub struct OfferView {
    /// The service.
    pub id: ServiceId,
    /// Its word in addresses.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// What the customer has afterwards.
    pub outcome: String,
    /// Slug of its category.
    pub category: String,
    /// The access it will ask for.
    pub access: AccessPreset,
    /// The price of all its steps together, or the most that all weeks cost, in minor units, fees
    /// included.
    pub price_minor: i64,
    /// The currency of its price.
    pub currency: Currency,
    /// The days of all its steps together, or of all weeks.
    pub days: i32,
    /// For work by the hour.
    pub hourly: Option<HourlyView>,
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> Self {
        Self {
            id: offer.service,
            slug: offer.slug,
            title: offer.title,
            outcome: offer.outcome,
            category: offer.category,
            access: offer.access,
            price_minor: offer.price.minor(),
            currency: offer.price.currency(),
            days: offer.days,
            hourly: offer.hourly.map(HourlyView::from),
        }
    }
}

/// A consultant whose profile is published.
#[derive(Object)]
pub struct ExpertView {
    /// The profile.
    pub id: ProfileId,
    /// Its word in addresses.
    pub slug: String,
    /// The person's name.
    pub name: String,
    /// The organization's name.
    pub organization: String,
    /// Where the organization is.
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// What is offered, in one line.
    pub headline: String,
    /// What they are good at.
    pub skills: Vec<NamedView>,
    /// Whom they know.
    pub industries: Vec<NamedView>,
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
    /// The organization's standing in the program.
    pub tier: Tier,
    /// When the organization came into the program.
    pub since: DateTime<Utc>,
    /// Published reviews in sum.
    pub rating: RatingView,
    /// Verified jobs by category.
    pub jobs: Vec<JobsView>,
    /// Published services, the cheapest first.
    pub offers: Vec<OfferView>,
}

impl From<Expert> for ExpertView {
    fn from(expert: Expert) -> Self {
        Self {
            id: expert.profile,
            slug: expert.slug,
            name: expert.name,
            organization: expert.organization_name,
            city: expert.city,
            country: expert.country,
            headline: expert.headline,
            skills: expert.skills.into_iter().map(NamedView::from).collect(),
            industries: expert.industries.into_iter().map(NamedView::from).collect(),
            languages: expert.languages,
            zone: expert.zone.name().to_owned(),
            works_from: clock(expert.works_from),
            works_until: clock(expert.works_until),
            accepting_clients: expert.accepting_clients,
            free_from: expert.free_from,
            tier: expert.tier,
            since: expert.since,
            rating: expert.rating.into(),
            jobs: expert.jobs.into_iter().map(JobsView::from).collect(),
            offers: expert.offers.into_iter().map(OfferView::from).collect(),
        }
    }
}

/// A page of experts in the order asked for.
#[derive(Object)]
pub struct ExpertListView {
    /// The experts.
    pub items: Vec<ExpertView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

impl From<ExpertList> for ExpertListView {
    fn from(list: ExpertList) -> Self {
        Self { items: list.items.into_iter().map(ExpertView::from).collect(), next: list.next }
    }
}

/// An expert with their services in full.
#[derive(Object)]
pub struct ExpertPageView {
    /// Who it is.
    pub expert: ExpertView,
    /// What they do, and for whom.
    pub about: String,
    /// Published services in full, the cheapest first.
    pub services: Vec<ServiceView>,
}

impl From<ExpertPage> for ExpertPageView {
    fn from(page: ExpertPage) -> Self {
        Self {
            expert: page.expert.into(),
            about: page.about,
            services: page.services.into_iter().map(ServiceView::from).collect(),
        }
    }
}

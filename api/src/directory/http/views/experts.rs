//! Views of what anyone finds.

use super::services::ServiceView;
use crate::directory::model::{
    AccessPreset, Expert, ExpertPage, Jobs, Named, Offer, PublicProfile, Rating,
};
use crate::kernel::id::{OrganizationId, ProfileId, ServiceId};
use crate::kernel::money::Money;
use crate::platform::refusal::Result;
use crate::program::Tier;
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;

/// A page of experts.
#[derive(Object)]
pub struct ExpertPageView {
    /// In the order that was asked for.
    pub items: Vec<ExpertView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
    /// Experts of all pages.
    pub total: i64,
}

impl From<ExpertPage> for ExpertPageView {
    fn from(page: ExpertPage) -> Self {
        let items = page.items.into_iter().map(ExpertView::from).collect();
        Self { items, next: page.next, total: page.total }
    }
}

/// An expert.
#[derive(Object)]
pub struct ExpertView {
    /// The profile.
    pub profile: ProfileId,
    /// Its word in addresses.
    pub slug: String,
    /// The expert's name.
    pub name: String,
    /// The organization the expert works for.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Where it is.
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// What the expert does.
    pub headline: String,
    /// What the expert is good at.
    pub skills: Vec<WordView>,
    /// Which industries the expert knows.
    pub industries: Vec<WordView>,
    /// BCP 47 tags, the best one first.
    pub languages: Vec<String>,
    /// IANA zone in which the expert works.
    pub zone: String,
    /// When the expert's day begins; Monday to Friday in the zone.
    pub works_from: String,
    /// When it ends.
    pub works_until: String,
    /// Whether new clients may ask.
    pub accepting_clients: bool,
    /// The first free day, if one was named.
    pub free_from: Option<NaiveDate>,
    /// Standing of the organization.
    pub tier: Tier,
    /// Since when the organization is in the program.
    pub since: DateTime<Utc>,
    /// What customers said in sum.
    pub rating: RatingView,
    /// Verified jobs of all categories.
    pub jobs: i32,
    /// Verified jobs by category.
    pub jobs_by_category: Vec<JobsView>,
    /// The cheapest published service.
    pub from_price: Option<Money>,
    /// Published services in one line each, cheapest first.
    pub offers: Vec<OfferView>,
}

/// A word of the taxonomy.
#[derive(Object)]
pub struct WordView {
    /// Its word in addresses and filters.
    pub slug: String,
    /// Its name.
    pub title: String,
}

impl From<Named> for WordView {
    fn from(named: Named) -> Self {
        Self { slug: named.slug, title: named.title }
    }
}

/// Published reviews in sum.
#[derive(Object)]
#[oai(rename = "ExpertRatingView")]
pub struct RatingView {
    /// How many.
    pub reviews: i32,
    /// The average of all marks in hundredths, 100 to 500; absent without a review.
    pub average_hundredths: Option<i32>,
}

impl From<Rating> for RatingView {
    fn from(rating: Rating) -> Self {
        let average_hundredths = rating.average_hundredths();
        Self { reviews: rating.reviews, average_hundredths }
    }
}

/// Verified jobs of one category.
#[derive(Object)]
pub struct JobsView {
    /// The category; absent for work of none.
    pub category: Option<String>,
    /// How many.
    pub jobs: i32,
}

impl From<Jobs> for JobsView {
    fn from(jobs: Jobs) -> Self {
        let category = Some(jobs.category).filter(|c| !c.is_empty());
        Self { category, jobs: jobs.jobs }
    }
}

/// A published service in one line.
#[derive(Object)]
pub struct OfferView {
    /// The service.
    pub id: ServiceId,
    /// Its word in addresses.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What the customer has at the end.
    pub outcome: String,
    /// Word of its category.
    pub category: String,
    /// The letter of access that the work asks for.
    pub access: AccessPreset,
    /// All milestones together, fees included.
    pub price: Money,
    /// All milestones together.
    pub days: i32,
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
            price: offer.price,
            days: offer.days,
        }
    }
}

impl From<Expert> for ExpertView {
    fn from(expert: Expert) -> Self {
        Self {
            jobs: expert.jobs_in_all(),
            from_price: expert.from_price(),
            profile: expert.profile,
            slug: expert.slug,
            name: expert.name,
            organization: expert.organization,
            organization_name: expert.organization_name,
            city: expert.city,
            country: expert.country,
            headline: expert.headline,
            skills: expert.skills.into_iter().map(WordView::from).collect(),
            industries: expert.industries.into_iter().map(WordView::from).collect(),
            languages: expert.languages,
            zone: expert.zone.name().to_owned(),
            works_from: expert.works_from.format("%H:%M").to_string(),
            works_until: expert.works_until.format("%H:%M").to_string(),
            accepting_clients: expert.accepting_clients,
            free_from: expert.free_from,
            tier: expert.tier,
            since: expert.since,
            rating: expert.rating.into(),
            jobs_by_category: expert.jobs.into_iter().map(JobsView::from).collect(),
            offers: expert.offers.into_iter().map(OfferView::from).collect(),
        }
    }
}

/// Everything that is shown of one expert.
#[derive(Object)]
pub struct PublicProfileView {
    /// The expert as in lists.
    pub expert: ExpertView,
    /// How the expert works.
    pub about: String,
    /// Published services in full, cheapest first.
    pub services: Vec<ServiceView>,
}

impl PublicProfileView {
    /// Errors as a fault when a price does not add up to an amount.
    pub fn new(profile: PublicProfile) -> Result<Self> {
        let services: Result<_> = profile.services.into_iter().map(ServiceView::new).collect();
        Ok(Self { expert: profile.expert.into(), about: profile.about, services: services? })
    }
}

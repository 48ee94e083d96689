//! What consultants list: a published profile each, and the services on it.

use super::cast::Cast;
use super::step::{Named, Step};
use crate::demo::content::{Consultant, Content, Service};
use anyhow::{Context, Result};
use api::app::App;
use api::directory::{self, AccessPreset, Hourly, MilestoneDraft, ProfileDraft, ServiceDraft};
use api::kernel::id::{ProfileId, ServiceId};
use api::kernel::money::{Currency, Money};
use api::platform::caller::Caller;
use std::collections::BTreeMap;

/// What is listed, by the slugs of the content.
#[derive(Default)]
pub struct Listings {
    profiles: BTreeMap<String, ProfileId>,
    services: BTreeMap<String, ServiceId>,
}

impl Listings {
    /// # Errors
    /// This consultant has no profile.
    pub fn profile(&self, consultant: &str) -> Result<ProfileId> {
        let profile = self.profiles.get(consultant).copied();
        profile.with_context(|| format!("no profile of {consultant:?} was loaded"))
    }

    /// # Errors
    /// Nobody lists this service.
    pub fn service(&self, slug: &str) -> Result<ServiceId> {
        let service = self.services.get(slug).copied();
        service.with_context(|| format!("no service {slug:?} was loaded"))
    }
}

/// Every consultant's owner writes and publishes a profile, then the services on it.
pub async fn publish(
    app: &App,
    content: &Content,
    cast: &Cast,
    step: &Step<'_>,
) -> Result<Listings> {
    let mut listings = Listings::default();
    let currency = Currency::parse(&content.program.vendor.currency);
    let currency = currency.context("the program's currency is unknown")?;
    for (number, consultant) in content.consultants.iter().enumerate() {
        step.of("profiles with their services", number, content.consultants.len());
        let owner = consultant.people.first().context("a consultant without people")?;
        let owner = cast.caller(&consultant.slug, &owner.email)?;
        let profile = publish_profile(app, owner, consultant).await?;
        listings.profiles.insert(consultant.slug.clone(), profile);
        for service in &consultant.services {
            let id = publish_service(app, owner, (service, currency)).await?;
            listings.services.insert(service.slug.clone(), id);
        }
    }
    Ok(listings)
}

async fn publish_profile(app: &App, owner: &Caller, from: &Consultant) -> Result<ProfileId> {
    let draft = ProfileDraft {
        headline: from.headline.clone(),
        about: from.about.as_str().to_owned(),
        skills: from.skills.clone(),
        industries: from.industries.clone(),
        languages: from.languages.clone(),
        zone: from.zone.name().to_owned(),
        works_from: from.working_hours.start.format("%H:%M").to_string(),
        works_until: from.working_hours.end.format("%H:%M").to_string(),
        accepting_clients: from.accepting_clients,
        free_from: None,
    };
    let saved = directory::save_profile(app, owner, None, draft).await;
    let saved = saved.step(|| format!("write the profile of {}", from.slug))?;
    let published = directory::publish_profile(app, owner).await;
    published.step(|| format!("publish the profile of {}", from.slug))?;
    Ok(saved.id)
}

async fn publish_service(
    app: &App,
    owner: &Caller,
    (from, currency): (&Service, Currency),
) -> Result<ServiceId> {
    let milestones = from.milestones.iter().map(|milestone| MilestoneDraft {
        title: milestone.title.clone(),
        delivers: milestone.delivers.as_str().to_owned(),
        price_minor: Some(milestone.price_minor),
        days: Some(milestone.days.into()),
    });
    let lines = |lines: &[crate::demo::content::Prose]| {
        lines.iter().map(|line| line.as_str().to_owned()).collect()
    };
    let draft = ServiceDraft {
        title: from.title.clone(),
        category: from.category.clone(),
        outcome: from.outcome.as_str().to_owned(),
        includes: lines(&from.includes),
        excludes: lines(&from.excludes),
        prerequisites: lines(&from.prerequisites),
        access: AccessPreset::parse(from.access.word()),
        milestones: milestones.collect(),
        hourly: from.hourly.map(|hours| Hourly {
            rate: Money::new(hours.rate_minor, currency),
            cap_minutes: i32::from(hours.hours_a_week) * 60,
            weeks: i32::from(hours.weeks),
        }),
    };
    let created = directory::create_service(app, owner, None, draft).await;
    let created = created.step(|| format!("write the service {}", from.slug))?;
    let published = directory::publish_service(app, owner, created.id).await;
    Ok(published.step(|| format!("publish the service {}", from.slug))?.id)
}

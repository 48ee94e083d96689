//! The vendor: its program with rules, fees, agreements and taxonomy, and its own people.

use super::cast::{Cast, House, Newcomer};
use super::step::{Named, Step};
use crate::demo::content::people::VendorRole;
use crate::demo::content::program::Agreement;
use crate::demo::content::{Content, Taxonomy};
use anyhow::{Context, Result};
use api::app::App;
use api::kernel::money::Currency;
use api::platform::caller::OrganizationKind;
use api::program::{self, NewAgreement, NewProgram};

/// Founds the program and seats the vendor's people; the later agreements are published by its
/// owner, so that the newest is in force.
pub async fn found(app: &App, content: &Content, step: &Step<'_>) -> Result<Cast> {
    step.tell("the vendor");
    let vendor = &content.program.vendor;
    let mut agreements = content.program.agreements.iter().map(new_agreement);
    let first = agreements.next().context("the content has no agreement")?;
    let new = NewProgram {
        slug: vendor.slug.clone(),
        name: vendor.name.clone(),
        city: vendor.city.clone(),
        country: vendor.country.clone(),
        currency: Currency::parse(&vendor.currency).context("the program's currency is unknown")?,
        zone: vendor.zone,
        fees: vendor.fees,
        agreement: first,
        taxonomy: taxonomy(&content.taxonomy),
    };
    let founded = program::found(app, new).await.step(|| "found the program".to_owned())?;
    let mut cast = Cast::begin(founded.vendor, &content.marketing_password).await?;
    let kind = OrganizationKind::Vendor;
    cast.know(&vendor.slug, House { id: founded.organization, kind, zone: vendor.zone });
    staff(app, content, &mut cast).await?;
    for agreement in agreements {
        let version = agreement.version.clone();
        let published = program::publish_agreement(app, owner(content, &cast)?, agreement).await;
        published.step(|| format!("agreement {version}"))?;
    }
    Ok(cast)
}

async fn staff(app: &App, content: &Content, cast: &mut Cast) -> Result<()> {
    let slug = &content.program.vendor.slug;
    let mut tx = app.db.write(cast.vendor).await?;
    for person in &content.program.people {
        let (name, email) = (person.name.as_str(), person.email.as_str());
        let new = Newcomer { name, email, role: person.role.word() };
        cast.seat(app, &mut tx, slug, new).await?;
    }
    tx.commit().await.step(|| "the vendor's people".to_owned())
}

fn owner<'a>(content: &Content, cast: &'a Cast) -> Result<&'a api::platform::caller::Caller> {
    let people = &content.program.people;
    let owner = people.iter().find(|p| p.role == VendorRole::Owner);
    let owner = owner.context("the vendor has no owner")?;
    cast.caller(&content.program.vendor.slug, &owner.email)
}

fn new_agreement(agreement: &Agreement) -> NewAgreement {
    NewAgreement {
        version: agreement.version.clone(),
        title: agreement.title.clone(),
        body: agreement.body.as_str().to_owned(),
    }
}

fn taxonomy(from: &Taxonomy) -> program::Taxonomy {
    program::Taxonomy {
        categories: from.categories.clone(),
        skills: from.skills.clone(),
        industries: from.industries.clone(),
    }
}

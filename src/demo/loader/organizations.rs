//! The organizations of the program with their people: consultants, customers, resellers with the
//! accounts they brought.

use super::cast::{Cast, Newcomer};
use super::step::{Named, Step};
use crate::demo::content::people::VendorRole;
use crate::demo::content::{Consultant, Content, Customer, Reseller};
use anyhow::{Context, Result};
use api::app::App;
use api::identity::OrganizationRow;
use api::kernel::id::AgreementId;
use api::kernel::zone::Zone;
use api::platform::caller::{Caller, OrganizationKind};
use api::program::{self, AttributionKind, NewAttribution, PartnerKind};
use chrono::Duration;

/// Opens every organization; partners and resellers are admitted under the agreement in force.
pub async fn add(app: &App, content: &Content, cast: &mut Cast, step: &Step<'_>) -> Result<()> {
    let agreement = agreement(app, cast).await?;
    for (number, customer) in content.customers.iter().enumerate() {
        step.of("customers", number, content.customers.len());
        add_customer(app, customer, cast).await?;
    }
    for customer in &content.customers {
        share(app, content, customer, cast).await?;
    }
    for (number, consultant) in content.consultants.iter().enumerate() {
        step.of("consultants", number, content.consultants.len());
        add_consultant(app, consultant, cast, agreement).await?;
    }
    let manager = manager(content, cast)?.clone();
    for (number, reseller) in content.resellers.iter().enumerate() {
        step.of("resellers", number, content.resellers.len());
        add_reseller(app, reseller, cast, agreement).await?;
        attribute(app, reseller, cast, &manager).await?;
    }
    Ok(())
}

/// The vendor's program manager.
pub fn manager<'a>(content: &Content, cast: &'a Cast) -> Result<&'a Caller> {
    let people = &content.program.people;
    let manager = people.iter().find(|p| p.role == VendorRole::ProgramManager);
    let manager = manager.context("the vendor has no program manager")?;
    cast.caller(&content.program.vendor.slug, &manager.email)
}

async fn agreement(app: &App, cast: &Cast) -> Result<AgreementId> {
    let mut tx = app.db.read(cast.vendor).await?;
    let agreement = program::current_agreement(&mut tx).await?;
    Ok(agreement.context("the program has no agreement")?.id)
}

async fn add_customer(app: &App, customer: &Customer, cast: &mut Cast) -> Result<()> {
    let row = OrganizationRow {
        id: app.ids.next(),
        kind: OrganizationKind::Customer,
        name: customer.name.clone(),
        city: customer.city.clone(),
        country: customer.country.clone(),
        zone: customer.zone,
        industry: Some(customer.industry.clone()),
    };
    let mut tx = app.db.write(cast.vendor).await?;
    cast.open(&mut tx, &customer.slug, &row).await?;
    for person in &customer.people {
        let new = Newcomer { name: &person.name, email: &person.email, role: person.role.word() };
        cast.seat(app, &mut tx, &customer.slug, new).await?;
    }
    tx.commit().await.step(|| format!("customer {}", customer.slug))
}

/// Seats of people whose own organization is another customer, once that one is there.
async fn share(app: &App, content: &Content, customer: &Customer, cast: &mut Cast) -> Result<()> {
    let mut tx = app.db.write(cast.vendor).await?;
    for shared in &customer.shared {
        let everybody = content.customers.iter().flat_map(|c| &c.people);
        let person = everybody.clone().find(|p| p.email == shared.email);
        let name = person.map(|p| p.name.as_str()).unwrap_or_default();
        let new = Newcomer { name, email: &shared.email, role: shared.role.word() };
        cast.seat(app, &mut tx, &customer.slug, new).await?;
    }
    tx.commit().await.step(|| format!("shared seats of {}", customer.slug))
}

async fn add_consultant(
    app: &App,
    consultant: &Consultant,
    cast: &mut Cast,
    agreement: AgreementId,
) -> Result<()> {
    let place = (consultant.city.as_str(), consultant.country.as_str(), consultant.zone);
    let row = partner_row(app, OrganizationKind::Partner, &consultant.name, place);
    let mut tx = app.db.write(cast.vendor).await?;
    cast.open(&mut tx, &consultant.slug, &row).await?;
    for person in &consultant.people {
        let new = Newcomer { name: &person.name, email: &person.email, role: person.role.word() };
        cast.seat(app, &mut tx, &consultant.slug, new).await?;
    }
    program::enroll(&mut tx, row.id, PartnerKind::Consultant, agreement).await?;
    tx.commit().await.step(|| format!("consultant {}", consultant.slug))
}

async fn add_reseller(
    app: &App,
    reseller: &Reseller,
    cast: &mut Cast,
    agreement: AgreementId,
) -> Result<()> {
    let place = (reseller.city.as_str(), reseller.country.as_str(), reseller.zone);
    let row = partner_row(app, OrganizationKind::Reseller, &reseller.name, place);
    let mut tx = app.db.write(cast.vendor).await?;
    cast.open(&mut tx, &reseller.slug, &row).await?;
    for person in &reseller.people {
        let new = Newcomer { name: &person.name, email: &person.email, role: person.role.word() };
        cast.seat(app, &mut tx, &reseller.slug, new).await?;
    }
    program::enroll(&mut tx, row.id, PartnerKind::Reseller, agreement).await?;
    tx.commit().await.step(|| format!("reseller {}", reseller.slug))
}

pub fn partner_row(
    app: &App,
    kind: OrganizationKind,
    name: &str,
    (city, country, zone): (&str, &str, Zone),
) -> OrganizationRow {
    OrganizationRow {
        id: app.ids.next(),
        kind,
        name: name.to_owned(),
        city: city.to_owned(),
        country: country.to_owned(),
        zone,
        industry: None,
    }
}

/// Makes the reseller the one of record of the accounts it brought, since the day it did.
async fn attribute(app: &App, reseller: &Reseller, cast: &Cast, manager: &Caller) -> Result<()> {
    for account in &reseller.accounts {
        let kind = match account.manages {
            true => AttributionKind::Managed,
            false => AttributionKind::Sourced,
        };
        let new = NewAttribution {
            kind,
            customer: cast.house(&account.customer)?.id,
            reseller: cast.house(&reseller.slug)?.id,
            since: Some(app.clock.now() - Duration::days(account.brought_days_ago.into())),
            reason: account.note.as_str().to_owned(),
        };
        let attributed = program::attribute_reseller(app, manager, new).await;
        attributed.step(|| format!("{} brought {}", reseller.slug, account.customer))?;
    }
    Ok(())
}

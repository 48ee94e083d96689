//! Applications to the program: sent by their applicants, some of them decided.

use super::cast::{Cast, Newcomer};
use super::organizations::partner_row;
use super::step::{Named, Step};
use crate::demo::content::applications::{Decision, Kind};
use crate::demo::content::{Application, Content};
use anyhow::{Context, Result};
use api::app::App;
use api::kernel::id::ApplicationId;
use api::platform::caller::OrganizationKind;
use api::program::{self, ClientReference, NewApplication, PartnerKind};

/// Sends every application and decides those that the content decides.
pub async fn send(app: &App, content: &Content, cast: &mut Cast, step: &Step<'_>) -> Result<()> {
    for (number, application) in content.applications.iter().enumerate() {
        step.of("applications", number, content.applications.len());
        add_applicant(app, application, cast).await?;
        let id = apply(app, application, cast).await?;
        if let Some(decision) = &application.decision {
            let by = cast.caller(&content.program.vendor.slug, decision.by())?;
            let decided = match decision {
                Decision::Accepted { .. } => program::approve_application(app, by, id).await,
                Decision::Rejected { reason, .. } => {
                    program::reject_application(app, by, id, reason.as_str()).await
                }
            };
            decided.step(|| format!("decide the application of {}", application.slug))?;
        }
    }
    Ok(())
}

async fn add_applicant(app: &App, application: &Application, cast: &mut Cast) -> Result<()> {
    let kind = match application.kind {
        Kind::Consultant => OrganizationKind::Partner,
        Kind::Reseller => OrganizationKind::Reseller,
    };
    let place = (application.city.as_str(), application.country.as_str(), application.zone);
    let row = partner_row(app, kind, &application.name, place);
    let mut tx = app.db.write(cast.vendor).await?;
    cast.open(&mut tx, &application.slug, &row).await?;
    let applicant = &application.applicant;
    let new = Newcomer { name: &applicant.name, email: &applicant.email, role: "owner" };
    cast.seat(app, &mut tx, &application.slug, new).await?;
    tx.commit().await.step(|| format!("applicant {}", application.slug))
}

async fn apply(app: &App, application: &Application, cast: &Cast) -> Result<ApplicationId> {
    let mut tx = app.db.read(cast.vendor).await?;
    let agreement = program::current_agreement(&mut tx).await?;
    drop(tx);
    let agreement = agreement.context("the program has no agreement")?;
    let new = NewApplication {
        kind: match application.kind {
            Kind::Consultant => PartnerKind::Consultant,
            Kind::Reseller => PartnerKind::Reseller,
        },
        specialities: application.specialities.clone(),
        references: application.references.iter().map(reference).collect(),
        note: application.note.as_str().to_owned(),
        agreement_hash: agreement.hash_hex(),
        agreement_version: agreement.version,
    };
    let by = cast.caller(&application.slug, &application.applicant.email)?;
    let sent = program::apply(app, by, new).await;
    Ok(sent.step(|| format!("application of {}", application.slug))?.id)
}

fn reference(from: &crate::demo::content::applications::Reference) -> ClientReference {
    ClientReference {
        name: from.name.clone(),
        organization: from.organization.clone(),
        email: from.email.clone(),
        said: from.said.as_str().to_owned(),
    }
}

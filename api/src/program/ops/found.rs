//! Founding a program. For the operator's command line and the demo: nobody signed in does this.

use crate::app::App;
use crate::identity::{self, OrganizationRow};
use crate::kernel::id::VendorId;
use crate::platform::caller::OrganizationKind;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::Result;
use crate::program::ProgramError;
use crate::program::model::{Conditions, Founded, NewFeeRule, NewProgram};
use crate::program::store;

/// Founds a program: vendor, its own organization, settings, first fee rule, first agreement and
/// taxonomy, all or nothing. Its first owner is given a seat afterwards.
///
/// Errors: `slug-taken`; 422 by field.
pub async fn found(app: &App, new: NewProgram) -> Result<Founded> {
    let vendor: VendorId = app.ids.next();
    let mut tx = app.db.write(vendor).await?;
    let founded = found_in(app, &mut tx, new).await?;
    tx.commit().await?;
    Ok(founded)
}

/// As [`found`], in a transaction that was opened for the identifier of the vendor to be.
pub async fn found_in(app: &App, tx: &mut Tx, new: NewProgram) -> Result<Founded> {
    new.check()?;
    let (agreement, hash) = new.agreement.clone().checked()?;
    let vendor = tx.vendor()?;
    identity::add_vendor(tx, vendor, &new.slug, &new.name)
        .await
        .map_err(refuse_on("vendors_slug_key", ProgramError::SlugTaken))?;
    let organization = OrganizationRow {
        id: app.ids.next(),
        kind: OrganizationKind::Vendor,
        name: new.name.clone(),
        city: new.city.clone(),
        country: new.country.clone(),
        zone: new.zone,
        industry: None,
    };
    identity::write_organization(tx, &organization).await?;
    store::insert_program(tx, &new).await?;
    let conditions = Conditions::default();
    let words = conditions.words(&new.taxonomy);
    let fees = NewFeeRule { conditions, parts: new.fees, effective_from: None };
    store::insert_fee_rule(tx, app.ids.next(), &fees, &words).await?;
    store::insert_agreement(tx, app.ids.next(), &agreement, hash).await?;
    store::insert_taxonomy(tx, &new.taxonomy).await?;
    Ok(Founded { vendor, organization: organization.id })
}

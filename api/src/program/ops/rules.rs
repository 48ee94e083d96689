//! Settings, taxonomy and agreements.

use crate::app::App;
use crate::identity;
use crate::kernel::id::VendorId;
use crate::platform::caller::Caller;
use crate::platform::refusal::{Common, Error, Result};
use crate::program::model::{Agreement, NewAgreement, ProgramFigures, Settings, Taxonomy};
use crate::program::policy::{PublishAgreement, SeeProgram};
use crate::program::store;
use chrono::{DateTime, Utc};

/// The rules of the caller's program: everyone in it may know them.
pub async fn get_settings(app: &App, caller: &Caller) -> Result<Settings> {
    let mut tx = app.db.read(caller).await?;
    store::settings(&mut tx).await
}

/// The version of the rules in force, for the foot of every page.
pub async fn rules_version(app: &App, vendor: VendorId) -> Result<u32> {
    let mut tx = app.db.read(vendor).await?;
    Ok(u32::try_from(store::settings(&mut tx).await?.rules_version).unwrap_or_default())
}

/// The words of a program's directory, for anyone.
pub async fn public_taxonomy(app: &App, vendor: VendorId) -> Result<Taxonomy> {
    let mut tx = app.db.read(vendor).await?;
    store::taxonomy(&mut tx).await
}

/// The agreement in force, for anyone who thinks of applying.
pub async fn public_agreement(app: &App, vendor: VendorId) -> Result<Agreement> {
    let mut tx = app.db.read(vendor).await?;
    let agreement = store::current_agreement(&mut tx).await?;
    agreement.ok_or_else(|| Error::fault("the program has no agreement"))
}

/// A version of the agreement by its name, for anyone: partners keep the one they accepted.
pub async fn public_agreement_version(
    app: &App,
    vendor: VendorId,
    version: &str,
) -> Result<Agreement> {
    let mut tx = app.db.read(vendor).await?;
    let agreement = store::agreement_of_version(&mut tx, version).await?;
    agreement.ok_or_else(|| Common::NotFound("agreement").into())
}

/// Every version of the agreement with the day it was published, latest first, for anyone.
pub async fn public_agreement_versions(
    app: &App,
    vendor: VendorId,
) -> Result<Vec<(String, DateTime<Utc>)>> {
    let mut tx = app.db.read(vendor).await?;
    store::agreement_versions(&mut tx).await
}

/// The rules of a program, for anyone.
pub async fn public_settings(app: &App, vendor: VendorId) -> Result<Settings> {
    let mut tx = app.db.read(vendor).await?;
    store::settings(&mut tx).await
}

/// Puts another agreement in force. Partners keep the one they accepted; an application that names
/// the version before is refused from now on.
///
/// Errors: `agreement-version-taken`.
pub async fn publish_agreement(app: &App, caller: &Caller, new: NewAgreement) -> Result<Agreement> {
    identity::allow::<PublishAgreement>(caller)?;
    let (new, hash) = new.checked()?;
    let mut tx = app.db.write(caller).await?;
    store::lock_rules(&mut tx).await?;
    let agreement = store::insert_agreement(&mut tx, app.ids.next(), &new, hash).await?;
    store::count_rules_version(&mut tx).await?;
    tx.commit().await?;
    Ok(agreement)
}

/// The program in numbers, for the vendor's people.
pub async fn see_figures(app: &App, caller: &Caller) -> Result<ProgramFigures> {
    identity::allow::<SeeProgram>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::figures(&mut tx).await
}

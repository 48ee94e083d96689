//! The services of an organization.

use crate::app::App;
use crate::directory::DirectoryError;
use crate::directory::model::{
    Service, ServiceDraft, ServiceFields, ServiceState, ServiceStep, free_slug, slug_of,
};
use crate::directory::policy::{
    EditServices, may_list_services, may_see_service, must_be_enrolled,
};
use crate::directory::store::{self, ServicePlace};
use crate::identity;
use crate::kernel::id::{ProfileId, ServiceId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Result};
use crate::program;

/// Services of one profile that are not archived.
const MOST: i64 = 20;

/// The services of the caller's organization whatever their state, by title.
pub async fn my_services(app: &App, caller: &Caller) -> Result<Vec<Service>> {
    may_list_services(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::services_of(&mut tx, caller.organization).await
}

/// A service of the caller's organization.
pub async fn see_service(app: &App, caller: &Caller, id: ServiceId) -> Result<Service> {
    let mut tx = app.db.read(caller).await?;
    let service = existing(store::service(&mut tx, id).await?)?;
    may_see_service(caller, &service)?;
    Ok(service)
}

/// Writes a draft for a profile of the caller's organization; their own when none is named.
///
/// Errors: `not-enrolled`; `too-many-services`; 404 when there is no such profile; 422 by field.
pub async fn create_service(
    app: &App,
    caller: &Caller,
    profile: Option<ProfileId>,
    draft: ServiceDraft,
) -> Result<Service> {
    identity::allow::<EditServices>(caller)?;
    may_list_services(caller)?;
    let id: ServiceId = app.ids.next();
    let mut tx = app.db.write(caller).await?;
    must_be_enrolled(program::is_enrolled(&mut tx, caller.organization).await?)?;
    let fields = checked(&mut tx, draft).await?;
    let profile = profile_for(&mut tx, caller, profile).await?;
    if store::count_services(&mut tx, profile).await? >= MOST {
        return Err(DirectoryError::TooManyServices(MOST).into());
    }
    let organization = caller.organization;
    let wanted = slug_of(&fields.title).unwrap_or_else(|| "service".to_owned());
    let slug = free_slug(&wanted, &store::service_slugs(&mut tx, organization).await?);
    let currency = program::settings(&mut tx).await?.currency;
    let place = ServicePlace { id, organization, profile, slug: &slug, currency };
    store::insert_service(&mut tx, place, &fields).await?;
    let written = existing(store::service(&mut tx, id).await?)?;
    tx.commit().await?;
    Ok(written)
}

/// The profile a new service is for, its row locked.
async fn profile_for(tx: &mut Tx, caller: &Caller, named: Option<ProfileId>) -> Result<ProfileId> {
    let own = match named {
        Some(_) => None,
        None => store::profile_of(tx, caller.organization, caller.person).await?.map(|p| p.id),
    };
    let profile = named.or(own).ok_or(Common::NotFound("profile"))?;
    if !store::hold_profile(tx, caller.organization, profile).await? {
        return Err(Common::NotFound("profile").into());
    }
    Ok(profile)
}

/// Edits the version that was read. What was agreed for it before keeps its own terms.
///
/// Errors: `stale`; `service-state` when it is archived; `incomplete` when a published one would
/// miss something; 422 by field.
pub async fn save_service(
    app: &App,
    caller: &Caller,
    id: ServiceId,
    version: i32,
    draft: ServiceDraft,
) -> Result<Service> {
    identity::allow::<EditServices>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let service = locked(&mut tx, caller, id).await?;
    if service.version != version {
        return Err(Common::Stale.into());
    }
    let state = service.state.after(ServiceStep::Edit)?;
    let fields = checked(&mut tx, draft).await?;
    if state == ServiceState::Published {
        refuse_gaps(&fields)?;
    }
    store::update_service(&mut tx, id, &fields).await?;
    finish(tx, &service).await
}

/// Offers a service in the directory.
///
/// Errors: `not-enrolled`; `profile-not-published`; `incomplete` names what is missing;
/// `service-state` when it is offered already.
pub async fn publish_service(app: &App, caller: &Caller, id: ServiceId) -> Result<Service> {
    identity::allow::<EditServices>(caller)?;
    let mut tx = app.db.write(caller).await?;
    must_be_enrolled(program::is_enrolled(&mut tx, caller.organization).await?)?;
    let service = locked(&mut tx, caller, id).await?;
    let state = service.state.after(ServiceStep::Publish)?;
    let profile = store::profile(&mut tx, service.profile).await?;
    if profile.is_none_or(|p| p.published_at.is_none()) {
        return Err(DirectoryError::ProfileNotPublished.into());
    }
    refuse_gaps(&service.fields)?;
    let returns = service.state == ServiceState::Archived;
    if returns && store::count_services(&mut tx, service.profile).await? >= MOST {
        return Err(DirectoryError::TooManyServices(MOST).into());
    }
    store::set_service_state(&mut tx, id, state).await?;
    finish(tx, &service).await
}

/// Takes a service out of the directory; what is agreed goes on.
///
/// Errors: `service-state` when it is archived already.
pub async fn archive_service(app: &App, caller: &Caller, id: ServiceId) -> Result<Service> {
    identity::allow::<EditServices>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let service = locked(&mut tx, caller, id).await?;
    let state = service.state.after(ServiceStep::Archive)?;
    store::set_service_state(&mut tx, id, state).await?;
    finish(tx, &service).await
}

async fn checked(tx: &mut Tx, draft: ServiceDraft) -> Result<ServiceFields> {
    let taxonomy = program::taxonomy(tx).await?;
    let currency = program::settings(tx).await?.currency;
    Ok(draft.checked(&taxonomy, currency)?)
}

fn refuse_gaps(fields: &ServiceFields) -> Result<(), DirectoryError> {
    let missing = fields.missing();
    if missing.is_empty() { Ok(()) } else { Err(DirectoryError::Incomplete(missing)) }
}

/// The profile is locked first, then the service: in the same order everywhere.
async fn locked(tx: &mut Tx, caller: &Caller, id: ServiceId) -> Result<Service> {
    let before = existing(store::service(tx, id).await?)?;
    may_see_service(caller, &before)?;
    store::hold_profile(tx, before.organization, before.profile).await?;
    existing(store::lock_service(tx, id).await?)
}

async fn finish(mut tx: Tx, service: &Service) -> Result<Service> {
    store::refresh_words(&mut tx, service.profile).await?;
    let saved = existing(store::service(&mut tx, service.id).await?)?;
    tx.commit().await?;
    Ok(saved)
}

fn existing(service: Option<Service>) -> Result<Service> {
    service.ok_or_else(|| Common::NotFound("service").into())
}

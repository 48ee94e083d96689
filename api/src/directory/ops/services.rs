//! Services of an organization, from draft to archive.

use super::profile::refuse_unless_enrolled;
use crate::app::App;
use crate::directory::model::{
    Profile, Service, ServiceDraft, ServiceFields, ServiceState, ServiceStep, free_slug, slug_of,
};
use crate::directory::policy::{self, EditServices};
use crate::directory::{DirectoryError, store};
use crate::identity;
use crate::kernel::id::{ProfileId, ServiceId};
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Common, Error, Result};
use crate::program;
use chrono::DateTime;

/// Services of one profile that are not archived, at most.
const MOST: i64 = 30;

/// The organization's services, the newest first, and the cursor of the next page.
///
/// Errors: a bad limit or a cursor of another list.
pub async fn list_services(
    app: &App,
    caller: &Caller,
    state: Option<ServiceState>,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<(Vec<Service>, Option<String>)> {
    policy::may_see_services(caller)?;
    let word = state.map_or("all", ServiceState::as_str);
    let list = format!("services:{}:{}:{word}", caller.vendor, caller.organization);
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    let mut found = store::services_of(&mut tx, caller.organization, state, wanted).await?;
    let position = |s: &Service| Position { at: DateTime::UNIX_EPOCH, id: s.id.0 };
    let next = cut(&mut found, wanted.limit, position).map(|p| app.cursors.seal(&list, p));
    Ok((found, next))
}

/// One service of the organization, offered or not; 404 for others'.
pub async fn see_service(app: &App, caller: &Caller, id: ServiceId) -> Result<Service> {
    policy::may_see_services(caller)?;
    let mut tx = app.db.read(caller).await?;
    policy::own_service(caller, store::service(&mut tx, id).await?)
}

/// Writes a service as a draft on a profile of the organization, the caller's own if none is
/// named. Prices are in the program's currency.
///
/// Errors: `not-enrolled`, `too-many-services`, 404 without such a profile, and faults by field.
pub async fn create_service(
    app: &App,
    caller: &Caller,
    profile: Option<ProfileId>,
    draft: ServiceDraft,
) -> Result<Service> {
    let allowed = identity::allow::<EditServices>(caller)?;
    let mut tx = app.db.write(caller).await?;
    refuse_unless_enrolled(&mut tx, caller).await?;
    let currency = program::settings(&mut tx).await?.currency;
    let fields = draft.checked(&program::taxonomy(&mut tx).await?, currency)?;
    let profile = match profile {
        Some(id) => store::lock_profile(&mut tx, id).await?,
        None => store::lock_profile_of(&mut tx, allowed.organization, allowed.person).await?,
    };
    let profile = policy::own_profile(caller, profile)?.id;
    refuse_if_full(&mut tx, profile).await?;
    let id: ServiceId = app.ids.next();
    store::lock_addresses(&mut tx).await?;
    let wanted = slug_of(&fields.title).unwrap_or_else(|| "service".to_owned());
    let taken = store::service_slugs(&mut tx, allowed.organization, &wanted).await?;
    let slug = &free_slug(&wanted, &taken);
    let organization = allowed.organization;
    let new = store::NewService { id, organization, profile, slug, currency };
    store::insert_service(&mut tx, &new, &fields).await?;
    let saved = again(&mut tx, id).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Writes the version of a service that was read. What customers agreed on before keeps its terms.
///
/// Errors: `stale`, `not-enrolled`, `service-state` when archived, `incomplete` when published,
/// 404, and faults by field.
pub async fn edit_service(
    app: &App,
    caller: &Caller,
    id: ServiceId,
    version: i32,
    draft: ServiceDraft,
) -> Result<Service> {
    identity::allow::<EditServices>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let (_, service) = lock_own(&mut tx, caller, id).await?;
    if service.version != version {
        return Err(Common::Stale.into());
    }
    let state = service.state.after(ServiceStep::Edit)?;
    let fields = draft.checked(&program::taxonomy(&mut tx).await?, service.currency)?;
    if state == ServiceState::Published {
        refuse_if_missing(&fields)?;
    }
    store::update_service(&mut tx, id, &fields).await?;
    store::write_search_words(&mut tx, service.profile).await?;
    let saved = again(&mut tx, id).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Offers a service to everyone who finds its profile.
///
/// Errors: `not-enrolled`, `service-state`, `incomplete`, `profile-not-published`,
/// `too-many-services` for one that comes back from the archive, 404.
pub async fn publish_service(app: &App, caller: &Caller, id: ServiceId) -> Result<Service> {
    identity::allow::<EditServices>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let (profile, service) = lock_own(&mut tx, caller, id).await?;
    let state = service.state.after(ServiceStep::Publish)?;
    refuse_if_missing(&service.fields)?;
    if profile.published_at.is_none() {
        return Err(DirectoryError::ProfileNotPublished.into());
    }
    if service.state == ServiceState::Archived {
        refuse_if_full(&mut tx, service.profile).await?;
    }
    move_to(tx, &service, state).await
}

/// Takes a service out of the offer. Work that was agreed on goes on.
///
/// Errors: `not-enrolled`, `service-state`, 404.
pub async fn archive_service(app: &App, caller: &Caller, id: ServiceId) -> Result<Service> {
    identity::allow::<EditServices>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let (_, service) = lock_own(&mut tx, caller, id).await?;
    let state = service.state.after(ServiceStep::Archive)?;
    move_to(tx, &service, state).await
}

/// The profile and its service, locked in this order everywhere, so that two people who edit at
/// once never wait for each other.
async fn lock_own(tx: &mut Tx, caller: &Caller, id: ServiceId) -> Result<(Profile, Service)> {
    let service = policy::own_service(caller, store::service(tx, id).await?)?;
    refuse_unless_enrolled(tx, caller).await?;
    let profile = store::lock_profile(tx, service.profile).await?;
    let profile = policy::own_profile(caller, profile)?;
    let service = policy::own_service(caller, store::lock_service(tx, id).await?)?;
    Ok((profile, service))
}

async fn move_to(mut tx: Tx, service: &Service, state: ServiceState) -> Result<Service> {
    store::set_service_state(&mut tx, service.id, state).await?;
    store::write_search_words(&mut tx, service.profile).await?;
    let saved = again(&mut tx, service.id).await?;
    tx.commit().await?;
    Ok(saved)
}

async fn refuse_if_full(tx: &mut Tx, profile: ProfileId) -> Result<()> {
    if store::open_services(tx, profile).await? < MOST {
        return Ok(());
    }
    Err(DirectoryError::TooManyServices(MOST).into())
}

fn refuse_if_missing(fields: &ServiceFields) -> Result<(), DirectoryError> {
    let missing = fields.missing();
    if missing.is_empty() { Ok(()) } else { Err(DirectoryError::Incomplete(missing)) }
}

async fn again(tx: &mut Tx, id: ServiceId) -> Result<Service> {
    let saved = store::service(tx, id).await?;
    saved.ok_or_else(|| Error::fault("a service is gone that was written just now"))
}

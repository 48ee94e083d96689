//! A consultant's own profile.

use crate::app::App;
use crate::directory::model::{Profile, ProfileDraft, ProfileFields, free_slug, slug_of};
use crate::directory::policy::{EditProfile, EditServices};
use crate::directory::{DirectoryError, store};
use crate::identity::{self, Allowed};
use crate::kernel::id::ProfileId;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Error, Result};
use crate::program;

/// The caller's own profile in the organization they act for; `None` before the first.
pub async fn own_profile(app: &App, caller: &Caller) -> Result<Option<Profile>> {
    identity::allow::<EditProfile>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::profile_of(&mut tx, caller.organization, caller.person).await
}

/// Every profile of the caller's organization, by name: where a service can be listed.
pub async fn organization_profiles(app: &App, caller: &Caller) -> Result<Vec<Profile>> {
    identity::allow::<EditServices>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::profiles_of(&mut tx, caller.organization).await
}

/// Writes the caller's own profile: the first time without a version, later with the version that
/// was read. A published profile stays complete.
///
/// Errors: `not-enrolled`, `if-match-wanted`, `stale`, `incomplete`, and faults by field.
pub async fn save_profile(
    app: &App,
    caller: &Caller,
    version: Option<i32>,
    draft: ProfileDraft,
) -> Result<Profile> {
    let allowed = identity::allow::<EditProfile>(caller)?;
    let mut tx = app.db.write(caller).await?;
    refuse_unless_enrolled(&mut tx, caller).await?;
    let own = store::lock_profile_of(&mut tx, allowed.organization, allowed.person).await?;
    if own.is_some() && version.is_none() {
        return Err(Common::VersionWanted.into());
    }
    let fields = draft.checked(&program::taxonomy(&mut tx).await?)?;
    let id = match (own, version) {
        (Some(_), None) => return Err(Common::VersionWanted.into()),
        (None, Some(_)) => return Err(Common::Stale.into()),
        (Some(own), Some(version)) => edit(&mut tx, &own, version, &fields).await?,
        (None, None) => create(app, &mut tx, &allowed, &fields).await?,
    };
    store::write_search_words(&mut tx, id).await?;
    let saved = again(&mut tx, id).await?;
    tx.commit().await?;
    Ok(saved)
}

async fn edit(
    tx: &mut Tx,
    own: &Profile,
    version: i32,
    fields: &ProfileFields,
) -> Result<ProfileId> {
    if own.version != version {
        return Err(Common::Stale.into());
    }
    if own.published_at.is_some() {
        refuse_if_missing(fields)?;
    }
    store::update_profile(tx, own.id, fields).await?;
    Ok(own.id)
}

async fn create(
    app: &App,
    tx: &mut Tx,
    allowed: &Allowed<EditProfile>,
    fields: &ProfileFields,
) -> Result<ProfileId> {
    let id: ProfileId = app.ids.next();
    store::lock_addresses(tx).await?;
    let names = identity::person_names(tx, &[allowed.person]).await?;
    let wanted = names.values().next().and_then(|name| slug_of(name));
    let wanted = wanted.unwrap_or_else(|| "expert".to_owned());
    let slug = free_slug(&wanted, &store::profile_slugs(tx, &wanted).await?);
    let (organization, person) = (allowed.organization, allowed.person);
    let new = store::NewProfile { id, organization, person, slug: &slug };
    store::insert_profile(tx, &new, fields).await?;
    Ok(id)
}

/// Lets everyone find the profile; a second time changes nothing.
///
/// Errors: `not-enrolled`, `incomplete` with every missing field, 404 before the first.
pub async fn publish_profile(app: &App, caller: &Caller) -> Result<Profile> {
    set_published(app, caller, true).await
}

/// Takes the profile and its services out of sight; a second time changes nothing.
///
/// Errors: `not-enrolled`, 404 before the first.
pub async fn unpublish_profile(app: &App, caller: &Caller) -> Result<Profile> {
    set_published(app, caller, false).await
}

async fn set_published(app: &App, caller: &Caller, published: bool) -> Result<Profile> {
    let allowed = identity::allow::<EditProfile>(caller)?;
    let mut tx = app.db.write(caller).await?;
    refuse_unless_enrolled(&mut tx, caller).await?;
    let own = store::lock_profile_of(&mut tx, allowed.organization, allowed.person).await?;
    let own = own.ok_or(Common::NotFound("profile"))?;
    if published {
        refuse_if_missing(&own.fields)?;
    }
    if own.published_at.is_some() == published {
        return Ok(own);
    }
    store::set_profile_published(&mut tx, own.id, published).await?;
    let saved = again(&mut tx, own.id).await?;
    tx.commit().await?;
    Ok(saved)
}

fn refuse_if_missing(fields: &ProfileFields) -> Result<(), DirectoryError> {
    let missing = fields.missing();
    if missing.is_empty() { Ok(()) } else { Err(DirectoryError::Incomplete(missing)) }
}

/// Refuses people whose organization is no partner now.
pub(super) async fn refuse_unless_enrolled(tx: &mut Tx, caller: &Caller) -> Result<()> {
    if program::is_enrolled(tx, caller.organization).await? {
        return Ok(());
    }
    Err(DirectoryError::NotEnrolled.into())
}

async fn again(tx: &mut Tx, id: ProfileId) -> Result<Profile> {
    let saved = store::profile(tx, id).await?;
    saved.ok_or_else(|| Error::fault("a profile is gone that was written just now"))
}

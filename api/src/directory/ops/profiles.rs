//! One's own profile.

use crate::app::App;
use crate::directory::DirectoryError;
use crate::directory::model::{Profile, ProfileDraft, ProfileFields, free_slug, slug_of};
use crate::directory::policy::{EditProfile, must_be_enrolled};
use crate::directory::store::{self, Place};
use crate::identity;
use crate::kernel::id::ProfileId;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Result};
use crate::program;

/// The caller's profile in the organization they act for; 404 before the first was saved.
pub async fn my_profile(app: &App, caller: &Caller) -> Result<Profile> {
    identity::allow::<EditProfile>(caller)?;
    let mut tx = app.db.read(caller).await?;
    own(&mut tx, caller).await
}

/// Saves the caller's profile: the first time without a version, later the one that was read.
///
/// Errors: `not-enrolled`; `if-match-wanted` without the version of an existing profile, `stale`
/// with an older one; `incomplete` when a published profile would miss something; 422 by field.
pub async fn save_profile(
    app: &App,
    caller: &Caller,
    version: Option<i32>,
    draft: ProfileDraft,
) -> Result<Profile> {
    identity::allow::<EditProfile>(caller)?;
    let id: ProfileId = app.ids.next();
    let mut tx = app.db.write(caller).await?;
    must_be_enrolled(program::is_enrolled(&mut tx, caller.organization).await?)?;
    let taxonomy = program::taxonomy(&mut tx).await?;
    let existing = store::lock_profile_of(&mut tx, caller.organization, caller.person).await?;
    let id = match existing {
        Some(before) => {
            if version.ok_or(Common::VersionWanted)? != before.version {
                return Err(Common::Stale.into());
            }
            let fields = draft.checked(&taxonomy)?;
            store::update_profile(&mut tx, before.id, &fields).await?;
            refuse_gaps(&Profile { fields, ..before })?
        }
        None if version.is_some() => return Err(Common::Stale.into()),
        None => create(&mut tx, caller, id, draft.checked(&taxonomy)?).await?,
    };
    store::refresh_words(&mut tx, id).await?;
    let saved = own(&mut tx, caller).await?;
    tx.commit().await?;
    Ok(saved)
}

/// A published profile stays complete.
fn refuse_gaps(profile: &Profile) -> Result<ProfileId, DirectoryError> {
    let missing = profile.missing();
    if profile.published_at.is_some() && !missing.is_empty() {
        return Err(DirectoryError::Incomplete(missing));
    }
    Ok(profile.id)
}

async fn create(
    tx: &mut Tx,
    caller: &Caller,
    id: ProfileId,
    fields: ProfileFields,
) -> Result<ProfileId> {
    let names = identity::person_names(tx, &[caller.person]).await?;
    let wanted = names.get(&caller.person).and_then(|name| slug_of(name));
    let wanted = wanted.unwrap_or_else(|| "expert".to_owned());
    let taken = store::taken_slugs(tx, &wanted).await?;
    let slug = free_slug(&wanted, &taken);
    let (organization, person) = (caller.organization, caller.person);
    store::insert_profile(tx, Place { id, organization, person, slug: &slug }, &fields).await?;
    Ok(id)
}

/// Shows the caller's profile in the directory; once it is there, nothing changes.
///
/// Errors: `not-enrolled`; `incomplete` names what is missing.
pub async fn publish_profile(app: &App, caller: &Caller) -> Result<Profile> {
    identity::allow::<EditProfile>(caller)?;
    let mut tx = app.db.write(caller).await?;
    must_be_enrolled(program::is_enrolled(&mut tx, caller.organization).await?)?;
    let profile = locked(&mut tx, caller).await?;
    let missing = profile.missing();
    if !missing.is_empty() {
        return Err(DirectoryError::Incomplete(missing).into());
    }
    show(tx, caller, profile, true).await
}

/// Takes the caller's profile and its services out of the directory; what is agreed goes on.
pub async fn unpublish_profile(app: &App, caller: &Caller) -> Result<Profile> {
    identity::allow::<EditProfile>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let profile = locked(&mut tx, caller).await?;
    show(tx, caller, profile, false).await
}

async fn show(mut tx: Tx, caller: &Caller, profile: Profile, shown: bool) -> Result<Profile> {
    if profile.published_at.is_some() == shown {
        return Ok(profile);
    }
    store::set_published(&mut tx, profile.id, shown).await?;
    let saved = own(&mut tx, caller).await?;
    tx.commit().await?;
    Ok(saved)
}

async fn own(tx: &mut Tx, caller: &Caller) -> Result<Profile> {
    let profile = store::profile_of(tx, caller.organization, caller.person).await?;
    profile.ok_or_else(|| Common::NotFound("profile").into())
}

async fn locked(tx: &mut Tx, caller: &Caller) -> Result<Profile> {
    let profile = store::lock_profile_of(tx, caller.organization, caller.person).await?;
    profile.ok_or_else(|| Common::NotFound("profile").into())
}

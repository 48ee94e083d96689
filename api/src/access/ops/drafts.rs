//! Requests that are still written: kept for their own side, changed, sent or discarded. No
//! customer reads one, and it binds nobody.

use super::asking::{ask, for_whom};
use super::granting::{AskForAccess, open_engagement, seated};
use super::grants::viewer;
use super::preview::preview_of_request;
use crate::access::AccessError;
use crate::access::model::{Draft, Wish};
use crate::access::store::{self, NewDraft};
use crate::app::App;
use crate::engagements::Side;
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::{AccessDraftId, EngagementId, GrantId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Result};

/// Most drafts that one person keeps.
const MOST_DRAFTS: i64 = 50;

/// Drafts of the caller's organization; a consultant who leads nobody sees their own. Latest first.
pub async fn list_drafts(app: &App, caller: &Caller) -> Result<Vec<Draft>> {
    let _: Allowed<AskForAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::drafts(&mut tx, viewer(caller), None).await
}

/// One draft. Errors: 404 for everybody who may not see it.
pub async fn get_draft(app: &App, caller: &Caller, id: AccessDraftId) -> Result<Draft> {
    let _: Allowed<AskForAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    find(&mut tx, caller, id).await
}

async fn find(tx: &mut Tx, caller: &Caller, id: AccessDraftId) -> Result<Draft> {
    let found = store::drafts(tx, viewer(caller), Some(id)).await?;
    Ok(found.into_iter().next().ok_or(Common::NotFound("draft"))?)
}

/// Keeps a request that is not sent yet; its reason may still be empty.
///
/// Errors: 403, 404, `engagement-not-open`, `nothing-allowed`, `too-many-drafts`, `invalid`.
pub async fn save_draft(
    app: &App,
    caller: &Caller,
    engagement: EngagementId,
    wish: Wish,
) -> Result<Draft> {
    let person = for_whom(caller, &wish)?;
    let wish = checked(app, wish)?;
    let mut tx = app.db.write(caller).await?;
    let engagement = open_engagement(&mut tx, caller, engagement, Side::Partner).await?;
    seated(&mut tx, person, engagement.partner).await?;
    let id = AccessDraftId(app.ids.next());
    let new =
        NewDraft { id, engagement: engagement.id, author: caller.person, person, wish: &wish };
    if !store::insert_draft(&mut tx, (caller.organization, MOST_DRAFTS), &new).await? {
        return Err(AccessError::TooManyDrafts(MOST_DRAFTS).into());
    }
    let draft = find(&mut tx, caller, id).await?;
    tx.commit().await?;
    Ok(draft)
}

/// Writes a draft anew. Errors: as [`save_draft`], and `stale` when it was changed since.
pub async fn edit_draft(
    app: &App,
    caller: &Caller,
    (id, version): (AccessDraftId, i32),
    wish: Wish,
) -> Result<Draft> {
    let person = for_whom(caller, &wish)?;
    let wish = checked(app, wish)?;
    let mut tx = app.db.write(caller).await?;
    let before = find(&mut tx, caller, id).await?;
    seated(&mut tx, person, before.partner).await?;
    if !store::rewrite_draft(&mut tx, (id, version), (person, &wish)).await? {
        return Err(Common::Stale.into());
    }
    let draft = find(&mut tx, caller, id).await?;
    tx.commit().await?;
    Ok(draft)
}

/// Throws a draft away. Errors: 403, 404.
pub async fn discard_draft(app: &App, caller: &Caller, id: AccessDraftId) -> Result<()> {
    let _: Allowed<AskForAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    find(&mut tx, caller, id).await?;
    store::delete_draft(&mut tx, id).await?;
    tx.commit().await
}

/// Sends a draft as it stands; what it asks for is frozen with it, and the draft is gone.
///
/// Errors: as [`super::request_access`], and 404 when it was sent or discarded before.
pub async fn send_draft(app: &App, caller: &Caller, id: AccessDraftId) -> Result<GrantId> {
    let _: Allowed<AskForAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let draft = find(&mut tx, caller, id).await?;
    let (engagement, wish) = (draft.engagement, &draft.wish);
    // Whoever is second of two finds it gone, and sends nothing.
    if !store::delete_draft(&mut tx, id).await? {
        return Err(Common::NotFound("draft").into());
    }
    let grant = ask(app, &mut tx, caller, (engagement, wish)).await?;
    tx.commit().await?;
    Ok(grant)
}

/// A wish that could be sent, but for its reason.
fn checked(app: &App, wish: Wish) -> Result<Wish> {
    let mut checks = Checks::new();
    let reason = checks.text("reason", &wish.reason, "a reason", (0, 1000));
    checks.finish()?;
    preview_of_request(app, &wish)?;
    Ok(Wish { reason, ..wish })
}

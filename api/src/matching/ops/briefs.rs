//! Briefs: writing, posting, closing.

use super::accept::end_the_rest;
use super::matches::compute;
use crate::app::App;
use crate::identity;
use crate::kernel::check::Checks;
use crate::kernel::id::BriefId;
use crate::kernel::page::Position;
use crate::kernel::zone::Zone;
use crate::matching::model::{Brief, BriefFields, BriefPosted, BriefState, BriefStep, Page, day};
use crate::matching::policy::{PostBrief, WriteBrief, may_see_brief};
use crate::matching::store::{self, NewBrief};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use crate::program;

/// Saves a new draft for the caller's organization. Errors: 422 by field.
pub async fn save_brief(app: &App, caller: &Caller, fields: BriefFields) -> Result<Brief> {
    identity::allow::<WriteBrief>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let fields = checked(app, &mut tx, fields).await?;
    let id: BriefId = app.ids.next();
    let number = store::next_number(&mut tx).await?;
    let organization = caller.organization;
    let new = NewBrief { id, number, organization, by: caller.person, fields: &fields };
    store::insert_brief(&mut tx, new).await?;
    let brief = store::brief(&mut tx, id).await?;
    tx.commit().await?;
    Ok(brief)
}

/// Writes a draft anew; `version` is the one that was read.
///
/// Errors: `stale`, `brief-state` once it is posted; 422 by field; 404 when it is another's.
pub async fn edit_brief(
    app: &App,
    caller: &Caller,
    id: BriefId,
    version: i32,
    fields: BriefFields,
) -> Result<Brief> {
    let mut tx = app.db.write(caller).await?;
    let brief = lock_own(&mut tx, caller, id).await?;
    brief.state.after(BriefStep::Edit)?;
    if brief.version != version {
        return Err(Common::Stale.into());
    }
    let fields = checked(app, &mut tx, fields).await?;
    store::update_fields(&mut tx, id, &fields).await?;
    let brief = store::brief(&mut tx, id).await?;
    tx.commit().await?;
    Ok(brief)
}

async fn checked(app: &App, tx: &mut Tx, fields: BriefFields) -> Result<BriefFields> {
    let settings = program::settings(tx).await?;
    let taxonomy = program::taxonomy(tx).await?;
    Ok(fields.checked(&taxonomy, settings.currency, app.clock.now())?)
}

/// Posts a draft and computes its matches; states `BriefPosted`.
///
/// Errors: `brief-state` when it is no draft; 422 when its day has passed meanwhile.
pub async fn post_brief(app: &App, caller: &Caller, id: BriefId) -> Result<Brief> {
    identity::allow::<PostBrief>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let brief = lock_own(&mut tx, caller, id).await?;
    let open = brief.state.after(BriefStep::Post)?;
    let mut checks = Checks::new();
    day(&mut checks, brief.need_by, zone_of(&brief)?, app.clock.now());
    checks.finish()?;
    store::set_state(&mut tx, id, open).await?;
    let matches = compute(app, &mut tx, &brief).await?;
    let fact = BriefPosted {
        brief: id,
        brief_number: brief.number,
        brief_title: brief.title,
        customer: brief.customer,
        customer_name: brief.customer_name,
        budget_min: brief.budget_min,
        budget_max: brief.budget_max,
        matches,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    let brief = store::brief(&mut tx, id).await?;
    tx.commit().await?;
    Ok(brief)
}

/// Closes a draft or an open brief: its open proposals are declined and its waiting invitations
/// withdrawn, each with the reason. Errors: `brief-state` when it is booked or closed.
pub async fn close_brief(app: &App, caller: &Caller, id: BriefId) -> Result<Brief> {
    identity::allow::<PostBrief>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let brief = lock_own(&mut tx, caller, id).await?;
    store::set_state(&mut tx, id, brief.state.after(BriefStep::Close)?).await?;
    end_the_rest(app, &mut tx, id, caller.person, "The brief was closed.").await?;
    let brief = store::brief(&mut tx, id).await?;
    tx.commit().await?;
    Ok(brief)
}

/// A brief of the caller's organization; 404 when it is another's.
pub async fn see_brief(app: &App, caller: &Caller, id: BriefId) -> Result<Brief> {
    let mut tx = app.db.read(caller).await?;
    let brief = store::brief(&mut tx, id).await?;
    may_see_brief(caller, &brief)?;
    Ok(brief)
}

/// The briefs of the caller's organization, latest first, drafts among them.
pub async fn list_briefs(
    app: &App,
    caller: &Caller,
    state: Option<BriefState>,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<Page<Brief>> {
    let which = state.map_or("all", BriefState::as_str);
    let list = format!("briefs:{}:{}:{which}", caller.vendor, caller.organization);
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    let mut items = store::briefs_of(&mut tx, caller.organization, state, wanted).await?;
    let position = |brief: &Brief| Position { at: brief.created_at, id: brief.id.0 };
    let next = cut(&mut items, wanted.limit, position).map(|p| app.cursors.seal(&list, p));
    Ok(Page { items, next })
}

/// A brief of the caller's organization under its lock, for a caller whose role may write it.
pub(super) async fn lock_own(tx: &mut Tx, caller: &Caller, id: BriefId) -> Result<Brief> {
    identity::allow::<WriteBrief>(caller)?;
    let brief = store::lock_brief(tx, id).await?;
    may_see_brief(caller, &brief)?;
    Ok(brief)
}

/// The zone of a brief; its column was checked when it was written.
pub(super) fn zone_of(brief: &Brief) -> Result<Zone> {
    let zone = Zone::parse(&brief.zone);
    zone.ok_or_else(|| Error::fault(format!("the zone of a brief is {:?}", brief.zone)))
}

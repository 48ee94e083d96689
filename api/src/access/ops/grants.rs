//! Letters of access: looking at them, declining a request, ending one.

use super::completion::{end_grants, expire_overdue, of_grant, place};
use super::lines::with_calls;
use super::preview::GrantAccess;
use crate::access::model::{AccessDeclined, Grant, GrantState, GrantStep};
use crate::access::store::{self, GrantFilter, Of, Viewer};
use crate::app::App;
use crate::engagements::{self, Note, Topic};
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::check::Checks;
use crate::kernel::id::{EngagementId, GrantId};
use crate::kernel::page::Position;
use crate::platform::caller::{Caller, OrganizationKind, Role};
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use serde_json::json;

pub struct EndAccess;

impl Command for EndAccess {
    const DEED: Deed = Deed::RevokeAccess;
}

pub struct HandBackAccess;

impl Command for HandBackAccess {
    const DEED: Deed = Deed::UseAccess;
}

/// Whose grants and log lines a caller sees: those of the organization; a consultant who leads
/// nobody sees their own.
pub(super) fn viewer(caller: &Caller) -> Viewer {
    let own = caller.is(OrganizationKind::Partner, &[Role::Consultant]);
    Viewer { organization: caller.organization, only: own.then_some(caller.person) }
}

/// Grants of the caller's organization on either side, latest first.
pub async fn list_grants(
    app: &App,
    caller: &Caller,
    engagement: Option<EngagementId>,
    page: PageWanted,
) -> Result<Vec<Grant>> {
    let mut tx = with_calls(app, caller).await?;
    let filter = GrantFilter {
        viewer: viewer(caller),
        engagement,
        ended: None,
        after: page.after,
        limit: page.limit + 1,
    };
    store::grants(&mut tx, &filter).await
}

/// Most letters that are listed whole; an organization has far fewer open at a time.
pub(super) const MOST_OPEN: i64 = 500;

/// Everything asked for or granted that nobody and nothing has ended yet, latest first. Whether
/// one holds now is its standing.
pub async fn list_open_grants(app: &App, caller: &Caller) -> Result<Vec<Grant>> {
    let mut tx = with_calls(app, caller).await?;
    let filter = GrantFilter {
        viewer: viewer(caller),
        engagement: None,
        ended: Some(false),
        after: None,
        limit: MOST_OPEN,
    };
    store::grants(&mut tx, &filter).await
}

/// Grants and requests that have ended, latest first, with the cursor of the next page.
///
/// Errors: a cursor of another list.
pub async fn list_ended_grants(
    app: &App,
    caller: &Caller,
    cursor: Option<&str>,
) -> Result<(Vec<Grant>, Option<String>)> {
    let list = format!("grants-ended:{}:{}", caller.vendor, caller.organization);
    let page = PageWanted::read(&app.cursors, &list, None, cursor)?;
    let mut tx = with_calls(app, caller).await?;
    let filter = GrantFilter {
        viewer: viewer(caller),
        engagement: None,
        ended: Some(true),
        after: page.after,
        limit: page.limit + 1,
    };
    let mut rows = store::grants(&mut tx, &filter).await?;
    let next = cut(&mut rows, page.limit, |g| Position { at: g.created_at, id: g.id.0 });
    Ok((rows, next.map(|position| app.cursors.seal(&list, position))))
}

/// What ended at this moment, as everything does that one press ends; empty where nothing did.
pub async fn list_ended_at(app: &App, caller: &Caller, at: DateTime<Utc>) -> Result<Vec<Grant>> {
    let mut tx = app.db.read(caller).await?;
    store::grants_ended_at(&mut tx, viewer(caller), (at, MOST_OPEN)).await
}

/// One grant; 404 for everybody who is on neither side.
pub async fn get_grant(app: &App, caller: &Caller, id: GrantId) -> Result<Grant> {
    let mut tx = with_calls(app, caller).await?;
    visible(&mut tx, caller, id).await
}

/// A customer says no to a request.
///
/// Errors: 403, 404, `grant-state`.
pub async fn decline_request(app: &App, caller: &Caller, id: GrantId) -> Result<()> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let grant = visible(&mut tx, caller, id).await?;
    close_request(app, &mut tx, &grant, caller).await?;
    tx.commit().await
}

/// Ends access now: the next call is refused. Anyone of the customer may, in an emergency too;
/// the consultant hands it back; the consultant's owners and admins may. On a request it takes the
/// request back, or declines it.
///
/// Errors: 403, 404, `grant-state` when it has ended.
pub async fn end_grant(app: &App, caller: &Caller, id: GrantId, reason: &str) -> Result<()> {
    if caller.kind == OrganizationKind::Partner {
        let _: Allowed<HandBackAccess> = identity::allow(caller)?;
    } else {
        let _: Allowed<EndAccess> = identity::allow(caller)?;
    }
    let mut checks = Checks::new();
    let reason = checks.text("reason", reason, "a reason", (0, 300));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let grant = visible(&mut tx, caller, id).await?;
    let open = store::lock(&mut tx, Of::Grant(id)).await?;
    if open.iter().any(|(_, state)| *state == GrantState::Requested) {
        close_request(app, &mut tx, &grant, caller).await?;
        return tx.commit().await;
    }
    let reason = if reason.is_empty() { usual_reason(caller) } else { reason };
    let why = (GrantStep::Revoke, Some(caller.person), reason.as_str());
    end_grants(app, &mut tx, Of::Grant(id), why).await?;
    tx.commit().await
}

/// Ends every letter that the customer granted, in one commit: no call that begins after it is let
/// through. Requests stay as they are. Answers which they were.
///
/// Errors: 403, a fault of `reason`.
pub async fn end_every_grant(app: &App, caller: &Caller, reason: &str) -> Result<Vec<GrantId>> {
    let _: Allowed<EndAccess> = identity::allow(caller)?;
    let mut checks = Checks::new();
    let reason = checks.text("reason", reason, "a reason", (0, 300));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    expire_overdue(app, &mut tx, caller.organization).await?;
    let of = Of::Customer(caller.organization);
    let ended = store::lock(&mut tx, of).await?.into_iter().map(|(id, _)| id).collect();
    let reason = if reason.is_empty() { usual_reason(caller) } else { reason };
    end_grants(app, &mut tx, of, (GrantStep::Revoke, Some(caller.person), &reason)).await?;
    tx.commit().await?;
    Ok(ended)
}

fn usual_reason(caller: &Caller) -> String {
    let who =
        if caller.kind == OrganizationKind::Partner { "the consultant" } else { "the customer" };
    format!("ended by {who}")
}

async fn close_request(app: &App, tx: &mut Tx, grant: &Grant, caller: &Caller) -> Result<()> {
    let (by, withdrawn) = (caller.person, caller.kind == OrganizationKind::Partner);
    let (step, reason, verb) = if withdrawn {
        (GrantStep::Withdraw, "taken back by the consultant", "was taken back")
    } else {
        (GrantStep::Decline, "declined by the customer", "was declined")
    };
    for (_, state) in store::lock(tx, Of::Grant(grant.id)).await? {
        store::close(tx, &[grant.id], state.after(step)?, Some(by), reason).await?;
    }
    let asked = place(app, grant);
    let line = format!("{}'s request for access to {asked} {verb}", grant.consultant_name);
    let note = Note::new(Topic::Access, "access-declined", line)
        .facts(json!({ "grant": grant.id }))
        .by(by);
    engagements::note(app, tx, grant.engagement, note).await?;
    let fact = AccessDeclined { of: of_grant(app, grant), by, withdrawn };
    event::state(tx, &app.ids, Some(by), &fact).await
}

pub(super) async fn visible(tx: &mut Tx, caller: &Caller, id: GrantId) -> Result<Grant> {
    let found = store::grant(tx, viewer(caller), id).await?;
    Ok(found.ok_or(Common::NotFound("letter of access"))?)
}

//! Grants that end: with their engagement, their account, the seat of their person, their time.
//!
//! The gateway refuses them by its own query; what stands here makes the rows say so, writes the
//! timeline and tells people.

use crate::access::model::{AccessEnded, Grant, GrantState, GrantStep, OfGrant};
use crate::access::store::{self, Of};
use crate::app::App;
use crate::engagements::{self, EngagementEnded, Note, Topic};
use crate::identity::{self, MembershipEnded};
use crate::kernel::id::{ConnectionId, GrantId, PersonId, VendorId};
use crate::platform::db::Tx;
use crate::platform::jobs::{Job, NewJob, event};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

pub const EXPIRY_JOB: &str = "expire-grant";

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct ExpireGrant {
    grant: GrantId,
}

/// The job that looks at a grant when its time is over.
pub(super) fn expiry_job(grant: GrantId, at: DateTime<Utc>, vendor: VendorId) -> Result<NewJob> {
    let key = format!("{EXPIRY_JOB}:{grant}:{}", at.timestamp());
    Ok(NewJob::new(EXPIRY_JOB, &ExpireGrant { grant })?.for_vendor(vendor).once(key).at(at))
}

/// Ends every grant of an engagement that has ended. A reaction.
pub async fn complete_grants(app: &App, tx: &mut Tx, fact: &EngagementEnded) -> Result<()> {
    let of = Of::Engagement(fact.of.engagement);
    let reason = format!("engagement {} ended", fact.of.label());
    end_grants(app, tx, of, (GrantStep::Complete, None, &reason)).await
}

/// Ends one grant or request whose time is over; does nothing when it has ended otherwise.
pub async fn expire_grant(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let facts: ExpireGrant = job.read()?;
    let found = store::grants_of(tx, &[facts.grant]).await?;
    let Some(grant) = found.first() else { return Ok(()) };
    if !expire_overdue(app, tx, grant.customer).await?.contains(&facts.grant) {
        tracing::debug!(grant = %facts.grant, "ended before its time");
    }
    Ok(())
}

/// Makes the rows of a customer's overdue grants say so; answers which they were.
pub(super) async fn expire_overdue(
    app: &App,
    tx: &mut Tx,
    customer: crate::kernel::id::OrganizationId,
) -> Result<Vec<GrantId>> {
    let due = store::lock_overdue(tx, customer).await?;
    if !due.is_empty() {
        store::close(tx, &due, GrantState::Expired, None, "its time was over").await?;
        tell(app, tx, &due, (None, "its time was over")).await?;
    }
    Ok(due)
}

/// Moves every open grant of something by one step; `why` is the step, who did it, and the reason
/// in words. What was proposed to follow one of them lapses: it was decided that it ends.
pub(super) async fn end_grants(
    app: &App,
    tx: &mut Tx,
    of: Of,
    why: (GrantStep, Option<PersonId>, &str),
) -> Result<()> {
    let (step, by, reason) = why;
    let mut by_end: BTreeMap<GrantState, Vec<GrantId>> = BTreeMap::new();
    for (id, state) in store::lock(tx, of).await? {
        by_end.entry(state.after(step)?).or_default().push(id);
    }
    let ended: Vec<GrantId> = by_end.values().flatten().copied().collect();
    close_all(app, tx, by_end, (by, reason)).await?;
    let proposals = store::lock_proposals(tx, &ended).await?;
    let lapsed = BTreeMap::from([(GrantState::Expired, proposals)]);
    close_all(app, tx, lapsed, (by, "the letter that it would follow was ended")).await
}

/// Ends what a seat's end found open, in the program at hand. A reaction: since the commit that
/// ended the seat nothing of it was let through.
pub async fn end_with_seat(
    app: &App,
    tx: &mut Tx,
    fact: &MembershipEnded,
    by: Option<PersonId>,
) -> Result<()> {
    let mut by_end: BTreeMap<GrantState, Vec<GrantId>> = BTreeMap::new();
    for (id, state) in store::lock(tx, Of::Seat(fact.membership)).await? {
        let asked = state == GrantState::Requested;
        let step = if asked { GrantStep::Expire } else { GrantStep::Revoke };
        by_end.entry(state.after(step)?).or_default().push(id);
    }
    let named = identity::organization_name(tx, fact.organization).await?;
    let reason = format!("{} no longer works for {named}", fact.name);
    close_all(app, tx, by_end, (by, &reason)).await
}

/// Ends locked grants, each into its state, and tells why.
pub(super) async fn close_all(
    app: &App,
    tx: &mut Tx,
    by_end: BTreeMap<GrantState, Vec<GrantId>>,
    (by, reason): (Option<PersonId>, &str),
) -> Result<()> {
    for (state, ids) in by_end.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        store::close(tx, &ids, state, by, reason).await?;
        tell(app, tx, &ids, (by, reason)).await?;
    }
    Ok(())
}

/// The timeline and the news of grants that just ended.
async fn tell(
    app: &App,
    tx: &mut Tx,
    ids: &[GrantId],
    (by, reason): (Option<PersonId>, &str),
) -> Result<()> {
    for grant in store::grants_of(tx, ids).await? {
        let place = place(app, &grant);
        let line = if grant.granted_at.is_some() {
            format!("{}'s access to {place} ended: {reason}", grant.consultant_name)
        } else {
            format!("{}'s request for access to {place} ended: {reason}", grant.consultant_name)
        };
        let note = Note::new(Topic::Access, "access-ended", line)
            .facts(json!({ "grant": grant.id }))
            .by(by);
        engagements::note(app, tx, grant.engagement, note).await?;
        let (of, asked) = (of_grant(app, &grant), grant.granted_at.is_none());
        let fact = AccessEnded { of, by, reason: reason.to_owned(), asked };
        event::state(tx, &app.ids, by, &fact).await?;
    }
    Ok(())
}

/// Who holds a granted letter for an account.
pub async fn holders(app: &App, tx: &mut Tx, account: ConnectionId) -> Result<Vec<OfGrant>> {
    let open = store::lock(tx, Of::Connection(account)).await?;
    let granted = open.into_iter().filter(|(_, state)| *state == GrantState::Active);
    let ids: Vec<GrantId> = granted.map(|(id, _)| id).collect();
    let grants = store::grants_of(tx, &ids).await?;
    Ok(grants.iter().map(|grant| of_grant(app, grant)).collect())
}

/// The account's name, or the application's while no account is chosen.
pub(super) fn place(app: &App, grant: &Grant) -> String {
    let application = || app.upstreams.get(&grant.upstream).map(|u| u.name.clone());
    grant.account_name.clone().or_else(application).unwrap_or_else(|| grant.upstream.clone())
}

/// What events carry about a grant.
pub(super) fn of_grant(app: &App, grant: &Grant) -> OfGrant {
    OfGrant {
        grant: grant.id,
        engagement: grant.engagement,
        engagement_label: grant.engagement_label(),
        customer: grant.customer,
        partner: grant.partner,
        consultant: grant.consultant,
        consultant_name: grant.consultant_name.clone(),
        place: place(app, grant),
        preset: grant.preset.clone(),
        proposed_by: grant.proposed_by,
    }
}

//! A yes that is enough by itself puts what it is to into force; where the customer wants several,
//! the first one writes what waits for the others.
//!
//! Granting, more on a letter and a successor's letter pass through here alike: each freezes what
//! was shown, and what is frozen comes into force in one place, now or with the last yes.

use super::{agreeing, granting, successors};
use crate::access::AccessError;
use crate::access::model::{
    AccessProposalChanged, AccessProposed, Frozen, GrantProposalKind, OfGrant, Proposal,
};
use crate::access::store::{self, ProposalFilter};
use crate::app::App;
use crate::kernel::id::{GrantId, GrantProposalId, OrganizationId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::{Job, NewJob, enqueue, event};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub const LAPSE_PROPOSAL_JOB: &str = "lapse-grant-proposal";
/// The database leaves it when one lapses.
pub const LAPSED_PROPOSAL_JOB: &str = "tell-lapsed-proposal";

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct LapseProposal {
    customer: OrganizationId,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct LapsedProposal {
    customer: OrganizationId,
    proposal: GrantProposalId,
}

/// What became of a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yes {
    /// It was enough, or the last that was wanted: the letter says it from now on.
    InForce(GrantId),
    /// Others have to agree as well.
    Waits(GrantProposalId),
}

/// Puts what was frozen into force, or has it wait for others. `instead_of` is the hash of what
/// waits already, where that is what the caller changes: then everybody is asked anew.
///
/// Errors: `proposal-waits`, `proposal-changed`, `proposal-state`, and what the letter's own rows
/// refuse.
pub(super) async fn settle(
    app: &App,
    tx: &mut Tx,
    (caller, frozen): (&Caller, &Frozen),
    instead_of: Option<&str>,
) -> Result<Yes> {
    store::lapse_overdue(tx, frozen.customer).await?;
    let waits = store::waiting_about(tx, frozen).await?;
    let Some(id) = waits else {
        if instead_of.is_some() {
            return Err(AccessError::ProposalChanged.into());
        }
        let needed = store::approvers_needed(tx, frozen.customer, &frozen.terms).await?;
        if needed <= 1 {
            put_in_force(app, tx, (caller, frozen)).await?;
            return Ok(Yes::InForce(frozen.grant));
        }
        return propose(app, tx, caller, frozen).await.map(Yes::Waits);
    };
    let instead_of = instead_of.ok_or(AccessError::ProposalWaits)?;
    rewrite(app, tx, (caller, frozen), (id, instead_of)).await?;
    Ok(Yes::Waits(id))
}

async fn propose(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    frozen: &Frozen,
) -> Result<GrantProposalId> {
    let id: GrantProposalId = app.ids.next();
    let (answer_by, _) = store::insert_proposal(tx, (id, caller.person), frozen).await?;
    enqueue(tx, &app.ids, lapse_job(frozen, id, answer_by, caller)?).await?;
    let it = find(tx, caller, id).await?;
    let fact = AccessProposed {
        of: of_proposal(app, &it),
        proposal: id,
        hash: hex::encode(&it.hash),
        kind: it.frozen.kind,
        by_name: it.edited_by_name,
        needed: it.needed,
        answer_by,
    };
    event::state(tx, &app.ids, Some(caller.person), &fact).await?;
    Ok(id)
}

/// The next edition of what waits: whoever had agreed agreed to something else.
async fn rewrite(
    app: &App,
    tx: &mut Tx,
    (caller, frozen): (&Caller, &Frozen),
    (id, instead_of): (GrantProposalId, &str),
) -> Result<()> {
    let before = find(tx, caller, id).await?;
    if hex::encode(&before.hash) != instead_of.to_ascii_lowercase() {
        return Err(AccessError::ProposalChanged.into());
    }
    // A new letter keeps the id that it was proposed with.
    let own =
        before.frozen.kind == GrantProposalKind::Letter && frozen.kind == GrantProposalKind::Letter;
    if before.frozen.grant != frozen.grant && !own {
        return Err(AccessError::ProposalWaits.into());
    }
    let frozen = Frozen { grant: before.frozen.grant, ..frozen.clone() };
    let had_agreed: Vec<PersonId> = before
        .agreed
        .iter()
        .filter(|yes| yes.latest && yes.person != caller.person)
        .map(|yes| yes.person)
        .collect();
    let (answer_by, _) = store::rewrite_proposal(tx, (id, caller.person), &frozen).await?;
    enqueue(tx, &app.ids, lapse_job(&frozen, id, answer_by, caller)?).await?;
    let it = find(tx, caller, id).await?;
    let fact = AccessProposalChanged {
        of: of_proposal(app, &it),
        proposal: id,
        hash: hex::encode(&it.hash),
        kind: it.frozen.kind,
        by_name: it.edited_by_name,
        needed: it.needed,
        answer_by,
        had_agreed,
    };
    event::state(tx, &app.ids, Some(caller.person), &fact).await
}

/// What is frozen holds from this commit on. The database refuses it without the yeses.
pub(super) async fn put_in_force(
    app: &App,
    tx: &mut Tx,
    (caller, frozen): (&Caller, &Frozen),
) -> Result<()> {
    match frozen.kind {
        GrantProposalKind::Letter | GrantProposalKind::Request => {
            granting::put_in_force(app, tx, (caller, frozen)).await
        }
        GrantProposalKind::More => agreeing::put_in_force(app, tx, (caller, frozen)).await,
        GrantProposalKind::Successor => successors::put_in_force(app, tx, (caller, frozen)).await,
    }
}

/// One of the customer's own. Errors: 404.
pub(super) async fn find(tx: &mut Tx, caller: &Caller, id: GrantProposalId) -> Result<Proposal> {
    let filter = ProposalFilter {
        customer: caller.organization,
        ids: Some(vec![id]),
        grant: None,
        waiting: None,
        after: None,
        limit: 1,
    };
    let found = store::proposals(tx, &filter).await?;
    Ok(found.into_iter().next().ok_or(Common::NotFound("proposal"))?)
}

fn lapse_job(
    frozen: &Frozen,
    id: GrantProposalId,
    at: DateTime<Utc>,
    caller: &Caller,
) -> Result<NewJob> {
    let key = format!("{LAPSE_PROPOSAL_JOB}:{id}:{}", at.timestamp_micros());
    let facts = LapseProposal { customer: frozen.customer };
    Ok(NewJob::new(LAPSE_PROPOSAL_JOB, &facts)?.for_vendor(caller.vendor).once(key).at(at))
}

/// Closes what waited too long; does nothing when it was answered meanwhile.
pub async fn lapse_proposals(tx: &mut Tx, job: &Job) -> Result<()> {
    let facts: LapseProposal = job.read()?;
    store::lapse_overdue(tx, facts.customer).await
}

/// Job: tells that one lapsed, whatever it was that ended it.
pub async fn tell_lapsed_proposal(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let LapsedProposal { customer, proposal } = job.read()?;
    let filter = ProposalFilter {
        customer,
        ids: Some(vec![proposal]),
        grant: None,
        waiting: None,
        after: None,
        limit: 1,
    };
    for it in store::proposals(tx, &filter).await? {
        super::proposals::tell_closed(app, tx, &it, None).await?;
    }
    Ok(())
}

/// What events carry about the letter that it is about, which may have no row yet.
pub(super) fn of_proposal(app: &App, it: &Proposal) -> OfGrant {
    let frozen = &it.frozen;
    let application = || app.upstreams.get(&frozen.upstream).map(|u| u.name.clone());
    let named = Some(it.account_name.clone()).filter(|name| !name.is_empty());
    OfGrant {
        grant: frozen.grant,
        engagement: frozen.engagement,
        engagement_label: it.engagement_label(),
        customer: frozen.customer,
        partner: frozen.partner,
        consultant: frozen.consultant,
        consultant_name: frozen.consultant_name.clone(),
        place: named.or_else(application).unwrap_or_else(|| frozen.upstream.clone()),
        preset: frozen.preset.clone(),
        proposed_by: None,
    }
}

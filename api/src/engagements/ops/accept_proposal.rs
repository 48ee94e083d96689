//! Accepting a proposal: the engagement begins.

use super::holding::can_be_held;
use super::note::{Note, note};
use super::statement::{Basis, write_statement};
use crate::app::App;
use crate::engagements::model::{Engagement, EngagementOpened, EngagementState, Milestone, Topic};
use crate::engagements::policy::AcceptProposal;
use crate::engagements::{EngagementError, store};
use crate::identity::allow;
use crate::kernel::id::{EngagementId, ProposalId};
use crate::matching::{self, Proposal};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;

/// Accepts a proposal and opens its engagement: milestones as proposed, a statement of work that
/// waits for both sides. Exactly one of any number of tries at once succeeds.
///
/// Errors: 404 for a proposal that is not for the caller's organization; `proposal-not-open`,
/// `proposal-expired` by the database's clock, `brief-state`; `self-dealing`; `plan-held-too-long`.
pub async fn accept_proposal(app: &App, caller: &Caller, id: ProposalId) -> Result<Engagement> {
    let allowed = allow::<AcceptProposal>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let proposal = matching::lock_open_proposal(&mut tx, allowed.organization, id).await?;
    let shared = store::person_of_both(&mut tx, proposal.customer, proposal.partner).await?;
    if let Some(name) = shared {
        return Err(EngagementError::SelfDealing(name).into());
    }
    let engagement = open(app, &mut tx, &proposal).await?;
    matching::mark_accepted(app, &mut tx, &proposal, allowed.person).await?;
    let line = format!("{} began: the proposal was accepted.", engagement.label());
    let entry = Note::new(Topic::Agreement, "proposal-accepted", line).by(allowed.person);
    note(app, &mut tx, engagement.id, entry).await?;
    let basis = Basis::of(&mut tx, &engagement).await?;
    let statement = write_statement(app, &mut tx, &engagement, &proposal, &basis).await?;
    let milestones = store::milestones(&mut tx, engagement.id).await?;
    can_be_held(&mut tx, &milestones, statement.terms, basis.now).await?;
    let fact = EngagementOpened {
        of: engagement.parties(),
        total: engagement.total,
        accept_by: statement.accept_by,
    };
    event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    tx.commit().await?;
    Ok(engagement)
}

async fn open(app: &App, tx: &mut Tx, proposal: &Proposal) -> Result<Engagement> {
    let id: EngagementId = app.ids.next();
    let engagement = Engagement {
        id,
        number: store::next_number(tx).await?,
        brief: proposal.brief,
        proposal: proposal.id,
        customer: proposal.customer,
        partner: proposal.partner,
        profile: proposal.profile,
        consultant: proposal.consultant,
        category: proposal.category.clone(),
        title: proposal.title.clone(),
        access_preset: proposal.access_preset,
        total: proposal.total,
        hourly: proposal.hourly,
        hours_end_on: None,
        state: EngagementState::Contracting,
        pause_stands: false,
        created_at: store::now(tx).await?,
        signed_at: None,
        active_at: None,
        ended_at: None,
        end_reason: None,
    };
    store::insert_engagement(tx, &engagement).await?;
    let milestones = proposal.milestones.iter().map(|m| Milestone {
        title: m.title.clone(),
        delivers: m.delivers.clone(),
        days: m.days,
        ..Milestone::planned(app.ids.next(), id, m.seq, m.price)
    });
    let milestones: Vec<Milestone> = milestones.collect();
    if !milestones.is_empty() {
        store::insert_milestones(tx, &milestones).await?;
    }
    Ok(engagement)
}

//! Which feature reacts to which event: one table.
//!
//! A reaction runs in the event's own vendor transaction, together with the end of its job, so it
//! happens exactly once. Reactions write rows; what must reach the outside they leave as jobs.

mod access;
mod access_holds;
mod access_times;
mod alarms;
mod approvers;
mod disagreements;
mod engagements;
mod holdings;
mod matching;
mod money;
mod money_approvals;
mod partners;
mod team;
mod weeks;

use crate::access::{self as granting, AccessGranted};
use crate::app::App;
use crate::billing;
use crate::directory;
use crate::engagements::{
    self as engaging, EngagementCompleted, EngagementEnded, MilestoneAccepted, MilestoneFunded,
    ReviewHidden, ReviewPublished, Side,
};
use crate::identity::{self, MembershipEnded};
use crate::outside::mail;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::jobs::{Registry, with_reactions};
use crate::platform::refusal::Result;

/// Every kind of job this program carries out.
pub fn registry() -> Registry<App> {
    let registry = Registry::default()
        .outside(granting::REVOCATION_JOB, |app: &App, job| {
            Box::pin(granting::revoke_upstream(app, job))
        })
        .outside(granting::KEEP_JOB, |app: &App, job| Box::pin(granting::keep_connection(app, job)))
        .outside(granting::UNDO_JOB, |app: &App, job| {
            Box::pin(granting::take_changes_back(app, job))
        })
        .outside(granting::DELIVERY_JOB, |app: &App, job| {
            Box::pin(granting::deliver_checkpoint(app, job))
        })
        .outside(granting::SEAL_JOB, |app: &App, job| Box::pin(granting::seal_trail(app, job)))
        .in_transaction(granting::EXPIRY_JOB, |app, tx, job| {
            Box::pin(granting::expire_grant(app, tx, job))
        })
        .in_transaction(granting::TIMER_JOB, |app, tx, job| {
            Box::pin(granting::ring_letter(app, tx, job))
        })
        .in_transaction(granting::LAPSE_JOB, |app, tx, job| {
            Box::pin(granting::lapse_amendment(app, tx, job))
        })
        .in_transaction(granting::LAPSE_PROPOSAL_JOB, |_, tx, job| {
            Box::pin(granting::lapse_proposals(tx, job))
        })
        .in_transaction(granting::LAPSED_PROPOSAL_JOB, |app, tx, job| {
            Box::pin(granting::tell_lapsed_proposal(app, tx, job))
        })
        .in_transaction(granting::WIPE_JOB, |app, tx, _| {
            Box::pin(granting::wipe_what_was_kept(app, tx))
        })
        .in_transaction(granting::WATCH_JOB, |app, tx, job| Box::pin(granting::watch(app, tx, job)))
        .in_transaction(granting::CHECKPOINT_JOB, |app, tx, job| {
            Box::pin(granting::sign_audit_head(app, tx, job))
        })
        .outside(mail::JOB_KIND, |app: &App, job| Box::pin(mail::deliver(&*app.mailer, job)))
        .in_transaction(engaging::TIMER_JOB, |app, tx, job| Box::pin(engaging::ring(app, tx, job)))
        .in_transaction(identity::ASKED, |app, tx, job| {
            Box::pin(identity::answer_asked(app, tx, job))
        });
    let registry = billing::jobs(registry);
    let registry = registry.lasting(&[
        granting::WATCH_JOB,
        granting::WIPE_JOB,
        granting::KEEP_JOB,
        granting::CHECKPOINT_JOB,
        billing::CHECKPOINT_JOB,
        billing::HOURLY_JOB,
        billing::HOLD_JOB,
    ]);
    with_reactions(registry, |app, tx, event| Box::pin(react(app, tx, event)))
}

async fn react(app: &App, tx: &mut Tx, event: Event) -> Result<()> {
    if let Some(fact) = event.read::<EngagementCompleted>()? {
        directory::job_completed(tx, fact.of.profile, fact.category.as_deref()).await?;
    }
    if let Some(fact) = event.read::<ReviewPublished>()?
        && fact.side == Side::Customer
    {
        directory::review_published(tx, fact.of.profile, fact.points).await?;
    }
    if let Some(fact) = event.read::<ReviewHidden>()?
        && fact.side == Side::Customer
        && fact.published
    {
        directory::review_hidden(tx, fact.of.profile, fact.points).await?;
    }
    if let Some(fact) = event.read::<MilestoneAccepted>()? {
        billing::release_milestone(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<MilestoneFunded>()? {
        billing::watch_holding(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<EngagementEnded>()? {
        billing::close_payments(app, tx, &fact).await?;
        billing::end_with_work(app, tx, &fact).await?;
        granting::complete_grants(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<MembershipEnded>()? {
        granting::end_with_seat(app, tx, &fact, event.actor).await?;
    }
    if event.read::<AccessGranted>()?.is_some() {
        granting::watch_letters(app, tx).await?;
    }
    access::tell(app, tx, &event).await?;
    access_holds::react(app, tx, &event).await?;
    access_times::tell(app, tx, &event).await?;
    alarms::tell(app, tx, &event).await?;
    approvers::tell(app, tx, &event).await?;
    disagreements::tell(app, tx, &event).await?;
    engagements::tell(app, tx, &event).await?;
    holdings::tell(app, tx, &event).await?;
    matching::tell(app, tx, &event).await?;
    money::tell(app, tx, &event).await?;
    money_approvals::tell(app, tx, &event).await?;
    partners::tell(app, tx, &event).await?;
    team::tell(app, tx, &event).await?;
    weeks::react(app, tx, &event).await
}

//! Which feature reacts to which event: one table.
//!
//! A reaction runs in the event's own vendor transaction, together with the end of its job, so it
//! happens exactly once. Reactions write rows; what must reach the outside they leave as jobs.

mod money;

use crate::app::App;
use crate::billing;
use crate::engagements::{EngagementEnded, MilestoneAccepted};
use crate::outside::mail;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::jobs::{Registry, with_reactions};
use crate::platform::refusal::Result;

/// Every kind of job this program carries out.
pub fn registry() -> Registry<App> {
    let registry = Registry::default()
        .outside(mail::JOB_KIND, |app: &App, job| Box::pin(mail::deliver(&*app.mailer, job)));
    let registry = billing::jobs(registry);
    with_reactions(registry, |app, tx, event| Box::pin(react(app, tx, event)))
}

async fn react(app: &App, tx: &mut Tx, event: Event) -> Result<()> {
    if let Some(fact) = event.read::<MilestoneAccepted>()? {
        return billing::release_milestone(app, tx, &fact).await;
    }
    if let Some(fact) = event.read::<EngagementEnded>()? {
        return billing::close_payments(app, tx, &fact).await;
    }
    if money::told(app, tx, &event).await? {
        return Ok(());
    }
    tracing::debug!(kind = event.kind, "no feature reacts to this event");
    Ok(())
}

//! Which feature reacts to which event: one table.
//!
//! A reaction runs in the event's own vendor transaction, together with the end of its job, so it
//! happens exactly once. Reactions write rows; what must reach the outside they leave as jobs.

use crate::access;
use crate::app::App;
use crate::engagements::EngagementEnded;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::jobs::{Registry, with_reactions};
use crate::platform::refusal::Result;

/// Every kind of job this program carries out.
pub fn registry() -> Registry<App> {
    let reacting =
        with_reactions(Registry::default(), |app, tx, event| Box::pin(react(app, tx, event)));
    reacting
        .outside(access::REVOCATION_JOB, |app, job| Box::pin(access::revoke_upstream(app, job)))
        .in_transaction(access::EXPIRY_JOB, |app, tx, job| {
            Box::pin(access::expire_grant(app, tx, job))
        })
}

async fn react(app: &App, tx: &mut Tx, event: Event) -> Result<()> {
    if let Some(fact) = event.read::<EngagementEnded>()? {
        access::complete_grants(app, tx, &fact).await?;
    }
    tracing::debug!(kind = event.kind, "no feature reacts to this event");
    Ok(())
}

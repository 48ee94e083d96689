//! Letters that rest for a cause and work again when the last is gone, and letters that open with
//! the money. All of these are reactions.
//!
//! A cause from outside the engagement is recorded here; an engagement's own pause or dispute holds
//! its letters from the commit that rests it, so here it is only told.

use super::completion::of_grant;
use super::timers::set_rest;
use crate::access::model::{
    AccessHeld, AccessOpened, AccessReleased, Grant, GrantState, HoldCause, HoldSource, Standing,
};
use crate::access::store::{self, Of};
use crate::app::App;
use crate::engagements::{self, EngagementRested, EngagementResumed, MilestoneFunded, Note, Topic};
use crate::kernel::id::{EngagementId, GrantId};
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use serde_json::json;

/// Holds the letters of an engagement; the same source again, or one that was lifted, does nothing.
pub async fn hold_letters(app: &App, tx: &mut Tx, source: &HoldSource) -> Result<()> {
    if !store::raise(tx, source).await? {
        return Ok(());
    }
    let line = format!("Letters of access rest: {}", source.cause.clause());
    note(app, tx, source, ("access-held", line)).await?;
    tell_held(app, tx, source.engagement, source.cause).await
}

/// Lifts what one source held. Letters work again when nothing else holds them.
pub async fn release_letters(app: &App, tx: &mut Tx, source: &HoldSource) -> Result<()> {
    if !store::lift(tx, source).await? {
        return Ok(());
    }
    let line = format!("No more reason for letters of access to rest: {}", source.cause.clause());
    note(app, tx, source, ("access-released", line)).await?;
    tell_released(app, tx, source.engagement, Some(source.cause)).await
}

/// The work was paused or disputed.
pub async fn tell_rested(app: &App, tx: &mut Tx, fact: &EngagementRested) -> Result<()> {
    let cause = if fact.disputed { HoldCause::Dispute } else { HoldCause::Pause };
    tell_held(app, tx, fact.of.engagement, cause).await
}

/// The work goes on.
pub async fn tell_resumed(app: &App, tx: &mut Tx, fact: &EngagementResumed) -> Result<()> {
    tell_released(app, tx, fact.of.engagement, None).await
}

/// A milestone was funded: letters that open with it work from that commit on, and the time without
/// a call begins there.
pub async fn open_letters(app: &App, tx: &mut Tx, fact: &MilestoneFunded) -> Result<()> {
    let ids = store::open_with(tx, fact.milestone).await?;
    if ids.is_empty() {
        return Ok(());
    }
    store::rest_from_funding(tx, &ids).await?;
    for grant in store::grants_of(tx, &ids).await? {
        if grant.standing != Standing::InForce {
            // Something else keeps it at rest, and tells when that is over.
            continue;
        }
        let of = of_grant(app, &grant);
        let line = format!("{} may work in {} from now on", grant.consultant_name, of.place);
        let told = Note::new(Topic::Access, "access-opened", line)
            .facts(json!({ "grant": grant.id, "milestone": fact.milestone }));
        engagements::note(app, tx, grant.engagement, told).await?;
        let milestone_title = fact.milestone_title.clone();
        let opened = AccessOpened { of, seq: fact.seq, milestone_title };
        event::state(tx, &app.ids, None, &opened).await?;
        set_rest(app, tx, grant.id).await?;
    }
    Ok(())
}

async fn note(
    app: &App,
    tx: &mut Tx,
    source: &HoldSource,
    (kind, line): (&'static str, String),
) -> Result<()> {
    let note = Note::new(Topic::Access, kind, line).facts(json!({ "cause": source.cause }));
    engagements::note(app, tx, source.engagement, note).await
}

async fn tell_held(
    app: &App,
    tx: &mut Tx,
    engagement: EngagementId,
    cause: HoldCause,
) -> Result<()> {
    for grant in granted(tx, engagement).await? {
        let fact = AccessHeld { of: of_grant(app, &grant), cause };
        event::state(tx, &app.ids, None, &fact).await?;
    }
    Ok(())
}

async fn tell_released(
    app: &App,
    tx: &mut Tx,
    engagement: EngagementId,
    cause: Option<HoldCause>,
) -> Result<()> {
    for grant in granted(tx, engagement).await? {
        let still = grant.holds.iter().map(|hold| hold.cause).collect();
        let works = grant.standing == Standing::InForce;
        let fact = AccessReleased { of: of_grant(app, &grant), cause, still, works };
        event::state(tx, &app.ids, None, &fact).await?;
    }
    Ok(())
}

/// The letters of an engagement that were granted and have not ended.
async fn granted(tx: &mut Tx, engagement: EngagementId) -> Result<Vec<Grant>> {
    let open = store::lock(tx, Of::Engagement(engagement)).await?;
    let granted = open.into_iter().filter(|(_, state)| *state == GrantState::Active);
    let ids: Vec<GrantId> = granted.map(|(id, _)| id).collect();
    let mut grants = store::grants_of(tx, &ids).await?;
    grants.retain(|grant| grant.standing.is_open());
    Ok(grants)
}

//! Accepting the statement of work, voiding it, and what follows when both sides accepted.

use super::finish::{End, end};
use super::holding::can_be_held;
use super::note::{Note, note};
use super::seen::lock_seen;
use super::statement::{Basis, write_statement};
use super::timers::{Timer, set_timer};
use super::weeks::freeze_shares;
use crate::app::App;
use crate::engagements::EngagementError;
use crate::engagements::model::{
    Engagement, EngagementActivated, EngagementSigned, EngagementState, EngagementStep,
    StatementAccepted, StatementChanged, Topic, after_days,
};
use crate::engagements::policy::{AcceptStatement, VoidStatement};
use crate::engagements::store::{self, Statement};
use crate::identity::allow;
use crate::kernel::check::Checks;
use crate::kernel::id::{EngagementId, PersonId};
use crate::matching;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use crate::program;
use chrono::{DateTime, Utc};
use serde_json::json;

/// A side's yes to the statement of work as it stands, named by its hash in hexadecimal. The
/// second side's yes signs the engagement and freezes each milestone's shares.
///
/// Errors: `statement-differs` for another hash, `statement-expired`, `statement-closed`,
/// `already-signed`; `plan-held-too-long`; `statement-changed` when the reseller of record is
/// another one by now: a new version is written then, which both sides must accept.
pub async fn accept_statement_of_work(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    hash: &str,
) -> Result<Engagement> {
    let allowed = allow::<AcceptStatement>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, sight) = lock_seen(&mut tx, caller, id).await?;
    let side = sight.side()?;
    let statement = open_statement(&mut tx, &engagement).await?;
    if !hash.eq_ignore_ascii_case(&hex::encode(&statement.hash)) {
        return Err(EngagementError::StatementDiffers.into());
    }
    let earlier = store::acceptances(&mut tx, statement.id).await?;
    if earlier.iter().any(|acceptance| acceptance.side == side) {
        return Err(EngagementError::AlreadySigned.into());
    }
    if reseller_changed(&mut tx, &engagement, &statement).await? {
        renew(app, &mut tx, &engagement, &statement).await?;
        tx.commit().await?;
        return Err(EngagementError::StatementChanged.into());
    }
    let milestones = store::milestones(&mut tx, id).await?;
    let now = store::now(&mut tx).await?;
    can_be_held(&mut tx, &milestones, statement.terms, now).await?;
    store::insert_acceptance(&mut tx, &statement, side, allowed.person).await?;
    let line = format!("The {side} accepted the statement of work, version {}.", statement.version);
    let entry = Note::new(Topic::Agreement, "statement-accepted", line)
        .facts(json!({ "side": side, "version": statement.version }))
        .by(allowed.person);
    note(app, &mut tx, id, entry).await?;
    if earlier.is_empty() {
        let of = engagement.parties();
        let fact = StatementAccepted { of, side, accept_by: statement.accept_by };
        event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    } else {
        sign(app, &mut tx, &engagement, &statement, allowed.person).await?;
    }
    let engagement = store::engagement(&mut tx, id).await?;
    tx.commit().await?;
    Ok(engagement)
}

/// The statement that still waits. Errors: `statement-closed`, `statement-expired`.
async fn open_statement(tx: &mut Tx, engagement: &Engagement) -> Result<Statement> {
    if engagement.state != EngagementState::Contracting {
        return Err(EngagementError::StatementClosed(engagement.state).into());
    }
    let statement = store::statement(tx, engagement.id).await?;
    if store::now(tx).await? > statement.accept_by {
        return Err(EngagementError::StatementExpired.into());
    }
    Ok(statement)
}

async fn reseller_changed(
    tx: &mut Tx,
    engagement: &Engagement,
    statement: &Statement,
) -> Result<bool> {
    let now = store::now(tx).await?;
    let today = program::reseller_of_record(tx, engagement.customer, now).await?;
    Ok(today.map(|r| (r.organization, r.kind)) != statement.reseller)
}

/// Writes the next version under the same terms, and the fees of the day the engagement began.
async fn renew(app: &App, tx: &mut Tx, engagement: &Engagement, earlier: &Statement) -> Result<()> {
    let proposal = matching::proposal(tx, engagement.proposal).await?;
    let basis = Basis::after(tx, engagement, earlier).await?;
    let statement = write_statement(app, tx, engagement, &proposal, &basis).await?;
    let reason = "The reseller of record changed.".to_owned();
    let line = format!("The statement of work has a new version, {}. {reason}", statement.version);
    let entry = Note::new(Topic::Agreement, "statement-changed", line)
        .facts(json!({ "version": statement.version }));
    note(app, tx, engagement.id, entry).await?;
    let fact = StatementChanged { of: engagement.parties(), version: statement.version, reason };
    event::state(tx, &app.ids, None, &fact).await
}

/// Both sides accepted: signed, shares frozen, the clock of funding set.
async fn sign(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    statement: &Statement,
    person: PersonId,
) -> Result<()> {
    engagement.state.after(EngagementStep::Sign)?;
    let now = store::now(tx).await?;
    store::set_signed(tx, engagement, now).await?;
    let milestones = store::milestones(tx, engagement.id).await?;
    freeze_shares(tx, engagement, (statement, &milestones)).await?;
    let fund_by = begin(app, tx, engagement, (statement, now)).await?;
    let entry =
        Note::new(Topic::Agreement, "signed", "Both sides signed. The terms hold to the end.")
            .facts(json!({ "version": statement.version }))
            .by(person);
    note(app, tx, engagement.id, entry).await?;
    let of = engagement.parties();
    let fact = EngagementSigned { of, total: engagement.total, fund_by };
    event::state(tx, &app.ids, Some(person), &fact).await
}

/// What follows the signing: the clock of funding, whose end it answers; work by the hour begins.
async fn begin(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    (statement, now): (&Statement, DateTime<Utc>),
) -> Result<Option<DateTime<Utc>>> {
    if engagement.hourly.is_some() {
        EngagementState::Signed.after(EngagementStep::Begin)?;
        store::set_active(tx, engagement.id, now).await?;
        let fact = EngagementActivated { of: engagement.parties() };
        event::state(tx, &app.ids, None, &fact).await?;
        return Ok(None);
    }
    let zone = program::settings(tx).await?.zone;
    let fund_by = after_days(now, statement.terms.funding_days, zone);
    set_timer(app, tx, Timer::FundingLapses { engagement: engagement.id }, fund_by).await?;
    Ok(Some(fund_by))
}

/// Ends the engagement before it is signed; either side may, with or without a reason in words.
///
/// Errors: `engagement-state` once it is signed or over.
pub async fn void_statement_of_work(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    reason: &str,
) -> Result<Engagement> {
    let allowed = allow::<VoidStatement>(caller)?;
    let mut checks = Checks::new();
    let words = checks.text("reason", reason, "a reason", (0, 500));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, sight) = lock_seen(&mut tx, caller, id).await?;
    let side = sight.side()?;
    let reason = match (side, words.as_str()) {
        (side, "") => format!("The {side} voided the statement of work."),
        (side, words) => format!("The {side} voided the statement of work: {words}"),
    };
    let how = End { step: EngagementStep::Void, reason: &reason, actor: Some(allowed.person) };
    end(app, &mut tx, &engagement, how).await?;
    let engagement = store::engagement(&mut tx, id).await?;
    tx.commit().await?;
    Ok(engagement)
}

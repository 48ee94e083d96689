//! Releasing a part of what is held before acceptance, and what that would bring whom.

use super::release::{self, shares_of};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::engine::transfers::is_part_of;
use crate::billing::model::{Release, ShareReleased, shares_given_back};
use crate::billing::policy::{ReleasePart, may_see_split, own_as_customer};
use crate::billing::store;
use crate::engagements::{self, Engagement, EngagementState, Milestone, Note, Party, Share, Topic};
use crate::identity::allow;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{MilestoneId, OrganizationId};
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use serde_json::json;

/// Releases a part of what is held, by the customer's leads, as often as something is left; each
/// payee gets its part of it at once. The rest stays held until it is released, accepted or sent
/// back.
///
/// Errors: 404; `not-permitted`; `nothing-to-release`; `more-than-held`; `part-wanted` for all of
/// it; `release-locked-by-dispute`; `engagement-at-rest` while it is disputed; `invalid` without a
/// reason or for an amount that is nothing or of another currency.
pub async fn release_part(
    app: &App,
    caller: &Caller,
    milestone: MilestoneId,
    (amount, reason): (Money, &str),
) -> Result<Release> {
    let by = allow::<ReleasePart>(caller)?.person;
    let mut checks = Checks::new();
    checks.that(amount.minor() > 0, "amount", "Enter an amount above zero");
    let reason = checks.text("reason", reason, "a reason", (3, 2000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, found) = engagements::lock_milestone(&mut tx, milestone).await?;
    may_release(&mut tx, caller, (&engagement, &found)).await?;
    let held = left_after(&found, amount)?;
    let at = app.clock.now();
    let id = app.ids.next();
    let release = Release { id, milestone, amount, acceptance: false, reason, by: Some(by), at };
    let shares = release::pay_out(app, &mut tx, &found, &release).await?;
    let shares = shares.ok_or_else(|| Error::fault("a new release was posted before"))?;
    tell(app, &mut tx, (&engagement, &found), (&release, held, &shares)).await?;
    tx.commit().await?;
    Ok(release)
}

/// Whether the caller may release anything of it now.
async fn may_release(
    tx: &mut Tx,
    caller: &Caller,
    (engagement, milestone): (&Engagement, &Milestone),
) -> Result<()> {
    own_as_customer(caller, engagement)?;
    can_release(tx, (engagement, milestone)).await
}

/// Whether anything of it is released now, whoever asks.
async fn can_release(
    tx: &mut Tx,
    (engagement, milestone): (&Engagement, &Milestone),
) -> Result<()> {
    if milestone.held().minor() == 0 {
        return Err(BillingError::NothingToRelease.into());
    }
    if store::is_with_bank(tx, milestone.id).await? {
        return Err(BillingError::ReleaseLocked.into());
    }
    if store::is_disagreed(tx, milestone.id).await? {
        return Err(BillingError::DisagreementOpen.into());
    }
    if engagement.state != EngagementState::Paused {
        engagement.works()?;
    }
    Ok(())
}

/// What stays held after a part; acceptance takes that.
fn left_after(milestone: &Milestone, part: Money) -> Result<Money> {
    let held = milestone.held();
    if part.currency() != held.currency() {
        let message = format!("Enter an amount in {}", held.currency());
        return Err(Invalid::field("amount", message).into());
    }
    match is_part_of(held, part) {
        std::cmp::Ordering::Less => Ok(held.checked_sub(part).map_err(Error::fault)?),
        std::cmp::Ordering::Equal => Err(BillingError::AllOfIt.into()),
        std::cmp::Ordering::Greater => Err(BillingError::MoreThanHeld(held).into()),
    }
}

/// The timeline says so to both sides, and each payee hears of its share.
async fn tell(
    app: &App,
    tx: &mut Tx,
    (engagement, milestone): (&Engagement, &Milestone),
    (release, held, shares): (&Release, Money, &[Share]),
) -> Result<()> {
    let (Milestone { id, seq, title, .. }, part) = (milestone, release.amount);
    let line = format!(
        "Milestone {seq}, {title}: {part} released before acceptance, {held} stay held. {}",
        release.reason
    );
    let facts = json!({ "milestone": id, "seq": seq, "part": part, "left": held });
    let note = Note::new(Topic::Money, "milestone-part-released", line).facts(facts);
    engagements::note(app, tx, engagement.id, note.by(release.by)).await?;
    for share in shares.iter().filter(|share| share.amount.minor() > 0) {
        let Some(organization) = share.organization else { continue };
        let fact = ShareReleased {
            of: engagement.parties(),
            milestone: *id,
            seq: *seq,
            milestone_title: title.clone(),
            organization,
            amount: share.amount,
            part,
            held,
            reason: release.reason.clone(),
        };
        event::state(tx, &app.ids, release.by, &fact).await?;
    }
    Ok(())
}

/// What a release would bring one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gets {
    pub party: Party,
    /// Absent for the operator.
    pub organization: Option<OrganizationId>,
    pub name: String,
    pub gets: Money,
    /// What of that pays what it owes, and is not sent.
    pub pays: Money,
    /// Whether it is sent at once; else when its account can be paid.
    pub sent: bool,
    /// What it would give back if all of this were sent back tomorrow.
    pub gives_back: Money,
}

/// A release that nobody asked for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePreview {
    pub amount: Money,
    /// What is held now; a part is less.
    pub held: Money,
    /// What would stay held.
    pub left: Money,
    /// When what is sent can be used; absent while the processor has not told.
    pub usable_at: Option<DateTime<Utc>>,
    /// In the fixed order of parties; together they get the amount.
    pub parts: Vec<Gets>,
}

/// Says what a release of so much would bring whom, when it can be used, and what would come back
/// of it if it were sent back tomorrow; without an amount of all that is held, as an acceptance
/// would. For both sides, the payees and those who look after the vendor's money.
///
/// Errors: 404 for everybody else; `nothing-to-release`; `more-than-held`;
/// `release-locked-by-dispute`; `disagreement-open`; `engagement-at-rest`.
pub async fn preview_release(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
    minor: Option<i64>,
) -> Result<ReleasePreview> {
    if minor.is_some_and(|minor| minor <= 0) {
        return Err(Invalid::field("minor", "Enter an amount above zero").into());
    }
    let mut tx = app.db.read(caller).await?;
    let milestone = engagements::milestone(&mut tx, id).await?;
    let engagement = engagements::engagement(&mut tx, milestone.engagement).await?;
    let frozen = engagements::shares(&mut tx, id).await?;
    may_see_split(caller, &engagement, frozen.iter().filter_map(|share| share.organization))?;
    can_release(&mut tx, (&engagement, &milestone)).await?;
    let held = milestone.held();
    let amount = minor.map_or(held, |minor| Money::new(minor, held.currency()));
    let left = match amount == held {
        true => Money::zero(held.currency()),
        false => left_after(&milestone, amount)?,
    };
    let shares = shares_of(&mut tx, &milestone, amount).await?;
    let back = back_tomorrow(&mut tx, &milestone, &frozen, (amount, &shares)).await?;
    let payees: Vec<OrganizationId> = shares.iter().filter_map(|s| s.organization).collect();
    let names = store::organization_names(&mut tx, &payees).await?;
    let ready = store::ready_accounts(&mut tx, &payees).await?;
    let owed = store::owed_by(&mut tx, &payees, held.currency()).await?;
    let usable_at = store::charge_usable_at(&mut tx, id).await?;
    let part = |(share, back): (Share, Share)| {
        let Share { party, organization, amount: gets, .. } = share;
        let owes = organization.and_then(|id| owed.get(&id).copied()).unwrap_or_default();
        Gets {
            party,
            organization,
            name: organization.and_then(|id| names.get(&id).cloned()).unwrap_or_else(operator),
            gets,
            pays: Money::new(owes.min(gets.minor()), gets.currency()),
            sent: organization.is_none_or(|id| ready.contains_key(&id)),
            gives_back: back.amount,
        }
    };
    let parts = shares.into_iter().zip(back).map(part).collect();
    Ok(ReleasePreview { amount, held, left, usable_at, parts })
}

/// What each party would give of a release that goes back as soon as it was made.
async fn back_tomorrow(
    tx: &mut Tx,
    milestone: &Milestone,
    frozen: &[Share],
    (amount, shares): (Money, &[Share]),
) -> Result<Vec<Share>> {
    let mut have = super::recover::each_has(tx, milestone, frozen).await?;
    for (has, more) in have.iter_mut().zip(shares) {
        has.amount = has.amount.checked_add(more.amount).map_err(Error::fault)?;
    }
    shares_given_back(frozen, &have, (milestone.with_payees(), amount)).map_err(Error::fault)
}

fn operator() -> String {
    "The operator of this installation".to_owned()
}

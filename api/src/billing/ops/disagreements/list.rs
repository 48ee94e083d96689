//! Who sees disagreements: both sides their own, the program's leads and finance all of them.

use crate::app::App;
use crate::billing::model::{
    Disagreement, DisagreementLine, DisagreementState, SplitProposal, at_stake,
};
use crate::billing::policy::{DecideDisagreement, Disagree, SeeDisagreements};
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone, Side};
use crate::identity::allow;
use crate::kernel::id::{DisagreementId, MilestoneId};
use crate::kernel::money::Money;
use crate::kernel::page::Position;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::{Tx, nodes};
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::{Common, Result};

/// A disagreement with what was proposed and what there is to split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisagreementView {
    pub of: Disagreement,
    pub engagement: Engagement,
    pub milestone: Milestone,
    pub customer: String,
    pub partner: String,
    /// The caller's side; absent for the program.
    pub side: Option<Side>,
    /// What can be split now; nothing when it is over.
    pub at_stake: Money,
    /// Whether the program may decide now.
    pub decidable: bool,
    /// Oldest first.
    pub proposals: Vec<SplitProposal>,
}

/// One disagreement, for the two sides' leads and the program's leads and finance.
///
/// Errors: `not-permitted`; 404 for everybody else's.
pub async fn see_disagreement(
    app: &App,
    caller: &Caller,
    id: DisagreementId,
) -> Result<DisagreementView> {
    allow::<SeeDisagreements>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let of = store::disagreement(&mut tx, id).await?;
    view(&mut tx, caller, of).await
}

/// The milestone's latest disagreement, if there is one. Errors as [`see_disagreement`] does.
pub async fn see_of_milestone(
    app: &App,
    caller: &Caller,
    milestone: MilestoneId,
) -> Result<Option<DisagreementView>> {
    allow::<SeeDisagreements>(caller)?;
    let mut tx = app.db.read(caller).await?;
    match store::disagreement_of(&mut tx, milestone).await? {
        Some(of) => view(&mut tx, caller, of).await.map(Some),
        None => Ok(None),
    }
}

async fn view(tx: &mut Tx, caller: &Caller, of: Disagreement) -> Result<DisagreementView> {
    let engagement = engagements::engagement(tx, of.engagement).await?;
    let side = engagement.side_of(caller.organization);
    if side.is_none() && caller.kind != OrganizationKind::Vendor {
        return Err(Common::NotFound("disagreement").into());
    }
    let milestone = engagements::milestone(tx, of.milestone).await?;
    let sides = [engagement.customer, engagement.partner];
    let names = store::organization_names(tx, &sides).await?;
    let proposals = store::proposals_of(tx, of.id).await?;
    let zero = Money::zero(milestone.price.currency());
    let open = of.state == DisagreementState::Open;
    let now = nodes::now(tx).await?;
    let name = |id| names.get(&id).cloned().unwrap_or_default();
    Ok(DisagreementView {
        customer: name(engagement.customer),
        partner: name(engagement.partner),
        side,
        at_stake: if open { at_stake(&milestone) } else { zero },
        decidable: of.may_decide(now).is_ok(),
        of,
        engagement,
        milestone,
        proposals,
    })
}

/// Disagreements, latest first: all of the program for its leads and finance, their own for the
/// sides.
///
/// Errors: `not-permitted`.
pub async fn list_disagreements(
    app: &App,
    caller: &Caller,
    page: PageWanted,
) -> Result<(Vec<DisagreementLine>, Option<Position>)> {
    allow::<SeeDisagreements>(caller)?;
    let own = (caller.kind != OrganizationKind::Vendor).then_some(caller.organization);
    let mut tx = app.db.read(caller).await?;
    store::list_disagreements(&mut tx, own, page).await
}

/// What waits for the caller, the longest waiting first: a decision of those who decide for the
/// program, an answer of those who act for a side. Nothing for everybody else.
pub async fn waiting_disagreements(
    app: &App,
    caller: &Caller,
    limit: i64,
) -> Result<Vec<DisagreementLine>> {
    if allow::<DecideDisagreement>(caller).is_ok() {
        let mut tx = app.db.read(caller).await?;
        let now = nodes::now(&mut tx).await?;
        return store::decidable_disagreements(&mut tx, now, limit).await;
    }
    if allow::<Disagree>(caller).is_err() {
        return Ok(Vec::new());
    }
    let mut tx = app.db.read(caller).await?;
    store::unanswered_disagreements(&mut tx, caller.organization, limit).await
}

//! Looking: lists, the head of one engagement, its statement of work, its milestones.

use super::seen::{seen, seen_milestone};
use crate::app::App;
use crate::engagements::model::{
    Engagement, EngagementState, Milestone, NamedParties, Share, Side, Totals, Turn, totals,
    totals_of_prices, turns,
};
use crate::engagements::policy::Sight;
use crate::engagements::store::{self, Acceptance, Guest, Statement, StatementHead, Whose};
use crate::identity::person_names;
use crate::kernel::id::{EngagementId, MilestoneId, OrganizationId, PersonId, ProposalId};
use crate::kernel::page::{self, Position};
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::{Common, Error, Result};
use crate::program;
use std::collections::HashMap;

/// An engagement as lists and heads of pages show it.
#[derive(Debug, Clone)]
pub struct EngagementOverview {
    pub engagement: Engagement,
    pub names: NamedParties,
    pub milestones: Vec<Milestone>,
    pub totals: Totals,
    /// What waits for whom, most pressing first.
    pub turns: Vec<Turn>,
    pub statement: StatementHead,
    /// The sides that have accepted the statement as it stands.
    pub accepted: Vec<Side>,
}

/// An engagement as one caller sees it.
#[derive(Debug, Clone)]
pub struct EngagementView {
    pub overview: EngagementOverview,
    pub sight: Sight,
    pub guests: Vec<Guest>,
}

/// The caller's engagements, latest first: their organization's, or all of the program for its
/// people. A reseller has none.
pub async fn list_engagements(
    app: &App,
    caller: &Caller,
    state: Option<EngagementState>,
    page: PageWanted,
) -> Result<(Vec<EngagementOverview>, Option<Position>)> {
    let Some(whose) = whose(caller) else { return Ok((Vec::new(), None)) };
    let mut tx = app.db.read(caller).await?;
    let (list, next) = store::list(&mut tx, whose, state, page).await?;
    Ok((overviews(&mut tx, list).await?, next))
}

/// The engagement that a proposal of the caller's organization became; `None` before it is one,
/// and for everybody else.
pub async fn engagement_of_proposal(
    app: &App,
    caller: &Caller,
    proposal: ProposalId,
) -> Result<Option<EngagementId>> {
    let mut tx = app.db.read(caller).await?;
    let found = store::engagement_of_proposal(&mut tx, proposal).await?;
    let own = found.filter(|engagement| engagement.side_of(caller.organization).is_some());
    Ok(own.map(|engagement| engagement.id))
}

/// How many engagements [`list_engagements`] lists in each state; states without any are left out.
pub async fn count_engagements(app: &App, caller: &Caller) -> Result<Vec<(EngagementState, i64)>> {
    let Some(whose) = whose(caller) else { return Ok(Vec::new()) };
    let mut tx = app.db.read(caller).await?;
    store::state_counts(&mut tx, whose).await
}

/// What goes on: the caller's engagements that are not over and those that ended lately enough for
/// a review, latest first, at most a hundred.
pub async fn current_engagements(app: &App, caller: &Caller) -> Result<Vec<EngagementOverview>> {
    let Some(whose) = whose(caller) else { return Ok(Vec::new()) };
    let mut tx = app.db.read(caller).await?;
    let list = store::list_current(&mut tx, whose, page::MOST).await?;
    overviews(&mut tx, list).await
}

/// Whose engagements a caller lists; a reseller lists none.
const fn whose(caller: &Caller) -> Option<Whose> {
    match caller.kind {
        OrganizationKind::Customer => Some(Whose::Side(Side::Customer, caller.organization)),
        OrganizationKind::Partner => Some(Whose::Side(Side::Partner, caller.organization)),
        OrganizationKind::Vendor => Some(Whose::Everyone),
        OrganizationKind::Reseller => None,
    }
}

/// The money of every engagement of the program by where it is, one sum a currency; for the
/// vendor's people.
pub async fn program_totals(app: &App, caller: &Caller) -> Result<Vec<Totals>> {
    if caller.kind != OrganizationKind::Vendor {
        return Err(Common::NotFound("program").into());
    }
    let mut tx = app.db.read(caller).await?;
    Ok(totals_of_prices(&store::prices(&mut tx).await?))
}

/// An engagement with everything its page's head shows. Errors with 404.
pub async fn see_engagement(
    app: &App,
    caller: &Caller,
    id: EngagementId,
) -> Result<EngagementView> {
    let mut tx = app.db.read(caller).await?;
    let (engagement, sight) = seen(&mut tx, caller, id).await?;
    let overview = overviews(&mut tx, vec![engagement]).await?.into_iter().next();
    let overview = overview.ok_or_else(|| Error::fault("an engagement without a statement"))?;
    Ok(EngagementView { overview, sight, guests: store::guests(&mut tx, id).await? })
}

async fn overviews(tx: &mut Tx, list: Vec<Engagement>) -> Result<Vec<EngagementOverview>> {
    let zone = program::settings(tx).await?.zone;
    let mut beside = store::beside(tx, &list, zone).await?;
    let overview = |engagement: Engagement| {
        let beside = beside.remove(&engagement.id)?;
        Some(EngagementOverview {
            totals: totals(engagement.total.currency(), &beside.milestones),
            turns: turns(&engagement, &beside.milestones, &beside.waiting),
            names: beside.names,
            milestones: beside.milestones,
            statement: beside.statement,
            accepted: beside.waiting.accepted,
            engagement,
        })
    };
    Ok(list.into_iter().filter_map(overview).collect())
}

/// The statement of work as it stands, with who accepted it.
#[derive(Debug, Clone)]
pub struct StatementView {
    pub engagement: Engagement,
    pub statement: Statement,
    pub acceptances: Vec<(Acceptance, String)>,
    pub sight: Sight,
}

/// Errors with 404.
pub async fn see_statement_of_work(
    app: &App,
    caller: &Caller,
    id: EngagementId,
) -> Result<StatementView> {
    let mut tx = app.db.read(caller).await?;
    let (engagement, sight) = seen(&mut tx, caller, id).await?;
    let statement = store::statement(&mut tx, id).await?;
    let acceptances = store::acceptances(&mut tx, statement.id).await?;
    let people: Vec<PersonId> = acceptances.iter().map(|a| a.person).collect();
    let names = person_names(&mut tx, &people).await?;
    let named = |a: Acceptance| {
        let name = names.get(&a.person).cloned().unwrap_or_default();
        (a, name)
    };
    let acceptances = acceptances.into_iter().map(named).collect();
    Ok(StatementView { engagement, statement, acceptances, sight })
}

/// A milestone with its frozen shares; there are none before signing.
#[derive(Debug, Clone)]
pub struct MilestoneView {
    pub engagement: Engagement,
    pub milestone: Milestone,
    pub shares: Vec<Share>,
    /// Names of the organizations among the shares.
    pub payees: HashMap<OrganizationId, String>,
    pub sight: Sight,
}

/// Errors with 404.
pub async fn see_milestone(app: &App, caller: &Caller, id: MilestoneId) -> Result<MilestoneView> {
    let mut tx = app.db.read(caller).await?;
    let (engagement, milestone, sight) = seen_milestone(&mut tx, caller, id).await?;
    let shares = store::shares(&mut tx, id).await?;
    let wanted: Vec<OrganizationId> = shares.iter().filter_map(|s| s.organization).collect();
    let payees = store::organization_names(&mut tx, &wanted).await?;
    Ok(MilestoneView { engagement, milestone, shares, payees, sight })
}

//! Rows of `disagreements` and of what each side proposed.

use crate::billing::BillingError;
use crate::billing::model::{Disagreement, DisagreementState, Split, SplitProposal, SplitState};
use crate::engagements::Side;
use crate::kernel::id::{
    DisagreementId, DisagreementProposalId, EngagementId, MilestoneId, MoneyApprovalId, PersonId,
};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::schema::{disagreement_proposals as proposals, disagreements};
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::{
    AsChangeset, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper, dsl, select,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = disagreements)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) milestone_id: Uuid,
    engagement_id: Uuid,
    side: Side,
    filed_by: Uuid,
    reason: String,
    currency: Currency,
    asked_minor: i64,
    pub(super) filed_at: DateTime<Utc>,
    answer_by: DateTime<Utc>,
    answer: Option<String>,
    answered_at: Option<DateTime<Utc>>,
    heard_at: Option<DateTime<Utc>>,
    mediation_side: Option<Side>,
    state: DisagreementState,
    back_minor: Option<i64>,
    released_minor: Option<i64>,
    outcome: Option<String>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Row> for Disagreement {
    fn from(row: Row) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        let split = row.back_minor.zip(row.released_minor);
        Self {
            id: DisagreementId(row.id),
            milestone: MilestoneId(row.milestone_id),
            engagement: EngagementId(row.engagement_id),
            side: row.side,
            filed_by: PersonId(row.filed_by),
            reason: row.reason,
            asked: money(row.asked_minor),
            filed_at: row.filed_at,
            answer_by: row.answer_by,
            answer: row.answer,
            answered_at: row.answered_at,
            heard_at: row.heard_at,
            mediation: row.mediation_side,
            state: row.state,
            split: split.map(|(b, r)| Split { back: money(b), released: money(r) }),
            outcome: row.outcome.unwrap_or_default(),
            ended_at: row.ended_at,
        }
    }
}

/// The database refuses a second one of a milestone while one is open or after one was carried out
/// (`disagreements_one`), and one about more than there is (`disagreements_of_money`).
pub async fn insert_disagreement(tx: &mut Tx, new: &Disagreement) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(disagreements::table)
        .values((
            disagreements::vendor_id.eq(vendor.0),
            disagreements::id.eq(new.id.0),
            disagreements::milestone_id.eq(new.milestone.0),
            disagreements::engagement_id.eq(new.engagement.0),
            disagreements::side.eq(new.side),
            disagreements::filed_by.eq(new.filed_by.0),
            disagreements::reason.eq(&new.reason),
            disagreements::currency.eq(new.asked.currency()),
            disagreements::asked_minor.eq(new.asked.minor()),
            disagreements::filed_at.eq(new.filed_at),
            disagreements::answer_by.eq(new.answer_by),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// 404 when there is none. Whoever moves it locks its engagement first, so two do not move it at
/// once.
pub async fn disagreement(tx: &mut Tx, id: DisagreementId) -> Result<Disagreement> {
    let row = disagreements::table
        .filter(disagreements::id.eq(id.0))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("disagreement"))?.into())
}

/// The milestone's latest disagreement.
pub async fn disagreement_of(tx: &mut Tx, milestone: MilestoneId) -> Result<Option<Disagreement>> {
    let row = disagreements::table
        .filter(disagreements::milestone_id.eq(milestone.0))
        .order((disagreements::filed_at.desc(), disagreements::id.desc()))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Disagreement::from))
}

/// Whether the sides disagree about a milestone now.
pub async fn is_disagreed(tx: &mut Tx, milestone: MilestoneId) -> Result<bool> {
    let open = disagreements::table
        .filter(disagreements::milestone_id.eq(milestone.0))
        .filter(disagreements::state.eq(DisagreementState::Open));
    Ok(select(dsl::exists(open)).get_result(tx.conn()).await?)
}

/// Whether the sides disagree about any milestone of an engagement now.
pub async fn disagrees_in(tx: &mut Tx, engagement: EngagementId) -> Result<bool> {
    let open = disagreements::table
        .filter(disagreements::engagement_id.eq(engagement.0))
        .filter(disagreements::state.eq(DisagreementState::Open));
    Ok(select(dsl::exists(open)).get_result(tx.conn()).await?)
}

/// The states in which one of a milestone keeps another from being filed.
pub async fn disagreement_before(
    tx: &mut Tx,
    milestone: MilestoneId,
) -> Result<Option<DisagreementState>> {
    use DisagreementState::{Agreed, Decided, Open};
    let state = disagreements::table
        .filter(disagreements::milestone_id.eq(milestone.0))
        .filter(disagreements::state.eq_any([Open, Agreed, Decided]))
        .select(disagreements::state)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(state)
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = disagreements)]
struct Change<'a> {
    answer: Option<&'a str>,
    answered_by: Option<Uuid>,
    answered_at: Option<DateTime<Utc>>,
    heard_at: Option<DateTime<Utc>>,
    mediation_side: Option<Side>,
    mediation_by: Option<Uuid>,
    mediation_at: Option<DateTime<Utc>>,
    state: Option<DisagreementState>,
    back_minor: Option<i64>,
    released_minor: Option<i64>,
    outcome: Option<&'a str>,
    ended_by: Option<Uuid>,
    ended_at: Option<DateTime<Utc>>,
    approval_id: Option<Uuid>,
}

async fn change(tx: &mut Tx, id: DisagreementId, change: Change<'_>) -> Result<()> {
    let row = disagreements::table.filter(disagreements::id.eq(id.0));
    let changed = diesel::update(row).set(change).execute(tx.conn()).await;
    changed.map_err(refuse_on("money_wants_two", BillingError::ApprovalWanted))?;
    Ok(())
}

/// The other side was heard; `of` says when first.
pub async fn set_heard(tx: &mut Tx, of: &Disagreement) -> Result<()> {
    change(tx, of.id, Change { heard_at: of.heard_at, ..Change::default() }).await
}

/// What the other side says, as `of` has it.
pub async fn set_answer(tx: &mut Tx, of: &Disagreement, by: PersonId) -> Result<()> {
    let said = Change {
        answer: of.answer.as_deref(),
        answered_by: Some(by.0),
        answered_at: of.answered_at,
        heard_at: of.heard_at,
        ..Change::default()
    };
    change(tx, of.id, said).await
}

/// A side asks the program to decide, at `now`.
pub async fn set_mediation(
    tx: &mut Tx,
    of: &Disagreement,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<()> {
    let asked = Change {
        heard_at: of.heard_at,
        mediation_side: of.mediation,
        mediation_by: Some(by.0),
        mediation_at: Some(now),
        ..Change::default()
    };
    change(tx, of.id, asked).await
}

/// Its end; what was proposed and not accepted is over with it.
pub async fn set_ended(
    tx: &mut Tx,
    of: &Disagreement,
    (by, approval): (Option<PersonId>, Option<MoneyApprovalId>),
) -> Result<()> {
    let ended = Change {
        state: Some(of.state),
        back_minor: of.split.map(|split| split.back.minor()),
        released_minor: of.split.map(|split| split.released.minor()),
        outcome: Some(of.outcome.as_str()).filter(|why| !why.is_empty()),
        ended_by: by.map(|person| person.0),
        ended_at: of.ended_at,
        approval_id: approval.map(|of| of.0),
        ..Change::default()
    };
    change(tx, of.id, ended).await?;
    let open = proposals::table
        .filter(proposals::disagreement_id.eq(of.id.0))
        .filter(proposals::state.eq(SplitState::Open));
    diesel::update(open).set(proposals::state.eq(SplitState::Over)).execute(tx.conn()).await?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = proposals)]
struct ProposalRow {
    id: Uuid,
    disagreement_id: Uuid,
    side: Side,
    currency: Currency,
    back_minor: i64,
    released_minor: i64,
    note: String,
    proposed_by: Uuid,
    proposed_at: DateTime<Utc>,
    state: SplitState,
}

impl From<ProposalRow> for SplitProposal {
    fn from(row: ProposalRow) -> Self {
        Self {
            id: DisagreementProposalId(row.id),
            disagreement: DisagreementId(row.disagreement_id),
            side: row.side,
            split: Split {
                back: Money::new(row.back_minor, row.currency),
                released: Money::new(row.released_minor, row.currency),
            },
            note: row.note,
            proposed_by: PersonId(row.proposed_by),
            proposed_at: row.proposed_at,
            state: row.state,
        }
    }
}

/// A new proposal takes the place of the same side's earlier one.
pub async fn insert_proposal(tx: &mut Tx, new: &SplitProposal) -> Result<()> {
    let vendor = tx.vendor()?;
    let before = proposals::table
        .filter(proposals::disagreement_id.eq(new.disagreement.0))
        .filter(proposals::side.eq(new.side))
        .filter(proposals::state.eq(SplitState::Open));
    diesel::update(before)
        .set(proposals::state.eq(SplitState::Replaced))
        .execute(tx.conn())
        .await?;
    diesel::insert_into(proposals::table)
        .values((
            proposals::vendor_id.eq(vendor.0),
            proposals::id.eq(new.id.0),
            proposals::disagreement_id.eq(new.disagreement.0),
            proposals::side.eq(new.side),
            proposals::currency.eq(new.split.back.currency()),
            proposals::back_minor.eq(new.split.back.minor()),
            proposals::released_minor.eq(new.split.released.minor()),
            proposals::note.eq(&new.note),
            proposals::proposed_by.eq(new.proposed_by.0),
            proposals::proposed_at.eq(new.proposed_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn set_accepted(tx: &mut Tx, id: DisagreementProposalId) -> Result<()> {
    diesel::update(proposals::table.filter(proposals::id.eq(id.0)))
        .set(proposals::state.eq(SplitState::Accepted))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What was proposed in a disagreement, oldest first.
pub async fn proposals_of(tx: &mut Tx, id: DisagreementId) -> Result<Vec<SplitProposal>> {
    let rows: Vec<ProposalRow> = proposals::table
        .filter(proposals::disagreement_id.eq(id.0))
        .order((proposals::proposed_at, proposals::id))
        .select(ProposalRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(SplitProposal::from).collect())
}

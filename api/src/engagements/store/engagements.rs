//! Rows of `engagements`.

use crate::engagements::model::{Engagement, EngagementState};
use crate::kernel::id::{BriefId, EngagementId, OrganizationId, PersonId, ProfileId, ProposalId};
use crate::kernel::money::{Currency, Money};
use crate::matching::{AccessPreset, Hourly};
use crate::platform::db::Tx;
use crate::platform::db::schema::engagements;
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::Timestamptz;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = engagements)]
pub(super) struct EngagementRow {
    id: Uuid,
    number: i64,
    brief_id: Uuid,
    proposal_id: Uuid,
    customer_organization_id: Uuid,
    partner_organization_id: Uuid,
    profile_id: Uuid,
    consultant_id: Uuid,
    category_slug: Option<String>,
    title: String,
    access_preset: AccessPreset,
    currency: Currency,
    total_minor: i64,
    rate_minor: Option<i64>,
    cap_minutes: Option<i32>,
    weeks: Option<i32>,
    hours_end_on: Option<NaiveDate>,
    state: EngagementState,
    pause_stands: bool,
    created_at: DateTime<Utc>,
    signed_at: Option<DateTime<Utc>>,
    active_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    end_reason: Option<String>,
}

impl From<EngagementRow> for Engagement {
    fn from(row: EngagementRow) -> Self {
        Self {
            id: EngagementId(row.id),
            number: row.number,
            brief: BriefId(row.brief_id),
            proposal: ProposalId(row.proposal_id),
            customer: OrganizationId(row.customer_organization_id),
            partner: OrganizationId(row.partner_organization_id),
            profile: ProfileId(row.profile_id),
            consultant: PersonId(row.consultant_id),
            category: row.category_slug,
            title: row.title,
            access_preset: row.access_preset,
            total: Money::new(row.total_minor, row.currency),
            hourly: Hourly::of(row.currency, (row.rate_minor, row.cap_minutes, row.weeks)),
            hours_end_on: row.hours_end_on,
            state: row.state,
            pause_stands: row.pause_stands,
            created_at: row.created_at,
            signed_at: row.signed_at,
            active_at: row.active_at,
            ended_at: row.ended_at,
            end_reason: row.end_reason,
        }
    }
}

/// An engagement of this vendor; 404 when there is none. Whether the caller may see it is the
/// policy's question.
pub async fn engagement(tx: &mut Tx, id: EngagementId) -> Result<Engagement> {
    let row = engagements::table
        .filter(engagements::id.eq(id.0))
        .select(EngagementRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("engagement"))?.into())
}

/// The engagement that a proposal became, if it was accepted.
pub async fn engagement_of_proposal(tx: &mut Tx, id: ProposalId) -> Result<Option<Engagement>> {
    let row = engagements::table
        .filter(engagements::proposal_id.eq(id.0))
        .select(EngagementRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Engagement::from))
}

/// As [`engagement`], with the row locked until the transaction ends.
pub async fn lock_engagement(tx: &mut Tx, id: EngagementId) -> Result<Engagement> {
    let row = engagements::table
        .filter(engagements::id.eq(id.0))
        .select(EngagementRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("engagement"))?.into())
}

/// The database's clock, which deadlines are measured by.
pub async fn now(tx: &mut Tx) -> Result<DateTime<Utc>> {
    let now = diesel::select(diesel::dsl::sql::<Timestamptz>("app_now()"));
    Ok(now.get_result(tx.conn()).await?)
}

pub async fn set_state(tx: &mut Tx, id: EngagementId, state: EngagementState) -> Result<()> {
    diesel::update(engagements::table.filter(engagements::id.eq(id.0)))
        .set(engagements::state.eq(state.as_str()))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Active since its first funding.
pub async fn set_active(tx: &mut Tx, id: EngagementId, at: DateTime<Utc>) -> Result<()> {
    diesel::update(engagements::table.filter(engagements::id.eq(id.0)))
        .set((
            engagements::state.eq(EngagementState::Active.as_str()),
            engagements::active_at.eq(at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Over, with the reason that people read.
pub async fn set_ended(
    tx: &mut Tx,
    id: EngagementId,
    state: EngagementState,
    reason: &str,
) -> Result<()> {
    let now = diesel::dsl::sql::<diesel::sql_types::Nullable<Timestamptz>>("app_now()");
    diesel::update(engagements::table.filter(engagements::id.eq(id.0)))
        .set((
            engagements::state.eq(state.as_str()),
            engagements::ended_at.eq(now),
            engagements::end_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

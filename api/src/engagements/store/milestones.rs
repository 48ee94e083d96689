//! Rows of `milestones` and `milestone_shares`.

use super::engagements::EngagementRow;
use crate::engagements::model::{
    Engagement, Milestone, MilestoneState, Party, Share, Week, WeekWork,
};
use crate::kernel::id::{EngagementId, MilestoneId, OrganizationId, PersonId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::{engagements, milestone_shares, milestones};
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Nullable, Timestamptz};
use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = milestones)]
struct MilestoneRow {
    id: Uuid,
    engagement_id: Uuid,
    seq: i32,
    title: String,
    delivers: String,
    currency: Currency,
    price_minor: i64,
    sent_back_minor: i64,
    released_minor: i64,
    given_back_minor: i64,
    days: i32,
    state: MilestoneState,
    funded_at: Option<DateTime<Utc>>,
    hold_until: Option<DateTime<Utc>>,
    due_on: Option<NaiveDate>,
    submitted_at: Option<DateTime<Utc>>,
    accepts_itself_at: Option<DateTime<Utc>>,
    accepted_at: Option<DateTime<Utc>>,
    accepted_by: Option<Uuid>,
    refunded_at: Option<DateTime<Utc>>,
    settled_at: Option<DateTime<Utc>>,
    change_requests: i32,
    week_of: Option<NaiveDate>,
    minutes: Option<i32>,
    charged_minutes: Option<i32>,
}

/// The columns of a week, which have values together.
fn work(row: &MilestoneRow) -> Option<WeekWork> {
    let week = Week::of(row.week_of?);
    Some(WeekWork { week, minutes: row.minutes?, charged_minutes: row.charged_minutes? })
}

impl From<MilestoneRow> for Milestone {
    fn from(row: MilestoneRow) -> Self {
        let week = work(&row);
        Self {
            id: MilestoneId(row.id),
            engagement: EngagementId(row.engagement_id),
            seq: row.seq,
            title: row.title,
            delivers: row.delivers,
            price: Money::new(row.price_minor, row.currency),
            sent_back: Money::new(row.sent_back_minor, row.currency),
            released: Money::new(row.released_minor, row.currency),
            given_back: Money::new(row.given_back_minor, row.currency),
            days: row.days,
            state: row.state,
            funded_at: row.funded_at,
            hold_until: row.hold_until,
            due_on: row.due_on,
            submitted_at: row.submitted_at,
            accepts_itself_at: row.accepts_itself_at,
            accepted_at: row.accepted_at,
            accepted_by: row.accepted_by.map(PersonId),
            refunded_at: row.refunded_at,
            settled_at: row.settled_at,
            change_requests: row.change_requests,
            week,
        }
    }
}

/// A milestone of this vendor; 404 when there is none. Whether the caller may see it is the
/// policy's question.
pub async fn milestone(tx: &mut Tx, id: MilestoneId) -> Result<Milestone> {
    let row = milestones::table
        .filter(milestones::id.eq(id.0))
        .select(MilestoneRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("milestone"))?.into())
}

/// The engagement's milestones in order.
pub async fn milestones(tx: &mut Tx, engagement: EngagementId) -> Result<Vec<Milestone>> {
    let rows: Vec<MilestoneRow> = milestones::table
        .filter(milestones::engagement_id.eq(engagement.0))
        .order(milestones::seq)
        .select(MilestoneRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Milestone::from).collect())
}

/// The milestones of several engagements, in order.
pub async fn milestones_of(
    tx: &mut Tx,
    engagements: &[EngagementId],
) -> Result<HashMap<EngagementId, Vec<Milestone>>> {
    let ids: Vec<Uuid> = engagements.iter().map(|id| id.0).collect();
    let rows: Vec<MilestoneRow> = milestones::table
        .filter(milestones::engagement_id.eq_any(ids))
        .order(milestones::seq)
        .select(MilestoneRow::as_select())
        .load(tx.conn())
        .await?;
    let mut found: HashMap<EngagementId, Vec<Milestone>> = HashMap::new();
    for row in rows {
        found.entry(EngagementId(row.engagement_id)).or_default().push(row.into());
    }
    Ok(found)
}

/// A milestone with its engagement, both locked until the transaction ends, the engagement first.
pub async fn lock_milestone(tx: &mut Tx, id: MilestoneId) -> Result<(Engagement, Milestone)> {
    let of = milestones::table.filter(milestones::id.eq(id.0)).select(milestones::engagement_id);
    let engagement = engagements::table
        .filter(engagements::id.eq_any(of))
        .select(EngagementRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?
        .ok_or(Common::NotFound("milestone"))?;
    let milestone = milestones::table
        .filter(milestones::id.eq(id.0))
        .select(MilestoneRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await?;
    Ok((engagement.into(), milestone.into()))
}

pub async fn set_funded(
    tx: &mut Tx,
    id: MilestoneId,
    (at, charged_at): (DateTime<Utc>, DateTime<Utc>),
    due_on: NaiveDate,
) -> Result<()> {
    let set = (
        milestones::state.eq(MilestoneState::Funded.as_str()),
        milestones::funded_at.eq(at),
        milestones::charged_at.eq(charged_at),
        milestones::due_on.eq(due_on),
    );
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0))).set(set);
    one(rows.execute(tx.conn()).await?)
}

/// Delivered now; silence accepts it at `accepts_itself_at`.
pub async fn set_submitted(
    tx: &mut Tx,
    id: MilestoneId,
    accepts_itself_at: DateTime<Utc>,
) -> Result<()> {
    let set = (
        milestones::state.eq(MilestoneState::Submitted.as_str()),
        milestones::submitted_at.eq(diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()")),
        milestones::accepts_itself_at.eq(accepts_itself_at),
    );
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0))).set(set);
    one(rows.execute(tx.conn()).await?)
}

/// Another instant of acceptance by silence for a delivered milestone.
pub async fn set_accepts_itself(tx: &mut Tx, id: MilestoneId, at: DateTime<Utc>) -> Result<()> {
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0)))
        .set(milestones::accepts_itself_at.eq(at));
    one(rows.execute(tx.conn()).await?)
}

/// Returned with notes, once more.
pub async fn set_changes_requested(tx: &mut Tx, id: MilestoneId) -> Result<()> {
    let set = (
        milestones::state.eq(MilestoneState::ChangesRequested.as_str()),
        milestones::accepts_itself_at.eq(None::<DateTime<Utc>>),
        milestones::change_requests.eq(milestones::change_requests + 1),
    );
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0))).set(set);
    one(rows.execute(tx.conn()).await?)
}

/// `by` is absent when silence accepts.
pub async fn set_accepted(tx: &mut Tx, id: MilestoneId, by: Option<PersonId>) -> Result<()> {
    let set = (
        milestones::state.eq(MilestoneState::Accepted.as_str()),
        milestones::accepts_itself_at.eq(None::<DateTime<Utc>>),
        milestones::accepted_at.eq(diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()")),
        milestones::accepted_by.eq(by.map(|p| p.0)),
    );
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0))).set(set);
    one(rows.execute(tx.conn()).await?)
}

pub async fn set_refunded(tx: &mut Tx, id: MilestoneId) -> Result<()> {
    let set = (
        milestones::state.eq(MilestoneState::Refunded.as_str()),
        milestones::accepts_itself_at.eq(None::<DateTime<Utc>>),
        milestones::sent_back_minor.eq(milestones::price_minor),
        milestones::refunded_at.eq(diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()")),
    );
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0))).set(set);
    one(rows.execute(tx.conn()).await?)
}

/// Nothing of it is held any more, and parts were released: `part` goes back now.
pub async fn set_settled(tx: &mut Tx, id: MilestoneId, part: Money) -> Result<()> {
    let set = (
        milestones::state.eq(MilestoneState::Settled.as_str()),
        milestones::accepts_itself_at.eq(None::<DateTime<Utc>>),
        milestones::sent_back_minor.eq(milestones::sent_back_minor + part.minor()),
        milestones::settled_at.eq(diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()")),
    );
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0))).set(set);
    one(rows.execute(tx.conn()).await?)
}

/// One more part of the price goes back; some is left.
pub async fn set_sent_back(tx: &mut Tx, id: MilestoneId, part: Money) -> Result<()> {
    let set = milestones::sent_back_minor.eq(milestones::sent_back_minor + part.minor());
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0))).set(set);
    one(rows.execute(tx.conn()).await?)
}

/// So much more of what was released goes back; less when it is negative.
pub async fn add_given_back(tx: &mut Tx, id: MilestoneId, part: Money) -> Result<()> {
    let set = milestones::given_back_minor.eq(milestones::given_back_minor + part.minor());
    let rows = diesel::update(milestones::table.filter(milestones::id.eq(id.0))).set(set);
    one(rows.execute(tx.conn()).await?)
}

fn one(rows: usize) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::fault(format!("{rows} milestones changed"))) }
}

/// The frozen shares of a milestone, in the fixed order of parties; none before signing.
pub async fn shares(tx: &mut Tx, milestone: MilestoneId) -> Result<Vec<Share>> {
    let rows: Vec<(Party, Option<Uuid>, i32, i64, Currency)> = milestone_shares::table
        .inner_join(milestones::table.on(milestones::id.eq(milestone_shares::milestone_id)))
        .filter(milestone_shares::milestone_id.eq(milestone.0))
        .select((
            milestone_shares::party,
            milestone_shares::organization_id,
            milestone_shares::parts,
            milestone_shares::amount_minor,
            milestones::currency,
        ))
        .load(tx.conn())
        .await?;
    let mut shares: Vec<Share> = rows
        .into_iter()
        .map(|(party, organization, parts, minor, currency)| Share {
            party,
            organization: organization.map(OrganizationId),
            parts,
            amount: Money::new(minor, currency),
        })
        .collect();
    shares.sort_by_key(|share| share.party);
    Ok(shares)
}

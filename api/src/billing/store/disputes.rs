//! Rows of `disputes`.

use crate::billing::model::{BankKept, Dispute, DisputeState};
use crate::kernel::id::{DisputeId, EngagementId, MilestoneId, OrganizationId, PaymentId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::db::schema::disputes;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    QueryableByName, Selectable, SelectableHelper, dsl, select, sql_query,
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = disputes)]
struct DisputeRow {
    id: Uuid,
    stripe_dispute: String,
    payment_id: Uuid,
    milestone_id: Uuid,
    engagement_id: Uuid,
    customer_organization_id: Uuid,
    currency: Currency,
    amount_minor: i64,
    fee_minor: i64,
    reason: String,
    state: DisputeState,
    frozen: bool,
    respond_by: Option<DateTime<Utc>>,
    opened_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<DisputeRow> for Dispute {
    fn from(row: DisputeRow) -> Self {
        Self {
            id: DisputeId(row.id),
            stripe_dispute: row.stripe_dispute,
            payment: PaymentId(row.payment_id),
            milestone: MilestoneId(row.milestone_id),
            engagement: EngagementId(row.engagement_id),
            customer: OrganizationId(row.customer_organization_id),
            amount: Money::new(row.amount_minor, row.currency),
            fee: Money::new(row.fee_minor, row.currency),
            reason: row.reason,
            state: row.state,
            frozen: row.frozen,
            respond_by: row.respond_by,
            opened_at: row.opened_at,
            ended_at: row.ended_at,
        }
    }
}

/// The dispute that the processor calls so. Its engagement must be locked.
pub async fn dispute_called(tx: &mut Tx, name: &str) -> Result<Option<Dispute>> {
    let row = disputes::table
        .filter(disputes::stripe_dispute.eq(name))
        .select(DisputeRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Dispute::from))
}

/// Keeps a dispute, new or as it is now, with the object it was read from.
pub async fn keep_dispute(tx: &mut Tx, dispute: &Dispute, raw: &Value) -> Result<()> {
    let vendor = tx.vendor()?;
    let changing = (
        disputes::fee_minor.eq(dispute.fee.minor()),
        disputes::state.eq(dispute.state),
        disputes::frozen.eq(dispute.frozen),
        disputes::respond_by.eq(dispute.respond_by),
        disputes::ended_at.eq(dispute.ended_at),
        disputes::raw.eq(raw),
    );
    diesel::insert_into(disputes::table)
        .values((
            disputes::vendor_id.eq(vendor.0),
            disputes::id.eq(dispute.id.0),
            disputes::stripe_dispute.eq(&dispute.stripe_dispute),
            disputes::payment_id.eq(dispute.payment.0),
            disputes::milestone_id.eq(dispute.milestone.0),
            disputes::engagement_id.eq(dispute.engagement.0),
            disputes::customer_organization_id.eq(dispute.customer.0),
            disputes::currency.eq(dispute.amount.currency()),
            disputes::amount_minor.eq(dispute.amount.minor()),
            disputes::reason.eq(&dispute.reason),
            disputes::opened_at.eq(dispute.opened_at),
            changing,
        ))
        .on_conflict((disputes::vendor_id, disputes::id))
        .do_update()
        .set(changing)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The milestone's latest dispute.
pub async fn dispute_of(tx: &mut Tx, milestone: MilestoneId) -> Result<Option<Dispute>> {
    let row = disputes::table
        .filter(disputes::milestone_id.eq(milestone.0))
        .order((disputes::opened_at.desc(), disputes::id.desc()))
        .select(DisputeRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Dispute::from))
}

/// Whether a bank has the milestone's money, for now or for good. What came too late and was lost
/// was not the milestone's.
pub async fn is_with_bank(tx: &mut Tx, milestone: MilestoneId) -> Result<bool> {
    let row: GoneRow = sql_query(
        "SELECT EXISTS (SELECT FROM disputes d
                        JOIN payments p ON p.vendor_id = d.vendor_id AND p.id = d.payment_id
                        WHERE d.milestone_id = $1 AND (d.state = 'open'
                          OR (d.state = 'lost' AND p.state = 'paid'))) AS gone",
    )
    .bind::<SqlUuid, _>(milestone.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.gone)
}

#[derive(QueryableByName)]
struct GoneRow {
    #[diesel(sql_type = Bool)]
    gone: bool,
}

/// Whether a bank has the milestone's money and did not decide yet.
pub async fn is_undecided(tx: &mut Tx, milestone: MilestoneId) -> Result<bool> {
    let gone = disputes::table
        .filter(disputes::milestone_id.eq(milestone.0))
        .filter(disputes::state.eq(DisputeState::Open));
    Ok(select(dsl::exists(gone)).get_result(tx.conn()).await?)
}

/// Whether a bank has money of the engagement and did not decide yet.
pub async fn bank_decides_in(tx: &mut Tx, engagement: EngagementId) -> Result<bool> {
    let open = disputes::table
        .filter(disputes::engagement_id.eq(engagement.0))
        .filter(disputes::state.eq(DisputeState::Open));
    Ok(select(dsl::exists(open)).get_result(tx.conn()).await?)
}

/// Whether another dispute of the engagement is open.
pub async fn is_disputed_beside(tx: &mut Tx, dispute: &Dispute) -> Result<bool> {
    let other = disputes::table
        .filter(disputes::engagement_id.eq(dispute.engagement.0))
        .filter(disputes::state.eq(DisputeState::Open))
        .filter(disputes::id.ne(dispute.id.0));
    Ok(select(dsl::exists(other)).get_result(tx.conn()).await?)
}

/// A page of disputes, latest first: those of a customer, or all.
pub async fn list_disputes(
    tx: &mut Tx,
    customer: Option<OrganizationId>,
    page: PageWanted,
) -> Result<(Vec<Dispute>, Option<Position>)> {
    let mut query = disputes::table.select(DisputeRow::as_select()).into_boxed();
    if let Some(customer) = customer {
        query = query.filter(disputes::customer_organization_id.eq(customer.0));
    }
    if let Some(after) = page.after {
        let same = disputes::opened_at.eq(after.at).and(disputes::id.lt(after.id));
        query = query.filter(disputes::opened_at.lt(after.at).or(same));
    }
    let rows: Vec<DisputeRow> = query
        .order((disputes::opened_at.desc(), disputes::id.desc()))
        .limit(page.limit + 1)
        .load(tx.conn())
        .await?;
    let mut all: Vec<Dispute> = rows.into_iter().map(Dispute::from).collect();
    let next = cut(&mut all, page.limit, |one| Position { at: one.opened_at, id: one.id.0 });
    Ok((all, next))
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(sql_type = BigInt)]
    lost: i64,
    #[diesel(sql_type = BigInt)]
    credit: i64,
}

/// What the customer has of a payment by lost disputes, and as a credit: of its refunds, less what
/// lost disputes of it took.
pub async fn bank_kept(tx: &mut Tx, payment: PaymentId) -> Result<BankKept> {
    let row: KeptRow = sql_query(
        "SELECT coalesce((SELECT sum(amount_minor) FROM disputes
                          WHERE payment_id = $1 AND state = 'lost'), 0)::bigint AS lost,
                coalesce((SELECT -sum(e.amount_minor) FROM payments p
                          JOIN journals j ON j.vendor_id = p.vendor_id
                            AND j.milestone_id = p.milestone_id
                          JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
                          JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id
                          WHERE p.id = $1 AND a.kind = 'credit' AND (
                            EXISTS (SELECT FROM refunds r WHERE r.vendor_id = p.vendor_id
                              AND r.payment_id = p.id
                              AND starts_with(j.event_key, concat('refund:', r.id, ':')))
                            OR EXISTS (SELECT FROM disputes d WHERE d.vendor_id = p.vendor_id
                              AND d.payment_id = p.id
                              AND starts_with(j.event_key,
                                concat('dispute:', d.stripe_dispute, ':')))
                          )), 0)::bigint AS credit",
    )
    .bind::<SqlUuid, _>(payment.0)
    .get_result(tx.conn())
    .await?;
    Ok(BankKept { lost: row.lost, credit: row.credit })
}

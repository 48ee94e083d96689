//! Rows of `transfers`.

use crate::billing::model::{DisputeState, Transfer, TransferState};
use crate::engagements::Party;
use crate::kernel::id::{MilestoneId, OrganizationId, ReleaseId, TransferId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::{disputes, transfers};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::{
    AsChangeset, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = transfers)]
struct TransferRow {
    id: Uuid,
    milestone_id: Uuid,
    release_id: Uuid,
    acceptance: bool,
    party: Party,
    organization_id: Uuid,
    currency: Currency,
    amount_minor: i64,
    netted_minor: i64,
    reversed_minor: i64,
    state: TransferState,
    attempt: i32,
    stripe_transfer: Option<String>,
    refusal: Option<String>,
    asked_at: Option<DateTime<Utc>>,
}

impl From<TransferRow> for Transfer {
    fn from(row: TransferRow) -> Self {
        Self {
            id: TransferId(row.id),
            milestone: MilestoneId(row.milestone_id),
            release: ReleaseId(row.release_id),
            acceptance: row.acceptance,
            party: row.party,
            organization: OrganizationId(row.organization_id),
            amount: Money::new(row.amount_minor, row.currency),
            netted: Money::new(row.netted_minor, row.currency),
            reversed: Money::new(row.reversed_minor, row.currency),
            state: row.state,
            attempt: row.attempt,
            stripe_transfer: row.stripe_transfer,
            refusal: row.refusal,
            asked_at: row.asked_at,
        }
    }
}

/// All of them wait.
pub async fn insert_transfers(tx: &mut Tx, new: &[Transfer]) -> Result<()> {
    let vendor = tx.vendor()?;
    if new.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = new
        .iter()
        .map(|transfer| {
            (
                transfers::vendor_id.eq(vendor.0),
                transfers::id.eq(transfer.id.0),
                transfers::milestone_id.eq(transfer.milestone.0),
                transfers::release_id.eq(transfer.release.0),
                transfers::acceptance.eq(transfer.acceptance),
                transfers::party.eq(transfer.party),
                transfers::organization_id.eq(transfer.organization.0),
                transfers::currency.eq(transfer.amount.currency()),
                transfers::amount_minor.eq(transfer.amount.minor()),
            )
        })
        .collect();
    diesel::insert_into(transfers::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// Whose share it is. 404 when there is none.
pub async fn payee_of(tx: &mut Tx, id: TransferId) -> Result<OrganizationId> {
    let found: Option<Uuid> = transfers::table
        .filter(transfers::id.eq(id.0))
        .select(transfers::organization_id)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(OrganizationId(found.ok_or(Common::NotFound("transfer"))?))
}

/// Locked until the transaction ends; 404 when there is none.
pub async fn lock_transfer(tx: &mut Tx, id: TransferId) -> Result<Transfer> {
    let row = transfers::table
        .filter(transfers::id.eq(id.0))
        .select(TransferRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("transfer"))?.into())
}

/// The transfers of a milestone, in the fixed order of parties, each party's oldest first.
pub async fn transfers_of(tx: &mut Tx, milestone: MilestoneId) -> Result<Vec<Transfer>> {
    let rows: Vec<TransferRow> = transfers::table
        .filter(transfers::milestone_id.eq(milestone.0))
        .order((transfers::created_at, transfers::id))
        .select(TransferRow::as_select())
        .load(tx.conn())
        .await?;
    let mut rows: Vec<Transfer> = rows.into_iter().map(Transfer::from).collect();
    rows.sort_by_key(|transfer| transfer.party);
    Ok(rows)
}

/// Up to `most` transfers that wait for this organization to be payable, oldest first, locked; not
/// those of which a bank decides.
pub async fn transfers_to_start(
    tx: &mut Tx,
    organization: OrganizationId,
    most: i64,
) -> Result<Vec<Transfer>> {
    let rows: Vec<TransferRow> = transfers::table
        .filter(transfers::organization_id.eq(organization.0))
        .filter(transfers::state.eq_any([TransferState::Waiting, TransferState::Refused]))
        .filter(
            transfers::milestone_id.ne_all(
                disputes::table
                    .filter(disputes::state.eq(DisputeState::Open))
                    .select(disputes::milestone_id),
            ),
        )
        .order((transfers::created_at, transfers::id))
        .limit(most)
        .select(TransferRow::as_select())
        .for_no_key_update()
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Transfer::from).collect())
}

#[derive(AsChangeset)]
#[diesel(table_name = transfers, treat_none_as_null = true)]
struct TransferChange<'a> {
    state: TransferState,
    attempt: i32,
    stripe_transfer: Option<&'a str>,
    refusal: Option<&'a str>,
    asked_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

/// Writes what changed of a locked transfer at `now`.
pub async fn set_transfer(tx: &mut Tx, transfer: &Transfer, now: DateTime<Utc>) -> Result<()> {
    let over = matches!(transfer.state, TransferState::Paid | TransferState::Refused);
    let change = TransferChange {
        state: transfer.state,
        attempt: transfer.attempt,
        stripe_transfer: transfer.stripe_transfer.as_deref(),
        refusal: transfer.refusal.as_deref(),
        asked_at: transfer.asked_at,
        ended_at: over.then_some(now),
    };
    diesel::update(transfers::table.filter(transfers::id.eq(transfer.id.0)))
        .set(change)
        .execute(tx.conn())
        .await?;
    Ok(())
}

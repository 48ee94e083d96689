//! Rows of `recoveries` and `nettings`: what payees owe, and which of their shares paid it.
//!
//! What is taken is counted by the database from the rows of nettings and reversals.

use crate::billing::model::{Cause, NewNetting, Recovery, RecoveryState};
use crate::engagements::Party;
use crate::kernel::id::{DisputeId, MilestoneId, NettingId, OrganizationId, RecoveryId, RefundId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::{nettings, recoveries};
use crate::platform::refusal::{Error, Result};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper,
    dsl, select,
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = recoveries)]
struct RecoveryRow {
    id: Uuid,
    milestone_id: Uuid,
    refund_id: Option<Uuid>,
    dispute_id: Option<Uuid>,
    party: Party,
    organization_id: Uuid,
    currency: Currency,
    amount_minor: i64,
    netted_minor: i64,
    reversed_minor: i64,
    state: RecoveryState,
}

impl TryFrom<RecoveryRow> for Recovery {
    type Error = Error;

    fn try_from(row: RecoveryRow) -> Result<Self> {
        let cause = match (row.refund_id, row.dispute_id) {
            (Some(refund), _) => Cause::Refund(RefundId(refund)),
            (_, Some(dispute)) => Cause::Dispute(DisputeId(dispute)),
            _ => return Err(Error::fault(format!("recovery {} has no cause", row.id))),
        };
        let money = |minor| Money::new(minor, row.currency);
        Ok(Self {
            id: RecoveryId(row.id),
            milestone: MilestoneId(row.milestone_id),
            cause,
            party: row.party,
            organization: OrganizationId(row.organization_id),
            amount: money(row.amount_minor),
            netted: money(row.netted_minor),
            reversed: money(row.reversed_minor),
            state: row.state,
        })
    }
}

fn read(rows: Vec<RecoveryRow>) -> Result<Vec<Recovery>> {
    rows.into_iter().map(Recovery::try_from).collect()
}

pub async fn insert_recoveries(tx: &mut Tx, new: &[Recovery]) -> Result<()> {
    let vendor = tx.vendor()?;
    if new.is_empty() {
        return Ok(());
    }
    let row = |debt: &Recovery| {
        let (refund, dispute) = match debt.cause {
            Cause::Refund(id) => (Some(id.0), None),
            Cause::Dispute(id) => (None, Some(id.0)),
        };
        (
            recoveries::vendor_id.eq(vendor.0),
            recoveries::id.eq(debt.id.0),
            recoveries::milestone_id.eq(debt.milestone.0),
            recoveries::refund_id.eq(refund),
            recoveries::dispute_id.eq(dispute),
            recoveries::party.eq(debt.party),
            recoveries::organization_id.eq(debt.organization.0),
            recoveries::currency.eq(debt.amount.currency()),
            recoveries::amount_minor.eq(debt.amount.minor()),
            recoveries::state.eq(debt.state),
        )
    };
    let rows: Vec<_> = new.iter().map(row).collect();
    diesel::insert_into(recoveries::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// What these payees owe and nothing is on its way for, oldest first, locked until the transaction
/// ends. Whoever takes from a payee locks this first, then its transfers.
pub async fn lock_debts(tx: &mut Tx, payees: &[OrganizationId]) -> Result<Vec<Recovery>> {
    let payees: Vec<Uuid> = payees.iter().map(|payee| payee.0).collect();
    let taken = recoveries::netted_minor + recoveries::reversed_minor;
    let rows = recoveries::table
        .filter(recoveries::organization_id.eq_any(payees))
        .filter(recoveries::state.eq(RecoveryState::Due))
        .filter(taken.lt(recoveries::amount_minor))
        .order((recoveries::created_at, recoveries::id))
        .select(RecoveryRow::as_select())
        .for_no_key_update()
        .load(tx.conn())
        .await?;
    read(rows)
}

/// Whether a payee owes anything that nothing is on its way for.
pub async fn owes(tx: &mut Tx, payee: OrganizationId) -> Result<bool> {
    let taken = recoveries::netted_minor + recoveries::reversed_minor;
    let open = recoveries::table.filter(
        recoveries::organization_id
            .eq(payee.0)
            .and(recoveries::state.eq(RecoveryState::Due))
            .and(taken.lt(recoveries::amount_minor)),
    );
    Ok(select(dsl::exists(open)).get_result(tx.conn()).await?)
}

/// What payees owe that nothing is on its way for, in a currency.
pub async fn owed_by(
    tx: &mut Tx,
    payees: &[OrganizationId],
    currency: Currency,
) -> Result<HashMap<OrganizationId, i64>> {
    let payees: Vec<Uuid> = payees.iter().map(|payee| payee.0).collect();
    let open = recoveries::amount_minor - recoveries::netted_minor - recoveries::reversed_minor;
    let rows: Vec<(Uuid, i64)> = recoveries::table
        .filter(recoveries::organization_id.eq_any(payees))
        .filter(recoveries::state.eq(RecoveryState::Due))
        .filter(recoveries::currency.eq(currency))
        .select((recoveries::organization_id, open))
        .load(tx.conn())
        .await?;
    let mut owed: HashMap<OrganizationId, i64> = HashMap::new();
    for (payee, minor) in rows {
        let sum = owed.entry(OrganizationId(payee)).or_default();
        *sum = sum.saturating_add(minor);
    }
    Ok(owed)
}

/// The refund is confirmed: what its payees owe is taken from now on. Answers it.
pub async fn make_due(tx: &mut Tx, refund: RefundId) -> Result<Vec<Recovery>> {
    let rows = diesel::update(recoveries::table)
        .filter(recoveries::refund_id.eq(refund.0))
        .filter(recoveries::state.eq(RecoveryState::Asked))
        .set(recoveries::state.eq(RecoveryState::Due))
        .returning(RecoveryRow::as_select())
        .load(tx.conn())
        .await?;
    read(rows)
}

/// The refund was refused: nobody owes anything for it. Answers what was owed.
pub async fn void_recoveries(tx: &mut Tx, refund: RefundId) -> Result<Vec<Recovery>> {
    let rows = diesel::update(recoveries::table)
        .filter(recoveries::refund_id.eq(refund.0))
        .filter(recoveries::state.eq(RecoveryState::Asked))
        .set(recoveries::state.eq(RecoveryState::Void))
        .returning(RecoveryRow::as_select())
        .load(tx.conn())
        .await?;
    read(rows)
}

/// What the payees of a milestone give back, oldest first; not what was refused.
pub async fn recoveries_of(tx: &mut Tx, milestone: MilestoneId) -> Result<Vec<Recovery>> {
    let rows = recoveries::table
        .filter(recoveries::milestone_id.eq(milestone.0))
        .filter(recoveries::state.ne(RecoveryState::Void))
        .order((recoveries::created_at, recoveries::id))
        .select(RecoveryRow::as_select())
        .load(tx.conn())
        .await?;
    read(rows)
}

/// Lets shares pay what is owed; the database counts it on both, and refuses what is too much.
pub async fn insert_nettings(tx: &mut Tx, new: &[(NettingId, NewNetting)]) -> Result<()> {
    let vendor = tx.vendor()?;
    let row = |(id, netting): &(NettingId, NewNetting)| {
        (
            nettings::vendor_id.eq(vendor.0),
            nettings::id.eq(id.0),
            nettings::recovery_id.eq(netting.recovery.0),
            nettings::transfer_id.eq(netting.transfer.0),
            nettings::currency.eq(netting.amount.currency()),
            nettings::amount_minor.eq(netting.amount.minor()),
        )
    };
    let rows: Vec<_> = new.iter().map(row).collect();
    diesel::insert_into(nettings::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

//! Rows of `reversals`, and what of transfers can still come back.

use crate::billing::model::{Recovery, Reversal, ReversalState, Sent};
use crate::engagements::Party;
use crate::kernel::id::{MilestoneId, OrganizationId, RecoveryId, ReversalId, TransferId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::{recoveries, reversals};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, QueryableByName, sql_query,
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(QueryableByName)]
struct SentRow {
    #[diesel(sql_type = SqlUuid, deserialize_as = Uuid)]
    recovery_id: Uuid,
    #[diesel(sql_type = SqlUuid, deserialize_as = Uuid)]
    milestone_id: Uuid,
    #[diesel(sql_type = Text)]
    party: Party,
    #[diesel(sql_type = SqlUuid, deserialize_as = Uuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    stripe_transfer: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    left_minor: i64,
}

/// What of transfers can come back, by milestone and party, oldest first.
pub type AllSent = HashMap<(MilestoneId, Party), Vec<Sent>>;

/// Those debts of which a reversal may be asked, and the transfers of their shares, locked. Where
/// one was refused before, the payee pays by what it earns next.
pub async fn sent_for(tx: &mut Tx, debts: &[Recovery]) -> Result<(Vec<RecoveryId>, AllSent)> {
    let ids: Vec<Uuid> = debts.iter().map(|debt| debt.id.0).collect();
    let rows: Vec<SentRow> = sql_query(
        "SELECT r.id AS recovery_id, t.milestone_id, t.party, t.id, t.stripe_transfer, t.currency,
                t.amount_minor - t.netted_minor - t.reversed_minor AS left_minor
         FROM recoveries r
         JOIN transfers t ON t.vendor_id = r.vendor_id AND t.milestone_id = r.milestone_id
           AND t.party = r.party AND t.state = 'paid'
         WHERE r.id = ANY($1) AND NOT EXISTS (SELECT FROM reversals v
             WHERE v.vendor_id = r.vendor_id AND v.recovery_id = r.id AND v.state = 'refused')
         ORDER BY t.created_at, t.id FOR NO KEY UPDATE OF t",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let asked = rows.iter().map(|row| RecoveryId(row.recovery_id)).collect();
    let mut all = AllSent::new();
    for row in rows {
        let own = all.entry((MilestoneId(row.milestone_id), row.party)).or_default();
        // Several debts of one share name its transfers once each.
        if own.iter().all(|sent| sent.transfer != TransferId(row.id)) {
            own.push(Sent {
                transfer: TransferId(row.id),
                stripe_transfer: row.stripe_transfer,
                left: Money::new(row.left_minor, row.currency),
            });
        }
    }
    Ok((asked, all))
}

/// All of them are asked for.
pub async fn insert_reversals(tx: &mut Tx, new: &[Reversal], now: DateTime<Utc>) -> Result<()> {
    let vendor = tx.vendor()?;
    let row = |reversal: &Reversal| {
        (
            reversals::vendor_id.eq(vendor.0),
            reversals::id.eq(reversal.id.0),
            reversals::recovery_id.eq(reversal.recovery.0),
            reversals::transfer_id.eq(reversal.transfer.0),
            reversals::currency.eq(reversal.amount.currency()),
            reversals::amount_minor.eq(reversal.amount.minor()),
            reversals::asked_at.eq(now),
        )
    };
    let rows: Vec<_> = new.iter().map(row).collect();
    diesel::insert_into(reversals::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

type Found = (
    (Uuid, Uuid, Uuid, Currency, i64, ReversalState, Option<String>, Option<String>),
    (Uuid, Uuid, Party),
);

fn read((row, owed): Found) -> (Reversal, Party) {
    let (id, recovery, transfer, currency, minor, state, stripe_reversal, refusal) = row;
    let (milestone, organization, party) = owed;
    let reversal = Reversal {
        id: ReversalId(id),
        recovery: RecoveryId(recovery),
        transfer: TransferId(transfer),
        milestone: MilestoneId(milestone),
        organization: OrganizationId(organization),
        amount: Money::new(minor, currency),
        state,
        stripe_reversal,
        refusal,
    };
    (reversal, party)
}

/// With the party whose share it is, both rows locked until the transaction ends; 404 when there is
/// none.
pub async fn lock_reversal(tx: &mut Tx, id: ReversalId) -> Result<(Reversal, Party)> {
    let found: Option<Found> = reversals::table
        .inner_join(recoveries::table.on(recoveries::id.eq(reversals::recovery_id)))
        .filter(reversals::id.eq(id.0))
        .select((
            (
                reversals::id,
                reversals::recovery_id,
                reversals::transfer_id,
                reversals::currency,
                reversals::amount_minor,
                reversals::state,
                reversals::stripe_reversal,
                reversals::refusal,
            ),
            (recoveries::milestone_id, recoveries::organization_id, recoveries::party),
        ))
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(read(found.ok_or(Common::NotFound("reversal"))?))
}

/// Writes how a locked reversal ended.
pub async fn set_reversal(tx: &mut Tx, reversal: &Reversal, now: DateTime<Utc>) -> Result<()> {
    diesel::update(reversals::table.filter(reversals::id.eq(reversal.id.0)))
        .set((
            reversals::state.eq(reversal.state),
            reversals::stripe_reversal.eq(reversal.stripe_reversal.as_deref()),
            reversals::refusal.eq(reversal.refusal.as_deref()),
            reversals::ended_at.eq(now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

//! Rows of `budget_uses`: what a letter has used up. One statement reserves, so that of many calls
//! at once no more go out than the budget lets.

use super::approvals::counted;
use crate::access::model::Uses;
use crate::kernel::id::{GrantId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::upstreams::{Period, Unit};
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// What is to be reserved, and of how much.
#[derive(Debug, Clone, Copy)]
pub struct Reserve {
    pub grant: GrantId,
    /// Whose zone tells the day.
    pub customer: OrganizationId,
    pub uses: Uses,
    pub most: u64,
}

/// A reservation that was made: where it is corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    pub uses: Uses,
    pub period: String,
}

#[derive(QueryableByName)]
struct PeriodRow {
    #[diesel(sql_type = Text)]
    period: String,
}

/// Reserves; `None` when it would be more than the budget.
pub async fn reserve(tx: &mut Tx, of: &Reserve) -> Result<Option<Reserved>> {
    let (unit, count) = of.uses;
    let period = match unit.period() {
        Period::Day => {
            "to_char(app_now() AT TIME ZONE (SELECT o.zone FROM organizations o WHERE o.id = $6),
                     'YYYY-MM-DD')"
        }
        Period::Letter | Period::Call => "CASE WHEN $6 IS NOT NULL THEN 'letter' END",
    };
    let vendor = tx.vendor()?;
    let row: Option<PeriodRow> = sql_query(format!(
        "INSERT INTO budget_uses AS b (vendor_id, grant_id, unit, period, used)
         SELECT $1, $2, $3, {period}, $4 WHERE $4 <= $5
         ON CONFLICT (vendor_id, grant_id, unit, period)
         DO UPDATE SET used = b.used + excluded.used WHERE b.used + excluded.used <= $5
         RETURNING period"
    ))
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(of.grant.0)
    .bind::<Text, _>(unit)
    .bind::<BigInt, _>(counted(count))
    .bind::<BigInt, _>(counted(of.most))
    .bind::<SqlUuid, _>(of.customer.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| Reserved { uses: of.uses, period: row.period }))
}

/// Puts what it really was in the place of what was reserved.
pub async fn settle(tx: &mut Tx, grant: GrantId, of: &Reserved, real: u64) -> Result<()> {
    let (unit, count) = of.uses;
    sql_query(
        "UPDATE budget_uses SET used = greatest(0, used + $4 - $5)
         WHERE grant_id = $1 AND unit = $2 AND period = $3",
    )
    .bind::<SqlUuid, _>(grant.0)
    .bind::<Text, _>(unit)
    .bind::<Text, _>(&of.period)
    .bind::<BigInt, _>(counted(real))
    .bind::<BigInt, _>(counted(count))
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct UsedRow {
    #[diesel(sql_type = Text)]
    unit: Unit,
    #[diesel(sql_type = BigInt)]
    used: i64,
}

/// What a letter has used up in the periods that run now.
pub async fn used_now(tx: &mut Tx, grant: GrantId) -> Result<Vec<Uses>> {
    let rows: Vec<UsedRow> = sql_query(
        "SELECT b.unit, b.used FROM budget_uses b
         JOIN grants g ON g.vendor_id = b.vendor_id AND g.id = b.grant_id
         JOIN organizations o ON o.vendor_id = g.vendor_id AND o.id = g.customer_organization_id
         WHERE b.grant_id = $1
           AND b.period IN ('letter', to_char(app_now() AT TIME ZONE o.zone, 'YYYY-MM-DD'))",
    )
    .bind::<SqlUuid, _>(grant.0)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.unit, u64::try_from(row.used).unwrap_or(0))).collect())
}

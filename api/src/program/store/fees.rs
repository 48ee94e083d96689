//! Rows of `fee_policies`.

use crate::kernel::id::FeePolicyId;
use crate::platform::db::Tx;
use crate::platform::db::schema::fee_policies as policies;
use crate::platform::refusal::{Common, Error, Result};
use crate::program::model::{FeeParts, FeePolicy};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = policies)]
struct Row {
    id: Uuid,
    version: i32,
    consultant_parts: i32,
    vendor_parts: i32,
    reseller_parts: i32,
    operator_parts: i32,
    effective_from: DateTime<Utc>,
}

impl TryFrom<Row> for FeePolicy {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let parts = |n: i32| u32::try_from(n).map_err(Error::fault);
        Ok(Self {
            id: FeePolicyId(row.id),
            version: row.version,
            parts: FeeParts {
                consultant: parts(row.consultant_parts)?,
                vendor: parts(row.vendor_parts)?,
                reseller: parts(row.reseller_parts)?,
                operator: parts(row.operator_parts)?,
            },
            effective_from: row.effective_from,
        })
    }
}

/// The policy that an engagement signed now is under: the latest version that is in effect.
///
/// Errors as a fault when there is none: a program is founded with one.
pub async fn current_fee_policy(tx: &mut Tx) -> Result<FeePolicy> {
    let row: Option<Row> = policies::table
        .filter(sql::<Bool>("effective_from <= app_now()"))
        .order(policies::version.desc())
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.ok_or_else(|| Error::fault("the program has no fee policy in effect"))?.try_into()
}

/// One version by its id, as an engagement that is signed under it knows it.
pub async fn fee_policy(tx: &mut Tx, id: FeePolicyId) -> Result<FeePolicy> {
    let row: Option<Row> = policies::table
        .filter(policies::id.eq(id.0))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.ok_or(Common::NotFound("fee policy"))?.try_into()
}

/// Every version, latest first.
pub async fn fee_policies(tx: &mut Tx) -> Result<Vec<FeePolicy>> {
    let rows: Vec<Row> = policies::table
        .order(policies::version.desc())
        .limit(500)
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    rows.into_iter().map(FeePolicy::try_from).collect()
}

/// Writes the version after the last; the rules must be locked. `effective_from`: now when absent.
pub async fn insert_fee_policy(
    tx: &mut Tx,
    id: FeePolicyId,
    parts: FeeParts,
    effective_from: Option<DateTime<Utc>>,
) -> Result<FeePolicy> {
    let vendor = tx.vendor()?;
    let last: Option<i32> =
        policies::table.select(diesel::dsl::max(policies::version)).first(tx.conn()).await?;
    let column = |n: u32| i32::try_from(n).map_err(Error::fault);
    let row: Row = diesel::insert_into(policies::table)
        .values((
            policies::vendor_id.eq(vendor.0),
            policies::id.eq(id.0),
            policies::version.eq(last.unwrap_or_default() + 1),
            policies::consultant_parts.eq(column(parts.consultant)?),
            policies::vendor_parts.eq(column(parts.vendor)?),
            policies::reseller_parts.eq(column(parts.reseller)?),
            policies::operator_parts.eq(column(parts.operator)?),
            effective_from.map(|at| policies::effective_from.eq(at)),
        ))
        .returning(Row::as_returning())
        .get_result(tx.conn())
        .await?;
    row.try_into()
}

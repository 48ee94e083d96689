//! Rows of `fee_policies`: a rule a row, without conditions for all work.

use super::enrollments::enrollment;
use super::resellers::reseller_of_record;
use crate::kernel::id::{FeePolicyId, OrganizationId};
use crate::platform::db::schema::fee_policies as policies;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::{Common, Error, Result};
use crate::program::ProgramError;
use crate::program::model::{
    Choice, Conditions, FeeFacts, FeeParts, FeeRule, NewFeeRule, Origin, ResellerOfRecord, Tier,
    choose,
};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::sql_types::{Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper, sql_query,
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
    category_slug: Option<String>,
    tier: Option<Tier>,
    account: Option<Origin>,
    words: String,
    ends_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for FeeRule {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let parts = |n: i32| u32::try_from(n).map_err(Error::fault);
        Ok(Self {
            id: FeePolicyId(row.id),
            version: row.version,
            words: row.words,
            conditions: Conditions {
                category: row.category_slug,
                tier: row.tier,
                account: row.account,
            },
            parts: FeeParts {
                consultant: parts(row.consultant_parts)?,
                vendor: parts(row.vendor_parts)?,
                reseller: parts(row.reseller_parts)?,
                operator: parts(row.operator_parts)?,
            },
            effective_from: row.effective_from,
            ends_at: row.ends_at,
        })
    }
}

/// The rule for all work that is in force now.
///
/// Errors as a fault when there is none: a program is founded with one.
pub async fn current_fee_rule(tx: &mut Tx) -> Result<FeeRule> {
    let row: Option<Row> = policies::table
        .filter(policies::category_slug.is_null())
        .filter(policies::tier.is_null().and(policies::account.is_null()))
        .filter(sql::<Bool>("effective_from <= app_now() AND coalesce(app_now() < ends_at, true)"))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.ok_or_else(|| Error::fault("the program has no fee rule in force"))?.try_into()
}

/// One rule by its id, as an engagement that is signed under it knows it.
pub async fn fee_rule(tx: &mut Tx, id: FeePolicyId) -> Result<FeeRule> {
    let row: Option<Row> = policies::table
        .filter(policies::id.eq(id.0))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.ok_or(Common::NotFound("fee rule"))?.try_into()
}

/// Every rule, latest first.
pub async fn fee_rules(tx: &mut Tx) -> Result<Vec<FeeRule>> {
    let rows: Vec<Row> = policies::table
        .order(policies::version.desc())
        .limit(2000)
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    rows.into_iter().map(FeeRule::try_from).collect()
}

/// The rules that are in force at an instant, or will be.
pub async fn fee_rules_at(tx: &mut Tx, at: DateTime<Utc>) -> Result<Vec<FeeRule>> {
    let rows: Vec<Row> = policies::table
        .filter(policies::effective_from.le(at))
        .filter(policies::ends_at.is_null().or(policies::ends_at.gt(at)))
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    rows.into_iter().map(FeeRule::try_from).collect()
}

/// The rule that counts for a work at an instant.
///
/// Errors as a fault when none is in force: then the program had none yet.
pub async fn choose_fees(tx: &mut Tx, facts: &FeeFacts, at: DateTime<Utc>) -> Result<Choice> {
    let rules = fee_rules_at(tx, at).await?;
    choose(&rules, facts, at).ok_or_else(|| Error::fault("no fee rule fits"))
}

/// What a work is that may be agreed on.
#[derive(Debug, Clone)]
pub struct Work {
    pub partner: OrganizationId,
    pub customer: OrganizationId,
    pub category: Option<String>,
}

/// The fees of a work, and what they were chosen by.
#[derive(Debug, Clone)]
pub struct WorkFees {
    pub facts: FeeFacts,
    pub reseller: Option<ResellerOfRecord>,
    pub choice: Choice,
}

impl WorkFees {
    /// Who gets what of each price.
    pub const fn parts(&self) -> FeeParts {
        self.choice.rule.parts_on(self.facts.account)
    }
}

/// The fees that a work would have if it were agreed on at this instant.
pub async fn fees_of_work(tx: &mut Tx, work: &Work, at: DateTime<Utc>) -> Result<WorkFees> {
    let reseller = reseller_of_record(tx, work.customer, at).await?;
    let enrolled = enrollment(tx, work.partner).await?;
    let facts = FeeFacts {
        category: work.category.clone(),
        tier: enrolled.map_or(Tier::Listed, |enrolled| enrolled.tier),
        account: Origin::of(reseller.as_ref().map(|reseller| reseller.kind)),
    };
    let choice = choose_fees(tx, &facts, at).await?;
    Ok(WorkFees { facts, reseller, choice })
}

/// Writes a rule; the program's rules must be locked. It is in force now where it names no instant.
///
/// Errors: `fees-used-meanwhile`.
pub async fn insert_fee_rule(
    tx: &mut Tx,
    id: FeePolicyId,
    new: &NewFeeRule,
    words: &str,
) -> Result<FeeRule> {
    let vendor = tx.vendor()?;
    let last: Option<i32> =
        policies::table.select(diesel::dsl::max(policies::version)).first(tx.conn()).await?;
    let column = |n: u32| i32::try_from(n).map_err(Error::fault);
    let row: Row = diesel::insert_into(policies::table)
        .values((
            policies::vendor_id.eq(vendor.0),
            policies::id.eq(id.0),
            policies::version.eq(last.unwrap_or_default() + 1),
            policies::consultant_parts.eq(column(new.parts.consultant)?),
            policies::vendor_parts.eq(column(new.parts.vendor)?),
            policies::reseller_parts.eq(column(new.parts.reseller)?),
            policies::operator_parts.eq(column(new.parts.operator)?),
            policies::category_slug.eq(&new.conditions.category),
            policies::tier.eq(new.conditions.tier),
            policies::account.eq(new.conditions.account),
            policies::words.eq(words),
            new.effective_from.map(|at| policies::effective_from.eq(at)),
        ))
        .returning(Row::as_returning())
        .get_result(tx.conn())
        .await
        .map_err(refuse_on("fee_policies_past_stays", ProgramError::FeesUsedMeanwhile))?;
    row.try_into()
}

/// The rules for the same work end where this one begins; those that begin later never do.
///
/// Errors: `fees-used-meanwhile`.
pub async fn end_for_another(tx: &mut Tx, new: &FeeRule) -> Result<()> {
    sql_query(
        "UPDATE fee_policies SET ends_at = greatest(effective_from, $2)
         WHERE id <> $1 AND category_slug IS NOT DISTINCT FROM $3
           AND tier IS NOT DISTINCT FROM $4 AND account IS NOT DISTINCT FROM $5
           AND coalesce(ends_at > $2 AND ends_at > effective_from, true)",
    )
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<Timestamptz, _>(new.effective_from)
    .bind::<Nullable<Text>, _>(new.conditions.category.as_deref())
    .bind::<Nullable<Text>, _>(new.conditions.tier)
    .bind::<Nullable<Text>, _>(new.conditions.account)
    .execute(tx.conn())
    .await
    .map_err(refuse_on("fee_policies_past_stays", ProgramError::FeesUsedMeanwhile))?;
    Ok(())
}

/// Ends a rule at an instant, now when it is absent; one that has not begun by then never does.
///
/// Errors: `fees-used-meanwhile`.
pub async fn end_fee_rule(
    tx: &mut Tx,
    id: FeePolicyId,
    at: Option<DateTime<Utc>>,
) -> Result<FeeRule> {
    sql_query(
        "UPDATE fee_policies SET ends_at = greatest(effective_from, coalesce($2, app_now()))
         WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Nullable<Timestamptz>, _>(at)
    .execute(tx.conn())
    .await
    .map_err(refuse_on("fee_policies_past_stays", ProgramError::FeesUsedMeanwhile))?;
    fee_rule(tx, id).await
}

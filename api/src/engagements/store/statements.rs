//! Rows of `statements_of_work` and `sow_acceptances`, and what they are written from.

use crate::engagements::model::{NamedOrganization, Side, Terms};
use crate::kernel::id::{EngagementId, FeePolicyId, OrganizationId, PersonId, SowId};
use crate::platform::db::Tx;
use crate::platform::db::schema::{
    organizations, sow_acceptances as acceptances, statements_of_work as sows,
};
use crate::platform::refusal::{Common, Error, Result};
use crate::program::{AttributionKind, Tier};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// A version of an engagement's statement of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub id: SowId,
    pub engagement: EngagementId,
    pub version: i32,
    /// Markdown.
    pub body: String,
    /// SHA-256 of the body.
    pub hash: Vec<u8>,
    pub fee_rule: FeePolicyId,
    /// The partner's standing by which the fees were chosen; versions of before do not say.
    pub fee_tier: Option<Tier>,
    /// The reseller of record, and what it does for the account.
    pub reseller: Option<(OrganizationId, AttributionKind)>,
    pub terms: Terms,
    pub accept_by: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sows)]
struct StatementRow {
    id: Uuid,
    engagement_id: Uuid,
    version: i32,
    body: String,
    body_hash: Vec<u8>,
    fee_policy_id: Uuid,
    fee_tier: Option<Tier>,
    reseller_organization_id: Option<Uuid>,
    reseller_kind: Option<AttributionKind>,
    contracting_days: i32,
    funding_days: i32,
    acceptance_days: i32,
    review_days: i32,
    change_requests: i32,
    accept_by: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

impl From<StatementRow> for Statement {
    fn from(row: StatementRow) -> Self {
        Self {
            id: SowId(row.id),
            engagement: EngagementId(row.engagement_id),
            version: row.version,
            body: row.body,
            hash: row.body_hash,
            fee_rule: FeePolicyId(row.fee_policy_id),
            fee_tier: row.fee_tier,
            // Versions of before there were kinds name none.
            reseller: row.reseller_organization_id.map(|id| {
                (OrganizationId(id), row.reseller_kind.unwrap_or(AttributionKind::Sourced))
            }),
            terms: Terms {
                contracting_days: row.contracting_days,
                funding_days: row.funding_days,
                acceptance_days: row.acceptance_days,
                change_requests: row.change_requests,
                review_days: row.review_days,
            },
            accept_by: row.accept_by,
            created_at: row.created_at,
        }
    }
}

/// The statement as it stands: the latest version.
pub async fn statement(tx: &mut Tx, engagement: EngagementId) -> Result<Statement> {
    let row = sows::table
        .filter(sows::engagement_id.eq(engagement.0))
        .order(sows::version.desc())
        .select(StatementRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("statement of work"))?.into())
}

/// Writes a version; `created_at` is the database's affair.
pub async fn insert_statement(tx: &mut Tx, new: &Statement) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(sows::table)
        .values((
            sows::vendor_id.eq(vendor.0),
            sows::id.eq(new.id.0),
            sows::engagement_id.eq(new.engagement.0),
            sows::version.eq(new.version),
            sows::body.eq(&new.body),
            sows::body_hash.eq(&new.hash),
            sows::fee_policy_id.eq(new.fee_rule.0),
            sows::fee_tier.eq(new.fee_tier),
            sows::reseller_organization_id.eq(new.reseller.map(|(id, _)| id.0)),
            sows::reseller_kind.eq(new.reseller.map(|(_, kind)| kind)),
            sows::contracting_days.eq(new.terms.contracting_days),
            sows::funding_days.eq(new.terms.funding_days),
            sows::acceptance_days.eq(new.terms.acceptance_days),
            sows::review_days.eq(new.terms.review_days),
            sows::change_requests.eq(new.terms.change_requests),
            sows::accept_by.eq(new.accept_by),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A side's yes to one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    pub side: Side,
    pub person: PersonId,
    pub at: DateTime<Utc>,
}

pub async fn acceptances(tx: &mut Tx, sow: SowId) -> Result<Vec<Acceptance>> {
    let rows: Vec<(Side, Uuid, DateTime<Utc>)> = acceptances::table
        .filter(acceptances::sow_id.eq(sow.0))
        .order(acceptances::accepted_at)
        .select((acceptances::side, acceptances::person_id, acceptances::accepted_at))
        .load(tx.conn())
        .await?;
    let acceptance = |(side, person, at)| Acceptance { side, person: PersonId(person), at };
    Ok(rows.into_iter().map(acceptance).collect())
}

pub async fn insert_acceptance(
    tx: &mut Tx,
    statement: &Statement,
    side: Side,
    person: PersonId,
) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(acceptances::table)
        .values((
            acceptances::vendor_id.eq(vendor.0),
            acceptances::sow_id.eq(statement.id.0),
            acceptances::side.eq(side.as_str()),
            acceptances::person_id.eq(person.0),
            acceptances::body_hash.eq(&statement.hash),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The organizations asked for, and the vendor's own.
pub struct Named {
    pub vendor: NamedOrganization,
    pub others: Vec<NamedOrganization>,
}

impl Named {
    /// Errors when the organization is not there.
    pub fn get(&self, id: OrganizationId) -> Result<NamedOrganization> {
        let all = self.others.iter().chain(std::iter::once(&self.vendor));
        let found = all.into_iter().find(|organization| organization.id == id).cloned();
        found.ok_or_else(|| Error::fault(format!("no organization {id}")))
    }
}

pub async fn named_organizations(tx: &mut Tx, ids: &[OrganizationId]) -> Result<Named> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String, String, String, String)> = organizations::table
        .filter(organizations::id.eq_any(ids).or(organizations::kind.eq("vendor")))
        .select((
            organizations::id,
            organizations::kind,
            organizations::name,
            organizations::city,
            organizations::country,
        ))
        .load(tx.conn())
        .await?;
    let (mut vendor, mut others) = (None, Vec::new());
    for (id, kind, name, city, country) in rows {
        let organization = NamedOrganization { id: OrganizationId(id), name, city, country };
        if kind == "vendor" {
            vendor = Some(organization);
        } else {
            others.push(organization);
        }
    }
    let vendor = vendor.ok_or_else(|| Error::fault("the vendor has no organization"))?;
    Ok(Named { vendor, others })
}

/// Names of organizations, for showing who is paid.
pub async fn organization_names(
    tx: &mut Tx,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, String>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String)> = organizations::table
        .filter(organizations::id.eq_any(ids))
        .select((organizations::id, organizations::name))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (OrganizationId(id), name)).collect())
}

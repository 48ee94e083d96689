//! Rows of `services` and `service_milestones`.

use crate::directory::model::{
    AccessPreset, Hourly, Service, ServiceFields, ServiceMilestone, ServiceState,
};
use crate::kernel::id::{OrganizationId, ProfileId, ServiceId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::{service_milestones as milestones, services};
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = services)]
pub(super) struct Row {
    pub id: Uuid,
    organization_id: Uuid,
    profile_id: Uuid,
    slug: String,
    category_slug: String,
    title: String,
    outcome: String,
    includes: Vec<String>,
    excludes: Vec<String>,
    prerequisites: Vec<String>,
    access_preset: AccessPreset,
    currency: Currency,
    state: ServiceState,
    published_at: Option<DateTime<Utc>>,
    version: i32,
    rate_minor: Option<i64>,
    cap_minutes: Option<i32>,
    weeks: Option<i32>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = milestones)]
struct MilestoneRow {
    service_id: Uuid,
    title: String,
    delivers: String,
    price_minor: i64,
    days: i32,
}

impl Row {
    fn into_service(self, milestones: Vec<MilestoneRow>) -> Service {
        let currency = self.currency;
        let milestone = |row: MilestoneRow| ServiceMilestone {
            title: row.title,
            delivers: row.delivers,
            price: Money::new(row.price_minor, currency),
            days: row.days,
        };
        Service {
            id: ServiceId(self.id),
            organization: OrganizationId(self.organization_id),
            profile: ProfileId(self.profile_id),
            slug: self.slug,
            currency,
            fields: ServiceFields {
                title: self.title,
                category: self.category_slug,
                outcome: self.outcome,
                includes: self.includes,
                excludes: self.excludes,
                prerequisites: self.prerequisites,
                access: self.access_preset,
                milestones: milestones.into_iter().map(milestone).collect(),
                hourly: Hourly::of(currency, (self.rate_minor, self.cap_minutes, self.weeks)),
            },
            state: self.state,
            published_at: self.published_at,
            version: self.version,
        }
    }
}

/// A service of this vendor, offered or not; `None` when there is none. Whether the caller may see
/// it is the policy's question.
pub async fn service(tx: &mut Tx, id: ServiceId) -> Result<Option<Service>> {
    let rows: Vec<Row> = services::table
        .filter(services::id.eq(id.0))
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    Ok(with_milestones(tx, rows).await?.pop())
}

/// As [`service`], and nobody else changes it until the transaction ends.
pub async fn lock_service(tx: &mut Tx, id: ServiceId) -> Result<Option<Service>> {
    let rows: Vec<Row> = services::table
        .filter(services::id.eq(id.0))
        .select(Row::as_select())
        .for_no_key_update()
        .load(tx.conn())
        .await?;
    Ok(with_milestones(tx, rows).await?.pop())
}

/// Services of an organization, the newest first; one more than wanted, to learn whether there
/// are more. Ids grow with time, so a page starts after an id.
pub async fn services_of(
    tx: &mut Tx,
    organization: OrganizationId,
    state: Option<ServiceState>,
    wanted: PageWanted,
) -> Result<Vec<Service>> {
    let mut query = services::table
        .filter(services::organization_id.eq(organization.0))
        .order(services::id.desc())
        .limit(wanted.limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(services::state.eq(state.as_str()));
    }
    if let Some(after) = wanted.after {
        query = query.filter(services::id.lt(after.id));
    }
    let rows: Vec<Row> = query.load(tx.conn()).await?;
    with_milestones(tx, rows).await
}

/// The published services of a profile, in no order.
pub async fn public_services(tx: &mut Tx, profile: ProfileId) -> Result<Vec<Service>> {
    let rows: Vec<Row> = services::table
        .filter(services::profile_id.eq(profile.0))
        .filter(services::state.eq(ServiceState::Published.as_str()))
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    with_milestones(tx, rows).await
}

/// Adds the milestones of all rows in one query; keeps their order.
pub(super) async fn with_milestones(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Service>> {
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let found: Vec<MilestoneRow> = milestones::table
        .filter(milestones::service_id.eq_any(ids))
        .order((milestones::service_id, milestones::seq))
        .select(MilestoneRow::as_select())
        .load(tx.conn())
        .await?;
    let mut of: HashMap<Uuid, Vec<MilestoneRow>> = HashMap::new();
    for row in found {
        of.entry(row.service_id).or_default().push(row);
    }
    let service = |row: Row| {
        let own = of.remove(&row.id).unwrap_or_default();
        row.into_service(own)
    };
    Ok(rows.into_iter().map(service).collect())
}

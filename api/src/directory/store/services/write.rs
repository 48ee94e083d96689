//! Writing services.

use crate::directory::model::{ServiceFields, ServiceState};
use crate::kernel::id::{OrganizationId, ProfileId, ServiceId};
use crate::kernel::money::Currency;
use crate::platform::db::Tx;
use crate::platform::db::schema::{profiles, service_milestones as milestones, services};
use crate::platform::refusal::Result;
use diesel::dsl::sql;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Locks the profile's row, so that its services are counted and named by one at a time. `false`
/// when the organization has no such profile.
pub async fn hold_profile(
    tx: &mut Tx,
    organization: OrganizationId,
    profile: ProfileId,
) -> Result<bool> {
    let id: Option<Uuid> = profiles::table
        .filter(profiles::id.eq(profile.0))
        .filter(profiles::organization_id.eq(organization.0))
        .select(profiles::id)
        .for_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(id.is_some())
}

/// How many services the profile has that are not archived.
pub async fn count_services(tx: &mut Tx, profile: ProfileId) -> Result<i64> {
    let count = services::table
        .filter(services::profile_id.eq(profile.0))
        .filter(services::state.ne(ServiceState::Archived.as_str()))
        .count();
    Ok(count.get_result(tx.conn()).await?)
}

/// Every slug of the organization's services.
pub async fn service_slugs(tx: &mut Tx, organization: OrganizationId) -> Result<BTreeSet<String>> {
    let slugs: Vec<String> = services::table
        .filter(services::organization_id.eq(organization.0))
        .select(services::slug)
        .load(tx.conn())
        .await?;
    Ok(slugs.into_iter().collect())
}

/// Where a new service belongs.
pub struct ServicePlace<'a> {
    pub id: ServiceId,
    pub organization: OrganizationId,
    pub profile: ProfileId,
    pub slug: &'a str,
    pub currency: Currency,
}

/// Writes a draft.
pub async fn insert_service(
    tx: &mut Tx,
    place: ServicePlace<'_>,
    fields: &ServiceFields,
) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(services::table)
        .values((
            services::vendor_id.eq(vendor.0),
            services::id.eq(place.id.0),
            services::organization_id.eq(place.organization.0),
            services::profile_id.eq(place.profile.0),
            services::slug.eq(place.slug),
            services::currency.eq(place.currency),
            services::category_slug.eq(&fields.category),
            services::title.eq(&fields.title),
            services::outcome.eq(&fields.outcome),
            services::includes.eq(&fields.includes),
            services::excludes.eq(&fields.excludes),
            services::prerequisites.eq(&fields.prerequisites),
            services::access_preset.eq(fields.access.as_str()),
        ))
        .execute(tx.conn())
        .await?;
    insert_milestones(tx, place.id, fields).await
}

/// Writes the fields over a locked service, and counts its version up.
pub async fn update_service(tx: &mut Tx, id: ServiceId, fields: &ServiceFields) -> Result<()> {
    diesel::update(services::table.filter(services::id.eq(id.0)))
        .set((
            services::category_slug.eq(&fields.category),
            services::title.eq(&fields.title),
            services::outcome.eq(&fields.outcome),
            services::includes.eq(&fields.includes),
            services::excludes.eq(&fields.excludes),
            services::prerequisites.eq(&fields.prerequisites),
            services::access_preset.eq(fields.access.as_str()),
            services::version.eq(services::version + 1),
            services::updated_at.eq(sql::<Timestamptz>("app_now()")),
        ))
        .execute(tx.conn())
        .await?;
    diesel::delete(milestones::table.filter(milestones::service_id.eq(id.0)))
        .execute(tx.conn())
        .await?;
    insert_milestones(tx, id, fields).await
}

async fn insert_milestones(tx: &mut Tx, id: ServiceId, fields: &ServiceFields) -> Result<()> {
    let vendor = tx.vendor()?;
    let numbered = fields.milestones.iter().zip(1_i32..);
    let rows: Vec<_> = numbered
        .map(|(milestone, seq)| {
            (
                milestones::vendor_id.eq(vendor.0),
                milestones::service_id.eq(id.0),
                milestones::seq.eq(seq),
                milestones::title.eq(&milestone.title),
                milestones::delivers.eq(&milestone.delivers),
                milestones::price_minor.eq(milestone.price.minor()),
                milestones::days.eq(milestone.days),
            )
        })
        .collect();
    diesel::insert_into(milestones::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// Moves a locked service to another state, and counts its version up.
pub async fn set_service_state(tx: &mut Tx, id: ServiceId, state: ServiceState) -> Result<()> {
    let at = if state == ServiceState::Published { "app_now()" } else { "published_at" };
    diesel::update(services::table.filter(services::id.eq(id.0)))
        .set((
            services::state.eq(state.as_str()),
            services::published_at.eq(sql::<Nullable<Timestamptz>>(at)),
            services::version.eq(services::version + 1),
            services::updated_at.eq(sql::<Timestamptz>("app_now()")),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

//! Writing `services` and `service_milestones`.

use crate::directory::model::{ServiceFields, ServiceState};
use crate::kernel::id::{OrganizationId, ProfileId, ServiceId};
use crate::kernel::money::Currency;
use crate::platform::db::Tx;
use crate::platform::db::schema::{service_milestones as milestones, services};
use crate::platform::refusal::Result;
use diesel::dsl::{Eq, sql};
use diesel::sql_types::{Bool, Nullable, Text, Timestamptz};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

/// Addresses of an organization's services that begin with these letters.
pub async fn service_slugs(
    tx: &mut Tx,
    organization: OrganizationId,
    start: &str,
) -> Result<BTreeSet<String>> {
    let rows: Vec<String> = services::table
        .filter(services::organization_id.eq(organization.0))
        .filter(sql::<Bool>("starts_with(slug, ").bind::<Text, _>(start).sql(")"))
        .select(services::slug)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().collect())
}

/// How many services of a profile are not archived.
pub async fn open_services(tx: &mut Tx, profile: ProfileId) -> Result<i64> {
    let count = services::table
        .filter(services::profile_id.eq(profile.0))
        .filter(services::state.ne(ServiceState::Archived.as_str()))
        .count()
        .get_result(tx.conn())
        .await?;
    Ok(count)
}

/// Where a new service stands.
#[derive(Debug, Clone)]
pub struct NewService<'a> {
    pub id: ServiceId,
    pub organization: OrganizationId,
    pub profile: ProfileId,
    pub slug: &'a str,
    pub currency: Currency,
}

/// Writes a service as a draft.
pub async fn insert_service(
    tx: &mut Tx,
    new: &NewService<'_>,
    fields: &ServiceFields,
) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(services::table)
        .values((
            services::vendor_id.eq(vendor.0),
            services::id.eq(new.id.0),
            services::organization_id.eq(new.organization.0),
            services::profile_id.eq(new.profile.0),
            services::slug.eq(new.slug),
            services::category_slug.eq(&fields.category),
            services::title.eq(&fields.title),
            services::outcome.eq(&fields.outcome),
            services::includes.eq(&fields.includes),
            services::excludes.eq(&fields.excludes),
            services::prerequisites.eq(&fields.prerequisites),
            services::access_preset.eq(fields.access.as_str()),
            services::currency.eq(new.currency),
            hours(fields),
        ))
        .execute(tx.conn())
        .await?;
    insert_milestones(tx, new.id, fields).await
}

/// Writes the fields of a locked service, its milestones anew, and counts its version.
pub async fn update_service(tx: &mut Tx, id: ServiceId, fields: &ServiceFields) -> Result<()> {
    diesel::delete(milestones::table.filter(milestones::service_id.eq(id.0)))
        .execute(tx.conn())
        .await?;
    diesel::update(services::table.filter(services::id.eq(id.0)))
        .set((
            services::category_slug.eq(&fields.category),
            services::title.eq(&fields.title),
            services::outcome.eq(&fields.outcome),
            services::includes.eq(&fields.includes),
            services::excludes.eq(&fields.excludes),
            services::prerequisites.eq(&fields.prerequisites),
            services::access_preset.eq(fields.access.as_str()),
            hours(fields),
            services::version.eq(services::version + 1),
            services::updated_at.eq(sql::<Timestamptz>("app_now()")),
        ))
        .execute(tx.conn())
        .await?;
    insert_milestones(tx, id, fields).await
}

type Hours = (
    Eq<services::kind, &'static str>,
    Eq<services::rate_minor, Option<i64>>,
    Eq<services::cap_minutes, Option<i32>>,
    Eq<services::weeks, Option<i32>>,
);

/// The columns of work by the hour, empty for milestones.
fn hours(fields: &ServiceFields) -> Hours {
    let hourly = fields.hourly.as_ref();
    (
        services::kind.eq(if hourly.is_some() { "hourly" } else { "package" }),
        services::rate_minor.eq(hourly.map(|of| of.rate.minor())),
        services::cap_minutes.eq(hourly.map(|of| of.cap_minutes)),
        services::weeks.eq(hourly.map(|of| of.weeks)),
    )
}

async fn insert_milestones(tx: &mut Tx, id: ServiceId, fields: &ServiceFields) -> Result<()> {
    if fields.milestones.is_empty() {
        return Ok(());
    }
    let vendor = tx.vendor()?;
    let rows: Vec<_> = fields
        .milestones
        .iter()
        .zip(1_i32..)
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

/// Moves a locked service to a state and counts its version. The day it was first published stays.
pub async fn set_service_state(tx: &mut Tx, id: ServiceId, state: ServiceState) -> Result<()> {
    let published_at = match state {
        ServiceState::Published => "coalesce(published_at, app_now())",
        ServiceState::Draft | ServiceState::Archived => "published_at",
    };
    diesel::update(services::table.filter(services::id.eq(id.0)))
        .set((
            services::state.eq(state.as_str()),
            services::published_at.eq(sql::<Nullable<Timestamptz>>(published_at)),
            services::version.eq(services::version + 1),
            services::updated_at.eq(sql::<Timestamptz>("app_now()")),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

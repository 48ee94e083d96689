//! Rows of `programs`.

use crate::kernel::id::{OrganizationId, VendorId};
use crate::kernel::money::Currency;
use crate::kernel::zone::Zone;
use crate::platform::caller::OrganizationKind;
use crate::platform::db::Tx;
use crate::platform::db::schema::{organizations, programs, vendors};
use crate::platform::refusal::{Error, Result};
use crate::program::model::{HoldLimit, NewProgram, Settings};
use diesel::sql_types::{Integer, Text};
use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, QueryableByName,
    Selectable, SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = programs)]
struct Row {
    vendor_id: Uuid,
    currency: Currency,
    zone: String,
    rules_version: i32,
    offer_valid_days: i32,
    contracting_days: i32,
    funding_days: i32,
    acceptance_days: i32,
    change_requests: i32,
    review_days: i32,
    grant_days: i32,
    reseller_months: i32,
}

/// The settings of the program whose transaction this is.
pub async fn settings(tx: &mut Tx) -> Result<Settings> {
    let (row, slug, name): (Row, String, String) = programs::table
        .inner_join(vendors::table.on(vendors::id.eq(programs::vendor_id)))
        .select((Row::as_select(), vendors::slug, vendors::name))
        .first(tx.conn())
        .await?;
    let zone = Zone::parse(&row.zone)
        .ok_or_else(|| Error::fault(format!("the program's zone is {:?}", row.zone)))?;
    Ok(Settings {
        vendor: VendorId(row.vendor_id),
        slug,
        name,
        currency: row.currency,
        zone,
        rules_version: row.rules_version,
        offer_valid_days: row.offer_valid_days,
        contracting_days: row.contracting_days,
        funding_days: row.funding_days,
        acceptance_days: row.acceptance_days,
        change_requests: row.change_requests,
        review_days: row.review_days,
        grant_days: row.grant_days,
        reseller_months: row.reseller_months,
    })
}

/// Writes the program with its defaults.
pub async fn insert_program(tx: &mut Tx, new: &NewProgram) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(programs::table)
        .values((
            programs::vendor_id.eq(vendor.0),
            programs::currency.eq(new.currency),
            programs::zone.eq(new.zone.name()),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Keeps the rules as they are until the transaction ends; others may read and hold them too.
pub async fn hold_rules(tx: &mut Tx) -> Result<()> {
    let row = programs::table.select(programs::rules_version).for_share();
    let _version: i32 = row.first(tx.conn()).await?;
    Ok(())
}

/// Takes the rules for a change: waits for everyone who holds them.
pub async fn lock_rules(tx: &mut Tx) -> Result<()> {
    let row = programs::table.select(programs::rules_version).for_no_key_update();
    let _version: i32 = row.first(tx.conn()).await?;
    Ok(())
}

/// Another version of the rules; they must be locked.
pub async fn count_rules_version(tx: &mut Tx) -> Result<()> {
    diesel::update(programs::table)
        .set(programs::rules_version.eq(programs::rules_version + 1))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Limit {
    #[diesel(sql_type = Integer)]
    days: i32,
}

/// For how long money may be held, by the country of the installation's account at the payment
/// processor. The database counts every charge by the same function.
pub async fn hold_limit(tx: &mut Tx) -> Result<HoldLimit> {
    let sql = "SELECT hold_days((SELECT country FROM payment_platform)) AS days";
    let row: Limit = sql_query(sql).get_result(tx.conn()).await?;
    Ok(HoldLimit { days: row.days })
}

/// Writes down in which country the installation's account at the payment processor is.
pub async fn keep_platform(tx: &mut Tx, country: &str) -> Result<()> {
    let sql = "INSERT INTO payment_platform (country) VALUES ($1)
        ON CONFLICT (one) DO UPDATE SET country = excluded.country
        WHERE payment_platform.country <> excluded.country";
    sql_query(sql).bind::<Text, _>(country).execute(tx.conn()).await?;
    Ok(())
}

/// The organization of the vendor's own people, if the program has one.
pub async fn vendor_organization(tx: &mut Tx) -> Result<Option<OrganizationId>> {
    let id: Option<Uuid> = organizations::table
        .filter(organizations::kind.eq(OrganizationKind::Vendor.as_str()))
        .select(organizations::id)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(id.map(OrganizationId))
}

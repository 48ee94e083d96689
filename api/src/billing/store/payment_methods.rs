//! Rows of `payment_methods` and `stripe_customers`.

use crate::billing::model::{MethodState, PaymentMethod};
use crate::kernel::id::{OrganizationId, PaymentMethodId, PersonId};
use crate::platform::db::Tx;
use crate::platform::db::schema::{payment_methods as methods, stripe_customers as customers};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = methods)]
struct MethodRow {
    id: Uuid,
    organization_id: Uuid,
    stripe_method: String,
    brand: String,
    last4: String,
    expires_month: i32,
    expires_year: i32,
    state: MethodState,
    is_default: bool,
    saved_by: Uuid,
    saved_at: DateTime<Utc>,
    warned_at: Option<DateTime<Utc>>,
}

impl From<MethodRow> for PaymentMethod {
    fn from(row: MethodRow) -> Self {
        Self {
            id: PaymentMethodId(row.id),
            organization: OrganizationId(row.organization_id),
            stripe_method: row.stripe_method,
            brand: row.brand,
            last4: row.last4,
            expires_month: row.expires_month,
            expires_year: row.expires_year,
            state: row.state,
            is_default: row.is_default,
            saved_by: PersonId(row.saved_by),
            saved_at: row.saved_at,
            warned_at: row.warned_at,
        }
    }
}

/// Begins a customer; one that was begun before stays as it is.
pub async fn add_customer(tx: &mut Tx, organization: OrganizationId, by: PersonId) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(customers::table)
        .values((
            customers::vendor_id.eq(vendor.0),
            customers::organization_id.eq(organization.0),
            customers::asked_by.eq(by.0),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The processor's id of an organization; its row is locked until the transaction ends, so that
/// one after another keeps and chooses cards.
pub async fn lock_customer(tx: &mut Tx, organization: OrganizationId) -> Result<Option<String>> {
    let row: Option<Option<String>> = customers::table
        .filter(customers::organization_id.eq(organization.0))
        .select(customers::stripe_customer)
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.flatten())
}

/// Names a customer that was made.
pub async fn set_customer(tx: &mut Tx, organization: OrganizationId, made: &str) -> Result<()> {
    diesel::update(customers::table.filter(customers::organization_id.eq(organization.0)))
        .set(customers::stripe_customer.eq(made))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What an organization keeps, the latest first.
pub async fn kept_methods(tx: &mut Tx, of: OrganizationId) -> Result<Vec<PaymentMethod>> {
    let rows: Vec<MethodRow> = methods::table
        .filter(methods::organization_id.eq(of.0))
        .filter(methods::state.eq(MethodState::Kept))
        .order((methods::saved_at.desc(), methods::id.desc()))
        .select(MethodRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(PaymentMethod::from).collect())
}

/// One, kept or not. 404 when there is none.
pub async fn method(tx: &mut Tx, id: PaymentMethodId) -> Result<PaymentMethod> {
    let row: Option<MethodRow> = methods::table
        .filter(methods::id.eq(id.0))
        .select(MethodRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("payment method"))?.into())
}

/// One, kept or not; locked until the transaction ends. 404 when there is none.
pub async fn lock_method(tx: &mut Tx, id: PaymentMethodId) -> Result<PaymentMethod> {
    let row: Option<MethodRow> = methods::table
        .filter(methods::id.eq(id.0))
        .select(MethodRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("payment method"))?.into())
}

/// Keeps a card; one that is here stays as it is. Answers whether it is new.
pub async fn insert_method(tx: &mut Tx, method: &PaymentMethod) -> Result<bool> {
    let vendor = tx.vendor()?;
    let made = diesel::insert_into(methods::table)
        .values((
            methods::vendor_id.eq(vendor.0),
            methods::id.eq(method.id.0),
            methods::organization_id.eq(method.organization.0),
            methods::stripe_method.eq(&method.stripe_method),
            methods::brand.eq(&method.brand),
            methods::last4.eq(&method.last4),
            methods::expires_month.eq(method.expires_month),
            methods::expires_year.eq(method.expires_year),
            methods::is_default.eq(method.is_default),
            methods::saved_by.eq(method.saved_by.0),
            methods::saved_at.eq(method.saved_at),
        ))
        .on_conflict(methods::stripe_method)
        .do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(made > 0)
}

/// Makes one of an organization's cards its default, or none.
pub async fn set_default(
    tx: &mut Tx,
    of: OrganizationId,
    chosen: Option<PaymentMethodId>,
) -> Result<()> {
    diesel::update(methods::table.filter(methods::organization_id.eq(of.0)))
        .filter(methods::is_default)
        .set(methods::is_default.eq(false))
        .execute(tx.conn())
        .await?;
    if let Some(id) = chosen {
        diesel::update(methods::table.filter(methods::id.eq(id.0)))
            .set(methods::is_default.eq(true))
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// A card is not kept any more; `by` is absent when its bank or the processor took it away.
pub async fn set_removed(
    tx: &mut Tx,
    id: PaymentMethodId,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(methods::table.filter(methods::id.eq(id.0)))
        .set((
            methods::state.eq(MethodState::Removed),
            methods::is_default.eq(false),
            methods::removed_by.eq(by.map(|by| by.0)),
            methods::removed_at.eq(now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Its bank gave it another last month: its holder is to be told anew.
pub async fn set_last_month(
    tx: &mut Tx,
    id: PaymentMethodId,
    (year, month): (i32, i32),
) -> Result<()> {
    diesel::update(methods::table.filter(methods::id.eq(id.0)))
        .set((
            methods::expires_year.eq(year),
            methods::expires_month.eq(month),
            methods::warned_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Its holder was told that it ends.
pub async fn set_warned(tx: &mut Tx, id: PaymentMethodId, now: DateTime<Utc>) -> Result<()> {
    diesel::update(methods::table.filter(methods::id.eq(id.0)))
        .set(methods::warned_at.eq(now))
        .execute(tx.conn())
        .await?;
    Ok(())
}

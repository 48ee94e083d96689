//! Rows of `payout_accounts`.

use crate::billing::model::PayoutAccount;
use crate::kernel::id::{OrganizationId, PersonId};
use crate::platform::db::Tx;
use crate::platform::db::schema::payout_accounts;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::{
    AsChangeset, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = payout_accounts)]
struct AccountRow {
    organization_id: Uuid,
    stripe_account: Option<String>,
    country: String,
    details_submitted: bool,
    transfers_active: bool,
    requirements: Value,
    disabled_reason: Option<String>,
    read_at: Option<DateTime<Utc>>,
}

impl TryFrom<AccountRow> for PayoutAccount {
    type Error = serde_json::Error;

    fn try_from(row: AccountRow) -> Result<Self, serde_json::Error> {
        Ok(Self {
            organization: OrganizationId(row.organization_id),
            stripe_account: row.stripe_account,
            country: row.country,
            details_submitted: row.details_submitted,
            transfers_active: row.transfers_active,
            requirements: serde_json::from_value(row.requirements)?,
            disabled_reason: row.disabled_reason,
            read_at: row.read_at,
        })
    }
}

/// Begins an account; one that was begun before stays as it is.
pub async fn add_account(
    tx: &mut Tx,
    organization: OrganizationId,
    country: &str,
    by: PersonId,
) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(payout_accounts::table)
        .values((
            payout_accounts::vendor_id.eq(vendor.0),
            payout_accounts::organization_id.eq(organization.0),
            payout_accounts::country.eq(country),
            payout_accounts::asked_by.eq(by.0),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn payout_account(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Option<PayoutAccount>> {
    let row: Option<AccountRow> = payout_accounts::table
        .filter(payout_accounts::organization_id.eq(organization.0))
        .select(AccountRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(PayoutAccount::try_from).transpose()?)
}

/// Those of organizations that began.
pub async fn payout_accounts(
    tx: &mut Tx,
    organizations: &[OrganizationId],
) -> Result<Vec<PayoutAccount>> {
    let ids: Vec<Uuid> = organizations.iter().map(|o| o.0).collect();
    let rows: Vec<AccountRow> = payout_accounts::table
        .filter(payout_accounts::organization_id.eq_any(ids))
        .select(AccountRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(PayoutAccount::try_from).collect::<Result<_, _>>()?)
}

/// Locked until the transaction ends.
pub async fn lock_account(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Option<PayoutAccount>> {
    let row: Option<AccountRow> = payout_accounts::table
        .filter(payout_accounts::organization_id.eq(organization.0))
        .select(AccountRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(PayoutAccount::try_from).transpose()?)
}

/// The accounts, by organization, of those that can be paid now.
pub async fn ready_accounts(
    tx: &mut Tx,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, String>> {
    let ids: Vec<Uuid> = organizations.iter().map(|o| o.0).collect();
    let rows: Vec<(Uuid, Option<String>)> = payout_accounts::table
        .filter(payout_accounts::organization_id.eq_any(ids))
        .filter(payout_accounts::transfers_active)
        .select((payout_accounts::organization_id, payout_accounts::stripe_account))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().filter_map(|(id, account)| Some((OrganizationId(id), account?))).collect())
}

#[derive(AsChangeset)]
#[diesel(table_name = payout_accounts, treat_none_as_null = true)]
struct AccountChange<'a> {
    stripe_account: Option<&'a str>,
    details_submitted: bool,
    transfers_active: bool,
    requirements: Value,
    disabled_reason: Option<&'a str>,
    read_at: Option<DateTime<Utc>>,
}

/// Writes what was read of a locked account.
pub async fn set_account(tx: &mut Tx, account: &PayoutAccount) -> Result<()> {
    let change = AccountChange {
        stripe_account: account.stripe_account.as_deref(),
        details_submitted: account.details_submitted,
        transfers_active: account.transfers_active,
        requirements: serde_json::to_value(&account.requirements)?,
        disabled_reason: account.disabled_reason.as_deref(),
        read_at: account.read_at,
    };
    let of = payout_accounts::organization_id.eq(account.organization.0);
    diesel::update(payout_accounts::table.filter(of)).set(change).execute(tx.conn()).await?;
    Ok(())
}

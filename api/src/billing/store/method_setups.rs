//! Rows of `method_setups`.

use crate::billing::model::{MethodSetup, SetupState};
use crate::kernel::id::{MethodSetupId, OrganizationId, PersonId};
use crate::platform::db::Tx;
use crate::platform::db::schema::method_setups as setups;
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = setups)]
struct SetupRow {
    id: Uuid,
    organization_id: Uuid,
    asked_by: Uuid,
    state: SetupState,
    checkout_session: Option<String>,
    checkout_url: Option<String>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<SetupRow> for MethodSetup {
    fn from(row: SetupRow) -> Self {
        Self {
            id: MethodSetupId(row.id),
            organization: OrganizationId(row.organization_id),
            asked_by: PersonId(row.asked_by),
            state: row.state,
            checkout_session: row.checkout_session,
            checkout_url: row.checkout_url,
            expires_at: row.expires_at,
        }
    }
}

pub async fn insert_setup(tx: &mut Tx, setup: &MethodSetup) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(setups::table)
        .values((
            setups::vendor_id.eq(vendor.0),
            setups::id.eq(setup.id.0),
            setups::organization_id.eq(setup.organization.0),
            setups::asked_by.eq(setup.asked_by.0),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// 404 when there is none.
pub async fn setup(tx: &mut Tx, id: MethodSetupId) -> Result<MethodSetup> {
    let row: Option<SetupRow> = setups::table
        .filter(setups::id.eq(id.0))
        .select(SetupRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("setup"))?.into())
}

/// As [`setup`], with the row locked until the transaction ends.
pub async fn lock_setup(tx: &mut Tx, id: MethodSetupId) -> Result<MethodSetup> {
    let row: Option<SetupRow> = setups::table
        .filter(setups::id.eq(id.0))
        .select(SetupRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("setup"))?.into())
}

/// The page that a person was given and has not used, if there is one.
pub async fn live_setup(
    tx: &mut Tx,
    organization: OrganizationId,
    by: PersonId,
) -> Result<Option<MethodSetup>> {
    let row: Option<SetupRow> = setups::table
        .filter(setups::organization_id.eq(organization.0))
        .filter(setups::asked_by.eq(by.0))
        .filter(setups::state.eq_any([SetupState::Opening, SetupState::Open]))
        .select(SetupRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(MethodSetup::from))
}

/// Writes state and page of a locked row.
pub async fn set_setup(tx: &mut Tx, setup: &MethodSetup) -> Result<()> {
    diesel::update(setups::table.filter(setups::id.eq(setup.id.0)))
        .set((
            setups::state.eq(setup.state),
            setups::checkout_session.eq(setup.checkout_session.as_deref()),
            setups::checkout_url.eq(setup.checkout_url.as_deref()),
            setups::expires_at.eq(setup.expires_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

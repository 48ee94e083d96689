//! Rows of `agreements`.

use crate::kernel::id::AgreementId;
use crate::platform::db::schema::agreements;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::{Error, Result};
use crate::program::ProgramError;
use crate::program::model::{Agreement, NewAgreement};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = agreements)]
struct Row {
    id: Uuid,
    version: String,
    title: String,
    body: String,
    body_hash: Vec<u8>,
    published_at: DateTime<Utc>,
}

impl TryFrom<Row> for Agreement {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let hash = row.body_hash.try_into();
        Ok(Self {
            id: AgreementId(row.id),
            version: row.version,
            title: row.title,
            body: row.body,
            hash: hash.map_err(|_| Error::fault("an agreement's hash has another length"))?,
            published_at: row.published_at,
        })
    }
}

/// The agreement in force: the one published last. `None` before the first.
pub async fn current_agreement(tx: &mut Tx) -> Result<Option<Agreement>> {
    let row: Option<Row> = agreements::table
        .order((agreements::published_at.desc(), agreements::id.desc()))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.map(Agreement::try_from).transpose()
}

/// One version by the name partners know it by; `None` when there is none.
pub async fn agreement_of_version(tx: &mut Tx, version: &str) -> Result<Option<Agreement>> {
    let row: Option<Row> = agreements::table
        .filter(agreements::version.eq(version))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.map(Agreement::try_from).transpose()
}

/// One version by its id, as an enrollment knows it.
pub async fn agreement(tx: &mut Tx, id: AgreementId) -> Result<Option<Agreement>> {
    let row: Option<Row> = agreements::table
        .filter(agreements::id.eq(id.0))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.map(Agreement::try_from).transpose()
}

/// Every version with the day it was published, latest first, without the texts.
pub async fn agreement_versions(tx: &mut Tx) -> Result<Vec<(String, DateTime<Utc>)>> {
    let rows = agreements::table
        .order((agreements::published_at.desc(), agreements::id.desc()))
        .limit(500)
        .select((agreements::version, agreements::published_at))
        .load(tx.conn())
        .await?;
    Ok(rows)
}

/// Writes a version, in force from now on.
///
/// Errors: `agreement-version-taken`.
pub async fn insert_agreement(
    tx: &mut Tx,
    id: AgreementId,
    new: &NewAgreement,
    hash: [u8; 32],
) -> Result<Agreement> {
    let vendor = tx.vendor()?;
    let row: Row = diesel::insert_into(agreements::table)
        .values((
            agreements::vendor_id.eq(vendor.0),
            agreements::id.eq(id.0),
            agreements::version.eq(&new.version),
            agreements::title.eq(&new.title),
            agreements::body.eq(&new.body),
            agreements::body_hash.eq(hash.to_vec()),
        ))
        .returning(Row::as_returning())
        .get_result(tx.conn())
        .await
        .map_err(refuse_on(
            "agreements_version_key",
            ProgramError::AgreementVersionTaken(new.version.clone()),
        ))?;
    row.try_into()
}

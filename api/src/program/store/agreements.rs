//! Rows of `agreements`.

use crate::kernel::id::AgreementId;
use crate::platform::db::Tx;
use crate::platform::db::schema::agreements;
use crate::platform::refusal::{Error, Result};
use crate::program::model::Agreement;
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

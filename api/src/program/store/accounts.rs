//! Customers' accounts, each with its open row of `reseller_attributions`: two queries a page.

use super::resellers::{ATTRIBUTIONS, AttributionRow};
use crate::kernel::id::OrganizationId;
use crate::platform::caller::OrganizationKind;
use crate::platform::db::Tx;
use crate::platform::db::schema::organizations;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;
use crate::program::model::{Account, Attribution};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = organizations)]
struct Row {
    id: Uuid,
    name: String,
    city: String,
    country: String,
    created_at: DateTime<Utc>,
}

/// Customers, latest first, one row more than the page holds.
pub async fn accounts(tx: &mut Tx, page: PageWanted) -> Result<Vec<Account>> {
    let mut query = organizations::table
        .filter(organizations::kind.eq(OrganizationKind::Customer.as_str()))
        .order((organizations::created_at.desc(), organizations::id.desc()))
        .limit(page.limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        let earlier = organizations::created_at.lt(after.at);
        let same = organizations::created_at.eq(after.at).and(organizations::id.lt(after.id));
        query = query.filter(earlier.or(same));
    }
    let rows: Vec<Row> = query.load(tx.conn()).await?;
    with_attributions(tx, rows).await
}

/// One customer; `None` when the program has none of this id.
pub async fn account(tx: &mut Tx, customer: OrganizationId) -> Result<Option<Account>> {
    let row: Option<Row> = organizations::table
        .filter(organizations::kind.eq(OrganizationKind::Customer.as_str()))
        .filter(organizations::id.eq(customer.0))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(with_attributions(tx, row.into_iter().collect()).await?.pop())
}

async fn with_attributions(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Account>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let sql = format!(
        "{ATTRIBUTIONS} WHERE a.ended_at IS NULL AND a.customer_organization_id = ANY ($1)"
    );
    let open: Vec<AttributionRow> =
        sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(tx.conn()).await?;
    let open = open.into_iter().map(Attribution::from);
    let mut open: HashMap<OrganizationId, Attribution> = open.map(|a| (a.customer, a)).collect();
    let account = |row: Row| Account {
        attribution: open.remove(&OrganizationId(row.id)),
        customer: OrganizationId(row.id),
        name: row.name,
        city: row.city,
        country: row.country,
        since: row.created_at,
    };
    Ok(rows.into_iter().map(account).collect())
}

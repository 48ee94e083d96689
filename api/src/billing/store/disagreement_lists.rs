//! Lists of disagreements, each with what it is about.

use super::disagreements::Row;
use crate::billing::model::{DisagreementLine, DisagreementState};
use crate::engagements::Side;
use crate::kernel::id::OrganizationId;
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::db::schema::{disagreements, engagements};
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryableByName, SelectableHelper,
    sql_query,
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// A page of disagreements, latest first: those of an organization on either side, or all.
pub async fn list_disagreements(
    tx: &mut Tx,
    own: Option<OrganizationId>,
    page: PageWanted,
) -> Result<(Vec<DisagreementLine>, Option<Position>)> {
    let mut query = disagreements::table.select(Row::as_select()).into_boxed();
    if let Some(own) = own {
        let theirs = engagements::table
            .filter(
                engagements::customer_organization_id
                    .eq(own.0)
                    .or(engagements::partner_organization_id.eq(own.0)),
            )
            .select(engagements::id);
        query = query.filter(disagreements::engagement_id.eq_any(theirs));
    }
    if let Some(after) = page.after {
        let same = disagreements::filed_at.eq(after.at).and(disagreements::id.lt(after.id));
        query = query.filter(disagreements::filed_at.lt(after.at).or(same));
    }
    let mut rows: Vec<Row> = query
        .order((disagreements::filed_at.desc(), disagreements::id.desc()))
        .limit(page.limit + 1)
        .load(tx.conn())
        .await?;
    let next = cut(&mut rows, page.limit, |one| Position { at: one.filed_at, id: one.id });
    Ok((lines(tx, rows).await?, next))
}

/// Those that the program may decide at `now`, the longest waiting first.
pub async fn decidable_disagreements(
    tx: &mut Tx,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DisagreementLine>> {
    let heard =
        disagreements::heard_at.is_not_null().and(disagreements::mediation_at.is_not_null());
    let late = disagreements::heard_at.is_null().and(disagreements::answer_by.le(now));
    let rows: Vec<Row> = disagreements::table
        .filter(disagreements::state.eq(DisagreementState::Open))
        .filter(heard.or(late))
        .order((disagreements::filed_at, disagreements::id))
        .limit(limit)
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    lines(tx, rows).await
}

/// Those that the other side filed and an organization did not answer, the longest waiting first.
pub async fn unanswered_disagreements(
    tx: &mut Tx,
    own: OrganizationId,
    limit: i64,
) -> Result<Vec<DisagreementLine>> {
    let bought = engagements::table
        .filter(engagements::customer_organization_id.eq(own.0))
        .select(engagements::id);
    let sold = engagements::table
        .filter(engagements::partner_organization_id.eq(own.0))
        .select(engagements::id);
    let as_customer =
        disagreements::side.eq(Side::Partner).and(disagreements::engagement_id.eq_any(bought));
    let as_partner =
        disagreements::side.eq(Side::Customer).and(disagreements::engagement_id.eq_any(sold));
    let rows: Vec<Row> = disagreements::table
        .filter(disagreements::state.eq(DisagreementState::Open))
        .filter(disagreements::heard_at.is_null())
        .filter(as_customer.or(as_partner))
        .order((disagreements::filed_at, disagreements::id))
        .limit(limit)
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    lines(tx, rows).await
}

#[derive(QueryableByName)]
struct AboutRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    seq: i32,
    #[diesel(sql_type = diesel::sql_types::Text)]
    title: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

/// Each with what it is about.
async fn lines(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<DisagreementLine>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.milestone_id).collect();
    let found: Vec<AboutRow> = sql_query(
        "SELECT m.id, m.seq, m.title, e.number FROM milestones m
         JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id
         WHERE m.id = ANY ($1)",
    )
    .bind::<diesel::sql_types::Array<diesel::sql_types::Uuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let found: HashMap<Uuid, AboutRow> = found.into_iter().map(|row| (row.id, row)).collect();
    let line = |row: Row| {
        let about = found.get(&row.milestone_id);
        DisagreementLine {
            label: about.map(|of| format!("A-{}", of.number)).unwrap_or_default(),
            seq: about.map(|of| of.seq).unwrap_or_default(),
            title: about.map(|of| of.title.clone()).unwrap_or_default(),
            of: row.into(),
        }
    };
    Ok(rows.into_iter().map(line).collect())
}

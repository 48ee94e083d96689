//! Searching what is published: two queries a page, whatever the filters.

use super::experts::{COLUMNS, ExpertRow, FROM, VISIBLE, with_offers};
use crate::directory::model::{Expert, Search, Sort};
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;
use chrono::DateTime;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    rank: i64,
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(embed)]
    row: ExpertRow,
}

/// Experts in order, each with the place after which the next page starts.
pub struct Ranked {
    pub experts: Vec<(Expert, Position)>,
    /// Experts of all pages.
    pub total: i64,
}

/// Average marks in ten-thousandths, weighed as if three reviews of four points were added.
const RATED: &str =
    "((coalesce(g.points, 0) + 36) * 10000 / (3 * (coalesce(g.reviews, 0) + 3)))::bigint";

/// Smaller ranks come first. An expert without a fitting service comes last by price.
fn rank(search: &Search) -> String {
    match (search.sort, &search.query) {
        (Sort::Price, _) => "coalesce(f.price, 9000000000000000)".to_owned(),
        (Sort::Rating, _) | (Sort::Relevance, None) => format!("-{RATED}"),
        (Sort::Relevance, Some(_)) => "-round((ts_rank(profile_words(p.search_head, p.search_body),
             to_tsquery('simple', $1)) * 1000000)::numeric)::bigint"
            .to_owned(),
    }
}

fn sql(rank: &str) -> String {
    format!(
        "WITH fitting AS (
             SELECT s.profile_id, min(t.price) AS price
             FROM services s
             CROSS JOIN LATERAL (
                 SELECT sum(m.price_minor)::bigint AS price FROM service_milestones m
                 WHERE m.vendor_id = s.vendor_id AND m.service_id = s.id) t
             WHERE s.state = 'published' AND ($2 IS NULL OR s.category_slug = $2)
               AND ($3 IS NULL OR t.price <= $3)
             GROUP BY s.profile_id),
         matching AS (
             SELECT p.id, {rank} AS rank
             FROM profiles p
             JOIN enrollments e
                 ON e.vendor_id = p.vendor_id AND e.organization_id = p.organization_id
             LEFT JOIN fitting f ON f.profile_id = p.id
             LEFT JOIN profile_ratings g ON g.vendor_id = p.vendor_id AND g.profile_id = p.id
             WHERE {VISIBLE}
               AND (($2 IS NULL AND $3 IS NULL) OR f.profile_id IS NOT NULL)
               AND ($1 IS NULL
                    OR profile_words(p.search_head, p.search_body) @@ to_tsquery('simple', $1))
               AND ($4 IS NULL OR EXISTS (
                   SELECT 1 FROM profile_skills x WHERE x.vendor_id = p.vendor_id
                     AND x.profile_id = p.id AND x.skill_slug = $4))
               AND ($5 IS NULL OR EXISTS (
                   SELECT 1 FROM profile_industries x WHERE x.vendor_id = p.vendor_id
                     AND x.profile_id = p.id AND x.industry_slug = $5))
               AND ($6 IS NULL OR EXISTS (
                   SELECT 1 FROM unnest(p.languages) l WHERE l = $6 OR l LIKE $6 || '-%'))
               AND ($7 IS NULL OR p.accepting_clients = $7))
         SELECT w.rank, (SELECT count(*) FROM matching) AS total, {COLUMNS}
         FROM {FROM} JOIN matching w ON w.id = p.id
         WHERE $8 IS NULL OR (w.rank, p.id) > ($8, $9)
         ORDER BY w.rank, p.id LIMIT $10"
    )
}

/// Experts that fit, one more than the page holds.
///
/// A position is a rank and a profile: the rank stands where lists by time have microseconds.
pub async fn public_search(tx: &mut Tx, search: &Search, page: PageWanted) -> Result<Ranked> {
    let found: Vec<Found> = sql_query(sql(&rank(search)))
        .bind::<Nullable<Text>, _>(search.query.as_deref())
        .bind::<Nullable<Text>, _>(search.category.as_deref())
        .bind::<Nullable<BigInt>, _>(search.max_price_minor)
        .bind::<Nullable<Text>, _>(search.skill.as_deref())
        .bind::<Nullable<Text>, _>(search.industry.as_deref())
        .bind::<Nullable<Text>, _>(search.language.as_deref())
        .bind::<Nullable<Bool>, _>(search.accepting)
        .bind::<Nullable<BigInt>, _>(page.after.map(|p| p.at.timestamp_micros()))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(|p| p.id))
        .bind::<BigInt, _>(page.limit + 1)
        .load(tx.conn())
        .await?;
    let total = found.as_slice().first().map_or(0, |f| f.total);
    let places: Vec<Position> = found.iter().map(|f| place(f.rank, f.row.id)).collect();
    let rows = found.into_iter().map(|f| f.row).collect();
    let experts = with_offers(tx, rows).await?.into_iter().zip(places).collect();
    Ok(Ranked { experts, total })
}

fn place(rank: i64, id: Uuid) -> Position {
    let at = DateTime::from_timestamp_micros(rank).unwrap_or(DateTime::UNIX_EPOCH);
    Position { at, id }
}

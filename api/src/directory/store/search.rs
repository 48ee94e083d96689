//! Finding published profiles. One number orders every sort, so that one kind of cursor serves all.

use super::experts::{COLUMNS, ExpertRow, FROM, VISIBLE, with_offers};
use crate::directory::model::{Expert, Filter, PublicAddress, Search, Sort};
use crate::kernel::id::OrganizationId;
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Error, Result};
use chrono::DateTime;
use diesel::pg::Pg;
use diesel::query_builder::BoxedSqlQuery;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The condition of each filter over `FROM` and `PRICES`; `$1` to `$7` as `bound` binds them.
const fn condition(filter: Filter) -> &'static str {
    match filter {
        Filter::Words => {
            "($1::text IS NULL
              OR profile_words(p.search_head, p.search_body) @@ to_tsquery('simple', $1))"
        }
        Filter::Category => "($2::text IS NULL OR f.fitting IS NOT NULL)",
        Filter::Skill => "($3::text IS NULL OR $3 = ANY(k.slugs))",
        Filter::Industry => "($4::text IS NULL OR $4 = ANY(i.slugs))",
        // Whoever asks for Portuguese is served by somebody who speaks that of Brazil.
        Filter::Language => {
            "($5::text IS NULL OR EXISTS (
                SELECT 1 FROM unnest(p.languages) l WHERE l = $5 OR starts_with(l, $5 || '-')))"
        }
        Filter::Accepting => "($6::boolean IS NULL OR p.accepting_clients = $6)",
        Filter::MaxPrice => "($7::bigint IS NULL OR f.fitting <= $7)",
    }
}

/// The cheapest published service of a profile: of the category asked for, and of any.
const PRICES: &str = "
    CROSS JOIN LATERAL (
        SELECT min(t.price) FILTER (WHERE $2::text IS NULL OR t.category_slug = $2) AS fitting,
               min(t.price) AS cheapest
        FROM (SELECT s.category_slug,
                     coalesce(s.most_minor, sum(m.price_minor)::bigint) AS price
              FROM services s
              LEFT JOIN service_milestones m ON m.vendor_id = s.vendor_id AND m.service_id = s.id
              WHERE s.vendor_id = p.vendor_id AND s.profile_id = p.id AND s.state = 'published'
              GROUP BY s.vendor_id, s.id) t) f";

/// All conditions but the one that is left out.
fn conditions(but: Option<Filter>) -> String {
    let kept = Filter::ALL.iter().filter(|filter| Some(**filter) != but);
    kept.map(|filter| match (but, *filter) {
        // Without the category, the price is that of any service.
        (Some(Filter::Category), Filter::MaxPrice) => "($7::bigint IS NULL OR f.cheapest <= $7)",
        (_, filter) => condition(filter),
    })
    .collect::<Vec<_>>()
    .join(" AND ")
}

/// What a sort puts first is lowest.
const fn rank(sort: Sort, words: bool) -> &'static str {
    match (sort, words) {
        (Sort::Price, _) => "coalesce(f.fitting, 9000000000000000)",
        (Sort::Relevance, true) => {
            "(ts_rank(profile_words(p.search_head, p.search_body), to_tsquery('simple', $1))
              * -1000000)::bigint"
        }
        (Sort::Relevance, false) | (Sort::Rating, _) => {
            "-(coalesce(g.points, 0) + 36)::bigint * 1000000 / (coalesce(g.reviews, 0) * 3 + 9)"
        }
    }
}

type Query = BoxedSqlQuery<'static, Pg, diesel::query_builder::SqlQuery>;

fn bound(sql: String, search: &Search) -> Query {
    sql_query(sql)
        .into_boxed::<Pg>()
        .bind::<Nullable<Text>, _>(search.query.clone())
        .bind::<Nullable<Text>, _>(search.category.clone())
        .bind::<Nullable<Text>, _>(search.skill.clone())
        .bind::<Nullable<Text>, _>(search.industry.clone())
        .bind::<Nullable<Text>, _>(search.language.clone())
        .bind::<Nullable<Bool>, _>(search.accepting)
        .bind::<Nullable<BigInt>, _>(search.max_price_minor)
}

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = BigInt)]
    rank: i64,
    #[diesel(embed)]
    expert: ExpertRow,
}

/// Experts in order, and the position after which the next page starts.
pub type Ranked = (Vec<Expert>, Option<Position>);

/// A page of the experts that a search finds; equal ones in the order of their ids.
pub async fn search(tx: &mut Tx, search: &Search, wanted: PageWanted) -> Result<Ranked> {
    let sort = search.sort.unwrap_or(Sort::Relevance);
    let sql = format!(
        "SELECT * FROM (
             SELECT {rank} AS rank, {COLUMNS} FROM {FROM} {PRICES}
             WHERE {VISIBLE} AND {all}) found
         WHERE $8::bigint IS NULL OR (rank, id) > ($8, $9)
         ORDER BY rank, id LIMIT $10",
        rank = rank(sort, search.query.is_some()),
        all = conditions(None),
    );
    let after = wanted.after;
    let mut rows: Vec<FoundRow> = bound(sql, search)
        .bind::<Nullable<BigInt>, _>(after.map(|p| p.at.timestamp_micros()))
        .bind::<SqlUuid, _>(after.map_or(Uuid::nil(), |p| p.id))
        .bind::<BigInt, _>(wanted.limit + 1)
        .load(tx.conn())
        .await?;
    let next = cut(&mut rows, wanted.limit, position);
    let rows = rows.into_iter().map(|row| row.expert).collect();
    Ok((with_offers(tx, rows).await?, next))
}

/// A rank travels in a cursor as microseconds of its time.
fn position(row: &FoundRow) -> Position {
    let at = DateTime::from_timestamp_micros(row.rank).unwrap_or(DateTime::UNIX_EPOCH);
    Position { at, id: row.expert.id }
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many experts a search finds.
pub async fn count(tx: &mut Tx, search: &Search) -> Result<u64> {
    let all = conditions(None);
    let sql = format!("SELECT count(*) AS n FROM {FROM} {PRICES} WHERE {VISIBLE} AND {all}");
    let row: CountRow = bound(sql, search).get_result(tx.conn()).await?;
    u64::try_from(row.n).map_err(Error::fault)
}

#[derive(QueryableByName)]
struct WithoutRow {
    #[diesel(sql_type = diesel::sql_types::Array<BigInt>)]
    counts: Vec<i64>,
}

/// How many experts a search would find if one of its filters were dropped, for each it has.
pub async fn count_without(tx: &mut Tx, search: &Search) -> Result<Vec<(Filter, u64)>> {
    let counts: Vec<String> = Filter::ALL
        .iter()
        .map(|filter| format!("count(*) FILTER (WHERE {})", conditions(Some(*filter))))
        .collect();
    let sql = format!(
        "SELECT ARRAY[{}]::bigint[] AS counts FROM {FROM} {PRICES} WHERE {VISIBLE}",
        counts.join(", ")
    );
    let row: WithoutRow = bound(sql, search).get_result(tx.conn()).await?;
    let each = Filter::ALL.iter().copied().zip(row.counts);
    let used = each.filter(|(filter, _)| search.has(*filter));
    used.map(|(filter, n)| Ok((filter, u64::try_from(n).map_err(Error::fault)?))).collect()
}

#[derive(QueryableByName)]
struct AddressRow {
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    slug: String,
}

/// Where the profiles of these organizations are found, as far as they can be found now.
pub async fn public_addresses(
    tx: &mut Tx,
    organizations: &[OrganizationId],
) -> Result<Vec<PublicAddress>> {
    let ids: Vec<Uuid> = organizations.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT p.organization_id, n.name, p.slug FROM profiles p
         JOIN persons n ON n.id = p.person_id
         JOIN enrollments e ON e.vendor_id = p.vendor_id AND e.organization_id = p.organization_id
         WHERE p.organization_id = ANY ($1) AND {VISIBLE} ORDER BY p.organization_id, n.name, p.id"
    );
    let rows: Vec<AddressRow> =
        sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(tx.conn()).await?;
    let address = |row: AddressRow| PublicAddress {
        organization: OrganizationId(row.organization_id),
        name: row.name,
        slug: row.slug,
    };
    Ok(rows.into_iter().map(address).collect())
}

/// The published profile at an address, if it can be found now.
pub async fn public_expert(tx: &mut Tx, slug: &str) -> Result<Option<Expert>> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {VISIBLE} AND p.slug = $1");
    let row: Option<ExpertRow> =
        sql_query(sql).bind::<Text, _>(slug).get_result(tx.conn()).await.optional()?;
    let rows = row.into_iter().collect();
    Ok(with_offers(tx, rows).await?.pop())
}

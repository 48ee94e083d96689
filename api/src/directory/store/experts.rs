//! Published profiles with everything that is shown of them: two queries whatever their number.

use crate::directory::model::{AccessPreset, Expert, Hourly, Jobs, Named, Offer, Rating};
use crate::kernel::id::{OrganizationId, PersonId, ProfileId, ServiceId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::zone::Zone;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};
use crate::program::Tier;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Integer, Nullable, Text, Time, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// Columns of an [`ExpertRow`] over [`FROM`].
pub(super) const COLUMNS: &str = "
    p.id, p.slug, p.person_id, n.name, p.organization_id, o.name AS organization_name, o.city,
    o.country, p.headline, p.languages, p.zone, p.works_from, p.works_until, p.accepting_clients,
    p.free_from, e.tier, e.since, coalesce(g.reviews, 0) AS reviews,
    coalesce(g.points, 0) AS points,
    k.slugs AS skill_slugs, k.titles AS skill_titles, i.slugs AS industry_slugs,
    i.titles AS industry_titles, j.categories AS job_categories, j.jobs AS job_counts";

/// A profile `p` with all that belongs to it; the laterals yield one row each.
pub(super) const FROM: &str = "
    profiles p
    JOIN organizations o ON o.vendor_id = p.vendor_id AND o.id = p.organization_id
    JOIN persons n ON n.id = p.person_id
    JOIN enrollments e ON e.vendor_id = p.vendor_id AND e.organization_id = p.organization_id
    LEFT JOIN profile_ratings g ON g.vendor_id = p.vendor_id AND g.profile_id = p.id
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(s.slug ORDER BY s.title), '{}') AS slugs,
               coalesce(array_agg(s.title ORDER BY s.title), '{}') AS titles
        FROM profile_skills ps
        JOIN skills s ON s.vendor_id = ps.vendor_id AND s.slug = ps.skill_slug
        WHERE ps.vendor_id = p.vendor_id AND ps.profile_id = p.id) k
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(s.slug ORDER BY s.title), '{}') AS slugs,
               coalesce(array_agg(s.title ORDER BY s.title), '{}') AS titles
        FROM profile_industries pi
        JOIN industries s ON s.vendor_id = pi.vendor_id AND s.slug = pi.industry_slug
        WHERE pi.vendor_id = p.vendor_id AND pi.profile_id = p.id) i
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(r.category_slug ORDER BY r.category_slug), '{}') AS categories,
               coalesce(array_agg(r.jobs ORDER BY r.category_slug), '{}') AS jobs
        FROM profile_records r
        WHERE r.vendor_id = p.vendor_id AND r.profile_id = p.id) j";

/// Whether `p`, whose organization is enrolled as `e`, may be found.
pub(super) const VISIBLE: &str = "
    p.published_at IS NOT NULL AND e.state = 'active' AND EXISTS (
        SELECT 1 FROM memberships m
        WHERE m.person_id = p.person_id AND m.vendor_id = p.vendor_id
          AND m.organization_id = p.organization_id AND m.ended_at IS NULL)";

#[derive(QueryableByName)]
pub(super) struct ExpertRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    organization_name: String,
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    country: String,
    #[diesel(sql_type = Text)]
    headline: String,
    #[diesel(sql_type = Array<Text>)]
    languages: Vec<String>,
    #[diesel(sql_type = Text)]
    zone: String,
    #[diesel(sql_type = Time)]
    works_from: NaiveTime,
    #[diesel(sql_type = Time)]
    works_until: NaiveTime,
    #[diesel(sql_type = Bool)]
    accepting_clients: bool,
    #[diesel(sql_type = Nullable<Date>)]
    free_from: Option<NaiveDate>,
    #[diesel(sql_type = Text)]
    tier: Tier,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    reviews: i32,
    #[diesel(sql_type = Integer)]
    points: i32,
    #[diesel(sql_type = Array<Text>)]
    skill_slugs: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    skill_titles: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    industry_slugs: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    industry_titles: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    job_categories: Vec<String>,
    #[diesel(sql_type = Array<Integer>)]
    job_counts: Vec<i32>,
}

impl ExpertRow {
    pub(super) fn into_expert(self, offers: Vec<Offer>) -> Result<Expert> {
        let zone = Zone::parse(&self.zone)
            .ok_or_else(|| Error::fault(format!("a profile's zone is {:?}", self.zone)))?;
        let jobs = self.job_categories.into_iter().zip(self.job_counts);
        Ok(Expert {
            profile: ProfileId(self.id),
            slug: self.slug,
            person: PersonId(self.person_id),
            name: self.name,
            organization: OrganizationId(self.organization_id),
            organization_name: self.organization_name,
            city: self.city,
            country: self.country,
            headline: self.headline,
            skills: named(self.skill_slugs, self.skill_titles),
            industries: named(self.industry_slugs, self.industry_titles),
            languages: self.languages,
            zone,
            works_from: self.works_from,
            works_until: self.works_until,
            accepting_clients: self.accepting_clients,
            free_from: self.free_from,
            tier: self.tier,
            since: self.since,
            rating: Rating { reviews: self.reviews, points: self.points },
            jobs: jobs.map(|(category, jobs)| Jobs { category, jobs }).collect(),
            offers,
        })
    }
}

fn named(slugs: Vec<String>, titles: Vec<String>) -> Vec<Named> {
    slugs.into_iter().zip(titles).map(|(slug, title)| Named { slug, title }).collect()
}

/// Every expert who can be found and takes clients now, with their offers: what matching weighs.
pub async fn candidates(tx: &mut Tx) -> Result<Vec<Expert>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE {VISIBLE} AND p.accepting_clients ORDER BY p.id"
    );
    let rows: Vec<ExpertRow> = sql_query(sql).load(tx.conn()).await?;
    with_offers(tx, rows).await
}

/// The experts of these profiles, those who can be found now; in no order.
pub async fn experts(tx: &mut Tx, profiles: &[ProfileId]) -> Result<Vec<Expert>> {
    let ids: Vec<Uuid> = profiles.iter().map(|p| p.0).collect();
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {VISIBLE} AND p.id = ANY($1)");
    let rows: Vec<ExpertRow> =
        sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(tx.conn()).await?;
    with_offers(tx, rows).await
}

/// Adds the published services of all rows in one query; keeps their order.
pub(super) async fn with_offers(tx: &mut Tx, rows: Vec<ExpertRow>) -> Result<Vec<Expert>> {
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut offers = offers_of(tx, ids).await?;
    let expert = |row: ExpertRow| {
        let own = offers.remove(&row.id).unwrap_or_default();
        row.into_expert(own)
    };
    rows.into_iter().map(expert).collect()
}

#[derive(QueryableByName)]
struct OfferRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = Text)]
    category_slug: String,
    #[diesel(sql_type = Text)]
    access_preset: AccessPreset,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    price_minor: i64,
    #[diesel(sql_type = Integer)]
    days: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    rate_minor: Option<i64>,
    #[diesel(sql_type = Nullable<Integer>)]
    cap_minutes: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    weeks: Option<i32>,
}

impl From<OfferRow> for Offer {
    fn from(row: OfferRow) -> Self {
        Self {
            service: ServiceId(row.id),
            profile: ProfileId(row.profile_id),
            slug: row.slug,
            title: row.title,
            outcome: row.outcome,
            category: row.category_slug,
            access: row.access_preset,
            price: Money::new(row.price_minor, row.currency),
            days: row.days,
            hourly: Hourly::of(row.currency, (row.rate_minor, row.cap_minutes, row.weeks)),
        }
    }
}

const OFFERS: &str = "
    SELECT s.id, s.profile_id, s.slug, s.title, s.outcome, s.category_slug, s.access_preset,
           s.currency, coalesce(s.most_minor, sum(m.price_minor)::bigint) AS price_minor,
           coalesce(s.weeks * 7, sum(m.days)::integer) AS days, s.rate_minor, s.cap_minutes, s.weeks
    FROM services s
    LEFT JOIN service_milestones m ON m.vendor_id = s.vendor_id AND m.service_id = s.id
    WHERE s.state = 'published' AND";

async fn offers_of(tx: &mut Tx, profiles: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<Offer>>> {
    let sql = format!(
        "{OFFERS} s.profile_id = ANY($1)
         GROUP BY s.vendor_id, s.id ORDER BY price_minor, s.title, s.id"
    );
    let rows: Vec<OfferRow> =
        sql_query(sql).bind::<Array<SqlUuid>, _>(profiles).load(tx.conn()).await?;
    let mut offers: HashMap<Uuid, Vec<Offer>> = HashMap::new();
    for row in rows {
        offers.entry(row.profile_id).or_default().push(row.into());
    }
    Ok(offers)
}

/// A published service in one line; `None` when it is not offered.
pub async fn offer(tx: &mut Tx, service: ServiceId) -> Result<Option<Offer>> {
    let sql = format!("{OFFERS} s.id = $1 GROUP BY s.vendor_id, s.id");
    let row: Option<OfferRow> =
        sql_query(sql).bind::<SqlUuid, _>(service.0).get_result(tx.conn()).await.optional()?;
    Ok(row.map(Offer::from))
}

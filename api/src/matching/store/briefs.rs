//! Rows of `briefs` and `brief_skills`.

use crate::directory::Named;
use crate::kernel::id::{BriefId, InvitationId, OrganizationId, PersonId, ProposalId};
use crate::kernel::money::{Currency, Money};
use crate::matching::model::score::SkillWanted;
use crate::matching::model::{Brief, BriefFields, BriefState};
use crate::platform::db::Tx;
use crate::platform::db::schema::{brief_skills, briefs};
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A brief with its words by name and what came of it; the laterals yield one row each.
const SELECT: &str = "
    SELECT b.id, b.number, b.organization_id, c.name AS customer_name, b.created_by,
           a.name AS author, b.title, b.problem, b.currency, b.budget_min_minor,
           b.budget_max_minor, b.need_by, b.languages, b.overlap_minutes, b.zone,
           b.industry_slug, i.title AS industry_title, b.state, b.created_at, b.posted_at,
           b.closed_at, b.version, k.slugs, k.titles, k.categories, k.category_titles,
           n.invited, n.proposed
      FROM briefs b
      JOIN organizations c ON c.vendor_id = b.vendor_id AND c.id = b.organization_id
      JOIN persons a ON a.id = b.created_by
      LEFT JOIN industries i ON i.vendor_id = b.vendor_id AND i.slug = b.industry_slug
      CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(s.slug ORDER BY s.slug), '{}') AS slugs,
               coalesce(array_agg(s.title ORDER BY s.slug), '{}') AS titles,
               coalesce(array_agg(g.slug ORDER BY s.slug), '{}') AS categories,
               coalesce(array_agg(g.title ORDER BY s.slug), '{}') AS category_titles
          FROM brief_skills bs
          JOIN skills s ON s.vendor_id = bs.vendor_id AND s.slug = bs.skill_slug
          JOIN service_categories g ON g.vendor_id = s.vendor_id AND g.slug = s.category_slug
         WHERE bs.vendor_id = b.vendor_id AND bs.brief_id = b.id) k
      CROSS JOIN LATERAL (
        SELECT count(*) AS invited, count(*) FILTER (WHERE v.state = 'proposed') AS proposed
          FROM invitations v WHERE v.vendor_id = b.vendor_id AND v.brief_id = b.id) n";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = SqlUuid)]
    created_by: Uuid,
    #[diesel(sql_type = Text)]
    author: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    problem: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    budget_min_minor: i64,
    #[diesel(sql_type = BigInt)]
    budget_max_minor: i64,
    #[diesel(sql_type = Date)]
    need_by: NaiveDate,
    #[diesel(sql_type = Array<Text>)]
    languages: Vec<String>,
    #[diesel(sql_type = Integer)]
    overlap_minutes: i32,
    #[diesel(sql_type = Text)]
    zone: String,
    #[diesel(sql_type = Nullable<Text>)]
    industry_slug: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    industry_title: Option<String>,
    #[diesel(sql_type = Text)]
    state: BriefState,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    posted_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    closed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Array<Text>)]
    slugs: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    titles: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    categories: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    category_titles: Vec<String>,
    #[diesel(sql_type = BigInt)]
    invited: i64,
    #[diesel(sql_type = BigInt)]
    proposed: i64,
}

impl From<Row> for Brief {
    fn from(row: Row) -> Self {
        let named = |(slug, title)| Named { slug, title };
        let categories = row.categories.into_iter().zip(row.category_titles).map(named);
        let skills = row.slugs.into_iter().zip(row.titles).zip(categories);
        let skill = |((slug, title), category)| SkillWanted { slug, title, category };
        Self {
            id: BriefId(row.id),
            number: row.number,
            customer: OrganizationId(row.organization_id),
            customer_name: row.customer_name,
            created_by: PersonId(row.created_by),
            author: row.author,
            title: row.title,
            problem: row.problem,
            skills: skills.map(skill).collect(),
            industry: row.industry_slug.zip(row.industry_title).map(named),
            budget_min: Money::new(row.budget_min_minor, row.currency),
            budget_max: Money::new(row.budget_max_minor, row.currency),
            need_by: row.need_by,
            languages: row.languages,
            overlap_minutes: row.overlap_minutes,
            zone: row.zone,
            state: row.state,
            created_at: row.created_at,
            posted_at: row.posted_at,
            closed_at: row.closed_at,
            version: row.version,
            invited: row.invited,
            proposed: row.proposed,
        }
    }
}

/// A brief of this vendor; 404 when there is none. Whether the caller may see it is the policy's
/// question.
pub async fn brief(tx: &mut Tx, id: BriefId) -> Result<Brief> {
    let sql = format!("{SELECT} WHERE b.id = $1");
    let rows: Vec<Row> = sql_query(sql).bind::<SqlUuid, _>(id.0).load(tx.conn()).await?;
    Ok(rows.into_iter().next().map(Brief::from).ok_or(Common::NotFound("brief"))?)
}

/// As [`brief`], with the row locked until the transaction ends. The lock comes first and the rows
/// around it are read after it, so that they are those of the lock's holder.
pub async fn lock_brief(tx: &mut Tx, id: BriefId) -> Result<Brief> {
    lock(tx, "$1", id.0).await?;
    brief(tx, id).await
}

/// Locks the brief that an invitation is for; nothing when there is no such invitation.
pub async fn lock_brief_of_invitation(tx: &mut Tx, id: InvitationId) -> Result<()> {
    lock(tx, "(SELECT brief_id FROM invitations WHERE id = $1)", id.0).await
}

/// Locks the brief that a proposal is for; nothing when there is no such proposal.
pub async fn lock_brief_of_proposal(tx: &mut Tx, id: ProposalId) -> Result<()> {
    lock(tx, "(SELECT brief_id FROM proposals WHERE id = $1)", id.0).await
}

async fn lock(tx: &mut Tx, which: &str, id: Uuid) -> Result<()> {
    let sql = format!("SELECT 1 FROM briefs WHERE id = {which} FOR NO KEY UPDATE");
    sql_query(sql).bind::<SqlUuid, _>(id).execute(tx.conn()).await?;
    Ok(())
}

/// An organization's briefs, latest first, one more than the limit.
pub async fn briefs_of(
    tx: &mut Tx,
    organization: OrganizationId,
    state: Option<BriefState>,
    page: PageWanted,
) -> Result<Vec<Brief>> {
    let sql = format!(
        "{SELECT} WHERE b.organization_id = $1 AND ($2 IS NULL OR b.state = $2)
              AND ($3 IS NULL OR (b.created_at, b.id) < ($3, $4))
            ORDER BY b.created_at DESC, b.id DESC LIMIT $5"
    );
    let rows: Vec<Row> = sql_query(sql)
        .bind::<SqlUuid, _>(organization.0)
        .bind::<Nullable<Text>, _>(state.map(BriefState::as_str))
        .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(|after| after.id))
        .bind::<BigInt, _>(page.limit + 1)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Brief::from).collect())
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    last: i64,
}

/// The next number of a brief in this program; the first is 301.
pub async fn next_number(tx: &mut Tx) -> Result<i64> {
    let vendor = tx.vendor()?;
    let sql = "INSERT INTO running_numbers (vendor_id, kind, last) VALUES ($1, 'brief', 301)
               ON CONFLICT (vendor_id, kind) DO UPDATE SET last = running_numbers.last + 1
               RETURNING last";
    let query = sql_query(sql).bind::<SqlUuid, _>(vendor.0);
    let row: NumberRow = query.get_result(tx.conn()).await?;
    Ok(row.last)
}

pub struct NewBrief<'a> {
    pub id: BriefId,
    pub number: i64,
    pub organization: OrganizationId,
    pub by: PersonId,
    /// In form; both amounts in one currency.
    pub fields: &'a BriefFields,
}

/// Writes a draft.
pub async fn insert_brief(tx: &mut Tx, new: NewBrief<'_>) -> Result<()> {
    let vendor = tx.vendor()?;
    let fields = new.fields;
    diesel::insert_into(briefs::table)
        .values((
            (
                briefs::vendor_id.eq(vendor.0),
                briefs::id.eq(new.id.0),
                briefs::number.eq(new.number),
                briefs::organization_id.eq(new.organization.0),
                briefs::created_by.eq(new.by.0),
                briefs::state.eq(BriefState::Draft.as_str()),
            ),
            columns(fields),
        ))
        .execute(tx.conn())
        .await?;
    insert_skills(tx, new.id, &fields.skills).await
}

/// Writes the fields of a draft. The caller holds the lock.
pub async fn update_fields(tx: &mut Tx, id: BriefId, fields: &BriefFields) -> Result<()> {
    diesel::update(briefs::table.filter(briefs::id.eq(id.0)))
        .set((columns(fields), briefs::version.eq(briefs::version + 1)))
        .execute(tx.conn())
        .await?;
    diesel::delete(brief_skills::table.filter(brief_skills::brief_id.eq(id.0)))
        .execute(tx.conn())
        .await?;
    insert_skills(tx, id, &fields.skills).await
}

type Set<C, T> = diesel::dsl::Eq<C, T>;

/// The columns that a customer writes.
fn columns(
    fields: &BriefFields,
) -> (
    Set<briefs::title, &str>,
    Set<briefs::problem, &str>,
    Set<briefs::currency, Currency>,
    Set<briefs::budget_min_minor, i64>,
    Set<briefs::budget_max_minor, i64>,
    Set<briefs::need_by, NaiveDate>,
    Set<briefs::languages, &Vec<String>>,
    Set<briefs::overlap_minutes, i32>,
    Set<briefs::zone, &str>,
    Set<briefs::industry_slug, Option<&str>>,
) {
    (
        briefs::title.eq(fields.title.as_str()),
        briefs::problem.eq(fields.problem.as_str()),
        briefs::currency.eq(fields.budget_max.currency()),
        briefs::budget_min_minor.eq(fields.budget_min.minor()),
        briefs::budget_max_minor.eq(fields.budget_max.minor()),
        briefs::need_by.eq(fields.need_by),
        briefs::languages.eq(&fields.languages),
        briefs::overlap_minutes.eq(fields.overlap_minutes),
        briefs::zone.eq(fields.zone.as_str()),
        briefs::industry_slug.eq(fields.industry.as_deref()),
    )
}

async fn insert_skills(tx: &mut Tx, id: BriefId, slugs: &[String]) -> Result<()> {
    let vendor = tx.vendor()?;
    let row = |slug: &String| {
        (
            brief_skills::vendor_id.eq(vendor.0),
            brief_skills::brief_id.eq(id.0),
            brief_skills::skill_slug.eq(slug.clone()),
        )
    };
    let rows: Vec<_> = slugs.iter().map(row).collect();
    diesel::insert_into(brief_skills::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// Moves a brief and notes when it was posted or closed. The caller holds the lock and asked the
/// machine.
pub async fn set_state(tx: &mut Tx, id: BriefId, state: BriefState) -> Result<()> {
    let sql = "
        UPDATE briefs SET state = $2, version = version + 1,
               posted_at = CASE WHEN $2 = 'open' THEN app_now() ELSE posted_at END,
               closed_at = CASE WHEN $2 = 'closed' THEN app_now() ELSE closed_at END
         WHERE id = $1";
    let rows = sql_query(sql)
        .bind::<SqlUuid, _>(id.0)
        .bind::<Text, _>(state.as_str())
        .execute(tx.conn())
        .await?;
    if rows == 1 { Ok(()) } else { Err(Error::fault(format!("{rows} briefs moved"))) }
}

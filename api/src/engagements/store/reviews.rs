//! Rows of `reviews`.

use crate::engagements::EngagementError;
use crate::engagements::model::{Marks, Review, RootCause, Side};
use crate::kernel::id::{EngagementId, PersonId, ProfileId, ReviewId};
use crate::kernel::page::Position;
use crate::platform::db::schema::reviews;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, Selectable,
    SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = reviews)]
struct ReviewRow {
    id: Uuid,
    engagement_id: Uuid,
    side: Side,
    outcome: i16,
    communication: i16,
    value: i16,
    text: String,
    root_cause: Option<RootCause>,
    written_by: Uuid,
    written_at: DateTime<Utc>,
    publish_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    hidden_at: Option<DateTime<Utc>>,
    hidden_reason: Option<String>,
    reply: Option<String>,
    replied_at: Option<DateTime<Utc>>,
}

impl From<ReviewRow> for Review {
    fn from(row: ReviewRow) -> Self {
        let ReviewRow { outcome, communication, value, .. } = row;
        Self {
            id: ReviewId(row.id),
            engagement: EngagementId(row.engagement_id),
            side: row.side,
            marks: Marks { outcome, communication, value },
            text: row.text,
            root_cause: row.root_cause,
            written_by: PersonId(row.written_by),
            written_at: row.written_at,
            publish_at: row.publish_at,
            published_at: row.published_at,
            hidden_at: row.hidden_at,
            hidden_reason: row.hidden_reason,
            reply: row.reply,
            replied_at: row.replied_at,
        }
    }
}

pub struct NewReview<'a> {
    pub id: ReviewId,
    pub engagement: EngagementId,
    pub side: Side,
    pub marks: Marks,
    pub text: &'a str,
    pub root_cause: Option<RootCause>,
    pub by: PersonId,
    pub publish_at: DateTime<Utc>,
}

/// Errors with `already-reviewed` when the side has written one.
pub async fn insert_review(tx: &mut Tx, new: &NewReview<'_>) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(reviews::table)
        .values((
            reviews::vendor_id.eq(vendor.0),
            reviews::id.eq(new.id.0),
            reviews::engagement_id.eq(new.engagement.0),
            reviews::side.eq(new.side.as_str()),
            reviews::outcome.eq(new.marks.outcome),
            reviews::communication.eq(new.marks.communication),
            reviews::value.eq(new.marks.value),
            reviews::text.eq(new.text),
            reviews::root_cause.eq(new.root_cause.map(RootCause::as_str)),
            reviews::written_by.eq(new.by.0),
            reviews::publish_at.eq(new.publish_at),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("reviews_side_key", EngagementError::AlreadyReviewed))?;
    Ok(())
}

/// Both sides' reviews, as far as they are written.
pub async fn reviews(tx: &mut Tx, engagement: EngagementId) -> Result<Vec<Review>> {
    let rows: Vec<ReviewRow> = reviews::table
        .filter(reviews::engagement_id.eq(engagement.0))
        .order(reviews::side)
        .select(ReviewRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Review::from).collect())
}

/// A review with its row locked; 404 when there is none of this vendor.
pub async fn lock_review(tx: &mut Tx, id: ReviewId) -> Result<Review> {
    let row = reviews::table
        .filter(reviews::id.eq(id.0))
        .select(ReviewRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("review"))?.into())
}

/// Publishes what is written and not published.
pub async fn publish_all(tx: &mut Tx, engagement: EngagementId) -> Result<()> {
    let now = diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()");
    let waiting = reviews::table
        .filter(reviews::engagement_id.eq(engagement.0))
        .filter(reviews::published_at.is_null());
    diesel::update(waiting).set(reviews::published_at.eq(now)).execute(tx.conn()).await?;
    Ok(())
}

pub async fn set_reply(tx: &mut Tx, id: ReviewId, text: &str, by: PersonId) -> Result<()> {
    let now = diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()");
    diesel::update(reviews::table.filter(reviews::id.eq(id.0)))
        .set((reviews::reply.eq(text), reviews::replied_by.eq(by.0), reviews::replied_at.eq(now)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn set_hidden(tx: &mut Tx, id: ReviewId, reason: &str, by: PersonId) -> Result<()> {
    let now = diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()");
    diesel::update(reviews::table.filter(reviews::id.eq(id.0)))
        .set((
            reviews::hidden_at.eq(now),
            reviews::hidden_by.eq(by.0),
            reviews::hidden_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A customer's review of a consultant, as everybody reads it.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct PublicReview {
    #[diesel(sql_type = SqlUuid)]
    pub id: ReviewId,
    #[diesel(sql_type = Text)]
    pub customer_name: String,
    /// What the work was.
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = SmallInt)]
    pub outcome: i16,
    #[diesel(sql_type = SmallInt)]
    pub communication: i16,
    #[diesel(sql_type = SmallInt)]
    pub value: i16,
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = Timestamptz)]
    pub published_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    pub reply: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub replied_at: Option<DateTime<Utc>>,
}

/// What customers wrote about a profile: published, not hidden, latest first.
pub async fn public_reviews(
    tx: &mut Tx,
    profile: ProfileId,
    page: PageWanted,
) -> Result<(Vec<PublicReview>, Option<Position>)> {
    let mut items: Vec<PublicReview> = sql_query(
        "SELECT r.id, o.name AS customer_name, e.title, r.outcome, r.communication, r.value, r.text,
                r.published_at, r.reply, r.replied_at
         FROM reviews r
         JOIN engagements e ON e.vendor_id = r.vendor_id AND e.id = r.engagement_id
         JOIN organizations o ON o.vendor_id = e.vendor_id AND o.id = e.customer_organization_id
         WHERE e.profile_id = $1 AND r.side = 'customer' AND r.published_at IS NOT NULL
           AND r.hidden_at IS NULL AND ($2 IS NULL OR (r.published_at, r.id) < ($2, $3))
         ORDER BY r.published_at DESC, r.id DESC LIMIT $4",
    )
    .bind::<SqlUuid, _>(profile.0)
    .bind::<Nullable<Timestamptz>, _>(page.after.map(|p| p.at))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(|p| p.id))
    .bind::<BigInt, _>(page.limit + 1)
    .load(tx.conn())
    .await?;
    let next = cut(&mut items, page.limit, |r| Position { at: r.published_at, id: r.id.0 });
    Ok((items, next))
}

#[derive(QueryableByName)]
struct Published {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The published profile of this address; 404 otherwise.
pub async fn public_profile(tx: &mut Tx, slug: &str) -> Result<ProfileId> {
    let row: Option<Published> =
        sql_query("SELECT id FROM profiles WHERE slug = $1 AND published_at IS NOT NULL")
            .bind::<Text, _>(slug)
            .get_result(tx.conn())
            .await
            .optional()?;
    Ok(ProfileId(row.ok_or(Common::NotFound("expert"))?.id))
}

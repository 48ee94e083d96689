//! Rows of `engagement_entries` and `messages`, and the timeline that is made of them and files.

use crate::engagements::model::{TimelineTopic, Topic};
use crate::kernel::id::{EngagementId, EntryId, MessageId, OrganizationId, PersonId};
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::db::schema::messages;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

pub struct NewEntry {
    pub id: EntryId,
    pub engagement: EngagementId,
    pub topic: Topic,
    pub kind: &'static str,
    pub facts: Value,
    pub person: Option<PersonId>,
}

/// Entries of one transaction have one time; each is put a microsecond after the one before, so
/// that they are read in the order in which they were written.
pub async fn insert_entry(tx: &mut Tx, entry: NewEntry) -> Result<()> {
    sql_query(
        "INSERT INTO engagement_entries
             (vendor_id, id, engagement_id, topic, kind, facts, person_id, at)
         SELECT $1, $2, $3, $4, $5, $6, $7,
                greatest(app_now(), max(at) + interval '1 microsecond')
         FROM engagement_entries WHERE engagement_id = $3",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(entry.id.0)
    .bind::<SqlUuid, _>(entry.engagement.0)
    .bind::<Text, _>(entry.topic.as_str())
    .bind::<Text, _>(entry.kind)
    .bind::<Jsonb, _>(entry.facts)
    .bind::<Nullable<SqlUuid>, _>(entry.person.map(|p| p.0))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One thing in a timeline: something that happened, a message or a file.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
pub struct TimelineItem {
    /// Of the entry, the message or the file.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub topic: TimelineTopic,
    /// Stable word, such as `milestone-funded`; `message` and `file` for those.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// One sentence, the message's text, or the file's name; plain text.
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = Jsonb)]
    pub facts: Value,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub person: Option<PersonId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub person_name: Option<String>,
    /// Who the person acted for; known for messages and files.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub organization: Option<OrganizationId>,
}

const TIMELINE: &str = "
    SELECT t.*, p.name AS person_name FROM (
        SELECT id, at, topic, kind, coalesce(facts ->> 'line', kind) AS text,
               facts - 'line' AS facts, person_id AS person, NULL::uuid AS organization
        FROM engagement_entries WHERE engagement_id = $1 AND ($2 IS NULL OR topic = $2)
        UNION ALL
        SELECT id, sent_at, 'message', 'message', text, '{}', person_id, organization_id
        FROM messages WHERE engagement_id = $1 AND coalesce($2, 'message') = 'message'
        UNION ALL
        SELECT id, uploaded_at, 'file', 'file', name,
               jsonb_build_object('content_type', content_type, 'size_bytes', size_bytes,
                                  'sha256', encode(sha256, 'hex')),
               uploaded_by, organization_id
        FROM files WHERE engagement_id = $1 AND coalesce($2, 'file') = 'file'
    ) t
    LEFT JOIN persons p ON p.id = t.person
    WHERE $3 IS NULL OR (t.at, t.id) < ($3, $4)
    ORDER BY t.at DESC, t.id DESC LIMIT $5";

/// Newest first; answers where the next page starts.
pub async fn timeline(
    tx: &mut Tx,
    engagement: EngagementId,
    topic: Option<TimelineTopic>,
    page: PageWanted,
) -> Result<(Vec<TimelineItem>, Option<Position>)> {
    let mut items: Vec<TimelineItem> = sql_query(TIMELINE)
        .bind::<SqlUuid, _>(engagement.0)
        .bind::<Nullable<Text>, _>(topic)
        .bind::<Nullable<Timestamptz>, _>(page.after.map(|p| p.at))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(|p| p.id))
        .bind::<BigInt, _>(page.limit + 1)
        .load(tx.conn())
        .await?;
    let next = cut(&mut items, page.limit, |item| Position { at: item.at, id: item.id });
    Ok((items, next))
}

/// How many things of each topic there are.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct TopicCount {
    #[diesel(sql_type = Text)]
    pub topic: TimelineTopic,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

pub async fn topic_counts(tx: &mut Tx, engagement: EngagementId) -> Result<Vec<TopicCount>> {
    let counts = sql_query(
        "SELECT topic, count(*) AS count FROM engagement_entries WHERE engagement_id = $1
         GROUP BY topic
         UNION ALL SELECT 'message', count(*) FROM messages WHERE engagement_id = $1
         UNION ALL SELECT 'file', count(*) FROM files WHERE engagement_id = $1",
    )
    .bind::<SqlUuid, _>(engagement.0)
    .load(tx.conn())
    .await?;
    Ok(counts)
}

pub async fn insert_message(
    tx: &mut Tx,
    engagement: EngagementId,
    (id, text): (MessageId, &str),
    (person, organization): (PersonId, OrganizationId),
) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(messages::table)
        .values((
            messages::vendor_id.eq(vendor.0),
            messages::id.eq(id.0),
            messages::engagement_id.eq(engagement.0),
            messages::organization_id.eq(organization.0),
            messages::person_id.eq(person.0),
            messages::text.eq(text),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Unanswered {
    #[diesel(sql_type = Bool)]
    unanswered: bool,
}

/// Whether this message began a run of one side's messages that the other side has not answered.
pub async fn is_unanswered(
    tx: &mut Tx,
    engagement: EngagementId,
    message: MessageId,
    other: OrganizationId,
) -> Result<bool> {
    let row: Unanswered = sql_query(
        "SELECT NOT EXISTS (SELECT 1 FROM messages a WHERE a.engagement_id = m.engagement_id
                            AND a.organization_id = $3 AND (a.sent_at, a.id) > (m.sent_at, m.id))
            AND coalesce((SELECT b.organization_id <> m.organization_id FROM messages b
                          WHERE b.engagement_id = m.engagement_id
                            AND (b.sent_at, b.id) < (m.sent_at, m.id)
                          ORDER BY b.sent_at DESC, b.id DESC LIMIT 1), true) AS unanswered
         FROM messages m WHERE m.engagement_id = $1 AND m.id = $2",
    )
    .bind::<SqlUuid, _>(engagement.0)
    .bind::<SqlUuid, _>(message.0)
    .bind::<SqlUuid, _>(other.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.unanswered)
}

//! Rows of `profiles`, `profile_skills` and `profile_industries`.

use crate::directory::model::{Profile, ProfileFields};
use crate::kernel::id::{OrganizationId, PersonId, ProfileId};
use crate::kernel::zone::Zone;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::sql_types::{
    Array, Bool, Date, Integer, Nullable, Text, Time, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    headline: String,
    #[diesel(sql_type = Text)]
    about: String,
    #[diesel(sql_type = Array<Text>)]
    skills: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    industries: Vec<String>,
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
    #[diesel(sql_type = Nullable<Timestamptz>)]
    published_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

const SELECT: &str = "
    SELECT p.id, p.organization_id, p.person_id, n.name, p.slug, p.headline, p.about,
           ARRAY(SELECT s.skill_slug FROM profile_skills s
                 WHERE s.vendor_id = p.vendor_id AND s.profile_id = p.id ORDER BY 1) AS skills,
           ARRAY(SELECT s.industry_slug FROM profile_industries s
                 WHERE s.vendor_id = p.vendor_id AND s.profile_id = p.id ORDER BY 1) AS industries,
           p.languages, p.zone, p.works_from, p.works_until, p.accepting_clients, p.free_from,
           p.published_at, p.version
    FROM profiles p JOIN persons n ON n.id = p.person_id";

impl TryFrom<Row> for Profile {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let zone = Zone::parse(&row.zone)
            .ok_or_else(|| Error::fault(format!("a profile's zone is {:?}", row.zone)))?;
        Ok(Self {
            id: ProfileId(row.id),
            organization: OrganizationId(row.organization_id),
            person: PersonId(row.person_id),
            name: row.name,
            slug: row.slug,
            fields: ProfileFields {
                headline: row.headline,
                about: row.about,
                skills: row.skills,
                industries: row.industries,
                languages: row.languages,
                zone,
                works_from: row.works_from,
                works_until: row.works_until,
                accepting_clients: row.accepting_clients,
                free_from: row.free_from,
            },
            published_at: row.published_at,
            version: row.version,
        })
    }
}

/// A profile of this vendor, published or not; `None` when there is none. Whether the caller may
/// see it is the policy's question.
pub async fn profile(tx: &mut Tx, id: ProfileId) -> Result<Option<Profile>> {
    let row: Option<Row> = sql_query(format!("{SELECT} WHERE p.id = $1"))
        .bind::<SqlUuid, _>(id.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    row.map(Profile::try_from).transpose()
}

/// The profile of a person in an organization, published or not.
pub async fn profile_of(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
) -> Result<Option<Profile>> {
    let row: Option<Row> =
        sql_query(format!("{SELECT} WHERE p.organization_id = $1 AND p.person_id = $2"))
            .bind::<SqlUuid, _>(organization.0)
            .bind::<SqlUuid, _>(person.0)
            .get_result(tx.conn())
            .await
            .optional()?;
    row.map(Profile::try_from).transpose()
}

/// As [`profile_of`], and nobody else changes it or its services until the transaction ends.
pub async fn lock_profile_of(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
) -> Result<Option<Profile>> {
    let sql = format!(
        "{SELECT} WHERE p.organization_id = $1 AND p.person_id = $2 FOR NO KEY UPDATE OF p"
    );
    let query = sql_query(sql).bind::<SqlUuid, _>(organization.0).bind::<SqlUuid, _>(person.0);
    let row: Option<Row> = query.get_result(tx.conn()).await.optional()?;
    row.map(Profile::try_from).transpose()
}

/// As [`profile`], and nobody else changes it or its services until the transaction ends.
pub async fn lock_profile(tx: &mut Tx, id: ProfileId) -> Result<Option<Profile>> {
    let query = sql_query(format!("{SELECT} WHERE p.id = $1 FOR NO KEY UPDATE OF p"));
    let row: Option<Row> = query.bind::<SqlUuid, _>(id.0).get_result(tx.conn()).await.optional()?;
    row.map(Profile::try_from).transpose()
}

/// Every profile of an organization, by name.
pub async fn profiles_of(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Profile>> {
    let rows: Vec<Row> =
        sql_query(format!("{SELECT} WHERE p.organization_id = $1 ORDER BY n.name, p.id"))
            .bind::<SqlUuid, _>(organization.0)
            .load(tx.conn())
            .await?;
    rows.into_iter().map(Profile::try_from).collect()
}

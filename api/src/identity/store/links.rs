//! Rows of `email_links`.

use crate::identity::model::{Invitation, Link, LinkPurpose};
use crate::kernel::id::{EmailLinkId, OrganizationId, PersonId, VendorId};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bytea, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

pub struct NewLinkRow {
    pub id: EmailLinkId,
    pub token_hash: [u8; 32],
    pub purpose: LinkPurpose,
    /// Only for resets and changes of address.
    pub person: Option<PersonId>,
    pub vendor: VendorId,
    pub email: String,
    pub facts: Value,
}

pub async fn insert_link(tx: &mut Tx, row: NewLinkRow) -> Result<()> {
    sql_query(
        "INSERT INTO email_links (id, token_hash, purpose, person_id, vendor_id, email, facts, \
         expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, app_now() + $8 * interval '1 second')",
    )
    .bind::<SqlUuid, _>(row.id.0)
    .bind::<Bytea, _>(row.token_hash.to_vec())
    .bind::<Text, _>(row.purpose)
    .bind::<Nullable<SqlUuid>, _>(row.person.map(|p| p.0))
    .bind::<SqlUuid, _>(row.vendor.0)
    .bind::<Text, _>(row.email)
    .bind::<Jsonb, _>(row.facts)
    .bind::<BigInt, _>(row.purpose.life().num_seconds())
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    person_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    vendor_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Jsonb)]
    facts: Value,
}

impl From<Row> for Link {
    fn from(row: Row) -> Self {
        Self {
            id: EmailLinkId(row.id),
            person: row.person_id.map(PersonId),
            vendor: row.vendor_id.map(VendorId),
            email: row.email,
            facts: row.facts,
        }
    }
}

const LOOK: &str = "
    SELECT id, person_id, vendor_id, email, facts FROM email_links
    WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > app_now()";

/// A link that still works; looking does not spend it.
pub async fn link(tx: &mut Tx, hash: &[u8; 32], purpose: LinkPurpose) -> Result<Option<Link>> {
    one(tx, LOOK, hash, purpose).await
}

/// Of two that follow a link at once the second waits here for the first and then finds nothing.
const SPEND: &str = "
    WITH found AS (
        SELECT id, person_id, vendor_id, email, facts FROM email_links
        WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > app_now()
        FOR NO KEY UPDATE)
    UPDATE email_links l SET used_at = app_now(), facts = '{}'
    FROM found WHERE l.id = found.id
    RETURNING found.id, found.person_id, found.vendor_id, found.email, found.facts";

/// Spends a link; `None` when it does not work any more. What it carried is emptied.
pub async fn spend_link(
    tx: &mut Tx,
    hash: &[u8; 32],
    purpose: LinkPurpose,
) -> Result<Option<Link>> {
    one(tx, SPEND, hash, purpose).await
}

async fn one(
    tx: &mut Tx,
    sql: &str,
    hash: &[u8; 32],
    purpose: LinkPurpose,
) -> Result<Option<Link>> {
    let row: Option<Row> = sql_query(sql)
        .bind::<Bytea, _>(hash.to_vec())
        .bind::<Text, _>(purpose)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Link::from))
}

/// Ends every open link of the person: a changed password must not be undone by an older mail.
pub async fn end_links_of(tx: &mut Tx, person: PersonId) -> Result<()> {
    sql_query(
        "UPDATE email_links SET used_at = app_now(), facts = '{}'
         WHERE person_id = $1 AND used_at IS NULL",
    )
    .bind::<SqlUuid, _>(person.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct InvitationRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    role: Role,
    #[diesel(sql_type = Text)]
    invited_by: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    expires_at: DateTime<Utc>,
}

/// Open invitations to an organization of the transaction's vendor, latest first.
pub async fn invitations(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Invitation>> {
    let vendor = tx.vendor()?;
    let rows: Vec<InvitationRow> = sql_query(
        "SELECT id, email, facts ->> 'role' AS role, facts ->> 'invited_by_name' AS invited_by,
                created_at, expires_at
         FROM email_links
         WHERE vendor_id = $1 AND purpose = 'join' AND facts ->> 'organization' = $2
           AND used_at IS NULL AND expires_at > app_now()
         ORDER BY created_at DESC, id DESC LIMIT 200",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<Text, _>(organization.to_string())
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: EmailLinkId(row.id),
            email: row.email,
            role: row.role,
            invited_by: row.invited_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// Which open invitations to an organization to withdraw.
pub enum Withdrawn<'a> {
    One(EmailLinkId),
    /// To this address: a newer invitation takes the place of an older one.
    To(&'a str),
    /// By this person, who may invite no more.
    By(PersonId),
}

/// Ends open invitations; answers how many.
pub async fn withdraw_invitations(
    tx: &mut Tx,
    organization: OrganizationId,
    which: Withdrawn<'_>,
) -> Result<usize> {
    let vendor = tx.vendor()?;
    let (id, email, by) = match which {
        Withdrawn::One(id) => (Some(id.0), None, None),
        Withdrawn::To(email) => (None, Some(email), None),
        Withdrawn::By(person) => (None, None, Some(person.to_string())),
    };
    let ended = sql_query(
        "UPDATE email_links SET used_at = app_now(), facts = '{}'
         WHERE vendor_id = $1 AND purpose = 'join' AND facts ->> 'organization' = $2
           AND used_at IS NULL AND expires_at > app_now()
           AND (id = $3 OR email = $4 OR facts ->> 'invited_by' = $5)",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<Text, _>(organization.to_string())
    .bind::<Nullable<SqlUuid>, _>(id)
    .bind::<Nullable<Text>, _>(email)
    .bind::<Nullable<Text>, _>(by)
    .execute(tx.conn())
    .await?;
    Ok(ended)
}

//! Rows of `invitations`.

use super::parties::{COLUMNS, JOINS, PartiesRow};
use crate::kernel::id::{BriefId, InvitationId, OrganizationId, PersonId, ProfileId};
use crate::matching::MatchingError;
use crate::matching::model::{Invitation, InvitationState};
use crate::platform::db::schema::invitations;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(embed)]
    of: PartiesRow,
    #[diesel(sql_type = Date)]
    need_by: NaiveDate,
    #[diesel(sql_type = Text)]
    message: String,
    #[diesel(sql_type = Text)]
    state: InvitationState,
    #[diesel(sql_type = SqlUuid)]
    sent_by: Uuid,
    #[diesel(sql_type = Text)]
    sender: String,
    #[diesel(sql_type = Timestamptz)]
    sent_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        Self {
            id: InvitationId(row.id),
            of: row.of.into(),
            need_by: row.need_by,
            message: row.message,
            state: row.state,
            sent_by: PersonId(row.sent_by),
            sender: row.sender,
            sent_at: row.sent_at,
            answered_at: row.answered_at,
            reason: row.reason,
        }
    }
}

fn select() -> String {
    format!(
        "SELECT x.id, {COLUMNS}, b.need_by, x.message, x.state, x.sent_by, s.name AS sender,
                x.sent_at, x.answered_at, x.reason
           FROM invitations x {JOINS} JOIN persons s ON s.id = x.sent_by"
    )
}

/// An invitation of this vendor; 404 when there is none. Whether the caller may see it is the
/// policy's question.
pub async fn invitation(tx: &mut Tx, id: InvitationId) -> Result<Invitation> {
    Ok(these(tx, vec![id.0]).await?.pop().ok_or(Common::NotFound("invitation"))?)
}

async fn these(tx: &mut Tx, ids: Vec<Uuid>) -> Result<Vec<Invitation>> {
    let sql = format!("{} WHERE x.id = ANY ($1) ORDER BY x.sent_at, x.id", select());
    let rows: Vec<Row> = sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(tx.conn()).await?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

/// Which invitations a list holds.
#[derive(Debug, Clone, Copy)]
pub struct InvitationsWanted {
    /// A side of them: the one who sent or the one who was asked.
    pub organization: OrganizationId,
    pub brief: Option<BriefId>,
    pub state: Option<InvitationState>,
}

/// Invitations that an organization sent or received, latest first, one more than the limit.
pub async fn invitations_of(
    tx: &mut Tx,
    which: InvitationsWanted,
    page: PageWanted,
) -> Result<Vec<Invitation>> {
    let sql = format!(
        "{} WHERE (x.organization_id = $1 OR b.organization_id = $1)
              AND ($2 IS NULL OR x.brief_id = $2) AND ($3 IS NULL OR x.state = $3)
              AND ($4 IS NULL OR (x.sent_at, x.id) < ($4, $5))
            ORDER BY x.sent_at DESC, x.id DESC LIMIT $6",
        select()
    );
    let rows: Vec<Row> = sql_query(sql)
        .bind::<SqlUuid, _>(which.organization.0)
        .bind::<Nullable<SqlUuid>, _>(which.brief.map(|brief| brief.0))
        .bind::<Nullable<Text>, _>(which.state.map(InvitationState::as_str))
        .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(|after| after.id))
        .bind::<BigInt, _>(page.limit + 1)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

pub struct NewInvitation<'a> {
    pub id: InvitationId,
    pub brief: BriefId,
    pub profile: ProfileId,
    pub organization: OrganizationId,
    pub message: &'a str,
    pub by: PersonId,
}

/// Errors with `already-invited` when the brief has one for this profile, whatever became of it.
pub async fn insert_invitation(tx: &mut Tx, new: NewInvitation<'_>) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(invitations::table)
        .values((
            invitations::vendor_id.eq(vendor.0),
            invitations::id.eq(new.id.0),
            invitations::brief_id.eq(new.brief.0),
            invitations::profile_id.eq(new.profile.0),
            invitations::organization_id.eq(new.organization.0),
            invitations::message.eq(new.message),
            invitations::sent_by.eq(new.by.0),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("invitations_profile_key", MatchingError::AlreadyInvited))?;
    Ok(())
}

/// The answer to an invitation. The first one's instant stays. The caller holds the brief's lock.
pub async fn set_answer(
    tx: &mut Tx,
    id: InvitationId,
    state: InvitationState,
    reason: Option<&str>,
) -> Result<()> {
    let sql = "UPDATE invitations SET state = $2, reason = $3,
                      answered_at = coalesce(answered_at, app_now()) WHERE id = $1";
    let rows = sql_query(sql)
        .bind::<SqlUuid, _>(id.0)
        .bind::<Text, _>(state.as_str())
        .bind::<Nullable<Text>, _>(reason)
        .execute(tx.conn())
        .await?;
    if rows == 1 { Ok(()) } else { Err(Error::fault(format!("{rows} invitations answered"))) }
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Withdraws every invitation of a brief that waits for its consultant, for a reason; answers
/// them, oldest first. The caller holds the brief's lock.
pub async fn withdraw_waiting(
    tx: &mut Tx,
    brief: BriefId,
    reason: &str,
) -> Result<Vec<Invitation>> {
    let sql = "UPDATE invitations SET state = 'withdrawn', answered_at = app_now(), reason = $2
                WHERE brief_id = $1 AND state = 'sent' RETURNING id";
    let rows: Vec<IdRow> =
        sql_query(sql).bind::<SqlUuid, _>(brief.0).bind::<Text, _>(reason).load(tx.conn()).await?;
    these(tx, rows.into_iter().map(|row| row.id).collect()).await
}

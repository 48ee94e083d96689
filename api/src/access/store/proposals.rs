//! What waits for the yes of several people, and their yeses.

use super::granting::{ANSWER_WITHIN_DAYS, refused};
use crate::access::model::{Frozen, GrantProposalState, Proposal};
use crate::kernel::id::{GrantId, GrantProposalId, OrganizationId, PersonId};
use crate::platform::db::{Tx, constraint};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Bytea, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The end of the wait of the request or the letter that it is about; `$3` is its id.
const LETTERS_END: &str = "(SELECT coalesce(g.valid_until, g.answer_by) FROM grants g
     WHERE g.vendor_id = $1 AND g.id = $3)";

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Timestamptz)]
    answer_by: DateTime<Utc>,
    #[diesel(sql_type = Bytea)]
    hash: Vec<u8>,
}

/// How many must agree to these terms by the rule that holds now.
pub async fn approvers_needed(tx: &mut Tx, customer: OrganizationId, terms: &str) -> Result<i32> {
    #[derive(QueryableByName)]
    struct Needed {
        #[diesel(sql_type = Integer)]
        needed: i32,
    }
    let vendor = tx.vendor()?;
    let row: Needed = sql_query("SELECT approvers_needed($1, $2, $3) AS needed")
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<SqlUuid, _>(customer.0)
        .bind::<Text, _>(terms)
        .get_result(tx.conn())
        .await?;
    Ok(row.needed)
}

/// Writes what waits, with the yes of whoever wrote it; answers until when, and its hash.
pub async fn insert_proposal(
    tx: &mut Tx,
    (id, by): (GrantProposalId, PersonId),
    new: &Frozen,
) -> Result<(DateTime<Utc>, Vec<u8>)> {
    let vendor = tx.vendor()?;
    let row: Written = sql_query(format!(
        "INSERT INTO grant_proposals (vendor_id, id, grant_id, kind, amendment_id, engagement_id,
             customer_organization_id, connection_id, consultant_id, preset, terms, terms_hash,
             before_hash, last_day, ends_by, needed, hash, proposed_by, edited_by, answer_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $12, $16,
             $16, least(app_now() + $17 * interval '1 day', {LETTERS_END}))
         RETURNING answer_by, hash"
    ))
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(new.grant.0)
    .bind::<Text, _>(new.kind)
    .bind::<Nullable<SqlUuid>, _>(new.amendment.map(|id| id.0))
    .bind::<SqlUuid, _>(new.engagement.0)
    .bind::<SqlUuid, _>(new.customer.0)
    .bind::<SqlUuid, _>(new.connection.0)
    .bind::<SqlUuid, _>(new.consultant.0)
    .bind::<Text, _>(&new.preset)
    .bind::<Text, _>(&new.terms)
    .bind::<Bytea, _>(new.terms_hash.to_vec())
    .bind::<Nullable<Bytea>, _>(new.before_hash.as_deref())
    .bind::<Nullable<Date>, _>(new.last_day)
    .bind::<Nullable<Timestamptz>, _>(new.ends_by)
    .bind::<SqlUuid, _>(by.0)
    .bind::<Integer, _>(ANSWER_WITHIN_DAYS)
    .get_result(tx.conn())
    .await
    .map_err(|error| unwritten(error, &new.consultant_name))?;
    insert_yes(tx, (id, &row.hash), by).await?;
    Ok((row.answer_by, row.hash))
}

/// Writes the next edition of what waits, with the yes of whoever wrote it; every other yes was to
/// an earlier one. Answers as [`insert_proposal`].
pub async fn rewrite_proposal(
    tx: &mut Tx,
    (id, by): (GrantProposalId, PersonId),
    new: &Frozen,
) -> Result<(DateTime<Utc>, Vec<u8>)> {
    let vendor = tx.vendor()?;
    let row: Written = sql_query(format!(
        "UPDATE grant_proposals SET edition = edition + 1, connection_id = $4, preset = $5,
                terms = $6, terms_hash = $7, before_hash = $8, last_day = $9, ends_by = $10,
                edited_by = $11, edited_at = app_now(),
                answer_by = least(app_now() + $12 * interval '1 day', {LETTERS_END})
         WHERE vendor_id = $1 AND id = $2 RETURNING answer_by, hash"
    ))
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(new.grant.0)
    .bind::<SqlUuid, _>(new.connection.0)
    .bind::<Text, _>(&new.preset)
    .bind::<Text, _>(&new.terms)
    .bind::<Bytea, _>(new.terms_hash.to_vec())
    .bind::<Nullable<Bytea>, _>(new.before_hash.as_deref())
    .bind::<Nullable<Date>, _>(new.last_day)
    .bind::<Nullable<Timestamptz>, _>(new.ends_by)
    .bind::<SqlUuid, _>(by.0)
    .bind::<Integer, _>(ANSWER_WITHIN_DAYS)
    .get_result(tx.conn())
    .await
    .map_err(|error| unwritten(error, &new.consultant_name))?;
    insert_yes(tx, (id, &row.hash), by).await?;
    Ok((row.answer_by, row.hash))
}

fn unwritten(error: diesel::result::Error, consultant: &str) -> Error {
    use crate::access::AccessError;
    match constraint(&error) {
        Some("grant_proposals_one_a_letter" | "grant_proposals_one_a_person") => {
            AccessError::ProposalWaits.into()
        }
        _ => refused(error, consultant),
    }
}

/// Writes a yes to exactly this hash; answers whether it is the person's first to it.
pub async fn insert_yes(
    tx: &mut Tx,
    (proposal, hash): (GrantProposalId, &[u8]),
    by: PersonId,
) -> Result<bool> {
    let vendor = tx.vendor()?;
    let written = sql_query(
        "INSERT INTO grant_approvals (vendor_id, proposal_id, hash, person_id, agreed_at)
         VALUES ($1, $2, $3, $4, app_now()) ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(proposal.0)
    .bind::<Bytea, _>(hash)
    .bind::<SqlUuid, _>(by.0)
    .execute(tx.conn())
    .await?;
    Ok(written > 0)
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// What waits about the same letter, or the same person in the same account; locked.
pub async fn waiting_about(tx: &mut Tx, of: &Frozen) -> Result<Option<GrantProposalId>> {
    let row: Option<IdRow> = sql_query(
        "SELECT id FROM grant_proposals WHERE state = 'waiting' AND answer_by > app_now()
            AND (grant_id = $1 OR (engagement_id, connection_id, consultant_id) = ($2, $3, $4))
         ORDER BY grant_id = $1 DESC LIMIT 1 FOR NO KEY UPDATE",
    )
    .bind::<SqlUuid, _>(of.grant.0)
    .bind::<SqlUuid, _>(of.engagement.0)
    .bind::<SqlUuid, _>(of.connection.0)
    .bind::<SqlUuid, _>(of.consultant.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| GrantProposalId(row.id)))
}

/// Locks one, so that of several answers at once each sees the one before.
pub async fn lock_proposal(tx: &mut Tx, id: GrantProposalId) -> Result<()> {
    sql_query("SELECT id FROM grant_proposals WHERE id = $1 FOR NO KEY UPDATE")
        .bind::<SqlUuid, _>(id.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes the rows of a customer's overdue proposals say so; the database has it told.
pub async fn lapse_overdue(tx: &mut Tx, customer: OrganizationId) -> Result<()> {
    sql_query(
        "UPDATE grant_proposals SET state = 'lapsed', closed_at = app_now()
         WHERE customer_organization_id = $1 AND state = 'waiting' AND answer_by <= app_now()",
    )
    .bind::<SqlUuid, _>(customer.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Closes a locked one.
pub async fn close_proposal(
    tx: &mut Tx,
    id: GrantProposalId,
    (state, by, reason): (GrantProposalState, PersonId, &str),
) -> Result<()> {
    sql_query(
        "UPDATE grant_proposals SET state = $2, closed_at = app_now(), closed_by = $3,
                close_reason = $4
         WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(state)
    .bind::<SqlUuid, _>(by.0)
    .bind::<Text, _>(reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Which proposals to read.
#[derive(Debug, Clone)]
pub struct ProposalFilter {
    pub customer: OrganizationId,
    pub ids: Option<Vec<GrantProposalId>>,
    pub grant: Option<GrantId>,
    /// Only what waits, or only what is closed.
    pub waiting: Option<bool>,
    pub after: Option<(DateTime<Utc>, Uuid)>,
    pub limit: i64,
}

/// Latest first, each with its yeses.
pub async fn proposals(tx: &mut Tx, filter: &ProposalFilter) -> Result<Vec<Proposal>> {
    let (at, after) = filter.after.unzip();
    let ids = filter.ids.as_ref();
    let ids: Option<Vec<Uuid>> = ids.map(|ids| ids.iter().map(|id| id.0).collect());
    let rows: Vec<super::proposal_rows::Row> = sql_query(format!(
        "{} WHERE p.customer_organization_id = $1 AND ($2 IS NULL OR p.id = ANY($2))
                AND ($3 IS NULL OR p.grant_id = $3)
                AND ($4 IS NULL OR (p.state = 'waiting' AND p.answer_by > app_now()) = $4)
                AND ($5 IS NULL OR (p.proposed_at, p.id) < ($5, $6))
             ORDER BY p.proposed_at DESC, p.id DESC LIMIT $7",
        super::proposal_rows::SELECT
    ))
    .bind::<SqlUuid, _>(filter.customer.0)
    .bind::<Nullable<Array<SqlUuid>>, _>(ids)
    .bind::<Nullable<SqlUuid>, _>(filter.grant.map(|id| id.0))
    .bind::<Nullable<Bool>, _>(filter.waiting)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(filter.limit)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Proposal::try_from).collect()
}

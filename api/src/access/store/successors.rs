//! How a letter passes to a colleague of its person: asked for, and taken over by a yes.

use super::granting::{ANSWER_WITHIN_DAYS, refused};
use crate::kernel::id::{GrantId, PersonId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Integer, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A colleague to be named instead.
#[derive(Debug, Clone)]
pub struct NewSuccessor {
    pub id: GrantId,
    /// The letter that it would follow, locked.
    pub earlier: GrantId,
    pub person: PersonId,
    pub person_name: String,
    pub proposed_by: PersonId,
    pub reason: String,
}

#[derive(QueryableByName)]
struct UntilRow {
    #[diesel(sql_type = Timestamptz)]
    until: DateTime<Utc>,
}

/// Writes the request: everything but the person is the earlier letter's. It waits no longer than
/// that letter would have lived. Answers until when.
pub async fn insert_successor(tx: &mut Tx, new: &NewSuccessor) -> Result<DateTime<Utc>> {
    let row: UntilRow = sql_query(
        "INSERT INTO grants (vendor_id, id, engagement_id, customer_organization_id,
             partner_organization_id, connection_id, consultant_id, upstream, preset, reason,
             terms, terms_hash, state, requested_at, answer_by, succeeds_id, proposed_by)
         SELECT vendor_id, $2, engagement_id, customer_organization_id, partner_organization_id,
                connection_id, $3, upstream, preset, $4, terms, terms_hash, 'requested',
                app_now(), least(app_now() + $5 * interval '1 day', valid_until), id, $6
         FROM grants WHERE id = $1 RETURNING answer_by AS until",
    )
    .bind::<SqlUuid, _>(new.earlier.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<SqlUuid, _>(new.person.0)
    .bind::<Text, _>(&new.reason)
    .bind::<Integer, _>(ANSWER_WITHIN_DAYS)
    .bind::<SqlUuid, _>(new.proposed_by.0)
    .get_result(tx.conn())
    .await
    .map_err(|error| refused(error, &new.person_name))?;
    Ok(row.until)
}

/// Puts a locked request into force in place of the earlier letter, which has ended: its terms, its
/// end, and what was used up of its budgets. Answers the end.
pub async fn take_over(
    tx: &mut Tx,
    (request, name): (GrantId, &str),
    by: PersonId,
) -> Result<DateTime<Utc>> {
    let row: UntilRow = sql_query(
        "UPDATE grants g SET state = 'active', preset = e.preset, terms = e.terms,
                terms_hash = e.terms_hash, granted_by = $2, granted_at = app_now(),
                valid_until = e.valid_until
         FROM grants e WHERE g.id = $1 AND e.vendor_id = g.vendor_id AND e.id = g.succeeds_id
         RETURNING g.valid_until AS until",
    )
    .bind::<SqlUuid, _>(request.0)
    .bind::<SqlUuid, _>(by.0)
    .get_result(tx.conn())
    .await
    .map_err(|error| refused(error, name))?;
    sql_query(
        "INSERT INTO budget_uses (vendor_id, grant_id, unit, period, used)
         SELECT u.vendor_id, g.id, u.unit, u.period, u.used
         FROM grants g JOIN budget_uses u ON u.vendor_id = g.vendor_id
              AND u.grant_id = g.succeeds_id
         WHERE g.id = $1",
    )
    .bind::<SqlUuid, _>(request.0)
    .execute(tx.conn())
    .await?;
    Ok(row.until)
}

/// Locks the requests that would follow letters.
pub async fn lock_proposals(tx: &mut Tx, earlier: &[GrantId]) -> Result<Vec<GrantId>> {
    #[derive(QueryableByName)]
    struct Proposal {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let rows: Vec<Proposal> = sql_query(
        "SELECT id FROM grants WHERE succeeds_id = ANY($1) AND state = 'requested'
         ORDER BY id FOR NO KEY UPDATE",
    )
    .bind::<Array<SqlUuid>, _>(earlier.iter().map(|id| id.0).collect::<Vec<_>>())
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| GrantId(row.id)).collect())
}

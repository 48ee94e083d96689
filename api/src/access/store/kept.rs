//! Rows of `kept_changes`: what writes changed, as it was before, sealed.

use crate::access::model::{KeptState, TakenBack, Whose};
use crate::kernel::id::{
    AccessEntryId, ConnectionId, EngagementId, GrantId, OrganizationId, PersonId,
};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Keeps what a write changes, or what its answer told of that.
pub async fn keep(tx: &mut Tx, id: AccessEntryId, whose: &Whose, sealed: &[u8]) -> Result<()> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO kept_changes AS k
             (vendor_id, id, grant_id, customer_organization_id, kept_sealed)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (vendor_id, id) DO UPDATE SET kept_sealed = excluded.kept_sealed
         WHERE k.state = 'kept'",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(whose.grant.0)
    .bind::<SqlUuid, _>(whose.customer.0)
    .bind::<Bytea, _>(sealed)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A kept change as its row has it.
#[derive(QueryableByName)]
pub struct KeptRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    connection_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    customer_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    partner_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = Text)]
    pub operation_id: String,
    #[diesel(sql_type = Text)]
    pub operation: String,
    #[diesel(sql_type = Text)]
    pub target: String,
    /// Absent once it was wiped.
    #[diesel(sql_type = Nullable<Bytea>)]
    pub kept_sealed: Option<Vec<u8>>,
    #[diesel(sql_type = Text)]
    pub state: KeptState,
    #[diesel(sql_type = Bool)]
    pub overwrite: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub tried_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    pub found_sealed: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub failure: Option<String>,
    /// Until when it can be taken back, as things stand.
    #[diesel(sql_type = Timestamptz)]
    pub until: DateTime<Utc>,
    /// Whether that is over.
    #[diesel(sql_type = Bool)]
    pub over: bool,
}

impl KeptRow {
    pub fn id(&self) -> AccessEntryId {
        AccessEntryId(self.id)
    }

    pub fn connection(&self) -> ConnectionId {
        ConnectionId(self.connection_id)
    }

    pub fn customer(&self) -> OrganizationId {
        OrganizationId(self.customer_organization_id)
    }

    /// Whose the calls are that take it back: of the person who wanted it, without a key.
    pub fn whose(&self, grant: GrantId, person: PersonId) -> Whose {
        Whose {
            grant,
            key: None,
            engagement: EngagementId(self.engagement_id),
            customer: self.customer(),
            partner: OrganizationId(self.partner_organization_id),
            connection: self.connection(),
            person,
        }
    }
}

/// A write that the application refused, or that never reached it, changed nothing; one whose
/// answer failed may have.
const SELECT: &str = "SELECT k.id, l.at, l.connection_id, k.customer_organization_id,
        l.partner_organization_id, l.engagement_id, l.operation_id, l.operation, l.target,
        k.kept_sealed, k.state, k.overwrite,
        k.tried_at, k.found_sealed, k.failure, u.until,
        k.wiped_at IS NOT NULL OR u.until <= app_now() AS over
    FROM kept_changes k
    JOIN access_log l ON l.vendor_id = k.vendor_id AND l.id = k.id
    JOIN grants g ON g.vendor_id = k.vendor_id AND g.id = k.grant_id
    CROSS JOIN LATERAL (SELECT kept_until(l.at, coalesce(g.ended_at, g.valid_until)) AS until) u
    LEFT JOIN access_log o ON o.vendor_id = k.vendor_id AND o.begun_id = k.id
    WHERE k.grant_id = $1";
const TOOK_EFFECT: &str = "(o.id IS NULL OR o.outcome = 'done' AND o.status < 400
    OR o.outcome = 'failed' AND o.code <> 'upstream-unreachable')";

/// What a letter changed, latest first, at most `limit`.
pub async fn kept(tx: &mut Tx, grant: GrantId, limit: i64) -> Result<Vec<KeptRow>> {
    let rows = sql_query(format!("{SELECT} AND {TOOK_EFFECT} ORDER BY k.id DESC LIMIT $2"))
        .bind::<SqlUuid, _>(grant.0)
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await?;
    Ok(rows)
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many writes of a letter took effect without anything kept of what was before.
pub async fn unkept(tx: &mut Tx, grant: GrantId) -> Result<i64> {
    let row: CountRow = sql_query(format!(
        "SELECT count(*) FROM access_log l
         LEFT JOIN access_log o ON o.vendor_id = l.vendor_id AND o.begun_id = l.id
         WHERE l.grant_id = $1 AND l.outcome = 'begun' AND NOT l.undo AND {TOOK_EFFECT}
           AND NOT EXISTS (SELECT FROM kept_changes k
                           WHERE k.vendor_id = l.vendor_id AND k.id = l.id)"
    ))
    .bind::<SqlUuid, _>(grant.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.count)
}

/// One of them.
pub async fn kept_one(tx: &mut Tx, grant: GrantId, id: AccessEntryId) -> Result<Option<KeptRow>> {
    let row = sql_query(format!("{SELECT} AND k.id = $2"))
        .bind::<SqlUuid, _>(grant.0)
        .bind::<SqlUuid, _>(id.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row)
}

/// The latest that is wanted back and was not tried yet.
pub async fn next_asked(tx: &mut Tx, grant: GrantId) -> Result<Option<KeptRow>> {
    let row = sql_query(format!("{SELECT} AND k.state = 'asked' ORDER BY k.id DESC LIMIT 1"))
        .bind::<SqlUuid, _>(grant.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row)
}

/// Whether the time of one of these changes is over that could be taken back otherwise.
pub async fn is_too_late(tx: &mut Tx, grant: GrantId, ids: &[AccessEntryId]) -> Result<bool> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<KeptRow> = sql_query(format!(
        "{SELECT} AND {TOOK_EFFECT} AND k.id = ANY($2)
         AND k.state IN ('kept', 'differs', 'failed')
         AND (k.wiped_at IS NOT NULL OR u.until <= app_now()) LIMIT 1"
    ))
    .bind::<SqlUuid, _>(grant.0)
    .bind::<Array<SqlUuid>, _>(ids)
    .load(tx.conn())
    .await?;
    Ok(!rows.is_empty())
}

/// Marks changes as wanted back; answers how many were.
pub async fn ask_back(
    tx: &mut Tx,
    grant: GrantId,
    (ids, overwrite): (&[AccessEntryId], bool),
    by: PersonId,
) -> Result<usize> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let marked = sql_query(format!(
        "UPDATE kept_changes k SET state = 'asked', asked_at = app_now(), asked_by = $3,
                overwrite = $4
         FROM access_log l
         JOIN grants g ON g.vendor_id = l.vendor_id AND g.id = l.grant_id
         LEFT JOIN access_log o ON o.vendor_id = l.vendor_id AND o.begun_id = l.id
         WHERE l.vendor_id = k.vendor_id AND l.id = k.id AND {TOOK_EFFECT}
           AND k.wiped_at IS NULL
           AND kept_until(l.at, coalesce(g.ended_at, g.valid_until)) > app_now()
           AND k.grant_id = $1 AND k.id = ANY($2) AND k.state IN ('kept', 'differs', 'failed')"
    ))
    .bind::<SqlUuid, _>(grant.0)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<SqlUuid, _>(by.0)
    .bind::<Bool, _>(overwrite)
    .execute(tx.conn())
    .await?;
    Ok(marked)
}

/// Writes down what became of it; `false` when somebody else did.
pub async fn tried(
    tx: &mut Tx,
    id: AccessEntryId,
    (end, found): (&TakenBack, Option<&[u8]>),
) -> Result<bool> {
    let failure = match end {
        TakenBack::Failed(why) => Some(why.code()),
        _ => None,
    };
    let written = sql_query(
        "UPDATE kept_changes
         SET state = $2, tried_at = app_now(), found_sealed = $3, failure = $4
         WHERE id = $1 AND state = 'asked'",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(end.state())
    .bind::<Nullable<Bytea>, _>(found)
    .bind::<Nullable<Text>, _>(failure)
    .execute(tx.conn())
    .await?;
    Ok(written > 0)
}

//! A customer's open letters with how they are used, and accounts that no letter opens.

use super::grants::STANDING;
use crate::access::model::{AccountUse, ConnectionState, LetterUse, Standing, Terms, USAGE_DAYS};
use crate::kernel::id::{ConnectionId, EngagementId, GrantId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most letters and accounts that are looked at; an organization has far fewer open at a time.
const MOST: i64 = 500;

#[derive(QueryableByName)]
struct LetterRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    consultant_name: String,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = Text)]
    terms: String,
    #[diesel(sql_type = Text)]
    standing: Standing,
    #[diesel(sql_type = Timestamptz)]
    granted_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    in_work: bool,
    #[diesel(sql_type = Array<Text>)]
    called: Vec<String>,
}

/// Granted letters whose row has not ended, the oldest first.
pub async fn letters_in_use(tx: &mut Tx, customer: OrganizationId) -> Result<Vec<LetterUse>> {
    let rows: Vec<LetterRow> = sql_query(format!(
        "SELECT g.id, g.engagement_id, e.number, p.name AS consultant_name, c.account_name, g.terms,
                {STANDING} AS standing,
                greatest(g.granted_at, (SELECT b.starts_at FROM grant_starts b
                    WHERE b.vendor_id = g.vendor_id AND b.grant_id = g.id)) AS granted_at,
                (SELECT max(l.at) FROM access_log l WHERE l.vendor_id = g.vendor_id
                    AND l.grant_id = g.id AND l.outcome IN ('done', 'cut')) AS used_at,
                EXISTS (SELECT 1 FROM milestones k WHERE k.vendor_id = g.vendor_id
                    AND k.engagement_id = g.engagement_id
                    AND k.state IN ('funded', 'submitted', 'changes_requested')) AS in_work,
                ARRAY(SELECT DISTINCT l.operation_id FROM access_log l
                    WHERE l.vendor_id = g.vendor_id AND l.grant_id = g.id
                      AND l.at >= app_now() - make_interval(days => $2)
                      AND l.outcome IN ('done', 'failed', 'cut') AND l.operation_id IS NOT NULL)
                  AS called
         FROM grants g
         JOIN engagements e ON e.vendor_id = g.vendor_id AND e.id = g.engagement_id
         JOIN persons p ON p.id = g.consultant_id
         JOIN connections c ON c.vendor_id = g.vendor_id AND c.id = g.connection_id
         LEFT JOIN memberships m ON m.person_id = g.consultant_id AND m.vendor_id = g.vendor_id
              AND m.organization_id = g.partner_organization_id AND m.ended_at IS NULL
         WHERE g.customer_organization_id = $1 AND g.state = 'active'
         ORDER BY g.granted_at, g.id LIMIT $3",
    ))
    .bind::<SqlUuid, _>(customer.0)
    .bind::<Integer, _>(USAGE_DAYS)
    .bind::<BigInt, _>(MOST)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(LetterUse::from).collect())
}

impl From<LetterRow> for LetterUse {
    fn from(row: LetterRow) -> Self {
        let (actions, spare) = spare(&row.terms, &row.called);
        Self {
            id: GrantId(row.id),
            engagement: EngagementId(row.engagement_id),
            engagement_number: row.number,
            consultant_name: row.consultant_name,
            account_name: row.account_name,
            standing: row.standing,
            granted_at: row.granted_at,
            used_at: row.used_at,
            in_work: row.in_work,
            actions,
            spare,
        }
    }
}

/// How many actions the terms hold, and of how many nothing was called; none of terms that cannot
/// be read, since they permit nothing.
fn spare(terms: &str, called: &[String]) -> (usize, usize) {
    let Ok(terms) = Terms::read(terms) else { return (0, 0) };
    let used = called.iter().filter_map(|id| terms.operations.get(id));
    let used: BTreeSet<&str> = used.map(|pinned| pinned.action.as_str()).collect();
    let held = terms.actions().len();
    (held, held.saturating_sub(used.len()))
}

#[derive(QueryableByName)]
struct AccountRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = Text)]
    state: ConnectionState,
    #[diesel(sql_type = Timestamptz)]
    connected_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    letters_ended_at: Option<DateTime<Utc>>,
}

/// Connected accounts without a granted letter whose time still runs, by name.
pub async fn accounts_without_letters(
    tx: &mut Tx,
    customer: OrganizationId,
) -> Result<Vec<AccountUse>> {
    let rows: Vec<AccountRow> = sql_query(
        "SELECT c.id, c.upstream, c.account_name, c.state, c.connected_at,
                (SELECT max(l.at) FROM access_log l WHERE l.vendor_id = c.vendor_id
                    AND l.connection_id = c.id AND l.outcome IN ('done', 'cut')) AS used_at,
                (SELECT max(least(g.ended_at, g.valid_until)) FROM grants g
                    WHERE g.vendor_id = c.vendor_id
                      AND g.customer_organization_id = c.organization_id
                      AND g.connection_id = c.id AND g.granted_at IS NOT NULL) AS letters_ended_at
         FROM connections c
         WHERE c.organization_id = $1 AND c.state <> 'disconnected'
           AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.vendor_id = c.vendor_id
                AND g.connection_id = c.id AND g.state = 'active' AND g.valid_until > app_now())
         ORDER BY c.account_name, c.id LIMIT $2",
    )
    .bind::<SqlUuid, _>(customer.0)
    .bind::<BigInt, _>(MOST)
    .load(tx.conn())
    .await?;
    let account = |row: AccountRow| AccountUse {
        id: ConnectionId(row.id),
        upstream: row.upstream,
        account_name: row.account_name,
        state: row.state,
        connected_at: row.connected_at,
        used_at: row.used_at,
        letters_ended_at: row.letters_ended_at,
    };
    Ok(rows.into_iter().map(account).collect())
}

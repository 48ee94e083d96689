//! Rows of `matches`: what a customer was shown, as it was shown.

use crate::kernel::id::{BriefId, InvitationId, MatchId, OrganizationId, ProfileId, ServiceId};
use crate::matching::model::InvitationState;
use crate::matching::model::score::{Change, Factor, Ranked};
use crate::platform::clock::Ids;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// What the column `factors` holds.
#[derive(Serialize, Deserialize)]
pub struct Explanation {
    pub factors: Vec<Factor>,
    pub change: Change,
    pub newcomer: bool,
}

/// A match as it was computed.
pub struct MatchRow {
    pub id: MatchId,
    pub profile: ProfileId,
    pub service: Option<ServiceId>,
    pub place: i32,
    pub score_milli: i32,
    pub explanation: Explanation,
    pub watch_out: String,
    pub computed_at: DateTime<Utc>,
    pub invitation: Option<(InvitationId, InvitationState)>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    service_id: Option<Uuid>,
    #[diesel(sql_type = Integer)]
    rank: i32,
    #[diesel(sql_type = Integer)]
    score_milli: i32,
    #[diesel(sql_type = Jsonb)]
    factors: Value,
    #[diesel(sql_type = Text)]
    watch_out: String,
    #[diesel(sql_type = Timestamptz)]
    shown_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    invitation_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    invitation_state: Option<InvitationState>,
}

impl TryFrom<Row> for MatchRow {
    type Error = serde_json::Error;

    fn try_from(row: Row) -> serde_json::Result<Self> {
        let invitation = row.invitation_id.map(InvitationId).zip(row.invitation_state);
        Ok(Self {
            id: MatchId(row.id),
            profile: ProfileId(row.profile_id),
            service: row.service_id.map(ServiceId),
            place: row.rank,
            score_milli: row.score_milli,
            explanation: serde_json::from_value(row.factors)?,
            watch_out: row.watch_out,
            computed_at: row.shown_at,
            invitation,
        })
    }
}

/// The matches of a brief, first place first, with what became of their invitations.
pub async fn matches(tx: &mut Tx, brief: BriefId) -> Result<Vec<MatchRow>> {
    let sql = "
        SELECT m.id, m.profile_id, m.service_id, m.rank, m.score_milli, m.factors, m.watch_out,
               m.shown_at, i.id AS invitation_id, i.state AS invitation_state
          FROM matches m
          LEFT JOIN invitations i ON i.vendor_id = m.vendor_id AND i.brief_id = m.brief_id
                                 AND i.profile_id = m.profile_id
         WHERE m.brief_id = $1 ORDER BY m.rank";
    let rows: Vec<Row> = sql_query(sql).bind::<SqlUuid, _>(brief.0).load(tx.conn()).await?;
    Ok(rows.into_iter().map(MatchRow::try_from).collect::<serde_json::Result<_>>()?)
}

/// Writes the matches of a brief in place of those it had, in one statement. The caller holds the
/// brief's lock.
pub async fn replace_matches(
    tx: &mut Tx,
    ids: &Ids,
    brief: BriefId,
    ranked: Vec<Ranked>,
) -> Result<()> {
    let vendor = tx.vendor()?;
    let mut columns = Columns::default();
    for (found, rank) in ranked.into_iter().zip(1..) {
        columns.push(ids.next(), found, rank)?;
    }
    let sql = "
        WITH gone AS (DELETE FROM matches WHERE brief_id = $2 AND profile_id <> ALL ($4))
        INSERT INTO matches (vendor_id, brief_id, id, profile_id, service_id, rank, score_milli,
                             factors, watch_out)
        SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT ON CONSTRAINT matches_profile_key DO UPDATE
           SET service_id = excluded.service_id, rank = excluded.rank,
               score_milli = excluded.score_milli, factors = excluded.factors,
               watch_out = excluded.watch_out, shown_at = app_now()";
    sql_query(sql)
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<SqlUuid, _>(brief.0)
        .bind::<Array<SqlUuid>, _>(columns.ids)
        .bind::<Array<SqlUuid>, _>(columns.profiles)
        .bind::<Array<Nullable<SqlUuid>>, _>(columns.services)
        .bind::<Array<Integer>, _>(columns.ranks)
        .bind::<Array<Integer>, _>(columns.scores)
        .bind::<Array<Jsonb>, _>(columns.factors)
        .bind::<Array<Text>, _>(columns.watch_outs)
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    profiles: Vec<Uuid>,
    services: Vec<Option<Uuid>>,
    ranks: Vec<i32>,
    scores: Vec<i32>,
    factors: Vec<Value>,
    watch_outs: Vec<String>,
}

impl Columns {
    fn push(&mut self, id: MatchId, found: Ranked, rank: i32) -> Result<()> {
        let Ranked { profile, fit, change, .. } = found;
        let newcomer = fit.newcomer;
        let explanation = Explanation { factors: fit.factors, change, newcomer };
        self.ids.push(id.0);
        self.profiles.push(profile.0);
        self.services.push(fit.service.map(|service| service.0));
        self.ranks.push(rank);
        self.scores.push(fit.score_milli);
        self.factors.push(serde_json::to_value(explanation)?);
        self.watch_outs.push(fit.watch_out);
        Ok(())
    }
}

#[derive(QueryableByName)]
struct EligibleRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    published_at: DateTime<Utc>,
}

/// Published profiles with the instant of their publication, without those of organizations in
/// which a person of the customer also holds a seat.
pub async fn eligible(
    tx: &mut Tx,
    customer: OrganizationId,
) -> Result<HashMap<ProfileId, DateTime<Utc>>> {
    let sql = format!(
        "SELECT p.id, p.published_at FROM profiles p
          WHERE p.published_at IS NOT NULL AND p.accepting_clients
            AND p.organization_id NOT IN ({SHARING})"
    );
    let rows: Vec<EligibleRow> =
        sql_query(sql).bind::<SqlUuid, _>(customer.0).load(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| (ProfileId(row.id), row.published_at)).collect())
}

/// Organizations in which a person of the organization `$1` holds a seat, itself among them.
const SHARING: &str = "
    SELECT theirs.organization_id FROM memberships ours
      JOIN memberships theirs ON theirs.person_id = ours.person_id
                             AND theirs.vendor_id = ours.vendor_id AND theirs.ended_at IS NULL
     WHERE ours.organization_id = $1 AND ours.ended_at IS NULL";

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// Whether a person holds a seat in both organizations.
pub async fn share_a_person(
    tx: &mut Tx,
    one: OrganizationId,
    other: OrganizationId,
) -> Result<bool> {
    let sql = format!("SELECT count(*) FROM ({SHARING}) s WHERE s.organization_id = $2");
    let row: CountRow = sql_query(sql)
        .bind::<SqlUuid, _>(one.0)
        .bind::<SqlUuid, _>(other.0)
        .get_result(tx.conn())
        .await?;
    Ok(row.count > 0)
}

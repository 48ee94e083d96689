//! Calls counted by what they were made for.

use crate::access::model::WorkDone;
use crate::engagements::Stretch;
use crate::kernel::id::{EngagementId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Integer, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    risk: Risk,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = BigInt)]
    approved: i64,
    #[diesel(sql_type = BigInt)]
    recipients: i64,
}

/// The calls of an engagement in the stretches of one milestone that the application carried out,
/// by the delivery's version, mildest risk first; for an organization on either side.
pub async fn work_in(
    tx: &mut Tx,
    (organization, engagement): (OrganizationId, EngagementId),
    stretches: &[Stretch],
) -> Result<Vec<(i32, WorkDone)>> {
    let versions: Vec<i32> = stretches.iter().map(|s| s.version).collect();
    let from: Vec<DateTime<Utc>> = stretches.iter().map(|s| s.from).collect();
    let until: Vec<DateTime<Utc>> = stretches.iter().map(|s| s.until).collect();
    let rows: Vec<Row> = sql_query(
        "SELECT s.version, l.risk, count(*) AS calls, count(l.approval_id) AS approved,
                coalesce(sum(l.cost) FILTER (WHERE l.cost_unit = 'recipients'), 0)::bigint
                    AS recipients
         FROM unnest($3::integer[], $4::timestamptz[], $5::timestamptz[])
              AS s (version, earliest, latest)
         JOIN access_log l ON l.engagement_id = $2 AND l.at >= s.earliest AND l.at < s.latest
         WHERE (l.customer_organization_id = $1 OR l.partner_organization_id = $1)
           AND l.outcome IN ('done', 'cut') AND l.status < 400
         GROUP BY s.version, l.risk",
    )
    .bind::<SqlUuid, _>(organization.0)
    .bind::<SqlUuid, _>(engagement.0)
    .bind::<Array<Integer>, _>(versions)
    .bind::<Array<Timestamptz>, _>(from)
    .bind::<Array<Timestamptz>, _>(until)
    .load(tx.conn())
    .await?;
    let mut done: Vec<(i32, WorkDone)> = rows.into_iter().map(Row::done).collect();
    done.sort_by_key(|(version, work)| (*version, work.risk));
    Ok(done)
}

impl Row {
    fn done(self) -> (i32, WorkDone) {
        let work = WorkDone {
            risk: self.risk,
            calls: self.calls,
            approved: self.approved,
            recipients: self.recipients,
        };
        (self.version, work)
    }
}

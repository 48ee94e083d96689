//! Calls counted by what they were made for.

use crate::access::model::{Span, WorkDone};
use crate::kernel::id::{EngagementId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    n: i64,
    #[diesel(sql_type = Text)]
    risk: Risk,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = BigInt)]
    approved: i64,
    #[diesel(sql_type = BigInt)]
    recipients: i64,
}

/// The calls of an engagement in each span that the application carried out, mildest risk first;
/// for an organization on either side.
pub async fn work_in(
    tx: &mut Tx,
    (organization, engagement): (OrganizationId, EngagementId),
    spans: &[Span],
) -> Result<Vec<WorkDone>> {
    let from: Vec<DateTime<Utc>> = spans.iter().map(|span| span.from).collect();
    let until: Vec<DateTime<Utc>> = spans.iter().map(|span| span.until).collect();
    let rows: Vec<Row> = sql_query(
        "SELECT s.n, l.risk, count(*) AS calls, count(l.approval_id) AS approved,
                coalesce(sum(l.cost) FILTER (WHERE l.cost_unit = 'recipients'), 0)::bigint
                    AS recipients
         FROM unnest($3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
              AS s (earliest, latest, n)
         JOIN access_log l ON l.engagement_id = $2 AND l.at >= s.earliest AND l.at < s.latest
         WHERE (l.customer_organization_id = $1 OR l.partner_organization_id = $1)
           AND l.outcome IN ('done', 'cut') AND l.status < 400
         GROUP BY s.n, l.risk",
    )
    .bind::<SqlUuid, _>(organization.0)
    .bind::<SqlUuid, _>(engagement.0)
    .bind::<Array<Timestamptz>, _>(from)
    .bind::<Array<Timestamptz>, _>(until)
    .load(tx.conn())
    .await?;
    let mut done: Vec<WorkDone> = rows.into_iter().map(Row::done).collect();
    done.sort_by_key(|work| (work.span, work.risk));
    Ok(done)
}

impl Row {
    fn done(self) -> WorkDone {
        WorkDone {
            span: usize::try_from(self.n - 1).unwrap_or(usize::MAX),
            risk: self.risk,
            calls: self.calls,
            approved: self.approved,
            recipients: self.recipients,
        }
    }
}

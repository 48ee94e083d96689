//! When each paid milestone of an engagement was delivered, returned and closed.

use crate::engagements::model::Course;
use crate::kernel::id::{EngagementId, MilestoneId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    milestone: MilestoneId,
    #[diesel(sql_type = Timestamptz)]
    funded_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    closed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Array<Timestamptz>)]
    delivered: Vec<DateTime<Utc>>,
    #[diesel(sql_type = Array<Nullable<Timestamptz>>)]
    returned: Vec<Option<DateTime<Utc>>>,
}

/// The ways of an engagement's milestones, in their order. Work of a week is what was done in its
/// days, paid or not.
pub async fn courses(tx: &mut Tx, engagement: EngagementId) -> Result<Vec<Course>> {
    let rows: Vec<Row> = sql_query(
        "SELECT m.id AS milestone,
                coalesce(m.week_of::timestamp AT TIME ZONE 'UTC', m.funded_at) AS funded_at,
                least(m.accepted_at, m.refunded_at, m.settled_at) AS closed_at,
                coalesce(array_agg(coalesce((m.week_of + 7)::timestamp AT TIME ZONE 'UTC',
                                            d.submitted_at) ORDER BY d.version)
                    FILTER (WHERE d.id IS NOT NULL), '{}') AS delivered,
                coalesce(array_agg(c.requested_at ORDER BY d.version)
                    FILTER (WHERE d.id IS NOT NULL), '{}') AS returned
         FROM milestones m
         LEFT JOIN deliverables d ON d.vendor_id = m.vendor_id AND d.milestone_id = m.id
         LEFT JOIN change_requests c ON c.vendor_id = d.vendor_id AND c.deliverable_id = d.id
         WHERE m.vendor_id = $1 AND m.engagement_id = $2
           AND (m.funded_at IS NOT NULL OR m.week_of IS NOT NULL)
         GROUP BY m.vendor_id, m.id
         ORDER BY m.seq",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(engagement.0)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Row::course).collect())
}

impl Row {
    fn course(self) -> Course {
        Course {
            milestone: self.milestone,
            funded_at: self.funded_at,
            closed_at: self.closed_at,
            deliveries: self.delivered.into_iter().zip(self.returned).collect(),
        }
    }
}

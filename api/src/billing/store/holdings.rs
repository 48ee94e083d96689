//! Held money whose limit comes near.

use crate::billing::model::Holding;
use crate::kernel::id::{MilestoneId, OrganizationId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::program::HoldLimit;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    seq: i32,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = Timestamptz)]
    hold_until: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    disagreed: bool,
}

/// What is in the last third of its time, the first to end first: of the program, or of one side.
pub async fn holdings_ending(
    tx: &mut Tx,
    own: Option<OrganizationId>,
    limit: i64,
) -> Result<Vec<Holding>> {
    let sql = "SELECT m.id, m.seq, m.title, e.number, m.currency,
            m.price_minor - m.sent_back_minor - m.released_minor AS held, m.hold_until,
            EXISTS (SELECT FROM disagreements d WHERE d.vendor_id = m.vendor_id
                AND d.milestone_id = m.id AND d.state = 'open') AS disagreed
        FROM milestones m JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id
        WHERE m.state IN ('funded', 'submitted', 'changes_requested')
            AND m.hold_until - (m.hold_until - coalesce(m.charged_at, m.funded_at)) / 3 <= app_now()
            AND ($1::uuid IS NULL OR $1 IN (e.customer_organization_id, e.partner_organization_id))
        ORDER BY m.hold_until, m.id LIMIT $2";
    let rows: Vec<Row> = sql_query(sql)
        .bind::<Nullable<SqlUuid>, _>(own.map(|of| of.0))
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Holding::from).collect())
}

impl From<Row> for Holding {
    fn from(row: Row) -> Self {
        Self {
            milestone: MilestoneId(row.id),
            seq: row.seq,
            title: row.title,
            label: format!("A-{}", row.number),
            held: Money::new(row.held, row.currency),
            acts_at: HoldLimit::acts_at(row.hold_until),
            hold_until: row.hold_until,
            disagreed: row.disagreed,
        }
    }
}

//! Signed work with its frozen shares, for sharing it anew.

use crate::engagements::model::SignedMilestone;
use crate::kernel::id::{EngagementId, OrganizationId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::program::{FeeFacts, Origin, Tier};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    engagement: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    partner: Uuid,
    #[diesel(sql_type = Text)]
    partner_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    category: Option<String>,
    #[diesel(sql_type = Text)]
    tier: Tier,
    #[diesel(sql_type = Text)]
    account: Origin,
    #[diesel(sql_type = Text)]
    rule: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    price: i64,
    #[diesel(sql_type = BigInt)]
    consultant: i64,
    #[diesel(sql_type = BigInt)]
    vendor: i64,
    #[diesel(sql_type = BigInt)]
    reseller: i64,
    #[diesel(sql_type = BigInt)]
    operator: i64,
}

const SIGNED: &str = "
    SELECT e.id AS engagement, e.number, o.id AS partner, o.name AS partner_name,
           e.category_slug AS category, coalesce(w.fee_tier, n.tier, 'listed') AS tier,
           CASE WHEN w.reseller_organization_id IS NULL THEN 'direct'
             ELSE coalesce(w.reseller_kind, 'sourced') END AS account, f.words AS rule,
           m.currency, m.price_minor AS price, s.consultant, s.vendor, s.reseller, s.operator
    FROM engagements e
    JOIN LATERAL (SELECT w.fee_tier, w.fee_policy_id, w.reseller_organization_id,
          w.reseller_kind
        FROM statements_of_work w WHERE w.vendor_id = e.vendor_id AND w.engagement_id = e.id
        ORDER BY w.version DESC LIMIT 1) w ON true
    JOIN fee_policies f ON f.vendor_id = e.vendor_id AND f.id = w.fee_policy_id
    JOIN organizations o ON o.vendor_id = e.vendor_id AND o.id = e.partner_organization_id
    LEFT JOIN enrollments n ON n.vendor_id = o.vendor_id AND n.organization_id = o.id
    JOIN milestones m ON m.vendor_id = e.vendor_id AND m.engagement_id = e.id
    CROSS JOIN LATERAL (SELECT
        coalesce(sum(s.minor) FILTER (WHERE s.party = 'consultant'), 0)::bigint AS consultant,
        coalesce(sum(s.minor) FILTER (WHERE s.party = 'vendor'), 0)::bigint AS vendor,
        coalesce(sum(s.minor) FILTER (WHERE s.party = 'reseller'), 0)::bigint AS reseller,
        coalesce(sum(s.minor) FILTER (WHERE s.party = 'operator'), 0)::bigint AS operator
        FROM (SELECT party, amount_minor AS minor FROM milestone_shares
            WHERE vendor_id = m.vendor_id AND milestone_id = m.id) s) s
    WHERE e.signed_at >= $1 ORDER BY e.number, m.seq LIMIT $2";

/// The milestones of work that was signed since an instant, by engagement.
pub async fn signed_milestones(
    tx: &mut Tx,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Vec<SignedMilestone>> {
    let rows: Vec<Row> = sql_query(SIGNED)
        .bind::<Timestamptz, _>(since)
        .bind::<BigInt, _>(most)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(SignedMilestone::from).collect())
}

impl From<Row> for SignedMilestone {
    fn from(row: Row) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        Self {
            engagement: EngagementId(row.engagement),
            number: row.number,
            partner: OrganizationId(row.partner),
            facts: FeeFacts { category: row.category, tier: row.tier, account: row.account },
            price: money(row.price),
            signed: [row.consultant, row.vendor, row.reseller, row.operator].map(money),
            partner_name: row.partner_name,
            rule: row.rule,
        }
    }
}

//! What a customer spent: sums over its milestones, and its payments.

use crate::billing::model::{Received, Spent, SpentOn};
use crate::kernel::id::{EngagementId, MilestoneId, OrganizationId, PaymentId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// Paid is held, released and gone back together.
const SUMS: &str = "
    coalesce(sum(m.price_minor), 0)::bigint AS agreed,
    coalesce(sum(m.price_minor) FILTER (WHERE m.funded_at IS NOT NULL), 0)::bigint AS paid,
    coalesce(sum(m.price_minor - m.sent_back_minor - m.released_minor)
        FILTER (WHERE m.state IN ('funded', 'submitted', 'changes_requested')), 0)::bigint AS held,
    coalesce(sum(m.released_minor - m.given_back_minor), 0)::bigint AS released,
    coalesce(sum(m.sent_back_minor + m.given_back_minor), 0)::bigint AS back";

#[derive(QueryableByName)]
struct Sums {
    #[diesel(sql_type = BigInt)]
    agreed: i64,
    #[diesel(sql_type = BigInt)]
    paid: i64,
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = BigInt)]
    released: i64,
    #[diesel(sql_type = BigInt)]
    back: i64,
}

#[derive(QueryableByName)]
struct SpentRow {
    #[diesel(sql_type = SqlUuid)]
    engagement: EngagementId,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    partner: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(embed)]
    sums: Sums,
}

#[derive(QueryableByName)]
struct ReceivedRow {
    #[diesel(sql_type = SqlUuid)]
    payment: PaymentId,
    #[diesel(sql_type = SqlUuid)]
    milestone: MilestoneId,
    #[diesel(sql_type = Integer)]
    seq: i32,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = Timestamptz)]
    paid_at: DateTime<Utc>,
}

/// A customer's engagements with their money, latest first.
pub async fn spent_on(
    tx: &mut Tx,
    customer: OrganizationId,
    page: PageWanted,
) -> Result<(Vec<SpentOn>, Option<Position>)> {
    let sql = format!(
        "SELECT e.id AS engagement, e.number, e.title, o.name AS partner, e.currency, e.created_at,
                {SUMS}
         FROM engagements e
         JOIN milestones m ON m.vendor_id = e.vendor_id AND m.engagement_id = e.id
         JOIN organizations o ON o.vendor_id = e.vendor_id AND o.id = e.partner_organization_id
         WHERE e.customer_organization_id = $1
           AND ($2 IS NULL OR (e.created_at, e.id) < ($2, $3))
         GROUP BY e.vendor_id, e.id, o.name
         ORDER BY e.created_at DESC, e.id DESC
         LIMIT $4"
    );
    let mut rows: Vec<SpentRow> = sql_query(sql)
        .bind::<SqlUuid, _>(customer.0)
        .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(|after| after.id))
        .bind::<BigInt, _>(page.limit + 1)
        .load(tx.conn())
        .await?;
    let next =
        cut(&mut rows, page.limit, |row| Position { at: row.created_at, id: row.engagement.0 });
    Ok((rows.into_iter().map(SpentRow::spent).collect(), next))
}

/// The sums of all of a customer's engagements, in the program's currency.
pub async fn spent(tx: &mut Tx, customer: OrganizationId, currency: Currency) -> Result<Spent> {
    let sql = format!(
        "SELECT {SUMS} FROM engagements e
         JOIN milestones m ON m.vendor_id = e.vendor_id AND m.engagement_id = e.id
         WHERE e.customer_organization_id = $1 AND e.currency = $2"
    );
    let sums: Sums = sql_query(sql)
        .bind::<SqlUuid, _>(customer.0)
        .bind::<Text, _>(currency.code())
        .get_result(tx.conn())
        .await?;
    let of = |minor| Money::new(minor, currency);
    let Sums { agreed, paid, held, released, back } = sums;
    Ok(Spent {
        agreed: of(agreed),
        paid: of(paid),
        held: of(held),
        released: of(released),
        back: of(back),
    })
}

/// A customer's payments whose money came, latest first.
pub async fn received(
    tx: &mut Tx,
    customer: OrganizationId,
    page: PageWanted,
) -> Result<(Vec<Received>, Option<Position>)> {
    let mut rows: Vec<ReceivedRow> = sql_query(
        "SELECT p.id AS payment, p.milestone_id AS milestone, m.seq, m.title, e.number, p.currency,
                p.amount_minor AS amount, p.paid_at
         FROM payments p
         JOIN milestones m ON m.vendor_id = p.vendor_id AND m.id = p.milestone_id
         JOIN engagements e ON e.vendor_id = p.vendor_id AND e.id = p.engagement_id
         WHERE p.customer_organization_id = $1 AND p.paid_at IS NOT NULL
           AND ($2 IS NULL OR (p.paid_at, p.id) < ($2, $3))
         ORDER BY p.paid_at DESC, p.id DESC
         LIMIT $4",
    )
    .bind::<SqlUuid, _>(customer.0)
    .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(|after| after.id))
    .bind::<BigInt, _>(page.limit + 1)
    .load(tx.conn())
    .await?;
    let next = cut(&mut rows, page.limit, |row| Position { at: row.paid_at, id: row.payment.0 });
    Ok((rows.into_iter().map(ReceivedRow::received).collect(), next))
}

impl SpentRow {
    fn spent(self) -> SpentOn {
        let of = |minor| Money::new(minor, self.currency);
        let Sums { agreed, paid, held, released, back } = self.sums;
        SpentOn {
            engagement: self.engagement,
            label: format!("A-{}", self.number),
            title: self.title,
            partner: self.partner,
            agreed: of(agreed),
            paid: of(paid),
            held: of(held),
            released: of(released),
            back: of(back),
        }
    }
}

impl ReceivedRow {
    fn received(self) -> Received {
        Received {
            payment: self.payment,
            milestone: self.milestone,
            seq: self.seq,
            title: self.title,
            label: format!("A-{}", self.number),
            amount: Money::new(self.amount, self.currency),
            paid_at: self.paid_at,
        }
    }
}

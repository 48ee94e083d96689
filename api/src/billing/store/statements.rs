//! Lines of statements, joined from what engagements and billing keep.
//!
//! Which organization is asked about is said in the query: row-level security knows the vendor only.

use crate::billing::model::{LineState, Part, Period, Taken, TakenHow};
use crate::engagements::Party;
use crate::kernel::id::{
    EngagementId, JournalId, MilestoneId, OrganizationId, RecoveryId, ReleaseId,
};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::journals;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Whether lines are a payee's shares or a customer's payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    Shares,
    Payments,
}

/// One line before it has its running total and journals.
#[derive(QueryableByName)]
pub struct MoneyRow {
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid, deserialize_as = Uuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub number: i64,
    #[diesel(sql_type = SqlUuid, deserialize_as = Uuid)]
    milestone_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    price_minor: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub party: Option<Party>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub parts: Option<i32>,
    #[diesel(sql_type = BigInt)]
    amount_minor: i64,
    #[diesel(sql_type = Text)]
    pub state: LineState,
    #[diesel(sql_type = Nullable<Text>)]
    pub refusal: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    pub stripe: Vec<String>,
    /// What of a share paid what its payee owed.
    #[diesel(sql_type = BigInt)]
    netted_minor: i64,
    /// Set on what a payee gives back.
    #[diesel(sql_type = Nullable<SqlUuid>, deserialize_as = Option<Uuid>)]
    recovery_id: Option<Uuid>,
    /// Set on a share that was released; on what came back to a customer its refund or dispute.
    #[diesel(sql_type = Nullable<SqlUuid>, deserialize_as = Option<Uuid>)]
    release_id: Option<Uuid>,
    /// Whether that release was the acceptance's, not a part's.
    #[diesel(sql_type = Nullable<Bool>)]
    pub acceptance: Option<bool>,
    /// How the rule is called that the parts are from.
    #[diesel(sql_type = Nullable<Text>)]
    pub fee_words: Option<String>,
    /// The rule's first instant.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub fee_from: Option<DateTime<Utc>>,
}

impl MoneyRow {
    pub fn netted(&self) -> Money {
        Money::new(self.netted_minor, self.currency)
    }

    pub fn recovery(&self) -> Option<RecoveryId> {
        self.recovery_id.map(RecoveryId)
    }

    pub fn release(&self) -> Option<ReleaseId> {
        self.release_id.map(ReleaseId)
    }

    pub fn engagement(&self) -> EngagementId {
        EngagementId(self.engagement_id)
    }

    pub fn milestone(&self) -> MilestoneId {
        MilestoneId(self.milestone_id)
    }

    pub fn gross(&self) -> Money {
        Money::new(self.price_minor, self.currency)
    }

    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }
}

/// A payee's shares of what was released, a line each; then its share of what is held still, or was
/// sent back before release when all of it was. The date is that of the last change that counts.
/// Then what the payee gives back of what was released, with a minus. `there` is what of it is where
/// the state says.
const SHARES: &str = "
    SELECT CASE WHEN l.acceptance THEN m.accepted_at ELSE l.released_at END AS at, e.id AS engagement_id, e.number,
           m.id AS milestone_id, m.seq, m.title, m.currency, l.amount_minor AS price_minor, t.party, s.parts,
           t.amount_minor,
           CASE WHEN t.state IN ('paid', 'netted') THEN 'paid'
                WHEN t.state = 'asked' THEN 'on_the_way'
                ELSE 'payable' END AS state,
           CASE WHEN t.state = 'refused' THEN t.refusal END AS refusal,
           array_remove(ARRAY[p.charge, t.stripe_transfer] || r.stripe, NULL) AS stripe,
           t.netted_minor, NULL::uuid AS recovery_id, l.id AS release_id, l.acceptance,
           t.amount_minor - t.netted_minor - t.reversed_minor AS there,
           g.words AS fee_words, g.effective_from AS fee_from
    FROM transfers t
    JOIN releases l ON l.vendor_id = t.vendor_id AND l.id = t.release_id
    JOIN milestone_shares s ON s.vendor_id = t.vendor_id AND s.milestone_id = t.milestone_id AND s.party = t.party
    LEFT JOIN fee_policies g ON g.vendor_id = s.vendor_id AND g.id = s.fee_policy_id
    JOIN milestones m ON m.vendor_id = t.vendor_id AND m.id = t.milestone_id
    JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id
    LEFT JOIN payments p ON p.vendor_id = m.vendor_id AND p.milestone_id = m.id AND p.state = 'paid'
    CROSS JOIN LATERAL (SELECT array_agg(r.stripe_refund ORDER BY r.asked_at, r.id) AS stripe FROM refunds r
        WHERE r.vendor_id = p.vendor_id AND r.payment_id = p.id) r
    WHERE t.organization_id = $1
    UNION ALL
    SELECT coalesce(m.accepted_at, m.refunded_at, m.funded_at), e.id, e.number, m.id, m.seq, m.title, m.currency,
           k.kept, s.party, s.parts, h.minor,
           CASE m.state WHEN 'refunded' THEN 'refunded' WHEN 'accepted' THEN 'payable' ELSE 'held' END,
           NULL, array_remove(ARRAY[p.charge] || r.stripe, NULL), 0, NULL, NULL, NULL, h.minor,
           g.words, g.effective_from
    FROM milestone_shares s
    LEFT JOIN fee_policies g ON g.vendor_id = s.vendor_id AND g.id = s.fee_policy_id
    JOIN milestones m ON m.vendor_id = s.vendor_id AND m.id = s.milestone_id AND m.state <> 'planned'
    JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id
    LEFT JOIN payments p ON p.vendor_id = m.vendor_id AND p.milestone_id = m.id AND p.state = 'paid'
    CROSS JOIN LATERAL (SELECT array_agg(r.stripe_refund ORDER BY r.asked_at, r.id) AS stripe FROM refunds r
        WHERE r.vendor_id = p.vendor_id AND r.payment_id = p.id) r
    CROSS JOIN LATERAL (SELECT CASE WHEN m.state = 'refunded' THEN m.price_minor
        ELSE m.price_minor - m.sent_back_minor - m.released_minor END AS kept) k
    CROSS JOIN LATERAL (SELECT rest_of_share(s.vendor_id, s.milestone_id, s.party) AS minor) h
    WHERE s.organization_id = $1 AND s.amount_minor > 0 AND k.kept > 0
    UNION ALL
    SELECT d.created_at, e.id, e.number, m.id, m.seq, m.title, d.currency,
           -coalesce(f.amount_minor, b.amount_minor), d.party, s.parts, -d.amount_minor,
           CASE WHEN d.netted_minor + d.reversed_minor < d.amount_minor THEN 'owed' ELSE 'given_back' END,
           NULL, array_remove(ARRAY[coalesce(f.stripe_refund, b.stripe_dispute)] || v.stripe, NULL),
           0, d.id, NULL, NULL, d.netted_minor + d.reversed_minor - d.amount_minor,
           g.words, g.effective_from
    FROM recoveries d
    JOIN milestones m ON m.vendor_id = d.vendor_id AND m.id = d.milestone_id
    JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id
    JOIN milestone_shares s ON s.vendor_id = d.vendor_id AND s.milestone_id = d.milestone_id AND s.party = d.party
    LEFT JOIN fee_policies g ON g.vendor_id = s.vendor_id AND g.id = s.fee_policy_id
    LEFT JOIN refunds f ON f.vendor_id = d.vendor_id AND f.id = d.refund_id
    LEFT JOIN disputes b ON b.vendor_id = d.vendor_id AND b.id = d.dispute_id
    CROSS JOIN LATERAL (SELECT array_agg(v.stripe_reversal ORDER BY v.asked_at, v.id) AS stripe FROM reversals v
        WHERE v.vendor_id = d.vendor_id AND v.recovery_id = d.id) v
    WHERE d.organization_id = $1 AND d.state <> 'void'";

/// A customer's payments that were charged, and what came back of each with a minus, in its own
/// month: refunds, what is its credit since it did not reach the card, and what its bank kept.
/// `release_id` is the refund or dispute. What the bank gave is not its credit as well.
const PAYMENTS: &str = "
    SELECT l.at, e.id AS engagement_id, e.number, m.id AS milestone_id, m.seq, m.title, l.currency,
           l.minor AS price_minor, NULL::text AS party, NULL::integer AS parts, l.minor AS amount_minor, l.state,
           l.refusal, array_remove(ARRAY[l.stripe], NULL) AS stripe, 0::bigint AS netted_minor, NULL::uuid AS recovery_id,
           l.back AS release_id, NULL::boolean AS acceptance, l.minor AS there, g.words AS fee_words,
           g.effective_from AS fee_from
    FROM payments p
    JOIN milestones m ON m.vendor_id = p.vendor_id AND m.id = p.milestone_id
    LEFT JOIN milestone_shares s ON s.vendor_id = m.vendor_id AND s.milestone_id = m.id AND s.party = 'consultant'
    LEFT JOIN fee_policies g ON g.vendor_id = s.vendor_id AND g.id = s.fee_policy_id
    JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id
    CROSS JOIN LATERAL (
        SELECT p.paid_at AS at, p.currency, p.amount_minor AS minor, p.charge AS stripe, NULL::text AS refusal, NULL::uuid AS back,
               CASE WHEN p.state = 'returned' OR m.state = 'refunded' THEN 'refunded'
                    WHEN m.state IN ('accepted', 'settled') THEN 'paid' ELSE 'held' END AS state
        UNION ALL
        SELECT r.asked_at, r.currency, -r.amount_minor, r.stripe_refund, r.refusal, r.id, 'refunded' FROM refunds r
        WHERE r.vendor_id = p.vendor_id AND r.payment_id = p.id AND NOT (r.released AND r.state = 'refused')
          AND NOT (r.state IN ('refused', 'failed') AND EXISTS (SELECT FROM disputes d WHERE d.vendor_id = p.vendor_id
            AND d.payment_id = p.id AND d.state = 'lost' AND d.amount_minor + r.amount_minor > p.amount_minor))
        UNION ALL
        SELECT d.ended_at, d.currency, -d.amount_minor, d.stripe_dispute, NULL, d.id, 'refunded' FROM disputes d
        WHERE d.vendor_id = p.vendor_id AND d.payment_id = p.id AND d.state = 'lost') l
    WHERE p.customer_organization_id = $1 AND p.paid_at IS NOT NULL";

const fn lines(rows: Rows) -> &'static str {
    match rows {
        Rows::Shares => SHARES,
        Rows::Payments => PAYMENTS,
    }
}

/// The lines of a period, oldest first.
pub async fn money_rows(
    tx: &mut Tx,
    rows: Rows,
    organization: OrganizationId,
    period: Period,
    most: i64,
) -> Result<Vec<MoneyRow>> {
    let sql = format!(
        "SELECT * FROM ({}) lines
         WHERE at >= $2::timestamp AT TIME ZONE 'UTC' AND at < ($3 + 1)::timestamp AT TIME ZONE 'UTC'
         ORDER BY at, number, seq, party LIMIT $4",
        lines(rows)
    );
    let found = sql_query(sql)
        .bind::<SqlUuid, _>(organization.0)
        .bind::<Date, _>(period.from)
        .bind::<Date, _>(period.to)
        .bind::<BigInt, _>(most)
        .load(tx.conn())
        .await?;
    Ok(found)
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = Text)]
    state: LineState,
    #[diesel(sql_type = BigInt)]
    minor: i64,
    #[diesel(sql_type = BigInt)]
    there: i64,
}

/// Sums of one state: of the amounts, and of what is there.
pub struct Summed {
    pub state: LineState,
    pub minor: i64,
    pub there: i64,
}

/// Sums by state of everything before the period; of everything at all without one.
pub async fn totals(
    tx: &mut Tx,
    rows: Rows,
    organization: OrganizationId,
    before: Option<Period>,
) -> Result<Vec<Summed>> {
    let sql = format!(
        "SELECT state, sum(amount_minor)::bigint AS minor, sum(there)::bigint AS there FROM ({}) lines
         WHERE $2 IS NULL OR at < $2::timestamp AT TIME ZONE 'UTC' GROUP BY state",
        lines(rows)
    );
    let found: Vec<Total> = sql_query(sql)
        .bind::<SqlUuid, _>(organization.0)
        .bind::<Nullable<Date>, _>(before.map(|period| period.from))
        .load(tx.conn())
        .await?;
    let summed = |Total { state, minor, there }| Summed { state, minor, there };
    Ok(found.into_iter().map(summed).collect())
}

/// The journals of milestones, oldest first, with their event keys.
pub async fn journals_of(
    tx: &mut Tx,
    milestones: &[MilestoneId],
) -> Result<Vec<(MilestoneId, JournalId, String)>> {
    let ids: Vec<Option<Uuid>> = milestones.iter().map(|id| Some(id.0)).collect();
    let found: Vec<(Option<Uuid>, Uuid, String)> = journals::table
        .filter(journals::milestone_id.eq_any(ids))
        .order((journals::posted_at, journals::id))
        .select((journals::milestone_id, journals::id, journals::event_key))
        .load(tx.conn())
        .await?;
    Ok(found
        .into_iter()
        .filter_map(|(of, id, key)| Some((MilestoneId(of?), JournalId(id), key)))
        .collect())
}

#[derive(QueryableByName)]
struct TakenRow {
    #[diesel(sql_type = SqlUuid, deserialize_as = Uuid)]
    recovery_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    how: TakenHow,
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

/// How what payees give back is taken, oldest first.
pub async fn taken_of(tx: &mut Tx, debts: &[RecoveryId]) -> Result<Vec<(RecoveryId, Taken)>> {
    let ids: Vec<Uuid> = debts.iter().map(|id| id.0).collect();
    let found: Vec<TakenRow> = sql_query(
        "SELECT * FROM (
             SELECT n.recovery_id, n.netted_at AS at, 'netting' AS how, n.currency, n.amount_minor AS minor,
                    format('A-%s, milestone %s: %s', e.number, m.seq, m.title) AS what
             FROM nettings n
             JOIN transfers t ON t.vendor_id = n.vendor_id AND t.id = n.transfer_id
             JOIN milestones m ON m.vendor_id = t.vendor_id AND m.id = t.milestone_id
             JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id
             WHERE n.recovery_id = ANY($1)
             UNION ALL
             SELECT v.recovery_id, v.asked_at, CASE v.state WHEN 'paid' THEN 'reversal' ELSE 'reversing' END,
                    v.currency, v.amount_minor, ''
             FROM reversals v WHERE v.recovery_id = ANY($1) AND v.state <> 'refused') taken
         ORDER BY at, how",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let taken = |row: TakenRow| {
        let amount = Money::new(row.minor, row.currency);
        (RecoveryId(row.recovery_id), Taken { at: row.at, how: row.how, what: row.what, amount })
    };
    Ok(found.into_iter().map(taken).collect())
}

/// Which part of a milestone some shares add up to: a release, or what was not released; the price
/// on a customer's lines.
pub type Whole = (MilestoneId, Option<ReleaseId>);

/// The parts of what lines are of, a payee's without what was sent back, in the fixed order of parties.
pub async fn parts_of(
    tx: &mut Tx,
    milestones: &[MilestoneId],
    rows: Rows,
) -> Result<Vec<(Whole, Part)>> {
    let ids: Vec<Uuid> = milestones.iter().map(|id| id.0).collect();
    let found: Vec<PartRow> = sql_query(
        "WITH parts AS (
             SELECT l.milestone_id, l.id AS release_id, s.party, s.parts, l.currency,
                    l.amount_minor AS kept, coalesce(t.amount_minor, 0) AS minor
             FROM releases l
             JOIN milestone_shares s ON s.vendor_id = l.vendor_id AND s.milestone_id = l.milestone_id
             LEFT JOIN transfers t ON t.vendor_id = l.vendor_id AND t.release_id = l.id
               AND t.party = s.party
             WHERE l.milestone_id = ANY($1)
             UNION ALL
             SELECT s.milestone_id, NULL, s.party, s.parts, m.currency, k.kept,
                    CASE WHEN $2 THEN s.amount_minor
                         ELSE rest_of_share(s.vendor_id, s.milestone_id, s.party) END
             FROM milestone_shares s
             JOIN milestones m ON m.vendor_id = s.vendor_id AND m.id = s.milestone_id
             CROSS JOIN LATERAL (SELECT CASE WHEN $2 OR m.state = 'refunded' THEN m.price_minor
                 ELSE m.price_minor - m.sent_back_minor - m.released_minor END AS kept) k
             WHERE s.milestone_id = ANY($1))
         SELECT milestone_id, release_id, party, parts, currency, CASE WHEN party = 'operator'
             THEN (kept - coalesce(sum(minor) FILTER (WHERE party <> 'operator')
                 OVER (PARTITION BY milestone_id, release_id), 0))::bigint
             ELSE minor END AS amount_minor
         FROM parts ORDER BY milestone_id, release_id,
             array_position(ARRAY['consultant', 'vendor', 'reseller', 'operator'], party)",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Bool, _>(rows == Rows::Payments)
    .load(tx.conn())
    .await?;
    Ok(found.into_iter().map(PartRow::read).collect())
}

#[derive(QueryableByName)]
struct PartRow {
    #[diesel(sql_type = SqlUuid, deserialize_as = Uuid)]
    milestone_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>, deserialize_as = Option<Uuid>)]
    release_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    party: Party,
    #[diesel(sql_type = Integer)]
    parts: i32,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    amount_minor: i64,
}

impl PartRow {
    fn read(self) -> (Whole, Part) {
        let amount = Money::new(self.amount_minor, self.currency);
        let whole = (MilestoneId(self.milestone_id), self.release_id.map(ReleaseId));
        (whole, Part { party: self.party, parts: self.parts, amount })
    }
}

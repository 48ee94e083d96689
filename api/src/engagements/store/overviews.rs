//! What lists and heads of pages show of engagements, a fixed number of queries for any number.

use super::engagements::EngagementRow;
use super::milestones::milestones_of;
use crate::engagements::model::{
    Engagement, EngagementState, Milestone, MilestoneState, NamedParties, Side, Terms, Waiting,
    after_days,
};
use crate::kernel::id::{EngagementId, OrganizationId, PersonId, SowId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::page::Position;
use crate::kernel::zone::Zone;
use crate::platform::db::Tx;
use crate::platform::db::schema::engagements;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::dsl::{AsSelect, SqlTypeOf, sql};
use diesel::pg::Pg;
use diesel::sql_types::{
    Array, BigInt, Bool, Bytea, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryableByName, SelectableHelper,
    sql_query,
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// Whose engagements are listed.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    Side(Side, OrganizationId),
    Everyone,
}

/// A page of engagements, latest first.
pub async fn list(
    tx: &mut Tx,
    whose: Whose,
    state: Option<EngagementState>,
    page: PageWanted,
) -> Result<(Vec<Engagement>, Option<Position>)> {
    let mut query = engagements_of(whose);
    if let Some(state) = state {
        query = query.filter(engagements::state.eq(state.as_str()));
    }
    if let Some(after) = page.after {
        let earlier = engagements::created_at.lt(after.at);
        let same = engagements::created_at.eq(after.at).and(engagements::id.lt(after.id));
        query = query.filter(earlier.or(same));
    }
    let rows: Vec<EngagementRow> = query
        .order((engagements::created_at.desc(), engagements::id.desc()))
        .limit(page.limit + 1)
        .load(tx.conn())
        .await?;
    let mut list: Vec<Engagement> = rows.into_iter().map(Engagement::from).collect();
    let next = cut(&mut list, page.limit, |e| Position { at: e.created_at, id: e.id.0 });
    Ok((list, next))
}

/// How many engagements stand in a state.
#[derive(QueryableByName)]
struct StateCount {
    #[diesel(sql_type = Text)]
    state: EngagementState,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many there are of each state; states without any are left out.
pub async fn state_counts(tx: &mut Tx, whose: Whose) -> Result<Vec<(EngagementState, i64)>> {
    let (customer, partner) = match whose {
        Whose::Side(Side::Customer, id) => (Some(id.0), None),
        Whose::Side(Side::Partner, id) => (None, Some(id.0)),
        Whose::Everyone => (None, None),
    };
    let counts: Vec<StateCount> = sql_query(
        "SELECT state, count(*) AS count FROM engagements
         WHERE ($1 IS NULL OR customer_organization_id = $1)
           AND ($2 IS NULL OR partner_organization_id = $2)
         GROUP BY state",
    )
    .bind::<Nullable<SqlUuid>, _>(customer)
    .bind::<Nullable<SqlUuid>, _>(partner)
    .load(tx.conn())
    .await?;
    Ok(counts.into_iter().map(|row| (row.state, row.count)).collect())
}

/// Those that are not over, and those completed lately enough for a review, latest first.
pub async fn list_current(tx: &mut Tx, whose: Whose, limit: i64) -> Result<Vec<Engagement>> {
    let current = sql::<Bool>(
        "state <> 'cancelled' AND (ended_at IS NULL OR ended_at > app_now() - interval '60 days')",
    );
    let rows: Vec<EngagementRow> = engagements_of(whose)
        .filter(current)
        .order((engagements::created_at.desc(), engagements::id.desc()))
        .limit(limit)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Engagement::from).collect())
}

type Query = engagements::BoxedQuery<'static, Pg, SqlTypeOf<AsSelect<EngagementRow, Pg>>>;

fn engagements_of(whose: Whose) -> Query {
    let query = engagements::table.select(EngagementRow::as_select()).into_boxed();
    match whose {
        Whose::Side(Side::Customer, id) => {
            query.filter(engagements::customer_organization_id.eq(id.0))
        }
        Whose::Side(Side::Partner, id) => {
            query.filter(engagements::partner_organization_id.eq(id.0))
        }
        Whose::Everyone => query,
    }
}

/// An engagement that is not over and names one person as who does the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenWork {
    pub engagement: EngagementId,
    pub number: i64,
    pub title: String,
    pub customer_name: String,
    pub state: EngagementState,
    /// Milestones that are neither accepted nor refunded, and those of them whose money is held.
    pub open_milestones: i64,
    pub held_milestones: i64,
}

impl OpenWork {
    /// The number as people read it.
    pub fn label(&self) -> String {
        format!("A-{}", self.number)
    }
}

#[derive(QueryableByName)]
struct OpenWorkRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = Text)]
    state: EngagementState,
    #[diesel(sql_type = BigInt)]
    open: i64,
    #[diesel(sql_type = BigInt)]
    held: i64,
}

/// What a person of a partner has under way, the oldest first.
pub async fn open_work(
    tx: &mut Tx,
    partner: OrganizationId,
    consultant: PersonId,
) -> Result<Vec<OpenWork>> {
    let rows: Vec<OpenWorkRow> = sql_query(
        "SELECT e.id, e.number, e.title, o.name AS customer_name, e.state,
                count(m.id) FILTER (WHERE m.state NOT IN ('accepted', 'refunded', 'settled'))
                  AS open,
                count(m.id) FILTER (WHERE m.state IN ('funded', 'submitted', 'changes_requested'))
                  AS held
         FROM engagements e
         JOIN organizations o ON o.vendor_id = e.vendor_id AND o.id = e.customer_organization_id
         LEFT JOIN milestones m ON m.vendor_id = e.vendor_id AND m.engagement_id = e.id
         WHERE e.partner_organization_id = $1 AND e.consultant_id = $2
           AND e.state NOT IN ('completed', 'cancelled')
         GROUP BY e.vendor_id, e.id, o.name ORDER BY e.number",
    )
    .bind::<SqlUuid, _>(partner.0)
    .bind::<SqlUuid, _>(consultant.0)
    .load(tx.conn())
    .await?;
    let work = |row: OpenWorkRow| OpenWork {
        engagement: EngagementId(row.id),
        number: row.number,
        title: row.title,
        customer_name: row.customer_name,
        state: row.state,
        open_milestones: row.open,
        held_milestones: row.held,
    };
    Ok(rows.into_iter().map(work).collect())
}

#[derive(QueryableByName)]
struct PricesRow {
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Text)]
    state: MilestoneState,
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

/// The prices of every milestone of the program, summed by currency and state.
pub async fn prices(tx: &mut Tx) -> Result<Vec<(MilestoneState, Money)>> {
    let rows: Vec<PricesRow> = sql_query(
        "SELECT currency, state, sum(minor)::bigint AS minor FROM (
             SELECT currency, CASE state WHEN 'settled' THEN 'accepted' ELSE state END AS state,
                    price_minor - sent_back_minor
                    - CASE WHEN state = 'accepted' THEN given_back_minor ELSE released_minor END
                    AS minor
             FROM milestones
             UNION ALL SELECT currency, 'accepted', released_minor - given_back_minor
             FROM milestones WHERE state <> 'accepted'
             UNION ALL SELECT currency, 'refunded', sent_back_minor + given_back_minor
             FROM milestones) places
         GROUP BY currency, state ORDER BY currency, state",
    )
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.state, Money::new(row.minor, row.currency))).collect())
}

/// The head of the statement of work as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementHead {
    pub id: SowId,
    pub version: i32,
    /// SHA-256 of the text, in hexadecimal.
    pub hash: String,
    pub accept_by: DateTime<Utc>,
    pub terms: Terms,
}

/// Everything beside the engagement itself that a list row or a page's head shows.
#[derive(Debug, Clone)]
pub struct Beside {
    pub names: NamedParties,
    pub milestones: Vec<Milestone>,
    pub statement: StatementHead,
    pub waiting: Waiting,
}

#[derive(QueryableByName)]
struct BesideRow {
    #[diesel(sql_type = SqlUuid)]
    engagement: Uuid,
    #[diesel(sql_type = Text)]
    customer: String,
    #[diesel(sql_type = Text)]
    partner: String,
    #[diesel(sql_type = Text)]
    consultant: String,
    #[diesel(sql_type = Text)]
    profile_slug: String,
    #[diesel(sql_type = SqlUuid)]
    sow: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Bytea)]
    body_hash: Vec<u8>,
    #[diesel(sql_type = Timestamptz)]
    accept_by: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    contracting_days: i32,
    #[diesel(sql_type = Integer)]
    funding_days: i32,
    #[diesel(sql_type = Integer)]
    acceptance_days: i32,
    #[diesel(sql_type = Integer)]
    change_requests: i32,
    #[diesel(sql_type = Integer)]
    review_days: i32,
    #[diesel(sql_type = Array<Text>)]
    accepted: Vec<Side>,
    #[diesel(sql_type = Array<Text>)]
    reviewed: Vec<Side>,
}

const BESIDE: &str = "
    SELECT e.id AS engagement, c.name AS customer, p.name AS partner, x.name AS consultant,
           f.slug AS profile_slug, s.id AS sow, s.version, s.body_hash, s.accept_by,
           s.contracting_days, s.funding_days, s.acceptance_days, s.change_requests, s.review_days,
           ARRAY(SELECT a.side FROM sow_acceptances a
                 WHERE a.vendor_id = s.vendor_id AND a.sow_id = s.id) AS accepted,
           ARRAY(SELECT r.side FROM reviews r
                 WHERE r.vendor_id = e.vendor_id AND r.engagement_id = e.id) AS reviewed
    FROM engagements e
    JOIN organizations c ON c.vendor_id = e.vendor_id AND c.id = e.customer_organization_id
    JOIN organizations p ON p.vendor_id = e.vendor_id AND p.id = e.partner_organization_id
    JOIN profiles f ON f.vendor_id = e.vendor_id AND f.id = e.profile_id
    JOIN persons x ON x.id = e.consultant_id
    JOIN LATERAL (SELECT * FROM statements_of_work s
                  WHERE s.vendor_id = e.vendor_id AND s.engagement_id = e.id
                  ORDER BY s.version DESC LIMIT 1) s ON true
    WHERE e.id = ANY($1)";

/// What stands beside each of these engagements; `zone` is the program's.
pub async fn beside(
    tx: &mut Tx,
    list: &[Engagement],
    zone: Zone,
) -> Result<HashMap<EngagementId, Beside>> {
    let ids: Vec<EngagementId> = list.iter().map(|engagement| engagement.id).collect();
    let mut milestones = milestones_of(tx, &ids).await?;
    let raw: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<BesideRow> =
        sql_query(BESIDE).bind::<Array<SqlUuid>, _>(raw).load(tx.conn()).await?;
    let rows: HashMap<Uuid, BesideRow> = rows.into_iter().map(|r| (r.engagement, r)).collect();
    let mut found = HashMap::new();
    let mut rows = rows;
    for engagement in list {
        if let Some(row) = rows.remove(&engagement.id.0) {
            let milestones = milestones.remove(&engagement.id).unwrap_or_default();
            found.insert(engagement.id, row.into_beside(engagement, milestones, zone));
        }
    }
    Ok(found)
}

impl BesideRow {
    fn into_beside(self, of: &Engagement, milestones: Vec<Milestone>, zone: Zone) -> Beside {
        let terms = Terms {
            contracting_days: self.contracting_days,
            funding_days: self.funding_days,
            acceptance_days: self.acceptance_days,
            change_requests: self.change_requests,
            review_days: self.review_days,
        };
        let after = |from: Option<DateTime<Utc>>, days| from.map(|at| after_days(at, days, zone));
        Beside {
            names: NamedParties {
                customer: self.customer,
                partner: self.partner,
                consultant: self.consultant,
                profile_slug: self.profile_slug,
            },
            milestones,
            statement: StatementHead {
                id: SowId(self.sow),
                version: self.version,
                hash: hex::encode(self.body_hash),
                accept_by: self.accept_by,
                terms,
            },
            waiting: Waiting {
                accept_by: Some(self.accept_by),
                accepted: self.accepted,
                fund_by: after(of.signed_at, terms.funding_days),
                reviews_close_at: after(of.ended_at, terms.review_days),
                reviewed: self.reviewed,
            },
        }
    }
}

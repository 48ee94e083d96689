//! How a row of what waits for several people becomes a [`Proposal`].

use crate::access::model::{Agreed, Frozen, GrantProposalKind, GrantProposalState, Proposal};
use crate::kernel::id::{
    AmendmentId, ConnectionId, EngagementId, GrantId, GrantProposalId, OrganizationId, PersonId,
};
use crate::kernel::money::Currency;
use crate::platform::refusal::Error;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Bytea, Date, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// The columns of [`Row`], up to `WHERE`. One whose time is over says so before its row does, and
/// the number of people is what the rule demands now if that is more.
pub const SELECT: &str = "SELECT p.id, p.kind, p.grant_id, p.amendment_id, p.engagement_id,
        e.number, p.customer_organization_id, e.partner_organization_id,
        p.connection_id, c.account_name, c.currency, c.upstream, p.consultant_id,
        w.name AS consultant_name,
        p.preset, p.terms, p.terms_hash, p.before_hash, p.last_day, p.ends_by, p.edition, p.hash,
        CASE WHEN p.state = 'waiting' THEN greatest(p.needed,
                approvers_needed(p.vendor_id, p.customer_organization_id, p.terms))::smallint
             ELSE p.needed END AS needed,
        p.proposed_by, a.name AS proposed_by_name, p.proposed_at,
        p.edited_by, d.name AS edited_by_name, p.edited_at, p.answer_by,
        CASE WHEN p.state = 'waiting' AND p.answer_by <= app_now() THEN 'lapsed' ELSE p.state END
          AS state,
        p.closed_at, p.closed_by, z.name AS closed_by_name, p.close_reason,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('person', y.person_id, 'name', n.name,
                'at', y.agreed_at, 'latest', y.hash = p.hash,
                'counts', y.hash = p.hash AND (p.state <> 'waiting'
                  OR decides_for(p.vendor_id, p.customer_organization_id, y.person_id)))
              ORDER BY y.agreed_at, y.person_id), '[]')
         FROM grant_approvals y JOIN persons n ON n.id = y.person_id
         WHERE y.vendor_id = p.vendor_id AND y.proposal_id = p.id) AS agreed
    FROM grant_proposals p
    JOIN engagements e ON e.vendor_id = p.vendor_id AND e.id = p.engagement_id
    JOIN connections c ON c.vendor_id = p.vendor_id AND c.id = p.connection_id
    JOIN persons w ON w.id = p.consultant_id
    JOIN persons a ON a.id = p.proposed_by
    JOIN persons d ON d.id = p.edited_by
    LEFT JOIN persons z ON z.id = p.closed_by";

#[derive(QueryableByName)]
pub struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: GrantProposalKind,
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    amendment_id: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    customer_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    partner_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    connection_id: Uuid,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = SqlUuid)]
    consultant_id: Uuid,
    #[diesel(sql_type = Text)]
    consultant_name: String,
    #[diesel(sql_type = Text)]
    preset: String,
    #[diesel(sql_type = Text)]
    terms: String,
    #[diesel(sql_type = Bytea)]
    terms_hash: Vec<u8>,
    #[diesel(sql_type = Nullable<Bytea>)]
    before_hash: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Date>)]
    last_day: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ends_by: Option<DateTime<Utc>>,
    #[diesel(sql_type = Integer)]
    edition: i32,
    #[diesel(sql_type = Bytea)]
    hash: Vec<u8>,
    #[diesel(sql_type = SmallInt)]
    needed: i16,
    #[diesel(sql_type = SqlUuid)]
    proposed_by: Uuid,
    #[diesel(sql_type = Text)]
    proposed_by_name: String,
    #[diesel(sql_type = Timestamptz)]
    proposed_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    edited_by: Uuid,
    #[diesel(sql_type = Text)]
    edited_by_name: String,
    #[diesel(sql_type = Timestamptz)]
    edited_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    answer_by: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    state: GrantProposalState,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    closed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    closed_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    closed_by_name: Option<String>,
    #[diesel(sql_type = Text)]
    close_reason: String,
    #[diesel(sql_type = Jsonb)]
    agreed: Value,
}

#[derive(Deserialize)]
struct Yes {
    person: Uuid,
    name: String,
    at: DateTime<Utc>,
    latest: bool,
    counts: bool,
}

impl TryFrom<Row> for Proposal {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let yeses: Vec<Yes> = serde_json::from_value(row.agreed).map_err(Error::fault)?;
        let terms_hash = <[u8; 32]>::try_from(row.terms_hash)
            .map_err(|_| Error::fault("the hash of terms is no SHA-256"))?;
        Ok(Self {
            id: GrantProposalId(row.id),
            frozen: Frozen {
                kind: row.kind,
                grant: GrantId(row.grant_id),
                amendment: row.amendment_id.map(AmendmentId),
                engagement: EngagementId(row.engagement_id),
                customer: OrganizationId(row.customer_organization_id),
                partner: OrganizationId(row.partner_organization_id),
                connection: ConnectionId(row.connection_id),
                consultant: PersonId(row.consultant_id),
                consultant_name: row.consultant_name,
                upstream: row.upstream,
                preset: row.preset,
                terms: row.terms,
                terms_hash,
                before_hash: row.before_hash,
                last_day: row.last_day,
                ends_by: row.ends_by,
            },
            engagement_number: row.number,
            account_name: row.account_name,
            currency: row.currency.as_deref().and_then(Currency::parse),
            edition: row.edition,
            hash: row.hash,
            needed: row.needed,
            proposed_by: PersonId(row.proposed_by),
            proposed_by_name: row.proposed_by_name,
            proposed_at: row.proposed_at,
            edited_by: PersonId(row.edited_by),
            edited_by_name: row.edited_by_name,
            edited_at: row.edited_at,
            answer_by: row.answer_by,
            state: row.state,
            closed_at: row.closed_at,
            closed_by: row.closed_by.map(PersonId),
            closed_by_name: row.closed_by_name,
            close_reason: row.close_reason,
            agreed: yeses.into_iter().map(Agreed::from).collect(),
        })
    }
}

impl From<Yes> for Agreed {
    fn from(yes: Yes) -> Self {
        let Yes { person, name, at, latest, counts } = yes;
        Self { person: PersonId(person), name, at, counts, latest }
    }
}

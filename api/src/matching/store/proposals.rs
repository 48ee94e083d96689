//! Rows of `proposals`, their milestones and lines.

use super::parties::{COLUMNS, JOINS, PartiesRow};
use crate::directory::AccessPreset;
use crate::kernel::id::{BriefId, InvitationId, OrganizationId, PersonId, ProposalId, ServiceId};
use crate::kernel::money::{Currency, Money};
use crate::matching::model::{
    Hourly, Parties, Proposal, ProposalLine, ProposalMilestone, ProposalState, ProposalsWaiting,
};
use crate::platform::db::Tx;
use crate::platform::db::schema::proposals;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// A proposal with the names around it; open ones whose time has run out read as expired.
fn select() -> String {
    format!(
        "SELECT x.id, x.invitation_id, {COLUMNS}, x.service_id, s.category_slug, x.title, x.note,
                x.access_preset, x.currency, x.total_minor, x.rate_minor, x.cap_minutes, x.weeks,
                CASE WHEN x.state = 'open' AND x.valid_until < app_now() THEN 'expired'
                     ELSE x.state END AS state,
                x.valid_until, x.sent_by, x.sent_at, x.decided_at, x.decided_by, x.reason
           FROM proposals x {JOINS}
           LEFT JOIN services s ON s.vendor_id = x.vendor_id AND s.id = x.service_id"
    )
}

#[derive(QueryableByName)]
struct ProposalRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    invitation_id: Uuid,
    #[diesel(embed)]
    of: PartiesRow,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    service_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    category_slug: Option<String>,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    note: String,
    #[diesel(sql_type = Text)]
    access_preset: AccessPreset,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    total_minor: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    rate_minor: Option<i64>,
    #[diesel(sql_type = Nullable<Integer>)]
    cap_minutes: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    weeks: Option<i32>,
    #[diesel(sql_type = Text)]
    state: ProposalState,
    #[diesel(sql_type = Timestamptz)]
    valid_until: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    sent_by: Uuid,
    #[diesel(sql_type = Timestamptz)]
    sent_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    decided_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    decided_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
}

#[derive(QueryableByName)]
struct LineRow {
    #[diesel(sql_type = SqlUuid)]
    proposal_id: Uuid,
    #[diesel(sql_type = Integer)]
    milestone_seq: i32,
    #[diesel(sql_type = Text)]
    milestone_title: String,
    #[diesel(sql_type = Text)]
    delivers: String,
    #[diesel(sql_type = BigInt)]
    price_minor: i64,
    #[diesel(sql_type = Integer)]
    days: i32,
    #[diesel(sql_type = Integer)]
    seq: i32,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = BigInt)]
    amount_minor: i64,
}

/// A proposal of this vendor; 404 when there is none. Whether the caller may see it is the
/// policy's question.
pub async fn proposal(tx: &mut Tx, id: ProposalId) -> Result<Proposal> {
    let sql = format!("{} WHERE x.id = $1", select());
    let rows = sql_query(sql).bind::<SqlUuid, _>(id.0).load(tx.conn()).await?;
    let found = with_milestones(tx, rows).await?.pop();
    Ok(found.ok_or(Common::NotFound("proposal"))?)
}

/// The proposals of a brief that wait for the customer, expired ones too, in order of arrival.
pub async fn open_proposals(tx: &mut Tx, brief: BriefId) -> Result<Vec<Proposal>> {
    let order = "ORDER BY x.sent_at, x.id";
    let sql = format!("{} WHERE x.brief_id = $1 AND x.state = 'open' {order}", select());
    let rows = sql_query(sql).bind::<SqlUuid, _>(brief.0).load(tx.conn()).await?;
    with_milestones(tx, rows).await
}

/// The latest proposals for an invitation, latest first, at most 20.
pub async fn proposals_for(tx: &mut Tx, invitation: InvitationId) -> Result<Vec<Proposal>> {
    let order = "ORDER BY x.sent_at DESC, x.id DESC LIMIT 20";
    let sql = format!("{} WHERE x.invitation_id = $1 {order}", select());
    let rows = sql_query(sql).bind::<SqlUuid, _>(invitation.0).load(tx.conn()).await?;
    with_milestones(tx, rows).await
}

/// The proposals of a brief, latest first, one more than the limit.
pub async fn proposals_of(tx: &mut Tx, brief: BriefId, page: PageWanted) -> Result<Vec<Proposal>> {
    let sql = format!(
        "{} WHERE x.brief_id = $1 AND ($2 IS NULL OR (x.sent_at, x.id) < ($2, $3))
            ORDER BY x.sent_at DESC, x.id DESC LIMIT $4",
        select()
    );
    let rows = sql_query(sql)
        .bind::<SqlUuid, _>(brief.0)
        .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(|after| after.id))
        .bind::<BigInt, _>(page.limit + 1)
        .load(tx.conn())
        .await?;
    with_milestones(tx, rows).await
}

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(sql_type = SqlUuid)]
    brief: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = BigInt)]
    proposals: i64,
    #[diesel(sql_type = Timestamptz)]
    first_lapses: DateTime<Utc>,
}

/// The briefs of a customer with proposals that may still be accepted, most pressing first.
pub async fn waiting_by_brief(tx: &mut Tx, of: OrganizationId) -> Result<Vec<ProposalsWaiting>> {
    let rows: Vec<WaitingRow> = sql_query(
        "SELECT b.id AS brief, b.number, b.title, count(*) AS proposals,
                min(x.valid_until) AS first_lapses
           FROM proposals x
           JOIN briefs b ON b.vendor_id = x.vendor_id AND b.id = x.brief_id
          WHERE x.customer_organization_id = $1 AND b.state = 'open'
            AND x.state = 'open' AND x.valid_until >= app_now()
          GROUP BY b.id, b.number, b.title ORDER BY first_lapses, b.id LIMIT 50",
    )
    .bind::<SqlUuid, _>(of.0)
    .load(tx.conn())
    .await?;
    let waiting = |row: WaitingRow| ProposalsWaiting {
        brief: BriefId(row.brief),
        number: row.number,
        title: row.title,
        proposals: row.proposals,
        first_lapses: row.first_lapses,
    };
    Ok(rows.into_iter().map(waiting).collect())
}

async fn with_milestones(tx: &mut Tx, rows: Vec<ProposalRow>) -> Result<Vec<Proposal>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "
        SELECT m.proposal_id, m.seq AS milestone_seq, m.title AS milestone_title, m.delivers,
               m.price_minor, m.days, l.seq, l.title, l.amount_minor
          FROM proposal_milestones m
          JOIN proposal_lines l ON l.vendor_id = m.vendor_id AND l.proposal_id = m.proposal_id
                               AND l.milestone_seq = m.seq
         WHERE m.proposal_id = ANY ($1)
         ORDER BY m.proposal_id, m.seq, l.seq";
    let lines: Vec<LineRow> = sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(tx.conn()).await?;
    let mut by_proposal: HashMap<Uuid, Vec<LineRow>> = HashMap::new();
    for line in lines {
        by_proposal.entry(line.proposal_id).or_default().push(line);
    }
    let whole = |row: ProposalRow| {
        let lines = by_proposal.remove(&row.id).unwrap_or_default();
        row.with(lines)
    };
    Ok(rows.into_iter().map(whole).collect())
}

impl ProposalRow {
    /// `lines` in order of milestone and line.
    fn with(self, lines: Vec<LineRow>) -> Proposal {
        let milestones = lines
            .chunk_by(|a, b| a.milestone_seq == b.milestone_seq)
            .filter_map(|lines| milestone(lines, self.currency))
            .collect();
        let of = Parties::from(self.of);
        Proposal {
            id: ProposalId(self.id),
            invitation: InvitationId(self.invitation_id),
            brief: of.brief,
            brief_number: of.brief_number,
            brief_title: of.brief_title,
            customer: of.customer,
            customer_name: of.customer_name,
            partner: of.partner,
            partner_name: of.partner_name,
            profile: of.profile,
            consultant: of.consultant,
            consultant_name: of.consultant_name,
            service: self.service_id.map(ServiceId),
            category: self.category_slug,
            title: self.title,
            note: self.note,
            access_preset: self.access_preset,
            total: Money::new(self.total_minor, self.currency),
            hourly: Hourly::of(self.currency, (self.rate_minor, self.cap_minutes, self.weeks)),
            milestones,
            state: self.state,
            valid_until: self.valid_until,
            sent_by: PersonId(self.sent_by),
            sent_at: self.sent_at,
            decided_at: self.decided_at,
            decided_by: self.decided_by.map(PersonId),
            reason: self.reason,
        }
    }
}

fn milestone(lines: &[LineRow], currency: Currency) -> Option<ProposalMilestone> {
    let first = lines.first()?;
    let line = |row: &LineRow| ProposalLine {
        seq: row.seq,
        title: row.title.clone(),
        amount: Money::new(row.amount_minor, currency),
    };
    Some(ProposalMilestone {
        seq: first.milestone_seq,
        title: first.milestone_title.clone(),
        delivers: first.delivers.clone(),
        price: Money::new(first.price_minor, currency),
        days: first.days,
        lines: lines.iter().map(line).collect(),
    })
}

/// Writes the end of open proposals; all of them or a fault. The caller holds the brief's lock.
pub async fn end_proposals(
    tx: &mut Tx,
    ids: &[ProposalId],
    state: ProposalState,
    by: PersonId,
    reason: Option<&str>,
) -> Result<()> {
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let open = proposals::table
        .filter(proposals::id.eq_any(wanted))
        .filter(proposals::state.eq(ProposalState::Open.as_str()));
    let rows = diesel::update(open)
        .set((
            proposals::state.eq(state.as_str()),
            proposals::decided_at.eq(diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()")),
            proposals::decided_by.eq(by.0),
            proposals::reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    if rows == ids.len() {
        return Ok(());
    }
    Err(Error::fault(format!("{rows} of {} proposals ended", ids.len())))
}

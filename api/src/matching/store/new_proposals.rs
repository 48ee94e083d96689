//! Writing a proposal, and what the services behind proposals say.

use crate::kernel::id::{InvitationId, PersonId, ProposalId, ServiceId};
use crate::matching::MatchingError;
use crate::matching::model::{CheckedProposal, Invitation, ProposalMilestone, ServiceTerms};
use crate::platform::db::schema::{proposal_lines, proposal_milestones, services};
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::Result;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Writes a proposal for an invitation, open until as many days from now as it says.
///
/// Errors with `proposal-already-open` when the invitation has an open one.
pub async fn insert_proposal(
    tx: &mut Tx,
    id: ProposalId,
    invitation: &Invitation,
    new: &CheckedProposal,
    by: PersonId,
) -> Result<()> {
    let vendor = tx.vendor()?;
    let of = &invitation.of;
    let sql = "
        INSERT INTO proposals (vendor_id, id, brief_id, invitation_id, customer_organization_id,
            organization_id, profile_id, service_id, title, note, access_preset, currency,
            total_minor, valid_until, sent_by, rate_minor, cap_minutes, weeks)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                app_now() + make_interval(days => $14), $15, $16, $17, $18)";
    sql_query(sql)
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<SqlUuid, _>(id.0)
        .bind::<SqlUuid, _>(of.brief.0)
        .bind::<SqlUuid, _>(invitation.id.0)
        .bind::<SqlUuid, _>(of.customer.0)
        .bind::<SqlUuid, _>(of.partner.0)
        .bind::<SqlUuid, _>(of.profile.0)
        .bind::<Nullable<SqlUuid>, _>(new.service.map(|service| service.0))
        .bind::<Text, _>(&new.title)
        .bind::<Text, _>(&new.note)
        .bind::<Text, _>(new.access_preset.as_str())
        .bind::<Text, _>(new.total.currency())
        .bind::<BigInt, _>(new.total.minor())
        .bind::<Integer, _>(new.valid_days)
        .bind::<SqlUuid, _>(by.0)
        .bind::<Nullable<BigInt>, _>(new.hourly.map(|hourly| hourly.rate.minor()))
        .bind::<Nullable<Integer>, _>(new.hourly.map(|hourly| hourly.cap_minutes))
        .bind::<Nullable<Integer>, _>(new.hourly.map(|hourly| hourly.weeks))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("proposals_one_open", MatchingError::ProposalAlreadyOpen))?;
    if new.milestones.is_empty() {
        return Ok(());
    }
    insert_milestones(tx, id, &new.milestones).await
}

async fn insert_milestones(
    tx: &mut Tx,
    id: ProposalId,
    milestones: &[ProposalMilestone],
) -> Result<()> {
    let vendor = tx.vendor()?;
    let milestone = |m: &ProposalMilestone| {
        (
            proposal_milestones::vendor_id.eq(vendor.0),
            proposal_milestones::proposal_id.eq(id.0),
            proposal_milestones::seq.eq(m.seq),
            proposal_milestones::title.eq(m.title.clone()),
            proposal_milestones::delivers.eq(m.delivers.clone()),
            proposal_milestones::price_minor.eq(m.price.minor()),
            proposal_milestones::days.eq(m.days),
        )
    };
    let rows: Vec<_> = milestones.iter().map(milestone).collect();
    diesel::insert_into(proposal_milestones::table).values(rows).execute(tx.conn()).await?;
    let lines = milestones.iter().flat_map(|m| m.lines.iter().map(move |line| (m.seq, line)));
    let rows: Vec<_> = lines
        .map(|(seq, line)| {
            (
                proposal_lines::vendor_id.eq(vendor.0),
                proposal_lines::proposal_id.eq(id.0),
                proposal_lines::milestone_seq.eq(seq),
                proposal_lines::seq.eq(line.seq),
                proposal_lines::title.eq(line.title.clone()),
                proposal_lines::amount_minor.eq(line.amount.minor()),
            )
        })
        .collect();
    diesel::insert_into(proposal_lines::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The proposal that waits for an invitation, open or expired, if there is one.
pub async fn waiting_proposal(tx: &mut Tx, id: InvitationId) -> Result<Option<ProposalId>> {
    let sql = "SELECT id FROM proposals WHERE invitation_id = $1 AND state = 'open'";
    let rows: Vec<IdRow> = sql_query(sql).bind::<SqlUuid, _>(id.0).load(tx.conn()).await?;
    Ok(rows.into_iter().next().map(|row| ProposalId(row.id)))
}

/// What services include and ask for, published or not; in no order.
pub async fn service_terms(tx: &mut Tx, ids: &[ServiceId]) -> Result<Vec<ServiceTerms>> {
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String, Vec<String>, Vec<String>, Vec<String>)> = services::table
        .filter(services::id.eq_any(wanted))
        .select((
            services::id,
            services::title,
            services::includes,
            services::excludes,
            services::prerequisites,
        ))
        .load(tx.conn())
        .await?;
    let terms = |(id, title, includes, excludes, prerequisites)| ServiceTerms {
        id: ServiceId(id),
        title,
        includes,
        excludes,
        prerequisites,
    };
    Ok(rows.into_iter().map(terms).collect())
}

//! The rows that an accepted proposal becomes.

use crate::engagements::model::{Engagement, EngagementState, Milestone, Share};
use crate::kernel::id::{FeePolicyId, MilestoneId, OrganizationId, PersonId};
use crate::platform::db::Tx;
use crate::platform::db::schema::{engagements, milestone_shares as shares, milestones};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool, Text, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// The number before the first engagement of a vendor.
const BEFORE_FIRST: i64 = 2040;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    last: i64,
}

/// The vendor's next number; taken under its row lock, so there are no gaps and no doubles.
pub async fn next_number(tx: &mut Tx) -> Result<i64> {
    let vendor = tx.vendor()?;
    let number: Number = sql_query(
        "INSERT INTO running_numbers AS n (vendor_id, kind, last) VALUES ($1, 'engagement', $2)
         ON CONFLICT (vendor_id, kind) DO UPDATE SET last = n.last + 1 RETURNING last",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<BigInt, _>(BEFORE_FIRST + 1)
    .get_result(tx.conn())
    .await?;
    Ok(number.last)
}

pub async fn insert_engagement(tx: &mut Tx, new: &Engagement) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(engagements::table)
        .values((
            engagements::vendor_id.eq(vendor.0),
            engagements::id.eq(new.id.0),
            engagements::number.eq(new.number),
            engagements::brief_id.eq(new.brief.0),
            engagements::proposal_id.eq(new.proposal.0),
            engagements::customer_organization_id.eq(new.customer.0),
            engagements::partner_organization_id.eq(new.partner.0),
            engagements::profile_id.eq(new.profile.0),
            engagements::consultant_id.eq(new.consultant.0),
            engagements::category_slug.eq(&new.category),
            engagements::title.eq(&new.title),
            engagements::access_preset.eq(new.access_preset.as_str()),
            engagements::currency.eq(new.total.currency().code()),
            engagements::total_minor.eq(new.total.minor()),
            engagements::rate_minor.eq(new.hourly.map(|hourly| hourly.rate.minor())),
            engagements::cap_minutes.eq(new.hourly.map(|hourly| hourly.cap_minutes)),
            engagements::weeks.eq(new.hourly.map(|hourly| hourly.weeks)),
            engagements::state.eq(EngagementState::Contracting.as_str()),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn insert_milestones(tx: &mut Tx, new: &[Milestone]) -> Result<()> {
    let vendor = tx.vendor()?;
    let row = |m: &Milestone| {
        (
            milestones::vendor_id.eq(vendor.0),
            milestones::id.eq(m.id.0),
            milestones::engagement_id.eq(m.engagement.0),
            milestones::seq.eq(m.seq),
            milestones::title.eq(m.title.clone()),
            milestones::delivers.eq(m.delivers.clone()),
            milestones::currency.eq(m.price.currency().code()),
            milestones::price_minor.eq(m.price.minor()),
            milestones::days.eq(m.days),
            milestones::kind.eq(if m.week.is_some() { "week" } else { "milestone" }),
            milestones::week_of.eq(m.week.map(|of| of.week.monday())),
            milestones::minutes.eq(m.week.map(|of| of.minutes)),
            milestones::charged_minutes.eq(m.week.map(|of| of.charged_minutes)),
        )
    };
    let rows: Vec<_> = new.iter().map(row).collect();
    diesel::insert_into(milestones::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// The shares of milestones, each with the rule that its parts are from. The database refuses
/// shares that do not add up to their milestone's price.
pub async fn insert_shares(
    tx: &mut Tx,
    frozen: &[(MilestoneId, Vec<Share>)],
    rule: FeePolicyId,
) -> Result<()> {
    let vendor = tx.vendor()?;
    let row = |milestone: MilestoneId, share: &Share| {
        (
            shares::vendor_id.eq(vendor.0),
            shares::milestone_id.eq(milestone.0),
            shares::party.eq(share.party.as_str()),
            shares::organization_id.eq(share.organization.map(|o| o.0)),
            shares::parts.eq(share.parts),
            shares::amount_minor.eq(share.amount.minor()),
            shares::fee_policy_id.eq(rule.0),
        )
    };
    let all = frozen.iter().flat_map(|(id, shares)| shares.iter().map(move |s| (*id, s)));
    let rows: Vec<_> = all.map(|(id, share)| row(id, share)).collect();
    diesel::insert_into(shares::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

pub async fn set_signed(tx: &mut Tx, new: &Engagement, at: DateTime<Utc>) -> Result<()> {
    diesel::update(engagements::table.filter(engagements::id.eq(new.id.0)))
        .set((
            engagements::state.eq(EngagementState::Signed.as_str()),
            engagements::signed_at.eq(at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Shared {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The name of a person who holds an open seat in both organizations, if anybody does.
pub async fn person_of_both(
    tx: &mut Tx,
    one: OrganizationId,
    other: OrganizationId,
) -> Result<Option<String>> {
    let shared: Option<Shared> = sql_query(
        "SELECT p.name FROM memberships a
         JOIN memberships b ON b.vendor_id = a.vendor_id AND b.person_id = a.person_id
              AND b.organization_id = $2 AND b.ended_at IS NULL
         JOIN persons p ON p.id = a.person_id
         WHERE a.vendor_id = $3 AND a.organization_id = $1 AND a.ended_at IS NULL
         ORDER BY p.name LIMIT 1",
    )
    .bind::<SqlUuid, _>(one.0)
    .bind::<SqlUuid, _>(other.0)
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(shared.map(|row| row.name))
}

#[derive(QueryableByName)]
struct Leads {
    #[diesel(sql_type = Bool)]
    leads: bool,
}

/// Whether the person is an owner or admin of the organization.
pub async fn leads(tx: &mut Tx, organization: OrganizationId, person: PersonId) -> Result<bool> {
    let row: Leads = sql_query(
        "SELECT EXISTS (SELECT 1 FROM memberships
                        WHERE vendor_id = $1 AND organization_id = $2 AND person_id = $3
                          AND ended_at IS NULL AND role IN ('owner', 'admin')) AS leads",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(organization.0)
    .bind::<SqlUuid, _>(person.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.leads)
}

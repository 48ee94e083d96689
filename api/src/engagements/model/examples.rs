//! One engagement and its milestones, for the tests of this feature.

use super::{Engagement, EngagementState, Milestone, MilestoneState};
use crate::kernel::id::{
    BriefId, EngagementId, MilestoneId, OrganizationId, PersonId, ProfileId, ProposalId,
};
use crate::kernel::money::{Currency, Money};
use crate::matching::AccessPreset;
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use uuid::Uuid;

pub const CUSTOMER: OrganizationId = OrganizationId(Uuid::from_u128(2));
pub const PARTNER: OrganizationId = OrganizationId(Uuid::from_u128(3));

/// Noon of a day of May 2026.
pub fn instant(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 5, day, 12, 0, 0).unwrap()
}

pub fn engagement(state: EngagementState) -> Engagement {
    Engagement {
        id: EngagementId(Uuid::from_u128(10)),
        number: 2041,
        brief: BriefId(Uuid::from_u128(11)),
        proposal: ProposalId(Uuid::from_u128(12)),
        customer: CUSTOMER,
        partner: PARTNER,
        profile: ProfileId(Uuid::from_u128(13)),
        consultant: PersonId(Uuid::from_u128(14)),
        category: Some("nurture".to_owned()),
        title: "Dealer nurture redesign".to_owned(),
        access_preset: AccessPreset::AuthorDrafts,
        total: Money::new(900_000, Currency::Usd),
        hourly: None,
        hours_end_on: None,
        state,
        pause_stands: false,
        created_at: instant(1),
        signed_at: None,
        active_at: None,
        ended_at: None,
        end_reason: None,
    }
}

pub fn milestone(seq: i32, state: MilestoneState) -> Milestone {
    let submitted = state == MilestoneState::Submitted;
    Milestone {
        id: MilestoneId(Uuid::from_u128(100 + u128::try_from(seq).unwrap())),
        engagement: EngagementId(Uuid::from_u128(10)),
        seq,
        title: format!("Part {seq}"),
        delivers: "What was agreed".to_owned(),
        price: Money::new(100_000, Currency::Usd),
        sent_back: Money::new(
            if state == MilestoneState::Refunded { 100_000 } else { 0 },
            Currency::Usd,
        ),
        released: Money::new(if state.is_paid_out() { 100_000 } else { 0 }, Currency::Usd),
        given_back: Money::zero(Currency::Usd),
        days: 7,
        state,
        funded_at: Some(instant(1)),
        hold_until: None,
        due_on: NaiveDate::from_ymd_opt(2026, 5, 8),
        submitted_at: submitted.then(|| instant(1)),
        accepts_itself_at: submitted.then(|| instant(15)),
        accepted_at: None,
        accepted_by: None,
        refunded_at: None,
        settled_at: None,
        change_requests: 0,
        week: None,
    }
}

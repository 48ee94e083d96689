//! Engagements.

use super::milestones::MilestoneView;
use crate::engagements::{
    Engagement, EngagementOverview, EngagementState, Side, Task, Totals, Turn, Until,
};
use crate::kernel::id::{
    BriefId, EngagementId, MilestoneId, OrganizationId, PersonId, ProfileId, ProposalId,
};
use crate::kernel::money::Money;
use crate::matching::{AccessPreset, HourlyView};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;

/// An engagement by itself.
#[derive(Object)]
pub struct EngagementHeadView {
    /// The engagement.
    pub id: EngagementId,
    /// The number people read, such as A-2041.
    pub number: String,
    /// What the work is.
    pub title: String,
    /// Where it stands.
    pub state: EngagementState,
    /// The brief it answers.
    pub brief: BriefId,
    /// The proposal it came from.
    pub proposal: ProposalId,
    /// The customer's organization.
    pub customer: OrganizationId,
    /// The partner's organization.
    pub partner: OrganizationId,
    /// The consultant's profile.
    pub profile: ProfileId,
    /// Who does the work.
    pub consultant: PersonId,
    /// The access that the statement of work announces.
    pub access_preset: AccessPreset,
    /// The price of all milestones together, or the most that all weeks cost, fees included.
    pub total: Money,
    /// For work by the hour; its milestones are the weeks that are locked.
    pub hourly: Option<HourlyView>,
    /// The last day with time, once a side ended the hours.
    pub hours_end_on: Option<NaiveDate>,
    /// When the proposal was accepted.
    pub created_at: DateTime<Utc>,
    /// When the second side accepted the statement of work.
    pub signed_at: Option<DateTime<Utc>>,
    /// When the first milestone was funded.
    pub active_at: Option<DateTime<Utc>>,
    /// When it was completed or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ended.
    pub end_reason: Option<String>,
}

impl From<Engagement> for EngagementHeadView {
    fn from(engagement: Engagement) -> Self {
        Self {
            id: engagement.id,
            number: engagement.label(),
            title: engagement.title,
            state: engagement.state,
            brief: engagement.brief,
            proposal: engagement.proposal,
            customer: engagement.customer,
            partner: engagement.partner,
            profile: engagement.profile,
            consultant: engagement.consultant,
            access_preset: engagement.access_preset,
            total: engagement.total,
            hourly: engagement.hourly.map(HourlyView::from),
            hours_end_on: engagement.hours_end_on,
            created_at: engagement.created_at,
            signed_at: engagement.signed_at,
            active_at: engagement.active_at,
            ended_at: engagement.ended_at,
            end_reason: engagement.end_reason,
        }
    }
}

/// An engagement with everything its page's head shows.
#[derive(Object)]
pub struct EngagementView {
    /// The engagement itself.
    #[oai(flatten)]
    pub head: EngagementHeadView,
    /// The customer's name.
    pub customer_name: String,
    /// The partner's name.
    pub partner_name: String,
    /// The consultant's name.
    pub consultant_name: String,
    /// The consultant's word in the directory's addresses.
    pub consultant_slug: String,
    /// In order.
    pub milestones: Vec<MilestoneView>,
    /// The prices by where the money is.
    pub money: EngagementMoneyView,
    /// What waits for whom, most pressing first.
    pub turns: Vec<TurnView>,
    /// The statement of work as it stands.
    pub statement: StatementHeadView,
}

/// Prices of milestones by where their money is; together the whole price.
#[derive(Object)]
pub struct EngagementMoneyView {
    /// Not funded.
    pub planned: Money,
    /// Held.
    pub held: Money,
    /// Released to the payees.
    pub released: Money,
    /// Gone back to the customer.
    pub refunded: Money,
}

/// The head of a statement of work.
#[derive(Object)]
pub struct StatementHeadView {
    /// Counts from 1.
    pub version: i32,
    /// SHA-256 of the text, in hexadecimal.
    pub hash: String,
    /// When it lapses unless both sides accepted.
    pub accept_by: DateTime<Utc>,
    /// The sides that accepted.
    pub accepted: Vec<Side>,
}

/// One thing that waits for one side.
#[derive(Object)]
pub struct TurnView {
    /// Who is waited for.
    pub side: Side,
    /// What for.
    pub task: Task,
    /// The milestone it is about.
    pub milestone: Option<MilestoneId>,
    /// The milestone's place, counted from 1.
    pub milestone_seq: Option<i32>,
    /// When something happens by itself.
    pub until: Option<DateTime<Utc>>,
    /// The day agreed on; nothing happens by itself.
    pub due_on: Option<NaiveDate>,
}

/// A page of engagements.
#[derive(Object)]
pub struct EngagementPage {
    /// The engagements.
    pub items: Vec<EngagementView>,
    /// The cursor of the next page, when there is one.
    pub next: Option<String>,
}

impl From<EngagementOverview> for EngagementView {
    fn from(overview: EngagementOverview) -> Self {
        let EngagementOverview { names, statement, .. } = overview;
        Self {
            head: overview.engagement.into(),
            customer_name: names.customer,
            partner_name: names.partner,
            consultant_name: names.consultant,
            consultant_slug: names.profile_slug,
            milestones: overview.milestones.into_iter().map(MilestoneView::from).collect(),
            money: overview.totals.into(),
            turns: overview.turns.into_iter().map(TurnView::from).collect(),
            statement: StatementHeadView {
                version: statement.version,
                hash: statement.hash,
                accept_by: statement.accept_by,
                accepted: overview.accepted,
            },
        }
    }
}

impl From<Totals> for EngagementMoneyView {
    fn from(totals: Totals) -> Self {
        let Totals { planned, held, released, refunded } = totals;
        Self { planned, held, released, refunded }
    }
}

impl From<Turn> for TurnView {
    fn from(turn: Turn) -> Self {
        let (until, due_on) = match turn.until {
            Some(Until::Instant(at)) => (Some(at), None),
            Some(Until::Day(day)) => (None, Some(day)),
            None => (None, None),
        };
        Self {
            side: turn.side,
            task: turn.task,
            milestone: turn.milestone.map(|(id, _)| id),
            milestone_seq: turn.milestone.map(|(_, seq)| seq),
            until,
            due_on,
        }
    }
}

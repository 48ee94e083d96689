//! An engagement and its machine.

use crate::engagements::EngagementError;
use crate::kernel::id::{BriefId, EngagementId, OrganizationId, PersonId, ProfileId, ProposalId};
use crate::kernel::money::Money;
use crate::matching::{AccessPreset, Hourly};
use crate::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

text_enum! {
    /// Where an engagement stands. Completed and cancelled are the ends.
    pub enum EngagementState {
        /// The statement of work waits for both sides.
        Contracting = "contracting",
        /// Both signed; nothing is funded.
        Signed = "signed",
        /// A milestone was funded.
        Active = "active",
        /// Work rests by agreement; money stays held.
        Paused = "paused",
        /// The sides disagree; money stays held.
        Disputed = "disputed",
        /// Every milestone is accepted or refunded, at least one accepted.
        Completed = "completed",
        /// It ended without accepted work.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What moves an engagement.
    pub enum EngagementStep {
        Sign = "sign",
        /// Work by the hour begins when it is signed: each week is paid once it is over.
        Begin = "begin",
        Void = "void",
        Lapse = "lapse",
        Fund = "fund",
        Pause = "pause",
        Resume = "resume",
        Dispute = "dispute",
        Settle = "settle",
        /// A dispute of paused work is settled: the pause stands.
        SettlePaused = "settle_paused",
        Complete = "complete",
        Cancel = "cancel",
    }
}

impl EngagementState {
    /// The state after a step. Errors with `engagement-state` when the step does not belong here.
    pub fn after(self, step: EngagementStep) -> Result<Self, EngagementError> {
        use EngagementStep as Step;
        match (self, step) {
            (Self::Contracting, Step::Sign) => Ok(Self::Signed),
            (Self::Contracting, Step::Void | Step::Lapse) => Ok(Self::Cancelled),
            (Self::Signed, Step::Lapse) => Ok(Self::Cancelled),
            (Self::Signed, Step::Begin) => Ok(Self::Active),
            (Self::Signed | Self::Active, Step::Fund) => Ok(Self::Active),
            // Money that was on its way when work came to rest is held like any other.
            (Self::Paused | Self::Disputed, Step::Fund) => Ok(self),
            (Self::Active, Step::Pause) => Ok(Self::Paused),
            (Self::Paused, Step::Resume) => Ok(Self::Active),
            (Self::Active | Self::Paused, Step::Dispute) => Ok(Self::Disputed),
            (Self::Disputed, Step::Settle) => Ok(Self::Active),
            (Self::Disputed, Step::SettlePaused) => Ok(Self::Paused),
            (Self::Active | Self::Paused | Self::Disputed, Step::Complete) => Ok(Self::Completed),
            (Self::Active | Self::Paused | Self::Disputed, Step::Cancel) => Ok(Self::Cancelled),
            (state, step) => Err(EngagementError::EngagementState { state, step }),
        }
    }

    /// Whether it has ended: nothing follows but reviews.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }
}

text_enum! {
    /// One of the two sides of an engagement.
    pub enum Side { Customer = "customer", Partner = "partner" }
}

impl Side {
    pub const fn other(self) -> Self {
        match self {
            Self::Customer => Self::Partner,
            Self::Partner => Self::Customer,
        }
    }
}

/// One customer's agreement with one consultant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engagement {
    pub id: EngagementId,
    pub number: i64,
    pub brief: BriefId,
    pub proposal: ProposalId,
    pub customer: OrganizationId,
    pub partner: OrganizationId,
    pub profile: ProfileId,
    /// The person who does the work.
    pub consultant: PersonId,
    /// Category of the service it came from, if it came from one.
    pub category: Option<String>,
    pub title: String,
    /// The access that the statement of work announces.
    pub access_preset: AccessPreset,
    /// The price of all milestones together, or the most that all weeks cost, fees included.
    pub total: Money,
    /// For work by the hour: its milestones are the weeks that are over.
    pub hourly: Option<Hourly>,
    /// The last day with time, once a side ended the hours.
    pub hours_end_on: Option<NaiveDate>,
    pub state: EngagementState,
    /// A side paused it and nobody resumed it, also while it is disputed.
    pub pause_stands: bool,
    pub created_at: DateTime<Utc>,
    pub signed_at: Option<DateTime<Utc>>,
    pub active_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub end_reason: Option<String>,
}

impl Engagement {
    /// The number as people read it: A-2041.
    pub fn label(&self) -> String {
        format!("A-{}", self.number)
    }

    /// The side an organization is on; `None` for everybody else.
    pub fn side_of(&self, organization: OrganizationId) -> Option<Side> {
        if organization == self.customer {
            Some(Side::Customer)
        } else if organization == self.partner {
            Some(Side::Partner)
        } else {
            None
        }
    }

    /// The organization on a side.
    pub const fn organization(&self, side: Side) -> OrganizationId {
        match side {
            Side::Customer => self.customer,
            Side::Partner => self.partner,
        }
    }

    /// Errors with `engagement-at-rest` or `engagement-not-active` unless work may go on.
    pub fn works(&self) -> Result<(), EngagementError> {
        match self.state {
            EngagementState::Active => Ok(()),
            EngagementState::Paused | EngagementState::Disputed => {
                Err(EngagementError::AtRest(self.state))
            }
            state => Err(EngagementError::NotActive(state)),
        }
    }

    /// What events carry about the engagement they belong to.
    pub fn parties(&self) -> Parties {
        Parties {
            engagement: self.id,
            number: self.number,
            title: self.title.clone(),
            customer: self.customer,
            partner: self.partner,
            profile: self.profile,
            consultant: self.consultant,
        }
    }
}

/// How people call those who take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedParties {
    pub customer: String,
    pub partner: String,
    pub consultant: String,
    /// The consultant's page in the directory.
    pub profile_slug: String,
}

/// The engagement an event belongs to, with everybody who may want to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parties {
    pub engagement: EngagementId,
    pub number: i64,
    pub title: String,
    pub customer: OrganizationId,
    pub partner: OrganizationId,
    pub profile: ProfileId,
    pub consultant: PersonId,
}

impl Parties {
    /// The number as people read it: A-2041.
    pub fn label(&self) -> String {
        format!("A-{}", self.number)
    }
}

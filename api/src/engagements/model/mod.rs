//! Engagements, milestones and shares as plain data, and the two machines that move them.
//!
//! Pure: nothing here reads a clock, a row or a setting. A state changes only through the machine
//! of its object; what the machines refuse is a refusal with a stable code.

mod engagement;
mod facts;
mod milestone;
mod share;

pub use engagement::{Engagement, EngagementState, EngagementStep, Parties, Side};
pub use facts::{
    ChangesRequested, DeliverableSubmitted, EngagementActivated, EngagementCompleted,
    EngagementEnded, EngagementPaused, EngagementResumed, MilestoneAccepted, MilestoneFunded,
    MilestoneRefunded,
};
pub use milestone::{Milestone, MilestoneState, MilestoneStep, step_after};
pub use share::{Party, Share};

use crate::text_enum;

text_enum! {
    /// What an entry of the timeline is about.
    pub enum Topic {
        Milestone = "milestone",
        Money = "money",
        Access = "access",
        Agreement = "agreement",
        People = "people",
        Review = "review",
    }
}

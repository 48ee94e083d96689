//! Engagements: from the accepted proposal to the reviews.
//!
//! One accepted proposal makes one engagement. Its statement of work is a text pinned by its hash;
//! the terms in it hold to the end, whatever the program's settings become. Shares are frozen when
//! both sides have signed and add up to each milestone's price. A milestone's state moves only
//! under the row lock of its engagement. Nobody at the vendor reads messages, files or
//! deliverables unless a party invited that person by name, and only until the engagement ends.

mod error;
mod model;
mod ops;
mod store;

pub use error::EngagementError;
pub use model::{
    ChangesRequested, DeliverableSubmitted, Engagement, EngagementActivated, EngagementCompleted,
    EngagementEnded, EngagementPaused, EngagementResumed, EngagementState, EngagementStep,
    Milestone, MilestoneAccepted, MilestoneFunded, MilestoneRefunded, MilestoneState,
    MilestoneStep, Parties, Party, Share, Side, Topic,
};
pub use ops::{Note, fund_milestone, note, refund_milestone};
pub use store::{engagement, lock_engagement, lock_milestone, milestone, milestones, shares};

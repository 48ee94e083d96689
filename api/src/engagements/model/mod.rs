//! Engagements, milestones, shares, statements of work, files and reviews as plain data, and the
//! two machines that move them.
//!
//! Pure: nothing here reads a clock, a row or a setting. A state changes only through the machine
//! of its object; what the machines refuse is a refusal with a stable code.

mod calendar;
mod engagement;
#[cfg(test)]
pub mod examples;
mod facts;
#[cfg(test)]
mod machines;
mod milestone;
mod news;
mod news_hours;
mod review;
mod share;
mod simulation;
mod sow;
mod sow_hours;
#[cfg(test)]
mod sow_tests;
mod stretch;
mod turn;
mod upload;
mod week;

pub use calendar::{after_business_days, after_days};
pub use engagement::{Engagement, EngagementState, EngagementStep, NamedParties, Parties, Side};
pub use facts::{
    ChangesRequested, DeliverableSubmitted, EngagementActivated, EngagementCompleted,
    EngagementEnded, EngagementOpened, EngagementRested, EngagementResumed, EngagementSigned,
    GuestInvited, HoursEnded, MessageSent, MessageUnanswered, MilestoneAccepted,
    MilestoneAcceptsSoon, MilestoneFunded, MilestoneRefunded, MilestoneSettled, ReviewHidden,
    ReviewPublished, ReviewReplied, ReviewWritten, StatementAccepted, StatementChanged, WeekLocked,
    WeekUnpaid,
};
pub use milestone::{
    Milestone, MilestoneState, MilestoneStep, Totals, step_after, step_after_hours, totals,
    totals_of_prices,
};
pub use news::{Told, Whom, news_of};
pub use review::{Marks, Review, RootCause, may_be_written};
pub use share::{Party, Payees, Share, freeze};
pub use simulation::{
    Compared, PartnerChange, PartyChange, SignedMilestone, Simulation, WorkChange, partner_changes,
    party_changes, simulate, simulation_csv,
};
pub use sow::{
    ANSWER_DAYS, AgreedMilestone, Agreement, FILING_DAYS, NamedOrganization, Terms, hash_of,
    statement_of_work,
};
pub use stretch::{Course, Stretch, stretches};
pub use turn::{Task, Turn, Until, Waiting, turns};
pub use upload::{FileRow, check_file};
pub use week::{
    Week, WeekState, WeekWork, hours, is_unpaid, still_open, week_state, worked, writable,
};

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

text_enum! {
    /// By what a timeline is filtered: entries by their topic, messages, files.
    pub enum TimelineTopic {
        Message = "message",
        File = "file",
        Milestone = "milestone",
        Money = "money",
        Access = "access",
        Agreement = "agreement",
        People = "people",
        Review = "review",
    }
}

//! Engagements: from the accepted proposal to the reviews.
//!
//! One accepted proposal makes one engagement. Its statement of work is a text pinned by its hash;
//! the terms in it hold to the end, whatever the program's settings become. Shares are frozen when
//! both sides have signed and add up to each milestone's price. A milestone's state moves only
//! under the row lock of its engagement. Nobody at the vendor reads messages, files or
//! deliverables unless a party invited that person by name, and only until the engagement ends.

mod error;
mod http;
mod model;
mod ops;
mod policy;
mod store;

pub use error::EngagementError;
pub use http::{ContractsApi, EngagementsApi, HoursApi, MilestonesApi, ReviewsApi, SimulationApi};
#[cfg(test)]
pub use model::examples;
pub use model::{
    ANSWER_DAYS, ChangesRequested, Compared, DeliverableSubmitted, Engagement, EngagementActivated,
    EngagementCompleted, EngagementEnded, EngagementOpened, EngagementRested, EngagementResumed,
    EngagementSigned, EngagementState, EngagementStep, FILING_DAYS, FileRow, GuestInvited,
    HoursEnded, Marks, MessageSent, MessageUnanswered, Milestone, MilestoneAccepted,
    MilestoneAcceptsSoon, MilestoneFunded, MilestoneRefunded, MilestoneSettled, MilestoneState,
    MilestoneStep, NamedParties, Parties, PartnerChange, Party, PartyChange, Review, ReviewHidden,
    ReviewPublished, ReviewReplied, ReviewWritten, RootCause, Share, Side, Simulation,
    StatementAccepted, StatementChanged, Stretch, Task, Terms, TimelineTopic, Told, Topic, Totals,
    Turn, Until, Week, WeekLocked, WeekState, WeekUnpaid, WeekWork, Whom, WorkChange,
    after_business_days, hours, news_of, simulation_csv, worked,
};
pub use ops::{
    EngagementOverview, EngagementView, MilestoneView, Note, ReviewDraft, StatementView, TIMER_JOB,
    TimeDraft, Upload, WeekSheet, WeekSum, WeeksView, accept_deliverable, accept_proposal,
    accept_statement_of_work, change_time, count_engagements, current_engagements, delete_time,
    deliverables_in_time, dispute_engagement, end_engagement, engagement_of_proposal,
    fund_milestone, give_back, hide_review, invite_guest, keep_after_all, list_deliverables,
    list_engagements, list_guests, list_invitable, list_reviews, note, pause_engagement,
    program_totals, public_reviews, read_file, refund_milestone, remove_guest, reply_to_review,
    request_changes, resume_engagement, ring, see_engagement, see_milestone, see_statement_of_work,
    see_time, see_week, see_weeks, send_back_part, send_message, settle_engagement,
    settle_milestone, share_file, simulate_fees, submit_deliverable, timeline, timeline_counts,
    void_statement_of_work, write_review, write_time,
};
pub use policy::{Sight, may_read, sight};
pub use store::{
    Acceptance, Deliverable, Guest, OpenWork, PublicReview, Statement, StatementHead, TimeEntry,
    TimelineItem, TopicCount, VendorPerson, engagement, leads, lock_engagement, lock_milestone,
    milestone, milestones, open_work, shares,
};

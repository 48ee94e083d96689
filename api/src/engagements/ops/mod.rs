//! What engagements do, one file a theme.
//!
//! Each operation locks the engagement before it looks, asks the machine before it writes, and
//! states what happened in the same transaction. Nothing outside is called.

mod accept_proposal;
mod contract;
mod decide;
mod deliver;
mod files;
mod finish;
mod guests;
mod holding;
mod hours;
mod messages;
mod money;
mod note;
mod rest;
mod reviews;
mod see;
mod seen;
mod simulate;
mod statement;
mod timers;
mod weeks;

pub use accept_proposal::accept_proposal;
pub use contract::{accept_statement_of_work, void_statement_of_work};
pub use decide::{accept_deliverable, request_changes};
pub use deliver::{deliverables_in_time, list_deliverables, submit_deliverable};
pub use files::{Upload, read_file, share_file};
pub use guests::{invite_guest, list_guests, list_invitable, remove_guest};
pub use hours::{
    TimeDraft, WeekSheet, WeekSum, WeeksView, change_time, delete_time, see_time, see_week,
    see_weeks, write_time,
};
pub use messages::{send_message, timeline, timeline_counts};
pub use money::{
    fund_milestone, give_back, keep_after_all, refund_milestone, send_back_part, settle_milestone,
};
pub use note::{Note, note};
pub use rest::{
    dispute_engagement, end_engagement, pause_engagement, resume_engagement, settle_engagement,
};
pub use reviews::{
    ReviewDraft, hide_review, list_reviews, public_reviews, reply_to_review, write_review,
};
pub use see::{
    EngagementOverview, EngagementView, MilestoneView, StatementView, count_engagements,
    current_engagements, engagement_of_proposal, list_engagements, program_totals, see_engagement,
    see_milestone, see_statement_of_work,
};
pub use simulate::simulate_fees;
pub use timers::{TIMER_JOB, ring};

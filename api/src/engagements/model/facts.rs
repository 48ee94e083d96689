//! What engagements tell the other features, each fact in the transaction that makes it true.

use super::engagement::{Parties, Side};
use super::week::Week;
use crate::kernel::id::{
    DeliverableId, MessageId, MilestoneId, OrganizationId, PersonId, ReviewId,
};
use crate::kernel::money::Money;
use crate::platform::jobs::event::Fact;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            pub of: Parties,
            $(pub $field: $type),*
        }

        impl Fact for $name {
            const KIND: &'static str = $kind;
        }
    )+};
}

facts! {
    /// A proposal was accepted: the engagement exists and its statement waits for both sides.
    EngagementOpened = "engagement-opened" { total: Money, accept_by: DateTime<Utc> }
    /// One side accepted the statement of work; the other is waited for.
    StatementAccepted = "statement-accepted" { side: Side, accept_by: DateTime<Utc> }
    /// The statement was written anew, so both sides must accept the new version.
    StatementChanged = "statement-changed" { version: i32, reason: String }
    /// Both sides accepted; the shares are frozen.
    /// By the hour nothing is funded before, so there is no day for it.
    EngagementSigned = "engagement-signed" { total: Money, fund_by: Option<DateTime<Utc>> }
    /// The price of a milestone is held; `week` is its Monday when it is one.
    MilestoneFunded = "milestone-funded" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
        week: Option<Week>,
    }
    /// A week of hours is over and owed. Whatever charges by itself begins here.
    WeekLocked = "week-locked" {
        milestone: MilestoneId, week: Week, worked: String, price: Money,
    }
    /// A week was not paid until its Friday was over: no more hours until it is, and letters rest.
    WeekUnpaid = "week-unpaid" { milestone: MilestoneId, week: Week, price: Money }
    /// A side ended the hours; it is over once the last week is.
    HoursEnded = "hours-ended" { reason: String, last: NaiveDate }
    /// The first milestone was funded, or hours were agreed on: work may start.
    EngagementActivated = "engagement-activated" {}
    /// Work rests: paused by a side, or disputed.
    EngagementRested = "engagement-rested" { disputed: bool, reason: String }
    /// Work goes on.
    EngagementResumed = "engagement-resumed" {}
    DeliverableSubmitted = "deliverable-submitted" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
        deliverable: DeliverableId, accepts_itself_at: DateTime<Utc>,
    }
    /// The delivery accepts itself in so many days.
    MilestoneAcceptsSoon = "milestone-accepts-soon" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
        accepts_itself_at: DateTime<Utc>, days: i64, week: Option<Week>,
    }
    ChangesRequested = "changes-requested" {
        milestone: MilestoneId, seq: i32, milestone_title: String,
    }
    /// A milestone is accepted: its shares are due. `by` is absent when silence accepted it.
    MilestoneAccepted = "milestone-accepted" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
        by: Option<PersonId>,
    }
    /// The held money of a milestone goes back.
    MilestoneRefunded = "milestone-refunded" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
    }
    /// Parts of a milestone were released and the rest, which may be nothing, goes back.
    MilestoneSettled = "milestone-settled" {
        milestone: MilestoneId, seq: i32, milestone_title: String, released: Money, back: Money,
    }
    /// Every milestone is over and work was accepted. Stated together with `EngagementEnded`.
    EngagementCompleted = "engagement-completed" { category: Option<String> }
    /// It is over, completed or cancelled: whatever lives with it ends now.
    EngagementEnded = "engagement-ended" { completed: bool, reason: String }
    /// A named person of the vendor may work along.
    GuestInvited = "guest-invited" { guest: PersonId, organization: OrganizationId }
    MessageSent = "message-sent" { message: MessageId, organization: OrganizationId }
    /// Nobody of this side has answered for some hours.
    MessageUnanswered = "message-unanswered" { side: Side, hours: i64 }
    /// One side has written its review; nobody reads it before it is published.
    ReviewWritten = "review-written" { side: Side, review: ReviewId, publish_at: DateTime<Utc> }
    /// A review can be read by all. `side` wrote it; the customer's is about the profile in `of`.
    /// `points` is the sum of its three marks, 3 to 15.
    ReviewPublished = "review-published" { side: Side, review: ReviewId, points: i32 }
    /// The vendor hid a review that had been published with so many points.
    ReviewHidden = "review-hidden" {
        side: Side, review: ReviewId, points: i32, published: bool, reason: String,
    }
    ReviewReplied = "review-replied" { side: Side, review: ReviewId }
}

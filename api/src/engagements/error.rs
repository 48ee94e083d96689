//! Why engagements refuse.

use super::model::{EngagementState, EngagementStep, MilestoneState, MilestoneStep};
use crate::platform::refusal::{Class, Refusal};
use crate::program::TooLong;

/// A refusal, its stable code, its class and its sentence: one row each.
macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident $(($($kind:ty),+))? $({$($field:ident: $type:ty),+})?
        = $class:ident $code:literal $words:literal;)+) => {
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum EngagementError {
            $($(#[$doc])* #[error($words)] $variant $(($($kind),+))? $({$($field: $type),+})?),+
        }

        impl Refusal for EngagementError {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code),+ }
            }

            fn class(&self) -> Class {
                match self { $(Self::$variant { .. } => Class::$class),+ }
            }
        }
    };
}

refusals! {
    SelfDealing(String) = Conflict "self-dealing"
        "{0} belongs to both organizations. Nobody can book their own work.";
    EngagementState { state: EngagementState, step: EngagementStep } = Conflict "engagement-state"
        "This engagement is {state}: nobody can {step} it.";
    NotActive(EngagementState) = Conflict "engagement-not-active"
        "This engagement is {0}: work happens while it is active.";
    AtRest(EngagementState) = Conflict "engagement-at-rest"
        "Work and money wait while the engagement is {0}.";
    Over(EngagementState) = Conflict "engagement-over"
        "This engagement is {0}: nothing follows but reviews.";
    MoneyHeld = Conflict "money-held"
        "Money is held for work that is not accepted. Accept the work, or have it refunded first.";
    StatementClosed(EngagementState) = Conflict "statement-closed"
        "This engagement is {0}: its statement of work waits for nobody.";
    StatementExpired = Conflict "statement-expired"
        "The time to accept this statement of work is over.";
    PlanHeldTooLong { seq: i32, title: String, why: TooLong } = Conflict "plan-held-too-long"
        "Milestone {seq}, {title}, would be held too long. {why}";
    StatementDiffers = Conflict "statement-differs"
        "This is not the hash of the statement of work as it stands. Read it again.";
    StatementChanged = Conflict "statement-changed"
        "The reseller of record changed, and with it the shares. Accept the new version.";
    AlreadySigned = Conflict "already-signed"
        "Your side has accepted this statement of work already.";
    MilestoneState { state: MilestoneState, step: MilestoneStep } = Conflict "milestone-state"
        "This milestone is {state}: nobody can {step} it now.";
    DeliveredAnew = Conflict "delivered-anew"
        "This is not its latest delivery. Read the latest first.";
    AlreadyAccepted = Conflict "already-accepted" "This milestone is accepted already.";
    AlreadyFunded = Conflict "already-funded" "This milestone is funded already.";
    NoChangesLeft(i32) = Conflict "no-changes-left"
        "It was returned {0} times, as often as agreed. Accept it, or agree on a refund.";
    WrongSide(&'static str) = Forbidden "wrong-side" "Only the {0} may do this.";
    NotHourly = Conflict "not-hourly" "This engagement is not by the hour.";
    ConsultantOnly = Forbidden "consultant-only" "Only the consultant writes their own time.";
    WeekLocked = Conflict "week-locked"
        "This week is locked: time is written and changed until Monday 12:00 UTC after it.";
    WeekUnpaid = Conflict "week-unpaid"
        "An earlier week is unpaid. There are no more hours until it is paid.";
    WeeksUsed(i32) = Conflict "weeks-used"
        "All {0} weeks that were agreed on have time. Agree on more work in another engagement.";
    HoursEnded = Conflict "hours-ended"
        "The hours of this engagement have ended. It is over once its last week is.";
    DayFull = Conflict "day-full" "A day has 24 hours; this would make it longer.";
    WeekNotReturned = Conflict "week-not-returned"
        "A week is accepted, or disagreed about: it cannot be returned.";
    GuestsOnly = Forbidden "guests-only"
        "Only the two sides, and the people of the program whom they invited, may read this.";
    NoGuestSeat = NotFound "not-found" "This person is not a guest here.";
    AlreadyGuest = Conflict "already-guest" "This person is a guest here already.";
    FileEmpty = Invalid "file-empty" "The file is empty.";
    FileTooLarge = TooLarge "file-too-large" "A file may have up to 25 MB.";
    FileKind = Unsupported "file-kind"
        "Send a PDF, a PNG, JPEG or GIF picture, a text, an office document or a ZIP.";
    FileBroken = Invalid "file-broken"
        "This picture cannot be read to its end. Save it again, then send it.";
    PictureTooLarge = Invalid "picture-too-large"
        "A picture may have up to 100 million pixels.";
    FileQuota = Conflict "file-quota"
        "This engagement holds as many files as it may: 200, or 1 GB.";
    ReviewsClosed = Conflict "reviews-closed"
        "Reviews are written after completion, and before their time is over.";
    AlreadyReviewed = Conflict "already-reviewed" "Your side has written its review already.";
    ReviewNotPublished = Conflict "review-not-published" "This review is not published.";
    AlreadyReplied = Conflict "already-replied" "This review was answered already.";
    AlreadyHidden = Conflict "already-hidden" "This review is hidden already.";
}

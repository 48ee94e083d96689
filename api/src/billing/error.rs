//! Why billing refuses.

use crate::kernel::money::Money;
use crate::platform::refusal::{Class, Refusal};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillingError {
    #[error("Milestone {0} comes first: pay the milestones in their order.")]
    EarlierFirst(i32),
    #[error("The page to pay on is being made. Try again in a moment.")]
    Opening,
    #[error(
        "A payment of this milestone does not fit what was asked. The program's staff look at it."
    )]
    Parked,
    #[error("The payment processor refused this payment: {0}")]
    PaymentRefused(String),
    #[error("A kept card is being charged for this milestone. Wait for the answer of its bank.")]
    ChargeUnderWay,
    #[error("Your organization keeps no card as its default. Keep one, or choose one.")]
    NoDefaultMethod,
    #[error("This card has ended. Use another one.")]
    MethodOver,
    #[error("These are not the words of this mandate as they stand. Read them again.")]
    MandateWordsDiffer,
    #[error("A payment with this card is under way. Remove it once that is over.")]
    MethodInUse,
    #[error("Nothing of this milestone is held or released, so nothing can go back.")]
    NothingHeld,
    #[error("Only {0} of this milestone is held.")]
    MoreThanHeld(Money),
    #[error("Only {0} of this milestone is with its payees, so no more can go back.")]
    MoreThanReleased(Money),
    #[error("This milestone is being released. Try again in a moment.")]
    BeingReleased,
    #[error(
        "The bank of the card has this money until it decides its dispute; nothing goes back twice."
    )]
    LockedByDispute,
    #[error("Nothing is held for this milestone, so nothing can be released.")]
    NothingToRelease,
    #[error(
        "That is all that is held. A part leaves something; acceptance of the delivery releases \
         the rest."
    )]
    AllOfIt,
    #[error("The bank of the card has this money until it decides; nothing is released meanwhile.")]
    ReleaseLocked,
    #[error("The two sides disagree about this milestone; its money rests until that is over.")]
    DisagreementOpen,
    #[error("A disagreement about this milestone was carried out. There is not a second one.")]
    SplitAlready,
    #[error("This disagreement is over.")]
    DisagreementEnded,
    #[error("There is nothing to disagree about: no money is held, and none was released lately.")]
    NothingToDisagree,
    #[error("That is for the other side to do.")]
    OtherSide,
    #[error("The other side has answered already.")]
    AlreadyAnswered,
    #[error("The program was asked to decide already.")]
    AlreadyAsked,
    #[error("Neither side asked the program to decide.")]
    MediationNotAsked,
    #[error("The other side still has time to answer. The program decides once it has.")]
    DecidedTooEarly,
    #[error("This was replaced by another proposal, or is over. Read the latest.")]
    ProposalGone,
    #[error("{0} is at stake: what goes back and what is released must come to exactly that.")]
    NotAtStake(Money),
    #[error("A second person has to say yes to this. Do it again to ask for that.")]
    ApprovalWanted,
    #[error("You asked for this yourself. Somebody else has to say yes or no to it.")]
    OwnApproval,
    #[error("Something about this waits for a second person already.")]
    ApprovalWaits,
    #[error("This is not waiting any more.")]
    ApprovalEnded,
    #[error("{0} It does not fit any more, and nothing was done.")]
    ApprovalOvertaken(String),
    #[error("These are not the terms that wait. Read them again.")]
    OtherTerms,
    #[error("Only whoever asked for this takes it back.")]
    NotAuthor,
    #[error("Your seat in the program has ended, or your role may not answer this.")]
    SeatEnded,
    #[error(
        "With a limit, two of your people must be able to decide each matter: an owner or \
         finance besides you, and an owner or program manager besides another."
    )]
    SecondPersonsWanted,
    #[error("That is the limit already.")]
    LimitAsIs,
    #[error("Payments cannot be sent to this organization's country: {0}")]
    CountryNotPaid(String),
    #[error("Begin with the payout onboarding first.")]
    NotOnboarding,
    #[error("This call to Stripe does not wait for a person.")]
    NotLost,
    #[error("{0} Take all of it back at Stripe first, then nothing stands in the way.")]
    AnotherThere(String),
    #[error("The books and Stripe differ by another amount by now.")]
    DiffersAnew,
    #[error("This difference has ended already.")]
    DifferenceEnded,
    #[error("This news cannot be read, so there is nothing to work through.")]
    WebhookUnreadable,
    #[error("There is no receipt: the money of this payment is not here.")]
    NoReceipt,
    #[error("This is not Stripe's: {0}.")]
    BadSignature(String),
    #[error("This is of the other mode: test and real money are kept apart.")]
    OtherMode,
}

impl Refusal for BillingError {
    fn code(&self) -> &'static str {
        match self {
            Self::EarlierFirst(_) => "earlier-milestone-first",
            Self::Opening => "payment-opening",
            Self::Parked => "payment-parked",
            Self::PaymentRefused(_) => "payment-refused",
            Self::ChargeUnderWay => "charge-under-way",
            Self::NoDefaultMethod => "no-default-method",
            Self::MethodOver => "method-over",
            Self::MandateWordsDiffer => "mandate-words-differ",
            Self::MethodInUse => "method-in-use",
            Self::NothingHeld => "nothing-held",
            Self::MoreThanHeld(_) => "more-than-held",
            Self::MoreThanReleased(_) => "more-than-released",
            Self::BeingReleased => "being-released",
            Self::LockedByDispute => "refund-locked-by-dispute",
            Self::NothingToRelease => "nothing-to-release",
            Self::AllOfIt => "part-wanted",
            Self::ReleaseLocked => "release-locked-by-dispute",
            Self::DisagreementOpen => "disagreement-open",
            Self::SplitAlready => "split-already",
            Self::DisagreementEnded => "disagreement-ended",
            Self::NothingToDisagree => "nothing-to-disagree-about",
            Self::OtherSide => "other-side",
            Self::AlreadyAnswered => "already-answered",
            Self::AlreadyAsked => "already-asked",
            Self::MediationNotAsked => "mediation-not-asked",
            Self::DecidedTooEarly => "decided-too-early",
            Self::ProposalGone => "proposal-gone",
            Self::NotAtStake(_) => "not-at-stake",
            Self::ApprovalWanted => "approval-wanted",
            Self::OwnApproval => "own-approval",
            Self::ApprovalWaits => "approval-waits",
            Self::ApprovalEnded => "approval-ended",
            Self::ApprovalOvertaken(_) => "approval-overtaken",
            Self::OtherTerms => "other-terms",
            Self::NotAuthor => "not-author",
            Self::SeatEnded => "seat-ended",
            Self::SecondPersonsWanted => "second-persons-wanted",
            Self::LimitAsIs => "limit-as-is",
            Self::CountryNotPaid(_) => "country-not-paid",
            Self::NotOnboarding => "not-onboarding",
            Self::NotLost => "not-lost",
            Self::AnotherThere(_) => "another-there",
            Self::DiffersAnew => "differs-anew",
            Self::DifferenceEnded => "difference-ended",
            Self::WebhookUnreadable => "webhook-unreadable",
            Self::NoReceipt => "no-receipt",
            Self::BadSignature(_) => "bad-signature",
            Self::OtherMode => "other-mode",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::CountryNotPaid(_) => Class::Invalid,
            Self::OwnApproval | Self::NotAuthor | Self::SeatEnded => Class::Forbidden,
            Self::BadSignature(_) | Self::OtherMode => Class::Unreadable,
            Self::EarlierFirst(_)
            | Self::Opening
            | Self::Parked
            | Self::PaymentRefused(_)
            | Self::ChargeUnderWay
            | Self::NoDefaultMethod
            | Self::MethodOver
            | Self::MandateWordsDiffer
            | Self::MethodInUse
            | Self::NothingHeld
            | Self::MoreThanHeld(_)
            | Self::MoreThanReleased(_)
            | Self::BeingReleased
            | Self::LockedByDispute
            | Self::NothingToRelease
            | Self::AllOfIt
            | Self::ReleaseLocked
            | Self::DisagreementOpen
            | Self::SplitAlready
            | Self::DisagreementEnded
            | Self::NothingToDisagree
            | Self::OtherSide
            | Self::AlreadyAnswered
            | Self::AlreadyAsked
            | Self::MediationNotAsked
            | Self::DecidedTooEarly
            | Self::ProposalGone
            | Self::NotAtStake(_)
            | Self::ApprovalWanted
            | Self::ApprovalWaits
            | Self::ApprovalEnded
            | Self::ApprovalOvertaken(_)
            | Self::OtherTerms
            | Self::SecondPersonsWanted
            | Self::LimitAsIs
            | Self::NotLost
            | Self::AnotherThere(_)
            | Self::DiffersAnew
            | Self::DifferenceEnded
            | Self::WebhookUnreadable
            | Self::NoReceipt
            | Self::NotOnboarding => Class::Conflict,
        }
    }
}

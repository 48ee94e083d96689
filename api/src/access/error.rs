//! Why access refuses, outside the gateway.

use super::model::{
    AlarmState, AlarmStep, ApprovalState, ConnectionState, ConnectionStep, GrantProposalState,
    GrantState, GrantStep,
};
use crate::kernel::check::{FieldError, Invalid};
use crate::platform::refusal::{Class, Refusal};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    #[error("This connection is {state}: nobody can {step} it.")]
    ConnectionState { state: ConnectionState, step: ConnectionStep },
    #[error("This letter of access is {state}: nobody can {step} it.")]
    GrantState { state: GrantState, step: GrantStep },
    #[error("Connecting begins and ends in one browser: sign in there and begin again.")]
    ConnectUnknown,
    #[error("The answer came from another authorization server than the one that was asked.")]
    ConnectMixedUp,
    #[error("Another customer of this program has connected this account.")]
    ConnectionTaken,
    #[error("{0} holds a letter of access for this account and engagement already.")]
    AlreadyGranted(String),
    #[error("You have asked already; the customer has not answered.")]
    AlreadyRequested,
    #[error("Access can be given while an engagement is signed or active, and this one is not.")]
    EngagementNotOpen,
    #[error("The terms are not the ones you were shown. Look at them again, then repeat.")]
    TermsChanged,
    #[error("This decides what others may do, so it needs your password with the request.")]
    PasswordWanted,
    #[error("Nothing would be allowed: the account does not give what the preset needs.")]
    NothingAllowed,
    #[error("A letter of access has at most {0} keys in use. End one first.")]
    TooManyKeys(i64),
    #[error("You keep {0} drafts, which is the most. Send or discard one first.")]
    TooManyDrafts(i64),
    #[error("Nobody asks for more on this letter of access now.")]
    NothingAsked,
    #[error("This letter of access does not hold now, so no key can be made for it.")]
    NotInForce,
    #[error("This asks that a colleague takes over a letter: answer it as that.")]
    SuccessorAsked,
    #[error("Nobody takes this letter over: it was never granted, or was ended as a letter.")]
    NothingToTakeOver,
    #[error("There is a receipt once a letter that was granted has ended.")]
    NotEnded,
    #[error("This is not the request you were shown. Look at it again, then answer.")]
    RequestChanged,
    #[error("There is nothing among these changes that can be taken back now.")]
    NothingToUndo,
    #[error(
        "It is too late: what was there before these changes is kept no longer, so nothing can be \
         taken back."
    )]
    TooLateToUndo,
    #[error("A test was sent just now. Wait ten seconds, then send another.")]
    TooSoon,
    #[error("This call is {0}: nobody can answer it or take it back any more.")]
    ApprovalState(ApprovalState),
    #[error("{}", not_recalled(*.0))]
    NothingToRecall(ApprovalState),
    #[error("This alarm is {state}: nobody can {step} it.")]
    AlarmState { state: AlarmState, step: AlarmStep },
    #[error(
        "Several of your people must agree to this, and it waits for them already: answer or \
         change what waits."
    )]
    ProposalWaits,
    #[error(
        "It was changed since you looked. Whoever had agreed is asked again: read it as it is now, \
         then answer."
    )]
    ProposalChanged,
    #[error("This is {0}: nobody can answer it or change it any more.")]
    ProposalState(GrantProposalState),
    #[error("You have agreed to this already. It waits for somebody else.")]
    AlreadyAgreed,
    #[error("What you see here no longer fits the letter that it is about. Look at that again.")]
    ProposalOutdated,
    #[error(
        "Several of your people must agree to this. Say yes once more, so that they are asked."
    )]
    ApproversWanted,
    #[error("This letter of access does not hold now, so nothing is to be stopped.")]
    NotHolding,
}

fn not_recalled(state: ApprovalState) -> String {
    match state {
        ApprovalState::Used => "The call was sent already, so the yes to it cannot be taken back. \
                                What it changed may be had back from the letter's changes."
            .to_owned(),
        other => format!("This call is {other}: there is no yes to take back."),
    }
}

impl Refusal for AccessError {
    fn code(&self) -> &'static str {
        match self {
            Self::ConnectionState { .. } => "connection-state",
            Self::GrantState { .. } => "grant-state",
            Self::ConnectUnknown => "connect-unknown",
            Self::ConnectMixedUp => "connect-mixed-up",
            Self::ConnectionTaken => "connection-taken",
            Self::AlreadyGranted(_) => "already-granted",
            Self::AlreadyRequested => "already-requested",
            Self::EngagementNotOpen => "engagement-not-open",
            Self::TermsChanged => "terms-changed",
            Self::PasswordWanted => "password-wanted",
            Self::NothingAllowed => "nothing-allowed",
            Self::TooManyKeys(_) => "too-many-keys",
            Self::TooManyDrafts(_) => "too-many-drafts",
            Self::NothingAsked => "nothing-asked",
            Self::NotInForce => "not-in-force",
            Self::SuccessorAsked => "successor-asked",
            Self::NothingToTakeOver => "nothing-to-take-over",
            Self::NotEnded => "not-ended",
            Self::RequestChanged => "request-changed",
            Self::NothingToUndo => "nothing-to-undo",
            Self::TooLateToUndo => "too-late-to-undo",
            Self::TooSoon => "too-soon",
            Self::ApprovalState(_) | Self::NothingToRecall(_) => "approval-state",
            Self::AlarmState { .. } => "alarm-state",
            Self::ProposalWaits => "proposal-waits",
            Self::ProposalChanged => "proposal-changed",
            Self::ProposalState(_) => "proposal-state",
            Self::AlreadyAgreed => "already-agreed",
            Self::ProposalOutdated => "proposal-outdated",
            Self::ApproversWanted => "approvers-wanted",
            Self::NotHolding => "not-in-force",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::ConnectUnknown | Self::ConnectMixedUp => Class::Unreadable,
            Self::PasswordWanted => Class::Forbidden,
            Self::TooSoon => Class::TooMany(Duration::from_secs(10)),
            _ => Class::Conflict,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::PasswordWanted => Invalid::field("password", self.to_string()).0,
            _ => Vec::new(),
        }
    }
}

//! Matching: from a customer's brief to a proposal that can be accepted.
//!
//! A match is computed from plain facts by one pure function in whole thousandths of a point; its
//! parts add up to its score exactly, and the same facts give the same order. A brief asks a
//! consultant at most once, an invitation has at most one open proposal, a brief at most one
//! accepted one. Every change around a posted brief happens under that brief's row lock.

mod error;
mod model;
mod ops;
mod store;

pub use error::MatchingError;
pub use model::{
    AccessPreset, BriefState, BriefStep, InvitationDeclined, InvitationSent, InvitationState,
    InvitationStep, InvitationWithdrawn, Parties, Proposal, ProposalAccepted, ProposalDeclined,
    ProposalLine, ProposalMilestone, ProposalSent, ProposalState, ProposalStep, ProposalWithdrawn,
};
pub use ops::{lock_open_proposal, mark_accepted};
pub use store::proposal;

//! Briefs, matches, invitations and proposals as plain data, and the machines that move them.
//!
//! Pure: nothing here reads a clock, a row or a setting. A state changes only through the machine
//! of its object; what a machine refuses is a refusal with a stable code.

mod brief;
mod facts;
mod invitation;
mod proposal;
pub mod score;

pub use brief::{BriefState, BriefStep};
pub use facts::{
    InvitationDeclined, InvitationSent, InvitationWithdrawn, Parties, ProposalAccepted,
    ProposalDeclined, ProposalSent, ProposalWithdrawn,
};
pub use invitation::{InvitationState, InvitationStep};
pub use proposal::{
    AccessPreset, Proposal, ProposalLine, ProposalMilestone, ProposalState, ProposalStep,
};

//! Briefs, matches, invitations and proposals as plain data, and the machines that move them.
//!
//! Pure: nothing here reads a clock, a row or a setting. A state changes only through the machine
//! of its object; what a machine refuses is a refusal with a stable code.

mod brief;
mod brief_fields;
mod facts;
mod invitation;
mod new_proposal;
mod proposal;
pub mod score;
mod shown;

pub use crate::directory::Hourly;
pub use brief::{Brief, BriefState, BriefStep};
pub use brief_fields::{BriefFields, day};
pub use facts::{
    BriefPosted, InvitationDeclined, InvitationSent, InvitationWithdrawn, Parties,
    ProposalAccepted, ProposalDeclined, ProposalSent, ProposalWithdrawn,
};
pub use invitation::{Invitation, InvitationState, InvitationStep};
pub use new_proposal::{CheckedProposal, NewLine, NewMilestone, NewProposal};
pub use proposal::{Proposal, ProposalLine, ProposalMilestone, ProposalState, ProposalStep};
pub use shown::{
    Compared, InvitationFile, Matches, Page, ProposalsWaiting, ServiceTerms, ShownMatch,
};

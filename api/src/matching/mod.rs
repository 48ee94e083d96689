//! Matching: from a customer's brief to a proposal that can be accepted.
//!
//! A match is computed from plain facts by one pure function in whole thousandths of a point; its
//! parts add up to its score exactly, and the same facts give the same order. A brief asks a
//! consultant at most once, an invitation has at most one open proposal, a brief at most one
//! accepted one. Every change around a posted brief happens under that brief's row lock.

mod error;
mod http;
mod model;
mod ops;
mod policy;
mod store;

pub use crate::directory::AccessPreset;
pub use error::MatchingError;
pub use http::{HourlyView, MATCHING_API, MatchingApi};
pub use model::score::{
    Candidate, Change, Factor, FactorKey, Match, Need, Offer as WeighedOffer, SkillWanted,
    language_name, language_named, rank, score,
};
pub use model::{
    Brief, BriefFields, BriefPosted, BriefState, BriefStep, CheckedProposal, Compared, Hourly,
    Invitation, InvitationDeclined, InvitationFile, InvitationSent, InvitationState,
    InvitationStep, InvitationWithdrawn, Matches, NewLine, NewMilestone, NewProposal, Page,
    Parties, Proposal, ProposalAccepted, ProposalDeclined, ProposalLine, ProposalMilestone,
    ProposalSent, ProposalState, ProposalStep, ProposalWithdrawn, ProposalsWaiting, ServiceTerms,
    ShownMatch,
};
pub use ops::{
    PriceShares, ProposalDraft, close_brief, compare_proposals, decline_invitation,
    decline_proposal, draft_proposal, edit_brief, invite, list_briefs, list_invitations,
    lock_open_proposal, mark_accepted, post_brief, refresh_matches, save_brief, see_brief,
    see_invitation, see_matches, see_proposal, see_shares, send_proposal, shares_of_prices,
    waiting_proposals, withdraw_invitation, withdraw_proposal,
};
pub use store::{holds_role, proposal, service_terms};

//! Matching over HTTP: briefs with their matches, invitations, proposals.
//!
//! Reads bodies and queries, calls one operation each, and shows its answer; nothing is decided
//! here.

mod briefs;
mod desk;
mod invitations;
mod proposals;
mod views;

pub use briefs::BriefsApi;
pub use invitations::InvitationsApi;
pub use proposals::ProposalsApi;
pub use views::HourlyView;

use poem_openapi::Tags;

/// Matching's operations.
pub type MatchingApi = (BriefsApi, InvitationsApi, ProposalsApi);
pub const MATCHING_API: MatchingApi = (BriefsApi, InvitationsApi, ProposalsApi);

#[derive(Tags)]
enum Tag {
    /// Briefs, explained matches, invitations and proposals
    Matching,
}

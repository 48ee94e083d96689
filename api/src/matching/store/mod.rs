//! Rows of matching's tables.
//!
//! Every change of a posted brief, its invitations and its proposals happens under the row lock of
//! the brief, taken first: two changes around one brief follow each other and never wait in a
//! circle.

mod briefs;
mod invitations;
mod matches;
mod new_proposals;
mod parties;
mod proposals;
mod seats;

pub use briefs::{
    NewBrief, brief, briefs_of, insert_brief, lock_brief, lock_brief_of_invitation,
    lock_brief_of_proposal, next_number, set_state, update_fields,
};
pub use invitations::{
    InvitationsWanted, NewInvitation, insert_invitation, invitation, invitations_of, set_answer,
    withdraw_waiting,
};
pub use matches::{MatchRow, eligible, matches, replace_matches};
pub use new_proposals::{insert_proposal, service_terms, waiting_proposal};
pub use proposals::{
    end_proposals, open_proposals, proposal, proposals_for, proposals_of, waiting_by_brief,
};
pub use seats::{holds_role, share_a_person};

//! Rows of matching's tables.
//!
//! Every change of a posted brief, its invitations and its proposals happens under the row lock of
//! the brief, taken first: two changes around one brief follow each other and never wait in a
//! circle.

mod briefs;
mod invitations;
mod proposals;

pub use briefs::{lock_brief_of_proposal, set_booked};
pub use invitations::withdraw_waiting;
pub use proposals::{end_proposals, open_proposals, proposal};

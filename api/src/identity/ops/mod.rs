//! What identity does, one file a theme.
//!
//! No argon2 is computed and nothing outside is called while a transaction is open. Tries are
//! counted in transactions of their own, so that they count whatever follows.

mod account;
mod asked;
mod invite;
mod leaving;
mod links;
mod members;
mod password;
mod programs;
mod seats;
mod sessions;
mod sign_in;
mod sign_up;
mod throttle;
mod tokens;

pub use account::{ask_to_change_email, change_email, email_change_behind, set_profile};
pub use asked::{ASKED, answer_asked};
pub use invite::{
    Joining, invitation_behind, invitations, invite, invite_owner, join, join_anew,
    withdraw_invitation,
};
pub use leaving::{
    departed, end_work, has_departures, leaving, organization_name, people_of, person_told_of_end,
};
pub use members::{change_role, end_member, industry_of, members};
pub use password::{ask_to_reset, change_password, check_password, reset_behind, reset_password};
pub use programs::{program_at, programs_of};
pub use seats::{act_as, seats};
pub use sessions::{authenticate, end_all_sessions, list_sessions, sign_out, sign_out_of};
pub use sign_in::sign_in;
pub use sign_up::{SignUp, add_organization, ask_to_sign_up, confirm_sign_up, sign_up_behind};
pub use tokens::{list_tokens, make_token, revoke_token};

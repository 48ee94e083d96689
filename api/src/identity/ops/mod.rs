//! What identity does, one file a theme.

mod programs;
mod seats;
mod sessions;
mod sign_in;
mod step_up;
mod throttle;
mod tokens;

pub use programs::{program_at, programs_of};
pub use seats::{act_as, seats};
pub use sessions::{authenticate, end_all_sessions, list_sessions, sign_out, sign_out_of};
pub use sign_in::sign_in;
pub use step_up::check_password;
pub use tokens::{list_tokens, make_token, revoke_token};

//! Who is who: persons, sign-in, sessions, API tokens, memberships and what each role may do.
//!
//! A person exists once, whatever the number of programs. A secret (password, session, token, link
//! in a mail) is kept as a hash only and shown at most once. Every answer about an address is the
//! same whether an account exists or not. What a role may do stands in one table, [`roles`].

mod error;
mod http;
mod model;
mod ops;
mod password;
pub mod roles;
mod store;

pub use error::IdentityError;
pub use http::{Asked, Auth, IdentityApi, SignedInAuth, session_cookie_value};
pub use model::{ApiToken, NewToken, Person, Seat, SessionFacts, SessionRow, SignedIn};
pub use ops::{
    act_as, authenticate, end_all_sessions, list_sessions, list_tokens, make_token, program_at,
    programs_of, revoke_token, seats, sign_in, sign_out, sign_out_of,
};
pub use password::hash as hash_password;
pub use roles::{Allowed, Command, Deed, allow};
pub use store::{
    MembershipRow, OrganizationRow, add_membership, add_organization, add_person, add_vendor,
    person_names, programs, vendor_by_slug, vendor_of_host,
};

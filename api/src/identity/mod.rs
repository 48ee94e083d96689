//! Who is who: persons, sign-in, sessions, API tokens, memberships and what each role may do.
//!
//! A person exists once, whatever the number of programs. A secret (password, session, token, link
//! in a mail) is kept as a hash only and shown at most once. Every answer about an address is the
//! same whether an account exists or not. What a role may do stands in one table, [`roles`].

mod error;
mod facts;
mod http;
mod letters;
mod model;
mod ops;
mod password;
mod policy;
pub mod roles;
mod store;

pub use error::IdentityError;
pub use facts::{MemberJoined, MemberRoleChanged, MembershipEnded, OrganizationAdded};
pub use http::{
    AccountApi, Asked, Auth, IdentityApi, MembersApi, SignedInAuth, session_cookie_value,
};
pub use model::{
    ApiToken, Colleague, Departed, Invitation, InvitationBehind, Leaving, LeavingSeat, NewSession,
    NewToken, OpenToken, OrganizationWanted, PeopleOf, Person, Seat, SessionFacts, SessionRow,
    SignUpBehind, SignedIn, roles_of,
};
pub use ops::{
    ASKED, Joining, SignUp, act_as, add_organization, answer_asked, ask_to_change_email,
    ask_to_reset, ask_to_sign_up, authenticate, change_email, change_password, change_role,
    check_password, confirm_sign_up, departed, email_change_behind, end_all_sessions, end_member,
    end_work, has_departures, industry_of, invitation_behind, invitations, invite, invite_owner,
    join, join_anew, leaving, list_sessions, list_tokens, make_token, members, organization_name,
    people_of, person_told_of_end, program_at, programs_of, reset_behind, reset_password,
    revoke_token, seats, set_profile, sign_in, sign_out, sign_out_of, sign_up_behind,
    withdraw_invitation,
};
pub use password::hash as hash_password;
pub use roles::{Allowed, Command, Deed, allow};
pub use store::{
    MembershipRow, OrganizationRow, add_membership, add_person, add_vendor, person_names, programs,
    vendor_by_slug, vendor_of_host, write_organization,
};

//! Rows of identity's tables, which are global but for `organizations`.
//!
//! Only hashes of secrets are kept. A membership that ended is never read as an open one.

use crate::platform::db::schema::{
    api_tokens, credentials, memberships, organizations, persons, vendor_hosts, vendors,
};

mod accounts;
mod founding;
mod leaving;
mod links;
mod members;
mod people;
mod sessions;
mod throttles;
mod tokens;

pub use accounts::{
    open_tokens, password_hash, person, person_by_email, set_email, set_password, set_profile,
};
pub use founding::{OrganizationRow, add_vendor, write_organization};
pub use leaving::{
    OpenSeat, departed, lock_open_seats, open_seats, seats_of_work, withdraw_invitations_by,
};
pub use links::{
    NewLinkRow, Withdrawn, end_links_of, insert_link, invitations, link, spend_link,
    withdraw_invitations,
};
pub use members::{
    end_memberships, industry, is_owner, lock_members, members, organization, set_role,
    several_must_agree, work_organization,
};
pub use people::{
    MembershipRow, add_membership, add_person, credential, email_of, first_membership, memberships,
    name_seats, person_names, program_of, programs, vendor_by_slug, vendor_of_host,
};
pub use sessions::{
    NewSessionRow, by_session, delete_session, delete_sessions, insert_session, sessions,
    set_membership, touch,
};
pub use throttles::{count_try, take_try_back};
pub use tokens::{NewTokenRow, by_token, insert_token, revoke_token, tokens};

diesel::allow_tables_to_appear_in_same_query!(persons, credentials);
diesel::allow_tables_to_appear_in_same_query!(organizations, vendors);
diesel::allow_tables_to_appear_in_same_query!(vendor_hosts, vendors);
diesel::allow_tables_to_appear_in_same_query!(api_tokens, memberships);

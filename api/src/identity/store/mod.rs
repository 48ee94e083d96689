//! Rows of identity's tables.

use crate::platform::db::schema::{credentials, organizations, persons, vendor_hosts, vendors};

mod founding;
mod people;
mod sessions;
mod throttles;
mod tokens;

pub use founding::{OrganizationRow, add_organization, add_vendor};
pub use people::{
    MembershipRow, add_membership, add_person, credential, first_membership, memberships,
    name_seats, person_names, programs, vendor_by_slug, vendor_of_host,
};
pub use sessions::{
    NewSessionRow, by_session, delete_session, delete_sessions, insert_session, sessions,
    set_membership, touch,
};
pub use throttles::count_try;
pub use tokens::{NewTokenRow, by_token, insert_token, revoke_token, tokens};

diesel::allow_tables_to_appear_in_same_query!(persons, credentials);
diesel::allow_tables_to_appear_in_same_query!(organizations, vendors);
diesel::allow_tables_to_appear_in_same_query!(vendor_hosts, vendors);

//! Persons, organizations and their members as plain data, with the checks of what people write.
//!
//! Nothing here holds a secret but [`NewToken`] and [`NewSession`], which print none.

mod account;
mod leaving;
mod link;
mod member;
mod name;
mod organization;

pub use account::{
    ApiToken, NewSession, NewToken, OpenToken, Person, SESSION_LIFE, Seat, SessionFacts,
    SessionRow, SignedIn,
};
pub use leaving::{Departed, Leaving, LeavingSeat, PeopleOf};
pub use link::{InvitationBehind, JoinFacts, Link, LinkPurpose, SignUpBehind, SignUpFacts};
pub use member::{Colleague, Invitation};
pub use name::one_line;
pub use organization::{NewOrganization, OrganizationWanted, roles_of};

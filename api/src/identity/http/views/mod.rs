//! What identity shows and takes over HTTP.
//!
//! A secret is answered once, by the operation that made it; no body here prints its contents.

mod account;
mod members;
mod sessions;

pub use account::{
    ConfirmBody, EmailBody, EmailChangeBody, LinkBody, OrganizationBody, PasswordBody, ProfileBody,
    ResetBody, ResetView, SeatIdView, SignUpBody,
};
pub use members::{
    ColleagueInvitationView, InvitationBehindView, InviteBody, JoinBody, MemberView, PeopleView,
    RoleBody,
};
pub use sessions::{
    ActAsBody, MeView, NewSessionView, NewTokenView, SessionView, SignInBody, TokenBody, TokenView,
};

//! Bodies and answers of members and invitations.

use crate::identity::model::{Colleague, Departed, Invitation, InvitationBehind, PeopleOf};
use crate::kernel::id::{EmailLinkId, MembershipId, PersonId};
use crate::platform::caller::{OrganizationKind, Role};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// Someone with a seat in the organization.
#[derive(Object)]
pub struct MemberView {
    /// The membership.
    pub membership: MembershipId,
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The person's e-mail address.
    pub email: String,
    /// The person's role.
    pub role: Role,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl From<Colleague> for MemberView {
    fn from(one: Colleague) -> Self {
        let Colleague { membership, person, name, email, role, since } = one;
        Self { membership, person, name, email, role, since }
    }
}

/// The people of a partner's or reseller's organization.
#[derive(Object)]
pub struct PeopleView {
    /// The organization's name.
    pub organization: String,
    /// Those with a seat.
    pub people: Vec<MemberView>,
    /// Seats that ended, the latest first; each has its departure.
    pub departed: Vec<DepartedView>,
}

/// A seat that has ended.
#[derive(Object)]
pub struct DepartedView {
    /// The membership.
    pub membership: MembershipId,
    /// The person's name.
    pub name: String,
    /// The role of the seat.
    pub role: Role,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
}

impl From<PeopleOf> for PeopleView {
    fn from(it: PeopleOf) -> Self {
        let departed = |one: Departed| {
            let Departed { membership, name, role, ended_at } = one;
            DepartedView { membership, name, role, ended_at }
        };
        Self {
            organization: it.organization,
            people: it.open.into_iter().map(MemberView::from).collect(),
            departed: it.departed.into_iter().map(departed).collect(),
        }
    }
}

/// A role to be given.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct RoleBody {
    /// One of the roles that organizations of this kind have.
    pub role: Role,
}

/// A colleague to be invited.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct InviteBody {
    /// Where the link goes.
    pub email: String,
    /// The role that the seat will have; only owners make owners.
    pub role: Role,
}

/// An open invitation.
#[derive(Object)]
pub struct ColleagueInvitationView {
    /// The invitation.
    pub id: EmailLinkId,
    /// Where the link went.
    pub email: String,
    /// The role that the seat will have.
    pub role: Role,
    /// Who sent it.
    pub invited_by: String,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// Until when its link works.
    pub expires_at: DateTime<Utc>,
}

impl From<Invitation> for ColleagueInvitationView {
    fn from(one: Invitation) -> Self {
        let Invitation { id, email, role, invited_by, created_at, expires_at } = one;
        Self { id, email, role, invited_by, created_at, expires_at }
    }
}

/// An invitation as the invited person sees it.
#[derive(Object)]
pub struct InvitationBehindView {
    /// Where the link went.
    pub email: String,
    /// The organization's name.
    pub organization: String,
    /// What the organization is in the program.
    pub kind: OrganizationKind,
    /// The role that the seat will have.
    pub role: Role,
    /// Who sent it.
    pub invited_by: String,
    /// IANA name of the organization's time zone.
    pub zone: String,
    /// Whether to sign in instead of choosing a password.
    pub has_account: bool,
}

impl From<InvitationBehind> for InvitationBehindView {
    fn from(one: InvitationBehind) -> Self {
        let InvitationBehind { email, organization, kind, role, invited_by, zone, has_account } =
            one;
        Self { email, organization, kind, role, invited_by, zone, has_account }
    }
}

/// A new account by an invitation.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct JoinBody {
    /// The token in the link.
    pub token: String,
    /// The person's name.
    pub name: String,
    /// A password, from 12 to 200 characters.
    pub password: String,
    /// IANA name of the zone in which times are shown; the organization's when absent.
    pub zone: Option<String>,
}

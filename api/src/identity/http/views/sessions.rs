//! What identity shows over HTTP.

use crate::identity::model::{ApiToken, NewToken, Seat, SessionRow, SignedIn};
use crate::kernel::id::{ApiTokenId, MembershipId, OrganizationId, PersonId, SessionId};
use crate::platform::caller::{OrganizationKind, Role, TokenScope};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// A sign-in by e-mail and password.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SignInBody {
    /// The person's e-mail address.
    pub email: String,
    /// The person's password.
    pub password: String,
}

/// A session that was just opened.
#[derive(Object)]
pub struct NewSessionView {
    /// The session, as listed under sessions.
    pub id: SessionId,
}

/// The signed-in person and their seats.
#[derive(Object)]
pub struct MeView {
    /// The person.
    pub id: PersonId,
    /// The person's name.
    pub name: String,
    /// The person's e-mail address.
    pub email: String,
    /// IANA zone in which times are shown.
    pub zone: String,
    /// The membership this session or token acts with.
    pub acting: Option<MembershipId>,
    /// Every open seat of the person.
    pub seats: Vec<SeatView>,
}

/// A role in an organization of a program.
#[derive(Object)]
pub struct SeatView {
    /// The membership.
    pub membership: MembershipId,
    /// The program's word in addresses.
    pub program: String,
    /// The organization.
    pub organization: OrganizationId,
    /// The organization's name.
    pub organization_name: String,
    /// What the organization is in the program.
    pub kind: OrganizationKind,
    /// The person's role there.
    pub role: Role,
}

impl MeView {
    pub fn new(signed_in: SignedIn, seats: Vec<Seat>) -> Self {
        Self {
            id: signed_in.person.id,
            name: signed_in.person.name,
            email: signed_in.person.email,
            zone: signed_in.person.zone,
            acting: signed_in.caller.map(|c| c.membership),
            seats: seats.into_iter().map(SeatView::from).collect(),
        }
    }
}

impl From<Seat> for SeatView {
    fn from(seat: Seat) -> Self {
        Self {
            membership: seat.membership,
            program: seat.vendor_slug,
            organization: seat.organization,
            organization_name: seat.organization_name,
            kind: seat.kind,
            role: seat.role,
        }
    }
}

/// The seat to act with.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ActAsBody {
    /// One of the person's own memberships.
    pub membership: MembershipId,
}

/// An open session.
#[derive(Object)]
pub struct SessionView {
    /// The session.
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: String,
    /// The address it signed in from.
    pub address: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to within five minutes.
    pub seen_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Whether this request came with it.
    pub current: bool,
}

impl SessionView {
    pub fn new(row: SessionRow, current: Option<SessionId>) -> Self {
        Self {
            current: current == Some(row.id),
            id: row.id,
            user_agent: row.user_agent,
            address: row.address,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
        }
    }
}

/// A token to be made.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct TokenBody {
    /// What it is for, in your words.
    pub name: String,
    /// Whether it may change things.
    pub scope: TokenScope,
    /// Days it lives, from 1 to 365.
    pub days: i64,
}

/// An API token.
#[derive(Object)]
pub struct TokenView {
    /// The token.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Whether it may change things.
    pub scope: TokenScope,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to within five minutes.
    pub used_at: Option<DateTime<Utc>>,
    /// When it was ended.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scope: token.scope,
            created_at: token.created_at,
            expires_at: token.expires_at,
            used_at: token.used_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// A token just made.
#[derive(Object)]
pub struct NewTokenView {
    /// The token.
    pub token: TokenView,
    /// Its secret: shown this once, kept nowhere.
    pub secret: String,
}

impl From<NewToken> for NewTokenView {
    fn from(new: NewToken) -> Self {
        Self { token: new.token.into(), secret: new.secret }
    }
}

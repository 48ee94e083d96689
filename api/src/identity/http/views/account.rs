//! Bodies and answers of signing up, resets and the account.

use crate::identity::model::{OpenToken, OrganizationWanted};
use crate::kernel::id::{ApiTokenId, MembershipId};
use crate::platform::caller::{OrganizationKind, TokenScope};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// A sign-up for a program.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SignUpBody {
    /// The person's name.
    pub name: String,
    /// The person's e-mail address; the link to confirm goes there.
    pub email: String,
    /// From 12 to 200 characters; asked for once more when the link is followed.
    pub password: String,
    /// The organization the person speaks for, as its first owner.
    pub organization: OrganizationBody,
}

/// An organization.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct OrganizationBody {
    /// What it is in the program: customer, partner or reseller.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: String,
    /// Where it works from.
    pub city: String,
    /// ISO 3166-1 code of two letters.
    pub country: String,
    /// IANA name of its time zone.
    pub zone: String,
    /// Of a customer: a word of the program's list of industries.
    pub industry: Option<String>,
}

impl From<OrganizationBody> for OrganizationWanted {
    fn from(body: OrganizationBody) -> Self {
        let OrganizationBody { kind, name, city, country, zone, industry } = body;
        Self { kind, name, city, country, zone, industry }
    }
}

/// A link of a sign-up.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ConfirmBody {
    /// The token in the link.
    pub token: String,
    /// The password chosen at sign-up.
    pub password: String,
}

/// A link that came by mail.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct LinkBody {
    /// The token in the link.
    pub token: String,
}

/// An e-mail address.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct EmailBody {
    /// The address.
    pub email: String,
}

/// A new password by the link of a mail.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ResetBody {
    /// The token in the link.
    pub token: String,
    /// The new password, from 12 to 200 characters.
    pub password: String,
}

/// What still works after a new password.
#[derive(Object)]
pub struct ResetView {
    /// API tokens that still work, in every program; end those you do not know.
    pub tokens: Vec<OpenTokenView>,
}

/// An API token that still works.
#[derive(Object)]
pub struct OpenTokenView {
    /// The token.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Whether it may change things.
    pub scope: TokenScope,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to within five minutes.
    pub used_at: Option<DateTime<Utc>>,
}

impl From<Vec<OpenToken>> for ResetView {
    fn from(tokens: Vec<OpenToken>) -> Self {
        let view = |token: OpenToken| OpenTokenView {
            id: token.id,
            name: token.name,
            scope: token.scope,
            created_at: token.created_at,
            used_at: token.used_at,
        };
        Self { tokens: tokens.into_iter().map(view).collect() }
    }
}

/// What people change about themselves.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ProfileBody {
    /// The name.
    pub name: String,
    /// IANA name of the zone in which times are shown.
    pub zone: String,
}

/// A change of password.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct PasswordBody {
    /// The password in force.
    pub password: String,
    /// The new one, from 12 to 200 characters.
    pub new_password: String,
}

/// A change of address.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct EmailChangeBody {
    /// The new address.
    pub email: String,
    /// The password, asked for again.
    pub password: String,
}

/// A seat just taken.
#[derive(Object)]
pub struct SeatIdView {
    /// The membership; this session acts with it.
    pub membership: MembershipId,
}

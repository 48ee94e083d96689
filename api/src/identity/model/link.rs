//! Links that travel by mail: what each is for and what it carries.

use super::organization::NewOrganization;
use crate::kernel::id::{EmailLinkId, OrganizationId, PersonId, VendorId};
use crate::platform::caller::{OrganizationKind, Role};
use crate::text_enum;
use chrono::Duration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

text_enum! {
    /// What a link does when it is followed. Each works once.
    pub enum LinkPurpose {
        SignUp = "sign_up",
        Reset = "reset",
        ChangeEmail = "change_email",
        Join = "join",
    }
}

impl LinkPurpose {
    /// How long a link of this purpose works.
    pub const fn life(self) -> Duration {
        match self {
            Self::SignUp | Self::ChangeEmail => Duration::hours(24),
            Self::Reset => Duration::hours(1),
            Self::Join => Duration::days(7),
        }
    }
}

/// A link as it is kept, without its secret.
#[derive(Clone)]
pub struct Link {
    pub id: EmailLinkId,
    pub person: Option<PersonId>,
    pub vendor: Option<VendorId>,
    pub email: String,
    /// What it carries; may hold the hash of a password, so links are never printed.
    pub facts: Value,
}

/// What a sign-up waits with until its address is confirmed.
#[derive(Serialize, Deserialize)]
pub struct SignUpFacts {
    pub name: String,
    pub password_hash: String,
    pub organization: NewOrganization,
}

/// A sign-up that waits, as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUpBehind {
    pub name: String,
    pub email: String,
    pub organization: String,
}

/// What an invitation to join carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JoinFacts {
    pub organization: OrganizationId,
    pub organization_name: String,
    pub kind: OrganizationKind,
    pub role: Role,
    /// Nobody when the installation's operator did.
    pub invited_by: Option<PersonId>,
    pub invited_by_name: String,
}

/// An invitation as the invited person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationBehind {
    pub email: String,
    pub organization: String,
    pub kind: OrganizationKind,
    pub role: Role,
    pub invited_by: String,
    /// The organization's, as IANA names it: that of most who join.
    pub zone: String,
    /// Whether an account with this address exists, so that the person signs in instead.
    pub has_account: bool,
}

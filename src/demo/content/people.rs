//! People and the roles they hold in each kind of organization.

use api::kernel::zone::Zone;
use serde::{Deserialize, Deserializer, de};

/// A person of one organization. The e-mail address is the identity: it appears once in the
/// content, and other organizations name the same person by it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person<Role> {
    pub name: String,
    pub email: String,
    pub role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VendorRole {
    Owner,
    ProgramManager,
    Finance,
    Support,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartnerRole {
    Owner,
    Admin,
    Consultant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResellerRole {
    Owner,
    Member,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerRole {
    Owner,
    Admin,
    Member,
}

impl VendorRole {
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::ProgramManager => "program_manager",
            Self::Finance => "finance",
            Self::Support => "support",
        }
    }
}

impl PartnerRole {
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Consultant => "consultant",
        }
    }
}

impl ResellerRole {
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}

impl CustomerRole {
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}

/// Reads the name of an IANA zone.
///
/// # Errors
/// Says which name the database does not have.
pub(super) fn zone<'de, D: Deserializer<'de>>(source: D) -> Result<Zone, D::Error> {
    let name = String::deserialize(source)?;
    Zone::parse(&name).ok_or_else(|| de::Error::custom(format!("no time zone is called {name:?}")))
}

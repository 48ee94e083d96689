//! A letter of access as the program's staff see it: who may work where, until when, and how much
//! of it is used. Neither its reason and terms nor what any call was about.

use super::grant::Standing;
use crate::kernel::id::{GrantId, OrganizationId, PersonId};
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};

/// One letter of the program, requests included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramGrant {
    pub id: GrantId,
    pub engagement_number: i64,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub partner: OrganizationId,
    pub partner_name: String,
    pub consultant: PersonId,
    pub consultant_name: String,
    /// Absent while no account is chosen.
    pub account_name: Option<String>,
    pub upstream: String,
    pub preset: String,
    /// The greatest that it permits; absent when its terms cannot be read, so that nothing is.
    pub risk: Option<Risk>,
    pub standing: Standing,
    pub created_at: DateTime<Utc>,
    pub valid_until: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was last used for a call that was carried out.
    pub used_at: Option<DateTime<Utc>>,
    /// Calls of the last 30 days, refused ones included.
    pub calls: i64,
    pub refused: i64,
    /// Why the program let it rest, while it rests for that.
    pub program_reason: Option<String>,
}

/// Which letters are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProgramGrantsWanted {
    pub standing: Option<Standing>,
    pub customer: Option<OrganizationId>,
    pub partner: Option<OrganizationId>,
}

/// An organization on either side of the program's letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterSide {
    pub organization: OrganizationId,
    pub name: String,
    /// Whether the accounts are its own; else its people hold the letters.
    pub is_customer: bool,
}

//! A profile as its owner edits it.

use crate::kernel::id::{OrganizationId, PersonId, ProfileId};
use crate::kernel::zone::Zone;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// What the owner writes; checked before it comes here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFields {
    pub headline: String,
    pub about: String,
    /// Slugs of skills.
    pub skills: Vec<String>,
    /// Slugs of industries.
    pub industries: Vec<String>,
    /// BCP 47 tags in canonical form.
    pub languages: Vec<String>,
    pub zone: Zone,
    pub works_from: NaiveTime,
    pub works_until: NaiveTime,
    pub accepting_clients: bool,
    pub free_from: Option<NaiveDate>,
}

/// A profile, published or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub id: ProfileId,
    pub organization: OrganizationId,
    pub person: PersonId,
    pub name: String,
    pub slug: String,
    pub fields: ProfileFields,
    pub published_at: Option<DateTime<Utc>>,
    pub version: i32,
}

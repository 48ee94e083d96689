//! Statements of work and guests.

use crate::engagements::{Guest, Side, StatementView, VendorPerson};
use crate::kernel::id::{EngagementId, PersonId, SowId};
use crate::platform::caller::Role;
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// A side's yes to the statement of work.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct AcceptBody {
    /// SHA-256 of the text you accept, in hexadecimal, as it was read.
    pub hash: String,
}

/// Why it is done.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct EngagementReasonBody {
    /// A sentence for the other side, up to 500 characters.
    pub reason: String,
}

/// A statement of work.
#[derive(Object)]
pub struct SowView {
    /// The statement.
    pub id: SowId,
    /// Whose it is.
    pub engagement: EngagementId,
    /// Counts from 1; a new version wants both sides' yes again.
    pub version: i32,
    /// The whole text, Markdown.
    pub body: String,
    /// SHA-256 of the text, in hexadecimal.
    pub hash: String,
    /// When it lapses unless both sides accepted.
    pub accept_by: DateTime<Utc>,
    /// Who accepted.
    pub accepted: Vec<AcceptanceView>,
}

/// A side's yes.
#[derive(Object)]
pub struct AcceptanceView {
    /// The side.
    pub side: Side,
    /// Who said yes for it.
    pub person: PersonId,
    /// The person's name.
    pub person_name: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<StatementView> for SowView {
    fn from(seen: StatementView) -> Self {
        let accepted = seen.acceptances.into_iter().map(|(a, person_name)| AcceptanceView {
            side: a.side,
            person: a.person,
            person_name,
            at: a.at,
        });
        Self {
            id: seen.statement.id,
            engagement: seen.statement.engagement,
            version: seen.statement.version,
            hash: hex::encode(&seen.statement.hash),
            body: seen.statement.body,
            accept_by: seen.statement.accept_by,
            accepted: accepted.collect(),
        }
    }
}

/// Somebody of the program to invite.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct GuestBody {
    /// One of the invitable people.
    pub person: PersonId,
    /// What the person is invited for, up to 500 characters.
    pub reason: Option<String>,
}

/// A person of the program in an engagement.
#[derive(Object)]
pub struct GuestView {
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// Who invited.
    pub invited_by: PersonId,
    /// What for.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When the seat ended; absent while it is open.
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<Guest> for GuestView {
    fn from(guest: Guest) -> Self {
        Self {
            person: guest.person,
            name: guest.name,
            invited_by: guest.invited_by,
            reason: guest.reason,
            since: guest.since,
            ended_at: guest.ended_at,
        }
    }
}

/// A person of the program who may be invited.
#[derive(Object)]
pub struct InvitableView {
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The person's role in the program.
    pub role: Role,
}

impl From<VendorPerson> for InvitableView {
    fn from(member: VendorPerson) -> Self {
        Self { person: member.person, name: member.name, role: member.role }
    }
}

//! One line of the access log.

use super::approval::Uses;
use super::origin::Origin;
use crate::kernel::id::{
    AccessEntryId, ConnectionId, EngagementId, GatewayKeyId, GrantId, OrganizationId, PersonId,
    WriteApprovalId,
};
use crate::text_enum;
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};

text_enum! {
    /// How a call ended.
    pub enum Outcome {
        /// Sent, and no answer was kept: nobody knows whether it took effect.
        Begun = "begun",
        /// The application answered; its status tells what.
        Done = "done",
        /// Not let through; nothing reached the application.
        Refused = "refused",
        /// Let through, and the application did not answer as it should.
        Failed = "failed",
        /// The application answered, and its answer was stopped on the way: the letter ended, the
        /// caller left, or either side broke off.
        Cut = "cut",
        /// Not a call of the consultant: the gateway looked it up, so that a call could be asked
        /// for, or so that what it changes can be had back.
        Looked = "looked",
        /// Not a call of the consultant: the customer had a change taken back, and this was asked
        /// of the application for it; the status tells how it answered.
        Undone = "undone",
    }
}

/// Whose call it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    pub grant: GrantId,
    /// Absent for the person's own call from our page, and for what the job does that takes changes
    /// back.
    pub key: Option<GatewayKeyId>,
    pub engagement: EngagementId,
    pub customer: OrganizationId,
    pub partner: OrganizationId,
    pub connection: ConnectionId,
    pub person: PersonId,
}

/// What was asked; the operation is absent when none was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// The path below the grant, without its query.
    pub target: String,
    pub operation: Option<AskedOperation>,
    pub request_id: String,
    pub from: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedOperation {
    pub id: String,
    pub title: String,
    pub risk: Risk,
    pub path_template: String,
}

/// The SHA-256 of a body.
pub type Sha = [u8; 32];

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    /// Why it was refused or failed.
    pub code: Option<String>,
    /// The status the consultant got.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub bytes: i64,
    /// Of its body, as far as it was passed on; absent when nothing of the application was.
    pub answer_hash: Option<Sha>,
    pub duration_ms: i32,
}

/// A line to be written.
#[derive(Debug, Clone)]
pub struct NewEntry {
    pub id: AccessEntryId,
    /// The line that said it would be sent.
    pub begun: Option<AccessEntryId>,
    pub whose: Whose,
    pub asked: Asked,
    /// The customer's yes that it uses up.
    pub approval: Option<WriteApprovalId>,
    pub uses: Option<Uses>,
    /// Of the body as it goes to the application; absent without one.
    pub sent_hash: Option<Sha>,
    pub ended: Ended,
    /// Made by the job that takes changes back.
    pub undo: bool,
}

/// A line as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: AccessEntryId,
    pub at: DateTime<Utc>,
    pub grant: GrantId,
    pub engagement: EngagementId,
    pub engagement_number: i64,
    pub connection: ConnectionId,
    pub account_name: String,
    pub person: PersonId,
    pub person_name: String,
    pub operation_id: Option<String>,
    /// In plain words; absent when the call meant no operation.
    pub operation: Option<String>,
    pub risk: Option<Risk>,
    pub method: String,
    pub path_template: Option<String>,
    pub target: String,
    pub outcome: Outcome,
    pub code: Option<String>,
    pub status: Option<u16>,
    pub bytes: i64,
    pub duration_ms: i32,
    pub request_id: String,
    /// SHA-256 of the body that went to the application, and of the answer's as far as it was
    /// passed on; in hexadecimal digits.
    pub sent_sha256: Option<String>,
    pub answer_sha256: Option<String>,
    /// What it used up, when that was counted.
    pub uses: Option<Uses>,
    /// The customer's yes to it.
    pub approval: Option<WriteApprovalId>,
    /// Made by hand on our page, without a key.
    pub by_hand: bool,
    /// Made by the job that takes changes back, for the person who wanted it.
    pub undo: bool,
}

/// Which lines of the log are looked for; nothing narrows it further than the viewer's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogWanted {
    pub grant: Option<GrantId>,
    pub connection: Option<ConnectionId>,
    pub outcome: Option<Outcome>,
    pub person: Option<PersonId>,
}

impl From<Option<GrantId>> for LogWanted {
    fn from(grant: Option<GrantId>) -> Self {
        Self { grant, ..Self::default() }
    }
}

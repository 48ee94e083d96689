//! Lines of the access log as they are shown over HTTP.

use super::approvals::UsesView;
use crate::access::model::{Entry, Outcome};
use crate::kernel::id::{
    AccessEntryId, ConnectionId, EngagementId, GrantId, PersonId, WriteApprovalId,
};
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// One line of the access log.
#[derive(Object)]
pub struct EntryView {
    /// The line.
    id: AccessEntryId,
    /// When it was written.
    at: DateTime<Utc>,
    /// The letter of access.
    grant: GrantId,
    /// The engagement.
    engagement: EngagementId,
    /// The engagement's number as people read it.
    engagement_label: String,
    /// The account.
    connection: ConnectionId,
    /// The account's name.
    account_name: String,
    /// Who called.
    person: PersonId,
    /// That person's name.
    person_name: String,
    /// The operation's word; absent when the call meant none.
    operation_id: Option<String>,
    /// The operation in plain words.
    operation: Option<String>,
    /// What the operation can do to the account.
    risk: Option<Risk>,
    /// HTTP method.
    method: String,
    /// The operation's path with its parameters in braces.
    path: Option<String>,
    /// The path that was asked for.
    target: String,
    /// How it ended.
    outcome: Outcome,
    /// Why it was refused or failed.
    code: Option<String>,
    /// The status that was answered.
    status: Option<u16>,
    /// Bytes of the answer.
    bytes: i64,
    /// How long it took, in milliseconds.
    duration_ms: i32,
    /// The request's id, as in the answer's X-Request-Id.
    request_id: String,
    /// SHA-256 of the body that went to the application, in hexadecimal digits; absent without one.
    sent_sha256: Option<String>,
    /// SHA-256 of the answer's body as far as it was passed on; absent when nothing of the
    /// application was.
    answer_sha256: Option<String>,
    /// What it used up, when that was counted.
    uses: Option<UsesView>,
    /// The customer's yes to exactly this call, where one was wanted.
    approval: Option<WriteApprovalId>,
    /// Whether the person made it by hand on our page, without a key.
    by_hand: bool,
    /// Whether it was made by us, to take a change back for the person, who is of the customer.
    undo: bool,
}

impl From<Entry> for EntryView {
    fn from(e: Entry) -> Self {
        Self {
            engagement_label: format!("A-{}", e.engagement_number),
            id: e.id,
            at: e.at,
            grant: e.grant,
            engagement: e.engagement,
            connection: e.connection,
            account_name: e.account_name,
            person: e.person,
            person_name: e.person_name,
            operation_id: e.operation_id,
            operation: e.operation,
            risk: e.risk,
            method: e.method,
            path: e.path_template,
            target: e.target,
            outcome: e.outcome,
            code: e.code,
            status: e.status,
            bytes: e.bytes,
            duration_ms: e.duration_ms,
            request_id: e.request_id,
            sent_sha256: e.sent_sha256,
            answer_sha256: e.answer_sha256,
            uses: e.uses.map(UsesView::from),
            approval: e.approval,
            by_hand: e.by_hand,
            undo: e.undo,
        }
    }
}

/// A page of the access log.
#[derive(Object)]
pub struct EntryPage {
    /// The lines, latest first.
    pub items: Vec<EntryView>,
    /// Cursor of the next page, if there is one.
    pub next: Option<String>,
}

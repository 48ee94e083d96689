//! Calls that wait for the customer's yes, over HTTP.

use super::Tag;
use crate::access::model::{Approval, ApprovalState, Became, Change, OpenApproval, Outcome};
use crate::access::ops::{self, Answer};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{ConnectionId, EngagementId, GrantId, PersonId, WriteApprovalId};
use crate::kernel::page::Position;
use crate::platform::http::Failure;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::http::reply::{Found, found};
use crate::upstreams::{Risk, Unit};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// A call that was asked for.
#[derive(Object)]
struct ApprovalView {
    /// The call.
    id: WriteApprovalId,
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
    /// Who asks.
    person: PersonId,
    /// That person's name.
    person_name: String,
    /// The operation's word.
    operation: String,
    /// What it would do; goes on after "to".
    deed: String,
    /// What it can do to the account.
    risk: Risk,
    /// The method that is sent.
    method: String,
    /// Path and query that are sent, below the application's address.
    target: String,
    /// SHA-256 of exactly what is sent, in hexadecimal digits.
    request_hash: String,
    /// What it uses up, as far as that was counted.
    uses: Option<UsesView>,
    /// Where it stands.
    state: ApprovalState,
    /// When it was asked.
    asked_at: DateTime<Utc>,
    /// Until when it waits.
    answer_by: DateTime<Utc>,
    /// When it was answered.
    answered_at: Option<DateTime<Utc>>,
    /// What the customer said with the answer.
    note: String,
    /// Until when a yes holds.
    use_by: Option<DateTime<Utc>>,
    /// When it was sent.
    used_at: Option<DateTime<Utc>>,
    /// What became of it then; absent while nobody knows.
    became: Option<BecameView>,
    /// When the customer took the yes back.
    recalled_at: Option<DateTime<Utc>>,
}

/// What became of a call that was sent.
#[derive(Object)]
struct BecameView {
    /// How it ended: `done` when the application answered.
    outcome: Outcome,
    /// Why it was refused or failed; `approval-stale` when the application refused it since the
    /// thing was changed after the yes.
    code: Option<String>,
    /// The status that the application answered with.
    status: Option<u16>,
}

impl From<Became> for BecameView {
    fn from(became: Became) -> Self {
        Self { outcome: became.outcome, code: became.code, status: became.status }
    }
}

/// A number of something.
#[derive(Object)]
pub(super) struct UsesView {
    /// What is counted.
    unit: Unit,
    /// How many.
    count: u64,
}

impl From<(Unit, u64)> for UsesView {
    fn from((unit, count): (Unit, u64)) -> Self {
        Self { unit, count }
    }
}

/// A call with what it sends and changes.
#[derive(Object)]
struct OpenApprovalView {
    /// The call.
    call: ApprovalView,
    /// The body, byte by byte as it is sent; empty when there is none.
    body: String,
    /// The thing it is about, as JSON, as it was when it was asked.
    before: Option<String>,
    /// The version (`ETag`) of that thing, as the application gave it then. A strong one goes along
    /// as `If-Match`: what was changed since is refused.
    etag: Option<String>,
    /// What it changes there, field by field.
    changes: Vec<ChangeView>,
    /// Whether body and thing are kept no longer: 30 days after the call was sent or declined, or
    /// could not be any more. Who said what to which hash stays.
    wiped: bool,
}

/// One field.
#[derive(Object)]
pub(super) struct ChangeView {
    /// Its name, with dots where it stands inside another.
    field: String,
    /// What is there; absent when nothing is.
    before: Option<String>,
    /// What will be there; absent when it will be gone.
    after: Option<String>,
}

/// A page of calls.
#[derive(Object)]
struct ApprovalPage {
    /// The calls, latest first.
    items: Vec<ApprovalView>,
    /// Cursor of the next page, if there is one.
    next: Option<String>,
}

/// A yes.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ApproveBody {
    /// The hash of the request you looked at.
    request_hash: String,
    /// A word for the consultant; may be empty.
    #[oai(default)]
    note: String,
}

/// A no.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RefuseBody {
    /// Why, for the consultant to read; may be empty.
    #[oai(default)]
    note: String,
}

pub struct ApprovalsApi;

#[OpenApi(tag = "Tag::Access")]
impl ApprovalsApi {
    /// List calls that were asked for, your organization on either side
    #[oai(path = "/v1/approvals", method = "get", operation_id = "list_approvals")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn list_approvals(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those of this letter.
        grant: Query<Option<GrantId>>,
        /// Only those that wait for an answer or for being sent.
        open: Query<Option<bool>>,
        /// Most rows of the page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page begins: `next` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Found<ApprovalPage>, Failure> {
        let list = format!("approvals:{}:{}", auth.0.vendor, auth.0.organization);
        let page = PageWanted::read(&app.cursors, &list, limit.0, cursor.0.as_deref())?;
        let which = (grant.0, open.0.unwrap_or_default());
        let mut rows = ops::list_approvals(&app, &auth.0, which, page).await?;
        let next = cut(&mut rows, page.limit, |a| Position { at: a.asked_at, id: a.id.0 });
        Ok(found(ApprovalPage {
            items: rows.into_iter().map(ApprovalView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// One call, with what it sends and changes
    #[oai(path = "/v1/approvals/:approval", method = "get", operation_id = "get_approval")]
    async fn get_approval(
        &self,
        app: Data<&App>,
        auth: Auth,
        approval: Path<WriteApprovalId>,
    ) -> Result<Found<OpenApprovalView>, Failure> {
        Ok(found(ops::get_approval(&app, &auth.0, approval.0).await?.into()))
    }

    /// Say yes to exactly this call, once
    #[oai(path = "/v1/approvals/:approval/approve", method = "post", operation_id = "approve_call")]
    async fn approve(
        &self,
        app: Data<&App>,
        auth: Auth,
        approval: Path<WriteApprovalId>,
        body: Json<ApproveBody>,
    ) -> Result<Found<OpenApprovalView>, Failure> {
        let ApproveBody { request_hash, note } = body.0;
        let answer = Answer { yes: Some(request_hash), note };
        ops::answer_approval(&app, &auth.0, approval.0, answer).await?;
        Ok(found(ops::get_approval(&app, &auth.0, approval.0).await?.into()))
    }

    /// Say no to a call
    #[oai(path = "/v1/approvals/:approval/decline", method = "post", operation_id = "decline_call")]
    async fn decline(
        &self,
        app: Data<&App>,
        auth: Auth,
        approval: Path<WriteApprovalId>,
        body: Json<RefuseBody>,
    ) -> Result<Found<OpenApprovalView>, Failure> {
        let answer = Answer { yes: None, note: body.0.note };
        ops::answer_approval(&app, &auth.0, approval.0, answer).await?;
        Ok(found(ops::get_approval(&app, &auth.0, approval.0).await?.into()))
    }

    /// Take a yes back that nothing was sent by
    #[oai(path = "/v1/approvals/:approval/recall", method = "post", operation_id = "recall_yes")]
    async fn recall(
        &self,
        app: Data<&App>,
        auth: Auth,
        approval: Path<WriteApprovalId>,
    ) -> Result<Found<OpenApprovalView>, Failure> {
        ops::recall_approval(&app, &auth.0, approval.0).await?;
        Ok(found(ops::get_approval(&app, &auth.0, approval.0).await?.into()))
    }

    /// Take a call back that was not sent
    #[oai(
        path = "/v1/approvals/:approval/withdraw",
        method = "post",
        operation_id = "withdraw_call"
    )]
    async fn withdraw(
        &self,
        app: Data<&App>,
        auth: Auth,
        approval: Path<WriteApprovalId>,
    ) -> Result<Found<OpenApprovalView>, Failure> {
        ops::withdraw_approval(&app, &auth.0, approval.0).await?;
        Ok(found(ops::get_approval(&app, &auth.0, approval.0).await?.into()))
    }
}

impl From<Approval> for ApprovalView {
    fn from(a: Approval) -> Self {
        Self {
            engagement_label: a.engagement_label(),
            id: a.id,
            grant: a.grant,
            engagement: a.engagement,
            connection: a.connection,
            account_name: a.account_name,
            person: a.person,
            person_name: a.person_name,
            operation: a.operation,
            deed: a.deed,
            risk: a.risk,
            method: a.method,
            target: a.target,
            request_hash: hex::encode(a.request_hash),
            uses: a.uses.map(UsesView::from),
            state: a.state,
            asked_at: a.asked_at,
            answer_by: a.answer_by,
            answered_at: a.answered_at,
            note: a.note,
            use_by: a.use_by,
            used_at: a.used_at,
            became: a.became.map(BecameView::from),
            recalled_at: a.recalled_at,
        }
    }
}

impl From<OpenApproval> for OpenApprovalView {
    fn from(open: OpenApproval) -> Self {
        Self {
            call: open.approval.into(),
            body: open.body,
            before: open.before.map(|value| value.to_string()),
            etag: open.etag,
            changes: open.changes.into_iter().map(ChangeView::from).collect(),
            wiped: open.wiped,
        }
    }
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        Self { field: change.field, before: change.before, after: change.after }
    }
}

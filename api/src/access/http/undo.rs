//! What a letter changed, and having it back, over HTTP.

use super::Tag;
use super::approvals::ChangeView;
use crate::access::model::{KeptChange, KeptState, NotBack};
use crate::access::ops::{self, UndoOrder};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{AccessEntryId, GrantId};
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// A write that can be taken back.
#[derive(Object)]
struct KeptChangeView {
    /// The line of the access log that announced it.
    id: AccessEntryId,
    /// When it was sent.
    at: DateTime<Utc>,
    /// What it did, in plain words.
    operation: String,
    /// The path below the application's address.
    target: String,
    /// Whether it made the thing; taking it back deletes that. Absent once it is kept no longer.
    made: Option<bool>,
    /// The fields it changed; empty once they are kept no longer.
    fields: Vec<ChangeView>,
    /// Where it stands.
    state: KeptState,
    /// When taking it back was tried last.
    tried_at: Option<DateTime<Utc>>,
    /// For `failed`: why, as a code; `refused-409` when the application said no with that status.
    why: Option<String>,
    /// The same in a sentence that says what to do.
    why_in_words: Option<String>,
    /// Where somebody changed it since: what is there, and what taking it back would make of it.
    found: Vec<ChangeView>,
    /// Until when it can be taken back: 90 days after the change, and 30 after the letter's end.
    until: DateTime<Utc>,
    /// Whether that is over: it is too late, and what was before is kept no longer.
    over: bool,
}

impl From<KeptChange> for KeptChangeView {
    fn from(it: KeptChange) -> Self {
        Self {
            id: it.id,
            at: it.at,
            operation: it.operation,
            target: it.target,
            made: it.made,
            fields: it.fields.into_iter().map(ChangeView::from).collect(),
            state: it.state,
            tried_at: it.tried_at,
            why: it.why.map(NotBack::code),
            why_in_words: it.why.map(NotBack::sentence),
            found: it.found.into_iter().map(ChangeView::from).collect(),
            until: it.until,
            over: it.over,
        }
    }
}

/// What is wanted back.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct TakeBackBody {
    /// Changes, by their id.
    #[oai(validator(min_items = 1, max_items = 200))]
    changes: Vec<AccessEntryId>,
    /// Also what somebody changed since: their change is lost.
    #[oai(default)]
    overwrite: bool,
}

pub struct UndoApi;

#[OpenApi(tag = "Tag::Access")]
impl UndoApi {
    /// What was changed with a letter and can be taken back, latest first
    #[oai(path = "/v1/grants/:grant/changes", method = "get", operation_id = "list_changes")]
    async fn list_changes(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<Vec<KeptChangeView>>, Failure> {
        let (changes, _) = ops::kept_changes(&app, &auth.0, grant.0).await?;
        Ok(found(changes.into_iter().map(KeptChangeView::from).collect()))
    }

    /// Take changes back in the account
    ///
    /// Done in the background, the latest first; each is held against what is there now. The list
    /// tells how far it came.
    #[oai(
        path = "/v1/grants/:grant/changes/take-back",
        method = "post",
        operation_id = "take_changes_back"
    )]
    async fn take_back(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<TakeBackBody>,
    ) -> Result<Found<Vec<KeptChangeView>>, Failure> {
        let TakeBackBody { changes, overwrite } = body.0;
        ops::take_back(&app, &auth.0, grant.0, UndoOrder { changes, overwrite }).await?;
        let (changes, _) = ops::kept_changes(&app, &auth.0, grant.0).await?;
        Ok(found(changes.into_iter().map(KeptChangeView::from).collect()))
    }
}

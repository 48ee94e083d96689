//! Requests for access that are still written, over HTTP.

use super::Tag;
use super::grants::new_grant;
use super::limits::{Budgets, left_out};
use super::views::GrantView;
use crate::access::model::{Draft, Limits, Narrower, Stage, Wish};
use crate::access::ops;
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{AccessDraftId, EngagementId, PersonId};
use crate::platform::http::Failure;
use crate::platform::http::paging::if_match;
use crate::platform::http::reply::{
    Created, Found, NoContent, Versioned, created, found, versioned,
};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::collections::{BTreeMap, BTreeSet};

/// What a consultant asks for, or is about to.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct WishBody {
    /// The application's word.
    upstream: String,
    /// One of its presets.
    preset: String,
    /// Actions of the preset that are not needed.
    #[oai(default)]
    without: BTreeSet<String>,
    /// Single operations that are not needed, of actions that are.
    #[oai(default)]
    without_operations: BTreeSet<String>,
    /// For a kind of thing, such as `list`: only these, by their ids.
    #[oai(default)]
    only: BTreeMap<String, BTreeSet<String>>,
    /// Actions of which the customer says yes to each call by itself.
    #[oai(default)]
    asks: BTreeSet<String>,
    /// The most that may be used up.
    #[oai(default)]
    budgets: Budgets,
    /// For how many days, from 1 to 180; as long as the engagement when absent.
    days: Option<i32>,
    /// Why, in your own words; a draft may still be without.
    #[oai(default)]
    reason: String,
    /// The colleague whom the letter would name, where that is not you; an owner or admin asks.
    consultant: Option<PersonId>,
}

impl From<WishBody> for Wish {
    fn from(body: WishBody) -> Self {
        let without = left_out(
            body.without.into_iter().collect(),
            body.without_operations.into_iter().collect(),
        );
        let limits = Limits {
            only: body.only,
            asks: body.asks,
            budgets: body.budgets.into(),
            ..Limits::default()
        };
        Self {
            upstream: body.upstream,
            preset: body.preset,
            narrower: Narrower { without, limits },
            days: body.days,
            reason: body.reason,
            consultant: body.consultant,
        }
    }
}

/// A request that was not sent yet. Only its own side reads it.
#[derive(Object)]
struct AccessDraftView {
    /// The draft.
    id: AccessDraftId,
    /// Where it is in the life of a letter: `draft`.
    stage: Stage,
    /// The engagement that it is for.
    engagement: EngagementId,
    /// The engagement's number as people read it.
    engagement_label: String,
    /// The customer's name.
    customer_name: String,
    /// Who wrote it.
    author: PersonId,
    /// That person's name.
    author_name: String,
    /// The person whom the letter would name.
    consultant: PersonId,
    /// That person's name.
    consultant_name: String,
    /// The application's word.
    upstream: String,
    /// The preset that it begins from.
    preset: String,
    /// Actions of the preset that are not needed.
    without: BTreeSet<String>,
    /// Single operations that are not needed, of actions that are.
    without_operations: BTreeSet<String>,
    /// For a kind of thing: only these, by their ids.
    only: BTreeMap<String, BTreeSet<String>>,
    /// Actions of which the customer says yes to each call by itself.
    asks: BTreeSet<String>,
    /// The most that may be used up.
    budgets: Budgets,
    /// For how many days; as long as the engagement when absent.
    days: Option<i32>,
    /// Why.
    reason: String,
    /// Send it in If-Match, quoted, to edit.
    version: i32,
    /// When it was written last.
    updated_at: DateTime<Utc>,
}

impl From<Draft> for AccessDraftView {
    fn from(draft: Draft) -> Self {
        let Narrower { without, limits } = draft.wish.narrower.clone();
        Self {
            engagement_label: draft.engagement_label(),
            id: draft.id,
            stage: Stage::Draft,
            engagement: draft.engagement,
            customer_name: draft.customer_name,
            author: draft.author,
            author_name: draft.author_name,
            consultant: draft.consultant,
            consultant_name: draft.consultant_name,
            upstream: draft.wish.upstream,
            preset: draft.wish.preset,
            without: without.actions,
            without_operations: without.operations,
            only: limits.only,
            asks: limits.asks,
            budgets: Budgets::from(&limits.budgets),
            days: draft.wish.days,
            reason: draft.wish.reason,
            version: draft.version,
            updated_at: draft.updated_at,
        }
    }
}

pub struct DraftsApi;

#[OpenApi(tag = "Tag::Access")]
impl DraftsApi {
    /// List requests that your side is still writing, latest first
    #[oai(path = "/v1/access-drafts", method = "get", operation_id = "list_access_drafts")]
    async fn list_drafts(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<AccessDraftView>>, Failure> {
        let drafts = ops::list_drafts(&app, &auth.0).await?;
        Ok(found(drafts.into_iter().map(AccessDraftView::from).collect()))
    }

    /// Keep a request that you do not send yet
    ///
    /// It binds nobody, and no customer reads it.
    #[oai(
        path = "/v1/engagements/:engagement/access-drafts",
        method = "post",
        operation_id = "save_access_draft"
    )]
    async fn save_draft(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<WishBody>,
    ) -> Result<Created<AccessDraftView>, Failure> {
        let draft = ops::save_draft(&app, &auth.0, engagement.0, body.0.into()).await?;
        let location = format!("/v1/access-drafts/{}", draft.id);
        Ok(created(draft.into(), location))
    }

    /// One draft
    #[oai(
        path = "/v1/access-drafts/:access_draft",
        method = "get",
        operation_id = "get_access_draft"
    )]
    async fn get_draft(
        &self,
        app: Data<&App>,
        auth: Auth,
        access_draft: Path<AccessDraftId>,
    ) -> Result<Versioned<AccessDraftView>, Failure> {
        let draft = ops::get_draft(&app, &auth.0, access_draft.0).await?;
        let version = draft.version;
        Ok(versioned(draft.into(), version))
    }

    /// Write a draft anew
    #[oai(
        path = "/v1/access-drafts/:access_draft",
        method = "put",
        operation_id = "edit_access_draft"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn edit_draft(
        &self,
        app: Data<&App>,
        auth: Auth,
        access_draft: Path<AccessDraftId>,
        /// The ETag that was read.
        #[oai(name = "If-Match")]
        version: Header<Option<String>>,
        body: Json<WishBody>,
    ) -> Result<Versioned<AccessDraftView>, Failure> {
        let version = if_match(version.0.as_deref())?;
        let which = (access_draft.0, version);
        let draft = ops::edit_draft(&app, &auth.0, which, body.0.into()).await?;
        let version = draft.version;
        Ok(versioned(draft.into(), version))
    }

    /// Discard a draft
    #[oai(
        path = "/v1/access-drafts/:access_draft",
        method = "delete",
        operation_id = "discard_access_draft"
    )]
    async fn discard_draft(
        &self,
        app: Data<&App>,
        auth: Auth,
        access_draft: Path<AccessDraftId>,
    ) -> Result<NoContent, Failure> {
        ops::discard_draft(&app, &auth.0, access_draft.0).await?;
        Ok(NoContent::Ok)
    }

    /// Send a draft as it stands
    ///
    /// What it asks for is frozen with it; the draft is gone.
    #[oai(
        path = "/v1/access-drafts/:access_draft/send",
        method = "post",
        operation_id = "send_access_draft"
    )]
    async fn send_draft(
        &self,
        app: Data<&App>,
        auth: Auth,
        access_draft: Path<AccessDraftId>,
    ) -> Result<Created<GrantView>, Failure> {
        let id = ops::send_draft(&app, &auth.0, access_draft.0).await?;
        new_grant(&app, &auth.0, id).await
    }
}

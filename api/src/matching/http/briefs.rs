//! Briefs, their matches, and the lists that belong to one.

use super::Tag;
use super::views::{
    BriefBody, BriefPageView, BriefView, ComparisonView, InvitationBody, InvitationPageView,
    InvitationView, MatchesView,
};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::BriefId;
use crate::matching::model::{BriefState, InvitationState};
use crate::matching::ops;
use crate::platform::http::Failure;
use crate::platform::http::paging::if_match;
use crate::platform::http::reply::{Created, Found, Versioned, created, found, versioned};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;

pub struct BriefsApi;

#[OpenApi(tag = "Tag::Matching")]
impl BriefsApi {
    /// Save a draft of a brief
    #[oai(path = "/v1/briefs", method = "post", operation_id = "save_brief")]
    async fn save_brief(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<BriefBody>,
    ) -> Result<Created<BriefView>, Failure> {
        let brief = ops::save_brief(&app, &auth.0, body.0.into()).await?;
        let location = format!("/v1/briefs/{}", brief.id);
        Ok(created(brief.into(), location))
    }

    /// List your organization's briefs, latest first
    #[oai(path = "/v1/briefs", method = "get", operation_id = "list_briefs")]
    async fn list_briefs(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Briefs in this state; all when absent.
        state: Query<Option<BriefState>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page before this one ended.
        cursor: Query<Option<String>>,
    ) -> Result<Found<BriefPageView>, Failure> {
        let cursor = cursor.0.as_deref();
        let page = ops::list_briefs(&app, &auth.0, state.0, limit.0, cursor).await?;
        Ok(found(page.into()))
    }

    /// See a brief of your organization
    #[oai(path = "/v1/briefs/:brief", method = "get", operation_id = "get_brief")]
    async fn get_brief(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
    ) -> Result<Versioned<BriefView>, Failure> {
        let brief = ops::see_brief(&app, &auth.0, brief.0).await?;
        let version = brief.version;
        Ok(versioned(brief.into(), version))
    }

    /// Write a draft anew
    #[oai(path = "/v1/briefs/:brief", method = "put", operation_id = "edit_brief")]
    async fn edit_brief(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
        /// The ETag that was read.
        #[oai(name = "If-Match")]
        version: Header<Option<String>>,
        body: Json<BriefBody>,
    ) -> Result<Versioned<BriefView>, Failure> {
        let version = if_match(version.0.as_deref())?;
        let brief = ops::edit_brief(&app, &auth.0, brief.0, version, body.0.into()).await?;
        let version = brief.version;
        Ok(versioned(brief.into(), version))
    }

    /// Post a draft: its matches are computed, and it is not edited any more
    #[oai(path = "/v1/briefs/:brief/post", method = "post", operation_id = "post_brief")]
    async fn post_brief(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
    ) -> Result<Found<BriefView>, Failure> {
        Ok(found(ops::post_brief(&app, &auth.0, brief.0).await?.into()))
    }

    /// Close a draft or an open brief; what waits for an answer ends with it
    #[oai(path = "/v1/briefs/:brief/close", method = "post", operation_id = "close_brief")]
    async fn close_brief(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
    ) -> Result<Found<BriefView>, Failure> {
        Ok(found(ops::close_brief(&app, &auth.0, brief.0).await?.into()))
    }

    /// The consultants who fit a brief best, each place with its reasons
    #[oai(path = "/v1/briefs/:brief/matches", method = "get", operation_id = "get_matches")]
    async fn get_matches(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
        /// How many, from 1 to 20; 5 when absent.
        limit: Query<Option<i64>>,
    ) -> Result<Found<MatchesView>, Failure> {
        Ok(found(ops::see_matches(&app, &auth.0, brief.0, limit.0).await?.into()))
    }

    /// Compute the matches of an open brief again
    #[oai(path = "/v1/briefs/:brief/matches", method = "post", operation_id = "refresh_matches")]
    async fn refresh_matches(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
    ) -> Result<Found<MatchesView>, Failure> {
        Ok(found(ops::refresh_matches(&app, &auth.0, brief.0).await?.into()))
    }

    /// Invite a consultant to propose
    #[oai(path = "/v1/briefs/:brief/invitations", method = "post", operation_id = "invite")]
    async fn invite(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
        body: Json<InvitationBody>,
    ) -> Result<Created<InvitationView>, Failure> {
        let InvitationBody { profile, message } = body.0;
        let message = message.unwrap_or_default();
        let invitation = ops::invite(&app, &auth.0, brief.0, profile, &message).await?;
        let location = format!("/v1/invitations/{}", invitation.id);
        Ok(created(invitation.into(), location))
    }

    /// The invitations to a brief of your organization, latest first
    #[oai(
        path = "/v1/briefs/:brief/invitations",
        method = "get",
        operation_id = "list_brief_invitations"
    )]
    async fn list_invitations(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
        /// Invitations in this state; all when absent.
        state: Query<Option<InvitationState>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page before this one ended.
        cursor: Query<Option<String>>,
    ) -> Result<Found<InvitationPageView>, Failure> {
        let which = (Some(brief.0), state.0);
        let cursor = cursor.0.as_deref();
        let page = ops::list_invitations(&app, &auth.0, which, limit.0, cursor).await?;
        Ok(found(page.into()))
    }

    /// The proposals for a brief of your organization side by side, latest first
    #[oai(path = "/v1/briefs/:brief/proposals", method = "get", operation_id = "compare_proposals")]
    async fn compare_proposals(
        &self,
        app: Data<&App>,
        auth: Auth,
        brief: Path<BriefId>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page before this one ended.
        cursor: Query<Option<String>>,
    ) -> Result<Found<ComparisonView>, Failure> {
        let cursor = cursor.0.as_deref();
        let page = ops::compare_proposals(&app, &auth.0, brief.0, limit.0, cursor).await?;
        Ok(found(page.into()))
    }
}

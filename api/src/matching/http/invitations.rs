//! Invitations, and the proposals sent for them.

use super::Tag;
use super::views::{
    AnswerBody, InvitationFileView, InvitationPageView, InvitationView, ProposalBody,
    ProposalDraftView, ProposalView,
};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{InvitationId, ServiceId};
use crate::matching::model::InvitationState;
use crate::matching::ops;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, created, found};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

pub struct InvitationsApi;

#[OpenApi(tag = "Tag::Matching")]
impl InvitationsApi {
    /// List the invitations that your organization received or sent, latest first
    #[oai(path = "/v1/invitations", method = "get", operation_id = "list_invitations")]
    async fn list_invitations(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Invitations in this state; all when absent.
        state: Query<Option<InvitationState>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page before this one ended.
        cursor: Query<Option<String>>,
    ) -> Result<Found<InvitationPageView>, Failure> {
        let which = (None, state.0);
        let cursor = cursor.0.as_deref();
        let page = ops::list_invitations(&app, &auth.0, which, limit.0, cursor).await?;
        Ok(found(page.into()))
    }

    /// See an invitation with its brief and the proposals sent for it
    #[oai(path = "/v1/invitations/:invitation", method = "get", operation_id = "get_invitation")]
    async fn get_invitation(
        &self,
        app: Data<&App>,
        auth: Auth,
        invitation: Path<InvitationId>,
    ) -> Result<Found<InvitationFileView>, Failure> {
        Ok(found(ops::see_invitation(&app, &auth.0, invitation.0).await?.into()))
    }

    /// Say no to an invitation; the customer reads the reason
    #[oai(
        path = "/v1/invitations/:invitation/decline",
        method = "post",
        operation_id = "decline_invitation"
    )]
    async fn decline_invitation(
        &self,
        app: Data<&App>,
        auth: Auth,
        invitation: Path<InvitationId>,
        body: Json<AnswerBody>,
    ) -> Result<Found<InvitationView>, Failure> {
        let reason = &body.0.reason;
        let invitation = ops::decline_invitation(&app, &auth.0, invitation.0, reason).await?;
        Ok(found(invitation.into()))
    }

    /// Take an invitation back; the consultant reads the reason
    #[oai(
        path = "/v1/invitations/:invitation/withdraw",
        method = "post",
        operation_id = "withdraw_invitation"
    )]
    async fn withdraw_invitation(
        &self,
        app: Data<&App>,
        auth: Auth,
        invitation: Path<InvitationId>,
        body: Json<AnswerBody>,
    ) -> Result<Found<InvitationView>, Failure> {
        let reason = &body.0.reason;
        let invitation = ops::withdraw_invitation(&app, &auth.0, invitation.0, reason).await?;
        Ok(found(invitation.into()))
    }

    /// A proposal to start from, filled in from one of your services
    #[oai(
        path = "/v1/invitations/:invitation/draft",
        method = "get",
        operation_id = "draft_proposal"
    )]
    async fn draft_proposal(
        &self,
        app: Data<&App>,
        auth: Auth,
        invitation: Path<InvitationId>,
        /// The service; when absent the cheapest for the kind of work asked for.
        service: Query<Option<ServiceId>>,
    ) -> Result<Found<ProposalDraftView>, Failure> {
        let draft = ops::draft_proposal(&app, &auth.0, invitation.0, service.0).await?;
        Ok(found(draft.into()))
    }

    /// Send a proposal
    #[oai(
        path = "/v1/invitations/:invitation/proposals",
        method = "post",
        operation_id = "send_proposal"
    )]
    async fn send_proposal(
        &self,
        app: Data<&App>,
        auth: Auth,
        invitation: Path<InvitationId>,
        body: Json<ProposalBody>,
    ) -> Result<Created<ProposalView>, Failure> {
        let proposal = ops::send_proposal(&app, &auth.0, invitation.0, body.0.into()).await?;
        let location = format!("/v1/proposals/{}", proposal.id);
        Ok(created(proposal.into(), location))
    }
}

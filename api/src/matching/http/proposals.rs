//! Single proposals.

use super::Tag;
use super::views::{AnswerBody, ProposalView};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::ProposalId;
use crate::matching::ops;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

pub struct ProposalsApi;

#[OpenApi(tag = "Tag::Matching")]
impl ProposalsApi {
    /// See a proposal that your organization sent or received
    #[oai(path = "/v1/proposals/:proposal", method = "get", operation_id = "get_proposal")]
    async fn get_proposal(
        &self,
        app: Data<&App>,
        auth: Auth,
        proposal: Path<ProposalId>,
    ) -> Result<Found<ProposalView>, Failure> {
        Ok(found(ops::see_proposal(&app, &auth.0, proposal.0).await?.into()))
    }

    /// Say no to a proposal; the consultant reads the reason and may send another
    #[oai(
        path = "/v1/proposals/:proposal/decline",
        method = "post",
        operation_id = "decline_proposal"
    )]
    async fn decline_proposal(
        &self,
        app: Data<&App>,
        auth: Auth,
        proposal: Path<ProposalId>,
        body: Json<AnswerBody>,
    ) -> Result<Found<ProposalView>, Failure> {
        let reason = &body.0.reason;
        Ok(found(ops::decline_proposal(&app, &auth.0, proposal.0, reason).await?.into()))
    }

    /// Take your proposal back; the customer reads the reason
    #[oai(
        path = "/v1/proposals/:proposal/withdraw",
        method = "post",
        operation_id = "withdraw_proposal"
    )]
    async fn withdraw_proposal(
        &self,
        app: Data<&App>,
        auth: Auth,
        proposal: Path<ProposalId>,
        body: Json<AnswerBody>,
    ) -> Result<Found<ProposalView>, Failure> {
        let reason = &body.0.reason;
        Ok(found(ops::withdraw_proposal(&app, &auth.0, proposal.0, reason).await?.into()))
    }
}

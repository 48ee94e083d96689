//! Single proposals.

use super::Tag;
use super::desk::Desk;
use super::views::{AnswerBody, ProposalView};
use crate::kernel::id::ProposalId;
use crate::matching::ops;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use crate::program::SharedView;
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
        desk: Desk,
        proposal: Path<ProposalId>,
    ) -> Result<Found<ProposalView>, Failure> {
        Ok(found(ops::see_proposal(&desk.app, &desk.caller, proposal.0).await?.into()))
    }

    /// Who would get what of a proposal if it were accepted now, and by which fee rule
    #[oai(
        path = "/v1/proposals/:proposal/shares",
        method = "get",
        operation_id = "get_proposal_shares"
    )]
    async fn get_shares(
        &self,
        desk: Desk,
        proposal: Path<ProposalId>,
    ) -> Result<Found<SharedView>, Failure> {
        let shares = ops::see_shares(&desk.app, &desk.caller, proposal.0).await?;
        Ok(found(shares.shared().into()))
    }

    /// Say no to a proposal; the consultant reads the reason and may send another
    #[oai(
        path = "/v1/proposals/:proposal/decline",
        method = "post",
        operation_id = "decline_proposal"
    )]
    async fn decline_proposal(
        &self,
        desk: Desk,
        proposal: Path<ProposalId>,
        body: Json<AnswerBody>,
    ) -> Result<Found<ProposalView>, Failure> {
        let reason = &body.0.reason;
        Ok(found(ops::decline_proposal(&desk.app, &desk.caller, proposal.0, reason).await?.into()))
    }

    /// Take your proposal back; the customer reads the reason
    #[oai(
        path = "/v1/proposals/:proposal/withdraw",
        method = "post",
        operation_id = "withdraw_proposal"
    )]
    async fn withdraw_proposal(
        &self,
        desk: Desk,
        proposal: Path<ProposalId>,
        body: Json<AnswerBody>,
    ) -> Result<Found<ProposalView>, Failure> {
        let reason = &body.0.reason;
        Ok(found(ops::withdraw_proposal(&desk.app, &desk.caller, proposal.0, reason).await?.into()))
    }
}

//! Accepting a proposal, the statement of work, and the people who work along.

use super::views::{
    AcceptBody, EngagementHeadView, EngagementReasonBody, GuestBody, GuestView, InvitableView,
    SowView,
};
use crate::app::App;
use crate::engagements::ops;
use crate::identity::Auth;
use crate::kernel::id::{EngagementId, PersonId, ProposalId};
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, NoContent, created, found};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, Tags};

#[derive(Tags)]
enum Tag {
    /// From the accepted proposal to the signed statement of work
    Contracts,
}

pub struct ContractsApi;

#[OpenApi(tag = "Tag::Contracts")]
impl ContractsApi {
    /// Accept a proposal, which opens an engagement
    #[oai(
        path = "/v1/proposals/:proposal/accept",
        method = "post",
        operation_id = "accept_proposal"
    )]
    async fn accept_proposal(
        &self,
        app: Data<&App>,
        auth: Auth,
        proposal: Path<ProposalId>,
    ) -> Result<Created<EngagementHeadView>, Failure> {
        let engagement = ops::accept_proposal(&app, &auth.0, proposal.0).await?;
        let location = format!("/v1/engagements/{}", engagement.id);
        Ok(created(engagement.into(), location))
    }

    /// The statement of work as it stands
    #[oai(
        path = "/v1/engagements/:engagement/statement-of-work",
        method = "get",
        operation_id = "get_statement_of_work"
    )]
    async fn get_statement_of_work(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<SowView>, Failure> {
        Ok(found(ops::see_statement_of_work(&app, &auth.0, engagement.0).await?.into()))
    }

    /// Accept the statement of work for your side
    #[oai(
        path = "/v1/engagements/:engagement/statement-of-work/accept",
        method = "post",
        operation_id = "accept_statement_of_work"
    )]
    async fn accept_statement_of_work(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<AcceptBody>,
    ) -> Result<Found<EngagementHeadView>, Failure> {
        let hash = body.0.hash;
        let engagement = ops::accept_statement_of_work(&app, &auth.0, engagement.0, &hash).await?;
        Ok(found(engagement.into()))
    }

    /// Void the statement of work, which ends the engagement
    #[oai(
        path = "/v1/engagements/:engagement/void",
        method = "post",
        operation_id = "void_statement_of_work"
    )]
    async fn void_statement_of_work(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<EngagementReasonBody>,
    ) -> Result<Found<EngagementHeadView>, Failure> {
        let reason = body.0.reason;
        let engagement = ops::void_statement_of_work(&app, &auth.0, engagement.0, &reason).await?;
        Ok(found(engagement.into()))
    }

    /// List the program's people who work along
    #[oai(
        path = "/v1/engagements/:engagement/guests",
        method = "get",
        operation_id = "list_guests"
    )]
    async fn list_guests(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<Vec<GuestView>>, Failure> {
        let guests = ops::list_guests(&app, &auth.0, engagement.0).await?;
        Ok(found(guests.into_iter().map(GuestView::from).collect()))
    }

    /// List the program's people whom you may invite
    #[oai(
        path = "/v1/engagements/:engagement/invitable-guests",
        method = "get",
        operation_id = "list_invitable_guests"
    )]
    async fn list_invitable_guests(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<Vec<InvitableView>>, Failure> {
        let people = ops::list_invitable(&app, &auth.0, engagement.0).await?;
        Ok(found(people.into_iter().map(InvitableView::from).collect()))
    }

    /// Invite one of the program's people to work along
    #[oai(
        path = "/v1/engagements/:engagement/guests",
        method = "post",
        operation_id = "invite_guest"
    )]
    async fn invite_guest(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<GuestBody>,
    ) -> Result<Created<GuestView>, Failure> {
        let GuestBody { person, reason } = body.0;
        let wanted = (person, reason.as_deref().unwrap_or_default());
        let guest = ops::invite_guest(&app, &auth.0, engagement.0, wanted).await?;
        let location = format!("/v1/engagements/{}/guests/{person}", engagement.0);
        Ok(created(guest.into(), location))
    }

    /// Take a guest's seat back
    #[oai(
        path = "/v1/engagements/:engagement/guests/:person",
        method = "delete",
        operation_id = "remove_guest"
    )]
    async fn remove_guest(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        person: Path<PersonId>,
    ) -> Result<NoContent, Failure> {
        ops::remove_guest(&app, &auth.0, engagement.0, person.0).await?;
        Ok(NoContent::Ok)
    }
}

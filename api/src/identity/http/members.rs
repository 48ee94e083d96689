//! The people of an organization over HTTP, and joining it.

use super::account::signed_in_reply;
use super::auth::{Auth, SignedInAuth};
use super::endpoints::{SignedInReply, Tag, facts, own_page_only};
use super::views::{
    ColleagueInvitationView, InvitationBehindView, InviteBody, JoinBody, LinkBody, MemberView,
    PeopleView, RoleBody, SeatIdView,
};
use crate::app::App;
use crate::identity::ops;
use crate::kernel::id::{EmailLinkId, MembershipId, OrganizationId};
use crate::platform::http::Failure;
use crate::platform::http::reply::{Accepted, Created, Found, NoContent, accepted, created, found};
use poem::Request;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

pub struct MembersApi;

#[OpenApi(tag = "Tag::Members")]
impl MembersApi {
    /// List the people of your organization
    #[oai(path = "/v1/members", method = "get", operation_id = "list_members")]
    async fn list_members(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<MemberView>>, Failure> {
        let members = ops::members(&app, &auth.0).await?;
        Ok(found(members.into_iter().map(MemberView::from).collect()))
    }

    /// List the people of a partner's or reseller's organization
    ///
    /// For the vendor's staff, who may end a person's work; others see their own organization.
    #[oai(
        path = "/v1/partners/:organization/people",
        method = "get",
        operation_id = "list_partner_people"
    )]
    async fn list_people(
        &self,
        app: Data<&App>,
        auth: Auth,
        organization: Path<OrganizationId>,
    ) -> Result<Found<PeopleView>, Failure> {
        Ok(found(ops::people_of(&app, &auth.0, organization.0).await?.into()))
    }

    /// Give a member another role
    #[oai(path = "/v1/members/:membership/role", method = "put", operation_id = "change_role")]
    async fn change_role(
        &self,
        app: Data<&App>,
        auth: Auth,
        membership: Path<MembershipId>,
        body: Json<RoleBody>,
    ) -> Result<NoContent, Failure> {
        ops::change_role(&app, &auth.0, membership.0, body.0.role).await?;
        Ok(NoContent::Ok)
    }

    /// End a member's seat, or your own; the last owner stays
    #[oai(path = "/v1/members/:membership", method = "delete", operation_id = "end_member")]
    async fn end_member(
        &self,
        app: Data<&App>,
        auth: Auth,
        membership: Path<MembershipId>,
    ) -> Result<NoContent, Failure> {
        ops::end_member(&app, &auth.0, membership.0).await?;
        Ok(NoContent::Ok)
    }

    /// List open invitations to your organization
    #[oai(path = "/v1/members/invitations", method = "get", operation_id = "list_joins")]
    async fn list_invitations(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<ColleagueInvitationView>>, Failure> {
        let open = ops::invitations(&app, &auth.0).await?;
        Ok(found(open.into_iter().map(ColleagueInvitationView::from).collect()))
    }

    /// Invite a colleague; the link goes by mail and works for 7 days
    #[oai(path = "/v1/members/invitations", method = "post", operation_id = "invite_member")]
    async fn invite(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<InviteBody>,
    ) -> Result<Accepted, Failure> {
        ops::invite(&app, &auth.0, &body.0.email, body.0.role).await?;
        Ok(accepted("The invitation goes out by mail and works for 7 days."))
    }

    /// Withdraw an invitation
    #[oai(
        path = "/v1/members/invitations/:invitation",
        method = "delete",
        operation_id = "withdraw_join"
    )]
    async fn withdraw(
        &self,
        app: Data<&App>,
        auth: Auth,
        invitation: Path<EmailLinkId>,
    ) -> Result<NoContent, Failure> {
        ops::withdraw_invitation(&app, &auth.0, invitation.0).await?;
        Ok(NoContent::Ok)
    }

    /// What an invitation is about; looking does not accept it
    #[oai(path = "/v1/joins/look", method = "post", operation_id = "look_at_join")]
    async fn look(
        &self,
        app: Data<&App>,
        body: Json<LinkBody>,
    ) -> Result<Found<InvitationBehindView>, Failure> {
        let behind = ops::invitation_behind(&app, &body.0.token).await?;
        Ok(found(InvitationBehindView::from(behind)))
    }

    /// Join with a new account; opens a session
    #[oai(path = "/v1/joins", method = "post", operation_id = "join_anew")]
    async fn join_anew(
        &self,
        app: Data<&App>,
        request: &Request,
        body: Json<JoinBody>,
    ) -> Result<SignedInReply, Failure> {
        own_page_only(request)?;
        let JoinBody { token, name, password, zone } = body.0;
        let who = ops::Joining { name, password, zone };
        let session = ops::join_anew(&app, &token, who, facts(request)).await?;
        Ok(signed_in_reply(&app, &session))
    }

    /// Join with the account you are signed in with
    #[oai(path = "/v1/me/joins", method = "post", operation_id = "join")]
    async fn join(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        body: Json<LinkBody>,
    ) -> Result<Created<SeatIdView>, Failure> {
        let membership = ops::join(&app, &auth.0, &body.0.token).await?;
        Ok(created(SeatIdView { membership }, "/v1/me".to_owned()))
    }
}

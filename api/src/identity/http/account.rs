//! Signing up, forgotten passwords, and what people change about themselves.

use super::auth::{SignedInAuth, app};
use super::endpoints::{SignedInReply, Tag, facts, own_page_only, session_cookie_value};
use super::views::{
    ConfirmBody, EmailBody, EmailChangeBody, LinkBody, NewSessionView, OrganizationBody,
    PasswordBody, ResetBody, ResetView, SeatIdView, SignUpBody,
};
use crate::app::App;
use crate::identity::model::{NewSession, OrganizationWanted};
use crate::identity::ops::SignUp;
use crate::identity::{IdentityError, SignedIn, ops};
use crate::kernel::id::VendorId;
use crate::platform::http::Failure;
use crate::platform::http::address::{host, peer};
use crate::platform::http::reply::{Accepted, Created, Found, NoContent, accepted, created, found};
use crate::platform::refusal::{Common, Error};
use poem::Request;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

/// The same words whether or not the address has an account.
const LOOK_AT_YOUR_MAIL: &str = "Look at your mail: what to do next is in it.";

pub struct AccountApi;

#[OpenApi(tag = "Tag::Identity")]
impl AccountApi {
    /// Sign up for a program; the link to confirm comes by mail and works for 24 hours
    #[oai(path = "/v1/programs/:vendor/sign-up", method = "post", operation_id = "sign_up")]
    async fn sign_up(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
        body: Json<SignUpBody>,
    ) -> Result<Accepted, Failure> {
        let vendor = program(&app, request, &vendor.0).await?;
        let SignUpBody { name, email, password, organization } = body.0;
        let organization = OrganizationWanted::from(organization);
        let wanted = SignUp { name, email, password, organization };
        ops::ask_to_sign_up(&app, vendor, wanted, &peer(request)).await?;
        Ok(accepted(LOOK_AT_YOUR_MAIL))
    }

    /// Confirm a sign-up with the link's token and the password chosen; opens a session
    #[oai(path = "/v1/sign-up/confirm", method = "post", operation_id = "confirm_sign_up")]
    async fn confirm_sign_up(
        &self,
        app: Data<&App>,
        request: &Request,
        body: Json<ConfirmBody>,
    ) -> Result<SignedInReply, Failure> {
        own_page_only(request)?;
        let ConfirmBody { token, password } = body.0;
        let session = ops::confirm_sign_up(&app, &token, password, facts(request)).await?;
        Ok(signed_in_reply(&app, &session))
    }

    /// Add another organization of yours to a program
    #[oai(
        path = "/v1/programs/:vendor/organizations",
        method = "post",
        operation_id = "add_organization"
    )]
    async fn add_organization(
        &self,
        request: &Request,
        auth: SignedInAuth,
        /// The program's word in addresses.
        vendor: Path<String>,
        body: Json<OrganizationBody>,
    ) -> Result<Created<SeatIdView>, Failure> {
        let app = app(request)?;
        let vendor = program(app, request, &vendor.0).await?;
        let wanted = OrganizationWanted::from(body.0);
        let membership = ops::add_organization(app, vendor, &auth.0, &wanted).await?;
        Ok(created(SeatIdView { membership }, "/v1/me".to_owned()))
    }

    /// Ask for a link to choose a new password; it works for one hour
    #[oai(
        path = "/v1/programs/:vendor/password-reset",
        method = "post",
        operation_id = "ask_password_reset"
    )]
    async fn ask_to_reset(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
        body: Json<EmailBody>,
    ) -> Result<Accepted, Failure> {
        let vendor = program(&app, request, &vendor.0).await?;
        ops::ask_to_reset(&app, vendor, &body.0.email, &peer(request)).await?;
        Ok(accepted(LOOK_AT_YOUR_MAIL))
    }

    /// Choose a new password with the link's token; every session ends, API tokens stay
    #[oai(
        path = "/v1/password-reset/complete",
        method = "post",
        operation_id = "complete_password_reset"
    )]
    async fn complete_reset(
        &self,
        app: Data<&App>,
        body: Json<ResetBody>,
    ) -> Result<Found<ResetView>, Failure> {
        let tokens = ops::reset_password(&app, &body.0.token, body.0.password).await?;
        Ok(found(ResetView::from(tokens)))
    }

    /// Change your password; your other sessions end
    #[oai(path = "/v1/me/password", method = "put", operation_id = "change_password")]
    async fn change_password(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        body: Json<PasswordBody>,
    ) -> Result<NoContent, Failure> {
        let vendor = acting_vendor(&auth.0)?;
        let PasswordBody { password, new_password } = body.0;
        ops::change_password(&app, vendor, &auth.0, password, new_password).await?;
        Ok(NoContent::Ok)
    }

    /// Ask for another address; the link to confirm goes to the new one and works for 24 hours
    #[oai(path = "/v1/me/email", method = "post", operation_id = "ask_email_change")]
    async fn ask_to_change_email(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        body: Json<EmailChangeBody>,
    ) -> Result<Accepted, Failure> {
        let vendor = acting_vendor(&auth.0)?;
        let EmailChangeBody { email, password } = body.0;
        ops::ask_to_change_email(&app, vendor, &auth.0, &email, password).await?;
        Ok(accepted(LOOK_AT_YOUR_MAIL))
    }

    /// Confirm a new address with the link's token
    #[oai(
        path = "/v1/email-change/confirm",
        method = "post",
        operation_id = "confirm_email_change"
    )]
    async fn confirm_email_change(
        &self,
        app: Data<&App>,
        body: Json<LinkBody>,
    ) -> Result<NoContent, Failure> {
        ops::change_email(&app, &body.0.token).await?;
        Ok(NoContent::Ok)
    }
}

/// The program of an address on the host asked for; 404 otherwise.
async fn program(app: &App, request: &Request, slug: &str) -> Result<VendorId, Failure> {
    let found = ops::program_at(app, &host(request), slug).await?;
    Ok(found.map(|(vendor, _)| vendor).ok_or(Common::NotFound("program")).map_err(Error::from)?)
}

/// The program in whose name mails to this person are written.
fn acting_vendor(signed_in: &SignedIn) -> Result<VendorId, Error> {
    let caller = signed_in.caller.as_ref();
    Ok(caller.map(|caller| caller.vendor).ok_or(IdentityError::NoMembership)?)
}

pub(super) fn signed_in_reply(app: &App, session: &NewSession) -> SignedInReply {
    let cookie = session_cookie_value(&app.site, Some(&session.secret));
    SignedInReply::Ok(Json(NewSessionView { id: session.id }), cookie)
}

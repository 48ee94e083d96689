//! Whether partners can be paid, for the program's people, over HTTP.

use super::endpoints::Tag;
use super::views::PayoutsView;
use crate::app::App;
use crate::billing::ops;
use crate::identity::Auth;
use crate::kernel::id::OrganizationId;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;

pub struct PartnerPayoutsApi;

#[OpenApi(tag = "Tag::Billing")]
impl PartnerPayoutsApi {
    /// See whether a partner can be paid
    #[oai(
        path = "/v1/partners/:organization/payouts",
        method = "get",
        operation_id = "get_partner_payouts"
    )]
    async fn get_partner_payouts(
        &self,
        app: Data<&App>,
        auth: Auth,
        organization: Path<OrganizationId>,
    ) -> Result<Found<PayoutsView>, Failure> {
        Ok(found(ops::partner_payouts(&app, &auth.0, organization.0).await?.into()))
    }

    /// Ask a partner to set up its payouts
    ///
    /// Its owners and admins get a mail and a notice, which lead to a fresh page of the processor.
    /// One that can be paid is not asked.
    #[oai(
        path = "/v1/partners/:organization/payouts/invitation",
        method = "post",
        operation_id = "ask_for_payouts"
    )]
    async fn ask_for_payouts(
        &self,
        app: Data<&App>,
        auth: Auth,
        organization: Path<OrganizationId>,
    ) -> Result<Found<PayoutsView>, Failure> {
        Ok(found(ops::ask_for_payouts(&app, &auth.0, organization.0).await?.into()))
    }
}

//! Partners and resellers of record.

use super::Tag;
use super::views::{
    AccountPageView, AccountView, AttributionBody, AttributionPageView, AttributionView,
    OptionalReasonBody, PartnerPageView, PartnerView, ReasonBody, StandingView,
};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{AttributionId, OrganizationId};
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Created, Found, created, found};
use crate::platform::refusal::{Common, Error};
use crate::program::model::{
    AttributionKind, EnrollmentState, NewAttribution, PartnerFilter, PartnerKind,
};
use crate::program::ops;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

pub struct PartnersApi;

#[OpenApi(tag = "Tag::Program")]
impl PartnersApi {
    /// List the partners of your program, latest first
    #[oai(path = "/v1/partners", method = "get", operation_id = "list_partners")]
    #[expect(clippy::too_many_arguments, reason = "each filter of the list under its own name")]
    async fn list_partners(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only partners of this kind.
        kind: Query<Option<PartnerKind>>,
        /// Only partners in this state.
        state: Query<Option<EnrollmentState>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<PartnerPageView>, Failure> {
        let filter = PartnerFilter { kind: kind.0, state: state.0 };
        let PageQuery { limit, cursor } = limit;
        let page = ops::list_partners(&app, &auth.0, filter, limit, cursor.as_deref()).await?;
        Ok(found(page.into()))
    }

    /// See a partner of your program
    #[oai(path = "/v1/partners/:organization", method = "get", operation_id = "get_partner")]
    async fn get_partner(
        &self,
        app: Data<&App>,
        auth: Auth,
        organization: Path<OrganizationId>,
    ) -> Result<Found<PartnerView>, Failure> {
        Ok(found(ops::see_partner(&app, &auth.0, organization.0).await?.into()))
    }

    /// Where your organization stands in the program; 404 while it never was a partner
    #[oai(path = "/v1/standing", method = "get", operation_id = "my_standing")]
    async fn my_standing(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<StandingView>, Failure> {
        let standing = ops::my_standing(&app, &auth.0).await?;
        let standing = standing.ok_or(Common::NotFound("enrollment")).map_err(Error::from)?;
        Ok(found(standing.into()))
    }

    /// Suspend a partner: nobody finds or names it until it is reinstated
    #[oai(
        path = "/v1/partners/:organization/suspend",
        method = "post",
        operation_id = "suspend_partner"
    )]
    async fn suspend_partner(
        &self,
        app: Data<&App>,
        auth: Auth,
        organization: Path<OrganizationId>,
        body: Json<OptionalReasonBody>,
    ) -> Result<Found<PartnerView>, Failure> {
        let reason = body.0.reason.as_deref();
        Ok(found(ops::suspend_partner(&app, &auth.0, organization.0, reason).await?.into()))
    }

    /// End a partner's suspension
    #[oai(
        path = "/v1/partners/:organization/reinstate",
        method = "post",
        operation_id = "reinstate_partner"
    )]
    async fn reinstate_partner(
        &self,
        app: Data<&App>,
        auth: Auth,
        organization: Path<OrganizationId>,
        body: Json<OptionalReasonBody>,
    ) -> Result<Found<PartnerView>, Failure> {
        let reason = body.0.reason.as_deref();
        Ok(found(ops::reinstate_partner(&app, &auth.0, organization.0, reason).await?.into()))
    }

    /// List the customers' accounts, each with its reseller of record
    #[oai(path = "/v1/accounts", method = "get", operation_id = "list_accounts")]
    async fn list_accounts(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<AccountPageView>, Failure> {
        let PageQuery { limit, cursor } = limit;
        let page = ops::list_accounts(&app, &auth.0, limit, cursor.as_deref()).await?;
        Ok(found(page.into()))
    }

    /// See a customer's account with its reseller of record
    #[oai(path = "/v1/accounts/:customer", method = "get", operation_id = "get_account")]
    async fn get_account(
        &self,
        app: Data<&App>,
        auth: Auth,
        customer: Path<OrganizationId>,
    ) -> Result<Found<AccountView>, Failure> {
        Ok(found(ops::see_account(&app, &auth.0, customer.0).await?.into()))
    }

    /// List who brought which account: all for the vendor, its own for a reseller or a customer
    #[oai(path = "/v1/attributions", method = "get", operation_id = "list_attributions")]
    async fn list_attributions(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those of this customer's account.
        customer: Query<Option<OrganizationId>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<AttributionPageView>, Failure> {
        let PageQuery { limit, cursor } = limit;
        let cursor = cursor.as_deref();
        let page = ops::list_attributions(&app, &auth.0, customer.0, limit, cursor).await?;
        Ok(found(page.into()))
    }

    /// Name the reseller of record of a customer's account; an earlier one ends
    #[oai(path = "/v1/attributions", method = "post", operation_id = "attribute_reseller")]
    async fn attribute_reseller(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<AttributionBody>,
    ) -> Result<Created<AttributionView>, Failure> {
        let AttributionBody { customer, reseller, kind, since, reason } = body.0;
        let kind = kind.unwrap_or(AttributionKind::Sourced);
        let new = NewAttribution { customer, reseller, kind, since, reason };
        let attribution = ops::attribute_reseller(&app, &auth.0, new).await?;
        let location = format!("/v1/attributions?customer={customer}");
        Ok(created(attribution.into(), location))
    }

    /// End an attribution; the account has no reseller of record then
    #[oai(
        path = "/v1/attributions/:attribution/end",
        method = "post",
        operation_id = "end_attribution"
    )]
    async fn end_attribution(
        &self,
        app: Data<&App>,
        auth: Auth,
        attribution: Path<AttributionId>,
        body: Json<ReasonBody>,
    ) -> Result<Found<AttributionView>, Failure> {
        let reason = &body.0.reason;
        Ok(found(ops::end_attribution(&app, &auth.0, attribution.0, reason).await?.into()))
    }
}

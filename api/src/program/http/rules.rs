//! Settings, taxonomy, agreements and figures.

use super::Tag;
use super::views::{AgreementBody, AgreementView, FiguresView, SettingsView, TaxonomyView};
use super::visit::visit;
use crate::app::App;
use crate::identity::Auth;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, created, found};
use crate::program::model::NewAgreement;
use crate::program::ops;
use poem::Request;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

pub struct RulesApi;

#[OpenApi(tag = "Tag::Program")]
impl RulesApi {
    /// The rules of your program
    #[oai(path = "/v1/program", method = "get", operation_id = "get_program")]
    async fn get_program(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<SettingsView>, Failure> {
        Ok(found(ops::get_settings(&app, &auth.0).await?.into()))
    }

    /// The program in numbers, for the vendor's people
    #[oai(path = "/v1/program/figures", method = "get", operation_id = "get_program_figures")]
    async fn get_figures(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<FiguresView>, Failure> {
        Ok(found(ops::see_figures(&app, &auth.0).await?.into()))
    }

    /// The words by which a program's services, skills and industries are found
    #[oai(
        path = "/v1/programs/:vendor/taxonomy",
        method = "get",
        operation_id = "get_public_taxonomy"
    )]
    async fn get_taxonomy(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
    ) -> Result<Found<TaxonomyView>, Failure> {
        let vendor = visit(&app, request, &vendor).await?;
        Ok(found(ops::public_taxonomy(&app, vendor).await?.into()))
    }

    /// The agreement that partners of a program accept
    #[oai(
        path = "/v1/programs/:vendor/agreement",
        method = "get",
        operation_id = "get_public_agreement"
    )]
    async fn get_agreement(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
    ) -> Result<Found<AgreementView>, Failure> {
        let vendor = visit(&app, request, &vendor).await?;
        Ok(found(ops::public_agreement(&app, vendor).await?.into()))
    }

    /// A version of the agreement, such as the one you accepted
    #[oai(
        path = "/v1/programs/:vendor/agreements/:version",
        method = "get",
        operation_id = "get_public_agreement_version"
    )]
    async fn get_agreement_version(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
        /// How the version is called.
        version: Path<String>,
    ) -> Result<Found<AgreementView>, Failure> {
        let vendor = visit(&app, request, &vendor).await?;
        Ok(found(ops::public_agreement_version(&app, vendor, &version).await?.into()))
    }

    /// Put another version of the agreement in force
    #[oai(path = "/v1/agreements", method = "post", operation_id = "publish_agreement")]
    async fn publish_agreement(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<AgreementBody>,
    ) -> Result<Created<AgreementView>, Failure> {
        let AgreementBody { version, title, body } = body.0;
        let new = NewAgreement { version, title, body };
        let agreement = ops::publish_agreement(&app, &auth.0, new).await?;
        let slug = ops::get_settings(&app, &auth.0).await?.slug;
        Ok(created(agreement.into(), format!("/v1/programs/{slug}/agreement")))
    }
}

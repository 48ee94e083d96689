//! The services of an organization.

use super::Tag;
use super::views::{ServiceBody, ServiceView};
use crate::app::App;
use crate::directory::ops;
use crate::identity::Auth;
use crate::kernel::id::{ProfileId, ServiceId};
use crate::platform::http::Failure;
use crate::platform::http::paging::if_match;
use crate::platform::http::reply::{Created, Found, Versioned, created, found, versioned};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;

pub struct ServicesApi;

#[OpenApi(tag = "Tag::Directory")]
impl ServicesApi {
    /// List your organization's services, whatever their state
    #[oai(path = "/v1/services", method = "get", operation_id = "list_services")]
    async fn list_services(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<ServiceView>>, Failure> {
        let services = ops::my_services(&app, &auth.0).await?;
        let views: Result<_, _> = services.into_iter().map(ServiceView::new).collect();
        Ok(found(views?))
    }

    /// Write a draft of a service
    #[oai(path = "/v1/services", method = "post", operation_id = "create_service")]
    async fn create_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Which of your organization's profiles offers it; your own when absent.
        profile: Query<Option<ProfileId>>,
        body: Json<ServiceBody>,
    ) -> Result<Created<ServiceView>, Failure> {
        let service = ops::create_service(&app, &auth.0, profile.0, body.0.into()).await?;
        let location = format!("/v1/services/{}", service.id);
        Ok(created(ServiceView::new(service)?, location))
    }

    /// See one of your organization's services
    #[oai(path = "/v1/services/:service", method = "get", operation_id = "get_service")]
    async fn get_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        service: Path<ServiceId>,
    ) -> Result<Versioned<ServiceView>, Failure> {
        let service = ops::see_service(&app, &auth.0, service.0).await?;
        let version = service.version;
        Ok(versioned(ServiceView::new(service)?, version))
    }

    /// Edit a service; what was agreed before keeps its own terms
    #[oai(path = "/v1/services/:service", method = "put", operation_id = "save_service")]
    async fn save_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        service: Path<ServiceId>,
        /// The ETag that you read.
        #[oai(name = "If-Match")]
        version: Header<Option<String>>,
        body: Json<ServiceBody>,
    ) -> Result<Versioned<ServiceView>, Failure> {
        let version = if_match(version.0.as_deref())?;
        let body = body.0.into();
        let service = ops::save_service(&app, &auth.0, service.0, version, body).await?;
        let version = service.version;
        Ok(versioned(ServiceView::new(service)?, version))
    }

    /// Offer a service in the directory
    #[oai(
        path = "/v1/services/:service/publish",
        method = "post",
        operation_id = "publish_service"
    )]
    async fn publish_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        service: Path<ServiceId>,
    ) -> Result<Versioned<ServiceView>, Failure> {
        let service = ops::publish_service(&app, &auth.0, service.0).await?;
        let version = service.version;
        Ok(versioned(ServiceView::new(service)?, version))
    }

    /// Take a service out of the directory
    #[oai(
        path = "/v1/services/:service/archive",
        method = "post",
        operation_id = "archive_service"
    )]
    async fn archive_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        service: Path<ServiceId>,
    ) -> Result<Versioned<ServiceView>, Failure> {
        let service = ops::archive_service(&app, &auth.0, service.0).await?;
        let version = service.version;
        Ok(versioned(ServiceView::new(service)?, version))
    }
}

//! Applications: sending, withdrawing, deciding.

use super::Tag;
use super::views::{ApplicationBody, ApplicationPageView, ApplicationView, ReasonBody};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::ApplicationId;
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Created, Found, created, found};
use crate::program::model::ApplicationState;
use crate::program::ops;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

pub struct ApplicationsApi;

#[OpenApi(tag = "Tag::Program")]
impl ApplicationsApi {
    /// Apply to the program for your organization
    #[oai(path = "/v1/applications", method = "post", operation_id = "apply")]
    async fn apply(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<ApplicationBody>,
    ) -> Result<Created<ApplicationView>, Failure> {
        let application = ops::apply(&app, &auth.0, body.0.into()).await?;
        let location = format!("/v1/applications/{}", application.id);
        Ok(created(application.into(), location))
    }

    /// List applications to your program; those that wait oldest first, others latest first
    #[oai(path = "/v1/applications", method = "get", operation_id = "list_applications")]
    async fn list_applications(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Applications in this state; those that wait when absent.
        state: Query<Option<ApplicationState>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<ApplicationPageView>, Failure> {
        let state = state.0.unwrap_or(ApplicationState::Submitted);
        let PageQuery { limit, cursor } = limit;
        let page = ops::list_applications(&app, &auth.0, state, limit, cursor.as_deref()).await?;
        Ok(found(page.into()))
    }

    /// Your organization's applications, latest first
    #[oai(path = "/v1/applications/mine", method = "get", operation_id = "my_applications")]
    async fn my_applications(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<ApplicationView>>, Failure> {
        let applications = ops::my_applications(&app, &auth.0).await?;
        Ok(found(applications.into_iter().map(ApplicationView::from).collect()))
    }

    /// See an application
    #[oai(path = "/v1/applications/:application", method = "get", operation_id = "get_application")]
    async fn get_application(
        &self,
        app: Data<&App>,
        auth: Auth,
        application: Path<ApplicationId>,
    ) -> Result<Found<ApplicationView>, Failure> {
        Ok(found(ops::see_application(&app, &auth.0, application.0).await?.into()))
    }

    /// Take your application back
    #[oai(
        path = "/v1/applications/:application/withdraw",
        method = "post",
        operation_id = "withdraw_application"
    )]
    async fn withdraw_application(
        &self,
        app: Data<&App>,
        auth: Auth,
        application: Path<ApplicationId>,
    ) -> Result<Found<ApplicationView>, Failure> {
        Ok(found(ops::withdraw_application(&app, &auth.0, application.0).await?.into()))
    }

    /// Make the applicant a partner
    #[oai(
        path = "/v1/applications/:application/approve",
        method = "post",
        operation_id = "approve_application"
    )]
    async fn approve_application(
        &self,
        app: Data<&App>,
        auth: Auth,
        application: Path<ApplicationId>,
    ) -> Result<Found<ApplicationView>, Failure> {
        Ok(found(ops::approve_application(&app, &auth.0, application.0).await?.into()))
    }

    /// Refuse an application; the applicant reads the reason
    #[oai(
        path = "/v1/applications/:application/reject",
        method = "post",
        operation_id = "reject_application"
    )]
    async fn reject_application(
        &self,
        app: Data<&App>,
        auth: Auth,
        application: Path<ApplicationId>,
        body: Json<ReasonBody>,
    ) -> Result<Found<ApplicationView>, Failure> {
        let reason = &body.0.reason;
        let application = ops::reject_application(&app, &auth.0, application.0, reason).await?;
        Ok(found(application.into()))
    }
}

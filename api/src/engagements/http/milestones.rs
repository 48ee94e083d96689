//! Milestones: what is delivered, what is returned, what is accepted; and files.

use super::file_reply::FileReply;
use super::views::{
    AcceptDeliveryBody, ChangesBody, DeliverableForm, DeliverableView, MilestoneDetailView,
    MilestoneView,
};
use crate::app::App;
use crate::engagements::ops;
use crate::identity::{Asked, Auth};
use crate::kernel::id::{FileId, MilestoneId};
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, created, found};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, Tags};

#[derive(Tags)]
enum Tag {
    /// Milestones, deliverables and files
    Milestones,
}

pub struct MilestonesApi;

#[OpenApi(tag = "Tag::Milestones")]
impl MilestonesApi {
    /// A milestone with its frozen shares
    #[oai(path = "/v1/milestones/:milestone", method = "get", operation_id = "get_milestone")]
    async fn get_milestone(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
    ) -> Result<Found<MilestoneDetailView>, Failure> {
        Ok(found(ops::see_milestone(&app, &auth.0, milestone.0).await?.into()))
    }

    /// List a milestone's deliveries, latest first
    #[oai(
        path = "/v1/milestones/:milestone/deliverables",
        method = "get",
        operation_id = "list_deliverables"
    )]
    async fn list_deliverables(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
    ) -> Result<Found<Vec<DeliverableView>>, Failure> {
        let list = ops::list_deliverables(&app, &auth.0, milestone.0).await?;
        Ok(found(list.into_iter().map(DeliverableView::from).collect()))
    }

    /// Deliver a milestone: a text, and a file of up to 25 MB
    #[oai(
        path = "/v1/milestones/:milestone/deliverables",
        method = "post",
        operation_id = "submit_deliverable"
    )]
    async fn submit_deliverable(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        form: DeliverableForm,
    ) -> Result<Created<DeliverableView>, Failure> {
        let (text, file) = form.parts().await?;
        let made = ops::submit_deliverable(&app, &auth.0, milestone.0, &text, file).await?;
        let location = format!("/v1/milestones/{}/deliverables", milestone.0);
        Ok(created(made.into(), location))
    }

    /// Return a delivered milestone with notes
    #[oai(
        path = "/v1/milestones/:milestone/change-requests",
        method = "post",
        operation_id = "request_changes"
    )]
    async fn request_changes(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        body: Json<ChangesBody>,
    ) -> Result<Created<MilestoneView>, Failure> {
        let ChangesBody { text, version } = body.0;
        let milestone = ops::request_changes(&app, &auth.0, milestone.0, (version, &text)).await?;
        let location = format!("/v1/milestones/{}/deliverables", milestone.id);
        Ok(created(milestone.into(), location))
    }

    /// Accept a delivered milestone, which releases its held price
    #[oai(
        path = "/v1/milestones/:milestone/accept",
        method = "post",
        operation_id = "accept_deliverable"
    )]
    async fn accept_deliverable(
        &self,
        asked: Asked,
        milestone: Path<MilestoneId>,
        /// Makes the request safe to repeat for 24 hours.
        #[oai(name = "Idempotency-Key")]
        _key: Header<String>,
        body: Json<AcceptDeliveryBody>,
    ) -> Result<Found<MilestoneView>, Failure> {
        let (Asked { app, caller }, version) = (asked, body.0.version);
        let (_, milestone) = ops::accept_deliverable(&app, &caller, milestone.0, version).await?;
        Ok(found(milestone.into()))
    }

    /// A file's bytes, to be saved
    #[oai(path = "/v1/files/:file", method = "get", operation_id = "get_file")]
    async fn get_file(
        &self,
        app: Data<&App>,
        auth: Auth,
        file: Path<FileId>,
    ) -> Result<FileReply, Failure> {
        let (file, bytes) = ops::read_file(&app, &auth.0, file.0).await?;
        Ok(FileReply { file, bytes })
    }
}

//! Engagements: lists, heads, rest and end, talk and files beside it.

use super::views::{
    EngagementHeadView, EngagementPage, EngagementReasonBody, EngagementView, FileForm, FileView,
    MessageBody, MessageView, TimelinePage, TopicCountView,
};
use crate::app::App;
use crate::engagements::{EngagementState, TimelineTopic, ops};
use crate::identity::{Asked, Auth};
use crate::kernel::id::EngagementId;
use crate::platform::caller::Caller;
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Created, Found, created, found};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, Tags};

#[derive(Tags)]
enum Tag {
    /// Engagements and what is said in them
    Engagements,
}

pub struct EngagementsApi;

#[OpenApi(tag = "Tag::Engagements")]
impl EngagementsApi {
    /// List your engagements, latest first
    #[oai(path = "/v1/engagements", method = "get", operation_id = "list_engagements")]
    async fn list_engagements(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those in this state.
        state: Query<Option<EngagementState>>,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<EngagementPage>, Failure> {
        let list = list_name(&auth.0, state.0);
        let page = limit.wanted(&app.cursors, &list)?;
        let (items, next) = ops::list_engagements(&app, &auth.0, state.0, page).await?;
        Ok(found(EngagementPage {
            items: items.into_iter().map(EngagementView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// An engagement: its milestones, and whose turn it is
    #[oai(path = "/v1/engagements/:engagement", method = "get", operation_id = "get_engagement")]
    async fn get_engagement(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<EngagementView>, Failure> {
        let seen = ops::see_engagement(&app, &auth.0, engagement.0).await?;
        Ok(found(seen.overview.into()))
    }

    /// Pause an engagement
    #[oai(
        path = "/v1/engagements/:engagement/pause",
        method = "post",
        operation_id = "pause_engagement"
    )]
    async fn pause_engagement(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<EngagementReasonBody>,
    ) -> Result<Found<EngagementHeadView>, Failure> {
        let paused = ops::pause_engagement(&app, &auth.0, engagement.0, &body.0.reason).await?;
        Ok(found(paused.into()))
    }

    /// Let a paused engagement go on
    #[oai(
        path = "/v1/engagements/:engagement/resume",
        method = "post",
        operation_id = "resume_engagement"
    )]
    async fn resume_engagement(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<EngagementHeadView>, Failure> {
        Ok(found(ops::resume_engagement(&app, &auth.0, engagement.0).await?.into()))
    }

    /// End an engagement early, once no money is held
    #[oai(
        path = "/v1/engagements/:engagement/end",
        method = "post",
        operation_id = "end_engagement"
    )]
    async fn end_engagement(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<EngagementReasonBody>,
    ) -> Result<Found<EngagementHeadView>, Failure> {
        let ended = ops::end_engagement(&app, &auth.0, engagement.0, &body.0.reason).await?;
        Ok(found(ended.into()))
    }

    /// The timeline, newest first: what happened, messages and files
    #[oai(
        path = "/v1/engagements/:engagement/timeline",
        method = "get",
        operation_id = "get_timeline"
    )]
    async fn get_timeline(
        &self,
        asked: Asked,
        engagement: Path<EngagementId>,
        /// Only what is about this.
        topic: Query<Option<TimelineTopic>>,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<TimelinePage>, Failure> {
        let Asked { app, caller } = asked;
        Ok(found(timeline_page(&app, &caller, engagement.0, (topic.0, limit)).await?))
    }

    /// How many things of each topic the timeline holds
    #[oai(
        path = "/v1/engagements/:engagement/timeline-counts",
        method = "get",
        operation_id = "get_timeline_counts"
    )]
    async fn get_timeline_counts(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<Vec<TopicCountView>>, Failure> {
        let counts = ops::timeline_counts(&app, &auth.0, engagement.0).await?;
        Ok(found(counts.into_iter().map(TopicCountView::from).collect()))
    }

    /// List the messages, newest first
    #[oai(
        path = "/v1/engagements/:engagement/messages",
        method = "get",
        operation_id = "list_messages"
    )]
    async fn list_messages(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<TimelinePage>, Failure> {
        let wanted = (Some(TimelineTopic::Message), limit);
        Ok(found(timeline_page(&app, &auth.0, engagement.0, wanted).await?))
    }

    /// Send a message
    #[oai(
        path = "/v1/engagements/:engagement/messages",
        method = "post",
        operation_id = "send_message"
    )]
    async fn send_message(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<MessageBody>,
    ) -> Result<Created<MessageView>, Failure> {
        let id = ops::send_message(&app, &auth.0, engagement.0, &body.0.text).await?;
        let location = format!("/v1/engagements/{}/messages", engagement.0);
        Ok(created(MessageView { id }, location))
    }

    /// Add a file, beside the talk
    #[oai(path = "/v1/engagements/:engagement/files", method = "post", operation_id = "share_file")]
    async fn share_file(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        form: FileForm,
    ) -> Result<Created<FileView>, Failure> {
        let upload = form.upload().await?;
        let file = ops::share_file(&app, &auth.0, engagement.0, upload).await?;
        let location = format!("/v1/files/{}", file.id);
        Ok(created(file.into(), location))
    }
}

/// A cursor works only for its owner and filter.
fn list_name(caller: &Caller, state: Option<EngagementState>) -> String {
    let state = state.map_or("all", EngagementState::as_str);
    format!("engagements:{}:{}:{state}", caller.vendor, caller.organization)
}

async fn timeline_page(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    (topic, page): (Option<TimelineTopic>, PageQuery),
) -> Result<TimelinePage, Failure> {
    let word = topic.map_or("all", TimelineTopic::as_str);
    let list = format!("timeline:{}:{id}:{word}", caller.vendor);
    let page = page.wanted(&app.cursors, &list)?;
    let (items, next) = ops::timeline(app, caller, id, topic, page).await?;
    Ok(TimelinePage {
        items: items.into_iter().map(Into::into).collect(),
        next: next.map(|position| app.cursors.seal(&list, position)),
    })
}

//! Reviews: written, answered, hidden, and read by everybody.

use super::views::{
    EngagementReasonBody, PublicReviewPage, PublicReviewView, ReplyBody, ReviewBody, ReviewView,
};
use crate::app::App;
use crate::engagements::{Marks, ReviewDraft, ops};
use crate::identity::Auth;
use crate::kernel::id::{EngagementId, ReviewId};
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Created, Found, created, found};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, Tags};

#[derive(Tags)]
enum Tag {
    /// Reviews of finished work
    Reviews,
}

pub struct ReviewsApi;

#[OpenApi(tag = "Tag::Reviews")]
impl ReviewsApi {
    /// List an engagement's reviews, as far as you may read them
    #[oai(
        path = "/v1/engagements/:engagement/reviews",
        method = "get",
        operation_id = "list_reviews"
    )]
    async fn list_reviews(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<Vec<ReviewView>>, Failure> {
        let reviews = ops::list_reviews(&app, &auth.0, engagement.0).await?;
        Ok(found(reviews.into_iter().map(ReviewView::from).collect()))
    }

    /// Review the other side
    #[oai(
        path = "/v1/engagements/:engagement/reviews",
        method = "post",
        operation_id = "write_review"
    )]
    async fn write_review(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<ReviewBody>,
    ) -> Result<Created<ReviewView>, Failure> {
        let ReviewBody { outcome, communication, value, text, root_cause } = body.0;
        let marks = Marks { outcome, communication, value };
        let draft = ReviewDraft { marks, text, root_cause };
        let review = ops::write_review(&app, &auth.0, engagement.0, draft).await?;
        let location = format!("/v1/engagements/{}/reviews", engagement.0);
        Ok(created(review.into(), location))
    }

    /// Answer a review about your side, once
    #[oai(path = "/v1/reviews/:review/reply", method = "post", operation_id = "reply_to_review")]
    async fn reply_to_review(
        &self,
        app: Data<&App>,
        auth: Auth,
        review: Path<ReviewId>,
        body: Json<ReplyBody>,
    ) -> Result<Found<ReviewView>, Failure> {
        Ok(found(ops::reply_to_review(&app, &auth.0, review.0, &body.0.text).await?.into()))
    }

    /// Hide a review, for a reason that both sides read
    #[oai(path = "/v1/reviews/:review/hide", method = "post", operation_id = "hide_review")]
    async fn hide_review(
        &self,
        app: Data<&App>,
        auth: Auth,
        review: Path<ReviewId>,
        body: Json<EngagementReasonBody>,
    ) -> Result<Found<ReviewView>, Failure> {
        Ok(found(ops::hide_review(&app, &auth.0, review.0, &body.0.reason).await?.into()))
    }

    /// What customers wrote about an expert, latest first
    #[oai(
        path = "/v1/programs/:program/experts/:expert/reviews",
        method = "get",
        operation_id = "list_public_reviews"
    )]
    async fn list_public_reviews(
        &self,
        app: Data<&App>,
        /// The program's word in addresses.
        program: Path<String>,
        /// The expert's word in addresses.
        expert: Path<String>,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<PublicReviewPage>, Failure> {
        let list = format!("reviews:{}:{}", program.0, expert.0);
        let page = limit.wanted(&app.cursors, &list)?;
        let (items, next) = ops::public_reviews(&app, &program.0, &expert.0, page).await?;
        Ok(found(PublicReviewPage {
            items: items.into_iter().map(PublicReviewView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }
}

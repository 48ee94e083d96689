//! Reviews.

use crate::engagements::{PublicReview, Review, RootCause, Side};
use crate::kernel::id::{EngagementId, ReviewId};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// What you think of the other side.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ReviewBody {
    /// Was the outcome what was agreed? 1 to 5.
    pub outcome: i16,
    /// Was it good to talk to each other? 1 to 5.
    pub communication: i16,
    /// Was it worth its price? 1 to 5.
    pub value: i16,
    /// What others should know, plain text, up to 4000 characters.
    pub text: String,
    /// Where a trouble came from, if there was one.
    pub root_cause: Option<RootCause>,
}

/// An answer to a review.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ReplyBody {
    /// Plain text, up to 4000 characters.
    pub text: String,
}

/// A review.
#[derive(Object)]
pub struct ReviewView {
    /// The review.
    pub id: ReviewId,
    /// Of which work.
    pub engagement: EngagementId,
    /// The side that wrote it.
    pub side: Side,
    /// 1 to 5.
    pub outcome: i16,
    /// 1 to 5.
    pub communication: i16,
    /// 1 to 5.
    pub value: i16,
    /// Plain text.
    pub text: String,
    /// Where a trouble came from.
    pub root_cause: Option<RootCause>,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// When it is published at the latest.
    pub publish_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When the program hid it.
    pub hidden_at: Option<DateTime<Utc>>,
    /// Why the program hid it.
    pub hidden_reason: Option<String>,
    /// The reviewed side's answer.
    pub reply: Option<String>,
    /// When it was answered.
    pub replied_at: Option<DateTime<Utc>>,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        Self {
            id: review.id,
            engagement: review.engagement,
            side: review.side,
            outcome: review.marks.outcome,
            communication: review.marks.communication,
            value: review.marks.value,
            text: review.text,
            root_cause: review.root_cause,
            written_at: review.written_at,
            publish_at: review.publish_at,
            published_at: review.published_at,
            hidden_at: review.hidden_at,
            hidden_reason: review.hidden_reason,
            reply: review.reply,
            replied_at: review.replied_at,
        }
    }
}

/// A customer's review of an expert.
#[derive(Object)]
pub struct PublicReviewView {
    /// The review.
    pub id: ReviewId,
    /// Who wrote it.
    pub customer_name: String,
    /// What the work was.
    pub title: String,
    /// 1 to 5.
    pub outcome: i16,
    /// 1 to 5.
    pub communication: i16,
    /// 1 to 5.
    pub value: i16,
    /// Plain text.
    pub text: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// The expert's answer.
    pub reply: Option<String>,
    /// When it was answered.
    pub replied_at: Option<DateTime<Utc>>,
}

impl From<PublicReview> for PublicReviewView {
    fn from(review: PublicReview) -> Self {
        Self {
            id: review.id,
            customer_name: review.customer_name,
            title: review.title,
            outcome: review.outcome,
            communication: review.communication,
            value: review.value,
            text: review.text,
            published_at: review.published_at,
            reply: review.reply,
            replied_at: review.replied_at,
        }
    }
}

/// A page of reviews.
#[derive(Object)]
pub struct PublicReviewPage {
    /// Latest first.
    pub items: Vec<PublicReviewView>,
    /// The cursor of the next page, when there is one.
    pub next: Option<String>,
}

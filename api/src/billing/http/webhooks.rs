//! News from Stripe over HTTP, for those who look after the books.

use super::endpoints::Tag;
use crate::app::App;
use crate::billing::model::{WebhookNews, WebhookState, WebhooksWanted};
use crate::billing::ops;
use crate::identity::Auth;
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};

/// One piece of news from the payment processor.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct WebhookView {
    /// The processor's id of the event.
    pub id: String,
    /// Such as `charge.dispute.created`.
    pub kind: String,
    /// What became of it.
    pub state: WebhookState,
    /// Why it was left alone, or why a person has to look.
    pub note: Option<String>,
    /// Whether it came for a connected account's events.
    pub connect: bool,
    /// The connected account it is of.
    pub account: Option<String>,
    /// The processor's id of what it is about.
    pub object: Option<String>,
    /// When it happened, by the processor's clock.
    pub happened_at: Option<DateTime<Utc>>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it was worked through last.
    pub ended_at: Option<DateTime<Utc>>,
    /// The event as it came; only where one is looked at.
    pub body: Option<String>,
}

impl From<WebhookNews> for WebhookView {
    fn from(of: WebhookNews) -> Self {
        Self {
            id: of.id,
            kind: of.kind,
            state: of.state,
            note: of.note,
            connect: of.connect,
            account: of.account,
            object: of.object,
            happened_at: of.happened_at,
            received_at: of.received_at,
            ended_at: of.ended_at,
            body: None,
        }
    }
}

/// A page of news.
#[derive(Object)]
pub struct WebhookPage {
    /// Latest first.
    pub items: Vec<WebhookView>,
    /// How much of the program's news waits for a person, on all pages.
    pub parked: i64,
    /// The cursor of the next page; absent on the last.
    pub next: Option<String>,
}

pub struct NewsApi;

#[OpenApi(tag = "Tag::Billing")]
impl NewsApi {
    /// News from the payment processor, latest first
    #[oai(path = "/v1/webhooks", method = "get", operation_id = "list_webhooks")]
    async fn list_webhooks(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// An id of an event, an object or an account, whole; a kind or its first words; a state.
        search: Query<Option<String>>,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<WebhookPage>, Failure> {
        let wanted = WebhooksWanted { state: None, search: search.0 };
        let list = format!("webhooks:{}:{wanted:?}", auth.0.vendor);
        let page = limit.wanted(&app.cursors, &list)?;
        let news = ops::list_webhooks(&app, &auth.0, &wanted, page).await?;
        Ok(found(WebhookPage {
            items: news.items.into_iter().map(WebhookView::from).collect(),
            parked: news.parked,
            next: news.next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// One piece of news, as it came
    #[oai(path = "/v1/webhooks/:webhook", method = "get", operation_id = "get_webhook")]
    async fn get_webhook(
        &self,
        app: Data<&App>,
        auth: Auth,
        webhook: Path<String>,
    ) -> Result<Found<WebhookView>, Failure> {
        let (news, body) = ops::see_webhook(&app, &auth.0, &webhook.0).await?;
        Ok(found(WebhookView { body: Some(body), ..news.into() }))
    }

    /// Work through a piece of news once more
    ///
    /// What it is about is read at the payment processor again. Where everything followed before,
    /// nothing follows now.
    #[oai(path = "/v1/webhooks/:webhook/replay", method = "post", operation_id = "replay_webhook")]
    async fn replay_webhook(
        &self,
        app: Data<&App>,
        auth: Auth,
        webhook: Path<String>,
    ) -> Result<Found<WebhookView>, Failure> {
        Ok(found(ops::replay_webhook(&app, &auth.0, &webhook.0).await?.into()))
    }
}

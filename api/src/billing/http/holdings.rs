//! Held money that has to leave soon, over HTTP.

use super::endpoints::Tag;
use crate::app::App;
use crate::billing::model::Holding;
use crate::billing::ops;
use crate::identity::Auth;
use crate::kernel::id::MilestoneId;
use crate::kernel::money::Money;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{Object, OpenApi};

/// A milestone whose money has to leave soon.
#[derive(Object)]
pub struct HoldingView {
    /// The milestone.
    pub milestone: MilestoneId,
    /// Its number in the engagement.
    pub seq: i32,
    /// Its title.
    pub title: String,
    /// The engagement as people call it.
    pub label: String,
    /// What is held.
    pub held: Money,
    /// When it goes back to the customer by itself, unless somebody decided before.
    pub acts_at: DateTime<Utc>,
    /// The payment processor's limit.
    pub hold_until: DateTime<Utc>,
    /// Whether the two sides disagree: then it does not go back by itself, and the program decides.
    pub disagreed: bool,
}

impl From<Holding> for HoldingView {
    fn from(of: Holding) -> Self {
        let Holding { milestone, seq, title, label, held, acts_at, hold_until, disagreed } = of;
        Self { milestone, seq, title, label, held, acts_at, hold_until, disagreed }
    }
}

/// What has to leave soon.
#[derive(Object)]
pub struct HoldingList {
    /// The first to leave first; a hundred at most.
    pub items: Vec<HoldingView>,
}

pub struct HoldingsApi;

#[OpenApi(tag = "Tag::Billing")]
impl HoldingsApi {
    /// Held money in the last third of the time for which it may be held
    ///
    /// All of the program for its leads and finance; their own for the leads of the two sides.
    #[oai(path = "/v1/holdings", method = "get", operation_id = "list_holdings")]
    async fn list_holdings(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<HoldingList>, Failure> {
        let items = ops::list_holdings(&app, &auth.0).await?;
        Ok(found(HoldingList { items: items.into_iter().map(HoldingView::from).collect() }))
    }
}

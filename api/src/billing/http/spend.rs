//! What a customer spent, over HTTP.

use super::endpoints::Tag;
use crate::app::App;
use crate::billing::model::{Received, Spent, SpentOn};
use crate::billing::ops;
use crate::identity::Auth;
use crate::kernel::id::{EngagementId, MilestoneId, PaymentId};
use crate::kernel::money::Money;
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};

/// Money of a customer: `paid` is `held`, `released` and `sent_back` together.
#[derive(Object)]
pub struct SumsView {
    /// The prices of all milestones.
    pub agreed: Money,
    /// What was paid of them.
    pub paid: Money,
    /// What of that is held now.
    pub held: Money,
    /// What of it is with its payees.
    pub released: Money,
    /// What of it came back, or is on its way.
    pub sent_back: Money,
}

impl From<Spent> for SumsView {
    fn from(of: Spent) -> Self {
        Self {
            agreed: of.agreed,
            paid: of.paid,
            held: of.held,
            released: of.released,
            sent_back: of.back,
        }
    }
}

/// One engagement's money.
#[derive(Object)]
pub struct SpentOnView {
    /// The engagement.
    pub engagement: EngagementId,
    /// As people call it.
    pub label: String,
    /// What it is about.
    pub title: String,
    /// Who does the work.
    pub partner: String,
    /// Its sums.
    pub sums: SumsView,
}

impl From<SpentOn> for SpentOnView {
    fn from(of: SpentOn) -> Self {
        let SpentOn { agreed, paid, held, released, back, .. } = of;
        let sums = Spent { agreed, paid, held, released, back };
        let SpentOn { engagement, label, title, partner, .. } = of;
        Self { engagement, label, title, partner, sums: sums.into() }
    }
}

/// A page of engagements.
#[derive(Object)]
pub struct SpendPage {
    /// Latest first.
    pub items: Vec<SpentOnView>,
    /// The sums of all engagements in the program's currency, on all pages.
    pub all: SumsView,
    /// The cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// A payment whose money came.
#[derive(Object)]
pub struct ReceivedView {
    /// The payment.
    pub payment: PaymentId,
    /// What was paid.
    pub milestone: MilestoneId,
    /// Its title.
    pub title: String,
    /// The engagement as people call it.
    pub engagement: String,
    /// What was paid for it.
    pub amount: Money,
    /// When the money was there.
    pub paid_at: DateTime<Utc>,
}

impl From<Received> for ReceivedView {
    fn from(of: Received) -> Self {
        let Received { payment, milestone, title, label, amount, paid_at, .. } = of;
        Self { payment, milestone, title, engagement: label, amount, paid_at }
    }
}

/// A page of payments.
#[derive(Object)]
pub struct ReceivedPage {
    /// Latest first.
    pub items: Vec<ReceivedView>,
    /// The cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// Where a receipt is.
#[derive(Object)]
pub struct ReceiptPlace {
    /// A page of the payment processor; it ends after a while.
    pub url: String,
}

pub struct SpendApi;

#[OpenApi(tag = "Tag::Billing")]
impl SpendApi {
    /// What your organization spent as a customer, by engagement
    #[oai(path = "/v1/spend", method = "get", operation_id = "list_spend")]
    async fn list_spend(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<SpendPage>, Failure> {
        let list = format!("spend:{}:{}", auth.0.vendor, auth.0.organization);
        let page = limit.wanted(&app.cursors, &list)?;
        let spending = ops::spending(&app, &auth.0, page).await?;
        Ok(found(SpendPage {
            items: spending.engagements.into_iter().map(SpentOnView::from).collect(),
            all: spending.all.into(),
            next: spending.next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// Payments of your organization whose money came, latest first
    #[oai(path = "/v1/payments", method = "get", operation_id = "list_payments")]
    async fn list_payments(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<ReceivedPage>, Failure> {
        let list = format!("received:{}:{}", auth.0.vendor, auth.0.organization);
        let page = limit.wanted(&app.cursors, &list)?;
        let (items, next) = ops::list_received(&app, &auth.0, page).await?;
        Ok(found(ReceivedPage {
            items: items.into_iter().map(ReceivedView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// Where the payment processor shows the receipt of a payment
    #[oai(
        path = "/v1/payments/:payment/receipt",
        method = "get",
        operation_id = "get_payment_receipt"
    )]
    async fn get_receipt(
        &self,
        app: Data<&App>,
        auth: Auth,
        payment: Path<PaymentId>,
    ) -> Result<Found<ReceiptPlace>, Failure> {
        Ok(found(ReceiptPlace { url: ops::receipt_of(&app, &auth.0, payment.0).await? }))
    }
}

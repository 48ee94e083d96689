//! Cards that are kept, over HTTP.

use super::endpoints::Tag;
use super::views::{PageView, PaymentView};
use crate::app::App;
use crate::billing::model::{KeptMethod, PaymentMethod};
use crate::billing::ops;
use crate::identity::Auth;
use crate::kernel::id::{EngagementId, MilestoneId, PaymentMethodId, PersonId};
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, NoContent, created, found};
use chrono::{DateTime, NaiveDate, Utc};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// A card that your organization keeps for later payments.
#[derive(Object)]
pub struct PaymentMethodView {
    /// The card.
    pub id: PaymentMethodId,
    /// Who issued its number, such as `visa`.
    pub brand: String,
    /// The last four digits of its number.
    pub last4: String,
    /// The last month in which it can be charged, 1 to 12.
    pub expires_month: i32,
    /// The year of that month.
    pub expires_year: i32,
    /// The first day on which it cannot be charged.
    pub ends_on: NaiveDate,
    /// Whether it is charged when none is named.
    pub default: bool,
    /// Who kept it.
    pub saved_by: PersonId,
    /// Their name; absent where only the card was changed.
    pub saved_by_name: Option<String>,
    /// When.
    pub saved_at: DateTime<Utc>,
    /// Engagements whose weeks it pays as they lock; removing it ends that.
    pub pays_weeks_of: Vec<EngagementId>,
}

impl From<PaymentMethod> for PaymentMethodView {
    fn from(method: PaymentMethod) -> Self {
        Self {
            ends_on: method.ends_on(),
            id: method.id,
            brand: method.brand,
            last4: method.last4,
            expires_month: method.expires_month,
            expires_year: method.expires_year,
            default: method.is_default,
            saved_by: method.saved_by,
            saved_by_name: None,
            saved_at: method.saved_at,
            pays_weeks_of: Vec::new(),
        }
    }
}

fn named(kept: KeptMethod) -> PaymentMethodView {
    let saved_by_name = Some(kept.saved_by);
    let pays_weeks_of = kept.pays.into_iter().map(|of| of.engagement).collect();
    PaymentMethodView { saved_by_name, pays_weeks_of, ..PaymentMethodView::from(kept.method) }
}

/// What an organization keeps, the latest first.
#[derive(Object)]
pub struct PaymentMethodList {
    /// All of them.
    pub items: Vec<PaymentMethodView>,
}

/// Which card is charged.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ChargeBody {
    /// One of your organization's cards; its default when absent.
    pub method: Option<PaymentMethodId>,
}

pub struct MethodsApi;

#[OpenApi(tag = "Tag::Billing")]
impl MethodsApi {
    /// Pay a milestone with a kept card
    ///
    /// Answers the payment as far as it came: `paid`, `refused` with `trouble`, `unconfirmed` when
    /// the bank wants the card's holder, or `charging` while nobody knows. Asked for twice, it is
    /// one charge. An unconfirmed payment is confirmed on a page: begin the payment as without a
    /// card.
    #[oai(
        path = "/v1/milestones/:milestone/charges",
        method = "post",
        operation_id = "charge_milestone"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn charge_milestone(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        /// A new key for each new payment; a repeat with the same key is answered the same.
        #[oai(name = "Idempotency-Key")]
        _key: Header<String>,
        body: Json<ChargeBody>,
    ) -> Result<Created<PaymentView>, Failure> {
        let wanted = body.0.method;
        let payment = ops::charge_milestone(&app, &auth.0, milestone.0, wanted).await?;
        let location = format!("/v1/payments/{}", payment.id);
        Ok(created(PaymentView::from(payment), location))
    }

    /// The cards that your organization keeps
    #[oai(path = "/v1/payment-methods", method = "get", operation_id = "list_payment_methods")]
    async fn list_payment_methods(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<PaymentMethodList>, Failure> {
        let kept = ops::list_methods(&app, &auth.0).await?;
        let items = kept.into_iter().map(named).collect();
        Ok(found(PaymentMethodList { items }))
    }

    /// Keep a card without paying
    ///
    /// Answers a page of the payment processor on which the card is given; it is open for a day.
    #[oai(path = "/v1/payment-methods", method = "post", operation_id = "begin_payment_method")]
    async fn begin_payment_method(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<PageView>, Failure> {
        Ok(found(PageView { url: ops::begin_setup(&app, &auth.0).await? }))
    }

    /// Make a card the default
    #[oai(
        path = "/v1/payment-methods/:payment_method/default",
        method = "post",
        operation_id = "choose_payment_method"
    )]
    async fn choose_payment_method(
        &self,
        app: Data<&App>,
        auth: Auth,
        payment_method: Path<PaymentMethodId>,
    ) -> Result<Found<PaymentMethodView>, Failure> {
        Ok(found(ops::choose_method(&app, &auth.0, payment_method.0).await?.into()))
    }

    /// Remove a card
    ///
    /// It cannot be charged any more. Of what is left the one that was kept last takes its place as
    /// the default. Mandates of it end: those weeks are paid by hand from then on.
    #[oai(
        path = "/v1/payment-methods/:payment_method",
        method = "delete",
        operation_id = "remove_payment_method"
    )]
    async fn remove_payment_method(
        &self,
        app: Data<&App>,
        auth: Auth,
        payment_method: Path<PaymentMethodId>,
    ) -> Result<NoContent, Failure> {
        ops::remove_method(&app, &auth.0, payment_method.0).await?;
        Ok(NoContent::Ok)
    }
}

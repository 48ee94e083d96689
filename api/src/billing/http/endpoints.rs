//! Billing's operations.

use super::approvals::{CreatedOrWaits, created_or_waits};
use super::money::MilestoneMoneyView;
use super::preview::RefundPreviewView;
use super::releases::{ReleaseBody, ReleaseList, ReleasePreviewView, ReleaseView};
use super::views::{
    DisputePage, DisputeView, EarningsView, PageView, PaymentView, PayoutPage, PayoutView,
    PayoutsView, RefundBody, RefundView, StatementView,
};
use crate::app::App;
use crate::billing::model::statement_csv;
use crate::billing::ops;
use crate::identity::Auth;
use crate::kernel::id::{MilestoneId, PaymentId};
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Created, Found, created, found};
use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{ApiResponse, OpenApi, Tags};

#[derive(Tags)]
pub enum Tag {
    /// Payments, refunds, payouts and statements
    Billing,
}

/// 200 with a file.
#[derive(ApiResponse)]
enum CsvReply {
    /// The statement, one row a line
    #[oai(status = 200, content_type = "text/csv; charset=utf-8")]
    Ok(
        PlainText<String>,
        /// A name to save it under.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

pub struct PaymentsApi;

#[OpenApi(tag = "Tag::Billing")]
impl PaymentsApi {
    /// Pay a milestone
    ///
    /// Answers the milestone's one open payment with the page to pay on; begins it if there is none.
    /// Where the bank of a kept card wants its holder, the page is the one to confirm on.
    #[oai(
        path = "/v1/milestones/:milestone/payments",
        method = "post",
        operation_id = "pay_milestone"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn pay_milestone(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        /// Whether your organization keeps the card for later payments; `false` when absent.
        keep: Query<Option<bool>>,
        /// A new key for each new payment; a repeat with the same key is answered the same.
        #[oai(name = "Idempotency-Key")]
        _key: Header<String>,
    ) -> Result<Created<PaymentView>, Failure> {
        let keep = keep.0.unwrap_or(false);
        let payment = ops::pay_milestone(&app, &auth.0, milestone.0, keep).await?;
        let location = format!("/v1/payments/{}", payment.id);
        Ok(created(PaymentView::from(payment), location))
    }

    /// See a payment
    #[oai(path = "/v1/payments/:payment", method = "get", operation_id = "get_payment")]
    async fn get_payment(
        &self,
        app: Data<&App>,
        auth: Auth,
        payment: Path<PaymentId>,
    ) -> Result<Found<PaymentView>, Failure> {
        Ok(found(ops::see_payment(&app, &auth.0, payment.0).await?.into()))
    }

    /// See who gets what of a milestone, and where it is
    #[oai(
        path = "/v1/milestones/:milestone/money",
        method = "get",
        operation_id = "get_milestone_money"
    )]
    async fn get_milestone_money(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
    ) -> Result<Found<MilestoneMoneyView>, Failure> {
        Ok(found(ops::milestone_money(&app, &auth.0, milestone.0).await?.into()))
    }

    /// Send a milestone's money back, or a part of it
    ///
    /// As often as something is held: when nothing is left the milestone is refunded, else the work
    /// goes on, and its acceptance releases what is left. Or as often as something released is
    /// left: each payee gives its part back, by its share; the consultant's leads may ask for that
    /// too. What passes the program's limit waits for a second person.
    #[oai(
        path = "/v1/milestones/:milestone/refunds",
        method = "post",
        operation_id = "refund_milestone"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn refund_milestone(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        /// A new key for each new refund; a repeat with the same key is answered the same.
        #[oai(name = "Idempotency-Key")]
        _key: Header<String>,
        body: Json<RefundBody>,
    ) -> Result<CreatedOrWaits<RefundView>, Failure> {
        let (id, body) = (milestone.0, body.0);
        let wish =
            ops::RefundWish { amount: body.amount, released: body.released, reason: &body.reason };
        let refund = ops::refund_milestone_money(&app, &auth.0, id, wish).await?;
        Ok(created_or_waits(refund, format!("/v1/milestones/{id}/money")))
    }

    /// See what a refund would take from whom
    ///
    /// Nothing moves. For those who may ask for that refund.
    #[oai(
        path = "/v1/milestones/:milestone/refund-preview",
        method = "get",
        operation_id = "preview_refund"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn preview_refund(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        /// What would go back, in minor units of the milestone's currency; all that can when absent.
        minor: Query<Option<i64>>,
        /// Whether of what was released; when absent, of what is held while something is.
        released: Query<Option<bool>>,
    ) -> Result<Found<RefundPreviewView>, Failure> {
        let wish = (minor.0, released.0);
        Ok(found(ops::preview_refund(&app, &auth.0, milestone.0, wish).await?.into()))
    }

    /// Release a part of what is held, before acceptance
    ///
    /// As often as something is left. Each payee gets its part at once, by the shares fixed at
    /// signing; acceptance releases the rest. For the customer's owners and admins.
    #[oai(
        path = "/v1/milestones/:milestone/releases",
        method = "post",
        operation_id = "release_part"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn release_part(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        /// A new key for each new release; a repeat with the same key is answered the same.
        #[oai(name = "Idempotency-Key")]
        _key: Header<String>,
        body: Json<ReleaseBody>,
    ) -> Result<Created<ReleaseView>, Failure> {
        let (id, body) = (milestone.0, body.0);
        let part = (body.amount, body.reason.as_str());
        let release = ops::release_part(&app, &auth.0, id, part).await?;
        Ok(created(ReleaseView::from(release), format!("/v1/milestones/{id}/money")))
    }

    /// See what was released of a milestone, and what is held still
    #[oai(
        path = "/v1/milestones/:milestone/releases",
        method = "get",
        operation_id = "list_releases"
    )]
    async fn list_releases(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
    ) -> Result<Found<ReleaseList>, Failure> {
        let money = ops::milestone_money(&app, &auth.0, milestone.0).await?;
        let items = money.releases.into_iter().map(ReleaseView::from).collect();
        Ok(found(ReleaseList { items, held: money.held }))
    }

    /// See what a release or the acceptance would bring whom
    ///
    /// Nothing moves. For both sides, the payees and the program's finance: who gets what and when
    /// it can be used, and what each would give back if it were sent back tomorrow.
    #[oai(
        path = "/v1/milestones/:milestone/release-preview",
        method = "get",
        operation_id = "preview_release"
    )]
    async fn preview_release(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        /// What would be released, in minor units of the milestone's currency; without it all that
        /// is held, as the acceptance releases it.
        minor: Query<Option<i64>>,
    ) -> Result<Found<ReleasePreviewView>, Failure> {
        Ok(found(ops::preview_release(&app, &auth.0, milestone.0, minor.0).await?.into()))
    }

    /// Disputes of payments by the payers' banks, latest first
    ///
    /// The program's for its finance; a customer's own for its leads.
    #[oai(path = "/v1/disputes", method = "get", operation_id = "list_disputes")]
    async fn list_disputes(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<DisputePage>, Failure> {
        let list = format!("disputes:{}:{}", auth.0.vendor, auth.0.organization);
        let page = limit.wanted(&app.cursors, &list)?;
        let (items, next) = ops::list_disputes(&app, &auth.0, page).await?;
        Ok(found(DisputePage {
            items: items.into_iter().map(DisputeView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// See whether your organization can be paid
    #[oai(path = "/v1/payouts", method = "get", operation_id = "get_payouts")]
    async fn get_payouts(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<PayoutsView>, Failure> {
        Ok(found(ops::payouts(&app, &auth.0).await?.into()))
    }

    /// Payouts to your organization's bank, latest first
    ///
    /// The payment processor makes them by itself, from what was sent to your account there.
    #[oai(path = "/v1/payouts/history", method = "get", operation_id = "list_payouts")]
    async fn list_payouts(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<PayoutPage>, Failure> {
        let list = format!("payouts:{}:{}", auth.0.vendor, auth.0.organization);
        let page = limit.wanted(&app.cursors, &list)?;
        let (items, next) = ops::list_payouts(&app, &auth.0, page).await?;
        Ok(found(PayoutPage {
            items: items.into_iter().map(PayoutView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// Begin or go on with payout onboarding
    #[oai(path = "/v1/payouts/onboarding", method = "post", operation_id = "begin_onboarding")]
    async fn begin_onboarding(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<PageView>, Failure> {
        Ok(found(PageView { url: ops::begin_onboarding(&app, &auth.0).await? }))
    }

    /// Read your organization's account at the processor again
    #[oai(path = "/v1/payouts/refresh", method = "post", operation_id = "refresh_payouts")]
    async fn refresh_payouts(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<PayoutsView>, Failure> {
        Ok(found(ops::refresh_payouts(&app, &auth.0).await?.into()))
    }

    /// See what your organization has earned
    #[oai(path = "/v1/earnings", method = "get", operation_id = "get_earnings")]
    async fn get_earnings(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<EarningsView>, Failure> {
        Ok(found(ops::earnings(&app, &auth.0).await?.into()))
    }

    /// Your organization's statement
    #[oai(path = "/v1/statements", method = "get", operation_id = "get_statement")]
    async fn get_statement(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// The first day, UTC; a year before the last one when absent.
        from: Query<Option<NaiveDate>>,
        /// The last day, UTC; today when absent.
        to: Query<Option<NaiveDate>>,
    ) -> Result<Found<StatementView>, Failure> {
        Ok(found(ops::statement(&app, &auth.0, from.0, to.0).await?.into()))
    }

    /// Your organization's statement as a file
    #[oai(path = "/v1/statements.csv", method = "get", operation_id = "get_statement_csv")]
    async fn get_statement_csv(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// The first day, UTC; a year before the last one when absent.
        from: Query<Option<NaiveDate>>,
        /// The last day, UTC; today when absent.
        to: Query<Option<NaiveDate>>,
    ) -> Result<CsvReply, Failure> {
        let statement = ops::statement(&app, &auth.0, from.0, to.0).await?;
        let period = statement.period;
        let name = format!("attachment; filename=\"statement-{}-{}.csv\"", period.from, period.to);
        Ok(CsvReply::Ok(PlainText(statement_csv(&statement)), name))
    }
}

//! Billing over HTTP: payments, refunds, payouts and statements under `/v1`, and the two doors
//! through which Stripe's news comes in.

mod approvals;
mod disagreements;
mod endpoints;
mod holdings;
mod hooks;
mod mandates;
mod methods;
mod money;
mod partner_payouts;
mod preview;
mod reconciling;
mod releases;
mod spend;
mod views;
mod webhooks;

pub use hooks::{connect_hook, platform_hook};

use approvals::ApprovalsApi;
use disagreements::DisagreementsApi;
use endpoints::PaymentsApi;
use holdings::HoldingsApi;
use mandates::MandatesApi;
use methods::MethodsApi;
use partner_payouts::PartnerPayoutsApi;
use reconciling::ReconcilingApi;
use spend::SpendApi;
use webhooks::NewsApi;

/// The operations of billing.
pub type BillingApi = (
    PaymentsApi,
    ApprovalsApi,
    DisagreementsApi,
    HoldingsApi,
    MandatesApi,
    MethodsApi,
    NewsApi,
    PartnerPayoutsApi,
    ReconcilingApi,
    SpendApi,
);
pub const BILLING_API: BillingApi = (
    PaymentsApi,
    ApprovalsApi,
    DisagreementsApi,
    HoldingsApi,
    MandatesApi,
    MethodsApi,
    NewsApi,
    PartnerPayoutsApi,
    ReconcilingApi,
    SpendApi,
);

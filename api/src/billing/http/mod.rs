//! Billing over HTTP: payments, refunds, payouts and statements under `/v1`, and the two doors
//! through which Stripe's news comes in.

mod disagreements;
mod endpoints;
mod hooks;
mod money;
mod preview;
mod reconciling;
mod releases;
mod views;

pub use disagreements::DisagreementsApi;
pub use endpoints::BillingApi;
pub use hooks::{connect_hook, platform_hook};
pub use reconciling::ReconcilingApi;

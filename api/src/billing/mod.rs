//! Billing: the customer's money from the card to the payees, and the ledger that says where it is.
//!
//! The customer pays a milestone's price and nothing else; it is held until the work is accepted,
//! then goes to the payees by the shares frozen at signing, or back to the customer, whole. The
//! ledger only grows, balances in every journal, and never lets out what it does not hold: the
//! database refuses the rest. Whatever is asked of Stripe is written down first under a key of its
//! own, and is done once, whatever is lost on the way. Amounts come from Stripe's objects, never
//! from its news.

mod error;
mod http;
mod model;
mod ops;
mod policy;
mod store;

pub use error::BillingError;
pub use http::{BillingApi, connect_hook, platform_hook};
pub use model::{
    Earnings, LineState, Payment, PaymentDeclined, PaymentParked, PaymentState, PayoutAccount,
    PayoutStage, PayoutsReady, Period, Refund, RefundPaid, RefundState, Statement, StatementLine,
    TransferPaid, TransferRefused, TransferState, statement_csv,
};
pub use ops::{
    Finding, LedgerReport, MilestoneMoney, Payouts, SplitLine, begin_onboarding, check_ledger,
    close_payments, earnings, jobs, milestone_money, pay_milestone, payouts, refresh_payouts,
    refund_milestone_money, release_milestone, resolve_lost, see_payment, statement, take_webhook,
};

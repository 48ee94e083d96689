//! Billing: the customer's money from the card to the payees, and the ledger that says where it is.
//!
//! A milestone's price is held until the work is accepted, then goes to the payees by the shares
//! frozen at signing, or back, in whole or in part. The ledger only grows and balances in every
//! journal; the database refuses the rest. What is asked of Stripe is written down first under a
//! key of its own; amounts come from Stripe's objects, never from its news.

mod error;
mod http;
mod model;
mod ops;
mod policy;
mod store;

pub use error::BillingError;
pub use http::{BillingApi, ReconcilingApi, connect_hook, platform_hook};
pub use model::{
    AllocationError, Break, BreakKind, BreakState, BreaksOpened, Dispute, DisputeEnded,
    DisputeOpened, DisputeState, Earnings, InvoiceSettled, InvoiceUnpaid, LineState,
    MoneyDisputeSettled, MoneyDisputed, Part, PartyBalance, PartyLine, PartyStatement, Payment,
    PaymentDeclined, PaymentParked, PaymentState, Payout, PayoutAccount, PayoutFailed, PayoutStage,
    PayoutState, PayoutsReady, Period, Refund, RefundFailed, RefundPaid, RefundState, Release,
    ShareOwed, ShareReleased, Statement, StatementLine, Taken, TakenHow, Told, TransferPaid,
    TransferRefused, TransferState, allocate_part, in_words, party_csv, shares_of_rest,
    shares_released, statement_csv,
};
pub use ops::{
    CHECKPOINT_JOB, Finding, Gets, GivesBack, HOURLY_JOB, LedgerReport, Looked, MilestoneMoney,
    Payouts, Reconciled, Reconciliation, RefundPreview, RefundWish, ReleasePreview, Replay,
    SplitLine, begin_onboarding, check_ledger, close_payments, earnings, explain_at_console,
    explain_break, jobs, list_breaks, list_disputes, list_payouts, milestone_money,
    party_statement, pay_milestone, payouts, preview_refund, preview_release, reconcile,
    reconcile_now, reconciliation, refresh_payouts, refund_milestone_money, release_milestone,
    release_part, replay_webhooks, resolve_at_console, resolve_lost, see_payment, statement,
    take_webhook,
};
pub use store::{InFlight, Run, TrialLine};

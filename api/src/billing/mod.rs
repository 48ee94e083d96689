//! Billing: the customer's money from the card to the payees, and the ledger that says where it is.
//!
//! A milestone's price is held until the work is accepted, then goes to the payees by the shares
//! frozen at signing, or back, in whole or in part. The ledger only grows and balances in every
//! journal; the database refuses the rest. What is asked of Stripe is written down first under a
//! key of its own; amounts come from Stripe's objects, never from its news.

mod engine;
mod error;
mod http;
mod model;
mod ops;
mod policy;
#[cfg(test)]
mod simulator;
mod store;

pub use error::BillingError;
pub use http::{BILLING_API, BillingApi, connect_hook, platform_hook};
pub use model::{
    AllocationError, Break, BreakKind, BreakState, BreaksOpened, Disagreement, DisagreementLine,
    DisagreementMoved, DisagreementState, DisagreementStep, Dispute, DisputeEnded, DisputeOpened,
    DisputeState, Earnings, HoldStep, Holding, HoldingMoved, InvoiceSettled, InvoiceUnpaid,
    KeptMethod, LineState, Mandate, MandateEnd, MandateEnded, MandateGiven, MandateOffer,
    MandateStanding, MethodEnds, MoneyApproval, MoneyApprovalKind, MoneyApprovalMoved,
    MoneyApprovalState, MoneyDisputeSettled, MoneyDisputed, MoneyLimit, MoneyLimitSet, MoneyTerms,
    Part, PartyBalance, PartyLine, PartyStatement, Payment, PaymentDeclined, PaymentMethod,
    PaymentParked, PaymentState, PaymentUnconfirmed, Payout, PayoutAccount, PayoutFailed,
    PayoutStage, PayoutState, PayoutsReady, PayoutsWanted, PaysWeeks, Period, Received, Refund,
    RefundFailed, RefundPaid, RefundState, Release, SeenMandate, ShareOwed, ShareReleased, Spent,
    SpentOn, Split, SplitProposal, SplitState, Statement, StatementLine, Taken, TakenHow, Told,
    TransferPaid, TransferRefused, TransferState, WebhookNews, WebhookState, WebhooksWanted,
    WeekCharged, allocate_part, in_words, party_csv, shares_of_rest, shares_released, spend_csv,
    statement_csv,
};
pub use ops::{
    CHECKPOINT_JOB, Carried, DisagreementView, Finding, Gets, GivesBack, HOLD_JOB, HOURLY_JOB,
    LedgerReport, LimitWish, Looked, MandateView, MilestoneMoney, News, Owed, Payouts, Reconciled,
    Reconciliation, RefundPreview, RefundWish, ReleasePreview, Replay, Spending, SplitLine,
    SplitWish, WeekCharge, accept_split, answer_disagreement, approve_money, ask_for_payouts,
    ask_mediation, begin_onboarding, begin_setup, charge_milestone, charge_saved, charge_week,
    check_ledger, choose_method, close_payments, decide_disagreement, decline_money, earnings,
    end_with_work, explain_at_console, explain_break, file_disagreement, give_mandate,
    holdings_ending, jobs, list_breaks, list_disagreements, list_disputes, list_methods,
    list_money_approvals, list_payouts, list_received, list_webhooks, milestone_money,
    partner_payouts, party_statement, pay_milestone, payout_stages, payouts, preview_refund,
    preview_release, propose_split, receipt_of, reconcile, reconcile_now, reconciliation,
    refresh_payouts, refund_milestone_money, release_milestone, release_part, remove_method,
    replay_webhook, replay_webhooks, resolve_at_console, resolve_lost, see_disagreement,
    see_mandate, see_money_approval, see_money_limits, see_of_milestone, see_payment, see_webhook,
    set_money_limit, spending, statement, stop_mandate, take_webhook, waiting_disagreements,
    waiting_money_approvals, watch_holding, withdraw_disagreement, withdraw_money,
};
pub use store::{InFlight, MoneyFigures, Run, TrialLine, count_parked_news, money_figures};

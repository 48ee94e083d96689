//! What billing does, one file a theme.
//!
//! Whatever reaches Stripe is a call that was written down first; its answer and what follows from
//! it are one transaction. Nothing outside is asked while a transaction is open.

mod approvals;
mod calls;
mod capture;
mod charge;
mod check_ledger;
mod checkpoints;
mod deeds;
mod disagreements;
mod disputes;
mod holding;
mod jobs;
mod look_up;
mod mandates;
mod methods;
mod money;
mod news;
mod partner_payouts;
mod parts;
mod party;
mod pay;
mod payouts;
mod posting;
mod preview;
mod reconciling;
mod recover;
mod refund;
mod refund_wish;
mod release;
mod replay;
mod settle;
mod spend;
mod statement;
mod to_bank;
mod webhooks;

pub use approvals::{
    Carried, LimitWish, approve_money, decline_money, list_money_approvals, see_money_approval,
    see_money_limits, set_money_limit, waiting_money_approvals, withdraw_money,
};
pub use calls::{resolve_at_console, resolve_lost};
pub use charge::{Owed, charge_milestone, charge_saved};
pub use check_ledger::{Finding, LedgerReport, check_ledger};
pub use checkpoints::CHECKPOINT_JOB;
pub use disagreements::{
    DisagreementView, SplitWish, accept_split, answer_disagreement, ask_mediation,
    decide_disagreement, file_disagreement, list_disagreements, propose_split, see_disagreement,
    see_of_milestone, waiting_disagreements, withdraw_disagreement,
};
pub use disputes::list_disputes;
pub use holding::{HOLD_JOB, holdings_ending, list_holdings, watch_holding};
pub use jobs::jobs;
pub use mandates::{
    MandateView, WeekCharge, charge_week, end_with_work, give_mandate, see_mandate, stop_mandate,
};
pub use methods::{begin_setup, choose_method, list_methods, remove_method};
pub use money::{MilestoneMoney, SplitLine, milestone_money, see_payment};
pub use news::{News, list_webhooks, replay_webhook, see_webhook};
pub use partner_payouts::{ask_for_payouts, partner_payouts, payout_stages};
pub use parts::{Gets, ReleasePreview, preview_release, release_part};
pub use party::party_statement;
pub use pay::{close_payments, pay_milestone};
pub use payouts::{Payouts, begin_onboarding, payouts, refresh_payouts};
pub use preview::{GivesBack, RefundPreview, preview_refund};
pub use reconciling::HOURLY_JOB;
pub use reconciling::{
    Looked, Reconciled, Reconciliation, explain_at_console, explain_break, list_breaks, reconcile,
    reconcile_now, reconciliation,
};
pub use refund_wish::{RefundWish, refund_milestone_money};
pub use release::release_milestone;
pub use replay::{Replay, replay_webhooks};
pub use spend::{Spending, list_received, receipt_of, spending};
pub use statement::{earnings, statement};
pub use to_bank::list_payouts;
pub use webhooks::take_webhook;

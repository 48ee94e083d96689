//! Rows of billing's tables, and the one way into the ledger.
//!
//! The ledger is written by `post_journal` only, and never read as a balance that is kept: balances
//! are sums. A milestone's money moves under the row lock of its engagement, taken first.

mod balance_transactions;
mod calls;
mod check;
mod disagreement_lists;
mod disagreements;
mod disputes;
mod figures;
mod holdings;
mod ledger;
mod method_setups;
mod money_approvals;
mod parties;
mod party_lines;
mod payment_methods;
mod payments;
mod payout_accounts;
mod payouts;
pub mod reconciling;
mod recoveries;
mod refunds;
mod releases;
mod reversals;
mod spend;
mod statements;
mod transfers;
mod trial;
mod webhook_lists;
mod webhooks;
mod week_mandates;

pub use balance_transactions::{charge_usable_at, keep_transaction, set_settled};
pub use calls::{
    NewCall, call_by_key, insert_call, known_among, last_call_of, lock_call, set_answered, set_call,
};
pub use check::{Odd, broken, counted, parked_news, unguarded, waiting};
pub use disagreement_lists::{
    decidable_disagreements, list_disagreements, unanswered_disagreements,
};
pub use disagreements::{
    disagreement, disagreement_before, disagreement_of, disagrees_in, insert_disagreement,
    insert_proposal, is_disagreed, proposals_of, set_accepted, set_answer, set_ended, set_heard,
    set_mediation,
};
pub use disputes::{
    bank_decides_in, bank_kept, dispute_called, dispute_of, is_disputed_beside, is_undecided,
    is_with_bank, keep_dispute, list_disputes,
};
pub use figures::{MoneyFigures, count_parked_news, money_figures};
pub use holdings::holdings_ending;
pub use ledger::{checkpoint_balances, post, posted_among};
pub use method_setups::{insert_setup, live_setup, lock_setup, set_setup, setup};
pub use money_approvals::{
    NewMoneyApproval, close_money_approval, insert_money_approval, limit_passed,
    list_money_approvals, lock_money_approval, lock_money_limit, money_approval, money_limits,
    set_money_limit, waiting_money_approvals,
};
pub use parties::{
    email_of, name_and_country, organization_names, organizations_called, person_names,
    vendor_organization, vendors, zone_of,
};
pub use party_lines::{party_before, party_lines};
pub use payment_methods::{
    add_customer, insert_method, kept_methods, lock_customer, lock_method, method, set_customer,
    set_default, set_last_month, set_removed, set_warned,
};
pub use payments::{
    insert_payment, is_begun, is_charging, live_payment, lock_payment, open_payments_of, payment,
    set_checkout, set_payment, set_wait,
};
pub use payout_accounts::{
    add_account, lock_account, payout_account, payout_accounts, ready_accounts, set_account,
};
pub use payouts::{keep_payout, list_payouts, payout_called};
pub use reconciling::Run;
pub use recoveries::{
    insert_nettings, insert_recoveries, lock_debts, make_due, owed_by, owes, recoveries_of,
    void_recoveries,
};
pub use refunds::{insert_refund, lock_refund, refunds_of, set_refund};
pub use releases::{insert_release, releases_of};
pub use reversals::{insert_reversals, lock_reversal, sent_for, set_reversal};
pub use spend::{received, spent, spent_on};
pub use statements::{MoneyRow, Rows, Whole, journals_of, money_rows, parts_of, taken_of, totals};
pub use transfers::{
    insert_transfers, lock_transfer, payee_of, set_transfer, transfers_of, transfers_to_start,
};
pub use trial::{InFlight, TrialLine, in_flight, trial_balance};
pub use webhook_lists::{count_parked, list_webhooks, see_webhook};
pub use webhooks::{
    NewWebhook, Webhook, ended, keep_object, keep_webhook, knows_vendor, news_from, subject_of,
    webhook,
};
pub use week_mandates::{
    end_mandate, end_mandates_of_card, has_mandate, insert_mandate, latest_mandate, lock_mandate,
    weeks_paid_by,
};

use crate::platform::db::schema::{
    balance_transactions as moved, disagreements as of_sides, disputes as of_banks,
    engagements as works, payments as paid, recoveries as owed, reversals as taken,
    transfers as of_shares, week_mandates as of_weeks,
};

diesel::allow_tables_to_appear_in_same_query!(of_sides, works);
diesel::allow_tables_to_appear_in_same_query!(of_weeks, works);
diesel::allow_tables_to_appear_in_same_query!(moved, paid);
diesel::allow_tables_to_appear_in_same_query!(of_banks, of_shares);
diesel::allow_tables_to_appear_in_same_query!(owed, taken);

//! Payments out: charges, transfers and refunds at Stripe, under the installation's one account.
//!
//! Everything that makes or moves something takes the idempotency key of the row that asked for it;
//! nothing here tries twice. An answer that is not a definite no leaves the outcome unknown: whoever
//! asked looks the object up before asking again.

mod ask;
mod objects;
mod saved;
mod signature;
mod stripe;

pub use ask::{Ask, NewAccount, NewCheckout, NewRefund, NewReversal, NewTransfer, Tags};
pub use objects::{
    Account, Balance, BalanceTransaction, Charge, Checkout, Dispute, Expandable, Failure,
    Identified, Intent, Link, Movement, Movements, Named, Payout, Refund, Requirements, Reversal,
    Transfer,
};
pub use saved::{Card, Customer, Detachment, Method, NewCharge, NewCustomer, NewSetup, Setup};
pub use signature::{HookSecrets, SignatureError, check_signature};
pub use stripe::Stripe;

use futures::future::BoxFuture;
use serde_json::Value;

/// What Stripe answered: the parts we read, and the whole as it came.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    pub object: T,
    pub raw: Value,
}

/// A call that did not bring an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A definite no: nothing was made and no money moved.
    #[error("refused with {status} {code}: {message}")]
    Refused { status: u16, code: String, message: String },
    /// Nothing was done this time, for a reason that passes: too many calls, a key still at work, a
    /// secret that is not accepted.
    #[error("not now: {0}")]
    NotNow(String),
    /// It may have been done: no answer, a fault on their side, or an answer that cannot be read.
    #[error("outcome unknown: {0}")]
    Unknown(String),
}

pub type CallResult<T> = std::result::Result<Reply<T>, CallError>;

/// The payment processor.
///
/// `key` is the idempotency key: the same key with the same ask is the same deed, for a day.
pub trait Payments: Send + Sync {
    /// Makes what is asked for and answers its raw object.
    fn ask<'a>(
        &'a self,
        ask: &'a Ask,
        key: &'a str,
    ) -> BoxFuture<'a, std::result::Result<Value, CallError>>;

    /// A page on which the owner of an account gives their details; it works once and for minutes.
    fn account_link<'a>(
        &'a self,
        account: &'a str,
        return_url: &'a str,
        refresh_url: &'a str,
    ) -> BoxFuture<'a, CallResult<Link>>;

    /// Ends an open checkout, so that it cannot be paid any more.
    fn expire_checkout<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Checkout>>;

    fn account<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Account>>;

    /// With its intent, the intent's latest charge and the charge's balance transaction in full.
    fn checkout<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Checkout>>;

    /// With its latest charge in full.
    fn intent<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Intent>>;

    /// Ends an intent that is not paid, so that it never can be.
    fn cancel_intent<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Intent>>;

    fn method<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Method>>;

    /// Every intent of a customer made since a second of 1970's count, latest first, each with its
    /// latest charge.
    fn intents_of<'a>(
        &'a self,
        customer: &'a str,
        second: i64,
    ) -> BoxFuture<'a, std::result::Result<Vec<Reply<Intent>>, CallError>>;

    /// Every customer made since a second of 1970's count, latest first.
    fn customers_since<'a>(
        &'a self,
        second: i64,
    ) -> BoxFuture<'a, std::result::Result<Vec<Reply<Customer>>, CallError>>;

    fn charge<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Charge>>;

    fn refund<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Refund>>;

    /// With every movement of its money in full.
    fn dispute<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Dispute>>;

    fn transfer<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Transfer>>;

    fn balance_transaction<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, CallResult<BalanceTransaction>>;

    /// A page of the movements on an account's balance since a second of 1970's count, latest
    /// first, from after the one that is named; ours, or that of a connected account.
    fn movements<'a>(
        &'a self,
        account: Option<&'a str>,
        second: i64,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, CallResult<Movements>>;

    /// A payout of a connected account to its bank.
    fn payout<'a>(&'a self, account: &'a str, id: &'a str) -> BoxFuture<'a, CallResult<Payout>>;

    /// What we, or a connected account, have there.
    fn balance<'a>(&'a self, account: Option<&'a str>) -> BoxFuture<'a, CallResult<Balance>>;

    /// Every checkout made since a second of 1970's count, latest first.
    fn checkouts_since<'a>(
        &'a self,
        second: i64,
    ) -> BoxFuture<'a, std::result::Result<Vec<Reply<Checkout>>, CallError>>;

    /// Every account made since a second of 1970's count, latest first.
    fn accounts_since<'a>(
        &'a self,
        second: i64,
    ) -> BoxFuture<'a, std::result::Result<Vec<Reply<Account>>, CallError>>;

    /// Every refund of a charge.
    fn refunds_of<'a>(
        &'a self,
        charge: &'a str,
    ) -> BoxFuture<'a, std::result::Result<Vec<Reply<Refund>>, CallError>>;

    /// Every reversal of a transfer.
    fn reversals_of<'a>(
        &'a self,
        transfer: &'a str,
    ) -> BoxFuture<'a, std::result::Result<Vec<Reply<Reversal>>, CallError>>;

    /// Every transfer of a group.
    fn transfers_of<'a>(
        &'a self,
        group: &'a str,
    ) -> BoxFuture<'a, std::result::Result<Vec<Reply<Transfer>>, CallError>>;
}

/// What the installation knows of its own account at the processor.
#[derive(Clone)]
pub struct PaymentsSetup {
    /// Whether real money moves; news of the other mode is refused.
    pub live: bool,
    /// ISO 3166-1 code of the platform account's country; it decides the terms of payees abroad.
    pub country: String,
    /// Secrets that sign news of our own account, and of the connected accounts.
    pub hooks: HookSecrets,
}

impl PaymentsSetup {
    /// `secret_key` tells the mode; it is not kept.
    pub fn new(
        secret_key: &str,
        country: &str,
        hook_secrets: &[String],
        connect_hook_secrets: &[String],
    ) -> Self {
        Self {
            live: ["sk_live_", "rk_live_"].iter().any(|mode| secret_key.starts_with(mode)),
            country: country.to_owned(),
            hooks: HookSecrets::new(hook_secrets, connect_hook_secrets),
        }
    }
}

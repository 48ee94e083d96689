//! The few fields we read of Stripe's objects. Whatever else is there is ignored, so that an added
//! field never breaks us; the whole object is kept beside it.

use super::ask::Tags;
use super::saved::{Method, Setup};
use crate::kernel::money::{Currency, Money};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// A connected account.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    pub id: String,
    pub country: Option<String>,
    #[serde(default)]
    pub details_submitted: bool,
    #[serde(default)]
    capabilities: Capabilities,
    #[serde(default)]
    pub requirements: Requirements,
    #[serde(default)]
    pub metadata: Tags,
}

impl Account {
    /// Whether transfers to it go through now.
    pub fn transfers_active(&self) -> bool {
        self.capabilities.transfers.as_deref() == Some("active")
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Capabilities {
    transfers: Option<String>,
}

/// What is still wanted of an account's owner.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Requirements {
    #[serde(default)]
    pub currently_due: Vec<String>,
    pub disabled_reason: Option<String>,
}

/// A page to send somebody to.
#[derive(Debug, Clone, Deserialize)]
pub struct Link {
    pub url: String,
}

/// A checkout session.
#[derive(Debug, Clone, Deserialize)]
pub struct Checkout {
    pub id: String,
    /// `open`, `complete` or `expired`.
    pub status: Option<String>,
    pub url: Option<String>,
    /// Seconds since 1970.
    pub expires_at: i64,
    pub payment_intent: Option<Expandable<Intent>>,
    /// Of a page on which a card is kept and nothing is paid.
    pub setup_intent: Option<Expandable<Setup>>,
    #[serde(default)]
    pub metadata: Tags,
}

/// A payment intent.
#[derive(Debug, Clone, Deserialize)]
pub struct Intent {
    pub id: String,
    pub status: String,
    pub amount: i64,
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    pub payment_method: Option<Expandable<Method>>,
    pub latest_charge: Option<Expandable<Charge>>,
    pub last_payment_error: Option<Failure>,
    #[serde(default)]
    pub metadata: Tags,
}

/// Why a card was declined, in words for the payer.
#[derive(Debug, Clone, Deserialize)]
pub struct Failure {
    pub code: Option<String>,
    /// The bank's reason, where it gave one.
    pub decline_code: Option<String>,
    pub message: Option<String>,
}

/// A charge.
#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    pub id: String,
    pub amount_captured: i64,
    /// What of it went back.
    #[serde(default)]
    pub amount_refunded: i64,
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// Seconds since 1970.
    pub created: i64,
    pub status: String,
    pub payment_intent: Option<Expandable<Named>>,
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    pub receipt_url: Option<String>,
    #[serde(default)]
    pub metadata: Tags,
}

impl Charge {
    /// Absent for a time that no calendar has.
    pub const fn created_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.created, 0)
    }

    pub fn captured(&self) -> Money {
        Money::new(self.amount_captured, self.currency)
    }
}

/// A refund.
#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    pub id: String,
    pub amount: i64,
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    pub charge: Option<Expandable<Named>>,
    /// `pending`, `requires_action`, `succeeded`, `failed` or `canceled`.
    pub status: Option<String>,
    pub failure_reason: Option<String>,
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// What brought the money back when the card did not take it.
    pub failure_balance_transaction: Option<Expandable<BalanceTransaction>>,
    #[serde(default)]
    pub metadata: Tags,
}

/// A payment that its payer's bank disputes.
#[derive(Debug, Clone, Deserialize)]
pub struct Dispute {
    pub id: String,
    pub amount: i64,
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    pub charge: Expandable<Named>,
    /// Seconds since 1970.
    pub created: i64,
    pub reason: String,
    /// `needs_response`, `under_review`, `won`, `lost`, `prevented`, or `warning_..` of an inquiry.
    pub status: String,
    /// Money that left, and money that came back.
    pub balance_transactions: Vec<BalanceTransaction>,
    pub evidence_details: Option<EvidenceDetails>,
}

/// What the bank wants to hear.
#[derive(Debug, Clone, Deserialize)]
pub struct EvidenceDetails {
    /// Seconds since 1970.
    pub due_by: Option<i64>,
}

/// A transfer to a connected account.
#[derive(Debug, Clone, Deserialize)]
pub struct Transfer {
    pub id: String,
    pub amount: i64,
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// What of it was taken back.
    #[serde(default)]
    pub amount_reversed: i64,
    pub destination: Option<Expandable<Named>>,
    /// The charge that it takes its money from.
    pub source_transaction: Option<Expandable<Named>>,
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    #[serde(default)]
    pub metadata: Tags,
}

/// A transfer, or a part of it, taken back from the connected account.
#[derive(Debug, Clone, Deserialize)]
pub struct Reversal {
    pub id: String,
    pub amount: i64,
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// Null where nothing was marked.
    pub metadata: Option<Tags>,
}

/// One movement of money on the platform's balance.
#[derive(Debug, Clone, Deserialize)]
pub struct BalanceTransaction {
    pub id: String,
    /// Before the fee; negative where money leaves.
    pub amount: i64,
    pub fee: i64,
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// Seconds since 1970.
    pub available_on: i64,
    /// `pending` or `available`.
    pub status: String,
    /// The charge, transfer or refund behind it.
    pub source: Option<Expandable<Named>>,
}

impl BalanceTransaction {
    pub fn is_available(&self) -> bool {
        self.status == "available"
    }
}

/// One movement on an account's balance as a list shows it: whatever its kind and currency.
#[derive(Debug, Clone, Deserialize)]
pub struct Movement {
    pub id: String,
    /// Before the fee; negative where money leaves.
    pub amount: i64,
    pub fee: i64,
    pub net: i64,
    /// Three letters in lower case, of any currency there is.
    pub currency: String,
    /// What kind of movement: `charge`, `transfer`, `adjustment` and some fifty others.
    #[serde(rename = "type")]
    pub kind: String,
    /// Seconds since 1970.
    pub created: i64,
    pub available_on: i64,
    pub status: String,
    /// There when it came in another currency.
    pub exchange_rate: Option<Value>,
    source: Option<Expandable<Named>>,
}

impl Movement {
    /// The object behind it.
    pub fn source(&self) -> Option<&str> {
        self.source.as_ref().map(Expandable::id)
    }
}

/// A page of movements, latest first.
#[derive(Debug, Clone, Deserialize)]
pub struct Movements {
    #[serde(rename = "data")]
    pub items: Vec<Movement>,
    /// Whether there are earlier ones.
    pub has_more: bool,
}

/// Money on its way from an account to its bank.
#[derive(Debug, Clone, Deserialize)]
pub struct Payout {
    pub id: String,
    /// In the currency's smallest unit.
    pub amount: i64,
    /// Three letters in lower case, of any currency there is.
    pub currency: String,
    /// `pending`, `in_transit`, `paid`, `canceled` or `failed`; it may fail after it was paid.
    pub status: String,
    /// Seconds since 1970.
    pub arrival_date: i64,
    pub created: i64,
    pub failure_code: Option<String>,
}

/// What an account has at the processor.
#[derive(Debug, Clone, Deserialize)]
pub struct Balance {
    available: Vec<Held>,
    pending: Vec<Held>,
}

#[derive(Debug, Clone, Deserialize)]
struct Held {
    amount: i64,
    currency: String,
}

impl Balance {
    /// What can be used now and what will be, together, by currency in lower case.
    pub fn total(&self) -> BTreeMap<&str, i64> {
        let mut total = BTreeMap::new();
        for held in self.available.iter().chain(&self.pending) {
            *total.entry(held.currency.as_str()).or_insert(0) += held.amount;
        }
        total
    }
}

/// An object of which only the id is of interest.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub id: String,
}

/// An object or its id, as Stripe shows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

impl<T: Identified> Expandable<T> {
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }

    /// The object, when it was shown in full.
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

/// An object of Stripe's with an id.
pub trait Identified {
    fn id(&self) -> &str;
}

macro_rules! identified {
    ($($kind:ident),+) => {$(
        impl Identified for $kind {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )+};
}

identified!(Account, Checkout, Intent, Charge, Refund, Transfer, BalanceTransaction, Named);

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
    let code = String::deserialize(deserializer)?;
    Currency::parse(&code).ok_or_else(|| serde::de::Error::custom("a currency we do not know"))
}

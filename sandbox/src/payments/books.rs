//! The books: every movement of money on every account, and the balance kept beside them.
//!
//! A movement is never changed or taken away; only its status goes from pending to available.
//! The balances are kept incrementally and never recomputed here: the audit recomputes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{currency, state::State, table::Table};

/// All movements by id, and all balances by account and currency.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Books {
    pub movements: Table<Movement>,
    pub balances: Balances,
}

/// Minor units of one currency on one account. Either may be below zero on the platform's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Balance {
    pub available: i64,
    pub pending: i64,
}

/// One balance transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Movement {
    pub id: String,
    /// The account whose balance it changes.
    pub owner: String,
    pub kind: Kind,
    /// The charge, refund, dispute, transfer, reversal or payout behind it.
    pub source: String,
    /// What the balance gains, before the fee; negative where it loses.
    pub amount: i64,
    pub fee: i64,
    pub currency: String,
    pub description: Option<String>,
    pub created: i64,
    pub available_on: i64,
    pub available: bool,
}

/// What kind of movement: Stripe's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A correction of the processor's.
    Adjustment,
    Charge,
    /// What a payer's bank takes back, and what it returns.
    Dispute,
    DisputeReversal,
    /// A transfer as its destination sees it.
    Payment,
    PaymentRefund,
    Payout,
    /// A payout that the bank sent back.
    PayoutFailure,
    Refund,
    Topup,
    /// A refund that the card did not take comes back.
    RefundFailure,
    Transfer,
    TransferRefund,
}

/// What to book; the rest of the movement follows from the moment.
pub(super) struct Entry<'a> {
    pub owner: &'a str,
    pub kind: Kind,
    pub source: &'a str,
    pub amount: i64,
    pub currency: &'a str,
    /// The second from which the money can be used; one that has passed means at once.
    pub available_on: i64,
}

impl Movement {
    /// What the balance changes by.
    pub(super) fn net(&self) -> i64 {
        self.amount - self.fee
    }
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Adjustment | Self::Dispute | Self::DisputeReversal => "adjustment",
            Self::Payment => "payment",
            Self::PaymentRefund => "payment_refund",
            Self::Payout => "payout",
            Self::PayoutFailure => "payout_failure",
            Self::Refund => "refund",
            Self::Topup => "topup",
            Self::RefundFailure => "refund_failure",
            Self::Transfer => "transfer",
            Self::TransferRefund => "transfer_refund",
        }
    }

    fn fee_name(self) -> &'static str {
        if self == Self::Dispute { "Dispute fee" } else { "Processing fee" }
    }

    /// The coarser word that Stripe's reports use.
    fn category(self) -> &'static str {
        match self {
            Self::Charge | Self::Payment => "charge",
            Self::Adjustment => "other_adjustment",
            Self::Dispute => "dispute",
            Self::DisputeReversal => "dispute_reversal",
            Self::Refund | Self::PaymentRefund => "refund",
            Self::RefundFailure => "refund_failure",
            Self::Payout => "payout",
            Self::PayoutFailure => "payout_reversal",
            Self::Topup => "topup",
            Self::Transfer => "transfer",
            Self::TransferRefund => "transfer_reversal",
        }
    }
}

impl Books {
    /// The balance of an account in a currency; zero where nothing ever moved.
    pub(super) fn balance(&self, owner: &str, currency: &str) -> Balance {
        let balances = self.balances.get(owner);
        balances.and_then(|all| all.get(currency)).copied().unwrap_or_default()
    }

    /// Whether pending money has become available by `now`.
    pub(super) fn is_due(&self, now: i64) -> bool {
        self.movements.values().any(|movement| !movement.available && movement.available_on <= now)
    }

    /// Makes pending money available whose time has come.
    pub(super) fn mature(&mut self, now: i64) {
        let due = |movement: &Movement| !movement.available && movement.available_on <= now;
        let balances = &mut self.balances;
        self.movements.change_where(due, |movement| {
            movement.available = true;
            change_balance(balances, movement, |balance, net| {
                balance.pending -= net;
                balance.available += net;
            });
        });
    }

    /// Brings forward to `now` the day of all money that is pending.
    pub(super) fn hasten(&mut self, now: i64) {
        let pending = |movement: &Movement| !movement.available;
        self.movements.change_where(pending, |movement| {
            movement.available_on = movement.available_on.min(now);
        });
        self.mature(now);
    }

    fn book(&mut self, movement: Movement) {
        change_balance(&mut self.balances, &movement, |balance, net| match movement.available {
            true => balance.available += net,
            false => balance.pending += net,
        });
        self.movements.insert(movement.id.clone(), movement);
    }
}

type Balances = Table<BTreeMap<String, Balance>>;

fn change_balance(all: &mut Balances, by: &Movement, change: impl FnOnce(&mut Balance, i64)) {
    if !all.contains_key(&by.owner) {
        all.insert(by.owner.clone(), BTreeMap::new());
    }
    if let Some(balances) = all.get_mut(&by.owner) {
        change(balances.entry(by.currency.clone()).or_default(), by.net());
    }
}

impl State {
    /// Books one movement and answers with its id. Only charges and disputes bear a fee.
    pub(super) fn post(&mut self, entry: &Entry<'_>) -> String {
        let id = self.mint("txn");
        let fee = match entry.kind {
            Kind::Charge => currency::processing_fee(entry.amount, entry.currency),
            Kind::Dispute => currency::dispute_fee(entry.currency),
            _ => 0,
        };
        let available = entry.available_on <= self.now();
        self.books.book(Movement {
            id: id.clone(),
            owner: entry.owner.to_owned(),
            kind: entry.kind,
            source: entry.source.to_owned(),
            amount: entry.amount,
            fee,
            currency: entry.currency.to_owned(),
            description: None,
            created: self.now(),
            available_on: entry.available_on.max(self.now()),
            available,
        });
        id
    }
}

/// A movement as a balance transaction.
pub(super) fn render(movement: &Movement) -> Value {
    let fee_details = match movement.fee {
        0 => json!([]),
        fee => json!([{
            "amount": fee,
            "application": null,
            "currency": movement.currency,
            "description": movement.kind.fee_name(),
            "type": "stripe_fee",
        }]),
    };
    json!({
        "id": movement.id,
        "object": "balance_transaction",
        "amount": movement.amount,
        "available_on": movement.available_on,
        "balance_type": "payments",
        "created": movement.created,
        "currency": movement.currency,
        "description": movement.description,
        "exchange_rate": null,
        "fee": movement.fee,
        "fee_details": fee_details,
        "net": movement.net(),
        "reporting_category": movement.kind.category(),
        // A correction has nothing behind it.
        "source": (movement.kind != Kind::Adjustment).then_some(&movement.source),
        "status": if movement.available { "available" } else { "pending" },
        "type": movement.kind.as_str(),
    })
}

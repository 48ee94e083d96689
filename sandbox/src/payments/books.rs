//! The books: every movement of money on every account, and the balance kept beside them.
//!
//! A movement is never changed or taken away; only its status goes from pending to available.
//! The balances are kept incrementally and never recomputed here: the audit recomputes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{currency, state::State};

/// All movements by id, and all balances by account and currency.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Books {
    pub movements: BTreeMap<String, Movement>,
    pub balances: BTreeMap<String, BTreeMap<String, Balance>>,
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
    /// The charge, refund, transfer, reversal or payout behind it.
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
    Charge,
    /// A transfer as its destination sees it.
    Payment,
    PaymentRefund,
    Payout,
    Refund,
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
            Self::Payment => "payment",
            Self::PaymentRefund => "payment_refund",
            Self::Payout => "payout",
            Self::Refund => "refund",
            Self::Transfer => "transfer",
            Self::TransferRefund => "transfer_refund",
        }
    }

    /// The coarser word that Stripe's reports use.
    fn category(self) -> &'static str {
        match self {
            Self::Charge | Self::Payment => "charge",
            Self::Refund | Self::PaymentRefund => "refund",
            Self::Payout => "payout",
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
        let due = |movement: &&mut Movement| !movement.available && movement.available_on <= now;
        for movement in self.movements.values_mut().filter(due) {
            movement.available = true;
            let balances = self.balances.entry(movement.owner.clone()).or_default();
            let balance = balances.entry(movement.currency.clone()).or_default();
            balance.pending -= movement.net();
            balance.available += movement.net();
        }
    }

    /// Brings forward to `now` the day of all money that is pending.
    pub(super) fn hasten(&mut self, now: i64) {
        for movement in self.movements.values_mut() {
            movement.available_on = movement.available_on.min(now);
        }
        self.mature(now);
    }

    fn book(&mut self, movement: Movement) {
        let balances = self.balances.entry(movement.owner.clone()).or_default();
        let balance = balances.entry(movement.currency.clone()).or_default();
        if movement.available {
            balance.available += movement.net();
        } else {
            balance.pending += movement.net();
        }
        self.movements.insert(movement.id.clone(), movement);
    }
}

impl State {
    /// Books one movement and answers with its id. Only charges bear a fee.
    pub(super) fn post(&mut self, entry: &Entry<'_>) -> String {
        let id = self.mint("txn");
        let fee = match entry.kind {
            Kind::Charge => currency::processing_fee(entry.amount, entry.currency),
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
            "description": "Processing fee",
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
        "source": movement.source,
        "status": if movement.available { "available" } else { "pending" },
        "type": movement.kind.as_str(),
    })
}

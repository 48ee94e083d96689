//! Stripe as it behaves: charges with their fees, money that can be used later, transfers,
//! reversals, refunds and disputes; keys that replay their answer for a day, faults too.

use super::random::Random;
use crate::kernel::id::OrganizationId;
use crate::kernel::money::Currency;
use crate::outside::payments::{
    Ask, CallError, NewCharge, NewRefund, NewReversal, NewTransfer, Tags,
};
use chrono::{DateTime, Duration, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is kept for a key: the answer, or that it ended in a fault whatever it did.
pub type Answer = Result<Value, CallError>;

#[derive(Debug, Clone)]
pub struct Charge {
    pub id: String,
    pub intent: String,
    pub customer: String,
    pub amount: i64,
    pub refunded: i64,
    pub currency: Currency,
    pub created: i64,
    pub succeeded: bool,
    /// Absent for up to an hour.
    pub moved: Option<String>,
    pub moves_at: DateTime<Utc>,
    /// Whether a bank has it, or keeps it.
    pub disputed: bool,
    pub tags: Tags,
}

#[derive(Debug, Clone)]
pub struct Transfer {
    pub id: String,
    pub amount: i64,
    pub reversed: i64,
    pub currency: Currency,
    pub to: String,
    pub charge: Option<String>,
    pub group: String,
    pub moved: String,
    pub tags: Tags,
}

#[derive(Debug, Clone)]
pub struct Refund {
    pub id: String,
    pub amount: i64,
    pub currency: Currency,
    pub charge: String,
    pub status: &'static str,
    pub moved: Option<String>,
    pub came_back: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone)]
pub struct Reversal {
    pub id: String,
    pub transfer: String,
    pub amount: i64,
    pub currency: Currency,
    pub moved: String,
    pub tags: Tags,
}

#[derive(Debug, Clone)]
pub struct Dispute {
    pub id: String,
    pub charge: String,
    pub amount: i64,
    pub currency: Currency,
    pub created: i64,
    pub status: &'static str,
    pub moved: Vec<String>,
}

/// A movement on the platform's balance.
#[derive(Debug, Clone)]
pub struct Move {
    pub id: String,
    pub amount: i64,
    pub fee: i64,
    pub currency: Currency,
    pub available_on: DateTime<Utc>,
    pub source: String,
}

/// What news is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    Charge(String),
    Refund(String),
    Transfer(String),
    Dispute(String),
    Account(OrganizationId),
}

#[derive(Debug, Clone)]
pub struct News {
    pub event: String,
    pub about: About,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Default)]
pub struct Stripe {
    pub now: DateTime<Utc>,
    pub charges: BTreeMap<String, Charge>,
    pub transfers: BTreeMap<String, Transfer>,
    pub refunds: BTreeMap<String, Refund>,
    pub reversals: BTreeMap<String, Reversal>,
    pub disputes: BTreeMap<String, Dispute>,
    pub moves: BTreeMap<String, Move>,
    /// What connected accounts have, and whether they can be paid.
    pub accounts: BTreeMap<(String, Currency), i64>,
    pub ready: BTreeMap<String, bool>,
    pub news: Vec<News>,
    /// Requests that arrive later than whoever sent them waited.
    pub late: Vec<(DateTime<Utc>, Ask, String)>,
    /// How often it refuses or delays what it may: nothing of that once all comes to rest.
    pub calm: bool,
    keys: BTreeMap<String, (DateTime<Utc>, Ask, Answer)>,
    last: u64,
}

/// How long a key is remembered.
const REMEMBERED: Duration = Duration::hours(24);

impl Stripe {
    pub fn name(&mut self, kind: &str) -> String {
        self.last += 1;
        format!("{kind}_{:05}", self.last)
    }

    /// Asks under a key, as over the wire: the same key with the same words has the same answer.
    pub fn ask(&mut self, ask: &Ask, key: &str, random: &mut Random) -> Answer {
        if let Some((at, asked, answer)) = self.keys.get(key)
            && self.now - *at < REMEMBERED
        {
            let other = refused(400, "idempotency_error");
            return if asked == ask { answer.clone() } else { other };
        }
        let answer = self.perform(ask, random);
        self.keys.insert(key.to_owned(), (self.now, ask.clone(), answer.clone()));
        answer
    }

    /// Keeps a fault as the answer of a key, whatever was done.
    pub fn spoil(&mut self, ask: &Ask, key: &str) {
        let at = self.keys.get(key).map_or(self.now, |(at, ..)| *at);
        let fault = Err(CallError::Unknown("500".to_owned()));
        self.keys.insert(key.to_owned(), (at, ask.clone(), fault));
    }

    fn perform(&mut self, ask: &Ask, random: &mut Random) -> Answer {
        match ask {
            Ask::ChargeSaved(new) => self.charge(new, random),
            Ask::CreateTransfer(new) => self.transfer(new, random),
            Ask::CreateRefund(new) => self.refund(new, random),
            Ask::CreateReversal(new) => self.reverse(new),
            _ => refused(400, "not_simulated"),
        }
    }

    fn charge(&mut self, new: &NewCharge, random: &mut Random) -> Answer {
        let succeeded = self.calm || !random.percent(8);
        let (id, intent) = (self.name("ch"), self.name("pi"));
        let later = if random.percent(30) { random.between(1, 3600) } else { 0 };
        let charge = Charge {
            id: id.clone(),
            intent: intent.clone(),
            customer: new.customer.clone(),
            amount: new.amount.minor(),
            refunded: 0,
            currency: new.amount.currency(),
            created: self.now.timestamp(),
            succeeded,
            moved: None,
            moves_at: self.now + Duration::seconds(later),
            disputed: false,
            tags: new.tags.clone(),
        };
        self.charges.insert(intent.clone(), charge);
        self.settle_charges(random);
        self.tell(About::Charge(intent.clone()), random);
        if succeeded { Ok(self.intent_json(&intent)) } else { refused(402, "card_declined") }
    }

    /// Charges whose movement is there by now.
    fn settle_charges(&mut self, random: &mut Random) {
        let due = |one: &&Charge| one.succeeded && one.moved.is_none() && one.moves_at <= self.now;
        let due: Vec<Charge> = self.charges.values().filter(due).cloned().collect();
        for Charge { intent, id, amount, currency, .. } in due {
            let fee = amount * 29 / 1000 + 1;
            let moved = self.moves((amount, fee), currency, &id, random.between(0, 48));
            self.charges.get_mut(&intent).unwrap().moved = Some(moved);
            self.tell(About::Charge(intent), random);
        }
    }

    pub fn moves(
        &mut self,
        (amount, fee): (i64, i64),
        currency: Currency,
        source: &str,
        hours: i64,
    ) -> String {
        let (id, source) = (self.name("txn"), source.to_owned());
        let available_on = self.now + Duration::hours(hours);
        let one = Move { id: id.clone(), amount, fee, currency, available_on, source };
        self.moves.insert(id.clone(), one);
        id
    }

    fn transfer(&mut self, new: &NewTransfer, random: &mut Random) -> Answer {
        let account = (new.destination.clone(), new.amount.currency());
        if !self.ready.get(&account.0).copied().unwrap_or_default()
            || (!self.calm && random.percent(4))
        {
            return refused(400, "insufficient_capabilities_for_transfer");
        }
        if let Some(source) = &new.source_charge {
            self.has_left(source, new.amount.minor())?;
        }
        let id = self.name("tr");
        let minor = new.amount.minor();
        let moved = self.moves((-minor, 0), account.1, &id, random.between(0, 2));
        *self.accounts.entry(account.clone()).or_default() += minor;
        let one = Transfer {
            id: id.clone(),
            amount: minor,
            reversed: 0,
            currency: account.1,
            to: account.0,
            charge: new.source_charge.clone(),
            group: new.transfer_group.clone(),
            moved,
            tags: new.tags.clone(),
        };
        self.transfers.insert(id.clone(), one);
        self.tell(About::Transfer(id.clone()), random);
        Ok(self.transfer_json(&self.transfers[&id]))
    }

    /// A charge gives no more than was paid, without what went back to the card.
    fn has_left(&self, source: &str, minor: i64) -> Result<(), CallError> {
        let of = self.charges.values().find(|one| one.id == source && one.succeeded);
        let charge = of.ok_or_else(|| no(404, "missing"))?;
        let same = self.transfers.values().filter(|one| one.charge.as_deref() == Some(source));
        let gone: i64 = same.map(|one| one.amount - one.reversed).sum();
        match gone + minor <= charge.amount - charge.refunded {
            true => Ok(()),
            false => Err(no(400, EXCEEDS)),
        }
    }

    fn refund(&mut self, new: &NewRefund, random: &mut Random) -> Answer {
        let minor = new.amount.minor();
        let of = self.charges.values_mut().find(|one| one.id == new.charge && one.succeeded);
        let Some(charge) = of else { return refused(404, "missing") };
        if charge.disputed {
            return refused(400, "charge_disputed");
        }
        if charge.refunded + minor > charge.amount {
            return refused(400, "charge_already_refunded");
        }
        charge.refunded += minor;
        let id = self.name("re");
        let (status, moved) = match random.below(100) {
            0..=9 if !self.calm => ("pending", None),
            10..=13 if !self.calm => ("failed", None),
            _ => {
                let hours = random.between(0, 2);
                ("succeeded", Some(self.moves((-minor, 0), new.amount.currency(), &id, hours)))
            }
        };
        let one = Refund {
            id: id.clone(),
            amount: minor,
            currency: new.amount.currency(),
            charge: new.charge.clone(),
            status,
            moved,
            came_back: None,
            tags: new.tags.clone(),
        };
        if status == "failed" {
            self.unrefund(&new.charge, minor);
        }
        self.refunds.insert(id.clone(), one);
        self.tell(About::Refund(id.clone()), random);
        Ok(self.refund_json(&self.refunds[&id]))
    }

    pub fn unrefund(&mut self, charge: &str, minor: i64) {
        let of = self.charges.values_mut().find(|one| one.id == charge);
        of.into_iter().for_each(|one| one.refunded -= minor);
    }

    fn reverse(&mut self, new: &NewReversal) -> Answer {
        let minor = new.amount.minor();
        let Some(from) = self.transfers.get_mut(&new.transfer) else {
            return refused(404, "missing");
        };
        if from.reversed + minor > from.amount {
            return refused(400, "transfer_already_reversed");
        }
        let account = self.accounts.entry((from.to.clone(), from.currency)).or_default();
        if *account < minor {
            return refused(400, "balance_insufficient");
        }
        *account -= minor;
        from.reversed += minor;
        let currency = from.currency;
        let id = self.name("trr");
        let moved = self.moves((minor, 0), currency, &id, 0);
        let (transfer, tags) = (new.transfer.clone(), new.tags.clone());
        let one = Reversal { id: id.clone(), transfer, amount: minor, currency, moved, tags };
        self.reversals.insert(id.clone(), one);
        Ok(self.reversal_json(&self.reversals[&id]))
    }

    /// News is on its way: once or more, soon or late.
    pub fn tell(&mut self, about: About, random: &mut Random) {
        let event = self.name("evt");
        for _ in 0..if random.percent(25) { 2 } else { 1 } {
            let longest = match random.below(10) {
                0 => 90_000,
                1..=4 => 1800,
                _ => 20,
            };
            let at = self.now + Duration::seconds(random.below(longest));
            self.news.push(News { event: event.clone(), about: about.clone(), at });
        }
    }

    /// What time brings by itself.
    pub fn tick(&mut self, now: DateTime<Utc>, random: &mut Random) {
        let (due, rest) = self.late.drain(..).partition(|(at, ..)| *at <= now);
        self.late = rest;
        let due: Vec<(DateTime<Utc>, Ask, String)> = due;
        for (at, ask, key) in due {
            // It arrives at its own time, when the key is remembered; whoever asked is gone.
            self.now = at;
            drop(self.ask(&ask, &key, random));
        }
        self.now = now;
        self.settle_charges(random);
    }
}

/// Refuses a transfer that its charge has too little left for.
pub const EXCEEDS: &str = "transfer_exceeds_charge";

pub fn refused(status: u16, code: &str) -> Answer {
    Err(no(status, code))
}

fn no(status: u16, code: &str) -> CallError {
    CallError::Refused { status, code: code.to_owned(), message: code.to_owned() }
}

//! What Stripe says held against what the books say: which journal is of which movement, what
//! differs, and what became of a difference. Pure.

use crate::kernel::id::{BreakId, JournalId, MilestoneId, VendorId};
use crate::kernel::money::{Currency, Money};
use crate::text_enum;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// A movement on the operator's balance as Stripe lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtStripe {
    pub id: String,
    /// Stripe's word for it.
    pub kind: String,
    pub source: Option<String>,
    /// In capitals; it may be one that the books do not have.
    pub currency: String,
    pub amount: i64,
    pub fee: i64,
    pub net: i64,
    pub happened_at: DateTime<Utc>,
    /// Whose it is, once that is known.
    pub program: Option<VendorId>,
    pub looked_up_at: Option<DateTime<Utc>>,
}

/// What a journal says that the balance gained or lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub journal: JournalId,
    pub event_key: String,
    pub currency: Currency,
    pub moved: i64,
    pub transaction: Option<String>,
    pub source: Option<String>,
    pub posted_at: DateTime<Utc>,
}

/// All that the books say of one movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    pub moved: i64,
    pub fee: i64,
    pub milestone: Option<MilestoneId>,
    pub last_posted_at: DateTime<Utc>,
}

/// Which movement each journal is of: the one that it names, else the one of the object that it
/// names and in its direction. A journal that fits none is left out.
pub fn assign(postings: &[Posting], movements: &[AtStripe]) -> Vec<(JournalId, Currency, String)> {
    let by_id: HashMap<&str, &AtStripe> = movements.iter().map(|m| (m.id.as_str(), m)).collect();
    let mut by_source: HashMap<(&str, i64), &AtStripe> = HashMap::new();
    for movement in movements {
        let Some(source) = movement.source.as_deref() else { continue };
        let first = by_source.entry((source, movement.amount.signum())).or_insert(movement);
        if movement.id < first.id {
            *first = movement;
        }
    }
    let movement = |posting: &Posting| match (&posting.transaction, &posting.source) {
        (Some(id), _) => by_id.get(id.as_str()).copied(),
        (None, Some(source)) => by_source.get(&(source.as_str(), posting.moved.signum())).copied(),
        (None, None) => None,
    };
    let fits = |posting: &Posting| {
        let found = movement(posting)?;
        (found.currency == posting.currency.code())
            .then(|| (posting.journal, posting.currency, found.id.clone()))
    };
    postings.iter().filter_map(fits).collect()
}

text_enum! {
    /// What differs.
    pub enum BreakKind {
        /// Stripe moved money that no journal knows.
        NotInBooks = "not_in_books",
        /// The same, and of a kind that this program has never heard of.
        TypeUnknown = "type_unknown",
        /// Stripe moved another amount than was booked.
        AmountDiffers = "amount_differs",
        /// A journal says that money moved at Stripe, and Stripe does not know.
        NotAtStripe = "not_at_stripe",
        /// Stripe has another balance than its movements and the books add up to.
        BalanceDiffers = "balance_differs",
        /// A payee's account got another amount than was sent to it.
        AccountDiffers = "account_differs",
        /// Something was asked of Stripe a while ago, and nobody knows whether it was done.
        CallUnknown = "call_unknown",
        /// Money left one place and did not arrive at the other for a day.
        InFlight = "in_flight",
        /// Money is held for so long that Stripe may want it gone.
        HeldLong = "held_long",
    }
}

text_enum! {
    /// What became of a difference.
    pub enum BreakState {
        /// Seen, and young enough to be on its way still.
        Watched = "watched",
        Open = "open",
        /// A person said why.
        Explained = "explained",
        /// A later look did not see it any more.
        Closed = "closed",
    }
}

impl BreakKind {
    /// How long such a difference may be on its way.
    const fn grace(self) -> TimeDelta {
        match self {
            Self::NotInBooks | Self::TypeUnknown | Self::AmountDiffers => TimeDelta::minutes(15),
            // The movement behind a charge may come an hour after it.
            Self::NotAtStripe => TimeDelta::hours(2),
            Self::BalanceDiffers | Self::AccountDiffers => TimeDelta::minutes(30),
            Self::CallUnknown | Self::InFlight | Self::HeldLong => TimeDelta::zero(),
        }
    }

    /// Whether it is told before money is lost, not after.
    pub const fn is_warning(self) -> bool {
        matches!(self, Self::HeldLong)
    }
}

/// A difference as one look sees it. Kind and subject are its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub kind: BreakKind,
    pub subject: String,
    pub stripe: Option<String>,
    pub journal: Option<JournalId>,
    /// Empty where no amount is at stake.
    pub currency: String,
    /// By the books.
    pub expected: Option<i64>,
    /// By Stripe.
    pub seen: Option<i64>,
    pub detail: String,
    /// Since when it can be seen; absent where only the looks tell.
    pub since: Option<DateTime<Utc>>,
}

/// A difference as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    pub id: BreakId,
    pub kind: BreakKind,
    pub subject: String,
    pub stripe: Option<String>,
    pub journal: Option<JournalId>,
    pub currency: String,
    pub expected: Option<i64>,
    pub seen: Option<i64>,
    pub detail: String,
    pub state: BreakState,
    pub first_seen_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub opened_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    /// The name of whoever explained it.
    pub explained_by: Option<String>,
    /// The event key of the journal that settled it.
    pub correction: Option<String>,
}

impl Break {
    /// What counts against a limit of one person; absent where no amount differs, or one in a
    /// currency that has no books here.
    pub fn differs_by(&self) -> Option<Money> {
        let currency = Currency::parse(&self.currency)?;
        let (seen, expected) = (self.seen.unwrap_or(0), self.expected.unwrap_or(0));
        let minor = seen.saturating_sub(expected).saturating_abs();
        (minor > 0 && !self.kind.is_warning()).then(|| Money::new(minor, currency))
    }
}

/// What a look means for the differences that are kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decided<'a> {
    /// New ones, and whether each is told.
    pub new: Vec<(&'a Difference, BreakState)>,
    /// Known ones as they are now, and whether each is told from now on.
    pub still: Vec<(BreakId, &'a Difference, bool)>,
    /// Explained ones that are as they were when they were explained.
    pub explained: Vec<BreakId>,
    /// Not there any more.
    pub gone: Vec<BreakId>,
}

impl<'a> Decided<'a> {
    /// Those that are told from now on.
    pub fn opened(&self) -> Vec<&'a Difference> {
        let new = self.new.iter().filter(|(_, state)| *state == BreakState::Open);
        let aged = self.still.iter().filter(|(_, _, opens)| *opens);
        new.map(|(one, _)| *one).chain(aged.map(|(_, one, _)| *one)).collect()
    }
}

/// `kept` are those that have not ended, and the explained ones of the same names, latest first.
pub fn decide<'a>(seen: &'a [Difference], kept: &[Break], now: DateTime<Utc>) -> Decided<'a> {
    let mut decided = Decided::default();
    let mut live: HashMap<(BreakKind, &str), &Break> = HashMap::new();
    let mut explained: HashMap<(BreakKind, &str), Vec<&Break>> = HashMap::new();
    for one in kept {
        let name = (one.kind, one.subject.as_str());
        match one.state {
            BreakState::Watched | BreakState::Open => drop(live.insert(name, one)),
            BreakState::Explained => explained.entry(name).or_default().push(one),
            BreakState::Closed => {}
        }
    }
    for difference in seen {
        let name = (difference.kind, difference.subject.as_str());
        let is_old = |since: DateTime<Utc>| since + difference.kind.grace() <= now;
        if let Some(known) = live.remove(&name) {
            let since = difference.since.unwrap_or(known.first_seen_at);
            let opens = known.state == BreakState::Watched && is_old(since);
            decided.still.push((known.id, difference, opens));
            continue;
        }
        let before = explained.get(&name).into_iter().flatten();
        let same =
            |one: &&&Break| (one.expected, one.seen) == (difference.expected, difference.seen);
        if let Some(known) = before.clone().find(same) {
            decided.explained.push(known.id);
        } else if difference.since.unwrap_or(now) + difference.kind.grace() <= now {
            decided.new.push((difference, BreakState::Open));
        } else if difference.since.is_none() {
            decided.new.push((difference, BreakState::Watched));
        }
    }
    decided.gone = live.into_values().map(|one| one.id).collect();
    decided
}

/// An amount as people read it, in whatever currency.
pub fn amount(minor: i64, code: &str) -> String {
    match Currency::parse(code) {
        Some(currency) => Money::new(minor, currency).to_string(),
        None => format!("{minor} (in the smallest unit of {code})"),
    }
}

/// Every kind of movement that Stripe's description has today.
const KINDS: &[&str] = &[
    "adjustment",
    "advance",
    "advance_funding",
    "anticipation_repayment",
    "application_fee",
    "application_fee_refund",
    "charge",
    "climate_order_purchase",
    "climate_order_refund",
    "connect_collection_transfer",
    "contribution",
    "fee_credit_funding",
    "inbound_transfer",
    "inbound_transfer_reversal",
    "issuing_authorization_hold",
    "issuing_authorization_release",
    "issuing_dispute",
    "issuing_transaction",
    "obligation_outbound",
    "obligation_reversal_inbound",
    "payment",
    "payment_failure_refund",
    "payment_network_reserve_hold",
    "payment_network_reserve_release",
    "payment_refund",
    "payment_reversal",
    "payment_unreconciled",
    "payout",
    "payout_cancel",
    "payout_failure",
    "payout_minimum_balance_hold",
    "payout_minimum_balance_release",
    "refund",
    "refund_failure",
    "reserve_hold",
    "reserve_release",
    "reserve_transaction",
    "reserved_funds",
    "stripe_balance_payment_debit",
    "stripe_balance_payment_debit_reversal",
    "stripe_fee",
    "stripe_fx_fee",
    "tax_fee",
    "topup",
    "topup_reversal",
    "transfer",
    "transfer_cancel",
    "transfer_failure",
    "transfer_refund",
];

/// What differs about a movement; nothing when the books agree with it.
pub fn of_movement(movement: &AtStripe, booked: Option<&Booked>) -> Option<Difference> {
    let known = KINDS.contains(&movement.kind.as_str());
    let (kind, expected, since) = match booked {
        Some(booked) if (booked.moved, booked.fee) == (movement.net, movement.fee) => return None,
        Some(booked) => {
            let since = booked.last_posted_at.max(movement.happened_at);
            (BreakKind::AmountDiffers, Some(booked.moved), since)
        }
        None if known => (BreakKind::NotInBooks, None, movement.happened_at),
        None => (BreakKind::TypeUnknown, None, movement.happened_at),
    };
    let mut detail = movement.kind.clone();
    if let Some(source) = &movement.source {
        detail = format!("{detail} {source}");
    }
    if movement.fee != 0 {
        detail = format!("{detail}, with a fee of {}", amount(movement.fee, &movement.currency));
    }
    Some(Difference {
        kind,
        subject: movement.id.clone(),
        stripe: Some(movement.id.clone()),
        journal: None,
        currency: movement.currency.clone(),
        expected,
        seen: Some(movement.net),
        detail,
        since: Some(since),
    })
}

/// A journal whose movement Stripe's list does not have.
pub fn of_posting(posting: &Posting) -> Difference {
    Difference {
        kind: BreakKind::NotAtStripe,
        subject: format!("{}:{}", posting.journal, posting.currency),
        stripe: posting.transaction.clone().or_else(|| posting.source.clone()),
        journal: Some(posting.journal),
        currency: posting.currency.code().to_owned(),
        expected: Some(posting.moved),
        seen: None,
        detail: posting.event_key.clone(),
        since: Some(posting.posted_at),
    }
}

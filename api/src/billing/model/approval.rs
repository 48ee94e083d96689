//! What the program's people do with money above a limit waits for a second person: what is asked
//! for, frozen, and who may answer it. Pure.
//!
//! The database says the same (`money_wants_two`), whoever writes.

use super::disagreement::Split;
use crate::billing::BillingError;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{
    BreakId, DisagreementId, MilestoneId, MoneyApprovalId, OrganizationId, PersonId,
};
use crate::kernel::money::{Currency, Money};
use crate::platform::jobs::event::Fact;
use crate::text_enum;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Days that it waits for an answer; then it lapses and nothing was done.
pub const APPROVAL_DAYS: u64 = 7;

text_enum! {
    /// What is asked for.
    pub enum MoneyApprovalKind {
        /// Held money goes back to the customer.
        Refund = "refund",
        /// Released money goes back to the customer.
        GiveBack = "give_back",
        /// The program decides a disagreement.
        Award = "award",
        /// A difference between the books and Stripe is explained.
        Explanation = "explanation",
        /// A looser limit, or none.
        Limit = "limit",
    }
}

text_enum! {
    /// Where it stands.
    pub enum MoneyApprovalState {
        /// Nothing is done yet.
        Waiting = "waiting",
        /// A second person said yes, and it was carried out at once.
        Approved = "approved",
        /// A second person said no.
        Declined = "declined",
        /// Whoever asked took it back.
        Withdrawn = "withdrawn",
        /// The money had moved, so that it did not fit any more.
        Overtaken = "overtaken",
        /// Nobody answered in time.
        Lapsed = "lapsed",
    }
}

/// Exactly what is carried out after a yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoneyTerms {
    Refund { milestone: MilestoneId, amount: Money, released: bool },
    Award { disagreement: DisagreementId, milestone: MilestoneId, split: Split },
    Explanation { difference: BreakId, amount: Money, correction: Option<String> },
    Limit { currency: Currency, limit: Option<Money> },
}

impl MoneyTerms {
    pub const fn kind(&self) -> MoneyApprovalKind {
        match self {
            Self::Refund { released: false, .. } => MoneyApprovalKind::Refund,
            Self::Refund { released: true, .. } => MoneyApprovalKind::GiveBack,
            Self::Award { .. } => MoneyApprovalKind::Award,
            Self::Explanation { .. } => MoneyApprovalKind::Explanation,
            Self::Limit { .. } => MoneyApprovalKind::Limit,
        }
    }

    pub const fn milestone(&self) -> Option<MilestoneId> {
        match self {
            Self::Refund { milestone, .. } | Self::Award { milestone, .. } => Some(*milestone),
            Self::Explanation { .. } | Self::Limit { .. } => None,
        }
    }

    pub fn currency(&self) -> Currency {
        match self {
            Self::Refund { amount, .. } | Self::Explanation { amount, .. } => amount.currency(),
            Self::Award { split, .. } => split.back.currency(),
            Self::Limit { currency, .. } => *currency,
        }
    }

    /// What counts against the limit; of a limit the one that is wanted.
    pub fn amount(&self) -> Option<Money> {
        match self {
            Self::Refund { amount, .. } | Self::Explanation { amount, .. } => Some(*amount),
            Self::Award { split, .. } => {
                let minor = split.back.minor().saturating_add(split.released.minor());
                Some(Money::new(minor, split.back.currency()))
            }
            Self::Limit { limit, .. } => *limit,
        }
    }

    /// What would be done, in a line.
    pub fn line(&self) -> String {
        match self {
            Self::Refund { amount, released: false, .. } => {
                format!("Send {amount} back to the customer")
            }
            Self::Refund { amount, released: true, .. } => {
                format!("Take {amount} back from the payees, for the customer")
            }
            Self::Award { split, .. } => format!("Decide a disagreement: {}", split.clause()),
            Self::Explanation { amount, .. } => format!("Explain a difference of {amount}"),
            Self::Limit { limit: Some(limit), .. } => {
                format!("Let one person decide up to {limit}")
            }
            Self::Limit { limit: None, currency } => {
                format!("Let one person decide any amount in {currency}")
            }
        }
    }
}

/// Something that waits for a second person, or was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyApproval {
    pub id: MoneyApprovalId,
    pub terms: MoneyTerms,
    /// The limit when it was asked for.
    pub over: Money,
    /// Why; what is carried out has it as its reason.
    pub reason: String,
    /// Names the frozen terms.
    pub hash: Vec<u8>,
    pub asked_by: PersonId,
    pub asked_by_name: String,
    pub asked_at: DateTime<Utc>,
    pub answer_by: DateTime<Utc>,
    pub state: MoneyApprovalState,
    pub closed_by: Option<PersonId>,
    pub closed_by_name: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    /// The reason of whoever answered, or what did not fit any more.
    pub words: Option<String>,
    /// "A-2041, milestone 2"; empty where it is about none.
    pub about: String,
}

impl MoneyApproval {
    /// Whether `person` may say yes or no at `now`; `hash` names what was read.
    pub fn may_be_answered(
        &self,
        (person, hash): (PersonId, &str),
        now: DateTime<Utc>,
    ) -> Result<(), BillingError> {
        if self.asked_by == person {
            return Err(BillingError::OwnApproval);
        }
        self.is_open(now)?;
        if hash != self.hash_text() { Err(BillingError::OtherTerms) } else { Ok(()) }
    }

    /// Whether `person` may take it back at `now`.
    pub fn may_be_withdrawn(&self, person: PersonId) -> Result<(), BillingError> {
        if self.asked_by != person {
            return Err(BillingError::NotAuthor);
        }
        if self.state == MoneyApprovalState::Waiting {
            Ok(())
        } else {
            Err(BillingError::ApprovalEnded)
        }
    }

    fn is_open(&self, now: DateTime<Utc>) -> Result<(), BillingError> {
        if self.state == MoneyApprovalState::Waiting && now < self.answer_by {
            Ok(())
        } else {
            Err(BillingError::ApprovalEnded)
        }
    }

    pub fn hash_text(&self) -> String {
        hex::encode(&self.hash)
    }
}

/// A reason that two persons' deeds want: at least three words, so that it says something.
pub fn reason_of_two(field: &str, text: &str) -> Result<String, Invalid> {
    let mut checks = Checks::new();
    let text = checks.text(field, text, "a reason", (3, 2000));
    let words = text.split_whitespace().count();
    checks.that(words == 0 || words >= 3, field, "Say why, in three words at least");
    checks.finish()?;
    Ok(text)
}

/// What one person may do alone in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyLimit {
    pub currency: Currency,
    /// Absent where any amount is one person's.
    pub limit: Option<Money>,
    pub set_by: String,
    pub set_at: DateTime<Utc>,
}

/// Something waits for a second person, or was answered: `state` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyApprovalMoved {
    pub approval: MoneyApprovalId,
    pub kind: MoneyApprovalKind,
    pub state: MoneyApprovalState,
    pub line: String,
    pub about: String,
    pub reason: String,
    pub words: Option<String>,
    pub hash: String,
    pub asked_by: PersonId,
    pub asked_by_name: String,
    pub answer_by: DateTime<Utc>,
    pub vendor: Option<OrganizationId>,
}

impl Fact for MoneyApprovalMoved {
    const KIND: &'static str = "money-approval-moved";
}

/// What one person may do alone changed; `approval` is there where two persons made it looser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyLimitSet {
    pub currency: Currency,
    pub before: Option<Money>,
    pub limit: Option<Money>,
    pub set_by: PersonId,
    pub reason: String,
    pub approval: Option<MoneyApprovalId>,
    pub vendor: Option<OrganizationId>,
}

impl Fact for MoneyLimitSet {
    const KIND: &'static str = "money-limit-set";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(state: MoneyApprovalState) -> MoneyApproval {
        let currency = Currency::parse("USD").unwrap();
        MoneyApproval {
            id: MoneyApprovalId(uuid::Uuid::from_u128(1)),
            terms: MoneyTerms::Limit { currency, limit: None },
            over: Money::new(100, currency),
            reason: "We are only two.".to_owned(),
            hash: vec![1, 255],
            asked_by: PersonId(uuid::Uuid::from_u128(2)),
            asked_by_name: "Ada".to_owned(),
            asked_at: DateTime::UNIX_EPOCH,
            answer_by: DateTime::UNIX_EPOCH + chrono::TimeDelta::days(7),
            state,
            closed_by: None,
            closed_by_name: None,
            closed_at: None,
            words: None,
            about: String::new(),
        }
    }

    #[test]
    fn nobody_answers_themselves_and_nobody_late() {
        let (author, other) =
            (asked(MoneyApprovalState::Waiting).asked_by, PersonId::from(uuid::Uuid::from_u128(3)));
        let now = DateTime::UNIX_EPOCH;
        for state in MoneyApprovalState::ALL {
            let of = asked(*state);
            let open = *state == MoneyApprovalState::Waiting;
            assert_eq!(of.may_be_answered((author, "01ff"), now), Err(BillingError::OwnApproval));
            let ended = if open { Ok(()) } else { Err(BillingError::ApprovalEnded) };
            assert_eq!(of.may_be_answered((other, "01ff"), now), ended.clone());
            assert_eq!(
                of.may_be_answered((other, "01ff"), of.answer_by),
                Err(BillingError::ApprovalEnded)
            );
            assert_eq!(of.may_be_withdrawn(author), ended);
            assert_eq!(of.may_be_withdrawn(other), Err(BillingError::NotAuthor));
        }
        let waits = asked(MoneyApprovalState::Waiting);
        assert_eq!(waits.may_be_answered((other, "01fe"), now), Err(BillingError::OtherTerms));
    }

    #[test]
    fn a_reason_says_something() {
        for (text, is_one) in [("", false), ("ok", false), ("so be it", true), ("  ok ok ", false)]
        {
            assert_eq!(reason_of_two("reason", text).is_ok(), is_one, "{text:?}");
        }
    }
}

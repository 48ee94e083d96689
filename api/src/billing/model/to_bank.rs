//! A payout: money on its way from a payee's account at the processor to the payee's bank.

use crate::kernel::id::{OrganizationId, PayoutId};
use crate::kernel::money::{Currency, Money};
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// Where a payout is. It only goes on; a bank may send back what had arrived.
    pub enum PayoutState {
        /// The processor has not handed it on.
        Pending = "pending",
        InTransit = "in_transit",
        Paid = "paid",
        /// Stopped before it left.
        Canceled = "canceled",
        /// The bank did not take it, or sent it back: it is on the account again.
        Failed = "failed",
    }
}

impl PayoutState {
    /// This state or the other, whichever comes later.
    pub const fn or_later(self, seen: Self) -> Self {
        if seen.rank() > self.rank() { seen } else { self }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::InTransit => 1,
            Self::Paid | Self::Canceled => 2,
            Self::Failed => 3,
        }
    }
}

/// One payout, as it was last read at the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    pub id: PayoutId,
    pub organization: OrganizationId,
    pub stripe_payout: String,
    /// ISO 4217, in capitals: the bank account's, of any currency there is.
    pub currency: String,
    /// In the currency's smallest unit.
    pub minor: i64,
    pub state: PayoutState,
    /// When the bank has it, or is expected to.
    pub arrives_at: DateTime<Utc>,
    /// The processor's code of why it failed.
    pub failure: Option<String>,
    pub began_at: DateTime<Utc>,
}

impl Payout {
    /// The amount, in a currency that is known here.
    pub fn amount(&self) -> Option<Money> {
        Some(Money::new(self.minor, Currency::parse(&self.currency)?))
    }

    /// The amount for people; `123456 HUF in its smallest unit` where the currency is not known.
    pub fn amount_words(&self) -> String {
        let plain = || format!("{} {} in its smallest unit", self.minor, self.currency);
        self.amount().map_or_else(plain, |amount| amount.to_string())
    }

    /// Why it failed and what to do, in words.
    pub fn failure_words(&self) -> &'static str {
        match self.failure.as_deref().unwrap_or_default() {
            "account_closed" => "The bank account was closed: give another one.",
            "account_frozen" => "The bank account is frozen: ask your bank, or give another one.",
            "bank_account_restricted" => {
                "The bank account takes no such payments: ask your bank, or give another one."
            }
            "bank_ownership_changed" => "The bank account has another owner: give your own.",
            "debit_not_authorized" => "The bank account takes no such payments: ask your bank.",
            "incorrect_account_holder_name" | "incorrect_account_holder_address" => {
                "Name or address are not those that the bank has: correct them."
            }
            "incorrect_account_holder_tax_id" => "The tax number is not the bank's: correct it.",
            "invalid_account_number" | "invalid_account_number_length" | "no_account" => {
                "The bank knows no such account: correct its number."
            }
            "invalid_currency" => "The bank account does not take this currency: give another one.",
            "declined" | "could_not_process" => {
                "The bank declined it: ask your bank, or give another account."
            }
            _ => "The bank did not take it: look at the account's page, or give another account.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_only_goes_on() {
        use PayoutState::{Canceled, Failed, InTransit, Paid, Pending};
        for (known, seen, then) in [
            (Pending, Paid, Paid),
            (Paid, Pending, Paid),
            (Paid, InTransit, Paid),
            (Paid, Failed, Failed),
            (Failed, Paid, Failed),
            (Canceled, Paid, Canceled),
            (InTransit, Canceled, Canceled),
        ] {
            assert_eq!(known.or_later(seen), then, "{known} {seen}");
        }
    }

    #[test]
    fn a_currency_of_the_bank_need_not_be_ours() {
        let payout = |currency: &str| Payout {
            id: PayoutId(uuid::Uuid::nil()),
            organization: OrganizationId(uuid::Uuid::nil()),
            stripe_payout: "po_1".into(),
            currency: currency.into(),
            minor: 118_750,
            state: PayoutState::Failed,
            arrives_at: DateTime::UNIX_EPOCH,
            failure: Some("a_word_of_tomorrow".into()),
            began_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(payout("USD").amount_words(), "$1,187.50");
        assert_eq!(payout("HUF").amount_words(), "118750 HUF in its smallest unit");
        assert!(payout("HUF").failure_words().starts_with("The bank did not take it"));
    }
}

//! Cards: which numbers pay, which are declined and how.

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use super::disputes::Cause;

/// A card as it stands on a charge: never the whole number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Card {
    pub brand: String,
    pub last4: String,
    /// The issuer's answer: `None` pays.
    pub decline: Option<Decline>,
    /// What its bank says once the charge has settled.
    #[serde(default)]
    pub dispute: Option<Cause>,
    /// When its bank wants to hear from the holder.
    #[serde(default)]
    pub authentication: Authentication,
    /// The answer when it is charged without its holder, once it is saved.
    #[serde(default)]
    pub later: Option<Decline>,
    #[serde(default = "usual_expiry")]
    pub expires: Expiry,
}

/// When a bank wants the holder of a card to say yes in person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Authentication {
    #[default]
    Never,
    /// When the holder is there, which is enough for what is charged later without them.
    Once,
    /// Each time.
    Always,
}

/// The last month in which a card can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Expiry {
    pub year: i32,
    pub month: u32,
}

fn usual_expiry() -> Expiry {
    Expiry { year: 2034, month: 12 }
}

impl Expiry {
    /// Reads `04/27` as people type it; nothing at all is a day far off.
    ///
    /// # Errors
    /// What is wrong with it, for the person who typed it.
    pub(super) fn read(typed: &str) -> Result<Self, &'static str> {
        if typed.trim().is_empty() {
            return Ok(usual_expiry());
        }
        let wrong = "Enter the last month as 04/27.";
        let (month, year) = typed.trim().split_once('/').ok_or(wrong)?;
        let month: u32 = month.trim().parse().map_err(|_| wrong)?;
        let year: i32 = year.trim().parse().map_err(|_| wrong)?;
        let year = if year < 100 { 2000 + year } else { year };
        if (1..=12).contains(&month) { Ok(Self { year, month }) } else { Err(wrong) }
    }

    /// Whether the month is over at a second of 1970's count.
    pub(super) fn is_over(self, second: i64) -> bool {
        let now = chrono::DateTime::from_timestamp(second, 0).unwrap_or_default();
        Self { year: now.year(), month: now.month() } > self
    }
}

/// Why an issuer said no.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Decline {
    pub code: String,
    pub decline_code: Option<String>,
    pub message: String,
}

impl Card {
    /// Reads a card number as people type it, with spaces or hyphens.
    ///
    /// # Errors
    /// What is wrong with it, for the person who typed it.
    pub(super) fn from_number(typed: &str) -> Result<Self, &'static str> {
        let number: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if number.is_empty() {
            return Err("Enter the card number.");
        }
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("A card number has digits only.");
        }
        if !(12..=19).contains(&number.len()) || !passes_luhn(&number) {
            return Err("This card number has a typing error: check its digits.");
        }
        let last4 = number.get(number.len() - 4..).unwrap_or_default().to_owned();
        let (decline, dispute) = (decline_of(&number), dispute_of(&number));
        let (authentication, later) = (authentication_of(&number), later_of(&number));
        let (brand, expires) = (brand(&number).to_owned(), usual_expiry());
        Ok(Self { brand, last4, decline, dispute, authentication, later, expires })
    }

    /// A payment method by its test name, `pm_card_visa`.
    pub(super) fn from_test_name(name: &str) -> Option<Self> {
        let number = match name {
            "pm_card_visa" => "4242424242424242",
            "pm_card_mastercard" => "5555555555554444",
            "pm_card_amex" => "378282246310005",
            "pm_card_chargeDeclined" | "pm_card_visa_chargeDeclined" => "4000000000000002",
            "pm_card_chargeDeclinedInsufficientFunds" => "4000000000009995",
            "pm_card_chargeDeclinedExpiredCard" => "4000000000000069",
            "pm_card_createDispute" => "4000000000000259",
            "pm_card_createDisputeProductNotReceived" => "4000000000002685",
            "pm_card_createDisputeInquiry" => "4000000000001976",
            _ => return None,
        };
        Self::from_number(number).ok()
    }

    /// The same card as its bank answers when the holder is not there; `known` when the holder said
    /// yes to that before.
    pub(super) fn without_holder(mut self, known: bool, second: i64) -> Self {
        let asks = match self.authentication {
            Authentication::Never => false,
            Authentication::Once => !known,
            Authentication::Always => true,
        };
        self.decline = if asks {
            Some(authentication_required())
        } else if self.expires.is_over(second) {
            Some(Decline::new("expired_card", None, "Your card has expired."))
        } else {
            self.decline.or(self.later.take())
        };
        self
    }
}

impl Decline {
    fn new(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            decline_code: decline_code.map(str::to_owned),
            message: message.to_owned(),
        }
    }

    /// The holder said no, or nothing, when the bank asked.
    pub(super) fn not_authenticated(code: &str) -> Self {
        let message = "We are unable to authenticate your payment method. Please choose a \
                       different payment method and try again.";
        Self::new(code, None, message)
    }
}

fn authentication_required() -> Decline {
    let message = "Your card was declined. This transaction requires authentication.";
    Decline::new("authentication_required", Some("authentication_required"), message)
}

fn authentication_of(number: &str) -> Authentication {
    match number {
        "4000002500003155" | "4000008260003178" => Authentication::Once,
        "4000002760003184" => Authentication::Always,
        _ => Authentication::Never,
    }
}

/// Stripe's test cards that can be saved and are declined when they are charged.
fn later_of(number: &str) -> Option<Decline> {
    match number {
        "4000000000000341" => {
            let message = "Your card was declined.";
            Some(Decline::new("card_declined", Some("generic_decline"), message))
        }
        "4000008260003178" => {
            let message = "Your card has insufficient funds.";
            Some(Decline::new("card_declined", Some("insufficient_funds"), message))
        }
        _ => None,
    }
}

fn decline_of(number: &str) -> Option<Decline> {
    let (code, decline_code, message) = match number {
        "4000000000000002" => ("card_declined", Some("generic_decline"), "Your card was declined."),
        "4000000000009995" => (
            "card_declined",
            Some("insufficient_funds"),
            "Your card was declined: it has insufficient funds.",
        ),
        "4000000000000069" => ("expired_card", None, "Your card has expired."),
        _ => return None,
    };
    Some(Decline::new(code, decline_code, message))
}

/// Stripe's test cards whose payments succeed and are disputed.
fn dispute_of(number: &str) -> Option<Cause> {
    match number {
        "4000000000000259" => Some(Cause::Fraudulent),
        "4000000000002685" => Some(Cause::ProductNotReceived),
        "4000000000001976" => Some(Cause::Inquiry),
        _ => None,
    }
}

fn brand(number: &str) -> &'static str {
    match number.as_bytes() {
        [b'4', ..] => "visa",
        [b'5', b'1'..=b'5', ..] | [b'2', b'2'..=b'7', ..] => "mastercard",
        [b'3', b'4' | b'7', ..] => "amex",
        [b'6', b'0' | b'5', ..] => "discover",
        [b'3', b'0' | b'6' | b'8', ..] => "diners",
        [b'3', b'5', ..] => "jcb",
        _ => "unknown",
    }
}

fn passes_luhn(number: &str) -> bool {
    let digits = number.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(at, digit)| if at % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_judged() {
        let good = Card::from_number("4242 4242 4242 4242").unwrap();
        assert_eq!((good.brand.as_str(), good.last4.as_str()), ("visa", "4242"));
        assert!(good.decline.is_none());
        let bad = Card::from_number("4000-0000-0000-0002").unwrap();
        assert_eq!(bad.decline.unwrap().code, "card_declined");
        assert!(Card::from_number("4242424242424241").is_err());
        assert!(Card::from_number("42424242").is_err());
        assert!(Card::from_number("four").is_err());
        assert!(Card::from_test_name("pm_card_amex").is_some());
        assert!(Card::from_test_name("pm_unheard_of").is_none());
    }

    #[test]
    fn banks_ask_for_the_holder() {
        let code = |number: &str, known| {
            let card = Card::from_number(number).unwrap().without_holder(known, 1_800_000_000);
            card.decline.map(|decline| decline.code)
        };
        assert_eq!(code("4242424242424242", false), None);
        assert_eq!(code("4000002500003155", true), None);
        let wanted = Some("authentication_required".to_owned());
        assert_eq!(code("4000002500003155", false), wanted);
        assert_eq!(code("4000002760003184", true), wanted);
        assert_eq!(code("4000000000000341", true), Some("card_declined".to_owned()));
        assert_eq!(code("4000008260003178", true), Some("card_declined".to_owned()));
        let mut old = Card::from_number("4242424242424242").unwrap();
        old.expires = Expiry::read("04/27").unwrap();
        // 1 April and 1 May 2027.
        assert!(old.clone().without_holder(true, 1_806_537_600).decline.is_none());
        assert_eq!(old.without_holder(true, 1_809_129_600).decline.unwrap().code, "expired_card");
        assert!(Expiry::read("13/27").is_err());
    }
}

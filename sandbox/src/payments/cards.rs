//! Cards: which numbers pay, which are declined and how.

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
        Ok(Self { brand: brand(&number).to_owned(), last4, decline, dispute })
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
    Some(Decline {
        code: code.to_owned(),
        decline_code: decline_code.map(str::to_owned),
        message: message.to_owned(),
    })
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
}

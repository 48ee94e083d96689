//! Cards that are kept for later, and what the processor says of a charge of one.

use super::mandate::PaysWeeks;
use crate::kernel::id::{MethodSetupId, OrganizationId, PaymentMethodId, PersonId};
use crate::outside::payments::{Failure, Intent};
use crate::text_enum;
use chrono::{DateTime, Days, Months, NaiveDate, Utc};

/// How long a payment waits for its payer to confirm it with the bank.
pub const CONFIRM_DAYS: i64 = 3;

/// How many days before its end people are told that a card ends.
const WARNED_AHEAD: u64 = 30;

text_enum! {
    /// Whether a card is kept still.
    pub enum MethodState { Kept = "kept", Removed = "removed" }
}

text_enum! {
    /// Where a page stands on which a card is kept without paying.
    pub enum SetupState {
        Opening = "opening",
        Open = "open",
        /// A card was kept on it.
        Done = "done",
        /// It was not used in time, or never came to be.
        Ended = "ended",
    }
}

/// A card that an organization keeps, as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMethod {
    pub id: PaymentMethodId,
    pub organization: OrganizationId,
    pub stripe_method: String,
    /// In the processor's word, such as `visa`.
    pub brand: String,
    pub last4: String,
    pub expires_month: i32,
    pub expires_year: i32,
    pub state: MethodState,
    pub is_default: bool,
    pub saved_by: PersonId,
    pub saved_at: DateTime<Utc>,
    pub warned_at: Option<DateTime<Utc>>,
}

impl PaymentMethod {
    /// The first day on which it cannot be charged; a month that is none is over.
    pub fn ends_on(&self) -> NaiveDate {
        first_after(self.expires_year, self.expires_month)
    }

    pub fn is_over(&self, today: NaiveDate) -> bool {
        self.ends_on() <= today
    }

    /// The day on which its holder is told that it ends.
    pub fn warned_on(&self) -> NaiveDate {
        let ends = self.ends_on();
        ends.checked_sub_days(Days::new(WARNED_AHEAD)).unwrap_or(ends)
    }
}

fn first_after(year: i32, month: i32) -> NaiveDate {
    let month = u32::try_from(month).unwrap_or_default();
    NaiveDate::from_ymd_opt(year, month, 1)
        .and_then(|first| first.checked_add_months(Months::new(1)))
        .unwrap_or(NaiveDate::MIN)
}

/// A kept card and the name of who kept it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMethod {
    pub method: PaymentMethod,
    pub saved_by: String,
    /// The work whose weeks it pays as they lock.
    pub pays: Vec<PaysWeeks>,
}

/// A page on which a card is kept without paying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodSetup {
    pub id: MethodSetupId,
    pub organization: OrganizationId,
    pub asked_by: PersonId,
    pub state: SetupState,
    pub checkout_session: Option<String>,
    pub checkout_url: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Why no kept card can be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoMethod {
    /// It is not kept, or not by this organization.
    Unknown,
    /// Nothing is kept, or none of it is the default.
    NoDefault,
    /// Its last month is over.
    Over,
}

/// The card to be charged: the one that is wanted, else the default.
pub fn to_charge(
    kept: &[PaymentMethod],
    wanted: Option<PaymentMethodId>,
    today: NaiveDate,
) -> Result<&PaymentMethod, NoMethod> {
    let mut kept = kept.iter().filter(|method| method.state == MethodState::Kept);
    let found = match wanted {
        Some(id) => kept.find(|method| method.id == id).ok_or(NoMethod::Unknown)?,
        None => kept.find(|method| method.is_default).ok_or(NoMethod::NoDefault)?,
    };
    if found.is_over(today) { Err(NoMethod::Over) } else { Ok(found) }
}

/// What the processor says of a charge of a kept card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Charged {
    /// The money is there.
    Paid,
    /// Not known yet.
    Processing,
    /// The bank wants the card's holder to confirm.
    Asks,
    Declined(String),
    /// Somebody ended it before it was paid.
    Cancelled,
}

/// Reads an intent as it is now; the order in which news of it came does not matter.
pub fn judge(intent: &Intent) -> Charged {
    match intent.status.as_str() {
        "succeeded" => Charged::Paid,
        "canceled" => Charged::Cancelled,
        "requires_action" => Charged::Asks,
        "requires_payment_method" => match &intent.last_payment_error {
            Some(failure) if asks_for_holder(failure) => Charged::Asks,
            failure => Charged::Declined(in_plain_words(failure.as_ref())),
        },
        _ => Charged::Processing,
    }
}

fn asks_for_holder(failure: &Failure) -> bool {
    let wanted = Some("authentication_required");
    failure.code.as_deref() == wanted || failure.decline_code.as_deref() == wanted
}

/// Why a card was declined, for its holder.
fn in_plain_words(failure: Option<&Failure>) -> String {
    let code = failure.and_then(|f| f.decline_code.as_deref().or(f.code.as_deref()));
    let words = match code.unwrap_or_default() {
        "insufficient_funds" => "The card does not have enough money for this payment.",
        "expired_card" => "The card has expired.",
        "generic_decline" | "do_not_honor" | "card_declined" => {
            "The bank declined the card and gave no reason."
        }
        "card_velocity_exceeded" | "withdrawal_count_limit_exceeded" => {
            "The payment is over a limit that the bank set for this card."
        }
        "lost_card" | "stolen_card" | "pickup_card" => "The bank does not accept this card.",
        _ => {
            let said = failure.and_then(|failure| failure.message.as_deref());
            said.unwrap_or("The card was declined.")
        }
    };
    words.to_owned()
}

/// Today by UTC: the day that ends cards.
pub fn today(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive()
}

/// A month as it stands on a card.
pub fn on_card(year: i32, month: i32) -> String {
    format!("{month:02}/{:02}", year.rem_euclid(100))
}

impl PaymentMethod {
    /// "Visa •••• 4242".
    pub fn label(&self) -> String {
        format!("{} •••• {}", brand_name(&self.brand), self.last4)
    }

    /// The last month in which it can be charged, as it stands on the card.
    pub fn last_month(&self) -> String {
        on_card(self.expires_year, self.expires_month)
    }

    /// Whether it ends within the days in which its holder is warned.
    pub fn ends_soon(&self, now: DateTime<Utc>) -> bool {
        self.warned_on() <= today(now)
    }
}

fn brand_name(brand: &str) -> String {
    match brand {
        "visa" => "Visa".to_owned(),
        "mastercard" => "Mastercard".to_owned(),
        "amex" => "American Express".to_owned(),
        "discover" => "Discover".to_owned(),
        "diners" => "Diners Club".to_owned(),
        "jcb" => "JCB".to_owned(),
        "unionpay" => "UnionPay".to_owned(),
        "unknown" => "Card".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn method(id: u128, is_default: bool, year: i32) -> PaymentMethod {
        PaymentMethod {
            id: PaymentMethodId(Uuid::from_u128(id)),
            organization: OrganizationId(Uuid::nil()),
            stripe_method: format!("pm_{id}"),
            brand: "visa".into(),
            last4: "4242".into(),
            expires_month: 4,
            expires_year: year,
            state: MethodState::Kept,
            is_default,
            saved_by: PersonId(Uuid::nil()),
            saved_at: DateTime::UNIX_EPOCH,
            warned_at: None,
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_card_is_good_through_its_last_month() {
        let card = method(1, true, 2027);
        assert_eq!(card.ends_on(), day("2027-05-01"));
        assert!(!card.is_over(day("2027-04-30")) && card.is_over(day("2027-05-01")));
        assert_eq!(card.warned_on(), day("2027-04-01"));
        assert_eq!(
            (card.label().as_str(), card.last_month().as_str()),
            ("Visa •••• 4242", "04/27")
        );
        assert_eq!(PaymentMethod { expires_month: 12, ..card }.ends_on(), day("2028-01-01"));
    }

    #[test]
    fn the_wanted_card_is_charged_or_the_default() {
        let mut kept = vec![method(1, false, 2030), method(2, true, 2030), method(3, false, 2020)];
        let today = day("2027-01-01");
        let of = |kept: &[PaymentMethod], id: Option<u128>| {
            let wanted = id.map(|id| PaymentMethodId(Uuid::from_u128(id)));
            to_charge(kept, wanted, today).map(|method| method.id.0.as_u128())
        };
        assert_eq!(of(&kept, None), Ok(2));
        assert_eq!(of(&kept, Some(1)), Ok(1));
        assert_eq!(of(&kept, Some(3)), Err(NoMethod::Over));
        assert_eq!(of(&kept, Some(9)), Err(NoMethod::Unknown));
        assert_eq!(of(&[], None), Err(NoMethod::NoDefault));
        kept[1].state = MethodState::Removed;
        assert_eq!(of(&kept, Some(2)), Err(NoMethod::Unknown));
        assert_eq!(of(&kept, None), Err(NoMethod::NoDefault));
    }

    #[test]
    fn an_intent_is_judged_as_it_is_now() {
        let judged = |status: &str, error: serde_json::Value| {
            let raw = json!({ "id": "pi_1", "status": status, "amount": 1, "currency": "usd",
                "last_payment_error": error });
            judge(&serde_json::from_value(raw).unwrap())
        };
        let none = || serde_json::Value::Null;
        assert_eq!(judged("succeeded", none()), Charged::Paid);
        assert_eq!(judged("processing", none()), Charged::Processing);
        assert_eq!(judged("canceled", none()), Charged::Cancelled);
        assert_eq!(judged("requires_action", none()), Charged::Asks);
        let declined = |code: &str, decline: &str| {
            judged(
                "requires_payment_method",
                json!({ "code": code, "decline_code": decline, "message": "As Stripe says it." }),
            )
        };
        assert_eq!(declined("authentication_required", ""), Charged::Asks);
        assert_eq!(declined("card_declined", "authentication_required"), Charged::Asks);
        let said = |code: &str, decline: &str| match declined(code, decline) {
            Charged::Declined(why) => why,
            other => panic!("{other:?}"),
        };
        assert!(said("card_declined", "insufficient_funds").contains("enough money"));
        assert_eq!(said("expired_card", "expired_card"), "The card has expired.");
        assert_eq!(said("card_declined", "fraudulent"), "As Stripe says it.");
    }
}

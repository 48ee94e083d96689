//! What of cards that are kept is asked and read.

use super::ask::Tags;
use super::objects::{Expandable, Identified, Named};
use crate::kernel::money::Money;
use serde::{Deserialize, Serialize};

/// An organization whose cards are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCustomer {
    pub name: String,
    pub email: String,
    pub tags: Tags,
}

/// A page on which a card is kept and nothing is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSetup {
    pub customer: String,
    pub success_url: String,
    pub cancel_url: String,
    pub tags: Tags,
}

/// A sum taken from a card that is kept, while its holder is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCharge {
    pub amount: Money,
    pub customer: String,
    pub method: String,
    pub description: String,
    pub transfer_group: String,
    pub tags: Tags,
}

/// A card that is not to be kept any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detachment {
    pub method: String,
    pub tags: Tags,
}

/// Somebody whose cards are kept.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    pub id: String,
    #[serde(default)]
    pub metadata: Tags,
}

/// A payment method.
#[derive(Debug, Clone, Deserialize)]
pub struct Method {
    pub id: String,
    /// Whose it is; absent once it was taken away, and for one that was used once.
    pub customer: Option<Expandable<Named>>,
    pub card: Option<Card>,
}

/// What of a card may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Card {
    pub brand: String,
    pub last4: String,
    pub exp_month: i32,
    pub exp_year: i32,
}

/// A card on its way to being kept.
#[derive(Debug, Clone, Deserialize)]
pub struct Setup {
    pub id: String,
    pub status: String,
    pub payment_method: Option<Expandable<Method>>,
}

impl Identified for Method {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Setup {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Customer {
    fn id(&self) -> &str {
        &self.id
    }
}

//! What is asked of the processor, as plain data that is kept before it is sent.

use super::saved::{Detachment, NewCharge, NewCustomer, NewSetup};
use crate::kernel::money::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something to be made. Kept as JSON before it is sent, and sent as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Ask {
    CreateAccount(NewAccount),
    OpenCheckout(NewCheckout),
    CreateTransfer(NewTransfer),
    CreateRefund(NewRefund),
    CreateReversal(NewReversal),
    CreateCustomer(NewCustomer),
    OpenSetup(NewSetup),
    ChargeSaved(NewCharge),
    DetachMethod(Detachment),
}

impl Ask {
    /// The word that `stripe_calls.op` holds.
    pub const fn op(&self) -> &'static str {
        match self {
            Self::CreateAccount(_) => "create_account",
            Self::OpenCheckout(_) => "open_checkout",
            Self::CreateTransfer(_) => "create_transfer",
            Self::CreateRefund(_) => "create_refund",
            Self::CreateReversal(_) => "create_reversal",
            Self::CreateCustomer(_) => "create_customer",
            Self::OpenSetup(_) => "open_setup",
            Self::ChargeSaved(_) => "charge_saved",
            Self::DetachMethod(_) => "detach_method",
        }
    }

    /// Whether money moves by it: leaves, comes back from a payee, or is taken from a card. Pages
    /// and accounts move nothing.
    pub const fn moves_money(&self) -> bool {
        matches!(
            self,
            Self::CreateTransfer(_)
                | Self::CreateRefund(_)
                | Self::CreateReversal(_)
                | Self::ChargeSaved(_)
        )
    }

    /// Whether a job tries again what has no answer. Pages and accounts are asked for again by
    /// whoever waits for them.
    pub const fn is_tried_again(&self) -> bool {
        self.moves_money() || matches!(self, Self::DetachMethod(_))
    }

    /// Whether a person waits for the first answer.
    pub const fn is_waited_for(&self) -> bool {
        !self.is_tried_again() || matches!(self, Self::ChargeSaved(_))
    }

    /// The marks that what it makes bears.
    pub const fn tags(&self) -> &Tags {
        match self {
            Self::CreateAccount(new) => &new.tags,
            Self::OpenCheckout(new) => &new.tags,
            Self::CreateTransfer(new) => &new.tags,
            Self::CreateRefund(new) => &new.tags,
            Self::CreateReversal(new) => &new.tags,
            Self::CreateCustomer(new) => &new.tags,
            Self::OpenSetup(new) => &new.tags,
            Self::ChargeSaved(new) => &new.tags,
            Self::DetachMethod(of) => &of.tags,
        }
    }
}

/// Marks on an object by which it is found again: `attache_vendor`, `attache_call` and the like.
pub type Tags = BTreeMap<String, String>;

/// An account for somebody who is to be paid: Express, fees and losses borne by the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// ISO 3166-1.
    pub country: String,
    pub email: String,
    pub business_name: String,
    /// Paid from a platform abroad: it only receives transfers, under the recipient agreement.
    pub recipient: bool,
    pub tags: Tags,
}

/// A page on which a customer pays one sum by card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCheckout {
    pub amount: Money,
    /// What is paid for, as the payer reads it.
    pub title: String,
    pub description: String,
    pub customer_email: String,
    /// Whose the card is to be once it has paid; it is kept for later then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_for: Option<String>,
    pub success_url: String,
    pub cancel_url: String,
    pub transfer_group: String,
    pub tags: Tags,
}

/// Money to a connected account: from one charge, as soon as that is paid, or from the balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTransfer {
    pub amount: Money,
    pub destination: String,
    pub source_charge: Option<String>,
    pub transfer_group: String,
    pub description: String,
    pub tags: Tags,
}

/// Money of one charge back to the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRefund {
    pub charge: String,
    pub amount: Money,
    pub tags: Tags,
}

/// Money of one transfer back from the connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReversal {
    pub transfer: String,
    pub amount: Money,
    pub tags: Tags,
}

//! What became of a customer's payment, and what its money is for then.

use super::Deed;
use crate::billing::model::{Journal, Payment, PaymentState, PaymentStep};
use crate::kernel::money::Money;
use crate::outside::payments::Charge;
use chrono::{DateTime, Utc};

/// What a charge that succeeded means for a payment.
#[derive(Debug, Clone, PartialEq)]
pub enum Captured {
    /// A person looks at it already.
    Parked,
    /// It does not fit; the words say how.
    Differs(String),
    /// It was written down before; its movement may be new.
    Known,
    /// The money came: these are written, and the milestone is funded if it still takes money.
    /// [`funded`] says what the payment is then.
    Came(Vec<Deed>),
}

pub fn captured(
    payment: &mut Payment,
    price: Money,
    charge: &Charge,
    now: DateTime<Utc>,
) -> Captured {
    if payment.state == PaymentState::Parked {
        return Captured::Parked;
    }
    let paid = charge.captured();
    if paid != payment.amount || paid != price {
        return Captured::Differs(format!("{paid} was paid for a milestone of {price}."));
    }
    if matches!(payment.state, PaymentState::Paid | PaymentState::Returned) {
        return Captured::Known;
    }
    payment.charge = Some(charge.id.clone());
    payment.paid_at = Some(now);
    payment.trouble = None;
    Captured::Came(vec![
        Deed::Name { object: charge.id.clone(), of: payment.id.0 },
        Deed::Post(Journal::charge(payment.milestone, &charge.id, payment.amount)),
    ])
}

/// What a payment is whose money came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Held for the milestone.
    Holds,
    /// Too late: all of it goes back.
    GoesBack,
    /// It ended before, and nothing more is to be done.
    Nothing,
}

/// Whether the milestone may be funded by it at all.
pub fn may_fund(payment: &Payment) -> bool {
    payment.state.after(PaymentStep::Pay).is_some()
}

/// Ends a payment whose money came, by whether the milestone took it.
pub fn funded(payment: &mut Payment, took: bool) -> Came {
    let (step, came) = match took {
        true => (PaymentStep::Pay, Came::Holds),
        false => (PaymentStep::Return, Came::GoesBack),
    };
    let Some(state) = payment.state.after(step) else { return Came::Nothing };
    payment.state = state;
    came
}

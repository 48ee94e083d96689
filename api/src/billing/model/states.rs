//! The machines of a payment, a transfer, a refund and a call to Stripe.
//!
//! A state changes only through its machine. A step that repeats what is already so answers the
//! state unchanged, so that news may come twice and late.

use crate::text_enum;

text_enum! {
    /// Where a customer's payment stands.
    pub enum PaymentState {
        /// The page to pay on is being made.
        Opening = "opening",
        /// The page waits for the customer.
        Open = "open",
        /// The last card was declined; the page still waits.
        Declined = "declined",
        /// A kept card is being charged; the outcome is not known yet.
        Charging = "charging",
        /// The bank of the kept card wants its holder to confirm; nothing is charged before.
        Unconfirmed = "unconfirmed",
        /// The money is held for the milestone.
        Paid = "paid",
        /// It came too late and goes back to the customer.
        Returned = "returned",
        /// The page was not used in time.
        Expired = "expired",
        /// The kept card was refused: nothing was charged.
        Refused = "refused",
        /// Something does not fit; a person looks at it.
        Parked = "parked",
    }
}

text_enum! {
    /// What is learnt of a payment.
    pub enum PaymentStep {
        Open = "open",
        Decline = "decline",
        /// The bank of a kept card asks for its holder.
        Ask = "ask",
        /// The holder is there, and a page to confirm on is made.
        Reopen = "reopen",
        Pay = "pay",
        Return = "return",
        Expire = "expire",
        Refuse = "refuse",
        Park = "park",
    }
}

impl PaymentState {
    /// The state after a step; `None` when the step comes too late to mean anything.
    pub fn after(self, step: PaymentStep) -> Option<Self> {
        use PaymentStep as Step;
        match (self, step) {
            (Self::Opening, Step::Open) => Some(Self::Open),
            (Self::Open | Self::Declined, Step::Open) => Some(self),
            (Self::Opening | Self::Open | Self::Declined, Step::Decline) => Some(Self::Declined),
            (Self::Charging, Step::Ask) => Some(Self::Unconfirmed),
            (Self::Unconfirmed, Step::Reopen) => Some(Self::Opening),
            (Self::Charging, Step::Refuse) => Some(Self::Refused),
            (state, Step::Pay) if state.is_begun() => Some(Self::Paid),
            // A page that ran out here may have been paid there a moment before.
            (state, Step::Return) if state.is_begun() || state.is_unpaid() => Some(Self::Returned),
            (state, Step::Expire) if state.is_begun() => Some(Self::Expired),
            (state, Step::Park) if state.is_begun() || state.is_unpaid() => Some(Self::Parked),
            _ => None,
        }
    }

    /// Whether it may still be paid.
    const fn is_begun(self) -> bool {
        matches!(
            self,
            Self::Opening | Self::Open | Self::Declined | Self::Charging | Self::Unconfirmed
        )
    }

    /// Whether it ended without money.
    const fn is_unpaid(self) -> bool {
        matches!(self, Self::Expired | Self::Refused)
    }

    /// Whether it ended, and another payment may begin.
    pub const fn is_over(self) -> bool {
        self.is_unpaid() || matches!(self, Self::Returned)
    }

    /// Whether the customer can pay it now.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Declined)
    }
}

text_enum! {
    /// Where a payee's share stands after a release.
    pub enum TransferState {
        /// Earned; the payee cannot be paid yet.
        Waiting = "waiting",
        /// Asked for at Stripe; the outcome is not known yet.
        Asked = "asked",
        /// At the payee's account.
        Paid = "paid",
        /// Refused; the payee is owed and it starts again when the account is mended.
        Refused = "refused",
        /// Never sent: all of it paid what the payee owed.
        Netted = "netted",
    }
}

text_enum! {
    /// What moves a transfer.
    pub enum TransferStep { Ask = "ask", Confirm = "confirm", Refuse = "refuse" }
}

impl TransferState {
    /// The state after a step; `None` when the step does not belong here.
    pub fn after(self, step: TransferStep) -> Option<Self> {
        match (self, step) {
            (Self::Waiting | Self::Refused, TransferStep::Ask) => Some(Self::Asked),
            (Self::Asked, TransferStep::Confirm) => Some(Self::Paid),
            (Self::Asked, TransferStep::Refuse) => Some(Self::Refused),
            _ => None,
        }
    }

    /// How far it is: of several shares the least is what people should know of.
    pub const fn advance(self) -> u8 {
        match self {
            Self::Refused => 0,
            Self::Waiting => 1,
            Self::Asked => 2,
            Self::Paid => 3,
            Self::Netted => 4,
        }
    }
}

text_enum! {
    /// Where a refund stands.
    pub enum RefundState {
        /// Asked for at Stripe; the outcome is not known yet.
        Asked = "asked",
        /// On its way to the customer's card.
        Paid = "paid",
        /// Refused. Held money is the customer's credit, which a person settles; released money
        /// stays with its payees.
        Refused = "refused",
        /// Sent, and the card did not take it: the customer has a credit.
        Failed = "failed",
    }
}

text_enum! {
    /// What moves a refund.
    pub enum RefundStep { Confirm = "confirm", Refuse = "refuse", Fail = "fail" }
}

impl RefundState {
    /// The state after a step; `None` when the step does not belong here.
    pub fn after(self, step: RefundStep) -> Option<Self> {
        match (self, step) {
            (Self::Asked, RefundStep::Confirm) => Some(Self::Paid),
            (Self::Asked, RefundStep::Refuse) => Some(Self::Refused),
            (Self::Paid, RefundStep::Fail) => Some(Self::Failed),
            _ => None,
        }
    }
}

text_enum! {
    /// Where it stands that a payee gives back its part.
    pub enum RecoveryState {
        /// The customer's refund is not confirmed yet: nothing is taken.
        Asked = "asked",
        /// Taken from the payee's account, or from what it earns next.
        Due = "due",
        /// The refund was refused: nothing is owed.
        Void = "void",
    }
}

text_enum! {
    /// Where it stands that money is taken back from a payee's account.
    pub enum ReversalState {
        /// Asked for at Stripe; the outcome is not known yet.
        Asked = "asked",
        /// Back with the platform.
        Paid = "paid",
        /// Refused, mostly since the account has too little; what is owed stays owed.
        Refused = "refused",
    }
}

text_enum! {
    /// What moves a reversal.
    pub enum ReversalStep { Confirm = "confirm", Refuse = "refuse" }
}

impl ReversalState {
    /// The state after a step; `None` when the step does not belong here.
    pub fn after(self, step: ReversalStep) -> Option<Self> {
        match (self, step) {
            (Self::Asked, ReversalStep::Confirm) => Some(Self::Paid),
            (Self::Asked, ReversalStep::Refuse) => Some(Self::Refused),
            _ => None,
        }
    }
}

text_enum! {
    /// Where a call to Stripe stands.
    pub enum CallState {
        Queued = "queued",
        /// Sent at least once; the answer is not here.
        Sent = "sent",
        /// An answer came that says nothing definite.
        Unknown = "unknown",
        Done = "done",
        Refused = "refused",
        /// Too old to be sent again and not found at Stripe.
        NeedsHuman = "needs_human",
    }
}

text_enum! {
    /// What moves a call.
    pub enum CallStep { Send = "send", Answer = "answer", Refuse = "refuse", Miss = "miss", GiveUp = "give_up" }
}

impl CallState {
    /// The state after a step; `None` when the call has ended before.
    pub fn after(self, step: CallStep) -> Option<Self> {
        if matches!(self, Self::Done | Self::Refused) {
            return None;
        }
        match (self, step) {
            (_, CallStep::Answer) => Some(Self::Done),
            // A person looked and said so.
            (Self::NeedsHuman, CallStep::Refuse) => Some(Self::Refused),
            (Self::NeedsHuman, _) => None,
            (_, CallStep::Send) => Some(Self::Sent),
            (Self::Queued, _) => None,
            (_, CallStep::Refuse) => Some(Self::Refused),
            (_, CallStep::Miss) => Some(Self::Unknown),
            (_, CallStep::GiveUp) => Some(Self::NeedsHuman),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Display;

    /// Every cell of a machine, a row a state: the state after each step, or a dot.
    fn table<S: Copy + Display, T: Copy>(
        states: &[S],
        steps: &[T],
        after: impl Fn(S, T) -> Option<S>,
    ) -> Vec<String> {
        let row = |state: S| {
            let cells =
                steps.iter().map(|step| after(state, *step).map_or(".".into(), |s| s.to_string()));
            format!("{state}: {}", cells.collect::<Vec<_>>().join(" "))
        };
        states.iter().map(|state| row(*state)).collect()
    }

    #[test]
    fn every_step_of_a_payment() {
        // open decline ask reopen pay return expire refuse park
        let expected = [
            "opening: open declined . . paid returned expired . parked",
            "open: open declined . . paid returned expired . parked",
            "declined: declined declined . . paid returned expired . parked",
            "charging: . . unconfirmed . paid returned expired refused parked",
            "unconfirmed: . . . opening paid returned expired . parked",
            "paid: . . . . . . . . .",
            "returned: . . . . . . . . .",
            "expired: . . . . . returned . . parked",
            "refused: . . . . . returned . . parked",
            "parked: . . . . . . . . .",
        ];
        assert_eq!(table(PaymentState::ALL, PaymentStep::ALL, PaymentState::after), expected);
    }

    #[test]
    fn every_step_of_a_transfer_and_of_a_refund() {
        // ask confirm refuse
        let expected = [
            "waiting: asked . .",
            "asked: . paid refused",
            "paid: . . .",
            "refused: asked . .",
            "netted: . . .",
        ];
        assert_eq!(table(TransferState::ALL, TransferStep::ALL, TransferState::after), expected);
        // confirm refuse fail
        let expected =
            ["asked: paid refused .", "paid: . . failed", "refused: . . .", "failed: . . ."];
        assert_eq!(table(RefundState::ALL, RefundStep::ALL, RefundState::after), expected);
        let expected = ["asked: paid refused", "paid: . .", "refused: . ."];
        assert_eq!(table(ReversalState::ALL, ReversalStep::ALL, ReversalState::after), expected);
    }

    #[test]
    fn every_step_of_a_call() {
        // send answer refuse miss give_up
        let expected = [
            "queued: sent done . . .",
            "sent: sent done refused unknown needs human",
            "unknown: sent done refused unknown needs human",
            "done: . . . . .",
            "refused: . . . . .",
            "needs human: . done refused . .",
        ];
        assert_eq!(table(CallState::ALL, CallStep::ALL, CallState::after), expected);
    }
}

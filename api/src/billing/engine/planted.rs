//! Faults that a test plants in what runs, to see that the simulator finds them. Only a test build
//! knows them; everywhere else the question is a constant `false`.

/// Whether a fault is planted here.
#[cfg(test)]
macro_rules! planted {
    ($fault:ident) => {
        $crate::billing::engine::planted::is($crate::billing::engine::planted::Fault::$fault)
    };
}

#[cfg(not(test))]
macro_rules! planted {
    ($fault:ident) => {
        false
    };
}

pub(crate) use planted;

#[cfg(test)]
pub use here::{Fault, is, plant};

#[cfg(test)]
mod here {
    use std::cell::Cell;

    /// What a hurried hand could do to the engine.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Fault {
        /// A second try takes another key.
        NewKeyOnResend,
        /// No answer counts as a no.
        UnknownIsRefused,
        /// What was sent is sent again without being looked for.
        SentUnlooked,
        /// A call of any age is sent again.
        AgedIsResent,
        /// Each look at a movement books its fee.
        NewsPostedTwice,
        /// A dispute goes back to where older news saw it.
        StateRegressed,
        /// A payee gets a unit less of each release.
        CentLost,
        /// A confirmed refund of released money takes nothing from its payees.
        RefundWithoutReversals,
        /// What pays a debt is not counted on the debt.
        NettedTwice,
        /// A fee makes Stripe owe more.
        FeeOnWrongSide,
        /// A part may be more than is held.
        MoreThanHeld,
        /// A refund does not ask whether a bank has the money.
        RefundDuringDispute,
        /// What a charge had too little left for rests until a person looks.
        RefusedRests,
        /// Who has a credit keeps it when the bank gives them the same money.
        BankAndCredit,
    }

    impl Fault {
        pub const ALL: [Self; 14] = [
            Self::NewKeyOnResend,
            Self::UnknownIsRefused,
            Self::SentUnlooked,
            Self::AgedIsResent,
            Self::NewsPostedTwice,
            Self::StateRegressed,
            Self::CentLost,
            Self::RefundWithoutReversals,
            Self::NettedTwice,
            Self::FeeOnWrongSide,
            Self::MoreThanHeld,
            Self::RefundDuringDispute,
            Self::RefusedRests,
            Self::BankAndCredit,
        ];
    }

    thread_local! {
        static PLANTED: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    /// Plants a fault on this thread, or none.
    pub fn plant(fault: Option<Fault>) {
        PLANTED.set(fault);
    }

    pub fn is(fault: Fault) -> bool {
        PLANTED.get() == Some(fault)
    }
}

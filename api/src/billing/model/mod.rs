//! Money as plain data: the machines, the journals, the rows people see.
//!
//! Pure: nothing here reads a clock, a row or the outside.

mod allocation;
mod approval;
mod break_words;
mod csv;
mod disagreement;
mod dispute;
mod facts;
mod holding;
mod ledger;
mod mandate;
mod method;
mod party;
mod payout;
mod reconciling;
#[cfg(test)]
mod reconciling_tests;
mod recovery;
mod rows;
mod spend;
mod statement;
mod states;
mod to_bank;
mod webhook;

pub use allocation::{
    AllocationError, allocate_part, shares_given_back, shares_of_rest, shares_released,
};
pub use approval::{
    APPROVAL_DAYS, MoneyApproval, MoneyApprovalKind, MoneyApprovalMoved, MoneyApprovalState,
    MoneyLimit, MoneyLimitSet, MoneyTerms, reason_of_two,
};
pub use break_words::Told;
pub use csv::{spend_csv, statement_csv};
pub use disagreement::{
    ANSWER_DAYS, Disagreement, DisagreementLine, DisagreementState, DisagreementStep,
    REMINDER_DAYS, Split, SplitProposal, SplitState, at_stake, may_file,
};
pub use dispute::{BankKept, Dispute, DisputeState, Lost};
pub use facts::{
    BreaksOpened, DisagreementMoved, DisputeEnded, DisputeOpened, InvoiceSettled, InvoiceUnpaid,
    MandateEnded, MandateGiven, MethodEnds, MoneyDisputeSettled, MoneyDisputed, PaymentDeclined,
    PaymentParked, PaymentUnconfirmed, PayoutFailed, PayoutsReady, PayoutsWanted, RefundFailed,
    RefundPaid, ShareOwed, ShareReleased, TransferPaid, TransferRefused, WeekCharged,
};
pub use holding::{HoldStep, Holding, HoldingMoved};
pub use ledger::{Creditor, Journal, Line};
pub use mandate::{
    Mandate, MandateEnd, MandateOffer, MandateStanding, PaysWeeks, SeenMandate, label,
    mandate_words,
};
pub use method::{
    CONFIRM_DAYS, Charged, KeptMethod, MethodSetup, MethodState, NoMethod, PaymentMethod,
    SetupState, judge, to_charge, today,
};
pub use party::{PartyBalance, PartyLine, PartyStatement, party_csv};
pub use payout::{PayoutAccount, PayoutStage};
pub use reconciling::{
    AtStripe, Booked, Break, BreakKind, BreakState, Decided, Difference, Posting,
    amount as in_words, assign, decide, of_movement, of_posting,
};
pub use recovery::{
    Cause, NewNetting, Recovery, Reversal, Sent, plan_nettings, plan_reversals, what_each_has,
};
pub use rows::{Call, NewCall, Payment, Refund, RefundOrigin, Release, Transfer};
pub use spend::{Received, Spent, SpentOn};
pub use statement::{
    Earnings, LineState, Part, Period, Statement, StatementLine, Taken, TakenHow, running,
};
pub use states::{
    CallState, CallStep, PaymentState, PaymentStep, RecoveryState, RefundState, RefundStep,
    ReversalState, ReversalStep, TransferState, TransferStep,
};
pub use to_bank::{Payout, PayoutState};
pub use webhook::{LONGEST_SEARCH, WebhookNews, WebhookState, WebhooksWanted};

//! What follows from what: every decision about money, without a clock, a row or the outside.
//!
//! An operation reads rows, or an object at Stripe, hands them to a function here, and writes what
//! comes back: rows that changed, journals, calls, jobs. The simulator drives the same functions
//! over a book of its own, so whatever it finds is in what runs.

pub mod calls;
pub mod disputes;
pub mod look_up;
pub mod payments;
pub mod planted;
pub mod recoveries;
pub mod refunds;
pub mod settling;
pub mod transfers;

use super::model::{Journal, NewCall, NewNetting, Recovery, Refund, Reversal, Transfer};
use crate::kernel::id::{MilestoneId, NettingId, OrganizationId, RefundId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What a decision has written, together and in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// A fact is posted, unless it was posted before.
    Post(Journal),
    /// A call is written down, and a job carries it out.
    Call(NewCall),
    SetTransfer(Transfer),
    /// It is asked for.
    AddRefund(Refund),
    SetRefund(Refund),
    SetReversal(Reversal),
    AddReversals(Vec<Reversal>),
    AddRecoveries(Vec<Recovery>),
    AddNettings(Vec<(NettingId, NewNetting)>),
    /// What the payees of a confirmed refund owe is due from now on; a job each begins to take it.
    MakeDue(RefundId),
    /// A refund of released money was refused: it stays with its payees, who owe nothing, and the
    /// journal says so.
    KeepAfterAll(Refund),
    /// An object at Stripe is of a row here, so that news of it finds the row.
    Name {
        object: String,
        of: Uuid,
    },
    /// A movement at Stripe is followed until it can be used.
    Follow {
        milestone: MilestoneId,
        transaction: String,
        source: String,
    },
    /// What an organization waits for is started by a job; `again` what was refused as well.
    Start {
        organization: OrganizationId,
        again: bool,
    },
    /// What was refused is tried again by itself at this time.
    StartAgain {
        organization: OrganizationId,
        at: DateTime<Utc>,
    },
    /// The same where the organization owes something, which waited for an outcome.
    StartIfOwing(OrganizationId),
}

/// A decision that cannot be made: something at Stripe is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

pub type Fit<T> = std::result::Result<T, Unfit>;

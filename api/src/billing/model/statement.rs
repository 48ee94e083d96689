//! Statements: one line for each share or payment, each tied to its journals and Stripe's ids.

use crate::engagements::Party;
use crate::kernel::id::{EngagementId, JournalId, MilestoneId, OrganizationId};
use crate::kernel::money::{Currency, Money};
use crate::text_enum;
use chrono::{DateTime, NaiveDate, Utc};

text_enum! {
    /// Where the money of a line is.
    pub enum LineState {
        /// Held until the work is accepted.
        Held = "held",
        /// Earned, and waiting until the payee can be paid.
        Payable = "payable",
        /// On its way to the payee.
        OnTheWay = "on_the_way",
        /// With the payee; for a customer, released to the payees.
        Paid = "paid",
        /// Back with the customer.
        Refunded = "refunded",
        /// The payee gives it back: some of it is still to be taken.
        Owed = "owed",
        /// The payee gave it back.
        GivenBack = "given_back",
    }
}

impl LineState {
    /// Whether the line's amount counts in the running total of a payee.
    pub const fn is_earned(self) -> bool {
        matches!(self, Self::Payable | Self::OnTheWay | Self::Paid | Self::Owed | Self::GivenBack)
    }
}

text_enum! {
    /// How what a payee gives back is taken.
    pub enum TakenHow {
        /// A share that was not sent paid it.
        Netting = "netting",
        /// It is being taken from the payee's account.
        Reversing = "reversing",
        /// It was taken from the payee's account.
        Reversal = "reversal",
    }
}

/// A part of what a payee gives back, taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub at: DateTime<Utc>,
    pub how: TakenHow,
    /// Whose share paid it, such as `A-2041, milestone 2: Drafts`; empty for a reversal.
    pub what: String,
    pub amount: Money,
}

/// Days from `from` to `to`, both included, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// One party's frozen part of a milestone's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub party: Party,
    /// Parts of 10,000.
    pub parts: i32,
    pub amount: Money,
}

/// One share, or one payment of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// When the money came into its present state, for shares: funded, accepted or refunded.
    pub at: DateTime<Utc>,
    /// What it is for, e.g. `Milestone 1: Nurture flow`.
    pub what: String,
    pub engagement: EngagementId,
    /// The engagement as people call it: A-2041.
    pub engagement_label: String,
    pub milestone: MilestoneId,
    /// The price the customer paid.
    pub gross: Money,
    /// The rule behind the amount, e.g. `consultant 80.00 %, rule “All work” of 1 March 2026`.
    pub rule: String,
    /// That rule of the fees alone, where the line has one: `“All work” of 1 March 2026`.
    pub fee_rule: Option<String>,
    pub amount: Money,
    /// Whose part it is; absent for a customer's payment.
    pub party: Option<Party>,
    /// Every part of the price, in the fixed order of parties; they add up to it.
    pub split: Vec<Part>,
    pub state: LineState,
    /// Why the last attempt to send it was refused.
    pub refusal: Option<String>,
    /// What of a share was not sent, since it paid what the payee owed.
    pub netted: Money,
    /// How what is given back was taken, oldest first; what is left of it is owed.
    pub taken: Vec<Taken>,
    /// Sum of the amounts that count, up to this line.
    pub running: Money,
    pub journals: Vec<JournalId>,
    /// Ids at Stripe: charge, transfer, refund.
    pub stripe: Vec<String>,
}

/// What a party earned or a customer paid in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub organization: OrganizationId,
    pub organization_name: String,
    pub period: Period,
    pub currency: Currency,
    /// What counted before the period.
    pub opening: Money,
    pub lines: Vec<StatementLine>,
    /// `opening` and every line that counts.
    pub closing: Money,
}

/// What a payee has where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earnings {
    /// Earned and not sent, because the payee cannot be paid yet.
    pub available: Money,
    /// Held for work that is not accepted.
    pub on_hold: Money,
    pub on_the_way: Money,
    /// With the payee, without what was taken back.
    pub paid: Money,
    /// What the payee gives back and nothing was taken for; its next shares pay it.
    pub owed: Money,
}

/// Sets each line's running total, from an opening total; answers the closing one. Lines whose
/// state does not count keep the total as it is.
pub fn running(
    opening: Money,
    lines: &mut [StatementLine],
    counts: impl Fn(LineState) -> bool,
) -> Money {
    let mut total = opening.minor();
    for line in lines {
        if counts(line.state) {
            total = total.saturating_add(line.amount.minor());
        }
        line.running = Money::new(total, opening.currency());
    }
    Money::new(total, opening.currency())
}

//! A milestone and its machine.

use super::engagement::EngagementStep;
use super::week::WeekWork;
use crate::engagements::EngagementError;
use crate::kernel::id::{EngagementId, MilestoneId, PersonId};
use crate::kernel::money::{Currency, Money};
use crate::text_enum;
use chrono::{DateTime, NaiveDate, Utc};

text_enum! {
    /// Where a milestone stands. Accepted, refunded and settled are the ends.
    pub enum MilestoneState {
        /// Agreed, without money.
        Planned = "planned",
        /// Its price is held; work may start.
        Funded = "funded",
        /// Delivered; the clock of acceptance runs.
        Submitted = "submitted",
        /// Returned with notes; the clock is stopped.
        ChangesRequested = "changes_requested",
        /// Accepted; the held money is due to the payees.
        Accepted = "accepted",
        /// The held money went back to the customer.
        Refunded = "refunded",
        /// Parts of the held money were released, and the rest went back.
        Settled = "settled",
    }
}

text_enum! {
    /// What moves a milestone.
    pub enum MilestoneStep {
        Fund = "fund",
        Submit = "submit",
        RequestChanges = "return",
        Accept = "accept",
        Refund = "refund",
        Settle = "settle",
    }
}

impl MilestoneState {
    /// The state after a step.
    ///
    /// Errors: `already-accepted` and `already-funded` for a repeated step, else
    /// `milestone-state`.
    pub fn after(self, step: MilestoneStep) -> Result<Self, EngagementError> {
        use MilestoneStep as Step;
        match (self, step) {
            (Self::Planned, Step::Fund) => Ok(Self::Funded),
            (Self::Funded | Self::ChangesRequested, Step::Submit) => Ok(Self::Submitted),
            (Self::Submitted, Step::RequestChanges) => Ok(Self::ChangesRequested),
            (Self::Submitted, Step::Accept) => Ok(Self::Accepted),
            (Self::Funded | Self::Submitted | Self::ChangesRequested, Step::Refund) => {
                Ok(Self::Refunded)
            }
            (Self::Funded | Self::Submitted | Self::ChangesRequested, Step::Settle) => {
                Ok(Self::Settled)
            }
            (Self::Accepted, Step::Accept) => Err(EngagementError::AlreadyAccepted),
            (state, Step::Fund) if state.is_held() => Err(EngagementError::AlreadyFunded),
            (state, step) => Err(EngagementError::MilestoneState { state, step }),
        }
    }

    /// Whether the milestone's money is held.
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Funded | Self::Submitted | Self::ChangesRequested)
    }

    /// Whether nothing more happens to it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Accepted | Self::Refunded | Self::Settled)
    }

    /// Whether it ended with work that was paid for.
    pub const fn is_paid_out(self) -> bool {
        matches!(self, Self::Accepted | Self::Settled)
    }
}

/// A part of the work with its own price, delivery and acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    pub id: MilestoneId,
    pub engagement: EngagementId,
    /// Counts from 1.
    pub seq: i32,
    pub title: String,
    /// What is delivered, in the words of the proposal.
    pub delivers: String,
    pub price: Money,
    /// What of it went back to the customer, or is on its way.
    pub sent_back: Money,
    /// What of the rest was released: in parts, and by its acceptance.
    pub released: Money,
    /// What of that went back after all.
    pub given_back: Money,
    /// Days from funding to delivery.
    pub days: i32,
    pub state: MilestoneState,
    pub funded_at: Option<DateTime<Utc>>,
    /// By when what is held has left, counted from its own charge.
    pub hold_until: Option<DateTime<Utc>>,
    pub due_on: Option<NaiveDate>,
    pub submitted_at: Option<DateTime<Utc>>,
    /// When silence accepts the delivery; set while it is submitted.
    pub accepts_itself_at: Option<DateTime<Utc>>,
    pub accepted_at: Option<DateTime<Utc>>,
    /// Absent when silence accepted it.
    pub accepted_by: Option<PersonId>,
    pub refunded_at: Option<DateTime<Utc>>,
    /// When the last of what was held went back, after parts were released.
    pub settled_at: Option<DateTime<Utc>>,
    /// How often it was returned.
    pub change_requests: i32,
    /// For a week of work by the hour: delivered when it locks, and due at once.
    pub week: Option<WeekWork>,
}

impl Milestone {
    /// Without money so far, and without words.
    pub const fn planned(
        id: MilestoneId,
        engagement: EngagementId,
        seq: i32,
        price: Money,
    ) -> Self {
        let zero = Money::zero(price.currency());
        Self {
            id,
            engagement,
            seq,
            title: String::new(),
            delivers: String::new(),
            price,
            sent_back: zero,
            released: zero,
            given_back: zero,
            days: 0,
            state: MilestoneState::Planned,
            funded_at: None,
            hold_until: None,
            due_on: None,
            submitted_at: None,
            accepts_itself_at: None,
            accepted_at: None,
            accepted_by: None,
            refunded_at: None,
            settled_at: None,
            change_requests: 0,
            week: None,
        }
    }

    /// What its shares are of: the price without what was sent back; the price when all of it was.
    pub fn shared(&self) -> Money {
        if self.state == MilestoneState::Refunded { self.price } else { self.left() }
    }

    /// The price without what was sent back: held, released or still to be paid.
    pub const fn left(&self) -> Money {
        let left = self.price.minor().saturating_sub(self.sent_back.minor());
        Money::new(left, self.price.currency())
    }

    /// What of it the customer has not got back, before or after release.
    pub const fn kept(&self) -> Money {
        let kept = self.left().minor().saturating_sub(self.given_back.minor());
        Money::new(kept, self.price.currency())
    }

    /// What of it is neither released nor sent back: held once it was paid, released by acceptance.
    pub const fn rest(&self) -> Money {
        let rest = self.left().minor().saturating_sub(self.released.minor());
        Money::new(rest, self.price.currency())
    }

    /// What is held for it now.
    pub const fn held(&self) -> Money {
        if self.state.is_held() { self.rest() } else { Money::zero(self.price.currency()) }
    }

    /// What was released and did not go back.
    pub const fn with_payees(&self) -> Money {
        let net = self.released.minor().saturating_sub(self.given_back.minor());
        Money::new(net, self.price.currency())
    }

    /// All of the price that went back to the customer.
    pub const fn gone_back(&self) -> Money {
        let back = self.price.minor().saturating_sub(self.kept().minor());
        Money::new(back, self.price.currency())
    }

    /// The version that a decision is about, counted from 1: each return asks for one more.
    pub const fn version(&self) -> i32 {
        self.change_requests.saturating_add(1)
    }
}

/// The step that an engagement takes when all its milestones are over, with the reason in words;
/// `None` while one is not.
pub fn step_after(states: &[MilestoneState]) -> Option<(EngagementStep, &'static str)> {
    if states.is_empty() || !states.iter().all(|state| state.is_over()) {
        return None;
    }
    if states.iter().any(|state| state.is_paid_out()) {
        return Some((EngagementStep::Complete, "Every milestone is accepted or refunded."));
    }
    Some((EngagementStep::Cancel, "Every milestone was refunded."))
}

/// As [`step_after`], once there are no more hours: nothing may have been charged at all.
pub fn step_after_hours(states: &[MilestoneState]) -> Option<(EngagementStep, &'static str)> {
    if states.is_empty() {
        return Some((EngagementStep::Cancel, "No hours were charged."));
    }
    let (step, _) = step_after(states)?;
    let reason = match step {
        EngagementStep::Complete => "The hours ended; every week is accepted or refunded.",
        _ => "The hours ended; every week was refunded.",
    };
    Some((step, reason))
}

/// The prices of an engagement's milestones by where their money is; together the whole price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub planned: Money,
    pub held: Money,
    pub released: Money,
    pub refunded: Money,
}

impl Totals {
    fn none(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { planned: zero, held: zero, released: zero, refunded: zero }
    }

    fn add(&mut self, state: MilestoneState, price: Money) {
        let place = match state {
            MilestoneState::Planned => &mut self.planned,
            MilestoneState::Accepted | MilestoneState::Settled => &mut self.released,
            MilestoneState::Refunded => &mut self.refunded,
            MilestoneState::Funded
            | MilestoneState::Submitted
            | MilestoneState::ChangesRequested => &mut self.held,
        };
        *place = Money::new(place.minor().saturating_add(price.minor()), place.currency());
    }
}

/// All milestones are in this currency.
pub fn totals(currency: Currency, milestones: &[Milestone]) -> Totals {
    let mut totals = Totals::none(currency);
    for milestone in milestones {
        if milestone.state.is_held() {
            totals.add(milestone.state, milestone.held());
            totals.add(MilestoneState::Accepted, milestone.with_payees());
        } else {
            totals.add(milestone.state, milestone.kept());
        }
        totals.add(MilestoneState::Refunded, milestone.gone_back());
    }
    totals
}

/// One sum a currency, in the order in which the currencies come.
pub fn totals_of_prices(prices: &[(MilestoneState, Money)]) -> Vec<Totals> {
    let mut all: Vec<Totals> = Vec::new();
    for (state, price) in prices {
        match all.last_mut().filter(|last| last.held.currency() == price.currency()) {
            Some(last) => last.add(*state, *price),
            None => {
                let mut totals = Totals::none(price.currency());
                totals.add(*state, *price);
                all.push(totals);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagements::model::examples::milestone;

    #[test]
    fn every_price_is_counted_once() {
        let states = MilestoneState::ALL.iter().enumerate();
        let milestones: Vec<Milestone> =
            states.map(|(at, state)| milestone(i32::try_from(at).unwrap(), *state)).collect();
        let Totals { planned, held, released, refunded } = totals(Currency::Usd, &milestones);
        let minors = [planned, held, released, refunded].map(Money::minor);
        assert_eq!(minors, [100_000, 300_000, 200_000, 100_000]);
    }

    #[test]
    fn what_was_sent_back_is_neither_held_nor_released() {
        let part = |state| {
            let sent_back = Money::new(30_000, Currency::Usd);
            Milestone { sent_back, ..milestone(1, state) }
        };
        let milestones = [part(MilestoneState::Submitted), part(MilestoneState::Accepted)];
        let Totals { planned, held, released, refunded } = totals(Currency::Usd, &milestones);
        let minors = [planned, held, released, refunded].map(Money::minor);
        assert_eq!(minors, [0, 70_000, 70_000, 60_000]);
    }

    #[test]
    fn what_was_released_in_parts_is_not_held() {
        let usd = |minor| Money::new(minor, Currency::Usd);
        let of = Milestone {
            sent_back: usd(10_000),
            released: usd(40_000),
            given_back: usd(5_000),
            ..milestone(1, MilestoneState::Funded)
        };
        let now = [of.left(), of.rest(), of.held(), of.with_payees(), of.kept(), of.gone_back()];
        assert_eq!(now.map(Money::minor), [90_000, 50_000, 50_000, 35_000, 85_000, 15_000]);
        let Totals { planned, held, released, refunded } = totals(Currency::Usd, &[of]);
        let minors = [planned, held, released, refunded].map(Money::minor);
        assert_eq!(minors, [0, 50_000, 35_000, 15_000]);
    }
}

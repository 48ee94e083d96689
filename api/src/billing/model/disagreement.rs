//! A disagreement of the two sides about a milestone's money, as plain data: who may do what, and
//! until when.
//!
//! What a payer's bank does is a dispute; it is another thing with another end.

use crate::billing::BillingError;
pub use crate::engagements::ANSWER_DAYS;
use crate::engagements::{FILING_DAYS, Milestone, Side};
use crate::kernel::id::{
    DisagreementId, DisagreementProposalId, EngagementId, MilestoneId, PersonId,
};
use crate::kernel::money::Money;
use crate::text_enum;
use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};

/// Business days after which the other side is reminded: one is left.
pub const REMINDER_DAYS: i32 = ANSWER_DAYS - 1;

text_enum! {
    /// Where a disagreement stands.
    pub enum DisagreementState {
        /// The money stays where it is.
        Open = "open",
        /// A side said yes to what the other proposed.
        Agreed = "agreed",
        /// The program decided.
        Decided = "decided",
        /// Who filed it took it back.
        Withdrawn = "withdrawn",
        /// The payer's bank took the money: there was nothing left to split.
        Closed = "closed",
    }
}

text_enum! {
    /// Where a proposal stands.
    pub enum SplitState {
        Open = "open",
        Accepted = "accepted",
        /// The same side proposed something else.
        Replaced = "replaced",
        /// The disagreement ended another way.
        Over = "over",
    }
}

text_enum! {
    /// What happened last, for whom it concerns.
    pub enum DisagreementStep {
        Filed = "filed",
        Answered = "answered",
        Proposed = "proposed",
        MediationAsked = "mediation_asked",
        /// One business day is left to answer.
        AnswerSoon = "answer_soon",
        /// Nobody answered in time.
        Unanswered = "unanswered",
        Agreed = "agreed",
        Decided = "decided",
        Withdrawn = "withdrawn",
        Closed = "closed",
    }
}

/// So much back to the customer, so much for the payees; together what is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    pub back: Money,
    pub released: Money,
}

impl Split {
    /// What of it does not go back is the payees'. Errors with `not-at-stake` unless it comes to
    /// the stake.
    pub fn of(self, stake: Money) -> Result<Self, BillingError> {
        match self.back.checked_add(self.released) {
            Ok(sum) if sum == stake => Ok(self),
            _ => Err(BillingError::NotAtStake(stake)),
        }
    }

    /// In a clause for both sides.
    pub fn clause(&self) -> String {
        format!("{} back to the customer, {} to the payees", self.back, self.released)
    }
}

/// The two sides disagree about a milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    pub id: DisagreementId,
    pub milestone: MilestoneId,
    pub engagement: EngagementId,
    /// Who filed it.
    pub side: Side,
    pub filed_by: PersonId,
    pub reason: String,
    /// What whoever filed it wanted to go back to the customer.
    pub asked: Money,
    pub filed_at: DateTime<Utc>,
    /// Until when the other side has to answer; if nobody did, the program may decide from then on.
    pub answer_by: DateTime<Utc>,
    pub answer: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    /// When the other side first answered, proposed or asked the program.
    pub heard_at: Option<DateTime<Utc>>,
    /// Who asked the program to decide.
    pub mediation: Option<Side>,
    pub state: DisagreementState,
    /// How it was split in the end.
    pub split: Option<Split>,
    /// Why it ended so, in words; may be empty.
    pub outcome: String,
    pub ended_at: Option<DateTime<Utc>>,
}

/// What a side proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitProposal {
    pub id: DisagreementProposalId,
    pub disagreement: DisagreementId,
    pub side: Side,
    pub split: Split,
    pub note: String,
    pub proposed_by: PersonId,
    pub proposed_at: DateTime<Utc>,
    pub state: SplitState,
}

/// A disagreement with what it is about, for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisagreementLine {
    pub of: Disagreement,
    /// The engagement as people call it: A-2041.
    pub label: String,
    pub seq: i32,
    pub title: String,
}

impl Disagreement {
    /// Errors with `disagreement-ended`.
    pub fn open(&self) -> Result<(), BillingError> {
        match self.state {
            DisagreementState::Open => Ok(()),
            _ => Err(BillingError::DisagreementEnded),
        }
    }

    /// Errors with `disagreement-ended`, `other-side` for who filed it, `already-answered`.
    pub fn may_answer(&self, side: Side) -> Result<(), BillingError> {
        self.open()?;
        if side == self.side {
            return Err(BillingError::OtherSide);
        }
        if self.answer.is_some() { Err(BillingError::AlreadyAnswered) } else { Ok(()) }
    }

    /// Errors with `disagreement-ended`, `other-side` for who did not file it.
    pub fn may_withdraw(&self, side: Side) -> Result<(), BillingError> {
        self.open()?;
        if side == self.side { Ok(()) } else { Err(BillingError::OtherSide) }
    }

    /// Errors with `disagreement-ended`, `already-asked`.
    pub fn may_ask(&self) -> Result<(), BillingError> {
        self.open()?;
        if self.mediation.is_some() { Err(BillingError::AlreadyAsked) } else { Ok(()) }
    }

    /// The program decides when a side asked it and the other was heard, or when nobody was heard
    /// in time: nobody is decided about unheard, and silence keeps nobody's money.
    ///
    /// Errors with `disagreement-ended`, `mediation-not-asked`, `decided-too-early`.
    pub fn may_decide(&self, now: DateTime<Utc>) -> Result<(), BillingError> {
        self.open()?;
        match (self.heard_at, self.mediation) {
            (None, _) if now >= self.answer_by => Ok(()),
            (_, None) => Err(BillingError::MediationNotAsked),
            (None, Some(_)) => Err(BillingError::DecidedTooEarly),
            (Some(_), Some(_)) => Ok(()),
        }
    }
}

/// What is to be split: what is held, or after its end what is with the payees.
pub const fn at_stake(milestone: &Milestone) -> Money {
    if milestone.state.is_held() { milestone.held() } else { milestone.with_payees() }
}

/// Errors with `nothing-to-disagree-about` unless money is held, or it ended no longer ago than
/// [`FILING_DAYS`] and its payees have some of it.
pub fn may_file(milestone: &Milestone, now: DateTime<Utc>) -> Result<(), BillingError> {
    let ended = milestone.accepted_at.or(milestone.settled_at);
    let until = ended.and_then(|at| at.checked_add_days(Days::new(FILING_DAYS)));
    let open = milestone.state.is_held() || until.is_some_and(|until| now < until);
    if open && at_stake(milestone).minor() > 0 {
        return Ok(());
    }
    Err(BillingError::NothingToDisagree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::Currency;
    use crate::platform::refusal::Refusal;
    use chrono::TimeZone;
    use uuid::Uuid;

    fn at(day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 5, day, 12, 0, 0).unwrap()
    }

    fn filed() -> Disagreement {
        Disagreement {
            id: DisagreementId(Uuid::nil()),
            milestone: MilestoneId(Uuid::nil()),
            engagement: EngagementId(Uuid::nil()),
            side: Side::Customer,
            filed_by: PersonId(Uuid::nil()),
            reason: "Half of it is missing.".to_owned(),
            asked: Money::new(50_000, Currency::Usd),
            filed_at: at(4),
            answer_by: at(11),
            answer: None,
            answered_at: None,
            heard_at: None,
            mediation: None,
            state: DisagreementState::Open,
            split: None,
            outcome: String::new(),
            ended_at: None,
        }
    }

    /// Answer by each side, withdrawal by each side, asking for mediation, deciding before and
    /// after the deadline: the code of the refusal, or a dot.
    fn table(of: &Disagreement) -> String {
        let told = [
            of.may_answer(Side::Customer),
            of.may_answer(Side::Partner),
            of.may_withdraw(Side::Customer),
            of.may_withdraw(Side::Partner),
            of.may_ask(),
            of.may_decide(at(10)),
            of.may_decide(at(11)),
        ];
        let cells = told.iter().map(|cell| cell.as_ref().err().map_or(".", Refusal::code));
        cells.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn who_may_do_what_and_when() {
        let late = |of: &Disagreement| table(of).rsplit(' ').next().unwrap().to_owned();
        let new = filed();
        assert_eq!(table(&new), "other-side . . other-side . mediation-not-asked .");
        let said = Disagreement { heard_at: Some(at(6)), ..filed() };
        assert_eq!(late(&said), "mediation-not-asked", "they talk with each other");
        let answered = Disagreement { answer: Some("It is there.".to_owned()), ..said.clone() };
        let unasked = "mediation-not-asked mediation-not-asked";
        let told = format!("other-side already-answered . other-side . {unasked}");
        assert_eq!(table(&answered), told);
        let asked = Disagreement { mediation: Some(Side::Customer), ..filed() };
        let told = "other-side . . other-side already-asked decided-too-early .";
        assert_eq!(table(&asked), told, "nobody is decided about unheard");
        let both = Disagreement { heard_at: Some(at(6)), ..asked.clone() };
        assert_eq!(table(&both), "other-side . . other-side already-asked . .");
        for state in DisagreementState::ALL.iter().filter(|s| **s != DisagreementState::Open) {
            let over = Disagreement { state: *state, ..asked.clone() };
            assert_eq!(table(&over), ["disagreement-ended"; 7].join(" "), "{state}");
        }
    }

    #[test]
    fn it_is_filed_while_money_is_there_and_a_fortnight_longer() {
        use crate::engagements::{MilestoneState as M, examples::milestone};
        let usd = |minor| Money::new(minor, Currency::Usd);
        for state in [M::Funded, M::Submitted, M::ChangesRequested] {
            assert_eq!(may_file(&milestone(1, state), at(30)), Ok(()), "{state}");
        }
        for state in [M::Planned, M::Refunded] {
            assert!(may_file(&milestone(1, state), at(1)).is_err(), "{state}");
        }
        let accepted = Milestone { accepted_at: Some(at(1)), ..milestone(1, M::Accepted) };
        assert_eq!(at_stake(&accepted), usd(100_000));
        assert_eq!(may_file(&accepted, at(14)), Ok(()));
        assert!(may_file(&accepted, at(15)).is_err());
        let given = Milestone { given_back: usd(100_000), ..accepted };
        assert!(may_file(&given, at(2)).is_err(), "nothing is left");
    }

    #[test]
    fn a_split_comes_to_what_is_at_stake() {
        let usd = |minor| Money::new(minor, Currency::Usd);
        let split = |back, released| Split { back: usd(back), released: usd(released) };
        for (back, released) in [(0, 100), (100, 0), (30, 70)] {
            assert_eq!(split(back, released).of(usd(100)), Ok(split(back, released)));
        }
        for wrong in [split(30, 69), split(31, 70), split(i64::MAX, 1)] {
            assert_eq!(wrong.of(usd(100)), Err(BillingError::NotAtStake(usd(100))));
        }
        let other = Split { back: Money::new(30, Currency::Eur), released: usd(70) };
        assert_eq!(other.of(usd(100)), Err(BillingError::NotAtStake(usd(100))));
    }
}

//! Whose turn it is, what there is to do, and until when.

use super::engagement::{Engagement, EngagementState, Side};
use super::milestone::{Milestone, MilestoneState};
use super::week::Week;
use crate::kernel::id::MilestoneId;
use crate::text_enum;
use chrono::{DateTime, NaiveDate, Utc};

text_enum! {
    /// What a side is waited for.
    pub enum Task {
        AcceptStatement = "accept the statement of work",
        FundMilestone = "fund a milestone",
        Deliver = "deliver a milestone",
        DeliverAgain = "deliver a milestone again",
        DecideDelivery = "accept a milestone or return it with notes",
        PayWeek = "pay a week",
        ReviewWeek = "accept a week or disagree",
        Resume = "resume the engagement",
        WriteReview = "write a review",
    }
}

/// Until when a side is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Something happens by itself at this instant.
    Instant(DateTime<Utc>),
    /// Agreed, in the program's calendar; nothing happens by itself.
    Day(NaiveDate),
}

/// One thing that waits for one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub side: Side,
    pub task: Task,
    /// The milestone it is about, with its place in the engagement.
    pub milestone: Option<(MilestoneId, i32)>,
    pub until: Option<Until>,
}

/// The facts beside engagement and milestones that turns depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// When the statement of work lapses, and who accepted it.
    pub accept_by: Option<DateTime<Utc>>,
    pub accepted: Vec<Side>,
    /// When a signed engagement lapses that nobody funded.
    pub fund_by: Option<DateTime<Utc>>,
    /// When the reviews are published, whoever wrote one.
    pub reviews_close_at: Option<DateTime<Utc>>,
    pub reviewed: Vec<Side>,
}

/// What waits for whom, most pressing first: decisions over money, then work, then money to come.
pub fn turns(engagement: &Engagement, milestones: &[Milestone], waiting: &Waiting) -> Vec<Turn> {
    match engagement.state {
        EngagementState::Contracting => {
            let until = waiting.accept_by.map(Until::Instant);
            both(Task::AcceptStatement, &waiting.accepted, until)
        }
        EngagementState::Signed => {
            let next = milestones.iter().find(|m| m.state == MilestoneState::Planned);
            let until = waiting.fund_by.map(Until::Instant);
            next.map(|m| fund(m, until)).into_iter().collect()
        }
        EngagementState::Active => work(milestones),
        EngagementState::Paused => both(Task::Resume, &[], None),
        EngagementState::Disputed | EngagementState::Cancelled => Vec::new(),
        EngagementState::Completed => match waiting.reviews_close_at {
            Some(at) => both(Task::WriteReview, &waiting.reviewed, Some(Until::Instant(at))),
            None => Vec::new(),
        },
    }
}

fn both(task: Task, done: &[Side], until: Option<Until>) -> Vec<Turn> {
    let open = [Side::Customer, Side::Partner].into_iter().filter(|side| !done.contains(side));
    open.map(|side| Turn { side, task, milestone: None, until }).collect()
}

fn fund(milestone: &Milestone, until: Option<Until>) -> Turn {
    let milestone = Some((milestone.id, milestone.seq));
    Turn { side: Side::Customer, task: Task::FundMilestone, milestone, until }
}

fn work(milestones: &[Milestone]) -> Vec<Turn> {
    let mut turns: Vec<(u8, Turn)> = milestones.iter().filter_map(open_turn).collect();
    // The next milestone is asked to be funded once nothing is in work, since until then nobody
    // waits for its money; the customer may fund more, unasked.
    if turns.is_empty() {
        let next = milestones.iter().find(|m| m.state == MilestoneState::Planned);
        turns.extend(next.map(|m| (3, fund(m, None))));
    }
    turns.sort_by_key(|(rank, turn)| (*rank, turn.milestone.map(|(_, seq)| seq)));
    turns.into_iter().map(|(_, turn)| turn).collect()
}

fn open_turn(milestone: &Milestone) -> Option<(u8, Turn)> {
    let by_day = milestone.due_on.map(Until::Day);
    if let Some(of) = milestone.week {
        return week_turn(milestone, of.week);
    }
    let (rank, side, task, until) = match milestone.state {
        MilestoneState::Submitted => {
            let until = milestone.accepts_itself_at.map(Until::Instant);
            (0, Side::Customer, Task::DecideDelivery, until)
        }
        MilestoneState::ChangesRequested => (1, Side::Partner, Task::DeliverAgain, None),
        MilestoneState::Funded => (2, Side::Partner, Task::Deliver, by_day),
        MilestoneState::Planned
        | MilestoneState::Accepted
        | MilestoneState::Refunded
        | MilestoneState::Settled => return None,
    };
    Some((rank, Turn { side, task, milestone: Some((milestone.id, milestone.seq)), until }))
}

/// A week is paid, then accepted; a partner's time is nobody's turn.
fn week_turn(milestone: &Milestone, week: Week) -> Option<(u8, Turn)> {
    let (rank, task, until) = match milestone.state {
        MilestoneState::Planned => (1, Task::PayWeek, Some(week.due_at())),
        state if state.is_held() => (0, Task::ReviewWeek, milestone.accepts_itself_at),
        _ => return None,
    };
    let until = until.map(Until::Instant);
    let milestone = Some((milestone.id, milestone.seq));
    Some((rank, Turn { side: Side::Customer, task, milestone, until }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagements::model::examples::{engagement, instant, milestone};
    use EngagementState as E;
    use MilestoneState as M;

    fn said(state: E, milestones: &[M], waiting: &Waiting) -> Vec<String> {
        let states = milestones.iter().enumerate();
        let milestones: Vec<Milestone> = states
            .map(|(index, state)| milestone(i32::try_from(index).unwrap() + 1, *state))
            .collect();
        let line = |turn: &Turn| {
            let seq = turn.milestone.map(|(_, seq)| format!(" {seq}")).unwrap_or_default();
            let until = match turn.until {
                Some(Until::Instant(at)) => format!(" by {}", at.format("%d %H:%M")),
                Some(Until::Day(day)) => format!(" on {}", day.format("%d")),
                None => String::new(),
            };
            format!("{}: {}{seq}{until}", turn.side, turn.task)
        };
        turns(&engagement(state), &milestones, waiting).iter().map(line).collect()
    }

    fn nobody() -> Waiting {
        Waiting {
            accept_by: Some(instant(14)),
            fund_by: Some(instant(7)),
            reviews_close_at: Some(instant(21)),
            ..Waiting::default()
        }
    }

    /// The partner has accepted, the customer has reviewed.
    fn one() -> Waiting {
        Waiting { accepted: vec![Side::Partner], reviewed: vec![Side::Customer], ..nobody() }
    }

    #[test]
    fn before_and_after_work() {
        let accept = "accept the statement of work by 14 12:00";
        let (theirs, ours) = (format!("customer: {accept}"), format!("partner: {accept}"));
        assert_eq!(said(E::Contracting, &[M::Planned], &nobody()), [theirs.clone(), ours]);
        assert_eq!(said(E::Contracting, &[M::Planned], &one()), [theirs]);
        let fund = "customer: fund a milestone 1 by 07 12:00";
        assert_eq!(said(E::Signed, &[M::Planned, M::Planned], &nobody()), [fund]);
        let review = "write a review by 21 12:00";
        let (theirs, ours) = (format!("customer: {review}"), format!("partner: {review}"));
        assert_eq!(said(E::Completed, &[M::Accepted], &nobody()), [theirs, ours.clone()]);
        assert_eq!(said(E::Completed, &[M::Accepted], &one()), [ours]);
        assert_eq!(said(E::Completed, &[M::Accepted], &Waiting::default()), [""; 0]);
        assert_eq!(said(E::Cancelled, &[M::Planned], &nobody()), [""; 0]);
    }

    #[test]
    fn while_work_goes_on_and_while_it_rests() {
        let table: [(E, &[M], &[&str]); 6] = [
            (E::Active, &[M::Funded, M::Planned], &["partner: deliver a milestone 1 on 08"]),
            (E::Active, &[M::Accepted, M::Planned], &["customer: fund a milestone 2"]),
            (
                E::Active,
                &[M::Accepted, M::Funded, M::Submitted, M::Planned, M::Planned],
                &[
                    "customer: accept a milestone or return it with notes 3 by 15 12:00",
                    "partner: deliver a milestone 2 on 08",
                ],
            ),
            (
                E::Active,
                &[M::Refunded, M::ChangesRequested],
                &["partner: deliver a milestone again 2"],
            ),
            (
                E::Paused,
                &[M::Funded],
                &["customer: resume the engagement", "partner: resume the engagement"],
            ),
            (E::Disputed, &[M::Submitted], &[]),
        ];
        for (state, milestones, expected) in table {
            assert_eq!(said(state, milestones, &nobody()), expected, "{state} {milestones:?}");
        }
    }
}

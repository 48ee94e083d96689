//! Both machines, every pair of state and step, as they stand in `docs/machines`.
//!
//! The documents are the tables that the machines are held to: a change of a machine is a change
//! of a document, seen in review.

use super::{EngagementState, EngagementStep, MilestoneState, MilestoneStep};
use crate::engagements::EngagementError;
use crate::platform::refusal::Refusal;
use std::fmt::{Display, Write};

struct Machine<'a, S, T> {
    title: &'a str,
    words: &'a str,
    states: &'a [S],
    steps: &'a [T],
    after: fn(S, T) -> Result<S, EngagementError>,
}

/// A state as the API writes it: mermaid's names have no spaces.
fn word(state: impl Display) -> String {
    state.to_string().replace(' ', "_")
}

impl<S: Copy + Display + PartialEq, T: Copy + Display> Machine<'_, S, T> {
    fn document(&self) -> String {
        let mut text =
            format!("# {}\n\n{}\n\n```mermaid\nstateDiagram-v2\n", self.title, self.words);
        if let Some(first) = self.states.first() {
            writeln!(text, "    [*] --> {}", word(first)).unwrap();
        }
        for (state, step, next) in self.pairs() {
            if let Ok(next) = next {
                writeln!(text, "    {} --> {}: {step}", word(state), word(next)).unwrap();
            }
        }
        for state in self.states.iter().filter(|s| self.is_end(**s)) {
            writeln!(text, "    {} --> [*]", word(state)).unwrap();
        }
        text.push_str("```\n\nEvery pair: the state it leads to, or the code of the refusal.\n\n|");
        for step in self.steps {
            write!(text, " | {step}").unwrap();
        }
        writeln!(text, " |\n|---{}|", "|---".repeat(self.steps.len())).unwrap();
        for state in self.states {
            write!(text, "| **{}**", word(state)).unwrap();
            for step in self.steps {
                match (self.after)(*state, *step) {
                    Ok(next) => write!(text, " | {}", word(next)).unwrap(),
                    Err(refusal) => write!(text, " | `{}`", refusal.code()).unwrap(),
                }
            }
            text.push_str(" |\n");
        }
        text
    }

    fn pairs(&self) -> impl Iterator<Item = (S, T, Result<S, EngagementError>)> {
        let pairs = self.states.iter().flat_map(|s| self.steps.iter().map(move |t| (*s, *t)));
        pairs.map(|(state, step)| (state, step, (self.after)(state, step)))
    }

    fn is_end(&self, state: S) -> bool {
        self.steps.iter().all(|step| (self.after)(state, *step).is_err())
    }
}

fn check(name: &str, document: &str) {
    let path = format!("{}/../docs/machines/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == document, "docs/machines/{name}.md must read:\n{document}");
}

#[test]
fn the_engagement_machine_is_as_documented() {
    let machine = Machine {
        title: "The engagement machine",
        words: "Sign: the second side accepts the statement of work. Begin: work by the hour \
                starts with it. Lapse: its time ran out. Fund: a milestone's price is held. \
                Settle paused: a dispute is over, and the pause from before it stands. \
                Complete and cancel: all milestones are over, or the sides end it with nothing \
                held.",
        states: EngagementState::ALL,
        steps: EngagementStep::ALL,
        after: EngagementState::after,
    };
    for (state, _, next) in machine.pairs() {
        assert!(!state.is_over() || next.is_err(), "{state} is an end");
    }
    check("engagement", &machine.document());
}

#[test]
fn the_milestone_machine_is_as_documented() {
    let machine = Machine {
        title: "The milestone machine",
        words: "Return: the customer asks for changes. Accept: by the customer, or by silence when \
                the clock of acceptance runs out. Refund: the held price goes back. \
                Settle: the last of it goes back, or is released, after parts were released.",
        states: MilestoneState::ALL,
        steps: MilestoneStep::ALL,
        after: MilestoneState::after,
    };
    for (state, step, next) in machine.pairs() {
        assert!(!state.is_over() || next.is_err(), "{state} is an end");
        assert!(
            !next.is_ok_and(MilestoneState::is_over) || state.is_held(),
            "{step} moves money that is not held"
        );
    }
    check("milestone", &machine.document());
}

#[test]
fn an_engagement_ends_when_all_its_milestones_are_over() {
    use super::step_after;
    use MilestoneState as M;
    let step = |states: &[M]| step_after(states).map(|(step, _)| step);
    assert_eq!(step(&[]), None);
    assert_eq!(step(&[M::Accepted, M::Planned]), None);
    assert_eq!(step(&[M::Refunded, M::Submitted]), None);
    assert_eq!(step(&[M::Accepted, M::Refunded]), Some(EngagementStep::Complete));
    assert_eq!(step(&[M::Accepted, M::Accepted]), Some(EngagementStep::Complete));
    assert_eq!(step(&[M::Refunded, M::Refunded]), Some(EngagementStep::Cancel));
    assert_eq!(step(&[M::Refunded, M::Settled]), Some(EngagementStep::Complete));
}

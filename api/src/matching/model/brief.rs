//! A brief and its machine.

use crate::matching::MatchingError;
use crate::text_enum;

text_enum! {
    /// Where a brief stands. Booked and closed are the ends.
    pub enum BriefState {
        /// Being written; nobody else sees it.
        Draft = "draft",
        /// Posted: consultants are matched and invited.
        Open = "open",
        /// A proposal was accepted.
        Booked = "booked",
        /// Closed by its customer without a booking.
        Closed = "closed",
    }
}

text_enum! {
    /// What moves a brief, or needs it to stand somewhere.
    pub enum BriefStep {
        Edit = "edit",
        Post = "post",
        Match = "match",
        Invite = "invite for",
        Propose = "propose for",
        Book = "book",
        Close = "close",
    }
}

impl BriefState {
    /// The state after a step. Errors with `brief-state` when the step does not belong here.
    pub fn after(self, step: BriefStep) -> Result<Self, MatchingError> {
        use BriefStep as Step;
        match (self, step) {
            (Self::Draft, Step::Edit) => Ok(Self::Draft),
            (Self::Draft, Step::Post) => Ok(Self::Open),
            (Self::Open, Step::Match | Step::Invite | Step::Propose) => Ok(Self::Open),
            (Self::Open, Step::Book) => Ok(Self::Booked),
            (Self::Draft | Self::Open, Step::Close) => Ok(Self::Closed),
            (state, step) => Err(MatchingError::BriefState { state, step }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BriefState, BriefStep};

    /// Every pair of state and step; a dot is a refusal.
    #[test]
    fn the_whole_machine() {
        let expected = "\
draft: edit draft, post open, match ., invite for ., propose for ., book ., close closed
open: edit ., post ., match open, invite for open, propose for open, book booked, close closed
booked: edit ., post ., match ., invite for ., propose for ., book ., close .
closed: edit ., post ., match ., invite for ., propose for ., book ., close .
";
        let mut actual = String::new();
        for state in BriefState::ALL {
            let steps: Vec<String> = BriefStep::ALL
                .iter()
                .map(|step| match state.after(*step) {
                    Ok(next) => format!("{step} {next}"),
                    Err(_) => format!("{step} ."),
                })
                .collect();
            actual.push_str(&format!("{state}: {}\n", steps.join(", ")));
        }
        assert_eq!(actual, expected);
    }
}

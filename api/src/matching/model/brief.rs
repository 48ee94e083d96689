//! A brief and its machine.

use super::score::SkillWanted;
use crate::directory::Named;
use crate::kernel::id::{BriefId, OrganizationId, PersonId};
use crate::kernel::money::Money;
use crate::matching::MatchingError;
use crate::text_enum;
use chrono::{DateTime, NaiveDate, Utc};

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

/// A customer's need in its own words, as its organization sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    pub id: BriefId,
    pub number: i64,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub created_by: PersonId,
    pub author: String,
    pub title: String,
    pub problem: String,
    /// From one to eight, by slug.
    pub skills: Vec<SkillWanted>,
    pub industry: Option<Named>,
    pub budget_min: Money,
    pub budget_max: Money,
    /// The day by which somebody is needed.
    pub need_by: NaiveDate,
    /// Language tags.
    pub languages: Vec<String>,
    /// Minutes a day to be shared with office hours in `zone`.
    pub overlap_minutes: i32,
    /// IANA name.
    pub zone: String,
    pub state: BriefState,
    pub created_at: DateTime<Utc>,
    pub posted_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub version: i32,
    /// Consultants who were invited, and those of them who sent a proposal.
    pub invited: i64,
    pub proposed: i64,
}

impl Brief {
    /// The number as people read it: B-318.
    pub fn label(&self) -> String {
        format!("B-{}", self.number)
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

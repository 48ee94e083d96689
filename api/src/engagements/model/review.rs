//! Reviews: two-sided, blind until both are in or their time has passed.

use super::engagement::{Engagement, EngagementState, Side};
use crate::engagements::EngagementError;
use crate::kernel::id::{EngagementId, PersonId, ReviewId};
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// Where a trouble came from, in the reviewer's eyes.
    pub enum RootCause {
        Product = "product",
        Skill = "skill",
        Brief = "brief",
        Data = "data",
        Process = "process",
    }
}

/// What one side thinks of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub id: ReviewId,
    pub engagement: EngagementId,
    /// Who wrote it.
    pub side: Side,
    pub marks: Marks,
    pub text: String,
    pub root_cause: Option<RootCause>,
    pub written_by: PersonId,
    pub written_at: DateTime<Utc>,
    /// When it is published at the latest.
    pub publish_at: DateTime<Utc>,
    pub published_at: Option<DateTime<Utc>>,
    pub hidden_at: Option<DateTime<Utc>>,
    pub hidden_reason: Option<String>,
    pub reply: Option<String>,
    pub replied_at: Option<DateTime<Utc>>,
}

/// Marks from 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    pub outcome: i16,
    pub communication: i16,
    pub value: i16,
}

impl Marks {
    /// From 3 to 15.
    pub fn points(self) -> i32 {
        i32::from(self.outcome) + i32::from(self.communication) + i32::from(self.value)
    }

    /// The fields that are outside 1 to 5.
    pub fn outside(self) -> impl Iterator<Item = &'static str> {
        let marks = [
            ("outcome", self.outcome),
            ("communication", self.communication),
            ("value", self.value),
        ];
        marks.into_iter().filter(|(_, mark)| !(1..=5).contains(mark)).map(|(field, _)| field)
    }
}

impl Review {
    /// Whether people of a side may read it; its writers always may.
    pub fn is_open_to(&self, side: Side) -> bool {
        self.side == side || self.published_at.is_some()
    }

    /// Errors unless the reviewed side may still answer: published, and not answered.
    pub fn may_be_answered(&self) -> Result<(), EngagementError> {
        if self.published_at.is_none() {
            return Err(EngagementError::ReviewNotPublished);
        }
        if self.reply.is_some() {
            return Err(EngagementError::AlreadyReplied);
        }
        Ok(())
    }
}

/// Errors with `reviews-closed` unless reviews of this engagement may be written now: after
/// completion, which wants accepted and so paid work, and before `close_at`.
pub fn may_be_written(
    engagement: &Engagement,
    close_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, EngagementError> {
    match close_at {
        Some(at) if engagement.state == EngagementState::Completed && now < at => Ok(at),
        _ => Err(EngagementError::ReviewsClosed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagements::model::examples::{engagement, instant};

    #[test]
    fn reviews_follow_completion_and_end_with_their_time() {
        let over = engagement(EngagementState::Completed);
        assert_eq!(may_be_written(&over, Some(instant(14)), instant(13)), Ok(instant(14)));
        let closed = Err(EngagementError::ReviewsClosed);
        assert_eq!(may_be_written(&over, Some(instant(14)), instant(14)), closed);
        assert_eq!(may_be_written(&over, None, instant(13)), closed);
        for state in EngagementState::ALL.iter().filter(|s| **s != EngagementState::Completed) {
            let close = Some(instant(14));
            assert_eq!(may_be_written(&engagement(*state), close, instant(13)), closed, "{state}");
        }
    }

    #[test]
    fn marks_are_counted_and_checked() {
        let marks = Marks { outcome: 5, communication: 4, value: 3 };
        assert_eq!(marks.points(), 12);
        assert_eq!(marks.outside().count(), 0);
        let wrong = Marks { outcome: 0, communication: 6, value: 1 };
        assert_eq!(wrong.outside().collect::<Vec<_>>(), ["outcome", "communication"]);
    }
}

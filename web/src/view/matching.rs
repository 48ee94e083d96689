//! A match that explains itself: its parts add up, it says what to watch out for and what would
//! change it.

use serde::Serialize;

use super::{Avatar, Bar, Tier};

/// One part of a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatchReason {
    /// "Same work before".
    pub part: String,
    /// "7 nurture redesigns, 5 of them measured".
    pub reason: String,
    /// "31.5".
    pub points: String,
    /// "35".
    pub of: String,
}

/// One matched expert. Rendered by `<match_card of={..}>acts</match_card>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatchCard {
    /// Unique on the page; heading and table refer to it.
    pub id: String,
    pub rank: u32,
    pub name: String,
    pub href: String,
    pub avatar: Avatar,
    pub tier: Tier,
    /// "Brandt Lifecycle Studio · Lisbon · English, Portuguese".
    pub who: String,
    /// "84.4".
    pub points: String,
    /// "100".
    pub of: String,
    pub bar: Bar,
    pub watch_out: String,
    /// What would change the order; may be empty.
    pub what_if: String,
    /// Why a newcomer stands here although others have more points; `None` for everybody else.
    pub newcomer: Option<String>,
    pub reasons: Vec<MatchReason>,
    /// Whether the sum is unfolded.
    pub open: bool,
}

//! The order of candidates.

use super::change::{Change, change};
use super::measure::measure;
use super::{Candidate, Match, Need, score};
use crate::kernel::id::ProfileId;
use chrono::{DateTime, Utc};
use std::cmp::Reverse;

/// How many are kept.
pub const MOST_RANKED: usize = 20;

/// A candidate in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    pub profile: ProfileId,
    /// Counts from 1.
    pub place: usize,
    pub fit: Match,
    pub change: Change,
}

/// Where a candidate stands: by points, then by verified jobs, then by the earlier publication,
/// then by id. The smaller stands first.
pub(super) type Standing = (Reverse<i32>, Reverse<i64>, DateTime<Utc>, ProfileId);

pub(super) fn standing(need: &Need, candidate: &Candidate) -> Standing {
    let measured = measure(need, candidate);
    (
        Reverse(measured.score()),
        Reverse(measured.jobs_anywhere),
        candidate.published_at,
        candidate.profile,
    )
}

/// The best candidates, at most [`MOST_RANKED`], in order. The order in which they come in changes
/// nothing.
pub fn rank(need: &Need, candidates: &[Candidate]) -> Vec<Ranked> {
    let mut order: Vec<(Standing, &Candidate)> =
        candidates.iter().map(|candidate| (standing(need, candidate), candidate)).collect();
    order.sort_unstable_by_key(|(standing, _)| *standing);
    let all: Vec<Standing> = order.iter().map(|(standing, _)| *standing).collect();
    let best = order.iter().take(MOST_RANKED).enumerate();
    best.map(|(before, (_, candidate))| Ranked {
        profile: candidate.profile,
        place: before + 1,
        fit: score(need, candidate),
        change: change(need, candidate, &all),
    })
    .collect()
}

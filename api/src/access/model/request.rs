//! What a request asks for: frozen when it is sent, and never exceeded by the yes to it.

use super::terms::{Limits, Terms, Without};
use crate::access::decide::is_unchanged;
use crate::kernel::id::{AccessDraftId, EngagementId, OrganizationId, PersonId};
use crate::upstreams::Upstream;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest time that is asked for, in days.
pub const MOST_DAYS: i32 = 180;

/// What of a preset is left out or narrowed, and for how long it is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    pub upstream: String,
    pub preset: String,
    pub narrower: Narrower,
    /// As long as the engagement when absent.
    pub days: Option<i32>,
    /// Why, in the words of whoever asks.
    pub reason: String,
    /// The colleague whom the letter would name; the caller when absent.
    pub consultant: Option<PersonId>,
}

/// How a wish is less than its preset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrower {
    #[serde(default)]
    pub without: Without,
    #[serde(default)]
    pub limits: Limits,
}

/// A request that is still written: its own side's, until it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub id: AccessDraftId,
    pub engagement: EngagementId,
    pub engagement_number: i64,
    pub customer_name: String,
    pub partner: OrganizationId,
    pub author: PersonId,
    pub author_name: String,
    pub consultant: PersonId,
    pub consultant_name: String,
    pub wish: Wish,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

impl Draft {
    /// The engagement's number as people read it.
    pub fn engagement_label(&self) -> String {
        format!("A-{}", self.engagement_number)
    }
}

/// What was asked for on a letter, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    pub terms_hash: Vec<u8>,
    pub days: Option<i32>,
}

/// How far several people of the customer are with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub agreed: i64,
    pub needed: i64,
}

impl Terms {
    /// What of these terms stays within what was asked for, word for word as it was asked: a
    /// catalogue that changed meanwhile takes away and never adds. The limits of both hold.
    pub fn within(&self, asked: &Self, upstream: &Upstream) -> Self {
        let mut within = self.clone();
        within.operations = asked
            .operations
            .iter()
            .filter(|(id, pinned)| {
                let today = upstream.operation(id).filter(|today| is_unchanged(pinned, today));
                let counted = |costs| pinned.costs == costs;
                self.operations.contains_key(*id)
                    && today.is_some_and(|today| counted(today.cost.as_ref().map(|c| c.unit)))
            })
            .map(|(id, pinned)| (id.clone(), pinned.clone()))
            .collect();
        let wider = self.beyond(asked).into_iter().next().is_some();
        if wider {
            within.preset.clone_from(&asked.preset);
        }
        within.limits = self.limits.both(&asked.limits);
        let left: BTreeSet<String> = within.actions().into_iter().map(str::to_owned).collect();
        within
            .limits
            .asks
            .retain(|action| left.contains(action) || asked.limits.asks.contains(action));
        within
    }
}

impl Limits {
    /// What both permit: of things those that both name, of budgets the lower, and each is asked
    /// for that either asks for.
    fn both(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for (kind, ids) in &other.only {
            let kept = both.only.entry(kind.clone()).or_insert_with(|| ids.clone());
            kept.retain(|id| ids.contains(id));
        }
        for (unit, most) in &other.budgets {
            let kept = both.budgets.entry(*unit).or_insert(*most);
            *kept = (*kept).min(*most);
        }
        both.asks.extend(other.asks.iter().cloned());
        both
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;

//! What a letter was used for, so that the customer can take back what nobody needs.

use super::terms::{Terms, Without};
use crate::upstreams::Unit;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Calls of the last so many days are looked at.
pub const USAGE_DAYS: i32 = 30;

/// One budget of a letter, in the period that runs now; what counts call by call is never used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetUse {
    pub unit: Unit,
    pub most: u64,
    pub used: u64,
}

/// How often an operation was let through, and when last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    pub operation: String,
    pub calls: i64,
    pub last: DateTime<Utc>,
}

/// One action of a letter with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedAction {
    pub action: String,
    /// Operations that the letter permits, by their ids.
    pub operations: Vec<UsedOperation>,
}

/// One operation of a letter with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedOperation {
    pub id: String,
    pub calls: i64,
    pub last: Option<DateTime<Utc>>,
}

impl UsedAction {
    /// Operations that were called.
    pub fn used(&self) -> usize {
        self.operations.iter().filter(|operation| operation.last.is_some()).count()
    }

    pub fn calls(&self) -> i64 {
        self.operations.iter().map(|operation| operation.calls).sum()
    }

    pub fn last(&self) -> Option<DateTime<Utc>> {
        self.operations.iter().filter_map(|operation| operation.last).max()
    }
}

/// A letter held against its calls of the last [`USAGE_DAYS`] days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// By the action's id.
    pub actions: Vec<UsedAction>,
}

impl Usage {
    /// Calls of operations that the terms do not hold (any more) do not count.
    pub fn of(terms: &Terms, called: &[Called]) -> Self {
        let mut actions: BTreeMap<&str, UsedAction> = BTreeMap::new();
        let by_operation: BTreeMap<&str, &Called> =
            called.iter().map(|c| (c.operation.as_str(), c)).collect();
        for (id, pinned) in &terms.operations {
            let row = actions.entry(&pinned.action).or_insert_with(|| UsedAction {
                action: pinned.action.clone(),
                operations: Vec::new(),
            });
            let called = by_operation.get(id.as_str());
            row.operations.push(UsedOperation {
                id: id.clone(),
                calls: called.map_or(0, |called| called.calls),
                last: called.map(|called| called.last),
            });
        }
        Self { actions: actions.into_values().collect() }
    }

    /// Operations that the letter permits.
    pub fn permitted(&self) -> usize {
        self.actions.iter().map(|action| action.operations.len()).sum()
    }

    /// Operations that were called.
    pub fn used(&self) -> usize {
        self.actions.iter().map(UsedAction::used).sum()
    }

    /// What was not called: whole actions, and single operations of the others.
    pub fn unused(&self) -> Without {
        let (idle, busy): (Vec<&UsedAction>, Vec<&UsedAction>) =
            self.actions.iter().partition(|action| action.used() == 0);
        let spare = busy.into_iter().flat_map(|action| &action.operations);
        let spare = spare.filter(|operation| operation.last.is_none());
        Without {
            actions: idle.into_iter().map(|action| action.action.clone()).collect(),
            operations: spare.map(|operation| operation.id.clone()).collect(),
        }
    }

    /// How many of the calls would have been refused by a letter without these.
    pub fn refused_without(&self, without: &Without) -> i64 {
        let gone = |action: &UsedAction| {
            let named = |operation: &&UsedOperation| {
                without.actions.contains(&action.action)
                    || without.operations.contains(&operation.id)
            };
            action.operations.iter().filter(named).map(|operation| operation.calls).sum::<i64>()
        };
        self.actions.iter().map(gone).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::decide::{Decision, Reason, decide};
    use crate::access::samples::{Sample, larkfield, terms};

    fn called(operation: &str, calls: i64, day: u32) -> Called {
        let last = format!("2026-05-{day:02}T12:00:00Z").parse().unwrap();
        Called { operation: operation.to_owned(), calls, last }
    }

    #[test]
    fn what_nobody_called_can_go_and_nothing_that_was_called_would_have_failed() {
        let upstream = larkfield();
        let whole = terms(&upstream, "author-drafts");
        let first = upstream.operations.iter().find(|o| whole.operations.contains_key(&o.id));
        let first = first.unwrap();
        let calls = [called(&first.id, 7, 2), called("gone-since", 3, 9)];
        let usage = Usage::of(&whole, &calls);
        assert_eq!((usage.used(), usage.permitted()), (1, whole.operations.len()));
        let unused = usage.unused();
        assert!(!unused.actions.contains(&first.action));
        assert_eq!(usage.refused_without(&unused), 0);
        let actions = [first.action.clone()].into();
        assert_eq!(usage.refused_without(&Without { actions, ..Without::default() }), 7);
        let operations = [first.id.clone()].into();
        assert_eq!(usage.refused_without(&Without { operations, ..Without::default() }), 7);
        let narrowed = whole.less(&unused);
        for operation in &upstream.operations {
            let sample = Sample::of(operation);
            let call = sample.call("larkfield", operation);
            let kept = operation.id == first.id;
            let expected = match (kept, decide(&whole, &call)) {
                (true, Decision::Allow) => Decision::Allow,
                _ => Decision::Deny(Reason::NotGranted),
            };
            assert_eq!(decide(&narrowed, &call), expected, "{}", operation.id);
        }
    }

    #[test]
    fn an_action_adds_up_over_its_operations() {
        let upstream = larkfield();
        let whole = terms(&upstream, "full-operator");
        let all: Vec<Called> = whole.operations.keys().map(|id| called(id, 2, 3)).collect();
        let usage = Usage::of(&whole, &all);
        assert!(usage.unused().is_empty());
        assert_eq!(usage.used(), usage.permitted());
        let twice = |a: &UsedAction| a.calls() == 2 * i64::try_from(a.operations.len()).unwrap();
        assert!(usage.actions.iter().all(twice));
    }
}

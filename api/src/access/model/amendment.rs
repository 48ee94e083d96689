//! More or longer on a letter in force: asked for by whom it names, agreed to by the customer.

use super::terms::{Terms, Without};
use crate::kernel::id::{AmendmentId, GrantId, PersonId};
use crate::text_enum;
use crate::upstreams::{Preset, Risk, Upstream};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;

text_enum! {
    /// What became of it; every answer is final.
    pub enum AmendmentState {
        /// The customer has not answered.
        Asked = "asked",
        /// The letter gained it, or the part of it that the customer agreed to.
        Agreed = "agreed",
        Declined = "declined",
        /// Taken back, or asked for otherwise since.
        Withdrawn = "withdrawn",
        /// Nobody answered in time, or the letter ended before.
        Lapsed = "lapsed",
    }
}

/// What somebody asked for beyond their letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    pub id: AmendmentId,
    pub grant: GrantId,
    pub actions: BTreeSet<String>,
    /// A later last day, in the customer's zone.
    pub last_day: Option<NaiveDate>,
    /// When that day ends.
    pub wanted_until: Option<DateTime<Utc>>,
    pub reason: String,
    pub state: AmendmentState,
    pub asked_at: DateTime<Utc>,
    pub answer_by: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answered_by: Option<PersonId>,
}

/// The terms with these actions added, as far as the account's scopes give them. What holds already
/// stays word for word, and its limits hold for what is added.
pub fn more(
    terms: &Terms,
    upstream: &Upstream,
    actions: &BTreeSet<String>,
    scopes: &[String],
) -> Terms {
    let wanted = Preset {
        id: terms.preset.clone(),
        name: String::new(),
        summary: String::new(),
        actions: actions.clone(),
    };
    let whole = Without::default();
    let added = Terms::of(upstream, &wanted, &whole, Some(scopes), terms.limits.clone());
    let mut all = terms.clone();
    for (id, operation) in added.operations {
        // As in a new letter: what cannot be undone is asked for call by call.
        if operation.risk >= Risk::Delete && !all.operations.contains_key(&id) {
            all.limits.asks.insert(operation.action.clone());
        }
        all.operations.entry(id).or_insert(operation);
    }
    all.preset = covering(&all, upstream);
    // What was kept back is kept back of what is added, too.
    let held = all.limits.withheld.keys().cloned().collect();
    all.withholding(upstream, &held)
}

/// The preset that the letter is said to be made from: its own while that covers it, else the first
/// that does, so that the word never says less than the letter.
fn covering(terms: &Terms, upstream: &Upstream) -> String {
    let actions = terms.actions();
    let covers = |preset: &&Preset| actions.iter().all(|action| preset.actions.contains(*action));
    let own = upstream.preset(&terms.preset).filter(covers);
    let found = own.or_else(|| upstream.presets.iter().find(covers));
    found.map_or_else(|| terms.preset.clone(), |preset| preset.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::samples::{larkfield, terms};

    fn scopes(upstream: &Upstream) -> Vec<String> {
        upstream.operations.iter().flat_map(|o| o.scopes.clone()).collect()
    }

    #[test]
    fn what_holds_stays_word_for_word_and_the_word_for_it_never_says_less() {
        let upstream = larkfield();
        let letter = terms(&upstream, "read-only");
        let wanted = BTreeSet::from(["write-drafts".to_owned()]);
        let wider = more(&letter, &upstream, &wanted, &scopes(&upstream));
        for (id, pinned) in &letter.operations {
            assert_eq!(wider.operations.get(id), Some(pinned));
        }
        assert_eq!(wider, terms(&upstream, "author-drafts"));
        let most = BTreeSet::from(["delete-contacts".to_owned()]);
        let most = more(&letter, &upstream, &most, &scopes(&upstream));
        assert_eq!(most.preset, "full-operator");
        assert!(most.operations.values().any(|o| o.action == "delete-contacts"));
        assert!(!most.operations.values().any(|o| o.action == "send-campaigns"));
    }

    #[test]
    fn what_the_account_does_not_give_is_not_gained() {
        let upstream = larkfield();
        let letter = terms(&upstream, "read-only");
        let wanted = BTreeSet::from(["write-drafts".to_owned()]);
        assert_eq!(more(&letter, &upstream, &wanted, &[]), letter);
    }
}

//! The terms of a grant: typed, frozen as text with its hash.
//!
//! Each permitted operation is pinned with its method, path, fields and query as they were when the
//! terms were made, so that a later catalogue can take away but never add.

use super::hold::Opening;
use crate::upstreams::{Operation, Preset, Risk, USUAL_BODY, Unit, Upstream, Withheld};
use chrono::NaiveDate;
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// The form that this program writes and understands.
const FORM: u32 = 1;
/// Letters whose terms are remembered.
const REMEMBERED: usize = 512;

/// What one person may do in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    form: u32,
    pub upstream: String,
    pub preset: String,
    /// By the operation's id.
    pub operations: BTreeMap<String, Pinned>,
    #[serde(default)]
    pub limits: Limits,
    /// With what it opens; absent where it works at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<Opening>,
    /// Its first day, by the customer's zone; absent where it begins at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<NaiveDate>,
}

/// An operation as it was when it was permitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    pub action: String,
    pub risk: Risk,
    pub method: String,
    pub path: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub query: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fields: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub repeats: BTreeSet<String>,
    /// The pattern of further fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_fields: Option<String>,
    /// What the gateway puts into every body: a catalogue that drops it permits something else.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub form: bool,
    /// Most bytes of its body; absent where that is what is usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_body: Option<usize>,
    /// What it uses up; a letter with a budget holds only while it is still counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<Unit>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What narrows the operations further.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// For a kind of thing, such as `list`: only these, by their ids.
    #[serde(default)]
    pub only: BTreeMap<String, BTreeSet<String>>,
    /// Actions of which the customer says yes to each call by itself.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub asks: BTreeSet<String>,
    /// The most that may be used up, over the unit's own period.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub budgets: BTreeMap<Unit, u64>,
    /// What is taken out of answers and refused in requests, by its id in the catalogue and as that
    /// had it when it was chosen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub withheld: BTreeMap<String, Withheld>,
}

/// What is left out of a preset, or taken from a letter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Without {
    /// Whole actions.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub actions: BTreeSet<String>,
    /// Single operations of an action that stays.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub operations: BTreeSet<String>,
}

impl Without {
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.operations.is_empty()
    }

    fn names(&self, operation: &str, action: &str) -> bool {
        self.actions.contains(action) || self.operations.contains(operation)
    }
}

/// Terms that cannot be read, or of a form of another time: whoever meets them refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the terms cannot be read")]
pub struct UnreadableTerms;

impl Terms {
    /// The preset less what is left out, and less every action that needs a scope which the account
    /// did not give; `scopes` is absent while no account is chosen.
    pub fn of(
        upstream: &Upstream,
        preset: &Preset,
        without: &Without,
        scopes: Option<&[String]>,
        limits: Limits,
    ) -> Self {
        let held = |operation: &Operation| {
            scopes.is_none_or(|held| operation.scopes.iter().all(|scope| held.contains(scope)))
        };
        let whole =
            |action: &str| upstream.operations.iter().filter(|o| o.action == action).all(held);
        let permitted = |o: &&Operation| {
            preset.actions.contains(&o.action)
                && !without.names(&o.id, &o.action)
                && whole(&o.action)
        };
        let operations = upstream.operations.iter().filter(permitted);
        Self {
            form: FORM,
            upstream: upstream.slug.clone(),
            preset: preset.id.clone(),
            operations: operations.map(|o| (o.id.clone(), Pinned::of(o))).collect(),
            limits,
            opens: None,
            starts: None,
        }
    }

    /// The same terms less these; everything else stays word for word.
    pub fn less(&self, without: &Without) -> Self {
        let mut less = self.clone();
        less.operations.retain(|id, operation| !without.names(id, &operation.action));
        less
    }

    /// The same terms less these, but never less than what is `held` already.
    pub fn gaining_less(&self, held: &Self, without: &Without) -> Self {
        let mut less = self.clone();
        let kept = |id: &String| held.operations.contains_key(id);
        less.operations.retain(|id, of| kept(id) || !without.names(id, &of.action));
        less
    }

    /// The same terms, with more that the customer is asked first and with budgets that let less be
    /// used up. What was asked stays asked, and a budget stays where it is lower already.
    pub fn tighter(&self, asks: &BTreeSet<String>, budgets: &BTreeMap<Unit, u64>) -> Self {
        let mut tighter = self.clone();
        tighter.limits.asks.extend(asks.iter().cloned());
        for (unit, most) in budgets {
            let kept = tighter.limits.budgets.entry(*unit).or_insert(*most);
            *kept = (*kept).min(*most);
        }
        tighter
    }

    /// The same terms, with these things of the catalogue withheld as well. What was withheld stays
    /// so, and reaches as far as the catalogue says by now.
    pub fn withholding(&self, upstream: &Upstream, ids: &BTreeSet<String>) -> Self {
        let mut less = self.clone();
        for known in ids.iter().filter_map(|id| upstream.withholdable.get(id)) {
            let held = less.limits.withheld.entry(known.id.clone()).or_default();
            *held = held.and(&known.what);
        }
        less
    }

    /// What its operations use up.
    pub fn counted(&self) -> BTreeSet<Unit> {
        self.operations.values().filter_map(|operation| operation.costs).collect()
    }

    /// Actions that change something, and of which the customer is not asked call by call.
    pub fn unasked(&self) -> BTreeSet<&str> {
        let free = self.operations.values().filter(|operation| operation.risk > Risk::Read);
        let free = free.map(|operation| operation.action.as_str());
        free.filter(|action| !self.limits.asks.contains(*action)).collect()
    }

    /// Actions of which these terms permit an operation that the others do not.
    pub fn beyond<'a>(&'a self, others: &Terms) -> BTreeSet<&'a str> {
        let new = self.operations.iter().filter(|(id, _)| !others.operations.contains_key(*id));
        new.map(|(_, operation)| operation.action.as_str()).collect()
    }

    /// The actions that are permitted, at least in part.
    pub fn actions(&self) -> BTreeSet<&str> {
        self.operations.values().map(|operation| operation.action.as_str()).collect()
    }

    /// Errors when the text is not of this form: a missing or unknown part is never guessed.
    pub fn read(text: &str) -> Result<Self, UnreadableTerms> {
        let terms: Self = serde_json::from_str(text).map_err(|_| UnreadableTerms)?;
        if terms.form == FORM { Ok(terms) } else { Err(UnreadableTerms) }
    }

    /// As [`Self::read`], remembered: the same text always says the same, and a letter's is read at
    /// each of its calls.
    pub fn known(text: &str) -> Result<Arc<Self>, UnreadableTerms> {
        static KNOWN: LazyLock<Cache<String, Arc<Terms>>> =
            LazyLock::new(|| Cache::new(REMEMBERED));
        if let Some(terms) = KNOWN.get(text) {
            return Ok(terms);
        }
        let terms = Arc::new(Self::read(text)?);
        KNOWN.insert(text.to_owned(), Arc::clone(&terms));
        Ok(terms)
    }

    /// The text that is kept and hashed; the same terms always give the same text.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// The greatest risk among the operations.
    pub fn greatest_risk(&self) -> Risk {
        self.operations.values().map(|o| o.risk).max().unwrap_or(Risk::Read)
    }
}

impl Pinned {
    /// The most bytes of its body: of what was permitted and what the catalogue says now, the less.
    pub fn most_body(&self, operation: &Operation) -> usize {
        self.most_body.unwrap_or(USUAL_BODY).min(operation.most_body)
    }

    pub fn of(operation: &Operation) -> Self {
        Self {
            action: operation.action.clone(),
            risk: operation.risk,
            method: operation.method.to_string(),
            path: operation.path.as_str().to_owned(),
            query: operation.query.clone(),
            fields: operation.fields.clone(),
            repeats: operation.repeats.clone(),
            more_fields: operation.more_fields.as_ref().map(|p| p.as_str().to_owned()),
            set: operation.set.clone(),
            form: operation.form,
            most_body: Some(operation.most_body).filter(|most| *most != USUAL_BODY),
            costs: operation.cost.as_ref().map(|cost| cost.unit),
        }
    }
}

/// The hash by which terms are named.
pub fn hash_of(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_36_unreadable_is_never_guessed() {
        let good = r#"{"form":1,"upstream":"a","preset":"b","operations":{},"limits":{"only":{}}}"#;
        let terms = Terms::read(good).unwrap();
        assert_eq!(terms.text().unwrap(), good);
        for bad in [
            "",
            "{}",
            "null",
            r#"{"form":2,"upstream":"a","preset":"b","operations":{}}"#,
            r#"{"form":1,"upstream":"a","preset":"b"}"#,
            r#"{"form":1,"upstream":"a","preset":"b","operations":{},"more":1}"#,
            r#"{"form":1,"upstream":"a","preset":"b","operations":{"x":{}}}"#,
            r#"{"form":1,"upstream":"a","preset":"b","operations":{"x":{"action":"y","risk":"none","method":"GET","path":"/"}}}"#,
        ] {
            assert_eq!(Terms::read(bad), Err(UnreadableTerms), "{bad}");
        }
    }
}

//! Which calls there are and which of them a letter permits: the list a consultant programs by,
//! answered by the very decision that the gateway takes at each call.

use crate::access::decide::{Call, Decision, Reason, decide};
use crate::access::model::{Grant, Terms};
use crate::access::sentences::can_be_called;
use crate::access::withholding::Withholding;
use crate::app::App;
use crate::upstreams::{Operation, Risk, Upstream};
use std::collections::{BTreeMap, BTreeSet};

/// A call of the application's catalogue, seen from a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueCall {
    /// The operation's word.
    pub id: String,
    pub title: String,
    pub method: String,
    /// Below the letter's address at the gateway.
    pub path: String,
    pub risk: Risk,
    /// Names that its query and its body may have, as far as the letter permits them.
    pub query: Vec<String>,
    pub fields: Vec<String>,
    /// Parameters of its path, in order.
    pub params: Vec<String>,
    /// The only things that the letter is for, by the name of what takes one.
    pub only: BTreeMap<String, Vec<String>>,
    /// Whether a body may be sent at all, and whether it is a form instead of JSON.
    pub takes_body: bool,
    pub form: bool,
    /// Whether its answer is a file.
    pub download: bool,
    /// Most bytes of the body.
    pub most_body: usize,
    /// Fields that its answers lack, since the letter withholds them.
    pub withheld: Vec<String>,
    pub permission: Permission,
}

/// What the letter says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    Given,
    /// Only for the things that the letter names.
    Limited,
    /// Each call after the customer's yes to it.
    Asked,
    NotGiven,
    /// It was given, and the application's description changed since.
    Changed,
    /// The letter gives it, and the application does not for this account.
    Ungiven,
}

impl Permission {
    pub fn is_given(self) -> bool {
        matches!(self, Self::Given | Self::Limited | Self::Asked)
    }
}

/// Every call of the catalogue, those that the letter permits first; nothing when its terms cannot
/// be read, for then nothing is permitted. Whether the letter is in force is another question.
pub fn catalogue_of(app: &App, grant: &Grant) -> Vec<CatalogueCall> {
    let upstream = app.upstreams.get(&grant.upstream);
    let terms = Terms::read(&grant.terms).ok();
    let Some((upstream, terms)) = upstream.zip(terms) else { return Vec::new() };
    catalogue(&terms, (upstream, grant.given.as_deref()))
}

/// Whether the application gives us what the operation needs; before there is an account, yes.
pub(super) fn is_given(operation: &Operation, given: Option<&[String]>) -> bool {
    given.is_none_or(|given| operation.scopes.iter().all(|scope| given.contains(scope)))
}

pub(super) fn catalogue(
    terms: &Terms,
    (upstream, given): (&Upstream, Option<&[String]>),
) -> Vec<CatalogueCall> {
    let seen = |operation| {
        let call = seen(terms, upstream, operation);
        let lost = call.permission.is_given() && !is_given(operation, given);
        if lost { CatalogueCall { permission: Permission::Ungiven, ..call } } else { call }
    };
    let mut calls: Vec<CatalogueCall> = upstream.operations.iter().map(seen).collect();
    calls.sort_by_key(|call| !call.permission.is_given());
    calls
}

fn seen(terms: &Terms, upstream: &Upstream, operation: &Operation) -> CatalogueCall {
    let pinned = terms.operations.get(&operation.id);
    let both = |known: &BTreeSet<String>, given: Option<&BTreeSet<String>>| {
        let kept = known.iter().filter(|name| given.is_none_or(|given| given.contains(*name)));
        kept.cloned().collect::<Vec<String>>()
    };
    let withheld = Withholding::of(terms, operation);
    CatalogueCall {
        id: operation.id.clone(),
        title: operation.title.clone(),
        method: operation.method.to_string(),
        path: operation.path.as_str().to_owned(),
        risk: operation.risk,
        query: both(&operation.query, pinned.map(|p| &p.query))
            .into_iter()
            .filter(|name| !withheld.withholds_query(name))
            .collect(),
        fields: both(&operation.fields, pinned.map(|p| &p.fields))
            .into_iter()
            .filter(|field| !withheld.withholds_field(field))
            .collect(),
        most_body: pinned.map_or(operation.most_body, |pinned| pinned.most_body(operation)),
        withheld: withheld.answer(),
        params: operation.path.params().map(str::to_owned).collect(),
        only: only(terms, operation),
        takes_body: operation.takes_body(),
        form: operation.form,
        download: operation.download,
        permission: permission(terms, upstream, operation),
    }
}

/// What its parameters, query and fields may name, where the letter names the things it is for.
fn only(terms: &Terms, operation: &Operation) -> BTreeMap<String, Vec<String>> {
    let params = operation.path.params().map(|name| (name, name));
    let named = operation.names.iter().map(|(name, kind)| (name.as_str(), kind.as_str()));
    let limited = params.chain(named).filter_map(|(name, kind)| {
        let ids = terms.limits.only.get(kind)?;
        Some((name.to_owned(), ids.iter().cloned().collect()))
    });
    limited.collect()
}

/// Asks for the barest call: one without query and body that names nothing.
fn permission(terms: &Terms, upstream: &Upstream, operation: &Operation) -> Permission {
    let call = Call { upstream: &upstream.slug, operation, params: &[], query: &[], body: None };
    let touches = |kind: &String| operation.kinds().any(|own| own == kind);
    match decide(terms, &call) {
        Decision::Allow if terms.limits.only.keys().any(touches) => Permission::Limited,
        Decision::Allow => Permission::Given,
        Decision::Ask => Permission::Asked,
        // What is about such things and names none of them cannot be called at all.
        Decision::Deny(Reason::Limited(_)) if can_be_called(terms, operation) => {
            Permission::Limited
        }
        Decision::Deny(Reason::Changed) => Permission::Changed,
        Decision::Deny(_) => Permission::NotGiven,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::model::Limits;
    use crate::access::samples::{Sample, larkfield, terms};

    #[test]
    fn the_list_says_what_the_gateway_decides() {
        let upstream = larkfield();
        for preset in &upstream.presets {
            let terms = terms(&upstream, &preset.id);
            let calls = catalogue(&terms, (&upstream, None));
            assert_eq!(calls.len(), upstream.operations.len());
            for call in &calls {
                let operation = upstream.operation(&call.id).unwrap();
                let sample = Sample::of(operation);
                let decided = decide(&terms, &sample.call("larkfield", operation));
                let allowed = matches!(decided, Decision::Allow | Decision::Ask);
                assert_eq!(call.permission.is_given(), allowed, "{} {}", preset.id, call.id);
            }
            let given = calls.iter().take_while(|call| call.permission.is_given()).count();
            assert!(calls.iter().skip(given).all(|call| !call.permission.is_given()));
        }
    }

    #[test]
    fn limits_narrow_what_names_things_and_close_what_lists_them() {
        let upstream = larkfield();
        let mut terms = terms(&upstream, "run-campaigns");
        let only = [("campaign".to_owned(), ["cmp_1".to_owned()].into())];
        terms.limits = Limits { only: only.into(), ..Limits::default() };
        for operation in &upstream.operations {
            let said = permission(&terms, &upstream, operation);
            let named = operation.path.params().any(|name| name == "campaign");
            let concerned = operation.action_kinds.contains("campaign");
            if terms.operations.contains_key(&operation.id) {
                let expected = match (named, concerned) {
                    (true, _) => Permission::Limited,
                    (false, true) => Permission::NotGiven,
                    (false, false) => Permission::Given,
                };
                assert_eq!(said, expected, "{}", operation.id);
            }
        }
    }

    #[test]
    fn what_changed_since_is_told_as_changed() {
        let upstream = larkfield();
        let mut terms = terms(&upstream, "read-only");
        let pinned = terms.operations.values_mut().next().unwrap();
        pinned.path = "/elsewhere".into();
        let changed = catalogue(&terms, (&upstream, None));
        let count = changed.iter().filter(|c| c.permission == Permission::Changed).count();
        assert_eq!(count, 1);
    }
}

//! Which rule counts: by hand, and for any rules in any order.

use super::enrollment::Tier;
use super::fee_rules::{Conditions, FeeFacts, FeeRule, NewFeeRule, Origin, choose};
use super::fees::{FeeParts, WHOLE};
use super::taxonomy::{Category, Taxonomy};
use crate::kernel::id::FeePolicyId;
use crate::kernel::zone::Zone;
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

const PARTS: FeeParts = FeeParts { consultant: 8000, vendor: 1000, reseller: 500, operator: 500 };

fn day(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(days)
}

fn taxonomy() -> Taxonomy {
    let category = |slug: &str, title: &str| Category {
        slug: slug.into(),
        title: title.into(),
        ..Category::default()
    };
    let categories = vec![category("reporting", "Reporting"), category("strategy", "Strategy")];
    Taxonomy { categories, ..Taxonomy::default() }
}

fn of(category: Option<&str>, tier: Option<Tier>, account: Option<Origin>) -> Conditions {
    Conditions { category: category.map(str::to_owned), tier, account }
}

fn rule(version: i32, conditions: Conditions, from: i64, to: Option<i64>) -> FeeRule {
    FeeRule {
        id: FeePolicyId(Uuid::from_u128(u128::from(version.unsigned_abs()))),
        version,
        words: conditions.words(&taxonomy()),
        conditions,
        parts: PARTS,
        effective_from: day(from),
        ends_at: to.map(day),
    }
}

fn facts(category: Option<&str>, tier: Tier, account: Origin) -> FeeFacts {
    FeeFacts { category: category.map(str::to_owned), tier, account }
}

#[test]
fn the_most_specific_counts_and_says_why() {
    use Origin::{Brought, Direct, Managed, Sourced};
    use Tier::{Accredited, Listed};
    let rules = [
        rule(1, of(None, None, None), 0, None),
        rule(2, of(None, Some(Accredited), None), 0, None),
        rule(3, of(Some("strategy"), None, None), 0, None),
        rule(4, of(Some("strategy"), Some(Accredited), None), 10, Some(20)),
        rule(5, of(None, None, Some(Brought)), 0, None),
        rule(6, of(Some("strategy"), None, Some(Brought)), 0, None),
        rule(7, of(None, None, Some(Managed)), 0, None),
    ];
    let told = |facts: FeeFacts, at| choose(&rules, &facts, day(at)).unwrap().because;
    assert_eq!(told(facts(None, Listed, Direct), 5), "“All work” is the only rule that fits.");
    assert_eq!(
        told(facts(Some("strategy"), Accredited, Direct), 15),
        "“Accredited, Strategy” goes before “Strategy”, “Accredited” and “All work”, because it \
         says more about the work."
    );
    assert_eq!(
        told(facts(Some("strategy"), Accredited, Direct), 20),
        "“Strategy” goes before “Accredited”, because the kind of work counts first; before “All \
         work”, because it says more about the work.",
        "it ended"
    );
    let tie = choose(&rules, &facts(Some("strategy"), Accredited, Sourced), day(15)).unwrap();
    assert_eq!(tie.rule.version, 4);
    assert_eq!(tie.beaten.len(), 5);
    assert_eq!(tie.beaten[0].because, "standing counts before whose the account is");
    let manages = choose(&rules, &facts(None, Listed, Managed), day(5)).unwrap();
    assert_eq!(manages.rule.version, 7);
    assert_eq!(manages.beaten[0].because, "it says more about the account");
    let sources = choose(&rules, &facts(None, Listed, Sourced), day(5)).unwrap();
    assert_eq!(sources.rule.version, 5, "a rule for accounts that a reseller manages is none");
    assert!(choose(&rules[1..2], &facts(None, Listed, Direct), day(5)).is_none());
}

#[test]
fn a_rule_is_called_by_what_it_is_for() {
    let words = |conditions: Conditions| conditions.words(&taxonomy());
    assert_eq!(words(Conditions::default()), "All work");
    let both = of(Some("reporting"), Some(Tier::Principal), Some(Origin::Brought));
    assert_eq!(words(both), "Principal, Reporting, accounts that have a reseller");
    assert_eq!(words(of(None, None, Some(Origin::Direct))), "Accounts without a reseller");
    let stockholm = Zone::parse("Europe/Stockholm").unwrap();
    let mut late = rule(1, Conditions::default(), 0, None);
    late.effective_from = day(58) + Duration::hours(23);
    assert_eq!(late.named(stockholm), "“All work” of 1 March 1970", "the program's day");
}

#[test]
fn what_is_proposed_is_checked_by_field() {
    let faults = |conditions: Conditions, from: Option<i64>| -> Vec<String> {
        let new = NewFeeRule { conditions, parts: PARTS, effective_from: from.map(day) };
        let Err(invalid) = new.checked(&taxonomy(), day(10)) else { return Vec::new() };
        invalid.0.into_iter().map(|fault| fault.field).collect()
    };
    assert!(faults(of(Some("reporting"), None, None), Some(10)).is_empty());
    assert_eq!(faults(Conditions::default(), Some(9)), ["effective_from"]);
    assert_eq!(faults(Conditions::default(), Some(10 + 367)), ["effective_from"]);
    assert_eq!(faults(of(Some("magic"), None, None), None), ["category"]);
    assert_eq!(faults(of(None, None, Some(Origin::Direct)), None), ["parts.reseller"]);
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let kind = prop::option::of(prop::sample::select(vec!["reporting", "strategy"]));
    let tier = prop::option::of(prop::sample::select(Tier::ALL.to_vec()));
    let account = prop::option::of(prop::sample::select(Origin::ALL.to_vec()));
    (kind, tier, account).prop_map(|(kind, tier, account)| of(kind, tier, account))
}

fn works() -> impl Strategy<Value = FeeFacts> {
    let kind = prop::option::of(prop::sample::select(vec!["reporting", "strategy"]));
    let tier = prop::sample::select(Tier::ALL.to_vec());
    let account = prop::sample::select(vec![Origin::Sourced, Origin::Managed, Origin::Direct]);
    (kind, tier, account).prop_map(|(kind, tier, account)| facts(kind, tier, account))
}

fn some_rules() -> impl Strategy<Value = Vec<FeeRule>> {
    let spans = (conditions(), 0i64..40, prop::option::of(0i64..40));
    prop::collection::vec(spans, 0..40).prop_map(|rows| {
        let rows = rows.into_iter().zip(2..);
        let made = rows.map(|((what, from, long), version)| {
            rule(version, what, from, long.map(|long| from + long))
        });
        std::iter::once(rule(1, Conditions::default(), 0, None)).chain(made).collect()
    })
}

proptest! {
    #[test]
    fn one_rule_counts_whatever_their_order(
        rules in some_rules(), work in works(), at in 0i64..90,
        turn in any::<prop::sample::Index>(),
    ) {
        let chosen = choose(&rules, &work, day(at));
        prop_assert!(chosen.is_some(), "there is always one");
        let chosen = chosen.unwrap();
        let mut other = rules.clone();
        other.rotate_left(turn.index(rules.len()));
        other.reverse();
        let again = choose(&other, &work, day(at));
        prop_assert_eq!(Some(&chosen), again.as_ref());
        let fits = |rule: &&FeeRule| rule.in_force(day(at)) && rule.conditions.fit(&work);
        let fitting: BTreeSet<i32> = rules.iter().filter(fits).map(|rule| rule.version).collect();
        let beaten = chosen.beaten.iter().map(|beaten| beaten.rule.version);
        let named: BTreeSet<i32> = beaten.chain([chosen.rule.version]).collect();
        prop_assert_eq!(named, fitting, "every rule that fits is named, and no other");
        let said = |rule: &FeeRule| {
            let Conditions { category, tier, account } = &rule.conditions;
            [category.is_some(), tier.is_some(), account.is_some()].iter().filter(|s| **s).count()
        };
        for beaten in &chosen.beaten {
            prop_assert!(said(&beaten.rule) <= said(&chosen.rule));
            prop_assert!(chosen.because.contains(&beaten.rule.words));
        }
        let parts = chosen.rule.parts_on(work.account);
        prop_assert_eq!(parts.each().iter().sum::<u32>(), WHOLE);
    }
}

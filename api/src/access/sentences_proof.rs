//! Every sentence that can be rendered for the sandbox's application has its proof: a request that
//! the letter lets through, and one that is refused. A sentence that nobody proves fails here.
//!
//! Sentences are taken apart into what their action says and each clause behind it; a clause that
//! is new to this file is unproven. The same kinds are proven at the running gateway by the story
//! `every_sentence_holds`.

use super::letters::letters;
use super::*;
use crate::access::decide::{Budget, Call, Decision, budget, decide};
use crate::access::gateway::holds;
use crate::access::model::{Opening, Standing};
use crate::access::samples::{decide_about, every, find, larkfield, terms as terms_of};
use crate::access::withholding::{Withholding, withheld_deeds};
use crate::kernel::id::MilestoneId;
use crate::upstreams::{Operation, Withheld};
use chrono::NaiveDate;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Things that a limit names, and one that it does not.
pub(super) const MINE: &str = "mine";
const THEIRS: &str = "theirs";
pub(super) const MOST: u64 = 500;
const CURRENCY: Currency = Currency::Eur;

/// A call of the operation that says everything it can about things of this name.
struct Said {
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl Said {
    fn of(operation: &Operation, id: &str) -> Self {
        let named = |name: &str| (name.to_owned(), id.to_owned());
        let (query, fields): (Vec<&String>, Vec<&String>) =
            operation.keeps_to.iter().partition(|name| operation.query.contains(*name));
        let mut body = Value::Null;
        for field in fields {
            *field.split('.').fold(&mut body, |at, part| &mut at[part]) = json!(id);
        }
        Self {
            params: operation.path.params().map(named).collect(),
            query: query.into_iter().map(|name| named(name)).collect(),
            body: Some(body).filter(|body| operation.takes_body() && !body.is_null()),
        }
    }
}

/// What the terms say to it, and whether a budget lets it go: with as much as the budget has, with
/// more, or with what nobody can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    All,
    More,
    Unknown,
}

fn passes(
    world: &Upstream,
    terms: &Terms,
    operation: &Operation,
    (id, takes): (&str, Takes),
) -> bool {
    decided(world, terms, operation, id).is_some() && lets(world, terms, operation, takes)
}

/// `Some(asked)` for what is permitted.
fn decided(world: &Upstream, terms: &Terms, operation: &Operation, id: &str) -> Option<bool> {
    let said = Said::of(operation, id);
    let upstream = world.slug.as_str();
    let (params, query, body) = (&said.params, &said.query, said.body.as_ref());
    let call = Call { upstream, operation, params, query, body };
    match decide_about(terms, &call, id) {
        Decision::Allow => Some(false),
        Decision::Ask => Some(true),
        Decision::Deny(_) => None,
    }
}

fn lets(world: &Upstream, terms: &Terms, operation: &Operation, takes: Takes) -> bool {
    if is_uncounted(terms, world, operation) {
        return false;
    }
    let unit = operation.cost.as_ref().map(|cost| cost.unit);
    let most = unit.and_then(|unit| terms.limits.budgets.get(&unit).copied());
    let uses = match takes {
        Takes::All => most,
        Takes::More => most.map(|most| most + 1),
        Takes::Unknown => None,
    };
    budget(most, uses) == Budget::Lets
}

fn of_action<'a>(world: &'a Upstream, action: &'a str) -> impl Iterator<Item = &'a Operation> {
    world.operations.iter().filter(move |operation| operation.action == action)
}

fn any(world: &Upstream, terms: &Terms, action: &str, how: (&str, Takes)) -> bool {
    of_action(world, action).any(|operation| passes(world, terms, operation, how))
}

/// A sentence of *can*, piece by piece; answers how many pieces were proven.
fn prove_can(world: &Upstream, terms: &Terms, sentence: &Sentence) -> Result<usize, String> {
    let action = sentence.action.as_deref().ok_or("it speaks of no action")?;
    let base = &world.actions[action].sentence;
    let rest =
        sentence.text.strip_prefix(base.as_str()).ok_or("it does not begin as its action")?;
    let mut without = terms.clone();
    without.operations.retain(|_, pinned| pinned.action != action);
    let holds = any(world, terms, action, (MINE, Takes::All))
        && !any(world, &without, action, (MINE, Takes::All));
    if !holds {
        return Err(format!("no request does it, or one does without it: {base}"));
    }
    let Some(clauses) = rest.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')')) else {
        return if rest.is_empty() { Ok(1) } else { Err(format!("what is {rest:?}?")) };
    };
    let clauses: Vec<&str> = clauses.split("; ").collect();
    for clause in &clauses {
        if !prove_clause(world, terms, (action, clause)) {
            return Err(format!("unproven: {clause:?}"));
        }
    }
    Ok(1 + clauses.len())
}

/// One clause: a request that keeps to it passes, and one that does not is refused.
fn prove_clause(world: &Upstream, terms: &Terms, (action, clause): (&str, &str)) -> bool {
    let does = |terms: &Terms, how| any(world, terms, action, how);
    if let Some(things) = clause.strip_prefix("only the ") {
        let kind = things.strip_suffix(" mine");
        return kind.is_some_and(|kind| terms.limits.only.contains_key(kind))
            && does(terms, (MINE, Takes::All))
            && !does(terms, (THEIRS, Takes::All));
    }
    if let Some(deeds) = clause.strip_prefix("but not ") {
        let lost = |o: &&Operation| !terms.operations.contains_key(&o.id);
        let lost: Vec<&Operation> = of_action(world, action).filter(lost).collect();
        let held = withheld_deeds(terms, world, Some(action));
        let own = lost.iter().map(|o| o.deed.as_str());
        let named: Vec<&str> = own.chain(held.iter().map(String::as_str)).collect();
        return !named.is_empty()
            && named.join(", ") == deeds
            && lost.iter().all(|o| is_kept_back(world, terms, o))
            && terms.limits.withheld.values().all(|what| is_withheld(world, terms, what));
    }
    if clause == NO_EXPORT {
        return of_action(world, action).any(|o| {
            is_closed_export(terms, o)
                && decided(world, terms, o, MINE).is_none()
                && decided(world, &shown(terms), o, MINE).is_some()
        });
    }
    if clause == ASKED {
        let mut free = terms.clone();
        free.limits.asks.clear();
        let asked = |terms: &Terms, wanted: bool| {
            let said = of_action(world, action).filter_map(|o| decided(world, terms, o, MINE));
            let said: Vec<bool> = said.collect();
            !said.is_empty() && said.iter().all(|asked| *asked == wanted)
        };
        return asked(terms, true) && asked(&free, false);
    }
    if clause == UNTOLD {
        let mut free = terms.clone();
        free.limits.budgets.clear();
        return of_action(world, action).any(|o| {
            is_uncounted(terms, world, o)
                && !passes(world, terms, o, (MINE, Takes::Unknown))
                && passes(world, &free, o, (MINE, Takes::Unknown))
        });
    }
    let said = |unit: &Unit| {
        [None, Some(CURRENCY)].iter().any(|c| budget_words(*unit, MOST, *c) == clause)
    };
    let Some(unit) = terms.limits.budgets.keys().find(|unit| said(unit)) else { return false };
    let counted = |o: &&Operation| o.cost.as_ref().is_some_and(|cost| cost.unit == *unit);
    let all: Vec<&Operation> = of_action(world, action).filter(counted).collect();
    let some = |takes| all.iter().any(|o| passes(world, terms, o, (MINE, takes)));
    some(Takes::All) && !some(Takes::More) && !some(Takes::Unknown)
}

fn shown(terms: &Terms) -> Terms {
    let mut free = terms.clone();
    free.limits.withheld.clear();
    free
}

/// What is withheld is in no answer and in no request of the letter; without the rule it is in each
/// that could have it.
fn is_withheld(world: &Upstream, terms: &Terms, what: &Withheld) -> bool {
    let free = shown(terms);
    let held = world.operations.iter().filter(|o| {
        let concerned = !what.answer.is_empty()
            || !what.query.is_disjoint(&o.query)
            || !what.fields.is_disjoint(&o.fields);
        concerned && what.actions.contains(&o.action) && terms.operations.contains_key(&o.id)
    });
    let mut held = held.map(|o| (hides(world, terms, o, what), hides(world, &free, o, what)));
    held.all(|proof| proof == (true, false))
}

/// Whether none of it passes, in an answer or in a request.
fn hides(world: &Upstream, terms: &Terms, operation: &Operation, what: &Withheld) -> bool {
    let rule = Withholding::of(terms, operation);
    let in_answer = |path: &String| {
        let names: Vec<&str> = path.split('.').filter(|name| *name != "*").collect();
        let sample =
            names.iter().rev().fold(json!("secret"), |inner, name| json!({ *name: inner }));
        let passed = rule.take_out(json!([sample]).to_string().as_bytes());
        passed.is_none_or(|passed| String::from_utf8_lossy(&passed).contains("secret"))
    };
    let passes = |query: &[(String, String)], body: Option<&Value>| {
        let said = Said::of(operation, MINE);
        let upstream = world.slug.as_str();
        let call = Call { upstream, operation, params: &said.params, query, body };
        !matches!(decide(terms, &call), Decision::Deny(_))
    };
    let asked = |name: &String| passes(&[(name.clone(), "x".to_owned())], None);
    let set = |path: &String| {
        let body = path.split('.').rev().fold(json!("x"), |inner, name| json!({ name: inner }));
        passes(&[], Some(&body))
    };
    is_closed_export(terms, operation)
        || !(what.answer.iter().any(in_answer)
            || what.query.intersection(&operation.query).any(asked)
            || what.fields.intersection(&operation.fields).any(set))
}

/// A single call that is refused, and that the whole preset has.
fn is_kept_back(world: &Upstream, terms: &Terms, operation: &Operation) -> bool {
    let everything = terms_of(world, "full-operator");
    decided(world, terms, operation, MINE).is_none()
        && decided(world, &everything, operation, MINE).is_some()
}

/// A sentence of *cannot*: nothing does it, and where it can be given, something would.
fn prove_cannot(world: &Upstream, terms: &Terms, sentence: &Sentence) -> Result<(), String> {
    let held = withheld_deeds(terms, world, None);
    let proven = match sentence.action.as_deref() {
        None if held.contains(&sentence.text) => {
            terms.limits.withheld.values().all(|what| is_withheld(world, terms, what))
        }
        None => prove_standing(world, terms, &sentence.text),
        Some(action) if world.actions[action].sentence == sentence.text => {
            !any(world, terms, action, (MINE, Takes::All))
                && any(world, &terms_of(world, "full-operator"), action, (MINE, Takes::All))
        }
        Some(action) => of_action(world, action)
            .filter(|operation| operation.deed == sentence.text)
            .any(|operation| is_kept_back(world, terms, operation)),
    };
    if proven { Ok(()) } else { Err(format!("unproven: cannot {}", sentence.text)) }
}

/// What speaks of no action: of the time, and of every letter.
fn prove_standing(world: &Upstream, terms: &Terms, text: &str) -> bool {
    let (open, shut) =
        (holds(Standing::InForce, &[]).is_ok(), |standing| holds(standing, &[]).is_err());
    let (known, nothing) = (
        |path: &str| find(world, &Method::GET, path).is_some(),
        |path: &str| find(world, &Method::GET, path).is_none(),
    );
    let opens = terms.opens.as_ref().map(|opening| opening.clause());
    let starts = terms.starts.map(|day| day.format("%-d %B %Y").to_string());
    if let Some(before) = text.strip_prefix("do any of this before ") {
        return match (opens.as_deref() == Some(before), starts.as_deref() == Some(before)) {
            (true, _) => open && shut(Standing::Unfunded),
            (_, true) => open && shut(Standing::NotBegun),
            _ => false,
        };
    }
    match text {
        "reach anything in the account that is not named here" => {
            known("/account") && nothing("/billing") && nothing("/")
        }
        "see a password, or hold a key of the application itself" => {
            known("/account") && nothing("/oauth/token") && nothing("/users/usr_1/password")
        }
        // Who calls is no part of terms: whose key it is is asked before. Held by a story.
        "lend this access to a colleague" => {
            let story = include_str!("../../../tests/stories/every_sentence_holds.rs");
            story.contains(text) && open
        }
        "go on after this letter has ended" => {
            open && shut(Standing::Ended) && shut(Standing::Expired)
        }
        _ => false,
    }
}

#[test]
fn every_sentence_that_can_be_said_is_proven() {
    let world = larkfield();
    let title = "The winter launch".to_owned();
    let opening = Opening { milestone: MilestoneId(uuid::Uuid::nil()), seq: 2, title };
    let (mut letters_seen, mut proven) = (0, BTreeMap::<String, usize>::new());
    let mut unproven = BTreeSet::new();
    for (at, mut letter) in letters(&world, true).into_iter().enumerate() {
        // Where it begins is told of by one letter in seven: it changes no other sentence.
        letter.opens = (at % 7 == 1).then(|| opening.clone());
        letter.starts = NaiveDate::from_ymd_opt(2027, 5, 12).filter(|_| at % 7 == 2);
        // Of a request nobody knows yet what the account is billed in.
        let currency = (at % 5 != 3).then_some(CURRENCY);
        let said = consent_in(&letter, &world, currency);
        for sentence in said.can.iter().flat_map(|group| &group.sentences) {
            match prove_can(&world, &letter, sentence) {
                Ok(pieces) => *proven.entry(sentence.text.clone()).or_default() += pieces,
                Err(why) => _ = unproven.insert(format!("can {}: {why}", sentence.text)),
            }
        }
        for sentence in &said.cannot {
            match prove_cannot(&world, &letter, sentence) {
                Ok(()) => *proven.entry(sentence.text.clone()).or_default() += 1,
                Err(why) => _ = unproven.insert(why),
            }
        }
        letters_seen += 1;
    }
    assert!(unproven.is_empty(), "{} of them: {unproven:#?}", unproven.len());
    assert!(letters_seen > 5_000 && proven.len() > 130, "{letters_seen}, {}", proven.len());
    for kind in [
        "only the ",
        "but not ",
        ASKED,
        "to at most 500 people",
        "contacts a day",
        NEVER[2],
        "EUR 5.00",
        "but not see mail addresses",
        "set who a campaign is from",
    ] {
        assert!(proven.keys().any(|text| text.contains(kind)), "never said: {kind}");
    }
}

/// The other applications' sentences, under fewer letters; what their letters share with all is
/// proven above.
#[test]
fn every_sentence_of_the_other_applications_is_proven() {
    let mut unproven = BTreeSet::new();
    let mut proven = 0;
    for world in every().iter().filter(|world| world.slug != "larkfield") {
        for letter in letters(world, false) {
            let said = consent_in(&letter, world, Some(CURRENCY));
            for sentence in said.can.iter().flat_map(|group| &group.sentences) {
                match prove_can(world, &letter, sentence) {
                    Ok(pieces) => proven += pieces,
                    Err(why) => {
                        _ = unproven.insert(format!("{} can {}: {why}", world.slug, sentence.text));
                    }
                }
            }
            for sentence in said.cannot.iter().filter(|sentence| sentence.action.is_some()) {
                match prove_cannot(world, &letter, sentence) {
                    Ok(()) => proven += 1,
                    Err(why) => _ = unproven.insert(format!("{} {why}", world.slug)),
                }
            }
        }
    }
    assert!(unproven.is_empty(), "{} of them: {unproven:#?}", unproven.len());
    assert!(proven > 10_000, "{proven}");
}

#[test]
fn a_sentence_without_a_proof_is_found() {
    let world = larkfield();
    let letter = terms_of(&world, "full-operator");
    let said = |text: &str| Sentence { action: Some("see-lists".into()), text: text.to_owned() };
    let base = &world.actions["see-lists"].sentence;
    assert_eq!(prove_can(&world, &letter, &said(base)), Ok(1));
    for made_up in [
        format!("{base} (on Sundays)"),
        format!("{base} (only the list mine)"),
        format!("{base} ({ASKED})"),
        format!("{base} (at most 500 a day)"),
        "fly".to_owned(),
    ] {
        assert!(prove_can(&world, &letter, &said(&made_up)).is_err(), "{made_up}");
    }
    let never = Sentence { action: None, text: "read minds".into() };
    assert!(prove_cannot(&world, &letter, &never).is_err());
    assert!(prove_cannot(&world, &letter, &said(base)).is_err(), "it can");
}

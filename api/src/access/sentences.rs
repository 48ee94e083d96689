//! Consent in sentences, made from the same terms that the gateway obeys.

use super::model::Terms;
use super::withholding::{Withholding, withheld_deeds};
use crate::kernel::money::{Currency, Money};
use crate::upstreams::{Action, Operation, Risk, Unit, Upstream};
use std::collections::BTreeSet;

/// What a letter of access says, ready to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Mildest risk first.
    pub can: Vec<Group>,
    pub cannot: Vec<Sentence>,
}

/// Everything of one risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub risk: Risk,
    /// "Look", "Send".
    pub heading: &'static str,
    /// What that means for the customer.
    pub note: &'static str,
    pub sentences: Vec<Sentence>,
}

/// A sentence that goes on after "can" or "cannot".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The action it speaks of; absent for what holds of every letter.
    pub action: Option<String>,
    pub text: String,
}

/// What holds of every letter, whatever its terms: the gateway knows no way to do these.
const NEVER: &[&str] = &[
    "reach anything in the account that is not named here",
    "see a password, or hold a key of the application itself",
    "lend this access to a colleague",
    "go on after this letter has ended",
];

/// The sentences of these terms. An action of the catalogue stands on exactly one side; what a
/// letter lacks of an action that it allows stands in its sentence, and on the other side too.
/// Money is told in the currency of the account, where that is known.
pub fn consent_in(terms: &Terms, upstream: &Upstream, currency: Option<Currency>) -> Consent {
    let granted: BTreeSet<&str> = upstream
        .operations
        .iter()
        .filter(|operation| terms.operations.contains_key(&operation.id))
        .filter(|operation| can_be_called(terms, operation))
        .filter(|operation| !is_uncounted(terms, upstream, operation))
        .filter(|operation| !is_closed_export(terms, operation))
        .map(|operation| operation.action.as_str())
        .collect();
    let mut can: Vec<Group> = Vec::new();
    for risk in Risk::ALL {
        let of_risk = actions_in_order(upstream)
            .filter(|action| action.risk == *risk && granted.contains(action.id.as_str()));
        let sentences: Vec<Sentence> =
            of_risk.map(|a| sentence(a, terms, (upstream, currency))).collect();
        if !sentences.is_empty() {
            let (heading, note) = words(*risk);
            can.push(Group { risk: *risk, heading, note, sentences });
        }
    }
    let withheld = actions_in_order(upstream).filter(|a| !granted.contains(a.id.as_str()));
    let mut cannot: Vec<Sentence> = withheld.map(plain).collect();
    let stays = |action: &&Action| granted.contains(action.id.as_str());
    cannot.extend(actions_in_order(upstream).filter(stays).flat_map(|a| lost(a, terms, upstream)));
    cannot.sort_by_key(|sentence| std::cmp::Reverse(risk_of(sentence, upstream)));
    let kept = withheld_deeds(terms, upstream, None).into_iter();
    cannot.extend(kept.map(|text| Sentence { action: None, text }));
    if let Some(opening) = &terms.opens {
        let text = format!("do any of this before {}", opening.clause());
        cannot.insert(0, Sentence { action: None, text });
    }
    if let Some(day) = terms.starts {
        let text = format!("do any of this before {}", day.format("%-d %B %Y"));
        cannot.insert(0, Sentence { action: None, text });
    }
    let never = NEVER.iter().map(|text| Sentence { action: None, text: (*text).to_owned() });
    cannot.extend(never);
    Consent { can, cannot }
}

/// Whether any call of it stays with the single things that the letter names; if none can, it is
/// always refused, and the letter must not promise it.
pub fn can_be_called(terms: &Terms, operation: &Operation) -> bool {
    let is_limited = |kind: &str| terms.limits.only.contains_key(kind);
    let mut concerns =
        terms.limits.only.keys().filter(|kind| operation.action_kinds.contains(*kind));
    concerns.all(|kind| operation.can_keep_to(kind, is_limited))
}

/// Whether a budget refuses it because nobody can tell how much it uses up.
pub fn is_uncounted(terms: &Terms, upstream: &Upstream, operation: &Operation) -> bool {
    let uncounted = upstream.uncounted(operation);
    uncounted.iter().any(|unit| terms.limits.budgets.contains_key(unit))
}

/// Whether it exports something that is withheld: nobody can take it out of that.
pub fn is_closed_export(terms: &Terms, operation: &Operation) -> bool {
    Withholding::of(terms, operation).closes(operation)
}

/// In the order in which the catalogue lists their operations.
fn actions_in_order(upstream: &Upstream) -> impl Iterator<Item = &Action> {
    let mut seen = BTreeSet::new();
    let ids = upstream.operations.iter().map(|operation| operation.action.as_str());
    ids.filter(move |id| seen.insert(*id)).filter_map(|id| upstream.actions.get(id))
}

fn plain(action: &Action) -> Sentence {
    Sentence { action: Some(action.id.clone()), text: action.sentence.clone() }
}

/// Single operations that were taken from an action which is allowed, as what nobody can do.
fn lost(action: &Action, terms: &Terms, upstream: &Upstream) -> Vec<Sentence> {
    let lacks = |o: &&Operation| o.action == action.id && !terms.operations.contains_key(&o.id);
    let lost = upstream.operations.iter().filter(lacks);
    let said = |o: &Operation| Sentence { action: Some(o.action.clone()), text: o.deed.clone() };
    lost.map(said).collect()
}

/// The sentence with the limits that narrow its action.
fn sentence(
    action: &Action,
    terms: &Terms,
    (upstream, currency): (&Upstream, Option<Currency>),
) -> Sentence {
    let first = upstream.operations.iter().find(|o| o.action == action.id);
    let concerns = |kind: &String| first.is_some_and(|o| o.action_kinds.contains(kind));
    let only = terms.limits.only.iter().filter(|(kind, _)| concerns(kind)).map(|(kind, ids)| {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        format!("only the {kind} {}", ids.join(", "))
    });
    let mut limits: Vec<String> = only.collect();
    let mut lost: Vec<String> = lost(action, terms, upstream).into_iter().map(|s| s.text).collect();
    lost.extend(withheld_deeds(terms, upstream, Some(&action.id)));
    if !lost.is_empty() {
        limits.push(format!("but not {}", lost.join(", ")));
    }
    limits.extend(budgets(action, terms, currency));
    let granted = |o: &&Operation| terms.operations.contains_key(&o.id) && can_be_called(terms, o);
    let mut own = upstream.operations.iter().filter(|o| o.action == action.id).filter(granted);
    if own.clone().any(|operation| is_uncounted(terms, upstream, operation)) {
        limits.push(UNTOLD.to_owned());
    }
    if own.any(|operation| is_closed_export(terms, operation)) {
        limits.push(NO_EXPORT.to_owned());
    }
    if terms.limits.asks.contains(&action.id) {
        limits.push(ASKED.to_owned());
    }
    let text = if limits.is_empty() {
        action.sentence.clone()
    } else {
        format!("{} ({})", action.sentence, limits.join("; "))
    };
    Sentence { action: Some(action.id.clone()), text }
}

/// What follows the sentence of an action that is asked for call by call.
const ASKED: &str = "each time only after the customer's yes to exactly that";

/// What follows the sentence of an action of which some cannot be counted, while there is a budget.
const UNTOLD: &str = "nothing of it that cannot be counted beforehand";

/// What follows the sentence of an action of which some exports what is withheld.
const NO_EXPORT: &str = "nothing of it that exports";

/// What the budgets leave of an action.
fn budgets(
    action: &Action,
    terms: &Terms,
    currency: Option<Currency>,
) -> impl Iterator<Item = String> {
    let costs = |unit: &Unit| {
        terms.operations.values().any(|o| o.action == action.id && o.costs == Some(*unit))
    };
    let held = terms.limits.budgets.iter().filter(move |(unit, _)| costs(unit));
    held.map(move |(unit, most)| budget_words(*unit, *most, currency))
}

/// A budget as the clause that tells of it.
fn budget_words(unit: Unit, most: u64, currency: Option<Currency>) -> String {
    let money = currency.zip(i64::try_from(most).ok());
    let most = grouped(most);
    match unit {
        Unit::Recipients => format!("to at most {most} people each time"),
        Unit::Contacts => format!("at most {most} contacts a day"),
        Unit::Deletes => format!("at most {most} a day"),
        Unit::Spend => match money {
            Some((currency, minor)) => {
                format!("for at most {} in all", Money::new(minor, currency).with_code())
            }
            None => format!("for at most {most} in all, in the account's smallest coin"),
        },
    }
}

/// 1250000 as 1,250,000.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn risk_of(sentence: &Sentence, upstream: &Upstream) -> Option<Risk> {
    let action = sentence.action.as_ref().and_then(|id| upstream.actions.get(id));
    action.map(|action| action.risk)
}

fn words(risk: Risk) -> (&'static str, &'static str) {
    match risk {
        Risk::Read => ("Look", "changes nothing"),
        Risk::Write => ("Write", "changes what is kept in the account"),
        Risk::Send => ("Send", "reaches other people and cannot be called back"),
        Risk::Delete => ("Delete", "cannot be brought back"),
        Risk::Export => ("Export", "takes records out of the account"),
        Risk::Admin => ("Administer", "concerns who may do what"),
    }
}

/// The same while nobody knows what the account is billed in.
#[cfg(test)]
pub fn consent(terms: &Terms, upstream: &Upstream) -> Consent {
    consent_in(terms, upstream, None)
}

#[cfg(test)]
#[path = "sentences_letters.rs"]
mod letters;
#[cfg(test)]
#[path = "sentences_proof.rs"]
mod proof;
#[cfg(test)]
#[path = "sentences_tests.rs"]
mod tests;

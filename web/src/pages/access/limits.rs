//! What a customer wants to see call by call, and how much may be used up: boxes and fields of the
//! consent screen.

use api::access::{self, Preview, Terms, grouped};
use api::app::App;
use api::kernel::money::{Currency, Money};
use api::upstreams::{Operation, Risk, Unit, Upstream, Withholdable};
use std::collections::{BTreeMap, BTreeSet};

use super::consent::Kind;
use crate::site::Form;
use crate::view::{Choice, Errors};

/// Everything that changes something, gravest first; what cannot be undone is ticked to begin with.
pub fn asks(preview: &Preview, form: Option<&Form>) -> Vec<Choice> {
    let ticked = form.map(|form| form.all("first"));
    let groups = preview.consent.can.iter().rev().filter(|group| group.risk > Risk::Read);
    let boxes =
        groups.flat_map(|group| group.sentences.iter().map(move |sentence| (group.risk, sentence)));
    let boxed = |(risk, sentence): (Risk, &api::access::Sentence)| {
        let action = sentence.action.clone().unwrap_or_default();
        let on = ticked.as_ref().map_or(risk >= Risk::Delete, |ticked| ticked.contains(&action));
        Choice::new(&action, &sentence.text, on)
    };
    boxes.map(boxed).collect()
}

/// What could be kept back of these terms, each with a box; nothing is ticked to begin with.
pub fn withholdable(app: &App, terms: &Terms, form: Option<&Form>) -> Vec<Choice> {
    let Some(upstream) = app.upstreams.get(&terms.upstream) else { return Vec::new() };
    let ticked = form.map(|form| form.all("withhold")).unwrap_or_default();
    let boxed = |of: &Withholdable| {
        let on = ticked.contains(&of.id);
        Choice::new(&of.id, &of.words, on).with_hint(withheld_how(of, upstream))
    };
    access::withholdable(terms, upstream).into_iter().map(boxed).collect()
}

/// What was ticked of it, as far as it is about something that stays.
pub fn withheld(app: &App, left: &Terms, form: &Form) -> BTreeSet<String> {
    let open = withholdable(app, left, None).into_iter().map(|choice| choice.value);
    let ticked = form.all("withhold");
    open.filter(|id| ticked.contains(id)).collect()
}

fn withheld_how(of: &Withholdable, upstream: &Upstream) -> &'static str {
    let exports = |o: &Operation| o.download || o.risk == Risk::Export;
    let mut own = upstream.operations.iter().filter(|o| of.what.actions.contains(&o.action));
    match (of.what.answer.is_empty(), own.any(exports)) {
        (true, _) => "What would set it is refused.",
        (false, false) => "Taken out of every answer.",
        (false, true) => "Taken out of every answer. Exports that would hold it are refused.",
    }
}

/// As a page shows them, for its samples.
pub fn withholdable_sample() -> Vec<Choice> {
    let hint = "Taken out of every answer. Exports that would hold it are refused.";
    vec![Choice::new("email-addresses", "mail addresses of contacts", false).with_hint(hint)]
}

/// A field for each thing that the application counts.
pub fn fields(preview: &Preview, form: Option<&Form>) -> Vec<Kind> {
    let field = |unit: Unit| {
        let name = format!("budget_{}", unit.as_str());
        let value = form.map(|form| form.get(&name).to_owned()).unwrap_or_default();
        Kind { name, label: label(unit, preview.currency), value }
    };
    counted(preview).into_iter().map(field).collect()
}

fn counted(preview: &Preview) -> BTreeSet<Unit> {
    preview.terms.operations.values().filter_map(|operation| operation.costs).collect()
}

fn label(unit: Unit, currency: Option<Currency>) -> String {
    let plain = match unit {
        Unit::Recipients => "People that one send reaches",
        Unit::Contacts => "Contacts exported a day",
        Unit::Deletes => "Deletions a day",
        Unit::Spend => match currency {
            Some(currency) => return format!("Money spent in all, in {}", coins(currency)),
            None => "Money spent in all, in the account’s smallest coin",
        },
    };
    plain.to_owned()
}

/// "hundredths of EUR: 1250 is EUR 12.50".
fn coins(currency: Currency) -> String {
    let example = Money::new(1250, currency).with_code();
    match currency.exponent() {
        0 => currency.to_string(),
        2 => format!("hundredths of {currency}: 1250 is {example}"),
        _ => format!("thousandths of {currency}: 1250 is {example}"),
    }
}

/// What a number would refuse because nobody can tell how much it uses up, each as a deed.
pub fn untold(app: &App, preview: &Preview) -> Vec<String> {
    let Some(upstream) = app.upstreams.get(&preview.terms.upstream) else { return Vec::new() };
    let counted = counted(preview);
    let granted = upstream.operations.iter().filter(|operation| {
        preview.terms.operations.contains_key(&operation.id)
            && !upstream.uncounted(operation).is_disjoint(&counted)
    });
    granted.map(|operation| operation.deed.clone()).collect()
}

/// A field for each budget that a letter could have less of, with what it has now.
pub fn tighter(terms: &Terms, currency: Option<Currency>, form: Option<&Form>) -> Vec<Kind> {
    let field = |unit: Unit| {
        let name = format!("budget_{}", unit.as_str());
        let value = form.map(|form| form.get(&name).to_owned()).unwrap_or_default();
        let now = match terms.limits.budgets.get(&unit) {
            Some(most) => format!("{}: now at most {}", label(unit, currency), grouped(*most)),
            None => format!("{}: no limit now", label(unit, currency)),
        };
        Kind { name, label: now, value }
    };
    terms.counted().into_iter().map(field).collect()
}

/// The units that fields are for.
pub fn named(fields: &[Kind]) -> BTreeSet<Unit> {
    let unit = |field: &Kind| Unit::parse(field.name.strip_prefix("budget_")?);
    fields.iter().filter_map(unit).collect()
}

/// The budgets as they were typed; separators between thousands are read over.
pub fn told(preview: &Preview, form: &Form, errors: &mut Errors) -> BTreeMap<Unit, u64> {
    read_all(counted(preview), form, errors)
}

/// The same of these units.
pub fn read_all(units: BTreeSet<Unit>, form: &Form, errors: &mut Errors) -> BTreeMap<Unit, u64> {
    let mut told = BTreeMap::new();
    for unit in units {
        let name = format!("budget_{}", unit.as_str());
        let Some(typed) = form.given(&name) else { continue };
        match read(typed) {
            Some(most) => {
                told.insert(unit, most);
            }
            None => {
                let most = grouped(MOST);
                errors.add(&name, &format!("Enter a whole number from 1 to {most}"));
            }
        }
    }
    told
}

const MOST: u64 = 1_000_000_000;

fn read(typed: &str) -> Option<u64> {
    let groups: Vec<&str> = typed.split([',', '.', ' ', '\u{a0}']).collect();
    let later = groups.iter().skip(1).all(|group| group.len() == 3);
    let first = groups.first().is_some_and(|group| groups.len() == 1 || group.len() <= 3);
    let digits: String =
        typed.chars().filter(|c| !matches!(c, ',' | '.' | ' ' | '\u{a0}')).collect();
    let number = digits.parse().ok()?;
    (first && later && (1..=MOST).contains(&number)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (typed, number) in [("2500", 2500), ("2,500", 2500), ("1 000 000", 1_000_000)] {
            assert_eq!(read(typed), Some(number), "{typed}");
        }
        for typed in ["0", "-1", "many", "1e3", "99999999999", "", "1.5", "10.50", "1000,000"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}

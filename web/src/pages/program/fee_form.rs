//! A fee rule as a form: for which work, shares in percent or in parts of 10,000, from when; and
//! the example it is looked at by.

use api::kernel::money::{Currency, Money};
use api::program::{
    Conditions, FeeExample, FeeFacts, FeeParts, FeeRule, NewFeeRule, Origin, Taxonomy, Tier,
};
use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::fee_choices::{accounts, categories, tiers, units};
use super::words::{self, Shown};
use crate::render::Page;
use crate::site::Form;
use crate::view::{Choice, DateBoxes, Errors};

/// The parties in the order of [`FeeParts::each`], by the names of their controls.
const PARTIES: [&str; 4] = ["consultant", "vendor", "reseller", "operator"];

/// Everything that is typed, for going on with it on another page.
const FIELDS: [&str; 15] = [
    "category",
    "tier",
    "account",
    "unit",
    "consultant",
    "vendor",
    "reseller",
    "operator",
    "from_day",
    "from_month",
    "from_year",
    "price",
    "as_category",
    "as_tier",
    "as_account",
];

/// The form, what is typed in it, and its preview.
#[derive(Debug, Default, Serialize)]
pub struct FeeForm {
    pub fees: String,
    pub vendor: String,
    pub categories: Vec<Choice>,
    pub tiers: Vec<Choice>,
    pub accounts: Vec<Choice>,
    pub units: Vec<Choice>,
    pub consultant: String,
    pub vendor_share: String,
    pub reseller: String,
    pub operator: String,
    pub boxes: DateBoxes,
    /// The program's zone, in which a day begins.
    pub zone: String,
    /// From when it is typed to hold; absent: at once.
    pub from: Option<DateTime<Utc>>,
    pub sign: String,
    pub price: String,
    pub as_categories: Vec<Choice>,
    pub as_tiers: Vec<Choice>,
    pub as_accounts: Vec<Choice>,
    /// How the rule is called; empty before the preview.
    pub words: String,
    /// The work of the example, in a sentence.
    pub example: String,
    pub drafted: Option<Shown>,
    pub today: Option<Shown>,
    /// What becomes of the rules for the same work, a sentence each.
    pub overtakes: Vec<String>,
    /// Where the work of last year is shared anew by it.
    pub simulation: String,
    /// What is typed, for publishing it.
    pub carried: Vec<Carry>,
    pub errors: Errors,
}

/// A field as it is typed.
#[derive(Debug, Serialize)]
pub struct Carry {
    pub name: String,
    pub value: String,
}

/// What is typed.
pub struct Typed {
    pub new: NewFeeRule,
    pub example: FeeExample,
    /// Whether anything was typed at all.
    pub asked: bool,
}

/// What the form is read by.
pub struct Desk<'a> {
    pub current: &'a FeeRule,
    pub taxonomy: &'a Taxonomy,
    pub currency: Currency,
    pub zone: Tz,
    pub now: DateTime<Utc>,
    /// The price of the example before one is typed.
    pub price: Money,
}

impl FeeForm {
    /// Reads the form; without one it holds the fees of today for all work.
    pub fn read(form: &Form, desk: &Desk<'_>) -> (Self, Typed) {
        let asked = form.ticked("consultant");
        let in_parts = form.get("unit") == "parts";
        let mut errors = Errors::default();
        let mut parts = desk.current.parts.each();
        let mut shown = parts.map(|n| written(n, in_parts));
        if asked {
            shown = PARTIES.map(|name| form.get(name).to_owned());
            parts = PARTIES.map(|name| read(form.get(name), in_parts, name, &mut errors));
            check_sum(parts, in_parts, &mut errors);
        }
        let [consultant, vendor_share, reseller, operator] = shown;
        let mut page = Self {
            units: units(in_parts),
            consultant,
            vendor_share,
            reseller,
            operator,
            boxes: form.boxes("from"),
            from: from(form, desk.zone, desk.now, &mut errors),
            sign: desk.currency.sign().trim().to_owned(),
            ..Self::default()
        };
        let [consultant, vendor, reseller, operator] = parts;
        let conditions = conditions(form, "");
        let new = NewFeeRule {
            conditions: conditions.clone(),
            parts: FeeParts { consultant, vendor, reseller, operator },
            effective_from: page.from,
        };
        let example = page.example(form, desk, &conditions, &mut errors);
        page.choices(desk.taxonomy, &conditions, form);
        page.carried = carried(form);
        page.errors = errors;
        (page, Typed { new, example, asked })
    }

    /// The example: a work that the rule is for, unless another is chosen.
    fn example(
        &mut self,
        form: &Form,
        desk: &Desk<'_>,
        rule: &Conditions,
        errors: &mut Errors,
    ) -> FeeExample {
        let price = match form.given("price") {
            Some(typed) => {
                self.price = typed.to_owned();
                form.minor("price", desk.currency, errors)
            }
            None => {
                self.price = words::typed(desk.price);
                Some(desk.price.minor())
            }
        };
        let chosen = conditions(form, "as_");
        let none = form.get("as_category") == NONE;
        let facts = FeeFacts {
            category: chosen.category.or_else(|| rule.category.clone()).filter(|_| !none),
            tier: chosen.tier.or(rule.tier).unwrap_or(Tier::Listed),
            account: chosen.account.or(rule.account).map_or(Origin::Sourced, Origin::example),
        };
        FeeExample { price_minor: price.unwrap_or(1), facts }
    }

    fn choices(&mut self, taxonomy: &Taxonomy, rule: &Conditions, form: &Form) {
        let chosen = conditions(form, "as_");
        let none = form.get("as_category") == NONE;
        self.categories = categories("Any kind of work", taxonomy, rule.category.as_deref());
        self.tiers = tiers("Any standing", rule.tier);
        self.accounts = accounts("Any account", rule.account);
        let same = "As the rule says";
        self.as_categories =
            categories(same, taxonomy, chosen.category.as_deref().filter(|_| !none));
        let without = Choice::new(NONE, "No kind of work", none);
        self.as_categories.push(without);
        self.as_tiers = tiers(same, chosen.tier);
        self.as_accounts = accounts(same, chosen.account);
        self.as_accounts.retain(|choice| choice.value != Origin::Brought.as_str());
    }

    /// How the rule is called, once something is typed.
    pub fn named(&mut self, conditions: &Conditions, taxonomy: &Taxonomy) {
        self.words = conditions.words(taxonomy);
    }

    /// What is typed as the query of an address.
    pub fn query(&self) -> String {
        let typed = self.carried.iter().filter(|field| !field.value.is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        typed.for_each(|field| {
            query.append_pair(&field.name, &field.value);
        });
        query.finish()
    }
}

fn carried(form: &Form) -> Vec<Carry> {
    let field = |name: &&str| Carry { name: (*name).to_owned(), value: form.get(name).to_owned() };
    FIELDS.iter().map(field).collect()
}

/// Work that came from no service.
const NONE: &str = "-none";

fn conditions(form: &Form, prefix: &str) -> Conditions {
    let name = |part: &str| format!("{prefix}{part}");
    Conditions {
        category: form.given(&name("category")).filter(|slug| *slug != NONE).map(str::to_owned),
        tier: Tier::parse(form.get(&name("tier"))),
        account: Origin::parse(form.get(&name("account"))),
    }
}

/// Parts as a person would type them.
fn written(parts: u32, in_parts: bool) -> String {
    if in_parts {
        return parts.to_string();
    }
    let percent = format!("{}.{:02}", parts / 100, parts % 100);
    percent.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Parts as typed: a whole number, or a percentage of two decimals at most.
fn read(text: &str, in_parts: bool, name: &str, errors: &mut Errors) -> u32 {
    let typed = text.trim().trim_end_matches('%').trim_end();
    // A comma groups thousands of parts, and is many people's decimal point in a percentage.
    let plain = typed.replace(',', if in_parts { "" } else { "." });
    let parts = if in_parts { whole(&plain) } else { percent(&plain) };
    if parts.is_none() {
        let say = if in_parts {
            "Enter a whole number, such as 8000"
        } else {
            "Enter a percentage, such as 80 or 12.5"
        };
        errors.add(name, say);
    }
    parts.unwrap_or_default()
}

fn whole(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn percent(text: &str) -> Option<u32> {
    let (whole_part, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.is_empty() || decimals.len() > 2 {
        return None;
    }
    let hundredths = whole(&format!("{decimals:0<2}"))?;
    whole(whole_part)?.checked_mul(100)?.checked_add(hundredths)
}

/// Says in the unit that was typed what the shares add up to, when that is not the whole.
fn check_sum(parts: [u32; 4], in_parts: bool, errors: &mut Errors) {
    let sum: u64 = parts.iter().map(|n| u64::from(*n)).sum();
    if !errors.is_empty() || sum == 10_000 {
        return;
    }
    let sum = u32::try_from(sum).unwrap_or(u32::MAX);
    let (whole, unit) = if in_parts { ("10000", "parts") } else { ("100", "%") };
    let message = format!("The four add up to {} {unit}; make it {whole}", written(sum, in_parts));
    errors.add("consultant", &message);
}

/// The beginning of the day in the program's zone; a day that has begun means at once.
pub fn from(
    form: &Form,
    zone: Tz,
    now: DateTime<Utc>,
    errors: &mut Errors,
) -> Option<DateTime<Utc>> {
    let boxes = form.boxes("from");
    if [&boxes.day, &boxes.month, &boxes.year].iter().all(|text| text.trim().is_empty()) {
        return None;
    }
    let day = form.date("from", errors)?;
    let today = now.with_timezone(&zone).date_naive();
    if day < today {
        errors.add("from_day", "Choose today or a day ahead");
    }
    let begins = day.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest();
    begins.map(|at| at.with_timezone(&Utc)).filter(|_| day > today)
}

impl Page for FeeForm {
    const TEMPLATE: &'static str = "program/fee_form.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample(b"consultant=80&vendor=10&reseller=5&operator=6&unit=percent");
        wrong.errors.add("from_day", "Enter a day that exists, for example 12 5 2027");
        let mut preview =
            sample(b"consultant=8500&vendor=1000&reseller=300&operator=200&unit=parts");
        preview.words = "Accredited, Reporting".into();
        preview.example = "Reporting by an accredited partner".into();
        preview.drafted = Some(Shown::sample("Accredited, Reporting"));
        preview.today = Some(Shown::sample("All work"));
        preview.overtakes = vec!["“Accredited, Reporting” of 1 May 2026 ends there.".into()];
        preview.simulation = "/p/larkfield/fees/simulation?tier=accredited".into();
        vec![("new", sample(b"")), ("wrong", wrong), ("preview", preview)]
    }
}

fn sample(query: &[u8]) -> FeeForm {
    let current = words::sample_rule();
    let desk = Desk {
        current: &current,
        taxonomy: &Taxonomy::default(),
        currency: Currency::Usd,
        zone: Tz::UTC,
        now: DateTime::UNIX_EPOCH,
        price: Money::new(100_000, Currency::Usd),
    };
    let (mut form, _) = FeeForm::read(&Form::parse(query), &desk);
    form.fees = "/p/larkfield/fees".into();
    form.vendor = "Larkfield".into();
    form.zone = "Europe/Stockholm".into();
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_in_both_units() {
        for (text, parts) in [("80", 8000), ("12.5", 1250), ("0.05", 5), ("0", 0)] {
            assert_eq!(percent(text), Some(parts), "{text}");
            assert_eq!(written(parts, false), text);
        }
        for wrong in ["", "1.255", "-3", "1.", "x", ".5", "99999999999"] {
            assert_eq!(percent(wrong), None, "{wrong}");
        }
        assert_eq!(whole("8000"), Some(8000));
        assert_eq!(whole("+8000"), None);
    }

    #[test]
    fn what_does_not_add_up_is_said_in_its_unit() {
        let form = sample(b"unit=percent&consultant=80+%25&vendor=10&reseller=5&operator=5.5");
        assert_eq!(form.errors.on["consultant"], "The four add up to 100.5 %; make it 100");
        let form = sample(b"unit=parts&consultant=8,000&vendor=1000&reseller=500&operator=500");
        assert!(form.errors.is_empty(), "{:?}", form.errors);
        assert_eq!(form.consultant, "8,000", "as typed");
    }

    #[test]
    fn the_example_is_of_the_work_that_the_rule_is_for_unless_another_is_chosen() {
        let current = words::sample_rule();
        let desk = Desk {
            current: &current,
            taxonomy: &Taxonomy::default(),
            currency: Currency::Usd,
            zone: Tz::UTC,
            now: DateTime::UNIX_EPOCH,
            price: Money::new(100_000, Currency::Usd),
        };
        let read = |text: &[u8]| FeeForm::read(&Form::parse(text), &desk).1;
        let typed = read(b"category=reporting&tier=principal&account=direct&price=12.50");
        let facts = typed.example.facts.clone();
        assert_eq!(facts.category.as_deref(), Some("reporting"));
        assert_eq!((facts.tier, facts.account), (Tier::Principal, Origin::Direct));
        assert_eq!(typed.example.price_minor, 1250);
        let other = read(b"category=reporting&as_category=-none&as_tier=listed&as_account=brought");
        let facts = other.example.facts;
        assert_eq!(
            (facts.category, facts.tier, facts.account),
            (None, Tier::Listed, Origin::Sourced)
        );
        assert_eq!(other.new.conditions.category.as_deref(), Some("reporting"));
        assert_eq!(other.example.price_minor, 100_000);
        assert_eq!(sample(b"tier=listed&from_day=1").query(), "tier=listed&from_day=1");
    }

    #[test]
    fn a_day_begins_in_the_program_and_today_means_at_once() {
        let now = DateTime::UNIX_EPOCH;
        let zone = chrono_tz::Europe::Stockholm;
        let read = |text: &[u8]| {
            let mut errors = Errors::default();
            (from(&Form::parse(text), zone, now, &mut errors), errors.list.len())
        };
        let (at, faults) = read(b"from_day=2&from_month=1&from_year=1970");
        assert_eq!((at.map(|at| at.timestamp()), faults), (Some(82_800), 0));
        assert_eq!(read(b"from_day=1&from_month=1&from_year=1970"), (None, 0));
        assert_eq!(read(b"from_day=31&from_month=12&from_year=1969"), (None, 1));
        assert_eq!(read(b""), (None, 0));
    }
}

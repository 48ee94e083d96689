//! The program's kinds, states, fees and money in the product's words.

use api::kernel::money::Money;
use api::kernel::zone::Zone;
use api::platform::refusal::Error;
use api::program::{
    self, ApplicationState, AttributionKind, Choice, EnrollmentState, FeeFacts, FeeParts, Origin,
    PartnerKind, RuleState, Shared, Taxonomy,
};
use chrono::{DateTime, Utc};

use crate::format;
use crate::site::Visit;
use crate::view::{State, Sum, SumLine, Tier, Tone};

/// The amount of every example, in whole units of the program's currency.
const EXAMPLE: i64 = 1_000;

pub fn kind(kind: PartnerKind) -> &'static str {
    match kind {
        PartnerKind::Consultant => "Consultant",
        PartnerKind::Reseller => "Reseller",
    }
}

pub fn application_state(state: ApplicationState) -> State {
    match state {
        ApplicationState::Submitted => State::WAITING,
        ApplicationState::Approved => State::ADMITTED,
        ApplicationState::Rejected => State::REFUSED,
        ApplicationState::Withdrawn => State::WITHDRAWN,
    }
}

pub fn enrollment_state(state: EnrollmentState) -> State {
    match state {
        EnrollmentState::Active => State::new(Tone::Good, "done", "Active"),
        EnrollmentState::Suspended => State::SUSPENDED,
        EnrollmentState::Terminated => State::ENDED,
    }
}

pub fn tier(tier: program::Tier) -> Tier {
    match tier {
        program::Tier::Listed => Tier::ranked("Listed", 1),
        program::Tier::Accredited => Tier::ranked("Accredited", 2),
        program::Tier::Principal => Tier::ranked("Principal", 3),
    }
}

pub fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Brought => "The account has a reseller",
        Origin::Sourced => "A reseller sourced the account",
        Origin::Managed => "A reseller manages the account",
        Origin::Direct => "The account has no reseller",
    }
}

pub fn rule_state(state: RuleState) -> State {
    match state {
        RuleState::InForce => State::new(Tone::Good, "done", "In force"),
        RuleState::Announced => State::new(Tone::Held, "hourglass", "Announced"),
        RuleState::Ended => State::new(Tone::Plain, "clock", "Ended"),
        RuleState::NeverBegan => State::new(Tone::Plain, "ban", "Never began"),
    }
}

/// What a reseller of record does for an account.
pub fn attribution(kind: AttributionKind) -> &'static str {
    match kind {
        AttributionKind::Sourced => "Sourced the account",
        AttributionKind::Managed => "Manages the account",
    }
}

/// "Reporting by an accredited partner, on an account that a reseller sourced".
pub fn work(facts: &FeeFacts, taxonomy: &Taxonomy) -> String {
    let kind = facts.category.as_deref().map(|slug| {
        taxonomy.category(slug).map_or(slug.to_owned(), |category| category.title.clone())
    });
    let kind = kind.unwrap_or_else(|| "Work that came from no service".to_owned());
    let article = if facts.tier == program::Tier::Accredited { "an" } else { "a" };
    let account = match facts.account {
        Origin::Brought => "on an account that has a reseller",
        Origin::Sourced => "on an account that a reseller sourced",
        Origin::Managed => "on an account that a reseller manages",
        Origin::Direct => "on an account without a reseller",
    };
    format!("{kind}, by {article} {} partner, {account}", facts.tier)
}

/// "At work" for `active`: the state of an engagement, for a count of them.
pub fn engagement_state(state: &str) -> String {
    match state {
        "active" => "At work".to_owned(),
        other => {
            let mut letters = other.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

pub fn amount(money: Money) -> String {
    money.to_string()
}

/// "80 %".
pub fn share(parts: u32) -> String {
    format::basis_points(i64::from(parts))
}

/// "12 May 2026" where the visitor is.
pub fn date(visit: &Visit, at: DateTime<Utc>) -> String {
    format::date(at.with_timezone(&visit.zone()).date_naive())
}

/// "Tuesday 12 May, 18:00 in Stockholm".
pub fn instant(visit: &Visit, at: DateTime<Utc>) -> String {
    let zone = visit.zone();
    let moment = format::instant(at, zone, visit.app().clock.now());
    format!("{moment} in {}", format::zone_city(zone))
}

/// How a round price is shared under fees, with each party's rule, to the last cent.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Example {
    /// Of an account that a reseller brought.
    pub brought: Sum,
    /// Of any other account.
    pub direct: Sum,
}

impl Example {
    pub fn of(parts: FeeParts, price: Money, vendor: &str) -> Result<Self, Error> {
        let brought = split(parts, price, vendor)?;
        let direct = split(parts.without_reseller(), price, vendor)?;
        Ok(Self { brought, direct })
    }

    pub fn sample() -> Self {
        let line = |label: &str, amount: &str| SumLine::new(label, amount);
        let total = || SumLine::new("Price", "$1,000.00");
        let brought = vec![
            line("Consultant, 80 %", "$800.00").with_note("who does the work"),
            line("Larkfield, 10 %", "$100.00").with_note("program fee"),
            line("Reseller of record, 5 %", "$50.00").with_note("who brought the account"),
            line("Attaché, 5 %", "$50.00").with_note("operator"),
        ];
        let direct = vec![
            line("Consultant, 80 %", "$800.00"),
            line("Larkfield, 15 %", "$150.00"),
            line("Attaché, 5 %", "$50.00"),
        ];
        Self {
            brought: Sum { lines: brought, total: total() },
            direct: Sum { lines: direct, total: total() },
        }
    }
}

/// Who gets what of an example by the rule that counts, and why that one.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Shown {
    pub rule: String,
    pub because: String,
    pub sum: Sum,
}

impl Shown {
    pub fn of(shared: &Shared, price: Money, vendor: &str, zone: Zone) -> Self {
        let Shared { choice: Choice { rule, because, .. }, parts, amounts } = shared;
        let named = if rule.is_draft() {
            format!("“{}”, not published", rule.words)
        } else {
            rule.named(zone)
        };
        let sum = lines(*parts, *amounts, price, vendor);
        Self { rule: named, because: because.clone(), sum }
    }

    pub fn sample(rule: &str) -> Self {
        Self {
            rule: format!("“{rule}” of 1 May 2026"),
            because: format!("“{rule}” is the only rule that fits."),
            sum: Example::sample().brought,
        }
    }
}

/// The samples' rule.
pub fn sample_rule() -> program::FeeRule {
    program::FeeRule {
        id: api::kernel::id::FeePolicyId(Default::default()),
        version: 1,
        words: "All work".into(),
        conditions: program::Conditions::default(),
        parts: FeeParts { consultant: 8000, vendor: 1000, reseller: 500, operator: 500 },
        effective_from: DateTime::UNIX_EPOCH,
        ends_at: None,
    }
}

/// An amount as a person would type it: "1000", "12.50".
pub fn typed(money: Money) -> String {
    let text = api::kernel::csv::decimal(money);
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

/// A thousand of the program's currency.
pub fn round_price(settings: &program::Settings) -> Money {
    let unit = 10_i64.saturating_pow(settings.currency.exponent());
    Money::new(unit.saturating_mul(EXAMPLE), settings.currency)
}

fn split(parts: FeeParts, price: Money, vendor: &str) -> Result<Sum, Error> {
    Ok(lines(parts, parts.of(price).map_err(Error::fault)?, price, vendor))
}

fn lines(parts: FeeParts, amounts: [Money; 4], price: Money, vendor: &str) -> Sum {
    let parties = ["Consultant", vendor, "Reseller of record", "Attaché"];
    let notes = ["who does the work", "program fee", "who brought the account", "operator"];
    let each = parties.into_iter().zip(notes).zip(parts.each()).zip(amounts);
    let line = |(((party, note), parts), money)| {
        SumLine::new(&format!("{party}, {}", share(parts)), amount(money)).with_note(note)
    };
    let lines = each.filter(|((_, parts), _)| *parts > 0).map(line).collect();
    Sum { lines, total: SumLine::new("Price", amount(price)) }
}

/// Why this person does not see the buttons of a deed: who may do it.
pub fn only(who: &str, deed: &str) -> String {
    format!("The {who} of your organization may {deed}. Your role may look.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::kernel::money::Currency;

    #[test]
    fn an_example_adds_up_with_and_without_a_reseller() {
        let parts = FeeParts { consultant: 8000, vendor: 1000, reseller: 500, operator: 500 };
        let price = Money::new(100_000, Currency::Usd);
        let example = Example::of(parts, price, "Larkfield").unwrap();
        let amounts = |sum: &Sum| -> Vec<String> {
            sum.lines.iter().map(|line| line.amount.text.clone()).collect()
        };
        assert_eq!(amounts(&example.brought), ["$800.00", "$100.00", "$50.00", "$50.00"]);
        assert_eq!(amounts(&example.direct), ["$800.00", "$150.00", "$50.00"]);
        assert_eq!(example.direct.total.amount.text, "$1,000.00");
    }

    #[test]
    fn states_in_words() {
        assert_eq!(engagement_state("active"), "At work");
        assert_eq!(engagement_state("contracting"), "Contracting");
    }
}
